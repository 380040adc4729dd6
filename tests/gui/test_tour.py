"""The real window on a screen: the tour does the main jobs, and a killed engine comes back."""

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from jnw_desktop.demo.build import build
from jnw_desktop.desktop.application import make_window
from jnw_desktop.desktop.tour import take

pytestmark = [pytest.mark.gui, pytest.mark.engine, pytest.mark.timeout(200)]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    place = tmp_path_factory.mktemp("city") / "demo.gpkg"
    build(place)
    return str(place)


def test_the_tour_does_every_job_and_pictures_it(city, tmp_path, qapp):
    told = take(city, tmp_path / "tour")
    assert [step["name"] for step in told["steps"]] == [
        "whole-city", "zoomed", "panned", "pipe", "search", "saved", "table", "measured", "site", "guide",
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
    window.select("pipe", fid=1)
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
    window.open_workspace(str(other))
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
