"""The real window on a screen: the tour does the main jobs, and a killed engine comes back."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest
import shapely
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QCursor, QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QToolTip
from pytestqt.exceptions import TimeoutError

from jnw_desktop.demo.build import build
from jnw_desktop.desktop.application import make_window
from jnw_desktop.desktop.mapview.layers import MapLayers
from jnw_desktop.desktop.tour import take
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.location import Location

pytestmark = [pytest.mark.gui, pytest.mark.engine, pytest.mark.timeout(200)]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    place = tmp_path_factory.mktemp("city") / "demo.gpkg"
    build(place)
    return str(place)


def test_the_tour_does_every_job_and_pictures_it(city, tmp_path, qapp):
    told = take(city, tmp_path / "tour")
    assert [step["name"] for step in told["steps"]] == [
        "whole-city", "zoomed", "panned", "pipe", "search", "saved", "table", "measured", "isolation", "site", "guide",
    ]  # fmt: skip
    assert all(Path(step["file"]).stat().st_size > 20000 for step in told["steps"])
    assert (tmp_path / "tour" / "guide.pdf").read_bytes().startswith(b"%PDF")


@pytest.fixture
def window(qtbot, tmp_path, city):
    made = make_window(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(made)
    made.showMaximized()
    made.start(city)
    qtbot.waitUntil(lambda: made.state is not None and bool(made.map.state), timeout=30000)
    return made


def test_a_killed_engine_comes_back_with_view_layers_and_selection(window, qtbot):
    wanted = [504900.0, 4059400.0, 505300.0, 4059700.0]
    window.engine.request("view.set", extent=wanted)
    window.selection.choose("pipe", fid=1)
    qtbot.waitUntil(lambda: "selection.set" in window.engine._kept, timeout=10000)
    qtbot.waitUntil(lambda: 100 < window.map.state["scale"] < 5000, timeout=10000)
    qtbot.wait(500)
    before = dict(window.map.state)
    first = window.engine.engine.pid
    os.kill(first, signal.SIGKILL)
    qtbot.waitUntil(lambda: window.engine.engine is not None and window.engine.engine.pid != first, timeout=20000)
    answers = []
    qtbot.waitUntil(lambda: window.engine._restored, timeout=20000)
    window.engine.request("view.get", answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=10000)
    assert answers[0]["center"] == pytest.approx(before["center"], abs=0.5)
    assert answers[0]["scale"] == pytest.approx(before["scale"], rel=0.02)
    assert window.engine._kept["selection.set"] == {"layers": {"pipe": [1]}}


def test_a_file_that_is_no_workspace_is_told_and_the_open_one_stays(window, qtbot, tmp_path):
    other = tmp_path / "other.gpkg"
    other.write_bytes(b"not a database" * 50)
    window.opening.open(str(other))
    qtbot.waitUntil(lambda: "other.gpkg" in window.messages.text, timeout=10000)
    assert window.state.where.endswith("demo.gpkg")


def test_the_command_palette_finds_by_letters(window, qtbot):
    window.show_palette()
    from jnw_desktop.desktop.palette import Palette

    palette = window.findChild(Palette)
    palette.text.setText("识别")  # QTest types ASCII only
    assert palette.list.count() == 1
    window.actions_by_id["pan"].trigger()
    palette._take()
    assert window.actions_by_id["identify"].isChecked()


def test_the_map_is_printed_from_a_dragged_frame(window, qtbot, tmp_path):
    window.engine.request("view.set", center=[505000.0, 4059500.0], scale=4000)
    qtbot.waitUntil(lambda: abs(window.map.state["scale"] - 4000) < 50, timeout=10000)
    window.actions_by_id["print"].trigger()
    form = window.printing
    assert form.scale.currentText() == "1:5000"
    form.paper.setCurrentText("A4")
    shown = form._told.text()
    form.scale.setCurrentText("nonsense")
    assert not form._buttons.button(form._buttons.StandardButton.Ok).isEnabled()
    form.drag.click()
    qtbot.wait(300)
    middle = window.map.rect().center()
    QTest.mousePress(window.map, Qt.MouseButton.LeftButton, pos=middle - QPoint(100, 60))
    for step in range(11):
        QTest.mouseMove(window.map, middle + QPoint(-100 + 20 * step, -60 + 12 * step))
        qtbot.wait(20)
    QTest.mouseRelease(window.map, Qt.MouseButton.LeftButton, pos=middle + QPoint(100, 60))
    qtbot.waitUntil(form.form.isVisible, timeout=10000)
    assert form.scale.currentText() in ("1:1000", "1:2000")
    assert form._told.text() != shown
    assert form.center == pytest.approx((505000.0, 4059500.0), abs=20)
    form.make()
    qtbot.waitUntil(lambda: window.tabs.count() > 1, timeout=30000)
    preview = window.tabs.shown()
    assert preview.document.pageCount() == 1
    assert "print-frame" not in str(window.engine._kept.keys())
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    preview.print_on(printer)
    qtbot.waitUntil(lambda: preview.printing is None, timeout=30000)
    told = subprocess.run(["pdfinfo", tmp_path / "printed.pdf"], capture_output=True, text=True, check=True).stdout
    width, height = (float(part) for part in told.split("Page size:")[1].split()[0:3:2])
    assert (width, height) == pytest.approx((841.9, 595.3), abs=1)


def test_layers_are_arranged_and_remembered(window, qtbot, tmp_path):
    layers = window.map_layers
    order = [(group["id"], [layer["id"] for layer in group["layers"]]) for group in layers.groups]
    layers.set("pipe", opacity=0.4, visible=False)
    layers.arrange(order[::-1])
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(0xFF00FF)
    picture.save(str(tmp_path / "plan.png"))
    name = layers.add("plan", {"type": "file", "path": str(tmp_path / "plan.png")})
    broken = layers.add("gone", {"type": "file", "path": str(tmp_path / "gone.tif")})
    qtbot.waitUntil(lambda: "无法显示" in window.layers._items[broken].toolTip(0), timeout=10000)
    again = MapLayers(window.engine, window.settings)
    again.open(window.state)
    assert [group["id"] for group in again.groups] == [name for name, _members in order[::-1]]
    assert (again.layer("pipe")["opacity"], again.layer("pipe")["visible"]) == (0.4, False)
    assert again.layer(name)["source"]["path"].endswith("plan.png")
    layers.remove(name)
    layers.remove(broken)
    assert all(layer["id"] != name for layer in layers.layers())
    assert window.layers.menu_of("pipe").actions()


@pytest.mark.postgis
def test_a_team_workspace_is_opened_from_the_form(window, qtbot, cluster):
    place = cluster.place()
    with Workspace.create(place, title="团队库") as workspace, workspace.change("in") as change:
        line = shapely.LineString([(505000, 4059500), (505100, 4059500)])
        change.insert(KINDS["pipe"].table, [{"code": "T1", "dn": 600, "geom": line.wkb}])
    without = str(Location.parse(place))
    assert cluster.password not in without
    window.opening.open(without)  # as from the list of recent ones
    qtbot.waitUntil(lambda: window.findChild(QDialog, "ConnectDatabaseDialog") is not None, timeout=20000)
    dialog = window.findChild(QDialog, "ConnectDatabaseDialog")
    assert dialog.findChild(QLineEdit, "user").text() == "jnw"
    QTest.keyClicks(dialog.findChild(QLineEdit, "password"), cluster.password)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.state.title == "团队库", timeout=20000)
    window.selection.choose("pipe", fid=1, fly=True)
    qtbot.waitUntil(lambda: window.inspector.record is not None and window.inspector.record.code == "T1", timeout=10000)
    answers = []
    window.engine.request("layer.legend", answers.append, id="pipe")
    qtbot.waitUntil(lambda: bool(answers), timeout=10000)
    assert cluster.password not in str(window.settings.value("recent"))


def test_a_resting_mouse_is_told_what_lies_there(window, qtbot):
    pages = []
    window.jobs.ask("facilities.page", pages.append, kind="pipe", sort="dn", descending=True, limit=1)
    qtbot.waitUntil(lambda: bool(pages), timeout=10000)
    (row,) = pages[0].rows
    fid, code = (row[pages[0].columns.index(name)] for name in ("fid", "code"))
    records = []
    window.jobs.ask("facilities.describe", records.append, kind="pipe", fid=fid)
    qtbot.waitUntil(lambda: bool(records), timeout=10000)
    at = shapely.line_interpolate_point(shapely.from_wkb(records[0].geometry), 0.4, normalized=True)
    window.engine.request("view.set", center=[at.x, at.y], scale=500)
    qtbot.waitUntil(lambda: window.map.state["center"] == pytest.approx([at.x, at.y], abs=1), timeout=10000)
    qtbot.wait(800)
    middle = window.map.rect().center()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=10000)

    def told():
        return f"管段 {code}" in QToolTip.text()

    for _rest in range(8):  # the screen's window manager may take the pointer for a moment: the hand rests again
        for place in (middle + QPoint(90, 60), middle):
            QCursor.setPos(window.map.mapToGlobal(place))
            QTest.mouseMove(window.map, place)
            qtbot.wait(100)
        with contextlib.suppress(TimeoutError):
            qtbot.waitUntil(told, timeout=2500)
            break
    assert told()
    assert "公称直径：" in QToolTip.text()
