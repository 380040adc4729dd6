"""What was recorded: the list of it, and how much of what was due was done, by month, task and person."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import find
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.due import CHUNK, WITHIN, due
from jnw_plugins.maintenance.fields import FIELDS
from jnw_plugins.maintenance.holding import Held, done_days, hold
from jnw_plugins.maintenance.model import PLAN, RECORD
from jnw_plugins.maintenance.scope import day_of, task_of

MOST = 1000  # records told at a time
MOST_MONTHS = 240


def listed(  # noqa: PLR0913 - what records can be asked for by
    workspace: Workspace,
    *,
    code: str | None = None,
    uid: str | None = None,
    of_task: str | None = None,
    result: str | None = None,
    by: str | None = None,
    since: str | None = None,
    until: str | None = None,
    limit: int | None = MOST,
) -> list[dict[str, Any]]:
    """Records, the latest first; ``code``: of that facility (or ``uid``). Raises UsageError, NoSuchRow."""
    columns = RECORD.c
    query = sa.select(RECORD).order_by(columns.date.desc(), columns.fid.desc())
    if code is not None:
        uid = find(workspace, code, None if of_task is None else task_of(of_task).kind).uid
    for column, value in (
        (columns.facility, uid),
        (columns.task, of_task),
        (columns.result, result),
        (columns.done_by, by),
    ):
        if value is not None:
            query = query.where(column == value)
    if since is not None:
        query = query.where(columns.date >= day_of(since).isoformat())
    if until is not None:
        query = query.where(columns.date <= day_of(until).isoformat())
    with workspace.read() as connection:
        rows = [dict(row) for row in connection.execute(query.limit(limit)).mappings()]
        names = _codes(connection, rows)
    said = [field.name for field in FIELDS]
    return [
        {"record": row["code"], "kind": row["facility_kind"], "facility": names.get(row["facility"]),
         "uid": row["facility"], "task": row["task"], **{name: row[name] for name in said}, "photo": row["photo"]}
        for row in rows
    ]  # fmt: skip


def _codes(connection: sa.Connection, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Codes of the facilities of records, by uid."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        wanted[row["facility_kind"]].add(row["facility"])
    found: dict[str, str] = {}
    for kind, uids in wanted.items():
        columns = KINDS[kind].table.c
        listed = sorted(uids)
        for low in range(0, len(listed), CHUNK):
            query = sa.select(columns.uid, columns.code).where(columns.uid.in_(listed[low : low + CHUNK]))
            found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def upkeep_of(workspace: Workspace, uid: str) -> dict[str, Any]:
    """All about one facility: what is ``due`` to it, now or later, and its ``records``, the latest first."""
    told = due(workspace, uid=uid, state="all", within=WITHIN)
    return {"due": told["facilities"], "records": listed(workspace, uid=uid)}


def report(
    workspace: Workspace, *, since: str | None = None, until: str | None = None, of_task: str | None = None
) -> dict[str, Any]:
    """How upkeep goes from the month of ``since`` to that of ``until`` (the last twelve).

    ``months``: what was due by a month's end as it began, and how many of these were done in it; of the facilities and
    plans as they are now. ``tasks``, ``people``: how many records, by their result. Raises UsageError.
    """
    last = np.datetime64(day_of(until), "M")
    first = np.datetime64(day_of(since), "M") if since is not None else last - 11
    if not 0 <= (last - first).astype(int) < MOST_MONTHS:
        raise UsageError(_("The report ends before it begins, or is too long."), _("Say since when, and until when."))
    tasks = [task_of(of_task)] if of_task is not None else list(rules.TASKS.values())
    months = np.arange(first, last + 1)
    with workspace.read() as connection:
        by_task = {one.id: list(_months(workspace, connection, one, months)) for one in tasks}
        days = first.astype("datetime64[D]"), (last + 1).astype("datetime64[D]")
        counted = _counted(connection, [one.id for one in tasks], *(day.astype(datetime.date) for day in days))
    planned = {name: rows for name, rows in by_task.items() if rows}
    totals = [
        _rate({"month": str(month), "due": sum(rows[at].due for rows in planned.values()),
               "done": sum(rows[at].done for rows in planned.values())})
        for at, month in enumerate(months)
    ]  # fmt: skip
    return {
        "since": str(first),
        "until": str(last),
        "months": totals,
        "tasks": [_of_task(one.id, planned.get(one.id, []), counted) for one in tasks
                  if one.id in planned or any(key[0] == one.id for key in counted)],
        "people": _people(counted),
    }  # fmt: skip


def _rate(row: dict[str, Any]) -> dict[str, Any]:
    """With the share done; null where nothing was due."""
    return row | {"completion": round(row["done"] / row["due"], 4) if row["due"] else None}


def _months(workspace: Workspace, connection: sa.Connection, task: rules.Task, months: Any) -> Iterator[rules.Month]:
    """The months of one task; none where it has no plan."""
    query = sa.select(PLAN).where(PLAN.c.task == task.id).order_by(PLAN.c.fid)
    plans = [dict(row) for row in connection.execute(query).mappings()]
    if not plans:
        return
    held = hold(workspace, connection, task, plans)
    ended = [rules.FAR if plan["ended"] is None else np.datetime64(plan["ended"], "D") for plan in plans]
    done = _events(held, *done_days(connection, task, held.keys))
    yield from rules.completion(done, len(held.last), months, list(zip(held.parts, ended, strict=True)))


def _events(held: Held, days: rules.Days, places: rules.Places) -> rules.Done:
    """All that was done: by the records ``days`` and ``places``, and the own dates of facilities without a record."""
    recorded = np.zeros(len(held.last), dtype=bool)
    recorded[places] = True
    own = np.flatnonzero(~recorded & ~np.isnat(held.last))
    every, where = np.concatenate([days, held.last[own]]), np.concatenate([places, own])
    order = np.argsort(every, kind="stable")
    return rules.Done(where[order], every[order])


Counted = dict[tuple[str, str, str], int]  # task, person, result


def _counted(connection: sa.Connection, tasks: list[str], first: datetime.date, after: datetime.date) -> Counted:
    keys = (RECORD.c.task, RECORD.c.done_by, RECORD.c.result)
    query = sa.select(*keys, sa.func.count()).where(
        RECORD.c.date >= first.isoformat(), RECORD.c.date < after.isoformat(), RECORD.c.task.in_(tasks)
    )
    return {(row[0], row[1] or "", row[2]): row[3] for row in connection.execute(query.group_by(*keys))}


def _results(counted: Counted, place: int, value: str) -> dict[str, int]:
    return {
        result: sum(count for key, count in counted.items() if key[place] == value and key[2] == result)
        for result in rules.RESULTS
    }


def _of_task(task: str, months: list[rules.Month], counted: Counted) -> dict[str, Any]:
    """Of a task: the sum of what was done when it was due, what is still owed by the last month, its records."""
    owed = months[-1].due - months[-1].done if months else 0
    return {"task": task, "done": sum(month.done for month in months), "owed": owed} | _results(counted, 0, task)


def _people(counted: Counted) -> list[dict[str, Any]]:
    """Who recorded how much, the most first."""
    rows = [{"by": name} | _results(counted, 1, name) for name in sorted({key[1] for key in counted})]
    told = [row | {"total": sum(int(row[result]) for result in rules.RESULTS)} for row in rows]
    return sorted(told, key=lambda row: -row["total"])
