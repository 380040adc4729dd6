"""Where the record is silent round an isolated part: pipes that touch it and are not joined, ends at nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.checks.limits import read_table
from jnw_desktop.facilities.graph import Network, codes
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.vertices import standing_at
from jnw_desktop.language import _
from jnw_desktop.network.graph import NO_KEY, Bools, Ints
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

TOLD = 5  # gaps in sentences; the list has them all
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Side:
    """Pipes (k,): rows of the network's columns and lines."""

    row: Ints
    line: Objects


def gaps(workspace: Workspace, connection: sa.Connection, network: Network, edges: Ints) -> list[dict[str, Any]]:
    """Pipes in service that touch the isolated ``edges`` at an end of either and have no node in common.

    ``pipe``: the other, ``touches``: the isolated one (codes), ``at`` (E, N), ``lacks``: the ends (``start``, ``end``)
    of ``pipe`` that name no node. If water passes there, a plan does not hold it. With ``touches`` ``None`` ``pipe`` is
    an isolated one, and at its end at that place it names a facility that is not recorded.
    """
    reach = read_table().limits.near.value
    own, other = _sides(workspace, connection, network, edges, reach)
    nowhere = _nowhere(connection, network, edges, own)
    found: dict[tuple[int, int], shapely.Point] = {}
    if len(own.row) and len(other.row):
        for one, two in ((own, other), (other, own)):
            for (end_row, row), at in _touching(network, one, two, reach):
                found.setdefault((end_row, row) if one is other else (row, end_row), at)
    rows = {row for pair in found for row in pair} | {row for row, _at in nowhere}
    named = codes(connection, "pipe", network.pipes.fid[sorted(rows)])
    told = [_told(network, named, pipe, touched, at) for (pipe, touched), at in found.items()]
    told += [_told(network, named, row, None, at) for row, at in nowhere]
    return sorted(told, key=lambda gap: (gap["pipe"], gap["at"]))


def _nowhere(connection: sa.Connection, network: Network, edges: Ints, own: _Side) -> list[tuple[int, shapely.Point]]:
    """Ends of the isolated pipes that name a facility that is not recorded: row of a pipe, and where."""
    graph = network.graph
    ends = np.concatenate([graph.start[edges], graph.end[edges]])
    lacking = set(ends.tolist()) - set(standing_at(connection, network, np.unique(ends)))
    line = dict(zip(own.row.tolist(), own.line, strict=True))
    found: dict[int, tuple[int, shapely.Point]] = {}
    for edge in edges[graph.pipe[edges] >= 0].tolist():
        row = int(graph.pipe[edge])
        for vertex, which in ((int(graph.start[edge]), 0), (int(graph.end[edge]), -1)):
            if vertex in lacking and line.get(row) is not None:
                found.setdefault(vertex, (row, shapely.get_point(line[row], which)))
    return list(found.values())


def _sides(
    workspace: Workspace, connection: sa.Connection, network: Network, edges: Ints, reach: float
) -> tuple[_Side, _Side]:
    """The isolated pipes, and those in service within ``reach`` metres of their box that are not isolated."""
    table = KINDS["pipe"].table
    mine = network.graph.pipe[edges]
    mine = mine[mine >= 0]
    lines = queries.shapes(connection, table, network.pipes.fid[mine].tolist())
    low_e, low_n, high_e, high_n = (float(side) for side in shapely.total_bounds(lines))
    if np.isnan(low_e):
        return _Side(mine[:0], lines[:0]), _Side(mine[:0], lines[:0])
    inside = workspace.fids_within(table, (low_e - reach, low_n - reach, high_e + reach, high_n + reach))
    rows = connection.execute(sa.select(table.c.fid, table.c[GEOMETRY]).where(table.c.fid.in_(inside))).all()
    row = np.array([network.row_of(fid) for fid, _wkb in rows], dtype=np.int64)
    near = queries.decoded([wkb for _fid, wkb in rows])
    others = np.flatnonzero((row >= 0) & network.pipes.carries[row] & ~np.isin(row, mine))
    return _Side(mine, lines), _Side(row[others], near[others])


def _touching(
    network: Network, one: _Side, two: _Side, reach: float
) -> Iterable[tuple[tuple[int, int], shapely.Point]]:  # fmt: skip
    """Ends of pipes of ``one`` on pipes of ``two`` that do not end at the same node: both rows, and where."""
    one, two = _placed(one), _placed(two)
    tree = shapely.STRtree(two.line)
    for which in (0, -1):
        ends = shapely.get_point(one.line, which)
        mine, hit = tree.query(ends, predicate="dwithin", distance=reach)
        row = two.row[hit]
        apart = ~_joined(network, one.row[mine], row)
        for number in np.flatnonzero(apart).tolist():
            yield (int(one.row[mine[number]]), int(row[number])), ends[mine[number]]


def _placed(side: _Side) -> _Side:
    """Those whose place is known whole: a coordinate that is no number touches nothing."""
    places, line = shapely.get_coordinates(side.line, return_index=True)
    fine = np.ones(len(side.line), dtype=bool)
    fine[line[~np.isfinite(places).all(axis=1)]] = False
    return _Side(side.row[fine], side.line[fine])


def _joined(network: Network, one: Ints, other: Ints) -> Bools:
    """Whether two pipes have a node in common at all: then they are joined, wherever else they lie side by side."""
    pipes = network.pipes
    found = np.zeros(len(one), dtype=bool)
    for key in (pipes.start, pipes.end):
        found |= (key[one] != NO_KEY) & ((key[one] == pipes.start[other]) | (key[one] == pipes.end[other]))
    return found


def _told(network: Network, named: dict[int, str], pipe: int, touched: int | None, at: shapely.Point) -> dict[str, Any]:
    fid, ends = network.pipes.fid, {"start": network.pipes.start, "end": network.pipes.end}
    return {
        "pipe": named[int(fid[pipe])],
        "touches": None if touched is None else named[int(fid[touched])],
        "at": [round(at.x, 3), round(at.y, 3)],
        "lacks": [name for name, keys in ends.items() if keys[pipe] == NO_KEY],
    }


def gap_sentences(found: list[dict[str, Any]]) -> list[str]:
    """What is to be said of gaps: the first of them one by one."""
    said = []
    for gap in found[:TOLD]:
        said.append(_sentence(gap).format(pipe=gap["pipe"], other=gap["touches"]))
    if len(found) > TOLD:
        said.append(_("{count} more such places are in the list of the plan.").format(count=len(found) - TOLD))
    return said


def _sentence(gap: dict[str, Any]) -> str:
    if gap["touches"] is None:
        return _(
            "The isolated pipe {pipe} ends at a facility that is not recorded: a valve that stands there is in no plan."
        )
    if gap["lacks"]:
        return _(
            "Pipe {pipe} touches the isolated pipe {other}, but its end nodes are not recorded: if water "
            "passes there, this plan does not hold it."
        )
    return _(
        "Pipe {pipe} touches the isolated pipe {other}, and no node joins them: if water passes there, "
        "this plan does not hold it."
    )
