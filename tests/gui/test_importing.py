"""Files come in through the window: the form is driven by mouse and keys, the worker does what the command does."""

import random

import openpyxl
import pytest
import shapely
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent
from PySide6.QtWidgets import QFileDialog, QInputDialog

from jnw_desktop.desktop.panels import columnmapping, importpage
from jnw_desktop.exchange.importing import import_file
from jnw_desktop.workspace import Workspace

from ..exchange.importfiles import EAST, NORTH, at, geojson, line, point, rows, with_gdal

pytestmark = [pytest.mark.gui, pytest.mark.timeout(200)]
LEFT = Qt.MouseButton.LeftButton
PIPE = {
    "geometry": "LineString",
    "properties": {"管号": "str:20", "管径": "int", "材质": "str:20", "状态": "str:20", "别名": "str:20"},
}
PIPES = [
    ({"管号": "甲1", "管径": 300, "材质": "球墨铸铁", "状态": "在用", "别名": "东段"}, line((0, 0), (50, 0))),
    ({"管号": "甲2", "管径": 200, "材质": "球墨铸铁", "状态": "神秘", "别名": "西段"}, line((50, 0), (90, 0))),
]


@pytest.fixture
def page(plain_window, qtbot):
    plain_window.actions_by_id["import"].trigger()
    return plain_window.exchanging.bring_in()


@pytest.fixture
def opened(page, qtbot, monkeypatch):
    """Choose files with the form's own button and wait for what they hold."""

    def choose(*paths):
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_asked: ([str(path) for path in paths], ""))
        qtbot.mouseClick(page.choose_files, LEFT)
        qtbot.waitUntil(lambda: bool(page.draft.layers) and not page._asking.is_open, timeout=30000)

    return choose


def choose(qtbot, combo, title):
    """Open a choice, go to an entry, press Enter."""
    combo.showPopup()
    view = combo.view()
    view.setCurrentIndex(combo.model().index(combo.findText(title), combo.modelColumn()))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert combo.currentText() == title


def answered(qtbot, page):
    qtbot.waitUntil(lambda: not page._asking.is_open, timeout=30000)


def press(qtbot, page, button):
    qtbot.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: not page.running.is_busy, timeout=60000)


def say_crs(qtbot, page, text):
    page.crs.setFocus()
    page.crs.lineEdit().selectAll()
    qtbot.keyClicks(page.crs.lineEdit(), text)
    qtbot.keyClick(page.crs.lineEdit(), Qt.Key.Key_Return)
    answered(qtbot, page)


def told(page):
    """The result's lines, by what they are of."""
    found = {}
    for place in range(page.result.tree.topLevelItemCount()):
        head = page.result.tree.topLevelItem(place)
        for at_ in range(head.childCount()):
            found[head.child(at_).text(0)] = head.child(at_).text(1)
    return found


def stored(window, kind):
    with Workspace.open(window.state.where, read_only=True) as workspace:
        return rows(workspace, kind)


def test_a_gbk_shapefile_is_mapped_tried_brought_in_and_undone(plain_window, page, opened, qtbot, tmp_path):
    file = with_gdal(tmp_path / "管线.shp", "ESRI Shapefile", PIPE, PIPES, encoding="GBK")
    (tmp_path / "管线.cpg").unlink()
    opened(file)
    assert page.encoding.currentText() == "自动识别：GB18030"
    assert page.crs.lineEdit().placeholderText().startswith("EPSG:4548")
    assert page.fields.field_of("材质").currentText() == "材质"
    assert page.fields.item(2, columnmapping.SAMPLE).text() == "球墨铸铁"
    choose(qtbot, page.fields.field_of("别名"), "名称")
    answered(qtbot, page)
    assert page.views.tabText(importpage.WORDS) == "代码值（1 个不认识）"
    page.views.setCurrentIndex(importpage.WORDS)
    choose(qtbot, page.words.code_of("state", "神秘"), "废弃")
    answered(qtbot, page)
    assert page.views.tabText(importpage.WORDS) == "代码值"
    assert page.rows.rowCount() == 2
    assert page.picture.count == 2
    press(qtbot, page, page.try_out)
    assert page.result.summary.text().startswith("<b>管线.shp</b>")
    assert "新增 2，更新 0" in page.result.summary.text()
    assert told(page)["新建的管点"] == "3"
    assert not stored(plain_window, "pipe")
    press(qtbot, page, page.start)
    assert {code: (row["dn"], row["state"], row["name"]) for code, row in stored(plain_window, "pipe").items()} == {
        "甲1": (300, "in_service", "东段"), "甲2": (200, "abandoned", "西段"),
    }  # fmt: skip
    qtbot.mouseClick(page.result.zoom_to, LEFT)
    qtbot.waitUntil(lambda: plain_window.map.state["center"] == [EAST + 45, NORTH], timeout=10000)
    plain_window.tabs.setCurrentWidget(page)
    press(qtbot, page, page.result.undo_it)
    assert not stored(plain_window, "pipe")
    assert not page.result.undo_it.isVisible()


