"""Measures edits through the worker, from the click to the commit; each is undone, so that the city stays as it was."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from jnw_desktop.bench.asking import asked_of, timed
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record, within
from jnw_desktop.worker.client import WorkerClient
from jnw_desktop.workspace import Workspace

TIMES = 7  # of each kind of edit
MOVED_M, DRAWN_M = 0.5, 30.0

Edit = tuple[str, dict[str, Any]]  # operation and its values


def measure(place: Path) -> dict[str, float]:
    """Median seconds of each kind of edit on the workspace at ``place``: save, move, valve, draw."""
    with Workspace.open(place, read_only=True) as workspace:
        edits = _edits(workspace)
    worker = WorkerClient(on_changed=lambda _result: None, on_trouble=lambda _error: None)
    worker.start()
    try:
        asked_of(worker, "workspace.open", where=str(place))
        return {name: statistics.median(_time(worker, edit) for edit in some) for name, some in edits.items()}
    finally:
        worker.stop()


def _time(worker: WorkerClient, edit: Edit) -> float:
    operation, values = edit
    took = timed(worker, operation, **values)
    asked_of(worker, "workspace.undo")
    return took


def _edits(workspace: Workspace) -> dict[str, list[Edit]]:
    """Edits of each kind, all over the city."""
    pipes = _spread(workspace, "pipe", lambda pipe: pipe.values["length"] > 10.0)
    nodes = _spread(workspace, "node", lambda node: node.values["node_kind"] in ("tee", "cross"))
    return {
        "save": [("facilities.update", {"kind": "pipe", "uid": one.uid, "values": {"note": "bench"}}) for one in pipes],
        "move": [("editing.move", {"kind": "node", "uid": node.uid, "to": _beside(node)}) for node in nodes],
        "valve": [("editing.insert", {"kind": "valve", "pipe": pipe.uid, "at": _middle(pipe)}) for pipe in pipes],
        "draw": [("editing.draw_pipe", {"geometry": _line(node), "values": {"dn": 100}}) for node in nodes],
    }


def _spread(workspace: Workspace, kind: str, fits: Callable[[Record], bool]) -> list[Record]:
    """Facilities of a kind that fit, from all over the city."""
    bounds = workspace.bounds(KINDS[kind].table)
    assert bounds is not None
    low, high = np.array(bounds[:2]), np.array(bounds[2:])
    found: list[Record] = []
    for share in np.random.default_rng(0).uniform(0.1, 0.9, (50 * TIMES, 2)):
        east, north = (low + share * (high - low)).tolist()
        near = within(workspace, kind, (east - 100, north - 100, east + 100, north + 100))
        found += [record for record in near if fits(record)][:1]
        if len(found) == TIMES:
            break
    return found


def _point(record: Record) -> Any:
    return shapely.get_coordinates(shapely.from_wkb(record.geometry))[0]


def _beside(node: Record) -> list[float]:
    return [float(at) for at in _point(node) + MOVED_M]


def _middle(pipe: Record) -> list[float]:
    middle = shapely.line_interpolate_point(shapely.from_wkb(pipe.geometry), 0.5, normalized=True)
    return [middle.x, middle.y]


def _line(node: Record) -> bytes:
    at = _point(node)
    return bytes(shapely.to_wkb(shapely.linestrings(np.array([at, at + np.array([DRAWN_M, 0.7 * DRAWN_M])]))))
