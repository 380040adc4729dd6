"""What PostgreSQL needs beside the declared tables: spatial indexes, and the watch for changes by other programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from jnw_desktop.workspace.geometry import Geometry
from jnw_desktop.workspace.tables import GEOMETRY, METADATA, OWN_COLUMNS, IsoDate, geometry_of

# Set for the length of a transaction of ours; the triggers are silent then.
WRITING = "jnw.writing"

# Notes what another program did, with the row before as the record has it. It runs with its owner's rights, so that who
# may edit a layer need not be given the record as well.
WATCH_FUNCTION = """
CREATE OR REPLACE FUNCTION "{schema}".jnw_watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = "{schema}", public AS $watch$
DECLARE
  before jsonb;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO jnw_outside (table_name, row_fid, operation) VALUES (TG_TABLE_NAME, NEW.fid, 'insert');
    RETURN NULL;
  END IF;
  before := to_jsonb(OLD);
  IF TG_ARGV[0] = 'geometry' THEN
    before := before || jsonb_build_object('geom', encode(ST_AsBinary(OLD.geom), 'hex'));
  END IF;
  INSERT INTO jnw_outside (table_name, row_fid, operation, before)
  VALUES (TG_TABLE_NAME, OLD.fid, lower(TG_OP), before::text);
  RETURN NULL;
END
$watch$
"""

TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "bigint": sa.BigInteger(),
    "integer": sa.Integer(),
    "bytea": sa.LargeBinary(),
    "text": sa.Text(),
    "double precision": sa.Double(),
    "boolean": sa.Boolean(),
    "date": IsoDate(),
}


def extra_statements(table: sa.Table) -> Iterator[str]:
    """What follows ``CREATE TABLE``."""
    if geometry_of(table) is not None:
        yield f'CREATE INDEX "{table.name}_{GEOMETRY}" ON "{table.name}" USING gist ("{GEOMETRY}")'
    if table.info.get("recorded"):
        yield from watch_statements(table)


def watch_statements(table: sa.Table) -> Iterator[str]:
    """The table's triggers, made again."""
    argument = "'geometry'" if geometry_of(table) is not None else ""
    yield (
        f'CREATE OR REPLACE TRIGGER jnw_watch AFTER INSERT OR UPDATE OR DELETE ON "{table.name}" FOR EACH ROW '
        f"WHEN (current_setting('{WRITING}', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION jnw_watch({argument})"
    )


def tables_as_they_are(connection: sa.Connection) -> list[sa.Table]:
    """The schema's tables with the columns they have, which an older or newer program may have given them."""
    metadata = sa.MetaData()
    spatial = sa.text(
        "SELECT f_table_name, type, coord_dimension FROM geometry_columns WHERE f_table_schema = current_schema()"
    )
    geometries = {row[0]: Geometry(row[1], row[2] == 3) for row in connection.execute(spatial)}
    columns = sa.text(
        "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c "
        "JOIN information_schema.tables t USING (table_schema, table_name) "
        "WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' "
        "ORDER BY c.table_name, c.ordinal_position"
    )
    found: dict[str, dict[str, sa.Column[object]]] = {}
    for table, name, kind in connection.execute(columns):
        type_ = geometries[table] if kind == "USER-DEFINED" else TYPES[kind]
        found.setdefault(table, {})[name] = sa.Column(name, type_, primary_key=name in ("fid", "id"))
    return [_table(metadata, name, has) for name, has in found.items()]


def _table(metadata: sa.MetaData, name: str, columns: dict[str, sa.Column[object]]) -> sa.Table:
    declared = METADATA.tables.get(name)
    if declared is not None and set(declared.c.keys()) == set(columns):
        return declared
    recorded = set(OWN_COLUMNS) <= set(columns)
    table = sa.Table(name, metadata, *columns.values(), info={"recorded": recorded})
    for column in ("uid", "code", "born") if recorded else ():
        sa.Index(f"{name}_{column}", table.c[column], unique=column != "born")
    return table
