"""The window over the fake engine, on an empty workspace."""

import functools
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from jnw_desktop.desktop.application import make_window
from jnw_desktop.desktop.mapview import engine as bridge
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.workspace import Workspace

FAKE = Path(__file__).parent.parent / "mapengine" / "fake_host.py"


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
    made.start(str(tmp_path / "city.gpkg"))
    qtbot.waitUntil(lambda: made.state is not None and made.engine._restored and bool(made.map.state), timeout=20000)
    return made
