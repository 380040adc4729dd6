"""The facilities that the plans of a task hold, and when each was last done: whole columns, as arrays."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.columns import ROWS, key_columns_where
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY
from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.model import PLAN, RECORD
from jnw_plugins.maintenance.scope import Condition, no_plan, scope_of

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Held:
    """The facilities that the plans of one task hold, each once: ``fids`` and ``keys`` of their uids, ascending fids.

    ``last``: when each was last done; ``parts``: what each of ``plans`` holds of them.
    """

    task: rules.Task
    fids: npt.NDArray[np.int64]
    keys: npt.NDArray[np.uint64]
    last: rules.Days
    plans: list[dict[str, Any]]
    parts: list[rules.Part]


def plans_in_force(
    connection: sa.Connection, day: datetime.date, task: str | None = None, code: str | None = None
) -> list[dict[str, Any]]:
    """The plans that have not ended on ``day``. Raises NoSuchRow when ``code`` names none at all."""
    query = sa.select(PLAN).order_by(PLAN.c.fid)
    if task is not None:
        query = query.where(PLAN.c.task == task)
    if code is not None:
        query = query.where(PLAN.c.code == code)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if code is not None and not rows:
        raise no_plan(code)
    return [row for row in rows if row["ended"] is None or row["ended"] >= day.isoformat()]


def day_number(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A date column as a number, 20261125; 0 where it is unknown. The same on both homes."""
    plain = sa.func.replace(sa.cast(column, sa.Text), "-", "")
    return sa.func.coalesce(sa.cast(sa.func.nullif(plain, ""), sa.Integer), 0)


def days_of(numbers: Numbers) -> rules.Days:
    """Numbers as ``day_number`` makes them as days; 0 is NaT."""
    whole = numbers.astype(np.int64)
    month = (whole // 10000 - 1970) * 12 + whole // 100 % 100 - 1
    days: rules.Days = month.astype("datetime64[M]").astype("datetime64[D]") + (whole % 100 - 1).astype(
        "timedelta64[D]"
    )
    days[whole == 0] = np.datetime64("NaT", "D")
    return days


def hold(
    workspace: Workspace,
    connection: sa.Connection,
    task: rules.Task,
    plans: list[dict[str, Any]],
    narrowed: Sequence[Condition] = (),
    uid: str | None = None,
) -> Held:
    """The facilities that ``plans`` of a task hold, as far as they meet ``narrowed``; ``uid``: none but this one."""
    table = KINDS[task.kind].table
    own = sa.literal(0) if task.own_date is None else day_number(table.c[task.own_date])
    read = [_read(workspace, connection, table, own, plan, narrowed) for plan in plans]
    every = np.concatenate([part[0] for part in read]) if read else np.zeros(0, dtype=np.int64)
    fids, first = np.unique(every, return_index=True)

    def column(place: int, kind: type) -> npt.NDArray[Any]:
        return np.concatenate([part[place] for part in read])[first] if read else np.zeros(0, dtype=kind)

    keys, last = column(1, np.uint64), days_of(column(2, np.float64))
    days, of = done_days(connection, task, keys, uid)
    recorded = np.full(len(fids), np.datetime64("NaT", "D"))
    recorded[of] = days  # in the order of time: the latest stays
    parts = [
        rules.Part(np.searchsorted(fids, part[0]), plan["months"], np.datetime64(plan["start"], "D"))
        for part, plan in zip(read, plans, strict=True)
    ]
    return Held(task, fids, keys, np.where(np.isnat(recorded), last, recorded), plans, parts)


def _read(
    workspace: Workspace,
    connection: sa.Connection,
    table: sa.Table,
    own: sa.ColumnElement[Any],
    plan: dict[str, Any],
    narrowed: Sequence[Condition],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64], Numbers]:
    """Of one plan: fids, keys of uids, own dates."""
    where = sa.and_(*scope_of(plan), *narrowed)
    keys, numbers = key_columns_where(
        connection, table, {"uid": table.c.uid}, {"own": own}, _ranges(connection, table, where)
    )
    fids = numbers["fid"].astype(np.int64)
    if plan["dma"]:
        inside = np.isin(fids, _inside(workspace, connection, table, plan["dma"]))
        return fids[inside], keys["uid"][inside], numbers["own"][inside]
    return fids, keys["uid"], numbers["own"]


def _ranges(connection: sa.Connection, table: sa.Table, where: Condition) -> list[Condition]:
    """``where`` for no more than ROWS rows at a time."""
    last = connection.scalar(sa.select(sa.func.max(table.c.fid))) or 0
    return [sa.and_(table.c.fid > low, table.c.fid <= low + ROWS, where) for low in range(0, last, ROWS)]


def _inside(workspace: Workspace, connection: sa.Connection, table: sa.Table, dma: str) -> npt.NDArray[np.int64]:
    """The fids of what lies in a DMA; of one that is gone nothing does."""
    zones = KINDS["dma"].table
    wkb = connection.scalar(sa.select(zones.c[GEOMETRY]).where(zones.c.uid == dma))
    if wkb is None:
        return np.zeros(0, dtype=np.int64)
    area = shapely.from_wkb(wkb)
    shapely.prepare(area)
    near = workspace.fids_within(table, tuple(shapely.bounds(area).tolist()))
    rows = connection.execute(sa.select(table.c.fid, table.c[GEOMETRY]).where(table.c.fid.in_(near))).all()
    if not rows:
        return np.zeros(0, dtype=np.int64)
    fids = np.array([row[0] for row in rows], dtype=np.int64)
    shapes = shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))
    found: npt.NDArray[np.int64] = fids[shapely.intersects(area, shapes)]
    return found


def done_days(
    connection: sa.Connection, task: rules.Task, keys: npt.NDArray[np.uint64], uid: str | None = None
) -> tuple[rules.Days, rules.Places]:
    """When ``task`` was done to the facilities ``keys``, by the records, in the order of time: days, places in them."""
    where = sa.and_(RECORD.c.task == task.id, RECORD.c.result.in_(rules.DONE))
    ranges = _ranges(connection, RECORD, where) if uid is None else [sa.and_(RECORD.c.facility == uid, where)]
    named, numbers = key_columns_where(
        connection, RECORD, {"facility": RECORD.c.facility}, {"date": day_number(RECORD.c.date)}, ranges
    )
    order = np.argsort(keys, kind="stable")
    place = np.searchsorted(keys, named["facility"], sorter=order)
    place = order[np.minimum(place, len(order) - 1)] if len(order) else np.zeros(0, dtype=np.intp)
    known = keys[place] == named["facility"] if len(order) else np.zeros(0, dtype=bool)
    days, places = days_of(numbers["date"][: len(known)][known]), place[known]
    by_time = np.argsort(days, kind="stable")
    return days[by_time], places[by_time]
