"""Rows that QGIS, QField or another program changed: found, given what they lack, and kept as one change set."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from jnw_desktop.workspace.change import Change
from jnw_desktop.workspace.codes import make_codes
from jnw_desktop.workspace.geometry import Geometry
from jnw_desktop.workspace.tables import GEOMETRY, OUTSIDE, recorded_tables

Row = dict[str, Any]


def waiting(connection: sa.Connection) -> bool:
    """Whether another program has changed rows that are not adopted yet."""
    return connection.scalar(_noted().with_only_columns(OUTSIDE.c.id).limit(1)) is not None


def _noted() -> sa.Select[Any]:
    """What the triggers noted of tables that are declared; of a plugin that is not here it waits until it is."""
    return sa.select(OUTSIDE).where(OUTSIDE.c.table_name.in_([table.name for table in recorded_tables()]))


def adopt(change: Change) -> None:
    """Record within ``change`` what the triggers noted: for each row its first state before and its state now."""
    connection = change.connection
    tables = {table.name: table for table in recorded_tables()}
    for (name, fid), before in _first(connection, list(tables)).items():
        _adopt_row(change, tables[name], fid, _stored(change.noted_geometry, tables[name], before))
    connection.execute(sa.delete(OUTSIDE).where(OUTSIDE.c.table_name.in_(list(tables))))


def outside_rows(
    connection: sa.Connection, table: sa.Table, noted_geometry: Callable[[str], bytes | None]
) -> list[tuple[int, Row | None, Row | None]]:
    """Rows of ``table`` that wait to be adopted: fid, the row before it was first touched, and the row now.

    ``None``: there was, or is, none.
    """
    found = []
    for (_name, fid), before in _first(connection, [table.name]).items():
        now = connection.execute(sa.select(table).where(table.c.fid == fid)).mappings().first()
        earlier = _stored(noted_geometry, table, before)
        if earlier is not None and earlier.get("uid") is None:
            earlier = None  # what was drawn and then changed was drawn
        found.append((fid, earlier, dict(now) if now is not None else None))
    return found


def _first(connection: sa.Connection, names: list[str]) -> dict[tuple[str, int], Row | None]:
    """Table and fid of every row that was noted, with what it was before the first note; ``None``: it was not."""
    first: dict[tuple[str, int], Row | None] = {}
    for row in connection.execute(sa.select(OUTSIDE).where(OUTSIDE.c.table_name.in_(names)).order_by(OUTSIDE.c.id)):
        first.setdefault((row.table_name, row.row_fid), json.loads(row.before) if row.before else None)
    return first


def _adopt_row(change: Change, table: sa.Table, fid: int, before: dict[str, Any] | None) -> None:
    connection = change.connection
    now = connection.execute(sa.select(table).where(table.c.fid == fid)).mappings().first()
    if before is None or before.get("uid") is None:
        if now is not None:
            made = {"uid": now["uid"] or str(uuid.uuid4()), "code": now["code"], "version": 1, "born": change.id}
            made["code"] = made["code"] or make_codes(connection, table, 1)[0]
            connection.execute(sa.update(table).where(table.c.fid == fid).values(made))
            change.note_inserted(table, [made["uid"]], [now.get(GEOMETRY)])
    elif now is None:
        change.note_earlier(table, "delete", before)
    else:
        kept = {"uid": before["uid"], "version": before["version"] + 1, "born": before["born"]}
        kept["code"] = now["code"] or before["code"]
        connection.execute(sa.update(table).where(table.c.fid == fid).values(kept))
        change.note_earlier(table, "update", before, now.get(GEOMETRY))


def _stored(noted_geometry: Callable[[str], bytes | None], table: sa.Table, before: Row | None) -> Row | None:
    """A row as a trigger wrote it: geometry in hex, truth values as numbers on a GeoPackage."""
    if before is None:
        return None
    for column in table.c:
        value = before.get(column.name)
        if value is None:
            continue
        if isinstance(column.type, Geometry):
            before[column.name] = noted_geometry(value)
        elif isinstance(column.type, sa.Boolean):
            before[column.name] = bool(value)
    return before
