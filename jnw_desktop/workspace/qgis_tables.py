"""What QGIS Desktop looks for in a GeoPackage: ``layer_styles`` and ``qgis_projects``, as QGIS itself makes them.

How the data look is not data: neither table is recorded. Styles and projects of other owners stay as they are.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping

import sqlalchemy as sa

from jnw_desktop.workspace.tables import GEOMETRY

OWNER = "JNW Desktop"  # of the styles that are ours to replace
STYLE = "JNW"
PROJECT = "JNW"
_STYLES = (
    'CREATE TABLE "layer_styles" ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "f_table_catalog" TEXT(256), '
    '"f_table_schema" TEXT(256), "f_table_name" TEXT(256), "f_geometry_column" TEXT(256), "styleName" TEXT(30), '
    '"styleQML" TEXT, "styleSLD" TEXT, "useAsDefault" BOOLEAN, "description" TEXT, "owner" TEXT(30), "ui" TEXT(30), '
    "\"update_time\" DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
)
_PROJECTS = "CREATE TABLE qgis_projects (name TEXT PRIMARY KEY NOT NULL, metadata BLOB, content BLOB)"
_REGISTER = "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (:name, 'attributes', :name)"
_COUNT = "INSERT INTO gpkg_ogr_contents VALUES (:name, NULL)"  # GDAL counts
_INSERT = (
    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
    "styleSLD, useAsDefault, description, owner) "
    "VALUES ('', '', :name, :geometry, :style, :qml, '', :first, '', :owner)"
)
_DEFAULTS = "SELECT f_table_name FROM layer_styles WHERE useAsDefault AND owner IS NOT :owner"


def keep_for_qgis(connection: sa.Connection, styles: Mapping[str, str], project: bytes | None, who: str) -> None:
    """Put QML by table, and the project (a .qgz), in place of ours of before.

    A table for which somebody set another default style keeps it.
    """
    for name, statement in (("layer_styles", _STYLES), ("qgis_projects", _PROJECTS)):
        if not sa.inspect(connection).has_table(name):
            connection.exec_driver_sql(statement)
            connection.execute(sa.text(_REGISTER), {"name": name})
            connection.execute(sa.text(_COUNT), {"name": name})
    connection.execute(sa.text("DELETE FROM layer_styles WHERE owner = :owner"), {"owner": OWNER})
    taken = set(connection.scalars(sa.text(_DEFAULTS), {"owner": OWNER}))
    for name, qml in styles.items():
        row = {"name": name, "geometry": GEOMETRY, "style": STYLE, "qml": qml, "owner": OWNER}
        connection.execute(sa.text(_INSERT), row | {"first": name not in taken})
    if project is not None:
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        told = json.dumps({"last_modified_time": at, "last_modified_user": who}, ensure_ascii=False)
        connection.execute(
            sa.text("INSERT OR REPLACE INTO qgis_projects VALUES (:name, :told, :content)"),
            {"name": PROJECT, "told": told, "content": project.hex()},  # QGIS reads it as hexadecimal text
        )
