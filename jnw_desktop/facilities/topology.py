"""Topology built in bulk: which facility a pipe ends at, nodes made where none is, pipes cut where a facility stands.

The rules, the same whichever comes first, pipes or points:

- A pipe ends at the facility within ``JOINED`` of its end: one that is no node before a node that people know, that
  before a node the program made. Where there is none a node is made; ends within the tolerance share it.
- A facility that comes to a pipe's end takes the place of a node: a node made by the program goes, one that people know
  keeps its row and loses the pipe. A valve or the like that is there already stays.
- A facility that is no node, within ``ON_PIPE`` of a pipe between its ends, cuts it. The longest piece stays the pipe
  that people know. A node there cuts nothing: pipes cross without being joined, and a check tells of it.

A node is the program's own when nothing is known of it but its place and its state, and its code was made here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.facilities.splitting import Pieces, carried, cut
from jnw_desktop.facilities.tolerances import JOINED, NAMED_WITHIN, ON_PIPE
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.change import Change, make_uids
from jnw_desktop.workspace.tables import GEOMETRY

ASKED = 500  # uids in one question to the database

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
Bounds = tuple[float, float, float, float]

# How strongly a facility holds a place: a made node, a node that people know, anything else.
MADE, NODE, DEVICE = 0, 1, 2


@dataclass
class Report:
    """What was built. ``unconnected``: facilities that stand on no pipe though pipes are there."""

    tolerance: float = JOINED
    ends_joined: int = 0
    nodes_made: int = 0
    nodes_replaced: int = 0
    pipes_split: int = 0
    pieces_added: int = 0
    unconnected: int = 0
    named_elsewhere: int = 0

    def as_dict(self) -> dict[str, float]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Points:
    """Facilities a pipe can end at: ``uid`` (n,), ``at`` (n, 2) metres, ``rank`` (n,) MADE, NODE or DEVICE."""

    uid: Objects
    at: Floats
    rank: Ints


def load_points(workspace: Workspace, connection: sa.Connection, bounds: Bounds | None) -> Points:
    """Every facility within ``bounds`` (everywhere when ``None``) that a pipe can end at."""
    uids: list[str] = []
    blobs: list[bytes] = []
    ranks: list[int] = []
    for name in ENDS:
        table = KINDS[name].table
        rank = sa.case((_is_made(table), MADE), else_=NODE) if name == "node" else sa.literal(DEVICE)
        query = sa.select(table.c.uid, table.c[GEOMETRY], rank).where(table.c[GEOMETRY].is_not(None))
        if "start_node" in table.c:
            query = query.where(table.c.start_node.is_(None))  # a link of its own between two facilities
        if bounds is not None:
            query = query.where(table.c.fid.in_(workspace.fids_within(table, bounds)))
        for uid, blob, how in connection.execute(query):
            uids.append(uid)
            blobs.append(blob)
            ranks.append(how)
    shapes = shapely.from_wkb(np.array(blobs, dtype=object))
    return Points(np.array(uids, dtype=object), _coordinates(shapes), np.array(ranks, dtype=np.int64))


def _is_made(table: sa.Table) -> sa.ColumnElement[bool]:
    unknown = [table.c[field.name].is_(None) for field in KINDS["node"].fields if field.name != "state"]
    return sa.and_(table.c.code.startswith(table.info["code_prefix"]), *unknown)


def _coordinates(shapes: Objects) -> Floats:
    if not len(shapes):
        return np.zeros((0, 2))
    return np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])


def line_ends(lines: Objects) -> Floats:
    """(2n, 2): the beginnings of n lines, then their ends."""
    coordinates = shapely.get_coordinates(lines)
    last = np.cumsum(shapely.get_num_coordinates(lines)) - 1
    first = np.r_[0, last[:-1] + 1] if len(last) else last
    return np.vstack([coordinates[first], coordinates[last]])


def nearest_points(ends: Floats, points: Points, tolerance: float) -> Ints:
    """Row of the point each of ``ends`` (m, 2) belongs to, -1 where none is within ``tolerance``: strongest first."""
    found = np.full(len(ends), -1, dtype=np.int64)
    for rank in (DEVICE, NODE, MADE):
        those = np.flatnonzero(points.rank == rank)
        left = np.flatnonzero(found < 0)
        if len(those) and len(left):
            distance, which = cKDTree(points.at[those]).query(ends[left], distance_upper_bound=tolerance * (1 + 1e-9))
            hit = np.isfinite(distance)
            found[left[hit]] = those[which[hit]]
    return found


def gather(ends: Floats, tolerance: float) -> tuple[Ints, Floats]:
    """Ends that share a place: the group of each of ``ends`` (m, 2), and the place (g, 2) of each group."""
    if not len(ends):
        return np.zeros(0, np.int64), np.zeros((0, 2))
    # Ends that are equal to the last bit are found by sorting; the tree is asked only about different places.
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    ordered = ends[order]
    new = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)]
    places = ordered[new]
    which = np.empty(len(ends), dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    pairs = cKDTree(places).query_pairs(tolerance, output_type="ndarray")
    if not len(pairs):
        return which, places
    count = len(places)
    near = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    groups, label = connected_components(near, directed=False)
    first = np.full(groups, count)
    np.minimum.at(first, label, np.arange(count))
    return label[which].astype(np.int64), places[first]


class Builder:
    """Builds topology inside one change. ``report`` says what was done."""

    def __init__(self, workspace: Workspace, change: Change, tolerance: float = JOINED) -> None:
        self.workspace = workspace
        self.change = change
        self.tolerance = tolerance
        self.report = Report(tolerance)

    # -- pipes come in -----------------------------------------------------------------------------------------------

    def around(self, lines: Objects) -> Points:
        """The facilities that ``lines`` may end at."""
        return load_points(self.workspace, self.change.connection, _around(lines, NAMED_WITHIN))

    def cut_pipes(
        self, columns: dict[str, Any], lines: Objects, points: Points
    ) -> tuple[dict[str, Any], Objects, Ints]:
        """Pipes cut where one of ``points`` that is no node stands on them.

        The n pipes given come first and keep uid and code, each as its longest piece; the other pieces follow, and the
        row of the pipe that each of these is of is the third value.
        """
        known = np.flatnonzero(points.rank == DEVICE)
        if not len(known):
            return columns, lines, np.zeros(0, np.int64)
        line, point = _on_lines(lines, points.at[known])
        pieces = cut(lines, line, known[point], points.at, ON_PIPE)
        if not len(pieces.line):
            return columns, lines, np.zeros(0, np.int64)
        named = {name: np.asarray(values, dtype=object) for name, values in columns.items()}
        for end in ("start_node", "end_node"):
            named.setdefault(end, np.full(len(lines), None, dtype=object))
        return *_with_pieces(named, lines, pieces, points.uid), pieces.line[~pieces.longest]

    def lay_pipes(self, columns: dict[str, Any], lines: Objects, points: Points) -> None:
        """Insert pipes, cut before, with the facilities they end at.

        ``start_node`` and ``end_node``, where given, are uids of facilities that the file names.
        """
        start, end = self.ends(lines, points, columns.get("start_node"), columns.get("end_node"))
        named = {"start_node": start, "end_node": end, GEOMETRY: lines}
        self.change.insert_arrays(KINDS["pipe"].table, columns | named)

    def pipe_lines(self, lines: Objects) -> Objects:
        """The lines of the pipes that are where ``lines`` are."""
        return _Pipes(self.workspace, self.change.connection, _around(lines, self.tolerance)).line

    def ends(self, lines: Objects, points: Points, start: Any = None, end: Any = None) -> tuple[Objects, Objects]:
        """Uids at both ends of ``lines``; nodes are made where there is no facility."""
        ends = line_ends(lines)
        found = nearest_points(ends, points, self.tolerance)
        uids = np.full(len(ends), None, dtype=object)
        uids[found >= 0] = points.uid[found[found >= 0]]
        if start is not None or end is not None:
            none = np.full(len(lines), None, dtype=object)
            self._believe(
                np.concatenate([none if start is None else start, none if end is None else end]), ends, uids, points
            )
        self.report.ends_joined += int((uids != None).sum())  # noqa: E711 - elementwise
        bare = np.flatnonzero(uids == None)  # noqa: E711 - elementwise
        group, places = gather(ends[bare], self.tolerance)
        made = np.array(make_uids(len(places)), dtype=object)
        uids[bare] = made[group] if len(made) else None
        self._make_nodes(made, places)
        return uids[: len(lines)], uids[len(lines) :]

    def _believe(self, named: Objects, ends: Floats, uids: Objects, points: Points) -> None:
        """Let a facility that the file names be the end, where it stands near enough."""
        order = np.argsort(points.uid.astype(str))
        asked = np.flatnonzero(named != None)  # noqa: E711 - elementwise
        if not len(asked):
            return
        at = np.searchsorted(points.uid[order].astype(str), named[asked].astype(str))
        at = order[np.minimum(at, len(order) - 1)] if len(order) else np.zeros(len(asked), np.int64)
        near = np.zeros(len(asked), dtype=bool)
        if len(order):
            near = points.uid[at] == named[asked]
            near &= np.hypot(*(points.at[at] - ends[asked]).T) <= NAMED_WITHIN
        uids[asked[near]] = named[asked[near]]
        self.report.named_elsewhere += int((~near).sum())

    def _make_nodes(self, uids: Objects, places: Floats) -> None:
        self.report.nodes_made += len(uids)
        if len(uids):
            columns = {"uid": uids, "state": ["in_service"] * len(uids), GEOMETRY: shapely.points(places)}
            self.change.insert_arrays(KINDS["node"].table, columns)

    # -- points come in ----------------------------------------------------------------------------------------------

    def place_points(self, kind: str, uids: Objects, at: Floats) -> None:
        """Join facilities of ``kind`` that were just inserted at ``at`` (n, 2) to the pipes there."""
        if kind not in ENDS or not len(uids):
            return
        bounds = (*(at.min(axis=0) - 1), *(at.max(axis=0) + 1))
        pipes = _Pipes(self.workspace, self.change.connection, bounds)
        if not len(pipes.uid):
            return
        there = load_points(self.workspace, self.change.connection, bounds)
        fresh = np.isin(there.uid.astype(str), uids.astype(str))
        own = Points(uids, at, np.full(len(uids), NODE if kind == "node" else DEVICE, dtype=np.int64))
        reached = self._take_ends(pipes, own, there, fresh)
        if kind != "node":
            reached |= self._cut_old(pipes, own)
        self.report.unconnected += int((~reached).sum())

    def _take_ends(self, pipes: _Pipes, own: Points, there: Points, fresh: Bools) -> Bools:
        """Let pipes' ends refer to the new points where these hold the place more strongly than what is there."""
        reached = np.zeros(len(own.uid), dtype=bool)
        ends = line_ends(pipes.line)
        found = nearest_points(ends, own, max(self.tolerance, ON_PIPE))
        hit = np.flatnonzero(found >= 0)
        reached[found[hit]] = True
        refers = np.concatenate([pipes.start, pipes.end])
        rank = dict(zip(there.uid.tolist(), np.where(fresh, -1, there.rank).tolist(), strict=True))
        holds = np.array([rank.get(uid, -1) for uid in refers[hit].tolist()], dtype=np.int64)
        taking = hit[own.rank[found[hit]] > holds]
        taking = taking[refers[taking] != own.uid[found[taking]]]
        if not len(taking):
            return reached
        left = set(refers[taking].tolist())
        refers[taking] = own.uid[found[taking]]
        pipes.start, pipes.end = refers[: len(pipes.uid)], refers[len(pipes.uid) :]
        rows = np.unique(taking % len(pipes.uid))
        columns = {"start_node": pipes.start[rows], "end_node": pipes.end[rows]}
        self.change.update_arrays(KINDS["pipe"].table, pipes.uid[rows].tolist(), columns)
        self.report.ends_joined += len(taking)
        gone = [uid for uid in left if uid is not None and rank.get(uid) == MADE]
        self._remove_nodes(sorted(set(gone) - set(refers.tolist())))
        return reached

    def _remove_nodes(self, uids: list[str]) -> None:
        """Take away made nodes that nothing refers to any more."""
        held: set[str] = set()
        for name in ("valve", "pump_station"):
            table = KINDS[name].table
            for column in (table.c.start_node, table.c.end_node):
                held.update(self.change.connection.scalars(sa.select(column).where(column.is_not(None))))
        free = [uid for uid in uids if uid not in held]
        self.change.delete_many(KINDS["node"].table, free)
        self.report.nodes_replaced += len(free)

    def _cut_old(self, pipes: _Pipes, own: Points) -> Bools:
        reached = np.zeros(len(own.uid), dtype=bool)
        line, point = _on_lines(pipes.line, own.at)
        pieces = cut(pipes.line, line, point, own.at, ON_PIPE)
        if not len(pieces.line):
            return reached
        reached[pieces.at_end[pieces.at_end >= 0]] = True
        self.count_cuts(int(pieces.longest.sum()), int((~pieces.longest).sum()))
        table = KINDS["pipe"].table
        rows = _rows(self.change.connection, pipes.uid[np.unique(pieces.line)].tolist())
        updates: list[dict[str, Any]] = []
        inserts: list[dict[str, Any]] = []
        for piece, line_row in enumerate(pieces.line):
            before = rows[pipes.uid[line_row]]
            values = _piece_values(pieces, piece, before, own.uid)
            values[GEOMETRY] = shapely.to_wkb(pieces.shape[piece])
            if pieces.longest[piece]:
                updates.append(before | values)
            else:
                inserts.append({k: v for k, v in before.items() if k not in _OWN} | values)
        names = [name for name in table.c.keys() if name not in _OWN]  # noqa: SIM118 - a ColumnCollection
        self.change.update_arrays(
            table, [row["uid"] for row in updates], {name: [row[name] for row in updates] for name in names}
        )
        self.change.insert_arrays(table, {name: [row[name] for row in inserts] for name in names})
        return reached

    def count_cuts(self, pipes: int, pieces: int) -> None:
        """Report pipes that were cut, and pieces that came of it beside them."""
        self.report.pipes_split += pipes
        self.report.pieces_added += pieces


