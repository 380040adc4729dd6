"""What happened, newest first, and what undo and redo would take back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from jnw_desktop.language import _
from jnw_desktop.workspace.change import Change
from jnw_desktop.workspace.errors import NoSuchTable
from jnw_desktop.workspace.record import row_of
from jnw_desktop.workspace.tables import CHANGE_SETS, ROW_CHANGES, recorded_tables


@dataclass(frozen=True)
class ChangeSet:
    """One transaction of the past; ``inserted``, ``updated``, ``deleted``: rows by table."""

    id: int
    who: str
    at: str
    why: str
    kind: str
    inserted: dict[str, int]
    updated: dict[str, int]
    deleted: dict[str, int]
    undone: bool


def change_sets(connection: sa.Connection, uid: str | None = None, limit: int = 200) -> list[ChangeSet]:
    """The newest ``limit`` change sets, or only those that touched the row ``uid``."""
    query = sa.select(CHANGE_SETS).order_by(CHANGE_SETS.c.id.desc()).limit(limit)
    if uid is not None:
        query = query.where(CHANGE_SETS.c.id.in_(_touching(connection, uid)))
    rows = connection.execute(query).mappings().all()
    counts = _counts(connection, [row["id"] for row in rows])
    undone = set(_undone(connection))
    return [
        ChangeSet(
            row["id"],
            row["who"],
            row["at"],
            row["why"],
            row["kind"],
            json.loads(row["inserted"] or "{}"),
            counts.get((row["id"], "update"), {}),
            counts.get((row["id"], "delete"), {}),
            row["id"] in undone,
        )
        for row in rows
    ]


def stacks(connection: sa.Connection) -> tuple[list[int], list[int]]:
    """Change sets that can be undone and undos that can be redone, each with the next one last."""
    undo: list[int] = []
    redo: list[int] = []
    query = sa.select(CHANGE_SETS.c.id, CHANGE_SETS.c.kind, CHANGE_SETS.c.reverses).order_by(CHANGE_SETS.c.id)
    for number, kind, reverses in connection.execute(query):
        if kind == "undo":
            undo.remove(reverses)  # the last one, unless a single past change was taken back
            redo.append(number)
        elif kind == "redo":
            redo.pop()
            undo.append(number)
        else:
            undo.append(number)
            redo.clear()
    return undo, redo


def reverse(change: Change, number: int) -> None:
    """Within ``change``, take back the change set ``number``: the newest whose effect still stands."""
    tables = {table.name: table for table in recorded_tables()}
    query = sa.select(ROW_CHANGES).where(ROW_CHANGES.c.change_set == number).order_by(ROW_CHANGES.c.id.desc())
    for row in change.connection.execute(query).all():
        table = tables.get(row.table_name)
        if table is None:
            raise _plugin_missing(row.table_name)
        if row.operation == "restore":
            change.delete(table, row.uid)
        else:
            change.restore(table, row_of(table, row.before))
    inserted = change.connection.scalar(sa.select(CHANGE_SETS.c.inserted).where(CHANGE_SETS.c.id == number))
    for name in json.loads(inserted or "{}"):
        table = tables.get(name)
        if table is None:
            raise _plugin_missing(name)
        for uid in change.connection.scalars(sa.select(table.c.uid).where(table.c.born == number)).all():
            change.delete(table, uid)


def _plugin_missing(table: str) -> NoSuchTable:
    return NoSuchTable(
        _("The change cannot be taken back: it touched {table}, which belongs to a plugin that is not here.").format(
            table=table
        ),
        _("Install the plugin again (jnw plugins lists those that are here), then undo."),
    )


def _undone(connection: sa.Connection) -> Iterator[int]:
    """Change sets taken back by an undo that was not redone."""
    standing = standing_sets(connection)
    query = sa.select(CHANGE_SETS.c.id).where(CHANGE_SETS.c.kind.not_in(("undo", "redo")))
    yield from (number for number in connection.scalars(query) if number not in standing)


def standing_sets(connection: sa.Connection) -> dict[int, int]:
    """Changes whose effect stands: number of each, and of the change set (itself or its last redo) that holds it."""
    undo, _redo = stacks(connection)
    reverses = {row.id: row.reverses for row in connection.execute(sa.select(CHANGE_SETS.c.id, CHANGE_SETS.c.reverses))}
    holding: dict[int, int] = {}
    for number in undo:
        origin = number
        while reverses.get(origin):  # a redo stands for the change set its undo took back
            origin = int(reverses[origin])
        holding[origin] = number
    return holding


def _touching(connection: sa.Connection, uid: str) -> list[int]:
    found = set(connection.scalars(sa.select(ROW_CHANGES.c.change_set).where(ROW_CHANGES.c.uid == uid)))
    for before in connection.scalars(sa.select(ROW_CHANGES.c.before).where(ROW_CHANGES.c.uid == uid)):
        found.add(json.loads(before).get("born"))
    for table in recorded_tables():
        if table.name in _present(connection):
            found.update(connection.scalars(sa.select(table.c.born).where(table.c.uid == uid)))
    return [number for number in found if number is not None]


def _present(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def _counts(connection: sa.Connection, numbers: list[int]) -> dict[tuple[int, str], dict[str, int]]:
    columns = (ROW_CHANGES.c.change_set, ROW_CHANGES.c.operation, ROW_CHANGES.c.table_name)
    query = sa.select(*columns, sa.func.count()).where(ROW_CHANGES.c.change_set.in_(numbers)).group_by(*columns)
    counts: dict[tuple[int, str], dict[str, int]] = {}
    for number, operation, table, rows in connection.execute(query):
        counts.setdefault((number, operation), {})[table] = rows
    return counts
