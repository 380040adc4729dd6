"""Somebody else changes what is being filled in: both values are shown, and nothing is saved before one is chosen."""

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]
PIPE = KINDS["pipe"].table


@pytest.fixture
def typing(plain_window, qtbot):
    """A window in which a road is half typed while another process saves another one, and a diameter."""
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("in") as change:
        line = shapely.LineString([(505000, 4059000), (505100, 4059000)])
        change.insert(PIPE, [{"code": "P1", "road": "old", "dn": 200, "geom": line.wkb}])
    qtbot.waitUntil(lambda: plain_window.table.model.rowCount() == 1, timeout=10000)
    plain_window.selection.choose("pipe", fid=1)
    qtbot.waitUntil(lambda: plain_window.inspector.record is not None, timeout=10000)
    road = plain_window.inspector.editor("road")
    road.selectAll()
    QTest.keyClicks(road, "mine")
    uid = plain_window.inspector.record.uid
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("their change") as change:
        change.update(PIPE, uid, {"road": "theirs", "dn": 300})
    qtbot.waitUntil(plain_window.inspector.clash.isVisible, timeout=10000)
    return plain_window


def road_of(window):
    with Workspace.open(window.state.where, read_only=True) as workspace, workspace.read() as connection:
        return connection.execute(PIPE.select().with_only_columns(PIPE.c.road, PIPE.c.dn)).one()


def test_both_values_are_shown_and_saving_waits(typing):
    inspector = typing.inspector
    assert "mine" in inspector.clash.told.text()
    assert "theirs" in inspector.clash.told.text()
    assert "300" not in inspector.clash.told.text()  # nobody typed into that field
    assert not inspector._save.isEnabled()
    assert tuple(road_of(typing)) == ("theirs", 300)


def test_mine_is_kept_over_theirs(typing, qtbot):
    qtbot.mouseClick(typing.inspector.clash.keep_mine, Qt.MouseButton.LeftButton)
    assert typing.inspector.clash.isHidden()
    typing.inspector._save.click()
    qtbot.waitUntil(lambda: typing.inspector.record.values["road"] == "mine", timeout=10000)
    assert tuple(road_of(typing)) == ("mine", 300)
    assert typing.inspector.clash.isHidden()
    qtbot.waitUntil(lambda: typing.inspector.drafts() == [], timeout=10000)


def test_theirs_is_taken(typing, qtbot):
    QTest.keyClicks(typing.inspector.editor("note"), "kept")
    qtbot.mouseClick(typing.inspector.clash.take_theirs, Qt.MouseButton.LeftButton)
    assert typing.inspector.clash.isHidden()
    assert typing.inspector.values() == {"note": "kept"}
    assert typing.inspector.editor("road").text() == "theirs"


def test_what_was_typed_otherwise_than_it_is_stored_is_no_clash(plain_window, qtbot):
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("in") as change:
        line = shapely.LineString([(505000, 4059000), (505100, 4059000)])
        change.insert(PIPE, [{"code": "P1", "depth_start": 1.5, "geom": line.wkb}])
    qtbot.waitUntil(lambda: plain_window.table.model.rowCount() == 1, timeout=10000)
    plain_window.selection.choose("pipe", fid=1)
    qtbot.waitUntil(lambda: plain_window.inspector.record is not None, timeout=10000)
    depth = plain_window.inspector.editor("depth_start")
    depth.selectAll()
    QTest.keyClicks(depth, "2.500")
    plain_window.inspector._save.click()
    qtbot.waitUntil(lambda: plain_window.inspector.record.values["depth_start"] == 2.5, timeout=10000)
    assert plain_window.inspector.clash.isHidden()
    assert plain_window.inspector.values() == {}


def test_f2_goes_to_the_form_and_the_arrows_pan(typing, qtbot):
    typing.map.setFocus()
    qtbot.waitUntil(lambda: "center" in typing.map.state, timeout=10000)
    east = typing.map.state["center"][0]
    qtbot.keyClick(typing.map, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: typing.map.state["center"][0] > east + 1, timeout=10000)
    qtbot.keyClick(typing.map, Qt.Key.Key_F2)
    assert typing.inspector.form.isAncestorOf(typing.focusWidget())
