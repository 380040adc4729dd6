"""What happened, newest first, and what undo and redo would take back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace.change import AT_ONCE, BULK, Change
from jnw_desktop.workspace.errors import NoSuchTable
from jnw_desktop.workspace.record import rows_of
from jnw_desktop.workspace.tables import CHANGE_SETS, EVENT, ORIGIN, ROW_CHANGES, recorded_tables


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


def called(kind: str, why: str) -> str:
    """What a change set is called: one that takes another back or makes it again bears the other's words."""
    if kind == "undo":
        return _("Undone: {why}").format(why=why)
    return _("Done again: {why}").format(why=why) if kind == "redo" else why


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
    """Change sets that can be undone and undos that can be redone, each with the next one last.

    An event is in neither: what is undone is the edit before it, and an undone edit can be redone after it.
    """
    undo: list[int] = []
    redo: list[int] = []
    query = sa.select(CHANGE_SETS.c.id, CHANGE_SETS.c.kind, CHANGE_SETS.c.reverses).where(CHANGE_SETS.c.kind != EVENT)
    for number, kind, reverses in connection.execute(query.order_by(CHANGE_SETS.c.id)):
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


def origin(connection: sa.Connection) -> int:
    """The change set that filled the workspace when it was made, which undo leaves alone; 0 where there is none."""
    return connection.scalar(sa.select(sa.func.max(CHANGE_SETS.c.id)).where(CHANGE_SETS.c.kind == ORIGIN)) or 0


def rows_touched(connection: sa.Connection, number: int) -> int:
    """How many rows the change set ``number`` inserted, updated, deleted or restored."""
    recorded = sa.select(sa.func.count()).where(ROW_CHANGES.c.change_set == number)
    return (connection.scalar(recorded) or 0) + sum(_inserted(connection, number).values())


def reverse(change: Change, number: int, task: Task = SILENT) -> None:
    """Within ``change``, take back the change set ``number``: the newest whose effect still stands.

    Rows go and come back many at a time. Raises NoSuchTable where a plugin that keeps one of the tables is not here.
    """
    connection = change.connection
    total, done = rows_touched(connection, number) or 1, 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        task.progress(min(done / total, 1.0), _("Taking back"))

    for run in _runs(connection, number):
        table = _table(run.table)
        if run.operation == "restore":
            change.remove(table, table.c.uid.in_(run.within(number, sa.select(ROW_CHANGES.c.uid))), step)
        else:
            _restore(change, number, run, step)
    for name in _inserted(connection, number):
        table = _table(name)
        change.remove(table, table.c.born == number, step)


def _restore(change: Change, number: int, run: _Run, step: Callable[[int], None]) -> None:
    """Put back what a run of updates or deletes recorded."""
    table = _table(run.table)
    standing = sa.select(sa.func.count()).where(table.c.uid.in_(run.within(number, sa.select(ROW_CHANGES.c.uid))))
    parts = _parts(change.connection, table, number, run, step)
    if run.operation == "delete" and run.last - run.first >= BULK and not change.connection.scalar(standing):
        change.bring_back(table, parts, run.last - run.first + 1)
    else:
        for rows in parts:
            change.restore_rows(table, rows)


def _parts(
    connection: sa.Connection, table: sa.Table, number: int, run: _Run, step: Callable[[int], None]
) -> Iterator[list[dict[str, Any]]]:
    """The rows before a run, the last first, a part at a time; what its change set itself inserted is left out."""
    newest_first = run.within(number, sa.select(ROW_CHANGES.c.id, ROW_CHANGES.c.before)).order_by(
        ROW_CHANGES.c.id.desc()
    )
    page = connection.execute(newest_first.limit(AT_ONCE)).all()
    while page:
        before = rows_of(table, [record.before for record in page])
        # What this change set itself inserted goes as a whole afterwards.
        if kept := [row for row in before if row.get("born") != number]:
            yield kept
        step(len(page))
        page = connection.execute(newest_first.where(ROW_CHANGES.c.id < page[-1].id).limit(AT_ONCE)).all()


@dataclass
class _Run:
    """Records of one change set that follow each other: one table, one operation, no uid twice."""

    table: str
    operation: str
    first: int
    last: int

    def within(self, number: int, query: sa.Select[Any]) -> sa.Select[Any]:
        """``query`` of just these records of the change set ``number``."""
        return query.where(ROW_CHANGES.c.change_set == number, ROW_CHANGES.c.id.between(self.first, self.last))


def _runs(connection: sa.Connection, number: int) -> list[_Run]:
    """The runs of a change set, last first."""
    columns = (ROW_CHANGES.c.id, ROW_CHANGES.c.table_name, ROW_CHANGES.c.operation, ROW_CHANGES.c.uid)
    query = sa.select(*columns).where(ROW_CHANGES.c.change_set == number).order_by(ROW_CHANGES.c.id.desc())
    runs: list[_Run] = []
    uids: set[str] = set()
    for key, table, operation, uid in connection.execute(query):
        if runs and (runs[-1].table, runs[-1].operation) == (table, operation) and uid not in uids:
            runs[-1].first = key
        else:
            runs.append(_Run(table, operation, key, key))
            uids.clear()
        uids.add(uid)
    return runs


def _inserted(connection: sa.Connection, number: int) -> dict[str, int]:
    """Rows inserted by a change set, by table."""
    text = connection.scalar(sa.select(CHANGE_SETS.c.inserted).where(CHANGE_SETS.c.id == number))
    counts: dict[str, int] = json.loads(text or "{}")
    return counts


def _table(name: str) -> sa.Table:
    """The recorded table of that name. Raises NoSuchTable."""
    table = next((table for table in recorded_tables() if table.name == name), None)
    if table is None:
        raise _plugin_missing(name)
    return table


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
    query = sa.select(CHANGE_SETS.c.id).where(CHANGE_SETS.c.kind.not_in(("undo", "redo", EVENT)))
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
