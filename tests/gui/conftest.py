"""The window over the fake engine on an empty workspace, and over the real one on a workspace of one pipe."""

import functools
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from jnw_desktop.desktop.application import make_window
from jnw_desktop.desktop.mapview import engine as bridge
from jnw_desktop.facilities.editing.drawing import draw_pipe
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.workspace import Workspace

from .editkit import EAST, NORTH, line

FAKE = Path(__file__).parent.parent / "mapengine" / "fake_host.py"


@pytest.fixture(autouse=True)
def _nobody_answers(monkeypatch):
    """A window that a test leaves with something typed in it closes: nobody is there to be asked."""
    monkeypatch.setattr(QMessageBox, "question", lambda *_asked: QMessageBox.StandardButton.Discard)


def is_up(window):
    """Whether the workspace is open and the map shows it; what went wrong instead ends the test."""
    assert "map engine" not in window.messages.text.lower(), window.messages.text
    assert "地图引擎" not in window.messages.text, window.messages.text
    return window.state is not None and window.engine._restored and bool(window.map.state)


@pytest.fixture
def plain_window(qtbot, tmp_path, monkeypatch):
    Workspace.create(tmp_path / "city.gpkg", title="空库").close()
    monkeypatch.setattr(bridge, "MapEngine", functools.partial(MapEngine, host=FAKE))
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("qgis_python", sys.executable)
    made = make_window(settings)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    made.activateWindow()  # the window of the test before may still have the keyboard
    QTest.qWaitForWindowActive(made)
    made.start(str(tmp_path / "city.gpkg"))
    qtbot.waitUntil(lambda: is_up(made), timeout=60000)
    return made


@pytest.fixture
def window(qtbot, tmp_path):
    """
    A ───100── B   cast iron DN300, and the map about it, some 4 pixels to a metre
    """
    place = str(tmp_path / "city.gpkg")
    with Workspace.create(place, title="编辑") as workspace:
        values = {"code": "P1", "dn": 300, "material": "ZT", "road": "经十路", "year": 1985}
        draw_pipe(workspace, line((0, 0), (100, 0)), values)
    made = make_window(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(made)
    made.showMaximized()
    made.activateWindow()
    QTest.qWaitForWindowActive(made)
    made.start(place)
    qtbot.waitUntil(lambda: made.state is not None and bool(made.map.state), timeout=30000)
    made.engine.request("view.set", extent=[EAST - 60, NORTH - 40, EAST + 160, NORTH + 40])
    qtbot.waitUntil(lambda: 200 < made.map.state["scale"] < 2000, timeout=15000)
    qtbot.wait(800)
    return made
