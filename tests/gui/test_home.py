"""The first page: each figure leads to what it counts; changes stand there with who and what."""

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


def lines(tree):
    return [
        [item.text(column) for column in range(2)] for item in map(tree.topLevelItem, range(tree.topLevelItemCount()))
    ]


def test_figures_lead_to_rows_and_changes_are_listed(plain_window, qtbot):
    who = plain_window.state.who  # else undo would ask
    with Workspace.open(plain_window.state.where, who=who) as workspace, workspace.change("两座阀门") as change:
        places = [shapely.Point(505000 + n, 4059000).wkb for n in range(2)]
        change.insert(KINDS["valve"].table, [{"code": f"F{n}", "geom": at} for n, at in enumerate(places)])
    home = plain_window.modules.panel("home")
    plain_window.modules.show("home")
    qtbot.waitUntil(lambda: lines(home.changes) == [["两座阀门", who]], timeout=10000)
    assert home.changes.topLevelItem(0).toolTip(0) == "两座阀门\n新增: 阀门 2"
    qtbot.waitUntil(lambda: home.counts.topLevelItemCount() == 1, timeout=10000)
    valves = home.counts.topLevelItem(0).child(0)
    assert [valves.text(0), valves.text(1)] == ["阀门", "2"]
    at = home.counts.visualItemRect(valves).center()
    QTest.mouseClick(home.counts.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(
        lambda: plain_window.table.model.kind == "valve" and plain_window.table.model.rowCount() == 2, timeout=10000
    )
    qtbot.waitUntil(plain_window.actions_by_id["undo"].isEnabled, timeout=10000)
    plain_window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: len(lines(home.changes)) == 2, timeout=10000)
    assert home.changes.topLevelItem(1).isDisabled()
