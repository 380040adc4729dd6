"""Pipes cut in two: what is known of a pipe goes to both pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jnw_desktop.facilities.editing.errors import ConnectionRefused, ShapeRefused
from jnw_desktop.facilities.editing.ground import Ground, Row, editing
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
from jnw_desktop.facilities.tolerances import DRAWN
from jnw_desktop.facilities.valuecheck import refuse_wrong
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace

OF_ENDS = tuple(name for names in ENDS_OF.values() for name in names)
OWN = ("fid", "uid", "code", "version", "born", "geom", "length", *OF_ENDS)
SHARED = ("dn", "road", "owner", "height_datum")  # what a point on a pipe has of it until somebody says otherwise


def insert_on_pipe(
    workspace: Workspace,
    kind: str,
    at: Sequence[float],
    values: Mapping[str, Any] | None = None,
    *,
    pipe: str | None = None,
    tolerance: float = DRAWN,
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
    tolerance: float = DRAWN,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Split a pipe at the place nearest to ``at`` (east, north), with a plain node. Raises ShapeRefused, NoSuchRow."""
    return insert_on_pipe(workspace, "node", at, pipe=uid, tolerance=tolerance, who=who, why=why or _("Split a pipe"))


def put_on_pipe(
    ground: Ground, pipe: Row, place: Place, kind: str, values: Mapping[str, Any], tolerance: float = DRAWN
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


def _off_every_pipe() -> ShapeRefused:
    return ShapeRefused(
        _("There is no pipe at this place."), _("Click on the pipe itself; switch snapping on to meet it exactly.")
    )
