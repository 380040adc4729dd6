"""The window over the fake engine: what it asks, keeps and shows does not depend on QGIS."""

import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


def test_a_site_is_drawn_saved_and_undone(plain_window, qtbot):
    plain_window.engine.request("view.set", center=[505000.0, 4059500.0], scale=1000)
    qtbot.waitUntil(lambda: plain_window.map.state["scale"] == 1000, timeout=10000)
    panel = plain_window.modules.panel("guide")
    plain_window.actions_by_id["draw-site"].trigger()
    qtbot.wait(200)
    middle = plain_window.map.rect().center()
    for dx, dy in ((-80, -50), (80, -50), (80, 50), (-80, 50)):
        QTest.mouseClick(plain_window.map, Qt.MouseButton.LeftButton, pos=middle + QPoint(dx, dy))
    QTest.mouseClick(plain_window.map, Qt.MouseButton.RightButton, pos=middle)
    qtbot.waitUntil(lambda: len(panel.sites.shown) == 1, timeout=10000)
    qtbot.waitUntil(lambda: plain_window.inspector.record is not None, timeout=10000)
    shape = shapely.from_wkb(plain_window.inspector.record.geometry)
    assert (shape.centroid.x, shape.centroid.y) == pytest.approx((505000, 4059500), abs=1)
    qtbot.waitUntil(plain_window.actions_by_id["undo"].isEnabled, timeout=10000)
    plain_window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: len(panel.sites.shown) == 0, timeout=10000)


def test_an_empty_workspace_says_how_to_begin(plain_window, qtbot):
    panel = plain_window.modules.panel("guide")
    plain_window.modules.show("guide")
    qtbot.waitUntil(panel.sites.widget._empty.isVisible, timeout=10000)
    assert not panel.issue_button.isEnabled()
    assert "空库" in plain_window.windowTitle()


def test_the_view_and_the_tool_survive_the_engine(plain_window, qtbot):
    plain_window.engine.request("view.set", center=[505100.0, 4059600.0], scale=750)
    qtbot.waitUntil(lambda: plain_window.map.state["scale"] == 750, timeout=10000)
    plain_window.actions_by_id["measure-length"].trigger()
    first = plain_window.engine.engine.pid
    plain_window.engine.engine.kill()
    qtbot.waitUntil(
        lambda: (
            plain_window.engine.engine is not None
            and plain_window.engine.engine.pid != first
            and plain_window.engine._restored
        ),
        timeout=20000,
    )
    answers = []
    plain_window.engine.request("view.get", answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=10000)
    assert answers[0]["center"] == pytest.approx([505100.0, 4059600.0], abs=0.5)
    assert answers[0]["scale"] == pytest.approx(750, rel=0.1)
    plain_window.map.setFocus()
    left = []
    plain_window.engine.heard.connect(lambda name, params: left.append(params) if name == "tool.left" else None)
    QTest.keyClick(plain_window.map, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bool(left), timeout=10000)
    assert left[0]["tool"] == "measure-length"
