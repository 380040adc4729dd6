"""What makes an SQLite file a GeoPackage 1.3: its metadata tables, R-trees and the triggers that keep them."""

from __future__ import annotations

from collections.abc import Iterator

import pyproj
import sqlalchemy as sa

from jnw_desktop.workspace.geometry import Geometry
from jnw_desktop.workspace.tables import GEOMETRY, geometry_of

APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10300  # GeoPackage 1.3; 1.4 makes GDAL 3.6 warn

_METADATA_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_ogr_contents (table_name TEXT NOT NULL PRIMARY KEY, feature_count INTEGER DEFAULT NULL);
"""

# Clause F.3 of GeoPackage 1.3 (the corrected update triggers belong to 1.4), and gpkg_ogr_contents as GDAL keeps it.
_RTREE = "rtree_{t}_{g}"
_INSERT_BOUNDS = (
    'INSERT OR REPLACE INTO "{r}" VALUES (NEW."fid", ST_MinX(NEW."{g}"), ST_MaxX(NEW."{g}"), '
    'ST_MinY(NEW."{g}"), ST_MaxY(NEW."{g}"));'
)
_FULL = 'NEW."{g}" NOT NULL AND NOT ST_IsEmpty(NEW."{g}")'
_GONE = '(NEW."{g}" IS NULL OR ST_IsEmpty(NEW."{g}"))'
_TRIGGERS = {
    "{r}_insert": f'AFTER INSERT ON "{{t}}" WHEN ({_FULL}) BEGIN {_INSERT_BOUNDS} END',
    "{r}_update1": f'AFTER UPDATE OF "{{g}}" ON "{{t}}" WHEN OLD."fid" = NEW."fid" AND ({_FULL}) '
    f"BEGIN {_INSERT_BOUNDS} END",
    "{r}_update2": f'AFTER UPDATE OF "{{g}}" ON "{{t}}" WHEN OLD."fid" = NEW."fid" AND {_GONE} '
    'BEGIN DELETE FROM "{r}" WHERE id = OLD."fid"; END',
    "{r}_update3": f'AFTER UPDATE ON "{{t}}" WHEN OLD."fid" != NEW."fid" AND ({_FULL}) '
    f'BEGIN DELETE FROM "{{r}}" WHERE id = OLD."fid"; {_INSERT_BOUNDS} END',
    "{r}_update4": f'AFTER UPDATE ON "{{t}}" WHEN OLD."fid" != NEW."fid" AND {_GONE} '
    'BEGIN DELETE FROM "{r}" WHERE id IN (OLD."fid", NEW."fid"); END',
    "{r}_delete": 'AFTER DELETE ON "{t}" WHEN OLD."{g}" NOT NULL BEGIN DELETE FROM "{r}" WHERE id = OLD."fid"; END',
}
_COUNT_TRIGGERS = {
    "trigger_insert_feature_count_{t}": 'AFTER INSERT ON "{t}" BEGIN UPDATE gpkg_ogr_contents '
    "SET feature_count = feature_count + 1 WHERE lower(table_name) = lower('{t}'); END",
    "trigger_delete_feature_count_{t}": 'AFTER DELETE ON "{t}" BEGIN UPDATE gpkg_ogr_contents '
    "SET feature_count = feature_count - 1 WHERE lower(table_name) = lower('{t}'); END",
}


# The extent of a layer is widened, never narrowed: it stays true without reading every row. Parameters: each of min_x,
# min_y, max_x and max_y twice, then the table's name; NULL leaves the extent as it is.
WIDEN_EXTENT = """
UPDATE gpkg_contents SET
  min_x = min(coalesce(min_x, ?), coalesce(?, min_x)), min_y = min(coalesce(min_y, ?), coalesce(?, min_y)),
  max_x = max(coalesce(max_x, ?), coalesce(?, max_x)), max_y = max(coalesce(max_y, ?), coalesce(?, max_y)),
  last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?
"""


# Rows more (or fewer, when negative) and the table's name.
COUNT = "UPDATE gpkg_ogr_contents SET feature_count = feature_count + ? WHERE table_name = ?"


def metadata_statements(crs: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    """GeoPackage's own tables and the reference systems; ``crs`` is an EPSG code."""
    for statement in _METADATA_TABLES.split(";\n"):
        if statement.strip():
            yield statement, ()
    insert = "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)"
    yield insert, ("Undefined cartesian SRS", -1, "NONE", -1, "undefined", "undefined cartesian coordinate system")
    yield insert, ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate system")
    for code in {4326, crs}:
        system = pyproj.CRS.from_epsg(code)
        yield insert, (system.name, code, "EPSG", code, system.to_wkt("WKT1_GDAL"), None)


def registration_statements(table: sa.Table, crs: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    """What makes a table a layer (or a table of attributes) of the file."""
    name = table.name
    geometry = geometry_of(table)
    kind = "attributes" if geometry is None else "features"
    yield (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)",
        (name, kind, name, None if geometry is None else crs),
    )
    yield "INSERT INTO gpkg_ogr_contents VALUES (?, 0)", (name,)
    if geometry is not None:
        yield (
            "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, ?, 0)",
            (name, GEOMETRY, geometry.geometry, crs, int(geometry.has_z)),
        )
        yield create_rtree(table), ()
        yield (
            "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', "
            "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
            (name, GEOMETRY),
        )
    for trigger, body in triggers(table).items():
        yield f'CREATE TRIGGER "{trigger}" {body}', ()


def triggers(table: sa.Table) -> dict[str, str]:
    """Every trigger of ``table``: spatial index, feature count, and the watch for changes by other programs."""
    found = dict(_COUNT_TRIGGERS)
    if geometry_of(table) is not None:
        found |= _TRIGGERS
    names = {"t": table.name, "g": GEOMETRY, "r": _RTREE.format(t=table.name, g=GEOMETRY)}
    made = {name.format(**names): body.format(**names) for name, body in found.items()}
    return made | (_watch(table) if table.info.get("recorded") else {})


def _watch(table: sa.Table) -> dict[str, str]:
    """Triggers that note what another program did; silent while our writer's flag is up in the same transaction."""
    pairs = ", ".join(
        f"'{column.name}', "
        + (f'hex(OLD."{column.name}")' if isinstance(column.type, Geometry) else f'OLD."{column.name}"')
        for column in table.columns
    )
    put = "INSERT INTO jnw_outside (table_name, row_fid, operation, before) VALUES"
    quiet = "WHEN NOT EXISTS (SELECT 1 FROM jnw_writer)"
    name = table.name
    return {
        f"jnw_watch_{name}_insert": f'AFTER INSERT ON "{name}" {quiet} BEGIN {put} '
        f"('{name}', NEW.\"fid\", 'insert', NULL); END",
        f"jnw_watch_{name}_update": f'AFTER UPDATE ON "{name}" {quiet} BEGIN {put} '
        f"('{name}', OLD.\"fid\", 'update', json_object({pairs})); END",
        f"jnw_watch_{name}_delete": f'AFTER DELETE ON "{name}" {quiet} BEGIN {put} '
        f"('{name}', OLD.\"fid\", 'delete', json_object({pairs})); END",
    }


def create_rtree(table: sa.Table) -> str:
    """The statement that makes the R-tree of ``table``, empty."""
    return f'CREATE VIRTUAL TABLE "{rtree_name(table)}" USING rtree(id, minx, maxx, miny, maxy)'


def rtree_name(table: sa.Table) -> str:
    """The R-tree of ``table``."""
    return _RTREE.format(t=table.name, g=GEOMETRY)
