"""Reads what a change touched and what lies about it: enough for rules to find there what they find in the whole.

A finding about a pipe or point depends on what is joined to it, on what lies within a short reach of it, and on the
same of those. So rings are read about what was touched: what is joined, then all that lies along it, then twice what is
joined or stands at an end. The rows of the last rings are there for the inner ones; nothing is told of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.checks.city import PIPE_ENDS, REFERS_TO, City, Floats, RowsBuilder, assemble, number_ends
from jnw_desktop.facilities.checks.limits import RuleTable
from jnw_desktop.facilities.checks.loading import area_of, read_rows
from jnw_desktop.facilities.checks.parts import unfed_parts
from jnw_desktop.facilities.checks.topology import LINKS
from jnw_desktop.facilities.columns import rows_of
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY, ROW_CHANGES

FEW = 2_000  # touched facilities; of more the whole workspace is read, which is as quick
MANY = 30_000  # facilities about them
_ASKED = 400  # values in one IN (…): SQLite's old limit of variables is 999
_ROOM = 1.0  # metres beyond the widest reach of any rule

Fids = dict[str, set[int]]


def load_nearby(workspace: Workspace, table: RuleTable, since: int, task: Task = SILENT) -> City | None:
    """What change sets after number ``since`` touched and what lies about it; ``None`` where that is too much."""
    limits = table.limits
    reach = max(limits.near.value, limits.end.value, limits.join.value) + _ROOM
    with workspace.read() as connection:
        touched = _touched(connection, since)
        if sum(map(len, touched.values())) > FEW:
            return None
        rings = _Rings(workspace, connection, reach, touched)
        for along in (False, True, False, False):
            rings.widen(along=along)
            if rings.count > MANY:
                return None
        unfed = unfed_parts(workspace, connection, limits)
        if unfed is None:
            return None
        fids = touched | rings.fids
        fids["dma"] = set(connection.scalars(sa.select(KINDS["dma"].table.c.fid)))
        builders = _read(connection, fids, task)
    return assemble(builders, table, number_ends(builders), area=area_of(workspace.crs), unfed=unfed)


def _touched(connection: sa.Connection, since: int) -> Fids:
    found: Fids = {}
    for name, kind in KINDS.items():
        changed = sa.select(ROW_CHANGES.c.uid).where(
            ROW_CHANGES.c.change_set > since, ROW_CHANGES.c.table_name == kind.table.name
        )
        for where in (kind.table.c.born > since, kind.table.c.uid.in_(changed)):
            found.setdefault(name, set()).update(connection.scalars(sa.select(kind.table.c.fid).where(where)))
    return found


class _Rings:
    """Facilities by kind that pipes are made of or can end at, widened ring by ring from those that were touched."""

    def __init__(self, workspace: Workspace, connection: sa.Connection, reach: float, first: Fids) -> None:
        self._workspace = workspace
        self._connection = connection
        self._reach = reach
        self._fresh = {kind: set(first[kind]) for kind in ("pipe", *ENDS)}
        self.fids = {kind: set(fids) for kind, fids in self._fresh.items()}

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(map(len, self.fids.values()))

    def widen(self, *, along: bool) -> None:
        """Take in what is joined to the last ring and stands at its ends; ``along``: all that lies along any."""
        asked = self.fids if along else self._fresh
        found: Fids = {kind: set() for kind in self.fids}
        boxes: list[Floats] = []
        uids: list[str] = []
        named: set[str] = set()
        for kind, fids in asked.items():
            table = KINDS[kind].table
            ends = [table.c[name] for name in PIPE_ENDS if name in table.c]
            for _fid, uid, geometry, *refers in rows_of(
                self._connection, table, [table.c.uid, table.c[GEOMETRY], *ends], sorted(fids)
            ):
                named.update(name for name in refers if name)
                if kind != "pipe" and uid:
                    uids.append(uid)
                boxes.append(_boxes(geometry, self._reach, along=along))
        self._joined(found, uids, named)
        self._lying(found, np.concatenate(boxes) if boxes else np.zeros((0, 4)))
        self._fresh = {kind: fids - self.fids[kind] for kind, fids in found.items()}
        for kind, fids in self._fresh.items():
            self.fids[kind] |= fids

    def _joined(self, found: Fids, uids: Sequence[str], named: Iterable[str]) -> None:
        """What is named as an end, and what ends at facilities of ``uids``, and at what is named and is there."""
        there = set(uids)
        for some in _some_of(sorted(named)):
            for kind in ENDS:
                table = KINDS[kind].table
                for fid, uid in self._connection.execute(
                    sa.select(table.c.fid, table.c.uid).where(table.c.uid.in_(some))
                ):
                    found[kind].add(fid)
                    there.add(uid)
        for some in _some_of(sorted(there)):
            for kind in ("pipe", *LINKS):
                table = KINDS[kind].table
                for name in PIPE_ENDS:
                    ending = sa.select(table.c.fid).where(table.c[name].in_(some))
                    found[kind].update(self._connection.scalars(ending))

    def _lying(self, found: Fids, boxes: Floats) -> None:
        for box in np.unique(boxes, axis=0).tolist():
            for kind, fids in found.items():
                low_e, low_n, high_e, high_n = box
                within = self._workspace.fids_within(KINDS[kind].table, (low_e, low_n, high_e, high_n))
                fids.update(self._connection.scalars(within))


def _boxes(geometry: bytes | None, reach: float, *, along: bool) -> Floats:
    """(n, 4) boxes about the ends of a geometry, or ``along`` all of it, a segment each: a main crosses half a city."""
    if geometry is None:
        return np.zeros((0, 4))
    points = shapely.get_coordinates(shapely.from_wkb(geometry))
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return np.zeros((0, 4))
    first, last = points[[0, -1]], points[[0, -1]]
    if along and len(points) > 1:
        first, last = points[:-1], points[1:]
    return np.concatenate([np.minimum(first, last) - reach, np.maximum(first, last) + reach], axis=1)


def _read(connection: sa.Connection, fids: Fids, task: Task) -> Mapping[str, RowsBuilder]:
    """Rows of ``fids`` and what they refer to."""
    for kind in list(KINDS):
        table = KINDS[kind].table
        for name, wanted in REFERS_TO.items():
            column = table.c.get(name)
            if column is not None:
                uids = {uid for _fid, uid in rows_of(connection, table, [column], sorted(fids.get(kind, ()))) if uid}
                fids.setdefault(wanted, set()).update(_fids_of(connection, KINDS[wanted].table, sorted(uids)))
    builders = {}
    for kind in KINDS:
        builder = builders[kind] = RowsBuilder(kind)
        for some in _some_of(sorted(fids.get(kind, ()))):
            read_rows(connection, builder, task, 0.0, KINDS[kind].table.c.fid.in_(some))
    return builders


def _fids_of(connection: sa.Connection, table: sa.Table, uids: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for some in _some_of(uids):
        found.update(connection.scalars(sa.select(table.c.fid).where(table.c.uid.in_(some))))
    return found


def _some_of(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Values as many at a time as one question bears."""
    for first in range(0, len(values), _ASKED):
        yield values[first : first + _ASKED]
