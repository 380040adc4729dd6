"""Codes of rows that come without one: the table's prefix and a running number that is never used twice."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from jnw_desktop.workspace.tables import CODE_NUMBERS

DIGITS = 6
_ASK_AT_ONCE = 500


def make_codes(
    connection: sa.Connection, table: sa.Table, count: int, taken: AbstractSet[str] = frozenset()
) -> list[str]:
    """``count`` codes of ``table`` that no row bears, and none of ``taken``: rows that come in beside bear those."""
    if not count:
        return []
    where = CODE_NUMBERS.c.table_name == table.name
    last = connection.scalar(sa.select(CODE_NUMBERS.c.last).where(where))
    if last is None:
        connection.execute(sa.insert(CODE_NUMBERS).values(table_name=table.name, last=0))
    made: list[str] = []
    number = last or 0
    form = f"{table.info['code_prefix']}%0{DIGITS}d"  # e.g. GD000123
    while len(made) < count:
        wanted = [form % (number + step) for step in range(1, count - len(made) + 1)]
        number += len(wanted)
        free = _free(connection, table, wanted)
        made += [code for code in free if code not in taken] if taken else free
    connection.execute(sa.update(CODE_NUMBERS).where(where).values(last=number))
    return made


def given_codes(codes: Sequence[str | None]) -> AbstractSet[str]:
    """The codes that rows come with, where others of them have none; where all have theirs none need be known."""
    return frozenset() if all(codes) else {str(code) for code in codes if code}


def _free(connection: sa.Connection, table: sa.Table, wanted: list[str]) -> list[str]:
    used: set[str] = set()
    if connection.scalar(sa.select(table.c.fid).where(table.c.code >= wanted[0]).limit(1)) is None:
        return wanted  # none that sorts so late is there
    for start in range(0, len(wanted), _ASK_AT_ONCE):
        some = wanted[start : start + _ASK_AT_ONCE]
        used.update(connection.scalars(sa.select(table.c.code).where(table.c.code.in_(some))))
    return [code for code in wanted if code not in used]
