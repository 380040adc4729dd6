"""Reads a workspace into a :class:`City`, one query for each kind."""

from __future__ import annotations

import numpy as np
import pyproj
import sqlalchemy as sa

from jnw_desktop.facilities.checks.city import Bounds, City, RowsBuilder, assemble
from jnw_desktop.facilities.checks.limits import RuleTable
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

BLOCK = 50_000  # rows fetched at a time: a million rows never stand in memory as Python objects


def load(workspace: Workspace, table: RuleTable, task: Task = SILENT) -> City:
    """Every facility of the workspace at one moment."""
    builders = {}
    with workspace.read() as connection:
        for done, kind in enumerate(KINDS):
            task.progress(done / len(KINDS), _("Reading {kind}").format(kind=_(KINDS[kind].title)))
            builders[kind] = _read(connection, kind, task, done / len(KINDS))
    return assemble(builders, table, area=_area(workspace.crs))


def _read(connection: sa.Connection, kind: str, task: Task, fraction: float) -> RowsBuilder:
    builder = RowsBuilder(kind)
    table = KINDS[kind].table
    # Dates come as the database has them: a day that is none must not stop the check of all others.
    columns = [
        sa.type_coerce(table.c[name], sa.String) if name in builder.dated else table.c[name] for name in builder.columns
    ]
    names = [*builder.columns, GEOMETRY]
    found = connection.execute(sa.select(*columns, table.c[GEOMETRY]).order_by(table.c.fid))
    while block := found.fetchmany(BLOCK):
        task.progress(fraction)
        builder.add(dict(zip(names, zip(*block, strict=True), strict=True)))
    return builder


def _area(crs: int) -> Bounds | None:
    """Where a CRS is made for, in its own coordinates; a margin of a tenth for what lies just outside."""
    system = pyproj.CRS.from_epsg(crs)
    if system.area_of_use is None:
        return None
    bounds = pyproj.Transformer.from_crs(4326, system, always_xy=True).transform_bounds(*system.area_of_use.bounds)
    if not np.isfinite(bounds).all():
        return None
    wide, high = (bounds[2] - bounds[0]) / 10, (bounds[3] - bounds[1]) / 10
    return (bounds[0] - wide, bounds[1] - high, bounds[2] + wide, bounds[3] + high)
