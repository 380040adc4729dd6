"""New pipes: drawn, drawn beside another, and extended to what they are to supply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from jnw_desktop.facilities.editing.cutting import OWN, known_there, put_on_pipe
from jnw_desktop.facilities.editing.errors import ConnectionRefused, ShapeRefused
from jnw_desktop.facilities.editing.ground import End, Ground, Row, editing
from jnw_desktop.facilities.editing.guard import listed, refuse_short, settled
from jnw_desktop.facilities.editing.lines import (
    ENDS_OF,
    Place,
    length_of,
    line_wkb,
    measure_of,
    point_wkb,
    points_of,
    shaped,
    without_repeats,
)
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.tolerances import DRAWN
from jnw_desktop.facilities.valuecheck import refuse_wrong
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace
from jnw_desktop.workspace.values import clean_value

# What is of one pipe and not of another that is like it: its own story.
STORY = ("name", "year", "replaces", "source", "survey_date", "accuracy_position", "accuracy_depth", "note",
         "asset_card", "original_value", "value_date")  # fmt: skip


def draw_pipe(
    workspace: Workspace,
    geometry: bytes,
    values: Mapping[str, Any],
    *,
    tolerance: float = DRAWN,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Draw a pipe along the WKB line ``geometry``; within ``tolerance`` metres its ends take what is there.

    An end on a facility takes it, on a pipe splits that with a tee, and elsewhere makes a node. Raises ShapeRefused,
    ConnectionRefused, ValuesRefused (required fields included).
    """
    values = {"state": "in_service"} | dict(values)
    refuse_wrong("pipe", values, complete=True)
    with editing(workspace, why or _("Draw a pipe"), who) as ground:
        lay(ground, points_of(clean_value(KINDS["pipe"].table.c.geom, geometry)), values, tolerance)
    return ground.change.result


def lay(ground: Ground, points: Any, values: Mapping[str, Any], tolerance: float = DRAWN) -> Row:
    """Within an edit, add a pipe along ``points`` (n, 2) whose ends take or make what they end at; its row."""
    points = without_repeats(points)
    refuse_short(points)
    if length_of(points) <= tolerance:
        raise ShapeRefused(
            _("The line is too short."), _("Draw it longer than {distance:.2f} m.").format(distance=tolerance)
        )
    ends = []
    for index in (0, -1):
        end = take_or_make(ground, (float(points[index][0]), float(points[index][1])), values, tolerance)
        points[index] = end.place
        ends.append(end.uid)
    if ends[0] == ends[1]:
        raise ConnectionRefused(
            _("Both ends of the pipe are at the same point."), _("End the line at another point of the network.")
        )
    drawn = {"geom": line_wkb(points), "length": round(length_of(points), 3)}
    drawn |= {"start_node": ends[0], "end_node": ends[1]}
    return ground.insert("pipe", settled(ground, "pipe", None, drawn | dict(values)))


def take_or_make(ground: Ground, place: Place, like: Mapping[str, Any], tolerance: float = DRAWN) -> End:
    """The facility at ``place`` that a pipe can end at: the one that is there, a tee on the pipe there, or a new node.

    A new node has the state, owner and road of ``like``.
    """
    if (end := ground.end_near(place, tolerance)) is not None:
        return end
    new = {name: like.get(name) for name in ("state", "owner", "road")}
    pipe = ground.pipe_near(place, tolerance)
    if pipe is None:
        return End("node", ground.insert("node", new | {"geom": point_wkb(place)}))
    points = points_of(pipe["geom"])
    measure = measure_of(points, place)[0]
    if measure > tolerance and length_of(points) - measure > tolerance:
        return End("node", put_on_pipe(ground, pipe, place, "node", new | {"node_kind": "tee"}, tolerance))
    return _at_loose_end(ground, pipe, "start" if measure <= tolerance else "end", new)


def _at_loose_end(ground: Ground, pipe: Row, which: str, new: Mapping[str, Any]) -> End:
    """A new node at the end of a pipe that has none there."""
    node = ENDS_OF[which][0]
    if pipe[node] is not None:
        raise ConnectionRefused(
            _("The end of {pipe} is not where the facility is that it names.").format(pipe=pipe["code"]),
            _("Mend that pipe first: move the facility to its end."),
        )
    index = 0 if which == "start" else -1
    east, north = points_of(pipe["geom"])[index]
    known = known_there("node", pipe, 0.0 if which == "start" else 1.0)
    made = ground.insert("node", known | dict(new) | {"geom": point_wkb((float(east), float(north)))})
    ground.update("pipe", pipe["uid"], {node: made["uid"]})
    return End("node", made)


