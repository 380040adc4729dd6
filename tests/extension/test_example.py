"""The example of ``docs/plugins.md`` is whole and short, and every part of it does its work in the real program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import shapely

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

HYDRANT = KINDS["hydrant"].table


@pytest.fixture
def city(tmp_path):
    """A hydrant in a workspace that was made before the plugin came."""
    place = tmp_path / "city.gpkg"
    with Workspace.create(place) as workspace, workspace.change("city") as change:
        change.insert(HYDRANT, [{"code": "XH1", "geom": shapely.Point(505000, 4059500).wkb}])
    return place


def test_it_is_short(example):
    assert sum(len(content.splitlines()) for content in example.values()) < 60


@pytest.mark.usefixtures("example")
def test_its_command_on_a_workspace_that_is_older(jnw, city):
    told = jnw("checks", "list", city, "XH1", "--json")
    assert (told.returncode, json.loads(told.stdout or "0")) == (0, {"hydrant": "XH1", "mpa": []}), told.stderr


@pytest.mark.gui
@pytest.mark.engine
@pytest.mark.timeout(120)
@pytest.mark.usefixtures("example")
def test_it_works_in_the_window(site, city, tmp_path, jnw):
    # In a process of its own: its tables must not be declared in this one, where other tests make workspaces.
    driver = Path(__file__).with_name("example_window.py")
    environment = os.environ | {"PYTHONPATH": str(site)}
    command = [sys.executable, str(driver), str(city), str(tmp_path / "window.png")]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    seen = json.loads(told.stdout.splitlines()[-1])
    assert seen == {
        "module": "消火栓检查",
        "action": "检查消火栓",
        "layer": "检查点",
        "told": "已检查：XH1",
        "document": "检查卡 XH1",
        "reasons": [],
    }
    assert json.loads(jnw("checks", "list", city, "XH1", "--json").stdout) == {"hydrant": "XH1", "mpa": [0.25]}
    assert jnw("workspace", "undo", city).returncode == 0
    assert json.loads(jnw("checks", "list", city, "XH1", "--json").stdout) == {"hydrant": "XH1", "mpa": []}


@pytest.mark.usefixtures("example")
def test_a_workspace_whose_plugin_is_gone_still_opens(jnw, city, site):
    assert jnw("checks", "list", city, "XH1").returncode == 0
    (site / "hydrant_checks-1.0.dist-info" / "entry_points.txt").unlink()
    assert jnw("workspace", "verify", city).returncode == 0
    assert json.loads(jnw("workspace", "info", city, "--json").stdout)["counts"]["hydrant"] == 1
