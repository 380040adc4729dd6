"""The register in the window: a copy is in it before it is in the clipboard; roles are set; a print bears its name."""

import openpyxl
import pikepdf
import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from jnw_desktop.desktop.modules import ModuleSession
from jnw_desktop.desktop.panels.preview import Preview
from jnw_desktop.desktop.papers.handingout import HandOut
from jnw_desktop.extension.listing import Column, ListOf
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.register import releases
from jnw_desktop.facilities.releases.roles import roles, set_role
from jnw_desktop.workspace import Workspace

from ..facilities.citykit import build

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


def column(page, at):
    return [page.table.item(row, at).text() for row in range(page.table.rowCount())]


def test_copies_are_registered_and_roles_are_set(plain_window, qtbot, tmp_path):
    window = plain_window
    line = shapely.LineString([(505000, 4059000), (505500, 4059000)]).wkb
    with Workspace.open(window.state.where) as workspace, workspace.change("in") as change:
        change.insert(KINDS["pipe"].table, [{"code": "G1", "dn": 200, "geom": line}, {"code": "G2", "geom": line}])
    window.actions_by_id["releases"].trigger()
    page = window.tabs.shown()
    qtbot.waitUntil(lambda: page.empty.isVisible(), timeout=10000)
    qtbot.waitUntil(lambda: window.table.model.rowCount() == 2, timeout=10000)
    window.table.view.selectAll()
    window.table.copy_rows()
    qtbot.waitUntil(lambda: page.table.rowCount() == 1, timeout=10000)
    text = QApplication.clipboard().text().splitlines()
    assert [row.split("\t")[0] for row in text] == ["编号", "G1", "G2"]
    window.actions_by_id["copy-view"].trigger()
    qtbot.waitUntil(lambda: page.table.rowCount() == 2, timeout=10000)
    assert set(column(page, 3)) == {"复制"}
    assert sorted(column(page, 4)) == ["地图当前视图", "管段 2 行"]
    page.filter.setText("地图")
    qtbot.waitUntil(lambda: page.table.rowCount() == 1, timeout=10000)
    page.table.selectRow(0)
    assert page.show_area.isEnabled()
    page.roles.name.setCurrentText("施工单位")
    page.roles.step.setValue(50)
    page.roles.default.setChecked(True)
    page.roles.set_button.click()
    qtbot.waitUntil(lambda: "50 m" in page.roles.told.text(), timeout=10000)
    with Workspace.open(window.state.where) as workspace:
        assert [(role.name, role.coordinates.step, role.is_default) for role in roles(workspace)] == [
            ("施工单位", 50, True)
        ]
    page.write(str(tmp_path / "list.xlsx"))
    qtbot.waitUntil(lambda: (tmp_path / "list.xlsx").exists(), timeout=20000)
    page.filter.setText("")
    qtbot.waitUntil(lambda: page.table.rowCount() == 3, timeout=10000)  # the list itself has left too
    window.grab().save(str(tmp_path / "releases.png"))
    window.print_map()
    form = window.printing
    qtbot.waitUntil(lambda: form.recipient.role.isVisible(), timeout=10000)
    form.recipient.recipient.setText("某公司")
    form.recipient.why.setText("施工")
    told = form.recipient.terms()
    assert (told.recipient, told.role, told.why) == ("某公司", "施工单位", "施工")
    form.form.grab().save(str(tmp_path / "print.png"))
    form.form.reject()


def test_a_plan_that_was_looked_at_is_handed_out(plain_window, qtbot, tmp_path):
    window = plain_window
    with Workspace.open(window.state.where, who="li") as workspace:
        build(workspace, "S1 -p1- V1 -p2- V2 -p3- a")
        set_role(workspace, "施工单位", "50")
        set_role(workspace, "消防", "exact")
    session = ModuleSession(window, "analysis")
    session.document("关阀方案", "network.print_plan", "p2", stuck=[])
    qtbot.waitUntil(lambda: isinstance(window.tabs.shown(), Preview), timeout=60000)
    shown = window.tabs.shown()
    shown.hand_out.trigger()
    asked = next(dialog for dialog in window.findChildren(HandOut) if dialog.isVisible())
    qtbot.waitUntil(lambda: asked.rows.role.count() == 3, timeout=10000)
    assert not asked.make.isEnabled()
    qtbot.keyClicks(asked.rows.recipient, "Fire brigade")
    asked.rows.role.setCurrentIndex(asked.rows.role.findData("消防"))
    qtbot.keyClicks(asked.rows.why, "drill")
    asked.grab().save(str(tmp_path / "handout.png"))
    qtbot.mouseClick(asked.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.tabs.shown() is not shown and window.tabs.count() == 3, timeout=60000)
    assert "Fire brigade" in window.tabs.tabText(2)
    with Workspace.open(window.state.where, read_only=True) as workspace:
        newest, before = releases(workspace)[:2]
    assert (newest["recipient"], newest["role"], newest["why"]) == ("Fire brigade", "消防", "drill")
    assert (before["recipient"], before["what"]) == (None, "print")
    window.grab().save(str(tmp_path / "handed.png"))
    with pikepdf.open(window.tabs.shown().path) as made, pikepdf.open(shown.path) as first:
        assert len(made.pages) == len(first.pages)


