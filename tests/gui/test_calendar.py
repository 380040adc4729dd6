"""The working-day calendar in the window: a year is entered, shown, changed and taken away."""

import pytest
from PySide6.QtCore import Qt

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


@pytest.fixture
def page(plain_window, qtbot):
    plain_window.actions_by_id["calendar"].trigger()
    made = plain_window.tabs.shown()
    qtbot.waitUntil(lambda: bool(made.told.text()), timeout=10000)
    return made


def rows(page):
    columns = range(page.years.columnCount())
    return [[page.years.item(row, column).text() for column in columns] for row in range(page.years.rowCount())]


def test_a_year_is_entered_shown_and_taken_away(plain_window, page, qtbot):
    assert rows(page) == []
    page.year.setValue(2027)
    qtbot.keyClicks(page.off, "2027-01-01/2027-01-03 2027-04-05")
    qtbot.keyClicks(page.worked, "2027-01-09")
    qtbot.mouseClick(page.enter, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "出处" in plain_window.messages.text, timeout=10000)  # it lacks its source
    assert rows(page) == []
    qtbot.keyClicks(page.source, "notice 1")
    qtbot.mouseClick(page.enter, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(rows(page)) == 1, timeout=10000)
    assert rows(page) == [["2027", "2027-01-01/2027-01-03 2027-04-05", "2027-01-09", "notice 1", "否"]]
    assert "2027" in page.told.text()
    for edit in (page.off, page.worked, page.source):
        edit.clear()
    page.years.selectRow(0)
    assert (page.off.text(), page.worked.text()) == ("2027-01-01/2027-01-03 2027-04-05", "2027-01-09")
    qtbot.mouseClick(page.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: rows(page) == [], timeout=10000)
    plain_window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: len(rows(page)) == 1, timeout=10000)
