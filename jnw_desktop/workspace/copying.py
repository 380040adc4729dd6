"""Rows of a whole workspace from one home to another: backup and restore of what is not one file already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace.home import Bounds, Home
from jnw_desktop.workspace.tables import GEOMETRY, WRITER, geometry_of

AT_ONCE = 20_000  # rows in memory
FILES_AT_ONCE = 10


def copy_rows(source: sa.Connection, target: Home, tables: Sequence[sa.Table], task: Task) -> None:
    """Copy every row of ``tables``, which ``target`` has empty, in one transaction; keys are kept."""
    counts = {table: source.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables}
    total, done = sum(counts.values()) or 1, 0
    with target.writing() as connection, connection.begin():
        connection.execute(sa.insert(WRITER).values(id=1))
        for table in tables:
            if table.name == WRITER.name:
                continue
            at_once = FILES_AT_ONCE if table.info.get("large") else AT_ONCE
            rows = source.execute(sa.select(table), execution_options={"yield_per": at_once})
            with _inserting(target, connection, table, counts[table]) as insert:
                for some in rows.mappings().partitions():
                    insert(some)
                    done += len(some)
                    task.progress(done / total, _("Copying the workspace"))
        target.copied(connection, tables)
        connection.execute(sa.delete(WRITER))


@contextmanager
def _inserting(
    target: Home, connection: sa.Connection, table: sa.Table, count: int
) -> Iterator[Callable[[Sequence[sa.RowMapping]], None]]:
    if not table.info.get("recorded"):

        def in_turn(some: Sequence[sa.RowMapping]) -> None:
            connection.execute(sa.insert(table), [dict(row) for row in some])

        yield in_turn
        return
    with target.bulk(connection, table, count) as insert:

        def in_bulk(some: Sequence[sa.RowMapping]) -> None:
            columns = {name: [row[name] for row in some] for name in table.c.keys()}  # noqa: SIM118
            insert(columns)
            if geometry_of(table) is not None:
                target.changed(connection, {table.name: _bounds(columns[GEOMETRY])})

        yield in_bulk


def _bounds(geometries: Sequence[bytes | None]) -> Bounds | None:
    low_e, low_n, high_e, high_n = shapely.total_bounds(shapely.from_wkb(np.asarray(geometries, dtype=object))).tolist()
    return None if np.isnan(low_e) else (low_e, low_n, high_e, high_n)
