"""The statistics tab counts what is chosen and writes what it shows."""

import pytest
import shapely
from PySide6.QtTest import QTest

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


def shown(page):
    table = page.table
    return [
        [table.item(row, column).text() for column in range(table.columnCount())] for row in range(table.rowCount())
    ]


def test_what_is_chosen_is_counted(plain_window, qtbot, tmp_path):
    line = shapely.LineString([(505000, 4059000), (505500, 4059000)]).wkb
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("in") as change:
        rows = [{"material": "QM", "dn": 200}, {"material": "QM", "dn": 300}, {"material": "PE", "dn": 200}]
        change.insert(KINDS["pipe"].table, [row | {"geom": line} for row in rows])
    plain_window.actions_by_id["statistics"].trigger()
    page = plain_window.tabs.shown()
    qtbot.waitUntil(lambda: shown(page) == [["聚乙烯", "1", "0.500"], ["球墨铸铁", "2", "1.000"]], timeout=10000)
    page.first.setCurrentIndex(page.first.findData("dn"))
    qtbot.waitUntil(lambda: [row[:2] for row in shown(page)] == [["200", "2"], ["300", "1"]], timeout=10000)
    page.table.cellClicked.emit(1, 0)
    qtbot.waitUntil(lambda: plain_window.table.model.rowCount() == 1, timeout=10000)
    assert plain_window.table.form.where.text() == "dn = 300"
    qtbot.waitUntil(lambda: len(plain_window.selection.layers.get("pipe", ())) == 1, timeout=10000)
    page.second.setCurrentIndex(page.second.findData("material"))
    qtbot.waitUntil(lambda: len(shown(page)) == 3, timeout=10000)
    page.kind.setCurrentIndex(page.kind.findData("valve"))
    qtbot.waitUntil(lambda: shown(page) == [], timeout=10000)
    page.kind.setCurrentIndex(page.kind.findData("pipe"))
    page.write(str(tmp_path / "st.pdf"))
    qtbot.waitUntil(lambda: plain_window.tabs.count() == 3, timeout=20000)
    assert (tmp_path / "st.pdf").read_bytes().startswith(b"%PDF")
    page.write_ledger(str(tmp_path / "ledger.xlsx"), "road")
    qtbot.waitUntil(lambda: (tmp_path / "ledger.xlsx").exists(), timeout=20000)
    QTest.qWait(200)
