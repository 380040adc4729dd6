"""What a change of one facility must leave true: a pipe ends exactly at what it names, and water has where to go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jnw_desktop.facilities.editing.errors import ConnectionRefused, ShapeRefused, StateRefused, StillNamed
from jnw_desktop.facilities.editing.ground import DRY, End, Ground, Row
from jnw_desktop.facilities.editing.lines import ENDS_OF, Place, place_of, points_of, shaped, without_repeats
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.facilities.tolerances import DRAWN
from jnw_desktop.language import _
from jnw_desktop.workspace.tables import GEOMETRY
from jnw_desktop.workspace.values import clean_value

NAMED = 8  # facilities named in a refusal


def settled(ground: Ground, kind: str, before: Row | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` as they can be stored for a facility that was ``before`` (``None``: it is new).

    A pipe's line is put exactly on the facilities at its ends; pipes follow a facility that moves. Raises
    ConnectionRefused where the line ends elsewhere, StateRefused, NoSuchRow.
    """
    values = dict(values)
    _settle_references(ground, kind, values)
    if kind == "pipe":
        values |= _settled_pipe(ground, before, values)
    elif kind in ENDS and before is not None and GEOMETRY in values:
        geometry = clean_value(KINDS[kind].table.c[GEOMETRY], values[GEOMETRY])
        pipes = ground.pipes_at(before["uid"])
        if geometry is None and pipes:
            raise _in_the_air(End(kind, before), pipes)
        if geometry is not None:
            lead_pipes(ground, End(kind, before), place_of(geometry))
    if "state" in values or (kind == "pipe" and {"start_node", "end_node"} & set(values)):
        row = (before or {}) | values
        refuse_state(ground, kind, [row], row.get("state"))
    return values


def _settle_references(ground: Ground, kind: str, values: Mapping[str, Any]) -> None:
    """Refuse a reference to what is not there, or is of another kind."""
    for field in KINDS[kind].fields:
        uid = values.get(field.name)
        if field.type == "reference" and uid is not None:
            found = ground.end(str(uid)) if field.kinds == ENDS else ground.row(field.kinds[0], str(uid))
            if found is None:
                raise ConnectionRefused(
                    _("{field}: no facility that a pipe can end at has the uid {uid}.").format(
                        field=_(field.title), uid=uid
                    ),
                    _("Name a node, valve or other point of the network that exists."),
                )


def _settled_pipe(ground: Ground, before: Row | None, values: dict[str, Any]) -> dict[str, Any]:
    if GEOMETRY not in values and not {"start_node", "end_node"} & set(values):
        return {}
    row = (before or {}) | values
    ends = {which: row.get(names[0]) for which, names in ENDS_OF.items()}
    if row.get(GEOMETRY) is None:
        if any(ends.values()):
            raise ShapeRefused(
                _("A pipe that ends at a facility needs a line."), _("Draw its line, or leave its ends empty.")
            )
        return {}
    points = points_of(clean_value(KINDS["pipe"].table.c[GEOMETRY], row[GEOMETRY]))
    for which, uid in ends.items():
        end = ground.end(uid) if uid is not None else None
        if end is None or end.row[GEOMETRY] is None:
            continue  # unconnected, or it names something that is lost already: not this edit's doing
        index = 0 if which == "start" else -1
        _refuse_far(tuple(points[index]), end)
        points[index] = end.place
    refuse_short(points)
    fields = shaped(before or {}, points)
    if "length" in values:
        fields["length"] = values["length"]
    return fields


def _refuse_far(place: Any, end: End) -> None:
    distance = ((place[0] - end.place[0]) ** 2 + (place[1] - end.place[1]) ** 2) ** 0.5
    if distance > DRAWN:
        raise ConnectionRefused(
            _("The pipe ends at {end}, but its line would end {distance:.2f} m from it.").format(
                end=end, distance=distance
            ),
            _("Move {end} itself, and its pipes follow; or extend the pipe to something else.").format(end=end),
        )


def refuse_short(points: Any) -> None:
    """Raise ShapeRefused for a line with no length."""
    if len(without_repeats(points)) < 2:
        raise ShapeRefused(_("The line has no length."), _("Draw at least two points that are apart."))


def lead_pipes(ground: Ground, end: End, to: Place) -> None:
    """Put the ends of all pipes that end at ``end`` exactly on ``to``."""
    for pipe in ground.pipes_at(end.uid):
        if pipe[GEOMETRY] is None:
            continue
        points = points_of(pipe[GEOMETRY])
        for which, (node, *_rest) in ENDS_OF.items():
            if pipe[node] == end.uid:
                points[0 if which == "start" else -1] = to
        if len(without_repeats(points)) < 2:
            raise ShapeRefused(
                _("{pipe} would have no length.").format(pipe=pipe["code"]),
                _("Move the point elsewhere, or remove the pipe first."),
            )
        ground.update("pipe", pipe["uid"], shaped(pipe, points))


def refuse_state(ground: Ground, kind: str, rows: Sequence[Row], state: str | None) -> None:
    """Raise StateRefused where ``rows`` of a kind cannot all be given ``state``.

    A point that pipes in service end at cannot be removed, nor a pipe that ends at a removed one be in service.
    """
    if kind in ENDS and state == "removed":
        _refuse_removed(ground, kind, rows)
    elif kind == "pipe" and state not in DRY:
        _refuse_wet(ground, rows)


def _refuse_removed(ground: Ground, kind: str, rows: Sequence[Row]) -> None:
    ends = {str(row["uid"]): End(kind, row) for row in rows if row.get("uid")}
    for pipe in ground.pipes_of(list(ends)):
        if pipe["state"] in DRY:
            continue
        uid = pipe["start_node"] if pipe["start_node"] in ends else pipe["end_node"]
        wet = [other["code"] for other in ground.pipes_at(uid) if other["state"] not in DRY]
        raise StateRefused(
            _("{end} cannot be removed: pipes in service end at it: {pipes}").format(end=ends[uid], pipes=listed(wet)),
            _("Take it out of its pipe, so that they run on as one; or abandon or replace these pipes first."),
        )


def _refuse_wet(ground: Ground, rows: Sequence[Row]) -> None:
    uids = {str(row[node]) for row in rows for node in ("start_node", "end_node") if row.get(node)}
    for end in ground.removed_ends(sorted(uids)):
        raise StateRefused(
            _("The pipe cannot be in service: it ends at {end}, which is removed.").format(end=end),
            _("Put {end} in service first, or extend the pipe to something else.").format(end=end),
        )


def refuse_named(ground: Ground, kind: str, uid: str) -> None:
    """Raise StillNamed where another facility refers to the one that is to go."""
    names = [f"{_(KINDS[other].title)} {row['code']}" for other, _field, row in ground.naming(uid)]
    if names:
        code = ground.row(kind, uid)["code"]
        raise StillNamed(
            _("{code} cannot be deleted: it is named by {names}").format(code=code, names=listed(names)),
            _("Delete what depends on it first, or ask for all of it to be deleted together."),
        )


def listed(names: list[str]) -> str:
    """Names one after the other, the first few of many."""
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else _("{names} and {count} more").format(names=shown, count=len(names) - NAMED)


def _in_the_air(end: End, pipes: list[Row]) -> ConnectionRefused:
    return ConnectionRefused(
        _("{end} cannot lose its place: pipes end at it: {pipes}").format(
            end=end, pipes=listed([pipe["code"] for pipe in pipes])
        ),
        _("Give it a place, or take the pipes away first."),
    )
