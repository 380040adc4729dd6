"""The tables of a workspace: recorded tables (facilities and what plugins keep) and the record of their changes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from jnw_desktop.workspace.geometry import Geometry

METADATA = sa.MetaData()
GEOMETRY = "geom"
OWN_COLUMNS = ("fid", "uid", "code", "version", "born")


# Text that sorts by its code points on both homes, whatever the server's language: codes are found by their beginning.
PLAIN_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


class IsoDate(TypeDecorator[str]):
    """A date; ``YYYY-MM-DD`` text in Python on both homes, so that a row is plain JSON everywhere."""

    impl = sa.Date
    cache_ok = True

    def process_bind_param(self, value: str | datetime.date | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Text or date to date."""
        return datetime.date.fromisoformat(value) if isinstance(value, str) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Date to text."""
        return value.isoformat() if isinstance(value, datetime.date) else value


def recorded_table(
    name: str,
    *columns: sa.Column[Any],
    geometry: str | None = "LINESTRING",
    has_z: bool = False,
    code_prefix: str = "",
    indexed: Iterable[str] = (),
    metadata: sa.MetaData = METADATA,
) -> sa.Table:
    """A table whose every change is recorded.

    Adds ``fid`` (integer key, local to one copy), ``uid`` (kept across copies), ``code`` (what people say), ``version``
    (counts updates), ``born`` (the change set that inserted the row) and, unless ``geometry`` is ``None``, ``geom``.
    A row without a code gets ``code_prefix`` and a number. A step that makes a table as it once was has a ``metadata``
    of its own. A column with ``info={"stands_while": NAME}`` holds the uid of a row that this one stands on while its
    column NAME is empty: undo leaves such a row there.
    """
    spatial = [] if geometry is None else [sa.Column(GEOMETRY, Geometry(geometry, has_z))]
    table = sa.Table(
        name,
        metadata,
        sa.Column("fid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("uid", PLAIN_TEXT),
        sa.Column("code", PLAIN_TEXT),
        *columns,
        sa.Column("version", sa.Integer, server_default="1"),
        sa.Column("born", sa.Integer),
        *spatial,
        info={"recorded": True, "code_prefix": code_prefix},
    )
    sa.Index(f"{name}_uid", table.c.uid, unique=True)
    sa.Index(f"{name}_code", table.c.code, unique=True)
    sa.Index(f"{name}_born", table.c.born)
    for column in indexed:
        sa.Index(f"{name}_{column}", table.c[column])
    return table


def recorded_tables() -> list[sa.Table]:
    """Every recorded table, by name."""
    return [table for _, table in sorted(METADATA.tables.items()) if table.info.get("recorded")]


def geometry_of(table: sa.Table) -> Geometry | None:
    """The geometry type of ``table``, ``None`` where it has none."""
    column = table.c.get(GEOMETRY)
    return column.type if column is not None and isinstance(column.type, Geometry) else None


def _internal(name: str, *columns: sa.Column[Any]) -> sa.Table:
    key = sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)
    return sa.Table(name, METADATA, key, *columns, info={"internal": True})


# What the workspace is: its CRS, title, when and by what it was made.
PROPERTIES = _internal("jnw_property", sa.Column("key", sa.Text, unique=True), sa.Column("value", sa.Text))

EVENT, ORIGIN = "event", "origin"
# One row for each transaction. ``kind``: change, undo, redo, outside; event: what happened outside the data (a document
# was handed out) and cannot be made not to have happened; origin: what filled the workspace when it was made, below
# which undo does not go. ``reverses``: the change set an undo or redo took
# back. ``inserted``: JSON {table: rows}. ``digest``: of what was recorded. ``hash``: of this row and the hash before.
CHANGE_SETS = _internal(
    "jnw_change_set",
    sa.Column("who", sa.Text),
    sa.Column("at", sa.Text),
    sa.Column("why", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("reverses", sa.Integer),
    sa.Column("inserted", sa.Text),
    sa.Column("digest", sa.Text),
    sa.Column("hash", sa.Text),
)

# One row for each row updated, deleted or (by an undo) restored, with the row before as JSON (geometry as WKB in hex).
# An insert is recorded
# by reference: the row's own ``born``.
ROW_CHANGES = _internal(
    "jnw_row_change",
    sa.Column("change_set", sa.Integer, index=True),
    sa.Column("table_name", sa.Text),
    sa.Column("uid", sa.Text, index=True),
    sa.Column("operation", sa.Text),
    sa.Column("before", sa.Text),
)

# Filled by triggers when another program writes; emptied when its rows are adopted.
OUTSIDE = _internal(
    "jnw_outside",
    sa.Column("table_name", sa.Text),
    sa.Column("row_fid", sa.Integer),
    sa.Column("operation", sa.Text),
    sa.Column("before", sa.Text),
)

# Holds a row only inside a transaction of this program: the triggers look here.
WRITER = _internal("jnw_writer")

# The last number given to a code of a table.
CODE_NUMBERS = _internal(
    "jnw_code_number", sa.Column("table_name", sa.Text, unique=True), sa.Column("last", sa.Integer)
)

# Files by the SHA-256 of their bytes, named by recorded tables in columns with ``info={"content": True}``. What is
# named no more stays: the record may bring it back. ``thumbnail``: a small JPEG, where the file is a picture.
CONTENTS = _internal(
    "jnw_content",
    sa.Column("sha256", sa.Text, unique=True),
    sa.Column("content", sa.LargeBinary),
    sa.Column("thumbnail", sa.LargeBinary),
)
CONTENTS.info["large"] = True

# The Alembic revisions the tables are at, one for the core and one for each plugin that keeps tables.
SCHEMA = sa.Table("jnw_schema", METADATA, sa.Column("version_num", sa.Text, primary_key=True), info={"unlisted": True})
