"""The window over the fake engine: what it asks, keeps and shows does not depend on QGIS."""

import functools
import sys
from pathlib import Path

import pytest
import shapely
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest

from jnw_desktop.desktop.application import make_window
from jnw_desktop.desktop.mapview import engine as bridge
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(60)]
FAKE = Path(__file__).parent.parent / "mapengine" / "fake_host.py"


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    Workspace.create(tmp_path / "city.gpkg", title="空库").close()
    monkeypatch.setattr(bridge, "MapEngine", functools.partial(MapEngine, python=Path(sys.executable), host=FAKE))
    made = make_window(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    made.start(str(tmp_path / "city.gpkg"))
    qtbot.waitUntil(lambda: made.state is not None and made.engine._restored and bool(made.map.state), timeout=20000)
    return made


def test_a_site_is_drawn_saved_and_undone(window, qtbot):
    window.engine.request("view.set", center=[505000.0, 4059500.0], scale=1000)
    qtbot.waitUntil(lambda: window.map.state["scale"] == 1000, timeout=10000)
    panel = window.modules.panel("guide")
    window.actions_by_id["draw-site"].trigger()
    qtbot.wait(200)
    middle = window.map.rect().center()
    for dx, dy in ((-80, -50), (80, -50), (80, 50), (-80, 50)):
        QTest.mouseClick(window.map, Qt.MouseButton.LeftButton, pos=middle + QPoint(dx, dy))
    QTest.mouseClick(window.map, Qt.MouseButton.RightButton, pos=middle)
    qtbot.waitUntil(lambda: panel.sites.count() == 1, timeout=10000)
    qtbot.waitUntil(lambda: window.inspector.record is not None, timeout=10000)
    shape = shapely.from_wkb(window.inspector.record.geometry)
    assert (shape.centroid.x, shape.centroid.y) == pytest.approx((505000, 4059500), abs=1)
    qtbot.waitUntil(window.actions_by_id["undo"].isEnabled, timeout=10000)
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: panel.sites.count() == 0, timeout=10000)


def test_an_empty_workspace_says_how_to_begin(window, qtbot):
    panel = window.modules.panel("guide")
    window.modules.show("guide")
    qtbot.waitUntil(panel._empty.isVisible, timeout=10000)
    assert not panel.issue_button.isEnabled()
    assert "空库" in window.windowTitle()


def test_the_view_and_the_tool_survive_the_engine(window, qtbot):
    window.engine.request("view.set", center=[505100.0, 4059600.0], scale=750)
    qtbot.waitUntil(lambda: window.map.state["scale"] == 750, timeout=10000)
    window.actions_by_id["measure-length"].trigger()
    first = window.engine.engine.pid
    window.engine.engine.kill()
    qtbot.waitUntil(
        lambda: window.engine.engine is not None and window.engine.engine.pid != first and window.engine._restored,
        timeout=20000,
    )
    answers = []
    window.engine.request("view.get", answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=10000)
    assert answers[0]["center"] == pytest.approx([505100.0, 4059600.0], abs=0.5)
    assert answers[0]["scale"] == pytest.approx(750, rel=0.1)
    window.map.setFocus()
    left = []
    window.engine.heard.connect(lambda name, params: left.append(params) if name == "tool.left" else None)
    QTest.keyClick(window.map, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bool(left), timeout=10000)
    assert left[0]["tool"] == "measure-length"
