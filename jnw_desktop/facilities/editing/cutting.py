"""Pipes cut in two and joined: what is known of a pipe goes to both pieces, and comes together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jnw_desktop.facilities.editing.errors import ConnectionRefused, PipesDiffer, ShapeRefused
from jnw_desktop.facilities.editing.ground import TOLERANCE, Ground, Row, editing
from jnw_desktop.facilities.editing.guard import listed
from jnw_desktop.facilities.editing.lines import (
    ENDS_OF,
    Place,
    between,
    cut,
    length_of,
    line_wkb,
    measure_of,
    new_length,
    place_at,
    place_of,
    point_wkb,
    points_of,
)
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.valuecheck import refuse_wrong
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace

OF_ENDS = tuple(name for names in ENDS_OF.values() for name in names)
OWN = ("fid", "uid", "code", "version", "born", "geom", "length", *OF_ENDS)
SHARED = ("dn", "road", "owner", "height_datum")  # what a point on a pipe has of it until somebody says otherwise
ALIKE = ("dn", "material", "use", "state", "pressure_class")  # pipes that differ in one of these are not one pipe


def insert_on_pipe(
    workspace: Workspace,
    kind: str,
    at: Sequence[float],
    values: Mapping[str, Any] | None = None,
    *,
    pipe: str | None = None,
    tolerance: float = TOLERANCE,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Put a valve, hydrant, node or other point of the network on a pipe, which becomes two.

    ``at``: east, north; ``pipe``: uid, else the nearest within ``tolerance`` metres. The longest piece keeps uid, code
    and history; the other has the same attributes and a made code. Depth and elevation are those of the pipe there.
    Raises ShapeRefused off the pipe or too near its end, ConnectionRefused for a kind pipes do not end at.
    """
    declared = kind_of(kind)
    if kind not in ENDS:
        raise ConnectionRefused(
            _("A pipe cannot end at a {kind}.").format(kind=_(declared.title)),
            _("These can be put on a pipe: {kinds}").format(kinds=", ".join(_(KINDS[name].title) for name in ENDS)),
        )
    values = {"state": "in_service"} | dict(values or {})
    refuse_wrong(kind, values)
    with editing(workspace, why or _("Put a {kind} on a pipe").format(kind=_(declared.title)), who) as ground:
        place = (float(at[0]), float(at[1]))
        row = ground.pipe(pipe) if pipe is not None else ground.pipe_near(place, tolerance)
        if row is None:
            raise _off_every_pipe()
        put_on_pipe(ground, row, place, kind, values, tolerance)
    return ground.change.result


