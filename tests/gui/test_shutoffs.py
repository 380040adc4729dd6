"""The panel of shut-offs: what is arranged, that the fire brigade was told, and a valve that cannot be closed."""

import pytest
import shapely
from PySide6.QtTest import QTest

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_plugins.shutoff.register import show

from ..facilities.citykit import build

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


@pytest.fixture
def panel(plain_window, qtbot):
    with Workspace.open(plain_window.state.where, who="li") as workspace:
        build(workspace, "S1 -p1- V1 -p2- V2 -p3- H1 -p4- V3 -p5- a")
    plain_window.modules.show("shutoff")
    made = plain_window.modules.panel("shutoff")
    made._session.point_at = lambda on_point: on_point(shapely.Point(500250.0, 4060002.0).wkb)
    made.reason.setText("更换阀门")
    made.kind.setCurrentIndex(made.kind.findData("emergency"))
    made.pick()
    qtbot.waitUntil(lambda: made.valve.count() == 2, timeout=20000)
    return made


def kept(window, code="TS000001"):
    with Workspace.open(window.state.where, read_only=True) as workspace:
        return show(workspace, code)


def test_supply_contact_and_the_fire_brigade(plain_window, panel, qtbot):
    assert "消防" in panel.details.text()
    panel.supply.setText("送水车")
    panel.contact.setText("热线 12345")
    panel.keep.click()
    qtbot.waitUntil(lambda: kept(plain_window)["contact"] == "热线 12345", timeout=10000)
    qtbot.waitUntil(lambda: panel.contact.text() == "热线 12345" and panel.fire.isEnabled(), timeout=10000)
    panel.fire.click()
    qtbot.waitUntil(lambda: "已通知消防" in panel.details.text(), timeout=10000)
    assert len(kept(plain_window)["fire_notices"]) == 1
    assert kept(plain_window)["supply"] == "送水车"


def test_what_is_being_written_and_chosen_stays_when_the_register_changes(plain_window, panel, qtbot):
    QTest.keyClicks(panel.supply, "tank lorry")
    panel.valve.setCurrentText("V2")
    panel._session.ask("shutoff.fire", lambda _told: None, code="TS000001")
    qtbot.waitUntil(lambda: "已通知消防" in panel.details.text(), timeout=10000)
    assert (panel.supply.text(), panel.valve.currentText()) == ("tank lorry", "V2")
    panel.keep.click()
    qtbot.waitUntil(lambda: kept(plain_window)["supply"] == "tank lorry", timeout=10000)


def test_a_valve_found_stuck_makes_the_plan_anew(plain_window, panel, qtbot):
    panel.valve.setCurrentText("V2")
    panel.stuck.click()
    qtbot.waitUntil(lambda: kept(plain_window)["stuck"] == ["V2"], timeout=10000)
    qtbot.waitUntil(lambda: panel.valve.findText("V1") >= 0, timeout=10000)
    with Workspace.open(plain_window.state.where, read_only=True) as workspace, workspace.read() as connection:
        valve = KINDS["valve"].table
        rows = dict(connection.execute(valve.select().with_only_columns(valve.c.code, valve.c.operability)).all())
    assert rows["V2"] == "stuck"
