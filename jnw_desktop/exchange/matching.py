"""Rows that come in again: which facility each is, by uid or code, and whether it says anything new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.exchange.layer import Objects
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.workspace.tables import GEOMETRY

ASKED = 500  # values in one question to the database
SAME_PLACE = 1e-4  # metres: the noise of going through another CRS and back is far below, no survey is above
SAME_NUMBER = 1e-9  # relative
FAR = 100.0  # metres: no correction of a survey moves a facility so far


@dataclass(frozen=True)
class Match:
    """For n rows: the uid each has in the workspace (``None``: new), and for known ones what differs.

    ``changes``: by row, the fields to set (geometry as WKB among them); a known row that is missing there is unchanged.
    ``far``: known rows that would move more than ``FAR``.
    """

    uid: Objects
    changes: dict[int, dict[str, Any]]
    far: int = 0

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Rows that are in the workspace."""
        return np.array([uid is not None for uid in self.uid], dtype=bool)


def match(connection: sa.Connection, kind: Kind, columns: dict[str, Any], shapes: Objects) -> Match:
    """Compare rows with what the workspace holds. What the file does not say is not erased."""
    uids = np.full(len(shapes), None, dtype=object)
    changes: dict[int, dict[str, Any]] = {}
    far = 0
    table = kind.table
    if connection.scalar(sa.select(table.c.fid).limit(1)) is None:
        return Match(uids, changes)
    for name in ("uid", "code"):
        if name in columns:
            rows = {value: at for at, value in enumerate(columns[name]) if value is not None and uids[at] is None}
            for before in _those(connection, table, name, list(rows)):
                at = rows[before[name]]
                uids[at] = before["uid"]
                changed = _changed(kind, before, columns, at, shapes[at])
                if changed:
                    changes[at] = changed
                if GEOMETRY in changed and before[GEOMETRY] is not None:
                    far += bool(shapely.distance(shapely.from_wkb(before[GEOMETRY]), shapes[at]) > FAR)
    return Match(uids, changes, far)


def _those(connection: sa.Connection, table: sa.Table, name: str, values: list[str]) -> Iterator[dict[str, Any]]:
    for first in range(0, len(values), ASKED):
        query = sa.select(table).where(table.c[name].in_(values[first : first + ASKED]))
        yield from map(dict, connection.execute(query).mappings())


def _changed(kind: Kind, before: dict[str, Any], columns: dict[str, Any], at: int, shape: Any) -> dict[str, Any]:
    changed = {}
    for name, values in columns.items():
        if name == "uid" or (name == "code" and values[at] is None):
            continue
        value = plain_value(values[at])
        if value is not None and not _same(value, before.get(name)):
            changed[name] = value
    there = None if before[GEOMETRY] is None else shapely.from_wkb(before[GEOMETRY])
    if kind.geometry.startswith("MULTI"):
        shape = shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape
        shape = shapely.multilinestrings([shape]) if shape.geom_type == "LineString" else shape
    if there is None or not shapely.equals_exact(there, shape, SAME_PLACE):
        changed[GEOMETRY] = shapely.to_wkb(shape)
    return changed


def plain_value(value: Any) -> Any:
    """A value out of an array: unknown numbers as ``None``, numpy's types as Python's."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - only NaN differs from itself


def _same(new: Any, old: Any) -> bool:
    if isinstance(new, int | float) and isinstance(old, int | float):
        return abs(new - old) <= SAME_NUMBER * max(1.0, abs(old))
    return bool(new == old)


def resolve(connection: sa.Connection, kinds: Sequence[str], named: Sequence[str | None]) -> Objects:
    """Uids of facilities of ``kinds`` that ``named`` mean, by ``kind:code``, code or uid; ``None`` where none is."""
    wanted = {name for name in named if name is not None}
    bare = {name: name for name in wanted if ":" not in name}
    told = [name for name in wanted if ":" in name]
    found: dict[str, str] = {}
    for kind in reversed(kinds):  # the first kind that knows a name has the last word
        table = KINDS[kind].table
        if connection.scalar(sa.select(table.c.fid).limit(1)) is None:
            continue
        plain = bare
        if any(name.startswith(f"{kind}:") for name in told):
            plain = bare | {name.removeprefix(f"{kind}:"): name for name in told if name.startswith(f"{kind}:")}
        for value, uid in _pairs(connection, table, plain):
            found[plain[value]] = uid
    uids = np.full(len(named), None, dtype=object)
    uids[:] = [None if name is None else found.get(name) for name in named]
    return uids


def _pairs(connection: sa.Connection, table: sa.Table, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Those of ``values`` that are a uid or code of the table, each with the uid; by code last."""
    some = list(values)
    query = sa.select(table.c.code, table.c.uid)
    if len(some) > 20 * ASKED:  # one way through the table is faster than many questions
        rows = [(code, uid) for code, uid in connection.execute(query) if code in values or uid in values]
        yield from ((uid, uid) for _code, uid in rows if uid in values)
        yield from ((code, uid) for code, uid in rows if code in values)
        return
    for name in ("uid", "code"):
        for first in range(0, len(some), ASKED):
            asked = sa.select(table.c[name], table.c.uid).where(table.c[name].in_(some[first : first + ASKED]))
            yield from map(tuple, connection.execute(asked))