def survey(path):
    book = openpyxl.Workbook()
    points = book.active
    points.title = "点表"
    points.append(["物探点号", "特征", "附属物", "X", "Y"])
    for name, kind, east in (("JS1", "阀门", 0), ("JS2", "", 50), ("JS3", "消防栓", 90)):
        points.append([name, "直线点", kind, NORTH, EAST + east])
    lines = book.create_sheet("线表")
    lines.append(["起点点号", "终点点号", "材质", "管径"])
    lines.append(["JS1", "JS2", "球墨铸铁", 300])
    lines.append(["JS2", "JS3", "球墨铸铁", 200])
    book.save(path)
    return path


def test_a_survey_of_two_sheets_comes_in_as_one_change(plain_window, page, opened, qtbot, tmp_path):
    opened(survey(tmp_path / "普查.xlsx"))
    assert {one.look.name: one.mapping.kind for one in page.draft.layers} == {
        "点表 valve": "valve", "点表 node": "node", "点表 hydrant": "hydrant", "线表": "pipe",
    }  # fmt: skip
    assert all(one.chosen for one in page.draft.layers)
    assert not page.kind.isEnabled()  # the format says what its rows are
    assert not page.start.isEnabled()
    say_crs(qtbot, page, "EPSG:4548")
    assert {one.mapping.crs for one in page.draft.layers} == {"EPSG:4548"}  # the others state none either
    press(qtbot, page, page.start)
    assert set(stored(plain_window, "valve")) == {"JS1"}
    assert [row["dn"] for row in stored(plain_window, "pipe").values()] == [300, 200]
    with Workspace.open(plain_window.state.where, read_only=True) as workspace:
        assert len(workspace.history()) == 1


def test_a_file_without_crs_is_asked_for_it(plain_window, page, opened, qtbot, tmp_path):
    opened(with_gdal(tmp_path / "管线.shp", "ESRI Shapefile", PIPE, PIPES, crs=None, encoding="UTF-8"))
    assert "坐标系" in page.told.text()
    assert "--crs" not in page.told.text()
    assert not page.try_out.isEnabled()
    assert page.rows.item(0, 0).text() == "甲1"  # what the fields say is shown already
    say_crs(qtbot, page, "nonsense")
    assert "nonsense" in page.told.text()
    assert not page.start.isEnabled()
    say_crs(qtbot, page, "EPSG:4548")
    assert page.told.text() == ""
    assert page.start.isEnabled()


def test_what_the_place_says_is_shown(page, opened, qtbot, tmp_path):
    turned = [(values, shapely.transform(shape, lambda xy: xy[:, ::-1])) for values, shape in PIPES]
    opened(with_gdal(tmp_path / "管线.shp", "ESRI Shapefile", PIPE, turned, encoding="UTF-8"))
    assert "东" in page.told.text()
    assert page._preview.extent == (*at(0, 0), *at(90, 0))


