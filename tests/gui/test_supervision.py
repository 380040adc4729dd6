"""An engine that hangs, and one that keeps dying: the window goes on and says what to do."""

import os
import signal
import threading

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QPushButton

from jnw_desktop.desktop.application import make_window
from jnw_desktop.desktop.mapview import engine as bridge
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.engine, pytest.mark.timeout(120)]


@pytest.fixture
def window(qtbot, tmp_path):
    Workspace.create(tmp_path / "city.gpkg").close()
    made = make_window(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(made)
    made.show()
    made.start(str(tmp_path / "city.gpkg"))
    qtbot.waitUntil(lambda: made.state is not None and made.engine._restored, timeout=30000)
    return made


def pid_of(window):
    engine = window.engine.engine
    return engine.pid if engine is not None and window.engine._restored else None


def test_an_engine_that_hangs_is_replaced(window, qtbot, monkeypatch):
    monkeypatch.setattr(bridge, "HUNG_S", 1.0)
    window.engine._beat.setInterval(200)
    first = pid_of(window)
    os.kill(first, signal.SIGSTOP)
    qtbot.waitUntil(lambda: pid_of(window) not in (None, first), timeout=30000)
    answers = []
    window.engine.request("ping", answers.append)
    qtbot.waitUntil(lambda: answers == [True], timeout=10000)


def test_after_five_deaths_the_user_decides(window, qtbot):
    for _death in range(bridge.DEATHS):
        qtbot.waitUntil(lambda: pid_of(window) is not None, timeout=30000)
        last = pid_of(window)
        os.kill(last, signal.SIGKILL)
        qtbot.waitUntil(lambda last=last: pid_of(window) != last, timeout=10000)
    qtbot.wait(1500)
    assert window.engine.engine is None
    assert "map-engine.log" in window.messages.text
    button = next(one for one in window.messages.findChildren(QPushButton) if "地图" in one.text())
    assert button.isVisible()
    button.click()
    qtbot.waitUntil(lambda: pid_of(window) is not None, timeout=30000)
    assert not window.messages.isVisible()


def test_five_deaths_while_the_map_is_being_restored(window, qtbot):
    """As of a layer that ends the engine whenever it is loaded."""
    gave_up = []
    window.engine.gave_up.connect(gave_up.append)
    killed = set()

    def kill():
        engine = window.engine.engine
        if engine is not None and engine.pid not in killed and engine.alive:
            killed.add(engine.pid)
            os.kill(engine.pid, signal.SIGKILL)
        return bool(gave_up)

    qtbot.waitUntil(kill, timeout=60000)
    assert len(killed) == bridge.DEATHS
    assert "map-engine.log" in window.messages.text
    qtbot.wait(1500)
    assert len(gave_up) == 1
    assert window.engine.engine is None


def test_a_window_that_grows_while_its_map_starts(qtbot, tmp_path, monkeypatch):
    opening, grown = threading.Event(), threading.Event()
    make = MapEngine._frame_buffer

    def slowly(engine, width, height):
        made = make(engine, width, height)
        opening.set()
        grown.wait(20)
        return made

    monkeypatch.setattr(MapEngine, "_frame_buffer", slowly)
    Workspace.create(tmp_path / "city.gpkg").close()
    window = make_window(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(window)
    window.show()
    window.start(str(tmp_path / "city.gpkg"))
    qtbot.waitUntil(opening.is_set, timeout=30000)
    window.engine.resize(3000, 2000)
    grown.set()
    qtbot.waitUntil(lambda: window.engine._restored and bool(window.map.state), timeout=30000)
    assert window.map.state["width"] == window.map.width()
