"""The list of every panel: filtered, sorted, counted, copied, exported; what was chosen stays chosen."""

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from jnw_desktop.desktop.panels.recordlist import RecordList
from jnw_desktop.documents.workbook import write_workbook
from jnw_desktop.extension.listing import Column, ListOf

pytestmark = pytest.mark.gui

ROWS = [
    {"code": "B2", "state": "有效", "length": 9.5, "road": "经十路", "paid": True},
    {"code": "B10", "state": "作废", "length": 120.25, "road": None, "paid": False},
    {"code": "A1", "state": "有效", "length": None, "road": "=1+1", "paid": True},
]
COLUMNS = (
    Column("code", "编号"), Column("state", "状态", choices=True), Column("length", "长度"), Column("road", "道路"),
    Column("paid", "已付"),
)  # fmt: skip


@pytest.fixture
def told():
    return {"picked": [], "opened": [], "flown": [], "written": [], "handed": []}


@pytest.fixture
def listing(qtbot, told):
    of = ListOf(
        "工地", COLUMNS, "code", "还没有。", picked=told["picked"].append, opened=told["opened"].append,
        place=lambda row: ("pipe", row["code"]),
    )  # fmt: skip
    made = RecordList(
        of,
        told["flown"].append,
        lambda *wanted: told["written"].append(wanted),
        lambda *wanted: told["handed"].append(wanted),
    )
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    return made


def codes(listing):
    return [row["code"] for row in listing.shown]


def action(listing, title):
    return next(action for action in listing._bar.actions() if action.text() == title)


def test_an_empty_list_says_how_to_begin(listing, told):
    assert listing._empty.isVisible()
    assert told["picked"] == []
    assert not action(listing, "打开").isEnabled()
    assert not listing.save.isEnabled()
    listing.fill(ROWS)
    assert not listing._empty.isVisible()
    assert listing.count.text() == "3 行"


def test_filtered_by_words_and_by_a_columns_values(listing):
    listing.fill(ROWS)
    listing.text.setText("有效 经十")
    assert (codes(listing), listing.count.text()) == (["B2"], "1 / 3")
    listing.text.clear()
    box = listing.choices["state"]
    assert [box.itemText(number) for number in range(box.count())] == ["状态: 全部", "作废", "有效"]
    box.setCurrentText("作废")
    assert codes(listing) == ["B10"]
    listing.fill([row | {"state": "有效"} for row in ROWS])  # the value that was chosen is gone
    assert len(codes(listing)) == 3


def test_sorted_as_numbers_with_the_unknown_last(listing):
    listing.fill(ROWS)
    listing.view.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert codes(listing) == ["B2", "B10", "A1"]
    listing.view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert codes(listing) == ["B2", "B10", "A1"]
    listing.text.setText("b")
    assert codes(listing) == ["B2", "B10"]


def test_what_is_chosen_stays_chosen(listing, told):
    listing.fill(ROWS)
    assert listing.choose("B10")
    listing.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    listing.fill([row | {"road": "新路"} for row in ROWS])
    assert listing.row == ROWS[1] | {"road": "新路"}
    listing.fill(ROWS[:1])
    assert listing.row is None
    assert told["picked"][-1] is None
    assert not listing.choose("B10")


def test_opened_and_zoomed_to(listing, told, qtbot):
    listing.fill(ROWS)
    listing.choose("A1")
    action(listing, "缩放到").trigger()
    qtbot.keyClick(listing.view, Qt.Key.Key_Return)
    assert told["flown"] == [("pipe", "A1")]
    assert told["opened"] == [ROWS[2]]


def test_copied_and_exported_as_shown(listing, told, qtbot, monkeypatch, tmp_path):
    listing.fill(ROWS)
    listing.choose("A1")
    listing.view.setFocus()
    qtbot.keyClick(listing.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert told["handed"] == [("编号\t状态\t长度\t道路\t已付\nA1\t有效\t\t'=1+1\t是", 1)]
    listing.choices["state"].setCurrentText("有效")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "清单.xlsx"), ""))
    action(listing, "导出…").trigger()
    ((out, title, head, rows),) = told["written"]
    sheet = openpyxl.load_workbook(write_workbook(out, title, head, rows)).active
    assert [cell.value for cell in sheet[1]] == ["编号", "状态", "长度", "道路", "已付"]
    assert [cell.value for cell in sheet[3]] == ["A1", "有效", None, "=1+1", True]
    assert sheet["D3"].data_type == "s"
