"""``jnw bench`` measures everything it lists; on a small city here, and no figure is judged."""

import json
import os
import subprocess
import sys

import pytest

from jnw_desktop.bench import edits, run
from jnw_desktop.bench.bigcity import big_city
from jnw_desktop.facilities import queries
from jnw_desktop.workspace import Workspace

BESIDE = [
    "whole-city",
    "segments-wntr",
    "isolation-networkx",
    "import",
    "guide-atlas",
]  # what a peer does in the same run


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
    beside = [one for one in results if one["peer"] is not None]
    assert [one["name"] for one in beside] == BESIDE
    with Workspace.open(place, read_only=True) as workspace:  # guides are issued of a copy
        assert queries.counts(workspace)["construction_site"] == 0
    for one in beside:
        assert one["ratio"] == pytest.approx(one["value"] / one["peer"], rel=0.05)


def test_memory_of_a_parent_is_not_told_as_its_childs():
    held = bytearray(300_000_000)
    code = "from jnw_desktop.bench.memory import most_held; print(most_held())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < float(told.stdout) < len(held)


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


def test_a_figure_is_judged_by_its_value_or_by_its_ratio():
    assert run.result("a", 1.0, "s", 2.0).ok
    assert not run.result("a", 3.0, "s", 2.0).ok
    assert run.result("a", 3.0, "s", 0.25, peer=30.0).ok
    assert not run.result("a", 0.1, "s", 0.25, peer=0.2).ok
