"""What puts a finding right: plans of single edits, each said in words before it is made."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely

from jnw_desktop.facilities.checks.city import Floats, Rows
from jnw_desktop.facilities.checks.survey import Found, Survey
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.language import N_, _

SIDE_COLUMNS = ("start_node", "end_node")


@dataclass(frozen=True)
class Edit:
    """One row to be changed. ``says`` is an English message id, filled with ``told``.

    ``version`` is the one the row was looked at with; ``like``: the uid of a row whose other fields a new row takes.
    """

    action: Literal["add", "change", "remove"]
    kind: str
    uid: str
    code: str
    values: dict[str, Any]
    says: str
    told: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    like: str = ""

    @property
    def message(self) -> str:
        """What will be done, in the user's language."""
        return _(self.says).format(code=self.code, **self.told)


Mend = Callable[[Survey, list[Found]], Iterator[Edit]]


def _change(rows: Rows, row: int, values: dict[str, Any], says: str, **told: Any) -> Edit:
    return Edit("change", rows.kind, rows.uid[row], rows.code[row], values, says, told, version=int(rows.version[row]))


def remove(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Take away what was recorded twice or stands alone."""
    for one in found:
        rows = survey.city.rows[one.kind]
        for row in dict.fromkeys(one.rows.tolist()):
            said = N_("Remove {code}")
            yield Edit("remove", one.kind, rows.uid[row], rows.code[row], {}, said, version=int(rows.version[row]))


def remove_unreferenced(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Take away pipes that were recorded twice, but none that a break is recorded on."""
    broken = survey.city.rows["break"].references["pipe"]
    yield from remove(survey, [one.only(~np.isin(one.rows, broken)) for one in found])


def remove_idle(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Take away nodes that stand where something else stands, and at which no pipe ends."""
    yield from remove(survey, [one.only(np.asarray(one.facts["idle"], dtype=bool)) for one in found])


def _vertex(survey: Survey, vertex: int) -> tuple[str, str, Floats]:
    """The uid, code and place of a vertex."""
    vertices = survey.vertices
    rows = survey.city.rows[ENDS[vertices.kind[vertex]]]
    row = vertices.row[vertex]
    return rows.uid[row], rows.code[row], vertices.xy[vertex]


def set_end(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Record as a pipe's end what stands there; where nothing does, add a node, one for all ends at that place."""
    added: dict[int, str] = {}
    changes: dict[int, dict[str, Any]] = {}
    for one in found:
        for row, side, joint in zip(one.rows.tolist(), one.facts["side"], one.facts["joint"], strict=True):
            if joint < 0:
                continue
            if joint < len(survey.vertices):
                uid = _vertex(survey, joint)[0]
            elif joint in added:
                uid = added[joint]
            else:
                uid = added[joint] = str(uuid.uuid4())
                (state,) = survey.pipes.codes["state"].text(np.array([row]))
                values = {"uid": uid, "geom": shapely.Point(survey.topology.at[joint]).wkb, "state": state or None}
                beside = survey.pipes.code[row]
                yield Edit("add", "node", uid, "", values, N_("Add a node at the end of {pipe}"), {"pipe": beside})
            changes.setdefault(row, {})[SIDE_COLUMNS[side]] = uid
    for row, values in changes.items():
        yield _change(survey.pipes, row, values, N_("Record what {code} ends at"))


def exchange_ends(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Exchange start node and end node."""
    for one in found:
        for row in one.rows.tolist():
            start, end = (_vertex(survey, vertex)[0] for vertex in survey.topology.reference[row])
            values = {"start_node": end, "end_node": start}
            yield _change(survey.pipes, row, values, N_("Exchange start and end node of {code}"))


def move_end_to_its_node(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Move a pipe's end to the node it names, when that is no farther than ``near``."""
    moves: dict[int, dict[int, int]] = {}
    for one in found:
        close = np.asarray(one.values["distance"]) <= survey.city.limits.near.value
        for row, side in zip(one.rows[close].tolist(), one.facts["side"][close].tolist(), strict=True):
            moves.setdefault(row, {})[side] = int(survey.topology.reference[row, side])
    for row, sides in moves.items():
        if _length_with(survey, row, sides) > survey.city.limits.short.value:
            yield _moved(survey, row, sides)


def join(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Move every pipe that ends at a joint to the node it misses, record that node, and remove the one left behind."""
    into: dict[int, int] = {}
    for one in found:
        for joint, target in zip(one.facts["joint"].tolist(), one.facts["target"].tolist(), strict=True):
            if target >= 0 and joint not in into and _last(into, target) != joint:
                into[joint] = target
    moves: dict[int, dict[int, int]] = {}
    joints = survey.topology.joint
    for row, side in zip(*(column.tolist() for column in np.nonzero(np.isin(joints, list(into)))), strict=True):
        moves.setdefault(row, {})[side] = _last(into, int(joints[row, side]))
    # A pipe that would come to nothing keeps the joints of both its ends as they are.
    kept = {
        int(joint)
        for row, sides in moves.items()
        if _length_with(survey, row, sides) <= survey.city.limits.short.value
        for joint in joints[row]
    }
    for row, sides in moves.items():
        able = {side: vertex for side, vertex in sides.items() if int(joints[row, side]) not in kept}
        if able:
            yield _moved(survey, row, able)
    for joint in into:
        if joint < len(survey.vertices) and joint not in kept and joint not in survey.topology.links:
            rows, row = survey.city.rows[ENDS[survey.vertices.kind[joint]]], int(survey.vertices.row[joint])
            said = N_("Remove {code}")
            yield Edit("remove", rows.kind, rows.uid[row], rows.code[row], {}, said, version=int(rows.version[row]))


def _last(into: dict[int, int], vertex: int) -> int:
    """Where a vertex ends up when what it is joined into is itself joined into another."""
    while vertex in into:
        vertex = into[vertex]
    return vertex


def _points_with(survey: Survey, row: int, sides: dict[int, int]) -> Floats:
    points = np.array(survey.pipes.lines.coordinates(np.array([row]))[0], dtype=np.float64)
    for side, vertex in sides.items():
        if len(points):
            points[-side] = survey.vertices.xy[vertex]  # 0 is the first, -1 the last
    return points


def _length_with(survey: Survey, row: int, sides: dict[int, int]) -> float:
    return float(np.hypot(*np.diff(_points_with(survey, row, sides), axis=0).T).sum())


def _moved(survey: Survey, row: int, sides: dict[int, int]) -> Edit:
    values: dict[str, Any] = {SIDE_COLUMNS[side]: _vertex(survey, vertex)[0] for side, vertex in sides.items()}
    values["geom"] = shapely.LineString(_points_with(survey, row, sides)).wkb
    names = ", ".join(_vertex(survey, vertex)[1] for vertex in sides.values())
    return _change(survey.pipes, row, values, N_("Move the end of {code} to {nodes}"), nodes=names)


def drop_repeated(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Drop vertices that repeat the one before."""
    for one in found:
        for row in one.rows.tolist():
            points = survey.pipes.lines.coordinates(np.array([row]))[0]
            fresh = np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))
            geometry = shapely.LineString(points[fresh]).wkb
            dropped = int((~fresh).sum())
            says = N_("Drop {count} vertices of {code}")
            yield _change(survey.pipes, row, {"geom": geometry}, says, count=dropped)


def set_height(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Record the depth or elevation of top that the other and the ground tell."""
    values: dict[int, dict[str, Any]] = {}
    for one in found:
        for row, column, value in zip(one.rows.tolist(), one.facts["column"], one.facts["value"].tolist(), strict=True):
            values.setdefault(row, {})[column] = value
    for row, columns in values.items():
        shown = ", ".join(f"{_(KINDS['pipe'].field(name).title)} {value:.2f} m" for name, value in columns.items())  # type: ignore[union-attr]
        yield _change(survey.pipes, row, columns, N_("Record of {code}: {heights}"), heights=shown)


def set_node_kind(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Record the kind of node that the number of pipes tells."""
    for one in found:
        rows = survey.city.rows[one.kind]
        for row, kind in zip(one.rows.tolist(), one.values["fitting"].tolist(), strict=True):
            yield _change(
                rows,
                row,
                {"node_kind": kind},
                N_("Record the kind of node of {code}: {kind}"),
                kind=label("node_kind", kind),
            )


def split(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Split a pipe at what stands on it. The first part keeps the pipe's identity, the others are new."""
    cuts: dict[int, dict[int, float]] = {}
    for one in found:
        columns = (one.facts["pipe"], one.facts["joint"], one.facts["along"])
        for pipe, joint, along in zip(*columns, strict=True):
            if pipe >= 0 and joint < len(survey.vertices):
                cuts.setdefault(int(pipe), {})[int(joint)] = float(along)
    for pipe, places in cuts.items():
        yield from _parts(survey, pipe, sorted(places.items(), key=lambda place: place[1]))


def _parts(survey: Survey, pipe: int, places: list[tuple[int, float]]) -> Iterator[Edit]:
    pipes = survey.pipes
    points = pipes.lines.coordinates(np.array([pipe]))[0]
    run = np.append(0.0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    stops = [0.0, *(along for _joint, along in places), float(run[-1])]
    nodes: list[tuple[str, str, Floats] | None] = [None, *(_vertex(survey, joint) for joint, _along in places), None]
    # From the last part to the first: the new ones are made like the pipe before it is changed.
    for number in reversed(range(len(stops) - 1)):
        low, high = stops[number], stops[number + 1]
        first, last = nodes[number], nodes[number + 1]
        line = [
            points[0] if first is None else first[2],
            *points[(run > low) & (run < high)],
            points[-1] if last is None else last[2],
        ]
        values = _along(survey, pipe, low / run[-1], high / run[-1]) | {"geom": shapely.LineString(line).wkb}
        values |= {} if first is None else {"start_node": first[0]}
        values |= {} if last is None else {"end_node": last[0]}
        if number == 0:
            names = ", ".join(node[1] for node in nodes if node is not None)
            yield _change(pipes, pipe, values, N_("Split {code} at {nodes}"), nodes=names)
        else:
            uid = str(uuid.uuid4())
            said = N_("Add the part of {pipe} beyond the cut ({length:.2f} m)")
            told = {"pipe": pipes.code[pipe], "length": high - low}
            yield Edit("add", "pipe", uid, "", values | {"uid": uid}, said, told, like=pipes.uid[pipe])


def _along(survey: Survey, pipe: int, low: float, high: float) -> dict[str, Any]:
    """Length, depths and elevations of the part of a pipe between two shares of its length."""
    numbers = survey.pipes.numbers
    values: dict[str, Any] = {"length": float(numbers["length"][pipe] * (high - low))}
    for column in ("depth", "elevation"):
        first, last = numbers[f"{column}_start"][pipe], numbers[f"{column}_end"][pipe]
        if low > 0:
            values[f"{column}_start"] = float(first + (last - first) * low)
        if high < 1:
            values[f"{column}_end"] = float(first + (last - first) * high)
    return {name: None if np.isnan(value) else round(value, 3) for name, value in values.items()}