def test_a_list_of_the_window_is_in_the_register(plain_window, qtbot, tmp_path):
    session = ModuleSession(plain_window, "analysis")
    written = []
    values = {"out": str(tmp_path / "l.xlsx"), "title": "清单", "head": ["a"], "rows": [["1"]]}
    session.run("导出", "documents.write_list", written.append, **values)
    qtbot.waitUntil(lambda: bool(written), timeout=20000)
    made = session.listing(ListOf("阀门清单", (Column("code", "编号"),), "code", "没有。"))
    qtbot.addWidget(made.widget)
    made.fill([{"code": "V1"}, {"code": "V2"}])
    made.choose("V2")
    made.copy()
    qtbot.waitUntil(lambda: QApplication.clipboard().text() == "编号\nV2", timeout=10000)
    with Workspace.open(plain_window.state.where, read_only=True) as workspace:
        copied, exported = releases(workspace)
    assert (exported["what"], exported["title"], exported["file"]) == ("export", "清单", "l.xlsx")
    assert (copied["what"], copied["title"]) == ("copy", "阀门清单 1 行")


def test_tie_cards_of_what_is_selected(plain_window, qtbot, tmp_path):
    window = plain_window
    with Workspace.open(window.state.where) as workspace, workspace.change("in") as change:
        for n in range(3):
            place = shapely.Point(505000 + 200 * n, 4059500)
            change.insert(KINDS["valve"].table, [{"code": f"F{n}", "geom": place.wkb}])
            change.insert(
                KINDS["hydrant"].table, [{"code": f"X{n}", "geom": shapely.Point(place.x + 6, place.y + 8).wkb}]
            )
    cards = window.actions_by_id["tie-cards"]
    cards.trigger()
    qtbot.waitUntil(lambda: "阀门或消火栓" in window.messages.text, timeout=10000)
    window.open_table("valve")
    qtbot.waitUntil(lambda: window.table.model.rowCount() == 3, timeout=10000)
    window.table.view.selectAll()
    qtbot.waitUntil(lambda: len(window.selection.layers.get("valve", ())) == 3, timeout=10000)
    cards.trigger()
    qtbot.waitUntil(lambda: isinstance(window.tabs.shown(), Preview), timeout=60000)
    shown = window.tabs.shown()
    qtbot.waitUntil(lambda: shown.document.pageCount() == 1, timeout=10000)
    window.grab().save(str(tmp_path / "cards.png"))
    text = shown.document.getAllText(0).text()
    assert all(f"F{n}" in text for n in range(3))


def test_a_list_goes_to_somebody_whose_name_is_in_it(plain_window, qtbot, tmp_path):
    window, out = plain_window, tmp_path / "清单.xlsx"
    session = ModuleSession(window, "analysis")
    session.write_file("导出", "documents.write_list", str(out), title="阀门", head=["编号"], rows=[["V1"]])

    def offers():
        return [
            one for one in window.messages.findChildren(QPushButton) if one.isVisible() and one.text() == "对外提供…"
        ]

    qtbot.waitUntil(lambda: len(offers()) == 1 and str(out) in window.messages.text, timeout=20000)
    qtbot.mouseClick(offers()[0], Qt.MouseButton.LeftButton)
    asked = next(dialog for dialog in window.findChildren(HandOut) if dialog.isVisible())
    qtbot.keyClicks(asked.rows.recipient, "Fire brigade")
    qtbot.mouseClick(asked.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.messages.text.endswith("Fire brigade"), timeout=20000)
    window.grab().save(str(tmp_path / "list.png"))
    texts = [str(cell.value) for row in openpyxl.load_workbook(out).active for cell in row]
    assert any("Fire brigade" in text for text in texts)
    with Workspace.open(window.state.where, read_only=True) as workspace:
        named, first = releases(workspace)
    assert (named["recipient"], named["title"]) == ("Fire brigade", "阀门")
    assert first["recipient"] is None
