"""Edits of shape: a point moved with everything attached, a pipe reshaped between its ends, a pipe reversed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jnw_desktop.facilities.editing.errors import ConnectionRefused, ShapeRefused
from jnw_desktop.facilities.editing.ground import editing
from jnw_desktop.facilities.editing.guard import settled
from jnw_desktop.facilities.editing.lines import ENDS_OF, line_wkb, point_wkb, points_of
from jnw_desktop.facilities.kinds import ENDS
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.tolerances import DRAWN
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace


def move_point(
    workspace: Workspace,
    kind: str,
    uid: str,
    to: Sequence[float],
    *,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Move a point to ``to`` (east, north); the ends of all pipes that end at it follow, lengths too.

    Raises ConnectionRefused where another point of the network is already, ShapeRefused where a pipe would have no
    length, NoSuchRow.
    """
    declared = kind_of(kind)
    if declared.geometry != "POINT":
        raise ShapeRefused(
            _("A {kind} is not a point.").format(kind=_(declared.title)), _("Move a node, valve or other point.")
        )
    place = (float(to[0]), float(to[1]))
    with editing(workspace, why or _("Move {kind}").format(kind=_(declared.title)), who) as ground:
        row = ground.row(kind, uid)
        there = ground.end_near(place, DRAWN) if kind in ENDS else None
        if there is not None and there.uid != uid:
            raise ConnectionRefused(
                _("{end} is at this place already.").format(end=there),
                _("Move it elsewhere, or extend a pipe to {end}.").format(end=there),
            )
        ground.update(kind, uid, settled(ground, kind, row, {"geom": point_wkb(place)}))
    return ground.change.result


def reshape_pipe(
    workspace: Workspace, uid: str, geometry: bytes, *, who: str | None = None, why: str | None = None
) -> ChangeResult:
    """Give a pipe the WKB line ``geometry``; what it is connected to stays where it is.

    Raises ConnectionRefused where the line would end elsewhere, ShapeRefused, NoSuchRow.
    """
    with editing(workspace, why or _("Reshape a pipe"), who) as ground:
        ground.update("pipe", uid, settled(ground, "pipe", ground.pipe(uid), {"geom": geometry}))
    return ground.change.result


def reverse_pipe(workspace: Workspace, uid: str, *, who: str | None = None, why: str | None = None) -> ChangeResult:
    """Turn a pipe's direction round: line, end points, depths and elevations. Raises NoSuchRow."""
    with editing(workspace, why or _("Reverse a pipe"), who) as ground:
        row = ground.pipe(uid)
        values: dict[str, Any] = {}
        for name, other in zip(ENDS_OF["start"], ENDS_OF["end"], strict=True):
            values |= {name: row[other], other: row[name]}
        if row["geom"] is not None:
            values["geom"] = line_wkb(points_of(row["geom"])[::-1])
        ground.update("pipe", uid, values)
    return ground.change.result