def split_pipe(
    workspace: Workspace,
    uid: str,
    at: Sequence[float],
    *,
    tolerance: float = TOLERANCE,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Split a pipe at the place nearest to ``at`` (east, north), with a plain node. Raises ShapeRefused, NoSuchRow."""
    return insert_on_pipe(workspace, "node", at, pipe=uid, tolerance=tolerance, who=who, why=why or _("Split a pipe"))


def put_on_pipe(
    ground: Ground, pipe: Row, place: Place, kind: str, values: Mapping[str, Any], tolerance: float = TOLERANCE
) -> Row:
    """Within an edit, put a new ``kind`` on ``pipe`` where it is nearest to ``place``; the row put there."""
    points = points_of(pipe["geom"])
    whole = length_of(points)
    measure, distance = measure_of(points, place)
    if distance > tolerance:
        raise _off_every_pipe()
    if min(measure, whole - measure) <= tolerance:
        raise ShapeRefused(
            _("The place is at the end of {pipe} already.").format(pipe=pipe["code"]),
            _("Choose a place at least {distance:.2f} m from both ends, or edit what is at the end.").format(
                distance=tolerance
            ),
        )
    made = ground.insert(kind, known_there(kind, pipe, measure / whole) | dict(values) | {
        "geom": point_wkb(place_at(points, measure))
    })  # fmt: skip
    _cut(ground, pipe, measure, made)
    return made


def known_there(kind: str, pipe: Row, share: float) -> dict[str, Any]:
    """What a new ``kind`` at ``share`` (0 to 1) of the way along ``pipe`` has of it; depth to top, ground elevation."""
    depth = between(pipe["depth_start"], pipe["depth_end"], share)
    top = between(pipe["elevation_start"], pipe["elevation_end"], share)
    known = {name: pipe[name] for name in SHARED} | {
        "depth": depth,
        "elevation": None if depth is None or top is None else top + depth,
    }
    return {name: value for name, value in known.items() if KINDS[kind].field(name) is not None}


def _cut(ground: Ground, pipe: Row, measure: float, at: Row) -> None:
    """Cut ``pipe`` at ``measure`` metres, where the facility ``at`` is."""
    points = points_of(pipe["geom"])
    whole = length_of(points)
    share = measure / whole
    first, second = cut(points, measure)
    first[-1] = second[0] = place_of(at["geom"])
    here = {
        "depth": between(pipe["depth_start"], pipe["depth_end"], share),
        "elevation": between(pipe["elevation_start"], pipe["elevation_end"], share),
    }
    pieces = [
        {"geom": line_wkb(line), f"{end}_node": at["uid"]} | {f"{name}_{end}": value for name, value in here.items()}
        for end, line in (("end", first), ("start", second))
    ]
    for piece, line in zip(pieces, (first, second), strict=True):
        piece["length"] = new_length(pipe["length"], whole, length_of(line))
        if pipe["original_value"] is not None:  # what it cost stays what it cost
            piece["original_value"] = round(pipe["original_value"] * length_of(line) / whole, 2)
    longest = 0 if length_of(first) >= length_of(second) else 1
    kept, other = pieces[longest], pieces[1 - longest]
    ends = {name: pipe[name] for name in OF_ENDS}
    copied = {name: value for name, value in pipe.items() if name not in OWN}
    ground.update("pipe", pipe["uid"], kept)
    made = ground.insert("pipe", copied | ends | other)
    _divide_breaks(ground, pipe["uid"], made, points_of(kept["geom"]))


def _divide_breaks(ground: Ground, kept: str, made: Row, kept_points: Any) -> None:
    """Breaks stay with the piece they lie on."""
    for kind, field, row in list(ground.naming(kept)):
        if (kind, field) == ("break", "pipe") and row["geom"] is not None:
            place = place_of(row["geom"])
            if measure_of(points_of(made["geom"]), place)[1] < measure_of(kept_points, place)[1]:
                ground.update("break", row["uid"], {"pipe": made["uid"]})


def join_pipes(
    workspace: Workspace,
    first: str,
    second: str,
    *,
    different: bool = False,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Make one pipe of two that meet at a plain node where nothing else is; the longest keeps uid, code and history.

    Raises ConnectionRefused with the reason: they do not meet, or something stands or ends between them; PipesDiffer
    where diameter, material, use, state or pressure class do and ``different`` does not say that it is meant.
    """
    with editing(workspace, why or _("Join two pipes"), who) as ground:
        a, b = ground.pipe(first), ground.pipe(second)
        node = _node_between(ground, a, b)
        unlike = [_(KINDS["pipe"].field(name).title) for name in ALIKE if a[name] != b[name]]  # type: ignore[union-attr]
        if unlike and not different:
            raise PipesDiffer(
                _("{first} and {second} differ: {fields}").format(
                    first=a["code"], second=b["code"], fields=", ".join(unlike)
                ),
                _("Make them alike first, or say that they are to be joined all the same."),
            )
        kept, other = (a, b) if length_of(points_of(a["geom"])) >= length_of(points_of(b["geom"])) else (b, a)
        ground.update("pipe", kept["uid"], _joined(kept, other, node))
        for kind, field, row in list(ground.naming(other["uid"])):
            ground.update(kind, row["uid"], {field: None if row["uid"] == kept["uid"] else kept["uid"]})
        ground.change.delete(KINDS["pipe"].table, other["uid"])
        ground.change.delete(KINDS["node"].table, node)
    return ground.change.result


def _joined(kept: Row, other: Row, node: str) -> dict[str, Any]:
    """The fields of ``kept`` once ``other`` is part of it."""
    parts = points_of(other["geom"])
    at = "end" if kept["end_node"] == node else "start"  # of kept, where the other is added
    far = "end" if other["start_node"] == node else "start"  # of the other, what becomes the end of the whole
    if (at == "end") != (far == "end"):
        parts = parts[::-1]
    points = points_of(kept["geom"])
    points = np.vstack([points, parts[1:]]) if at == "end" else np.vstack([parts[:-1], points])
    values: dict[str, Any] = {"geom": line_wkb(points)}
    for name, theirs in zip(ENDS_OF[at], ENDS_OF[far], strict=True):
        values[name] = other[theirs]
    lengths = [
        row["length"] if row["length"] is not None else length_of(points_of(row["geom"])) for row in (kept, other)
    ]
    values["length"] = round(sum(lengths), 3)
    worth = [row["original_value"] for row in (kept, other) if row["original_value"] is not None]
    if worth:
        values["original_value"] = sum(worth)
    return values


def _node_between(ground: Ground, a: Row, b: Row) -> str:
    """The uid of the plain node at which two pipes meet, and nothing else."""
    shared = {a["start_node"], a["end_node"]} & {b["start_node"], b["end_node"]} - {None}
    if a["uid"] == b["uid"] or len(shared) != 1:
        raise ConnectionRefused(
            _("{first} and {second} do not meet at one node.").format(first=a["code"], second=b["code"]),
            _("Choose two pipes that follow one another."),
        )
    uid = str(shared.pop())
    end = ground.end(uid)
    if end is None or end.kind != "node":
        raise ConnectionRefused(
            _("{end} stands between {first} and {second}.").format(end=end or uid, first=a["code"], second=b["code"]),
            _("Only a plain node can be dissolved; what stands in the ground stays."),
        )
    others = [
        f"{_(KINDS[kind].title)} {row['code']}"
        for kind, _field, row in ground.naming(uid)
        if row["uid"] not in (a["uid"], b["uid"])
    ]
    if others:
        raise ConnectionRefused(
            _("More than two pipes meet at {end}: {names}").format(end=end, names=listed(others)),
            _("Only a node where two pipes meet and nothing else is joined can be dissolved."),
        )
    return uid


def _off_every_pipe() -> ShapeRefused:
    return ShapeRefused(
        _("There is no pipe at this place."), _("Click on the pipe itself; switch snapping on to meet it exactly.")
    )
