"""What later changes stand on an earlier one: they must be taken back before it can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from jnw_desktop.workspace.history import standing_sets
from jnw_desktop.workspace.record import row_of
from jnw_desktop.workspace.tables import GEOMETRY, ROW_CHANGES, recorded_tables


@dataclass
class Reach:
    """What one change set touched, as uids.

    ``rows``: all; ``shaped``: those that came, went, moved or were connected otherwise; ``named``: what the shaped rows
    refer to, before or after.
    """

    rows: set[str] = field(default_factory=set)
    shaped: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    def supports(self, later: Reach) -> bool:
        """Whether ``later`` would be left hanging, or be lost, without this: a row of both, or a shape named by one."""
        return bool(self.rows & later.rows or self.shaped & later.named or self.named & later.shaped)


def dependents(connection: sa.Connection, number: int) -> list[int]:
    """The change sets after ``number`` that stand and depend on it, oldest first."""
    reaches = _reaches(connection, number)
    own = reaches.get(number, Reach())
    standing = set(standing_sets(connection).values())
    return sorted(
        later for later, reach in reaches.items() if later > number and later in standing and own.supports(reach)
    )


def standing_on(connection: sa.Connection, number: int, most: int) -> list[str]:
    """Codes of up to ``most`` rows that stand on a row which the change set ``number`` inserted."""
    there = set(sa.inspect(connection).get_table_names())
    tables = [table for table in recorded_tables() if table.name in there]
    found: list[str] = []
    for table in tables:
        for column in (column for column in table.c if "stands_while" in column.info):
            made = sa.union_all(*(sa.select(one.c.uid).where(one.c.born == number) for one in tables))
            stands = table.c[column.info["stands_while"]].is_(None), table.c.born != number
            query = sa.select(table.c.code).where(column.in_(made), *stands).order_by(table.c.code).limit(most)
            found += connection.scalars(query)
    return found[:most]


def _reaches(connection: sa.Connection, number: int) -> dict[int, Reach]:
    """What each change set from ``number`` on touched."""
    reaches: dict[int, Reach] = {}
    there = set(sa.inspect(connection).get_table_names())
    for table in recorded_tables():
        if table.name not in there:
            continue
        for change_set, uid, before, after in _steps(connection, table, number):
            reach = reaches.setdefault(change_set, Reach())
            reach.rows.add(uid)
            if before is None or after is None or any(before.get(c) != after.get(c) for c in _shaping(table)):
                reach.shaped.add(uid)
                for row in (before, after):
                    named = (row or {}).get
                    reach.named.update(str(named(name)) for name in _references(table) if named(name))
    return reaches


def _steps(
    connection: sa.Connection, table: sa.Table, number: int
) -> Iterator[tuple[int, str, dict[str, Any] | None, dict[str, Any] | None]]:
    """Change set, uid, row before and after of everything done to ``table`` from the change set ``number`` on."""
    after: dict[str, dict[str, Any] | None] = {}
    recorded = ROW_CHANGES.c.table_name == table.name, ROW_CHANGES.c.change_set >= number
    changed = sa.select(ROW_CHANGES.c.uid).where(*recorded)
    plain = [table.c[name] for name in ("uid", "born", *_references(table))]
    shaping = [table.c[name] for name in _shaping(table)]
    for query in (
        sa.select(*plain).where(table.c.born >= number),  # an import may be the city: no geometry
        sa.select(*plain[:2], *shaping).where(table.c.uid.in_(changed)),
    ):
        after |= {row["uid"]: dict(row) for row in connection.execute(query).mappings()}
    for record in connection.execute(sa.select(ROW_CHANGES).where(*recorded).order_by(ROW_CHANGES.c.id.desc())):
        before = None if record.operation == "restore" else row_of(table, record.before)
        yield record.change_set, record.uid, before, after.get(record.uid)
        after[record.uid] = before
    for uid, first in after.items():
        if first is not None and (first.get("born") or 0) >= number:
            yield first["born"], uid, None, first


def _references(table: sa.Table) -> list[str]:
    return [column.name for column in table.c if column.info.get("reference")]


def _shaping(table: sa.Table) -> list[str]:
    return [*_references(table), *([GEOMETRY] if GEOMETRY in table.c else [])]
