"""Undo of many rows asks first and is a job; the window can be painted for a day; the tour ends well as a process."""

import os
import subprocess
import sys

import numpy as np
import pytest
import shapely
from PySide6.QtWidgets import QMessageBox

from jnw_desktop.demo.build import build
from jnw_desktop.desktop.editing.undoing import ASK_ABOVE
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(200)]
SPARE = 1 << 39  # references that must be left of those the window was given at its start


def test_undo_of_many_rows_asks_and_is_a_job(plain_window, qtbot, monkeypatch):
    count = ASK_ABOVE + 1
    at = shapely.to_wkb(shapely.points(505000 + np.arange(count), 4059000))
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("导入节点") as change:
        change.insert_arrays(KINDS["node"].table, {"geom": at})
    qtbot.waitUntil(lambda: plain_window.state.undo_rows == count, timeout=10000)
    asked, jobs = [], []
    monkeypatch.setattr(QMessageBox, "question", lambda _self, _title, text: asked.append(text) or answer)
    plain_window.jobs.started.connect(lambda _number, title: jobs.append(title))
    answer = QMessageBox.StandardButton.No
    plain_window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=10000)
    assert "导入节点" in asked[0]
    assert "1,001" in asked[0]
    assert jobs == []
    answer = QMessageBox.StandardButton.Yes
    plain_window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: plain_window.state.redo_rows == count, timeout=20000)
    assert plain_window.state.counts["node"] == 0
    assert jobs == ["撤销"]


def test_three_hundred_repaints_leave_references_of_none_for_a_day(plain_window):
    before = sys.getrefcount(None)
    for _ in range(300):
        plain_window.repaint()
    lost = before - sys.getrefcount(None)
    # Sixty repaints a second for twelve hours, twice over, must not use up what `desktop/__init__.py` gave.
    assert lost / 300 * 60 * 3600 * 24 < SPARE


@pytest.mark.engine
def test_the_tour_ends_well_as_a_process(tmp_path):
    build(tmp_path / "demo.gpkg")
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    command = [
        sys.executable,
        "-m",
        "jnw_desktop",
        "tour",
        str(tmp_path / "demo.gpkg"),
        "--out",
        str(tmp_path / "tour"),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tour" / "guide.pdf").stat().st_size > 10_000


def test_a_tour_of_nothing_leaves_nothing(tmp_path):
    command = [
        sys.executable,
        "-m",
        "jnw_desktop",
        "tour",
        str(tmp_path / "none.gpkg"),
        "--out",
        str(tmp_path / "tour"),
    ]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 3
    assert not (tmp_path / "tour").exists()
