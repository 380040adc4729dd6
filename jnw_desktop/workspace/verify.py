"""Proof of integrity: the storage, the chain of change sets, and references from one row to another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace.home import Home
from jnw_desktop.workspace.record import chained, digest
from jnw_desktop.workspace.tables import CHANGE_SETS, recorded_tables


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. ``part``: storage, history or rows; ``where``: a table or change set."""

    part: str
    where: str
    message: str


def problems(connection: sa.Connection, home: Home, task: Task) -> list[Problem]:
    """Everything that is wrong with a workspace; empty when it is whole."""
    found = [Problem("storage", "", text) for text in home.problems(task)]
    found += _history(connection, task)
    found += _rows(connection)
    task.progress(1.0)
    return found


def _history(connection: sa.Connection, task: Task) -> Iterator[Problem]:
    rows = connection.execute(sa.select(CHANGE_SETS).order_by(CHANGE_SETS.c.id)).mappings().all()
    last = ""
    for expected, row in enumerate(rows, start=1):
        task.progress(0.5 + 0.4 * expected / len(rows), _("Checking the history"))
        where = str(row["id"])
        if row["id"] != expected:
            yield Problem("history", where, _("A change set before this one is missing."))
            return
        if row["digest"] != digest(connection, row["id"], json.loads(row["inserted"] or "{}")):
            yield Problem("history", where, _("What this change set recorded has been altered."))
        if row["hash"] != chained(last, dict(row)):
            yield Problem("history", where, _("This change set, or one before it, has been altered."))
            return
        last = row["hash"]


def _rows(connection: sa.Connection) -> Iterator[Problem]:
    there = set(sa.inspect(connection).get_table_names())
    last = connection.scalar(sa.select(sa.func.max(CHANGE_SETS.c.id))) or 0
    for table in recorded_tables():
        if table.name not in there:
            continue
        nameless = sa.select(sa.func.count()).select_from(table).where(table.c.uid.is_(None))
        if count := connection.scalar(nameless):
            message = _("{count} rows of another program are not adopted yet.").format(count=count)
            yield Problem("rows", table.name, message)
        unborn = sa.select(sa.func.count()).select_from(table).where(table.c.born > last)
        if count := connection.scalar(unborn):
            message = _("{count} rows belong to no change set.").format(count=count)
            yield Problem("rows", table.name, message)