def test_rows_that_do_not_fit_are_told_and_opened(plain_window, page, opened, qtbot, tmp_path, monkeypatch):
    bad = ({"管号": "甲3", "管径": "粗"}, line((0, 9), (9, 9)))
    opened(geojson(tmp_path / "pipe.geojson", [({"管号": "甲1", "管径": "300"}, line((0, 0), (9, 0))), bad]))
    assert page.views.tabText(importpage.ROWS) == "预览（2 行中 1 行不合格）"
    assert "粗" in page.rows.item(1, 0).text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_asked: (str(tmp_path / "left"), ""))
    qtbot.mouseClick(page.choose_rejects, LEFT)
    press(qtbot, page, page.start)
    assert "不合格 1" in page.result.summary.text()
    assert (tmp_path / "left.csv").read_text("utf-8-sig").count("粗") == 2  # the reason and the row
    asked = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url.toLocalFile()))
    qtbot.mouseClick(page.result.open_rejects, LEFT)
    assert asked == [str(tmp_path / "left.csv")]


def test_what_a_second_import_would_change_is_listed(plain_window, page, opened, qtbot, tmp_path):
    with Workspace.open(plain_window.state.where) as workspace:
        import_file(workspace, [geojson(tmp_path / "a.geojson", PIPES)], choices={"kind": "pipe"})
    again = [({**PIPES[0][0], "管径": 400}, PIPES[0][1]), PIPES[1]]
    opened(geojson(tmp_path / "pipe.geojson", again))
    press(qtbot, page, page.try_out)
    assert "新增 0，更新 1，未变 1" in page.result.summary.text()
    assert told(page)["甲1 · 公称直径"] == "300 → 400"
    item = next(
        page.result.tree.topLevelItem(n)
        for n in range(page.result.tree.topLevelItemCount())
        if page.result.tree.topLevelItem(n).text(0).startswith("逐项变化")
    ).child(0)
    page.result.tree.scrollToItem(item)
    qtbot.mouseClick(page.result.tree.viewport(), LEFT, pos=page.result.tree.visualItemRect(item).center())
    qtbot.waitUntil(lambda: plain_window.selection.record is not None, timeout=10000)
    assert plain_window.selection.record.code == "甲1"


def test_an_import_is_cancelled(plain_window, page, opened, qtbot, tmp_path):
    many = [({"code": f"N{number}"}, point(number, random.Random(number).random())) for number in range(5000)]
    opened(geojson(tmp_path / "node.geojson", many))
    qtbot.mouseClick(page.start, LEFT)
    assert page.running.is_busy
    assert not page.start.isEnabled()
    qtbot.mouseClick(page.running.cancel, LEFT)
    qtbot.waitUntil(lambda: not page.running.is_busy, timeout=60000)
    assert page.told.text() == "已取消，没有写入任何内容。"
    assert not stored(plain_window, "node")
    assert page.start.isEnabled()


def test_a_file_that_cannot_be_read_says_so_in_the_form(page, qtbot, tmp_path):
    (tmp_path / "x.shp").write_bytes(b"nothing of the kind")
    page.open([str(tmp_path / "x.shp")])
    qtbot.waitUntil(lambda: bool(page.told.text()), timeout=20000)
    assert "x.shp" in page.told.text()
    assert "请" in page.told.text()  # what to do about it
    assert not page.start.isEnabled()


def test_an_encoding_that_is_wrong_keeps_the_import_from_beginning(page, opened, qtbot, tmp_path):
    opened(with_gdal(tmp_path / "管线.shp", "ESRI Shapefile", PIPE, PIPES, encoding="GBK"))
    assert page.start.isEnabled()
    choose(qtbot, page.encoding, "UTF-8")
    answered(qtbot, page)
    assert "UTF-8" in page.told.text()
    assert "--encoding" not in page.told.text()
    assert not page.start.isEnabled()
    choose(qtbot, page.encoding, "GBK")
    answered(qtbot, page)
    assert page.start.isEnabled()
    assert page.fields.item(2, columnmapping.SAMPLE).text() == "球墨铸铁"


