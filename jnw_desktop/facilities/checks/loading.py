"""Reads a workspace into a :class:`City`, one query for each kind."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pyproj
import sqlalchemy as sa

from jnw_desktop.facilities.checks.city import Bounds, City, RowsBuilder, assemble, number_ends
from jnw_desktop.facilities.checks.limits import RuleTable
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

BLOCK = 5_000  # rows fetched at a time: they leave before the garbage collector counts them as old


def load(workspace: Workspace, table: RuleTable, task: Task = SILENT) -> City:
    """Every facility of the workspace at one moment."""
    builders: dict[str, RowsBuilder] = {}
    ends = None
    with workspace.read() as connection, _uncollected():
        for done, kind in enumerate(sorted(KINDS, key=lambda kind: kind not in ENDS)):
            task.progress(done / len(KINDS), _("Reading {kind}").format(kind=_(KINDS[kind].title)))
            if kind not in ENDS and ends is None:
                ends = number_ends(builders)
            builders[kind] = RowsBuilder(kind, ends)
            read_rows(connection, builders[kind], task, done / len(KINDS))
    return assemble(builders, table, ends, area=area_of(workspace.crs))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Millions of rows come and go, none in a cycle: to look for cycles among them takes a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_rows(
    connection: sa.Connection,
    builder: RowsBuilder,
    task: Task,
    fraction: float,
    where: sa.ColumnElement[bool] | None = None,
) -> None:
    """Read a kind's rows into its builder, in the order of ``fid``: all, or those of which ``where`` is true."""
    table = KINDS[builder.kind].table
    # As text, as the database has them: a day that is none must not stop the check of all others.
    texts = [sa.func.coalesce(sa.cast(sa.type_coerce(table.c[name], sa.Text), sa.Text), "") for name in builder.worded]
    columns = [_words(texts) if name == "words" else table.c[name] for name in builder.columns]
    query = sa.select(*columns).order_by(table.c.fid)
    query = query if where is None else query.where(where)
    for block in connection.execute(query, execution_options={"yield_per": BLOCK}).partitions():
        task.progress(fraction)
        builder.add(list(zip(*block, strict=True)))


def _words(texts: Sequence[sa.ColumnElement[str]]) -> sa.ColumnElement[str]:
    joined = texts[0]
    for text in texts[1:]:
        joined = joined.concat(RowsBuilder.SEPARATOR).concat(text)
    return joined


def area_of(crs: int) -> Bounds | None:
    """Where a CRS is made for, in its own coordinates; a margin of a tenth for what lies just outside."""
    system = pyproj.CRS.from_epsg(crs)
    if system.area_of_use is None:
        return None
    bounds = pyproj.Transformer.from_crs(4326, system, always_xy=True).transform_bounds(*system.area_of_use.bounds)
    if not np.isfinite(bounds).all():
        return None
    wide, high = (bounds[2] - bounds[0]) / 10, (bounds[3] - bounds[1]) / 10
    return (bounds[0] - wide, bounds[1] - high, bounds[2] + wide, bounds[3] + high)
