"""Any sequence of edits leaves a network whose pipes end at what they name; undoing all of it restores the start."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities.editing.bulk import bulk_update, copy_attributes
from jnw_desktop.facilities.editing.cutting import insert_on_pipe, split_pipe
from jnw_desktop.facilities.editing.drawing import draw_pipe, extend_to, offset_copy
from jnw_desktop.facilities.editing.joining import join_pipes, take_out_of_pipe
from jnw_desktop.facilities.editing.lifecycle import delete_mistake, replace_pipe, set_state
from jnw_desktop.facilities.editing.shaping import move_point, reshape_pipe, reverse_pipe
from jnw_desktop.workspace import Workspace

from .ground import PLAIN, assert_connected, at, draw, everything, line, rows

GRID = st.integers(-1, 3)  # × 25 m: coarse, so that places meet often
PLACE = st.tuples(GRID, GRID).map(lambda cell: (25.0 * cell[0], 25.0 * cell[1]))
EDITS = [
    "draw",
    "insert",
    "split",
    "join",
    "take_out",
    "move",
    "reshape",
    "reverse",
    "extend",
    "replace",
    "state",
    "delete",
    "cascade",
    "offset",
    "bulk",
    "copy",
]
STEPS = st.tuples(
    st.sampled_from(EDITS),
    st.integers(0, 30), st.integers(0, 30), PLACE, PLACE,
)  # fmt: skip


def step(workspace: Workspace, what: str, one: int, two: int, here: Any, there: Any) -> None:
    """One edit of whatever there is; refusals are part of the walk."""
    pipes, valves = rows(workspace, "pipe"), rows(workspace, "valve")
    nodes = rows(workspace, "node")
    pipe, other = pipes[one % len(pipes)], pipes[two % len(pipes)]
    kind, point = ("valve", valves[two % len(valves)]) if valves and one % 2 else ("node", nodes[one % len(nodes)])
    state = ["planned", "in_service", "abandoned", "removed"][two % 4]
    edits = {
        "draw": lambda: draw_pipe(workspace, line(here, there), PLAIN),
        "insert": lambda: insert_on_pipe(workspace, "valve" if one % 2 else "hydrant", at(*here)),
        "split": lambda: split_pipe(workspace, pipe["uid"], at(*here)),
        "join": lambda: join_pipes(workspace, pipe["uid"], other["uid"], different=bool(one % 2)),
        "take_out": lambda: take_out_of_pipe(
            workspace, kind, point["uid"], mistake=one % 4 < 2, different=bool(two % 2)
        ),
        "move": lambda: move_point(workspace, kind, point["uid"], at(here[0] + one, here[1])),
        "reshape": lambda: reshape_pipe(workspace, pipe["uid"], line(here, (1.0, 1.0), there)),
        "reverse": lambda: reverse_pipe(workspace, pipe["uid"]),
        "extend": lambda: extend_to(workspace, pipe["uid"], "end" if one % 2 else "start", at(*there)),
        "replace": lambda: replace_pipe(workspace, pipe["uid"], {"dn": 100 + two}),
        "state": lambda: set_state(workspace, *(("pipe", [pipe["uid"]]) if one % 3 else (kind, [point["uid"]])), state),
        "delete": lambda: delete_mistake(workspace, *(("pipe", pipe["uid"]) if one % 3 else (kind, point["uid"]))),
        "cascade": lambda: delete_mistake(workspace, "pipe", pipe["uid"], cascade=True),
        "offset": lambda: offset_copy(workspace, pipe["uid"], 25.0 if one % 2 else -1.5),
        "bulk": lambda: bulk_update(workspace, "pipe", [pipe["uid"], other["uid"]], {"dn": 100 + two}),
        "copy": lambda: copy_attributes(workspace, "pipe", pipe["uid"], [other["uid"]], ["dn", "year"]),
    }
    with suppress(RefusedError):
        edits[what]()


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, min_size=4, max_size=16))
def test_any_walk_of_edits_keeps_the_network_connected(tmp_path_factory, walk):
    with Workspace.create(tmp_path_factory.mktemp("walk") / "w.gpkg") as workspace:
        draw(workspace, (0, 0), (50, 0), (50, 50))
        draw(workspace, (50, 50), (0, 50), (0, 0))
        begun, before = len(workspace.history()), everything(workspace)
        for edit in walk:
            if rows(workspace, "pipe"):
                step(workspace, *edit)
                assert_connected(workspace)
        assert workspace.verify() == []
        for _ in range(len(workspace.history()) - begun):
            workspace.undo()
        assert everything(workspace) == before


@pytest.mark.parametrize("seed", [1, 2])
def test_a_walk_on_each_home(workspace, seed):
    chance = random.Random(seed)
    draw(workspace, (0, 0), (50, 0), (50, 50))
    draw(workspace, (50, 50), (0, 50), (0, 0))
    begun, before = len(workspace.history()), everything(workspace)
    for _ in range(30):
        here, there = [(25.0 * chance.randint(-1, 3), 25.0 * chance.randint(-1, 3)) for _ in "ab"]
        if rows(workspace, "pipe"):
            step(workspace, chance.choice(EDITS), chance.randint(0, 30), chance.randint(0, 30), here, there)
    assert_connected(workspace)
    assert workspace.verify() == []
    made = len(workspace.history()) - begun
    assert made > 5
    for _ in range(made):
        workspace.undo()
    assert everything(workspace) == before
