"""The register in the window: a copy is in it before it is in the clipboard; roles are set; a print bears its name."""

import pytest
import shapely
from PySide6.QtWidgets import QApplication

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.roles import roles
from jnw_desktop.workspace import Workspace

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