def extend_to(
    workspace: Workspace,
    pipe: str,
    end: str,
    to: Sequence[float],
    *,
    tolerance: float = DRAWN,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Extend the ``end`` (start, end) of a pipe to the place ``to`` (east, north) and connect it to what is there.

    A plain node that nothing else is joined to is dissolved on the way; anything else at the end is left where it is
    and the edit refused (ConnectionRefused). Raises ShapeRefused.
    """
    if end not in ENDS_OF:
        raise ShapeRefused(_("{end} is not an end of a pipe.").format(end=end), _("Say start or end."))
    with editing(workspace, why or _("Extend a pipe"), who) as ground:
        row = ground.pipe(pipe)
        left = _leave(ground, row, end)
        target = take_or_make(ground, (float(to[0]), float(to[1])), row, tolerance)
        if ground.pipe(pipe)["version"] != row["version"]:
            raise ShapeRefused(_("The pipe would end on itself."), _("Extend it to another pipe or point."))
        if target.uid in (row["start_node"], row["end_node"]):
            raise ConnectionRefused(_("The pipe ends at {end} already.").format(end=target), _("Choose another point."))
        points = points_of(row["geom"])
        points = np.vstack([[target.place], points] if end == "start" else [points, [target.place]])
        node, depth, elevation = ENDS_OF[end]
        values = shaped(row, points) | {node: target.uid, depth: target.row.get("depth"), elevation: _top(target)}
        ground.update("pipe", pipe, settled(ground, "pipe", row, values))
        if left is not None:
            ground.change.delete(KINDS["node"].table, left)
    return ground.change.result


def _leave(ground: Ground, pipe: Row, which: str) -> str | None:
    """The plain node that goes when ``pipe`` is extended beyond it; ``None`` where there is none."""
    uid = pipe[ENDS_OF[which][0]]
    end = ground.end(uid) if uid is not None else None
    if end is None:
        return None
    others = [row["code"] for _kind, _field, row in ground.naming(end.uid) if row["uid"] != pipe["uid"]]
    if end.kind != "node" or others:
        message = (
            _("Others are joined to {end}: {names}").format(end=end, names=listed(others))
            if others
            else _("{pipe} ends at {end}.").format(pipe=pipe["code"], end=end)
        )
        raise ConnectionRefused(message, _("Draw a new pipe from there instead."))
    return end.uid


def _top(end: End) -> float | None:
    depth, ground_level = end.row.get("depth"), end.row.get("elevation")
    return None if depth is None or ground_level is None else ground_level - depth


def offset_copy(
    workspace: Workspace,
    pipe: str,
    distance: float,
    values: Mapping[str, Any] | None = None,
    *,
    tolerance: float = DRAWN,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """A new pipe beside another, ``distance`` metres to the left of its direction (negative: right).

    It is of the same make, with a story of its own; its ends take or make nodes. Raises ShapeRefused where the line
    cannot be drawn at that distance.
    """
    refuse_wrong("pipe", values or {})
    with editing(workspace, why or _("Copy a pipe beside itself"), who) as ground:
        row = ground.pipe(pipe)
        like = {name: value for name, value in row.items() if name not in (*OWN, *STORY)}
        lay(ground, beside(points_of(row["geom"]), distance), like | dict(values or {}), tolerance)
    return ground.change.result


def beside(points: Any, distance: float) -> Any:
    """The line ``distance`` metres to the left of ``points`` (negative: right), in the same direction."""
    line = shapely.linestrings(points)
    copy = shapely.offset_curve(line, distance, join_style="mitre") if np.isfinite(distance) and distance else None
    if copy is None or copy.geom_type != "LineString" or copy.is_empty:
        raise ShapeRefused(
            _("The pipe cannot be copied at a distance of {distance:g} m.").format(distance=distance),
            _("Choose a distance other than 0 and less than the bends of the pipe allow."),
        )
    found = np.asarray(shapely.get_coordinates(copy))
    begins = [float(np.hypot(*(found[index] - points[0]))) for index in (0, -1)]
    return found if begins[0] <= begins[1] else found[::-1]
