"""Maintenance in the window: a plan is made, what is due is listed, a record is entered in the inspector and undone."""

import pytest
import shapely
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from jnw_desktop.facilities.attachments import attachments_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_plugins.maintenance.records import listed
from jnw_plugins.maintenance.sheet import write_due

pytestmark = [pytest.mark.gui, pytest.mark.timeout(180)]
WAIT = 15000


@pytest.fixture
def uids(plain_window, qtbot):
    """Two valves and a hydrant, put in by another process."""
    made = {}
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("town") as change:
        for at, (kind, code) in enumerate((("valve", "V1"), ("valve", "V2"), ("hydrant", "H1"))):
            row = {"code": code, "geom": shapely.Point(505000 + 50 * at, 4059000).wkb, "dn": 300, "road": "经十路"}
            (made[code],) = change.insert(KINDS[kind].table, [row])
    return made


@pytest.fixture
def panel(plain_window, uids):
    plain_window.modules.show("maintenance")
    return plain_window.modules.panel("maintenance")


@pytest.fixture
def said(plain_window, monkeypatch):
    told = []
    monkeypatch.setattr(plain_window.messages, "info", lambda text, *_offer: told.append(text))
    return told


def make_plan(panel, qtbot, task, months):
    plans = panel.plans
    plans.task.setCurrentIndex(plans.task.findData(task))
    plans.months.setText(months)
    qtbot.mouseClick(plans.main, Qt.MouseButton.LeftButton)


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_from_the_empty_state_to_a_record_and_back(plain_window, panel, uids, said, qtbot, monkeypatch, tmp_path):
    window = plain_window
    assert panel.due.list._empty.isVisibleTo(panel.due)
    assert not panel.due.main.isEnabled()
    panel.enter()
    assert "清单" in said[-1]
    make_plan(panel, qtbot, "exercise", "一年")
    assert "一年" in said[-1]
    make_plan(panel, qtbot, "exercise", "12")
    qtbot.waitUntil(lambda: len(panel.due.list.shown) == 2, timeout=WAIT)
    assert {row["last_told"] for row in panel.due.list.shown} == {"从未"}
    assert "2 个设施" in said[-1]
    qtbot.waitUntil(lambda: "overlay.set maintenance.due" in window.engine._kept, timeout=WAIT)

    key = f"exercise {uids['V1']}"
    assert panel.due.list.choose(key)
    click(qtbot, panel.due.main)
    qtbot.waitUntil(lambda: window.inspector.record is not None and window.inspector.record.code == "V1", timeout=WAIT)
    page = window.modules._pages["maintenance"]
    assert window.inspector._tabs.currentWidget().widget() is page
    qtbot.waitUntil(lambda: "从未" in page.due.text(), timeout=WAIT)
    form = page.form
    assert form.task.currentData() == "exercise"
    assert form._form.isRowVisible(form.numbers["turns"])
    assert not form._form.isRowVisible(form.numbers["flow"])
    assert not form._form.isRowVisible(form.found)
    form.result.setCurrentIndex(form.result.findData("could_not"))
    assert form._form.isRowVisible(form.found)
    assert not form._form.isRowVisible(form.left_as)
    form.result.setCurrentIndex(form.result.findData("ok"))
    form.by.setText("张三")
    form.numbers["turns"].setText("24.5")
    photo = tmp_path / "阀门.jpg"
    Image.new("RGB", (20, 20)).save(photo)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(photo), ""))
    click(qtbot, form.photo)
    assert form.photo.text() == "阀门.jpg"
    click(qtbot, form.main)
    qtbot.waitUntil(lambda: len(page.list.shown) == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: [row["code"] for row in panel.due.list.shown] == ["V2"], timeout=WAIT)
    qtbot.waitUntil(lambda: len(panel.records.list.shown) == 1, timeout=WAIT)
    assert form.numbers["turns"].text() == ""
    assert form.by.text() == "张三"
    with Workspace.open(window.state.where, read_only=True) as workspace:
        assert [file.name for file in attachments_of(workspace, uids["V1"])] == ["阀门.jpg"]
        assert listed(workspace)[0]["turns"] == 24.5
    qtbot.waitUntil(lambda: "V1" in (window.state.undo or ""), timeout=WAIT)
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: len(panel.due.list.shown) == 2 and not page.list.shown, timeout=WAIT)


def test_the_page_is_for_its_kinds_and_a_plan_is_ended(plain_window, panel, uids, said, qtbot):
    window = plain_window
    make_plan(panel, qtbot, "flow_test", "12")
    qtbot.waitUntil(lambda: [row["code"] for row in panel.due.list.shown] == ["H1"], timeout=WAIT)
    window.selection.choose("hydrant", uid=uids["H1"])
    qtbot.waitUntil(lambda: window.inspector.record is not None, timeout=WAIT)
    page = window.modules._pages["maintenance"]
    tabs, tab = window.inspector._tabs, window.inspector._plugged["maintenance"]
    assert tab.widget() is page
    assert tabs.isTabVisible(tabs.indexOf(tab))
    assert tabs.currentWidget() is not tab
    window.selection.take({})
    qtbot.waitUntil(lambda: window.inspector.record is None, timeout=WAIT)
    assert not tabs.isTabVisible(tabs.indexOf(tab))
    panel.tabs.setCurrentIndex(1)
    assert panel.plans.list.choose(panel.plans.list.shown[0]["code"])
    click(qtbot, panel.plans.end_button)
    qtbot.waitUntil(lambda: bool(panel.plans.list.shown and panel.plans.list.shown[0]["ended"]), timeout=WAIT)
    assert not panel.plans.end_button.isEnabled()


def test_a_sheet_goes_out_and_comes_back(plain_window, panel, uids, said, qtbot, monkeypatch, tmp_path):
    make_plan(panel, qtbot, "exercise", "12")
    qtbot.waitUntil(lambda: len(panel.due.list.shown) == 2, timeout=WAIT)
    out = tmp_path / "待填.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(out), ""))
    click(qtbot, panel.due.export_button)
    qtbot.waitUntil(lambda: any(str(out) in text for text in said), timeout=WAIT)
    sheet = tmp_path / "填好.csv"
    sheet.write_text(
        "编号,日期,结果,养护人\nV1,2026-01-05,正常,李\nV9,2026-01-05,正常,李\n".replace("日期", "养护日期"), "utf-8"
    )
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(sheet), ""))
    panel.due.task.setCurrentIndex(panel.due.task.findData("exercise"))
    click(qtbot, panel.due.import_button)
    qtbot.waitUntil(lambda: bool(said) and "拒收 1" in said[-1], timeout=WAIT)
    qtbot.waitUntil(lambda: [row["facility"] for row in panel.records.list.shown] == ["V1"], timeout=WAIT)
    with Workspace.open(plain_window.state.where, read_only=True) as workspace:
        assert write_due(workspace, str(tmp_path / "again.xlsx"), of_task="exercise")
