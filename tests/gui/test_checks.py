"""The checks' panel: run, choose, mend after a look, let stand with a reason, export."""

import csv

import pytest
import shapely
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QInputDialog

from jnw_desktop.desktop.panels.checks import MendDialog
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(120)]


@pytest.fixture
def window(plain_window, qtbot):
    """A pipe with no node at its ends, across another; and two nodes alone."""
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("city") as change:
        lines = {"P": [(505000, 4059000), (505020, 4059000)], "Q": [(505010, 4058990), (505010, 4059010)]}
        rows = [{"code": code, "geom": shapely.LineString(line).wkb} for code, line in lines.items()]
        change.insert(KINDS["pipe"].table, rows)
        places = {"N1": (505050, 4059000), "N2": (505060, 4059000)}
        change.insert(KINDS["node"].table, [{"code": c, "geom": shapely.Point(p).wkb} for c, p in places.items()])
    plain_window.modules.show("checks")
    return plain_window


@pytest.fixture
def panel(window, qtbot):
    made = window.modules.panel("checks")
    qtbot.waitUntil(lambda: made._where != "", timeout=10000)
    assert "全部检查" in made.summary.text()
    assert not made.export_button.isEnabled()
    QTest.mouseClick(made.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: made.tree.topLevelItemCount() > 0, timeout=20000)
    return made


def titles(panel):
    return {
        item.text(0): int(item.text(1)) for item in map(panel.tree.topLevelItem, range(panel.tree.topLevelItemCount()))
    }


def head(panel, title):
    (item,) = panel.tree.findItems(title, Qt.MatchFlag.MatchExactly)
    panel.tree.expandItem(item)
    return item


def test_findings_are_counted_filtered_and_lead_to_the_facility(window, panel, qtbot):
    counts = titles(panel)
    assert (counts["交叉处无管点"], counts["无用管点"], counts["端点处无管点"]) == (1, 2, 4)
    panel.severity.setCurrentIndex(panel.severity.findData("warning"))
    assert "端点处无管点" not in titles(panel)
    panel.text.setText("n2")
    assert list(titles(panel)) == ["无用管点"]
    unused = head(panel, "无用管点")
    assert [unused.child(n).text(0).split()[0] for n in range(unused.childCount())] == ["N2"]
    panel.text.clear()
    panel.severity.setCurrentIndex(0)
    crossing = head(panel, "交叉处无管点").child(0)
    panel.tree.setCurrentItem(crossing)
    qtbot.waitUntil(lambda: window.selection.record is not None and window.selection.record.code == "P", timeout=10000)
    (spot,) = window.engine._kept["overlay.set checks.findings"]["features"]
    assert shapely.from_wkb(bytes.fromhex(spot["wkb"])) == shapely.Point(505010, 4059000)
    assert panel.waive_button.isEnabled()
    assert not panel.mend_button.isEnabled()


def test_a_mend_is_shown_and_made_and_the_list_follows(window, panel, qtbot):
    panel.tree.setCurrentItem(head(panel, "无用管点").child(0))
    seen = []

    def agree():
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, MendDialog):
            QTimer.singleShot(100, agree)
            return
        seen.append(dialog.lines.item(0).text())
        dialog.findChild(QDialogButtonBox).accepted.emit()

    QTimer.singleShot(100, agree)
    panel.mend_button.click()
    qtbot.waitUntil(lambda: titles(panel).get("无用管点") == 1, timeout=20000)
    assert seen == ["删除 N1"]
    with Workspace.open(window.state.where, read_only=True) as workspace:
        assert workspace.can_undo() == "修复：无用管点"


def test_a_finding_is_let_stand_with_its_reason(window, panel, qtbot, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_rest: ("现场核实为上下穿越", True))
    panel.tree.setCurrentItem(head(panel, "交叉处无管点").child(0))
    panel.waive_button.click()
    qtbot.waitUntil(lambda: "交叉处无管点" not in titles(panel), timeout=10000)
    panel.run_button.click()
    qtbot.waitUntil(lambda: "1 个予以保留" in panel.summary.text(), timeout=20000)


def test_a_change_makes_the_list_old_and_only_the_change_is_checked(window, panel, qtbot):
    with Workspace.open(window.state.where) as workspace, workspace.change("more") as change:
        line = shapely.LineString([(505100, 4059000), (505120, 4059000)])
        change.insert(KINDS["pipe"].table, [{"code": "R", "geom": line.wkb}])
    qtbot.waitUntil(lambda: "已有改动" in panel.summary.text(), timeout=10000)
    panel.changed_button.click()
    qtbot.waitUntil(lambda: "无用管点" not in titles(panel), timeout=20000)
    ends = head(panel, "端点处无管点")
    assert {ends.child(n).text(0).split()[0] for n in range(ends.childCount())} == {"R"}


def test_the_list_is_exported(panel, qtbot, monkeypatch, tmp_path):
    place = tmp_path / "findings.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_rest: (str(place), ""))
    panel.export_button.click()
    qtbot.waitUntil(place.exists, timeout=20000)
    qtbot.waitUntil(lambda: place.stat().st_size > 100, timeout=20000)
    with place.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    (crossing,) = [row for row in rows if row["检查项"] == "交叉处无管点"]
    assert (crossing["级别"], crossing["编号"], float(crossing["东坐标"])) == ("警告", "P", 505010.0)
