"""A small network to edit, and what must be true of every network after every edit."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.editing.drawing import draw_pipe
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.workspace import Workspace

EAST, NORTH = 500000.0, 4057000.0
PLAIN = {"dn": 300, "material": "QM", "state": "in_service"}


def at(x: float, y: float) -> tuple[float, float]:
    return EAST + x, NORTH + y


def line(*points: tuple[float, float]) -> bytes:
    return shapely.to_wkb(shapely.LineString([at(*point) for point in points]))


def point(x: float, y: float) -> bytes:
    return shapely.to_wkb(shapely.Point(at(x, y)))


def draw(workspace: Workspace, *points: tuple[float, float], **values: Any) -> dict[str, Any]:
    """Draw a pipe; its row."""
    result = draw_pipe(workspace, line(*points), PLAIN | values)
    return row(workspace, "pipe", result.touched["pipe"].inserted[-1])


def rows(workspace: Workspace, kind: str) -> list[dict[str, Any]]:
    with workspace.read() as connection:
        table = KINDS[kind].table
        return [dict(found) for found in connection.execute(sa.select(table).order_by(table.c.fid)).mappings()]


def row(workspace: Workspace, kind: str, uid: str) -> dict[str, Any]:
    return next(found for found in rows(workspace, kind) if found["uid"] == uid)


def shape(found: dict[str, Any]) -> list[tuple[float, float]]:
    """The points of a row's geometry, from the corner of the sheet."""
    return [(round(x - EAST, 3), round(y - NORTH, 3)) for x, y in shapely.from_wkb(found["geom"]).coords]


def everything(workspace: Workspace) -> dict[str, Any]:
    """All facilities, without the local key and counters."""
    skip = {"fid", "version", "born"}
    return {
        (kind, found["uid"]): {name: value for name, value in found.items() if name not in skip}
        for kind in KINDS
        for found in rows(workspace, kind)
    }


def assert_connected(workspace: Workspace) -> None:
    """Every end of every pipe names a facility that is exactly there; lengths are as drawn."""
    places = {found["uid"]: found["geom"] for kind in ENDS for found in rows(workspace, kind)}
    wet_ends = set()
    for pipe in rows(workspace, "pipe"):
        drawn = shapely.from_wkb(pipe["geom"])
        coordinates = np.asarray(drawn.coords)
        assert (coordinates[1:] != coordinates[:-1]).any(axis=1).all()
        for name, place in (("start_node", coordinates[0]), ("end_node", coordinates[-1])):
            assert pipe[name] in places
            assert tuple(shapely.from_wkb(places[pipe[name]]).coords[0]) == tuple(place)
        assert pipe["start_node"] != pipe["end_node"]
        assert abs(pipe["length"] - drawn.length) < 0.05
        if pipe["state"] == "in_service":
            wet_ends |= {pipe["start_node"], pipe["end_node"]}
    removed = {found["uid"] for kind in ENDS for found in rows(workspace, kind) if found["state"] == "removed"}
    assert not wet_ends & removed
