"""The filter form writes a condition, the table and the map follow it, and it is saved as a layer."""

import pytest
import shapely
from PySide6.QtTest import QTest

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.savedfilters import saved_filters
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


def choose(combo, data):
    combo.setCurrentIndex(combo.findData(data))


def test_the_form_filters_table_and_map(plain_window, qtbot, tmp_path):
    window = plain_window
    with Workspace.open(window.state.where) as workspace, workspace.change("in") as change:
        lines = [shapely.LineString([(505000 + 100 * n, 4059000), (505050 + 100 * n, 4059000)]) for n in range(5)]
        change.insert(
            KINDS["pipe"].table,
            [{"code": f"G{n}", "dn": 100 * (n + 1), "material": "QM" if n % 2 else "PE", "geom": line.wkb}
             for n, line in enumerate(lines)],
        )  # fmt: skip
        zone = shapely.MultiPolygon([shapely.box(505000, 4058990, 505260, 4059010)])
        change.insert(KINDS["dma"].table, [{"code": "D1", "name": "一区", "geom": zone.wkb}])
    table, form = window.table, window.table.form
    qtbot.waitUntil(lambda: table.model.rowCount() == 5, timeout=10000)
    table.show_form(True)
    (row,) = form.rows()
    choose(row.field, "material")
    choose(row.choice, "QM")
    choose(row.operator, "!=")
    assert form.where.text() == "material != 'QM'"
    second = form.add_row()
    choose(second.field, "dn")
    choose(second.operator, ">=")
    second.text.setText("300")
    choose(form.place, "dma")
    qtbot.waitUntil(lambda: form.name.currentText() == "一区", timeout=10000)
    assert form.where.text() == "material != 'QM' and dn >= 300 and meets('dma:一区')"
    form.apply()
    qtbot.waitUntil(lambda: table.model.rowCount() == 1, timeout=10000)
    window.grab().save(str(tmp_path / "filter.png"))
    choose(form.match, False)
    form.apply()
    qtbot.waitUntil(lambda: table.model.rowCount() == 2, timeout=10000)  # G0 and G2 in the zone
    form.show_button.click()
    qtbot.waitUntil(lambda: len(window.selection.layers.get("pipe", ())) == 2, timeout=10000)
    form.where.setText("dn >")
    form.apply()
    qtbot.waitUntil(form.told.isVisible, timeout=10000)
    form.clear()
    qtbot.waitUntil(lambda: table.model.rowCount() == 5, timeout=10000)
    choose(form.place, "view")
    assert form.where.text().startswith("meets('POLYGON")
    choose(form.place, "selected")
    qtbot.waitUntil(lambda: "meets('pipe:G" in form.where.text(), timeout=10000)
    form.set_where("dn >= 400")
    window.filtering.save("大管", "dn >= 400")
    qtbot.waitUntil(lambda: form.saved.findData("大管") > 0, timeout=10000)
    qtbot.waitUntil(lambda: any(spec["id"] == "pipe@大管" for spec in window.map_layers.layers()), timeout=10000)
    assert "pipe@大管" in window.layers._items
    window.grab().save(str(tmp_path / "saved.png"))
    choose(form.saved, "大管")
    form.saved.activated.emit(form.saved.currentIndex())
    qtbot.waitUntil(lambda: table.model.rowCount() == 2, timeout=10000)
    form.remove_button.click()
    qtbot.waitUntil(lambda: "pipe@大管" not in window.layers._items, timeout=10000)
    with Workspace.open(window.state.where) as workspace:
        assert saved_filters(workspace) == []
    table.show_kind("valve")
    QTest.qWait(300)
    assert (table.model.where, form.kind) == ("", "valve")