_OWN = ("fid", "uid", "code", "version", "born")


class _Pipes:
    """Pipes that meet ``bounds``: ``uid``, ``start`` and ``end`` (uids), ``line`` (shapely)."""

    def __init__(self, workspace: Workspace, connection: sa.Connection, bounds: Bounds) -> None:
        table = KINDS["pipe"].table
        query = sa.select(table.c.uid, table.c.start_node, table.c.end_node, table.c[GEOMETRY])
        query = query.where(table.c.fid.in_(workspace.fids_within(table, bounds)), table.c[GEOMETRY].is_not(None))
        rows = connection.execute(query).all()
        columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
        self.uid, self.start, self.end = (np.array(values, dtype=object) for values in columns[:3])
        self.line: Objects = shapely.from_wkb(np.array(columns[3], dtype=object))


def _around(lines: Objects, margin: float) -> Bounds:
    low_e, low_n, high_e, high_n = shapely.total_bounds(lines)
    return low_e - margin, low_n - margin, high_e + margin, high_n + margin


def _with_pieces(
    named: dict[str, Objects], lines: Objects, pieces: Pieces, uids: Objects
) -> tuple[dict[str, Objects], Objects]:
    stays = pieces.longest
    added = int((~stays).sum())
    more = {name: values[pieces.line[~stays]] for name, values in named.items()}
    more |= {name: np.full(added, None, dtype=object) for name in ("uid", "code") if name in named}
    rows = np.where(stays, pieces.line, len(lines) + np.cumsum(~stays) - 1)
    shapes = np.concatenate([lines, np.full(added, None, dtype=object)])
    shapes[rows] = pieces.shape
    joined = {name: np.concatenate([values, more[name]]) for name, values in named.items()}
    for piece, row in enumerate(rows):
        whole = _plain({name: values[pieces.line[piece]] for name, values in named.items()})
        for name, value in _piece_values(pieces, piece, whole, uids).items():
            if name in joined:
                joined[name][row] = value
    return joined, shapes


