"""What came back from the field is shown beside what is here; what is ticked is taken."""

import sqlite3

import pytest
import shapely
from PySide6.QtCore import Qt

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]
PIPE = KINDS["pipe"].table


def test_what_is_ticked_is_taken(plain_window, qtbot, tmp_path):
    window = plain_window
    line = shapely.LineString([(505000, 4059000), (505500, 4059000)]).wkb
    with Workspace.open(window.state.where) as workspace:
        with workspace.change("in") as change:
            uids = change.insert(PIPE, [{"code": f"G{n}", "dn": 200, "material": "QM", "geom": line} for n in range(3)])
        workspace.backup(tmp_path / "field.gpkg")
        with workspace.change("here") as change:
            change.update(PIPE, uids[1], {"dn": 600})
    with sqlite3.connect(tmp_path / "field.gpkg") as field:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            field.create_function(name, 1, lambda _geometry: 0)  # the triggers name them; no geometry changes
        field.execute("UPDATE pipe SET dn = 300, material = 'PE' WHERE code IN ('G0', 'G1')")
        field.execute("DELETE FROM pipe WHERE code = 'G2'")
    field.close()
    page = window.field.compare(str(tmp_path / "field.gpkg"))
    qtbot.waitUntil(lambda: page.tree.topLevelItemCount() == 3, timeout=20000)
    window.grab().save(str(tmp_path / "field.png"))
    assert page.ticked() == ["pipe:1", "pipe:3"]
    page.tree.topLevelItem(2).setCheckState(0, Qt.CheckState.Unchecked)
    page.take_button.click()
    qtbot.waitUntil(lambda: page.tree.topLevelItemCount() == 2, timeout=20000)
    with Workspace.open(window.state.where) as workspace:
        found = [queries.describe(workspace, "pipe", code=f"G{n}").values["dn"] for n in range(3)]
    assert found == [300, 600, 200]
