"""One selection: map, table and inspector show the same, whoever chose it."""

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

from ..older import make_old

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


@pytest.fixture
def window(plain_window, qtbot):
    """Three pipes, P1 to P3, in the open workspace."""
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("in") as change:
        lines = [shapely.LineString([(505000, 4059000 + 10 * n), (505100, 4059000 + 10 * n)]) for n in range(3)]
        change.insert(KINDS["pipe"].table, [{"code": f"P{n + 1}", "geom": line.wkb} for n, line in enumerate(lines)])
    plain_window.table.show_kind("pipe")
    qtbot.waitUntil(lambda: plain_window.table.model.rowCount() == 3, timeout=10000)
    return plain_window


def marked(window):
    return sorted(index.row() for index in window.table.view.selectionModel().selectedRows())


def click(window, row, modifier=Qt.KeyboardModifier.NoModifier):
    view = window.table.view
    at = view.visualRect(window.table.model.index(row, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, at)


def test_rows_chosen_in_the_table_are_selected_on_the_map(window, qtbot):
    click(window, 0)
    qtbot.waitUntil(lambda: window.inspector.record is not None, timeout=10000)
    assert window.inspector.record.code == "P1"
    click(window, 2, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.selection.layers == {"pipe": [1, 3]}, timeout=10000)
    assert window.engine._kept["selection.set"] == {"layers": {"pipe": [1, 3]}}
    assert marked(window) == [0, 2]


def test_what_is_selected_on_the_map_is_marked_in_the_table_and_stays_after_an_edit(window, qtbot):
    window.engine.heard.emit("selected", {"layers": {"pipe": [2, 3]}, "mode": "replace"})
    qtbot.waitUntil(lambda: marked(window) == [1, 2], timeout=10000)
    qtbot.waitUntil(lambda: window.inspector.many is not None, timeout=10000)
    assert window.inspector.many.codes == ["P2", "P3"]
    assert "2" in window.messages.text
    window.jobs.ask(
        "facilities.update", lambda _: None, kind="pipe", uid=window.selection.record.uid, values={"note": "x"}
    )
    qtbot.waitUntil(lambda: window.selection.record.values["note"] == "x", timeout=10000)
    qtbot.waitUntil(lambda: "note" in window.inspector.many.differing, timeout=10000)
    assert marked(window) == [1, 2]


def test_a_facility_that_is_gone_is_shown_no_more(window, qtbot):
    window.selection.choose("pipe", fid=2)
    qtbot.waitUntil(lambda: window.inspector.record is not None, timeout=10000)
    uid = window.inspector.record.uid
    window.jobs.ask("editing.delete", lambda _result: None, kind="pipe", uid=uid)
    qtbot.waitUntil(lambda: window.inspector.record is None, timeout=10000)
    assert window.selection.layers == {}


def test_of_several_facilities_at_one_place_each_can_be_chosen(window, qtbot):
    hits = [{"layer": "pipe", "fid": 2}, {"layer": "pipe", "fid": 3}]
    window.engine.heard.emit("identified", {"at": [0, 0], "hits": hits})
    qtbot.waitUntil(lambda: window.hits.count() == 2, timeout=10000)
    assert window.hits.itemText(1) == "2/2：管段 P3"
    qtbot.waitUntil(lambda: window.inspector.record is not None, timeout=10000)
    assert window.inspector.record.code == "P2"
    window.hits.setCurrentIndex(1)
    window.hits.activated.emit(1)
    qtbot.waitUntil(lambda: window.inspector.record.code == "P3", timeout=10000)
    assert window.hits.currentIndex() == 1
    window.selection.choose("pipe", fid=1)
    qtbot.waitUntil(lambda: not window.hits.isVisible(), timeout=10000)
    window.engine.heard.emit("identified", {"at": [0, 0], "hits": []})
    qtbot.waitUntil(lambda: window.inspector.record is None, timeout=10000)
    assert not window.hits.isVisible()


def test_an_older_workspace_is_carried_forward_with_one_click(plain_window, qtbot, tmp_path):
    place = tmp_path / "old.gpkg"
    make_old(place)
    plain_window.opening.open(str(place))
    qtbot.waitUntil(plain_window.messages.isVisible, timeout=10000)
    button = next(one for one in plain_window.messages.findChildren(QPushButton) if one.text() == "升级")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: plain_window.state.where == str(place), timeout=20000)
    assert plain_window.state.counts["pipe"] == 1
    assert list(tmp_path.glob("old.before-*.gpkg"))
