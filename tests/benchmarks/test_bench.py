"""``jnw bench`` measures everything it lists; on a small city here, and no figure is judged."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from jnw_desktop.bench import edits, run
from jnw_desktop.bench.bigcity import big_city
from jnw_desktop.facilities import queries
from jnw_desktop.workspace import Workspace


@pytest.mark.gui
@pytest.mark.engine
@pytest.mark.timeout(280)
def test_every_figure_is_measured(tmp_path):
    place = big_city(tmp_path, copies=1)
    assert big_city(tmp_path, copies=1) == place
    command = [sys.executable, "-m", "jnw_desktop", "bench", "--workspace", str(place), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    results = json.loads(done.stdout)["results"]
    assert [one["name"] for one in results] == list(run.NAMES)
    # The graph of a small city fits into memory the process has already.
    assert all(one["value"] > 0 for one in results if one["name"] != "graph-memory")
    (city,) = (one for one in results if one["name"] == "whole-city")
    assert city["peer"] > 0
    assert city["ratio"] == pytest.approx(city["value"] / city["peer"], rel=0.05)


def test_the_network_is_measured_beside_its_peers(tmp_path):
    results = {one.name: one for one in run.run("segments-wntr", big_city(tmp_path, copies=1))}
    assert list(results) == ["segments-wntr"]
    assert results["segments-wntr"].peer > results["segments-wntr"].value > 0


def test_edits_are_timed_and_leave_the_city_as_it_was(tmp_path):
    place = big_city(tmp_path, copies=1)
    with Workspace.open(place, read_only=True) as workspace:
        before = queries.counts(workspace)
    (told,) = run.run("edit-commit", place)
    assert told.name == "edit-commit"
    assert told.value > 0
    with Workspace.open(place, read_only=True) as workspace:
        assert queries.counts(workspace) == before
        assert workspace.can_undo() is None
        assert len(workspace.history()) == 1 + 2 * 4 * edits.TIMES
        assert workspace.verify() == []


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="the peer, ogr2ogr, is not installed")
def test_the_import_is_measured_beside_its_peer(tmp_path):
    results = {one.name: one for one in run.run("import", big_city(tmp_path, copies=1))}
    assert list(results) == ["import"]
    assert results["import"].peer > 0
    assert results["import"].ratio == pytest.approx(results["import"].value / results["import"].peer, rel=0.01)


def test_a_figure_is_judged_by_its_value_or_by_its_ratio():
    assert run.result("a", 1.0, "s", 2.0).ok
    assert not run.result("a", 3.0, "s", 2.0).ok
    assert run.result("a", 3.0, "s", 0.25, peer=30.0).ok
    assert not run.result("a", 0.1, "s", 0.25, peer=0.2).ok
