"""What rows were: the states of one row through its changes, and a table as it was at a moment of the past."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from jnw_desktop.workspace.record import row_of
from jnw_desktop.workspace.tables import CHANGE_SETS, ROW_CHANGES

Row = dict[str, Any]


@dataclass(frozen=True)
class RowChange:
    """What one change set did to one row: the row before and after, ``None`` where there was none."""

    change_set: int
    who: str
    at: str
    why: str
    kind: str
    before: Row | None
    after: Row | None


def row_changes(connection: sa.Connection, table: sa.Table, uid: str) -> list[RowChange]:
    """What happened to the row ``uid``, oldest first; a change set that wrote it twice appears once."""
    query = sa.select(ROW_CHANGES).where(ROW_CHANGES.c.table_name == table.name, ROW_CHANGES.c.uid == uid)
    records = connection.execute(query.order_by(ROW_CHANGES.c.id)).all()
    now = connection.execute(sa.select(table).where(table.c.uid == uid)).mappings().first()
    states: list[Row | None] = [_state(table, record) for record in records]
    states.append(dict(now) if now is not None else None)
    first = next((state for state in states if state is not None), None)
    if first is None:
        return []
    steps: dict[int, tuple[Row | None, Row | None]] = {}
    if first.get("born") is not None:
        steps[first["born"]] = (None, first)
    for record, before, after in zip(records, states[:-1], states[1:], strict=True):
        earlier = steps.get(record.change_set, (before, None))[0]
        steps[record.change_set] = (earlier, after)
    return list(_named(connection, steps))


def _state(table: sa.Table, record: Any) -> Row | None:
    return None if record.operation == "restore" else row_of(table, record.before)


def _named(connection: sa.Connection, steps: dict[int, tuple[Row | None, Row | None]]) -> Iterator[RowChange]:
    query = sa.select(CHANGE_SETS).where(CHANGE_SETS.c.id.in_(steps)).order_by(CHANGE_SETS.c.id)
    for heading in connection.execute(query):
        yield RowChange(heading.id, heading.who, heading.at, heading.why, heading.kind, *steps[heading.id])


def last_change_at(connection: sa.Connection, moment: datetime.datetime) -> int:
    """The number of the last change set made at or before ``moment`` (0: none)."""
    if moment.tzinfo is None:
        moment = moment.astimezone()
    at = moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return connection.scalar(sa.select(sa.func.max(CHANGE_SETS.c.id)).where(CHANGE_SETS.c.at <= at)) or 0


def rows_at(
    connection: sa.Connection, table: sa.Table, change_set: int, fids: sa.Select[tuple[int]] | None = None
) -> list[Row]:
    """The rows of ``table`` as they were when ``change_set`` had been made, by ``fid``.

    ``fids``: of rows that have not changed since, only these; those that have changed are all told.
    """
    first = (
        sa.select(sa.func.min(ROW_CHANGES.c.id))
        .where(ROW_CHANGES.c.table_name == table.name, ROW_CHANGES.c.change_set > change_set)
        .group_by(ROW_CHANGES.c.uid)
    )
    changed: dict[str, Row | None] = {}
    for record in connection.execute(sa.select(ROW_CHANGES).where(ROW_CHANGES.c.id.in_(first))):
        changed[record.uid] = _state(table, record)
    query = sa.select(table).where(table.c.born <= change_set)
    if fids is not None:
        query = query.where(table.c.fid.in_(fids))
    rows = [dict(row) for row in connection.execute(query).mappings() if row["uid"] not in changed]
    rows += [row for row in changed.values() if row is not None and (row.get("born") or 0) <= change_set]
    return sorted(rows, key=lambda row: row["fid"])
