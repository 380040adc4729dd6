"""Which parts of the network no source feeds, told from whole columns of keys, without the lines of a million pipes.

What is joined is what :mod:`.topology` says: an end belongs to the facility it names; one that names none, to what
stands there, else to the ends that lie there. Only of such loose ends the place is read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jnw_desktop.facilities.checks.city import NOT_LIVE, PIPE_ENDS, Bools, Floats, Ints, Objects, Unfed, Vertices
from jnw_desktop.facilities.checks.limits import Limits
from jnw_desktop.facilities.checks.topology import LINKS, clusters, standing
from jnw_desktop.facilities.columns import key_columns, rows_of
from jnw_desktop.facilities.kinds import ENDS, KINDS, SOURCES
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

MANY = 5_000  # loose ends; of more the whole is read, which is as quick

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class _Points:
    """Everything a pipe can end at, kind after kind in the order of ``ENDS``, (n,) each."""

    kind: Ints
    fid: Ints
    key: Keys
    live: Bools

    def numbers(self, keys: Keys) -> Ints:
        """Which of them each of ``keys`` names, -1 for none."""
        order = np.argsort(self.key, kind="stable")
        at = np.minimum(np.searchsorted(self.key[order], keys), len(order) - 1)
        if not len(order):
            return np.full(keys.shape, -1)
        found = order[at]
        return np.where((self.key[found] == keys) & (keys != 0), found, -1)


def unfed_parts(workspace: Workspace, connection: sa.Connection, limits: Limits) -> Unfed | None:
    """The parts that no source feeds; ``None`` where no source feeds any, or too many ends name nothing."""
    points, links = _points_of(connection)
    table = KINDS["pipe"].table
    ends = {name: table.c[name] for name in PIPE_ENDS}
    keys, numbers = key_columns(connection, table, ends, {"live": _is_live(table)})
    fid, live = numbers["fid"].astype(np.int64), numbers["live"] > 0
    joint = points.numbers(np.stack([keys[name] for name in PIPE_ENDS], axis=1))
    pipe, side = np.nonzero(joint < 0)
    if len(pipe) > MANY:
        return None
    placed, place = _places(connection, fid[pipe], side)
    joint[pipe[placed], side[placed]], size = _settled(workspace, connection, points, place, limits)
    return _unfed(connection, points, links, joint, live, fid, size)


def _is_live(table: sa.Table) -> sa.ColumnElement[int]:
    return sa.case((table.c.state.in_(NOT_LIVE), 0), else_=1)


def _points_of(connection: sa.Connection) -> tuple[_Points, Ints]:
    """The points, and (l, 3) the links: a point in service that joins two others, and those."""
    parts, sides = [], []
    for number, kind in enumerate(ENDS):
        table = KINDS[kind].table
        ends = {name: table.c[name] for name in PIPE_ENDS} if kind in LINKS else {}
        keys, numbers = key_columns(connection, table, {"uid": table.c.uid} | ends, {"live": _is_live(table)})
        count = len(numbers["fid"])
        parts.append(_Points(np.full(count, number), numbers["fid"].astype(np.int64), keys["uid"], numbers["live"] > 0))
        none = np.zeros(count, dtype=np.uint64)
        sides.append(np.stack([keys.get(name, none) for name in PIPE_ENDS], axis=1))
    names = ("kind", "fid", "key", "live")
    points = _Points(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    joined = points.numbers(np.concatenate(sides))
    which = np.flatnonzero((joined >= 0).all(axis=1) & points.live)
    return points, np.column_stack([which, joined[which]])


def _places(connection: sa.Connection, fids: Ints, side: Ints) -> tuple[Ints, Floats]:
    """Where loose ends lie: the numbers of those that have a place, and (n, 2) the places."""
    shapes = _shapes(connection, KINDS["pipe"].table, fids)
    sound = np.isfinite(shapely.bounds(shapes).reshape(-1, 4)).all(axis=1)
    which = np.flatnonzero(sound)
    ends = shapely.get_point(shapes[which], np.where(side[which] == 0, 0, -1))
    return which, np.column_stack([shapely.get_x(ends), shapely.get_y(ends)])


def _shapes(connection: sa.Connection, table: sa.Table, fids: Ints) -> Objects:
    """The geometry of each of ``fids``."""
    asked = rows_of(connection, table, [table.c[GEOMETRY]], np.unique(fids).tolist())
    known = {int(row[0]): row[1] for row in asked}
    wkb = np.array([known.get(fid) for fid in fids.tolist()], dtype=object)
    return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"))


def _settled(
    workspace: Workspace, connection: sa.Connection, points: _Points, places: Floats, limits: Limits
) -> tuple[Ints, int]:
    """The joint of each loose end, and how many joints there are with these."""
    reach = limits.end.value
    near = _standing_about(workspace, connection, points, places, reach)
    found = np.full(len(places), -1)
    if len(near):
        at = _at(connection, points, near)
        which = standing(Vertices(points.kind[near], points.fid[near], at, points.live[near]), places, reach)
        found[which >= 0] = near[which[which >= 0]]
    loose = np.flatnonzero(found < 0)
    number, centre = clusters(places[loose], limits.join.value)
    found[loose] = number + len(points.key)
    return found, len(points.key) + len(centre)


def _standing_about(
    workspace: Workspace, connection: sa.Connection, points: _Points, places: Floats, reach: float
) -> Ints:
    """Points about ``places``, in order."""
    near: set[tuple[int, int]] = set()
    for east, north in np.unique(places, axis=0).tolist():
        box = (east - reach, north - reach, east + reach, north + reach)
        for number, kind in enumerate(ENDS):
            there: set[int] = set(connection.scalars(workspace.fids_within(KINDS[kind].table, box)))
            near.update((number, fid) for fid in there)
    firsts = np.searchsorted(points.kind, np.arange(len(ENDS) + 1))
    return np.array(
        [
            firsts[number] + np.searchsorted(points.fid[firsts[number] : firsts[number + 1]], fid)
            for number, fid in sorted(near)
        ],
        dtype=np.int64,
    )


def _at(connection: sa.Connection, points: _Points, near: Ints) -> Floats:
    """(n, 2) where points stand, NaN where they have no place."""
    at = np.full((len(near), 2), np.nan)
    for number, kind in enumerate(ENDS):
        which = np.flatnonzero(points.kind[near] == number)
        some = _shapes(connection, KINDS[kind].table, points.fid[near[which]])
        at[which] = np.column_stack([shapely.get_x(some), shapely.get_y(some)])
    return at


def _unfed(
    connection: sa.Connection, points: _Points, links: Ints, joint: Ints, live: Bools, fid: Ints, size: int
) -> Unfed | None:
    edges = joint[live & (joint >= 0).all(axis=1)]
    edges = np.concatenate([edges, links[:, [0, 1]], links[:, [0, 2]]])
    graph = coo_array((np.ones(len(edges), dtype=np.int8), edges.T), shape=(size, size))
    part = connected_components(graph, directed=False)[1]
    used = np.zeros(size, dtype=bool)
    for ends in (joint[live], links):
        used[ends[ends >= 0]] = True
    source = points.live & np.isin(points.kind, [ENDS.index(kind) for kind in SOURCES]) & used[: len(points.key)]
    if not source.any():
        return None
    fed = np.zeros(int(part.max(initial=-1)) + 1, dtype=bool)
    fed[part[np.flatnonzero(source)]] = True
    pipes = np.flatnonzero(live & (joint >= 0).any(axis=1))
    of = part[joint[pipes].max(axis=1)]
    dry = ~fed[of]
    pipes, of = pipes[dry], of[dry]
    _parts, first, number, count = np.unique(of, return_index=True, return_inverse=True, return_counts=True)
    uids, length = _told(connection, fid[pipes])
    whole: Floats = np.bincount(number.ravel(), weights=length, minlength=len(first)).astype(np.float64)
    return Unfed(uids[first], count, whole)


def _told(connection: sa.Connection, fids: Ints) -> tuple[Objects, Floats]:
    """Uids of pipes, and metres of their lines, 0 where there is none."""
    table = KINDS["pipe"].table
    rows = {row[0]: row[1:] for row in rows_of(connection, table, [table.c.uid, table.c[GEOMETRY]], fids.tolist())}
    uids = np.empty(len(fids), dtype=object)
    uids[:] = [rows[fid][0] for fid in fids.tolist()]
    lines = shapely.from_wkb(np.array([rows[fid][1] for fid in fids.tolist()], dtype=object), on_invalid="ignore")
    return uids, np.nan_to_num(shapely.length(lines))
