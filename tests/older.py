"""A workspace as the first version of the program made it."""

import shapely
import sqlalchemy as sa

from jnw_desktop.extension.registry import registry
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.migrations.versions import core_0002 as step
from jnw_desktop.workspace.migrations.versions import core_0003, core_0004
from jnw_desktop.workspace.tables import SCHEMA
from jnw_plugins.guide.migrations import guide_0004, guide_0005


def make_old(place):
    """Make it at ``place``, with one pipe, P1."""
    registry()
    with Workspace.create(place) as workspace:
        with workspace.change("first") as change:
            line = shapely.LineString([(505000, 4059000), (505100, 4059000)])
            change.insert(KINDS["pipe"].table, [{"code": "P1", "dn": 200, "geom": line.wkb}])
        later = [(t, c) for t in step.OWNED for c in ("asset_card", "original_value", "value_date")]
        later += [(t, "height_datum") for t in step.MEASURED]
        later += [(t, c) for t in step.LINKS for c in ("start_node", "end_node")]
        later += [("pipe", "replaces"), ("break", "break_kind")]
        later += [(t, core_0004.HEAD) for t in core_0004.SOURCES]
        later += [("guide", c) for c in ("withdrawn", "withdrawn_why", "content", "mark", "replaces", "valid_until")]
        with workspace._home.writing() as connection, connection.begin():
            for name in triggers(connection):
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
            for table, column in step.INDEXED:
                connection.exec_driver_sql(f'DROP INDEX "{table}_{column}"')
            for table, column in later:
                connection.exec_driver_sql(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
            for table in (*core_0003.tables(), *core_0004.tables(), *guide_0004.tables(), *guide_0005.tables()):
                unmake(connection, table.name)
            connection.execute(sa.delete(SCHEMA).where(SCHEMA.c.version_num.in_(("core_0004", "guide_0005"))))
            connection.execute(sa.insert(SCHEMA), [{"version_num": "core_0001"}, {"version_num": "guide_0001"}])


def unmake(connection, table):
    """Take a table away, and on SQLite what a GeoPackage says of it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "rtree_{table}_geom"')
        for told in ("gpkg_extensions", "gpkg_geometry_columns", "gpkg_ogr_contents", "gpkg_contents"):
            connection.exec_driver_sql(f"DELETE FROM {told} WHERE table_name = ?", (table,))
    connection.exec_driver_sql(f'DROP TABLE "{table}"')


def triggers(connection):
    """SQLite's name the columns, and are made again by the step."""
    if connection.dialect.name != "sqlite":
        return []
    return list(connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
