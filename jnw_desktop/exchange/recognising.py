"""Rows without a code that come in again: known by standing in the very place with the very attributes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.exchange.layer import Objects
from jnw_desktop.exchange.matching import SAME_PLACE, plain_value
from jnw_desktop.facilities.kinds import Kind
from jnw_desktop.facilities.topology import gather
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.change import Change
from jnw_desktop.workspace.tables import GEOMETRY

ASKED = 500  # rows in one question to the database
_IDENTITY = ("uid", "code")


def recognise(
    workspace: Workspace, change: Change, kind: Kind, columns: dict[str, Any], shapes: Objects, taken: set[str],
) -> tuple[Objects, int]:  # fmt: skip
    """For n rows without code or uid the uid of the facility each is, ``None`` where it is none that is there.

    A facility is one row at most: of forty customers in one house a second import knows forty. What a row does not say
    is not compared. ``taken`` are uids that other rows of the file are; what ``change`` has inserted is none of them.
    The second value counts rows that are new but lie exactly where a facility of the kind does.
    """
    found = np.full(len(shapes), None, dtype=object)
    there = _around(workspace, change, kind, shapes)
    there = [row for row in there if row[0] not in taken]
    if not there:
        return found, 0
    mine, theirs = _places(shapes, shapely.from_wkb(np.array([row[2] for row in there], dtype=object)))
    shared = set(mine) & set(theirs)
    rows = [at for at, place in enumerate(mine) if place in shared]
    at_place: dict[bytes, list[dict[str, Any]]] = defaultdict(list)
    near = {row[1]: place for row, place in zip(there, theirs, strict=True) if place in shared}
    for before in _rows(change.connection, kind.table, list(near)):
        at_place[near[before["fid"]]].append(before)
    _pair(rows, mine, columns, at_place, found)
    return found, sum(found[at] is None for at in rows)


def _around(workspace: Workspace, change: Change, kind: Kind, shapes: Objects) -> list[Any]:
    """uid, fid and geometry of what was there before ``change`` within the bounds of ``shapes``."""
    table = kind.table
    low_e, low_n, high_e, high_n = shapely.total_bounds(shapes).tolist()
    bounds = (low_e - SAME_PLACE, low_n - SAME_PLACE, high_e + SAME_PLACE, high_n + SAME_PLACE)
    query = sa.select(table.c.uid, table.c.fid, table.c[GEOMETRY])
    query = query.where(table.c.born.is_(None) | (table.c.born < change.id))
    return list(change.connection.execute(query.where(table.c.fid.in_(workspace.fids_within(table, bounds)))))


def _places(shapes: Objects, there: Objects) -> tuple[list[bytes], list[bytes]]:
    """For every shape the places of its vertices, one after the other; vertices within ``SAME_PLACE`` share a place."""
    both = np.concatenate([shapes, there])
    place, _where = gather(shapely.get_coordinates(both), SAME_PLACE)
    stops = np.cumsum(shapely.get_num_coordinates(both))
    keys = [some.tobytes() for some in np.split(place, stops[:-1])]
    return keys[: len(shapes)], keys[len(shapes) :]


def _rows(connection: sa.Connection, table: sa.Table, fids: Sequence[int]) -> Iterator[dict[str, Any]]:
    for first in range(0, len(fids), ASKED):
        query = sa.select(table).where(table.c.fid.in_(fids[first : first + ASKED])).order_by(table.c.fid)
        yield from map(dict, connection.execute(query).mappings())


def _pair(
    rows: list[int], places: list[bytes], columns: dict[str, Any], there: dict[bytes, list[dict[str, Any]]],
    found: Objects,
) -> None:  # fmt: skip
    """Give each of ``rows`` a facility at its place that says the same; rows that say the same fields go together."""
    names = [name for name in columns if name not in _IDENTITY]
    alike: dict[tuple[str, ...], list[tuple[int, tuple[Any, ...]]]] = defaultdict(list)
    for at in rows:
        said = {name: value for name in names if (value := _compared(columns[name][at])) is not None}
        alike[tuple(said)].append((at, tuple(said.values())))
    gone: set[str] = set()
    for fields in sorted(alike, key=len, reverse=True):  # who says more chooses first
        waiting: dict[Any, list[str]] = defaultdict(list)
        for place in {places[at] for at, _values in alike[fields]}:
            for before in reversed(there[place]):
                if before["uid"] not in gone:
                    waiting[place, tuple(_compared(before[name]) for name in fields)].append(before["uid"])
        for at, values in alike[fields]:
            if some := waiting.get((places[at], values)):
                found[at] = some.pop()
                gone.add(found[at])


def _compared(value: Any) -> Any:
    """A value as it is compared: numbers to nine figures, which no arithmetic on the way disturbs."""
    value = plain_value(value)
    return float(f"{value:.9g}") if isinstance(value, int | float) else value
