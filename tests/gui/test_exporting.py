"""Facilities go out through the window: what is lost is told first, then the file is written or nothing is."""

import fiona
import numpy as np
import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from jnw_desktop.exchange.importing import import_file
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.register import releases
from jnw_desktop.facilities.savedfilters import save_filter
from jnw_desktop.workspace import Workspace

from ..exchange.importfiles import EAST, NORTH, geojson, line
from .test_importing import choose, press

pytestmark = [pytest.mark.gui, pytest.mark.timeout(200)]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def city(plain_window, qtbot, tmp_path):
    pipes = [({"code": f"P{n}", "dn": 100 * n}, line((10 * n, 0), (10 * n + 10, 0))) for n in range(1, 5)]
    with Workspace.open(plain_window.state.where) as workspace:
        import_file(workspace, [geojson(tmp_path / "pipe.geojson", pipes)])
    qtbot.waitUntil(lambda: plain_window.state.counts["pipe"] == 4, timeout=10000)
    return plain_window


@pytest.fixture
def page(city, qtbot):
    city.actions_by_id["export"].trigger()
    page = city.exchanging.take_out()
    ready(qtbot, page)
    return page


def ready(qtbot, page):
    qtbot.waitUntil(lambda: not page._wait.isActive() and not page._asking.is_open, timeout=20000)


def codes(file):
    with fiona.open(file) as source:
        return {row.properties["code"] for row in source}


def test_losses_are_told_before_a_shapefile_is_written(page, qtbot, tmp_path, monkeypatch):
    assert page.counts.text() == "将导出 4 个设施：管段 4"
    choose(qtbot, page.format, "Shapefile (.shp)")
    qtbot.keyClicks(page.where, "dn >= 300")
    ready(qtbot, page)
    assert page.counts.text() == "将导出 2 个设施：管段 2"
    assert "depth_start → dept_start" in page.losses.text()
    assert not page.start.isEnabled()  # no file is named yet
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_asked: (str(tmp_path / "大管"), ""))
    qtbot.mouseClick(page.choose, LEFT)
    press(qtbot, page, page.start)
    assert codes(tmp_path / "大管.shp") == {"P3", "P4"}
    assert "2" in page.outcome.text()
    asked = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url.toLocalFile()))
    qtbot.mouseClick(page.open_folder, LEFT)
    qtbot.mouseClick(page.open_file, LEFT)
    assert asked == [str(tmp_path), str(tmp_path / "大管.shp")]


def test_what_is_selected_is_written(city, page, qtbot, tmp_path):
    with Workspace.open(city.state.where, read_only=True) as workspace, workspace.read() as connection:
        fid = connection.exec_driver_sql("SELECT fid FROM pipe WHERE code = 'P2'").scalar()
    city.selection.take({"pipe": [fid]})
    choose(qtbot, page.what, "选中的设施（1）")
    ready(qtbot, page)
    assert page.counts.text() == "将导出 1 个设施：管段 1"
    assert not page.where.isEnabled()
    qtbot.keyClicks(page.file, str(tmp_path / "one.gpkg"))
    press(qtbot, page, page.start)
    assert codes(tmp_path / "one.gpkg") == {"P2"}
    city.selection.take({})
    qtbot.waitUntil(lambda: not page.start.isEnabled(), timeout=5000)
    assert page.told.text() == "没有选中任何设施。"


def test_a_condition_that_is_wrong_is_told_in_the_form(page, qtbot, tmp_path):
    qtbot.keyClicks(page.file, str(tmp_path / "x.gpkg"))
    qtbot.keyClicks(page.where, "dn >>= 3")
    qtbot.waitUntil(lambda: bool(page.told.text()), timeout=20000)
    assert not page.start.isEnabled()
    page.where.clear()
    qtbot.waitUntil(lambda: page.start.isEnabled(), timeout=20000)
    assert page.told.text() == ""


def test_formats_with_one_crs_leave_no_choice(page, qtbot):
    choose(qtbot, page.format, "KML (.kml)")
    ready(qtbot, page)
    assert not page.crs.isEnabled()
    assert page.crs.currentText().startswith("EPSG:4326")
    choose(qtbot, page.format, "GeoJSON (.geojson)")
    ready(qtbot, page)
    assert page.crs.isEnabled()
    assert page.values()["crs"] == ""


def test_a_file_that_is_there_is_kept_until_the_user_says_otherwise(page, qtbot, tmp_path):
    (tmp_path / "x.gpkg").write_bytes(b"mine")
    qtbot.keyClicks(page.file, str(tmp_path / "x.gpkg"))
    press(qtbot, page, page.start)
    assert "覆盖" in page.told.text()
    assert (tmp_path / "x.gpkg").read_bytes() == b"mine"
    page.overwrite.setFocus()
    qtbot.keyClick(page.overwrite, Qt.Key.Key_Space)
    press(qtbot, page, page.start)
    assert codes(tmp_path / "x.gpkg") == {"P1", "P2", "P3", "P4"}


def test_an_export_is_cancelled_and_leaves_nothing(city, page, qtbot, tmp_path):
    count = 20000
    with Workspace.open(city.state.where) as workspace, workspace.change("节点") as change:
        points = shapely.points(EAST + np.arange(count) * 1.0, NORTH)
        change.insert_arrays(KINDS["node"].table, {"geom": shapely.to_wkb(points)})
    choose(qtbot, page.what, "全部种类")
    choose(qtbot, page.format, "Excel 工作簿 (.xlsx)")
    qtbot.waitUntil(lambda: "20,0" in page.counts.text() and not page._asking.is_open, timeout=20000)
    (tmp_path / "out").mkdir()
    qtbot.keyClicks(page.file, str(tmp_path / "out" / "x.xlsx"))
    qtbot.mouseClick(page.start, LEFT)
    qtbot.mouseClick(page.running.cancel, LEFT)
    qtbot.waitUntil(lambda: not page.running.is_busy, timeout=20000)
    assert page.told.text() == "已取消，没有写入任何内容。"
    assert list((tmp_path / "out").iterdir()) == []


def test_the_layer_tree_leads_to_the_export_of_a_layer(city, qtbot):
    menu = city.layers.menu_of("valve")
    next(action for action in menu.actions() if action.text() == "导出图层…").trigger()
    page = city.exchanging.take_out()
    ready(qtbot, page)
    assert page.kind.currentData() == "valve"
    assert page.counts.text() == "没有可导出的设施。"


def test_to_whom_it_goes_is_recorded(city, page, qtbot, tmp_path):
    qtbot.keyClicks(page.recipient.recipient, "Roads Bureau")
    qtbot.keyClicks(page.file, str(tmp_path / "x.gpkg"))
    press(qtbot, page, page.start)
    with Workspace.open(city.state.where, read_only=True) as workspace:
        (release,) = releases(workspace)
    assert release["recipient"] == "Roads Bureau"


def test_a_saved_filter_is_a_condition(city, page, qtbot, tmp_path):
    with Workspace.open(city.state.where) as workspace:
        save_filter(workspace, "大管", "pipe", "dn >= 300")
    city.layers.export.emit("pipe@大管")
    ready(qtbot, page)
    qtbot.waitUntil(lambda: page.counts.text() == "将导出 2 个设施：管段 2", timeout=20000)
    assert page.where.text() == "@大管"