def test_files_are_dropped_on_the_page(page, qtbot, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(geojson(tmp_path / "pipe.geojson", PIPES)))])
    where, how = QPointF(50, 50), Qt.DropAction.CopyAction
    page.dropEvent(QDropEvent(where, how, data, LEFT, Qt.KeyboardModifier.NoModifier))
    qtbot.waitUntil(lambda: len(page.draft.layers) == 1, timeout=20000)
    assert page.draft.layers[0].mapping.kind == "pipe"


def test_a_layer_nothing_is_known_of_waits_for_its_kind(plain_window, page, opened, qtbot, tmp_path):
    opened(geojson(tmp_path / "x.geojson", [({"a": "H1"}, point(0, 0))]))
    assert not page.start.isEnabled()
    choose(qtbot, page.kind, "消火栓")
    answered(qtbot, page)
    choose(qtbot, page.fields.field_of("a"), "编号")
    answered(qtbot, page)
    press(qtbot, page, page.start)
    assert set(stored(plain_window, "hydrant")) == {"H1"}


def test_a_mapping_is_saved_used_again_and_is_the_commands(plain_window, page, opened, qtbot, tmp_path, monkeypatch):
    file = geojson(tmp_path / "pipe.geojson", [({"甲": "P1", "乙": 3.0}, line((0, 0), (9, 0)))])
    opened(file)
    choose(qtbot, page.fields.field_of("甲"), "编号")
    answered(qtbot, page)
    choose(qtbot, page.fields.field_of("乙"), "公称直径")
    answered(qtbot, page)
    choose(qtbot, page.fields.unit_of("乙"), "cm")
    answered(qtbot, page)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_asked: ("普查 2026", True))
    qtbot.mouseClick(page.save, LEFT)
    saved = tmp_path / "mappings" / "普查 2026.toml"
    with Workspace.create(tmp_path / "other.gpkg") as other:
        import_file(other, [file], choices={"mapping": str(saved)})
        assert rows(other, "pipe")["P1"]["dn"] == 30
    renamed = geojson(tmp_path / "其他.geojson", [({"甲": "P2", "乙": 4.0}, line((0, 9), (9, 9)))])
    opened(renamed)
    assert page.fields.field_of("甲").currentText() == "— 不导入"
    choose(qtbot, page.saved, "普查 2026")
    answered(qtbot, page)
    assert page.fields.field_of("甲").currentText() == "编号"
    press(qtbot, page, page.start)
    assert stored(plain_window, "pipe")["P2"]["dn"] == 40


def test_a_folder_is_dropped_in_whole(plain_window, page, qtbot, tmp_path, monkeypatch):
    folder = tmp_path / "交付"
    folder.mkdir()
    with_gdal(folder / "给水管线.shp", "ESRI Shapefile", PIPE, PIPES, encoding="UTF-8")
    valve = {"geometry": "Point", "properties": {"编号": "str:9"}}
    with_gdal(folder / "阀门.shp", "ESRI Shapefile", valve, [({"编号": "V1"}, point(50, 0))], encoding="UTF-8")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_asked: str(folder))
    qtbot.mouseClick(page.choose_folder, LEFT)
    qtbot.waitUntil(lambda: len(page.draft.layers) == 2 and not page._asking.is_open, timeout=30000)
    assert all(layer.chosen for layer in page.draft.layers)
    press(qtbot, page, page.start)
    uid = stored(plain_window, "valve")["V1"]["uid"]
    assert [row["start_node"] == uid or row["end_node"] == uid for row in stored(plain_window, "pipe").values()] == [
        True,
        True,
    ]


def test_a_page_closed_while_the_worker_looks_is_gone_quietly(plain_window, page, qtbot, tmp_path):
    failed = []
    plain_window.jobs.failed.connect(failed.append)
    page.open([str(geojson(tmp_path / "pipe.geojson", PIPES))])
    plain_window.tabs.close_tab(plain_window.tabs.currentIndex())
    asked = []
    plain_window.jobs.ask("facilities.counts", asked.append)
    qtbot.waitUntil(lambda: bool(asked), timeout=20000)
    qtbot.wait(300)
    assert failed == []
