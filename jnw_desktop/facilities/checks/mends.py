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
                values = {"uid": uid, "geom": shapely.Point(survey.topology.at[joint]).wkb, "state": "in_service"}
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
    moves: list[tuple[int, int, int]] = []
    for one in found:
        close = np.asarray(one.values["distance"]) <= survey.city.limits.near.value
        for row, side in zip(one.rows[close].tolist(), one.facts["side"][close].tolist(), strict=True):
            moves.append((row, side, int(survey.topology.reference[row, side])))
    yield from _moved(survey, moves)


def move_end_to_joint(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Move a dangling end to the node it misses, and record that node as its end."""
    moves = []
    for one in found:
        joints = np.asarray(one.facts["joint"])
        able = joints >= 0
        columns = (one.rows[able], one.facts["side"][able], joints[able])
        moves += list(zip(*(column.tolist() for column in columns), strict=True))
    yield from _moved(survey, moves)


def _moved(survey: Survey, moves: list[tuple[int, int, int]]) -> Iterator[Edit]:
    by_pipe: dict[int, dict[int, int]] = {}
    for row, side, vertex in moves:
        by_pipe.setdefault(row, {})[side] = vertex
    for row, sides in by_pipe.items():
        points = shapely.get_coordinates(survey.pipes.shape[row])
        values: dict[str, Any] = {}
        names = []
        for side, vertex in sides.items():
            uid, code, place = _vertex(survey, vertex)
            points[-side] = place  # 0 is the first, -1 the last
            values[SIDE_COLUMNS[side]] = uid
            names.append(code)
        if np.hypot(*np.diff(points, axis=0).T).sum() > survey.city.limits.short.value:
            values["geom"] = shapely.LineString(points).wkb
            yield _change(survey.pipes, row, values, N_("Move the end of {code} to {nodes}"), nodes=", ".join(names))


def drop_repeated(survey: Survey, found: list[Found]) -> Iterator[Edit]:
    """Drop vertices that repeat the one before."""
    for one in found:
        for row in one.rows.tolist():
            points = shapely.get_coordinates(survey.pipes.shape[row])
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
    points = shapely.get_coordinates(pipes.shape[pipe])
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
