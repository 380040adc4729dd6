"""The attribute table: of any length, kept where the user looks, edited in place, copied for a spreadsheet."""

import numpy as np
import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit

from jnw_desktop.desktop.panels import attributetable
from jnw_desktop.desktop.panels.facilitymodel import PAGE, PAGES_KEPT, WAITING
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

from .editkit import EAST, NORTH

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]
COUNT = PAGE * (PAGES_KEPT + 3) + 7


@pytest.fixture
def window(plain_window, qtbot):
    at = shapely.points(EAST + np.arange(COUNT), NORTH)
    ends = shapely.linestrings(np.stack([shapely.get_coordinates(at), shapely.get_coordinates(at) + 1], 1))
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("in") as change:
        columns = {"geom": shapely.to_wkb(ends), "dn": np.full(COUNT, 200), "state": np.full(COUNT, "in_service")}
        codes = [f"P{number:05d}" for number in range(COUNT)]
        change.insert_arrays(KINDS["pipe"].table, columns | {"code": codes})
    qtbot.waitUntil(lambda: plain_window.table.model.rowCount() == COUNT, timeout=20000)
    return plain_window


def column(window, title):
    model = window.table.model
    heads = [model.headerData(at, Qt.Orientation.Horizontal, 0) for at in range(model.columnCount())]
    return heads.index(title)


def cell(window, row, title):
    return window.table.model.data(window.table.model.index(row, column(window, title)), 0)


def stored(window, code):
    with Workspace.open(window.state.where, read_only=True) as workspace, workspace.read() as connection:
        table = KINDS["pipe"].table
        return dict(connection.execute(table.select().where(table.c.code == code)).mappings().one())


def edit(window, row, title):
    """Double click into a cell; its editor."""
    view = window.table.view
    index = window.table.model.index(row, column(window, title))
    view.scrollTo(index)
    at = view.visualRect(index).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    return view


def test_any_row_can_be_gone_to_and_few_are_held(window, qtbot):
    view, model = window.table.view, window.table.model
    view.scrollToBottom()
    assert model.data(model.index(COUNT - 1, 0), 0) == WAITING
    qtbot.waitUntil(lambda: cell(window, COUNT - 1, "编号") == f"P{COUNT - 1:05d}", timeout=10000)
    for page in range(PAGES_KEPT + 3):
        model.data(model.index(page * PAGE, 0), 0)
        qtbot.waitUntil(lambda page=page: cell(window, page * PAGE, "编号") == f"P{page * PAGE:05d}", timeout=10000)
    assert len(model._pages) == PAGES_KEPT


def test_a_change_elsewhere_leaves_the_user_where_he_is(window, qtbot):
    view, bar = window.table.view, window.table.view.verticalScrollBar()
    view.scrollTo(window.table.model.index(5000, 0))
    qtbot.waitUntil(lambda: cell(window, 5000, "编号") == "P05000", timeout=10000)
    before = bar.value()
    uid = stored(window, "P05000")["uid"]
    window.jobs.ask("facilities.update", lambda _r: None, kind="pipe", uid=uid, values={"dn": 333})
    qtbot.waitUntil(lambda: cell(window, 5000, "公称直径 (mm)") == 333, timeout=10000)
    window.jobs.ask("editing.delete", lambda _r: None, kind="pipe", uid=stored(window, "P00009")["uid"])
    qtbot.waitUntil(lambda: window.table.model.rowCount() == COUNT - 1, timeout=10000)
    assert bar.value() == before


def test_a_cell_is_edited_in_place_and_undone(window, qtbot, tmp_path_factory):
    view = edit(window, 3, "公称直径 (mm)")
    qtbot.waitUntil(lambda: view.findChild(QLineEdit) is not None, timeout=5000)
    editor = view.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "400")
    window.grab().save(str(tmp_path_factory.getbasetemp() / "cell.png"))
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: cell(window, 3, "公称直径 (mm)") == 400, timeout=10000)
    assert stored(window, "P00003")["dn"] == 400
    window.undoing.undo()
    qtbot.waitUntil(lambda: cell(window, 3, "公称直径 (mm)") == 200, timeout=10000)


def test_a_code_is_chosen_from_its_list(window, qtbot):
    view = edit(window, 2, "材质")
    box = view.findChild(QComboBox)
    assert box.findText("球墨铸铁") > 0
    box.setCurrentIndex(box.findText("球墨铸铁"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: cell(window, 2, "材质") == "球墨铸铁", timeout=10000)
    assert stored(window, "P00002")["material"] == "QM"


def test_what_cannot_be_stored_is_told_and_a_code_is_not_edited(window, qtbot):
    view = edit(window, 3, "公称直径 (mm)")
    qtbot.waitUntil(lambda: view.findChild(QLineEdit) is not None, timeout=5000)
    editor = view.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "many")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "公称直径" in window.messages.text, timeout=5000)
    assert stored(window, "P00003")["dn"] == 200
    code = window.table.model.index(3, column(window, "编号"))
    assert not window.table.model.flags(code) & Qt.ItemFlag.ItemIsEditable


def test_rows_are_copied_for_a_spreadsheet_with_nothing_to_calculate(window, qtbot):
    uid = stored(window, "P00001")["uid"]
    window.jobs.ask(
        "facilities.update", lambda _r: None, kind="pipe", uid=uid, values={"note": "=1+1", "name": "甲\t乙"}
    )
    qtbot.waitUntil(lambda: cell(window, 1, "备注") == "=1+1", timeout=10000)
    view = window.table.view
    view.selectRow(1)
    view.setFocus()
    QApplication.clipboard().clear()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "\n" in QApplication.clipboard().text(), timeout=10000)
    heads, row = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    told = dict(zip(heads, row, strict=True))
    assert told["备注"] == "'=1+1"
    assert told["名称"] == "甲 乙"
    assert told["使用状态"] == "在用"
    assert told["公称直径 (mm)"] == "200"


def test_rows_that_are_not_here_are_fetched_to_be_chosen_and_too_many_are_told(window, qtbot, monkeypatch):
    window.table.view.selectAll()
    qtbot.waitUntil(lambda: len(window.selection.layers.get("pipe", ())) == COUNT, timeout=20000)
    monkeypatch.setattr(attributetable, "MOST_CHOSEN", 100)
    window.table.copy_rows()
    assert "100" in window.messages.text


def test_what_is_selected_on_the_map_is_selected_here_wherever_its_row_is(window, qtbot):
    view, far = window.table.view, COUNT - 3
    rows = lambda: sorted({index.row() for index in view.selectionModel().selectedIndexes()})  # noqa: E731
    window.selection.take({"pipe": [far + 1]})
    qtbot.waitUntil(lambda: rows() == [far], timeout=10000)
    qtbot.waitUntil(lambda: view.rowAt(10) <= far <= view.rowAt(view.viewport().height() - 10), timeout=10000)
    assert stored(window, f"P{far:05d}")["fid"] == far + 1
    view.sortByColumn(column(window, "编号"), Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: rows() == [COUNT - 1 - far], timeout=10000)
    window.selection.take({"pipe": [1, 2]})
    qtbot.waitUntil(lambda: rows() == [COUNT - 2, COUNT - 1], timeout=10000)
