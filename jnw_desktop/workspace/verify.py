"""Proof of integrity: the storage, the chain of change sets, and references from one row to another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace.copying import FILES_AT_ONCE
from jnw_desktop.workspace.home import Home
from jnw_desktop.workspace.record import chained, digest
from jnw_desktop.workspace.tables import CHANGE_SETS, CONTENTS, recorded_tables


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
    found += _contents(connection)
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


def _contents(connection: sa.Connection) -> Iterator[Problem]:
    """Files are what their hash says, and those that rows name are there."""
    there: set[str] = set()
    if not sa.inspect(connection).has_table(CONTENTS.name):
        return
    query = sa.select(CONTENTS.c.sha256, CONTENTS.c.content)
    for sha256, content in connection.execute(query, execution_options={"yield_per": FILES_AT_ONCE}):
        there.add(sha256)
        if hashlib.sha256(content or b"").hexdigest() != sha256:
            yield Problem("contents", sha256, _("The file kept under this hash has been altered."))
    for table in recorded_tables():
        if not sa.inspect(connection).has_table(table.name):
            continue
        for column in (column for column in table.c if column.info.get("content")):
            for code, sha256 in connection.execute(sa.select(table.c.code, column).where(column.is_not(None))):
                if sha256 not in there:
                    yield Problem("contents", f"{table.name} {code}", _("The file it names is missing."))


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
