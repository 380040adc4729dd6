"""The record of changes: rows as JSON, and a chain of hashes that shows whether the record was altered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import sqlalchemy as sa

from jnw_desktop.workspace.geometry import Geometry
from jnw_desktop.workspace.tables import CHANGE_SETS, ROW_CHANGES

AT_ONCE = 50_000  # uids taken out of a result: by the row takes five times as long
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_SEALED = ("id", "who", "at", "why", "kind", "reverses", "inserted", "digest")


def told(row: Mapping[str, Any]) -> str:
    """A row as the record holds it: JSON, geometry as WKB in hex."""
    return _JSON.encode({name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()})


def rows_of(table: sa.Table, texts: Sequence[str]) -> list[dict[str, Any]]:
    """The rows that :func:`told` wrote; columns that the table has no more are left out."""
    rows: list[dict[str, Any]] = json.loads(f"[{','.join(texts)}]")
    names = set(table.c.keys())
    shapes = [column.name for column in table.c if isinstance(column.type, Geometry)]
    for row in rows:
        for name in row.keys() - names:
            del row[name]
        for name in shapes:
            if row.get(name) is not None:
                row[name] = bytes.fromhex(row[name])
    return rows


def row_of(table: sa.Table, text: str) -> dict[str, Any]:
    """The one row that :func:`told` wrote."""
    return rows_of(table, [text])[0]


def seal(connection: sa.Connection, change_set: int, inserted: Mapping[str, int]) -> None:
    """Write counts, digest and hash of a change set; its hash takes in the hash of the one before."""
    values: dict[str, Any] = {
        "inserted": json.dumps(dict(sorted(inserted.items()))),
        "digest": digest(connection, change_set, inserted),
    }
    where = CHANGE_SETS.c.id == change_set
    row = dict(connection.execute(sa.select(CHANGE_SETS).where(where)).mappings().one()) | values
    last = connection.scalar(sa.select(CHANGE_SETS.c.hash).where(CHANGE_SETS.c.id == change_set - 1)) or ""
    connection.execute(sa.update(CHANGE_SETS).where(where).values(**values, hash=chained(last, row)))


def chained(last: str, row: Mapping[str, Any]) -> str:
    """The hash of a change set's row and of the hash before it."""
    body = json.dumps([last, *(row[name] for name in _SEALED)], ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()


def digest(connection: sa.Connection, change_set: int, tables: Iterable[str]) -> str:
    """SHA-256 of what a change set recorded: the rows before, and the uids it inserted into ``tables``."""
    sha = hashlib.sha256()
    changes = sa.select(ROW_CHANGES).where(ROW_CHANGES.c.change_set == change_set).order_by(ROW_CHANGES.c.id)
    for row in connection.execute(changes):
        sha.update("\x1f".join((row.table_name, row.uid, row.operation, row.before)).encode())
    for name in sorted(tables):
        sha.update(f"\x1e{name}".encode())
        sha.update("\x1f".join(_born(connection, change_set, name)).encode())
    return sha.hexdigest()


def _born(connection: sa.Connection, change_set: int, name: str) -> list[str]:
    """The uids a change set inserted, in order: those that still are, and those whose removal is recorded."""
    standing: list[str] = []
    # By its name alone: a table whose plugin is not here is proven as well.
    table = sa.table(name, sa.column("uid", sa.Text), sa.column("born", sa.Integer))
    if sa.inspect(connection).has_table(name):
        asked = sa.select(table.c.uid).where(table.c.born == change_set)
        standing = list(chain.from_iterable(connection.scalars(asked).partitions(AT_ONCE)))
    removed = sa.select(ROW_CHANGES.c.uid, ROW_CHANGES.c.before).where(
        ROW_CHANGES.c.table_name == name, ROW_CHANGES.c.operation == "delete", ROW_CHANGES.c.change_set > change_set
    )
    gone = {uid for uid, before in connection.execute(removed) if json.loads(before).get("born") == change_set}
    return sorted([*standing, *gone.difference(standing)] if gone else standing)