def _on_lines(lines: Objects, at: Floats) -> tuple[Ints, Ints]:
    """Pairs (line, point) where a point stands within ``ON_PIPE`` of a line and not within that of its ends."""
    if not len(lines) or not len(at):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    points = shapely.points(at)
    # The smaller side is asked about, the greater one is the tree.
    if len(lines) >= len(at):
        point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=ON_PIPE)
    else:
        line, point = shapely.STRtree(points).query(lines, predicate="dwithin", distance=ON_PIPE)
    ends = line_ends(lines)
    for end in (ends[: len(lines)], ends[len(lines) :]):
        off = np.hypot(*(end[line] - at[point]).T) > ON_PIPE
        line, point = line[off], point[off]
    return line.astype(np.int64), point.astype(np.int64)


def _piece_values(pieces: Pieces, piece: int, before: dict[str, Any], uids: Objects) -> dict[str, Any]:
    """What differs between a piece and the pipe it is of; ends that a cut made refer to ``uids`` of the points."""
    values = carried(before, float(pieces.begin[piece]), float(pieces.end[piece]))
    if pieces.at_begin[piece] >= 0:
        values["start_node"] = uids[pieces.at_begin[piece]]
    if pieces.at_end[piece] >= 0:
        values["end_node"] = uids[pieces.at_end[piece]]
    return values


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """NaN, an array's unknown number, as ``None``."""
    return {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in values.items()}


def _rows(connection: sa.Connection, uids: list[str]) -> dict[str, dict[str, Any]]:
    table = KINDS["pipe"].table
    found: dict[str, dict[str, Any]] = {}
    for first in range(0, len(uids), ASKED):
        query = sa.select(table).where(table.c.uid.in_(uids[first : first + ASKED]))
        found |= {row["uid"]: dict(row) for row in connection.execute(query).mappings()}
    return found
