"""Foreign GeoPackages, read through the program's own SQLite: another workspace may be read while it is in use."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from jnw_desktop.exchange.curves import from_curved_wkb
from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.layer import BATCH, Batch, Layer, Objects, geometry_word, objects
from jnw_desktop.language import _
from jnw_desktop.workspace.geometry import ENVELOPE_BYTES

_LAYERS = """
SELECT c.table_name, g.column_name, g.geometry_type_name, s.srs_id, s.organization, s.organization_coordsys_id,
  s.definition
FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
WHERE c.data_type = 'features' ORDER BY c.rowid
"""


def geopackage(path: Path) -> list[Layer]:
    """The layers of a GeoPackage, in its order. Raises UnreadableFile."""
    try:
        with closing(_connect(path)) as connection:
            return [_layer(path, connection, row) for row in connection.execute(_LAYERS).fetchall()]
    except sqlite3.DatabaseError as error:
        raise unreadable(path, error) from error


def is_workspace(path: Path) -> bool:
    """Whether a file is a workspace of this program."""
    try:
        with path.open("rb") as file:
            if not file.read(16).startswith(b"SQLite format 3"):
                return False
        with closing(_connect(path)) as connection:
            wanted = "SELECT count(*) FROM sqlite_master WHERE name = 'jnw_change_set'"
            return bool(connection.execute(wanted).fetchone()[0])
    except (OSError, sqlite3.DatabaseError):
        return False


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=20)


def _layer(path: Path, connection: sqlite3.Connection, row: tuple[Any, ...]) -> Layer:
    name, geometry, kind, srs, organization, number, definition = row
    described = connection.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
    columns = [column[1] for column in described if column[1] != geometry]
    return Layer(
        name, columns, lambda: _batches(path, name, geometry, columns),
        _crs(path, srs, organization, number, definition), geometry_word(kind), "utf-8",
    )  # fmt: skip


def _crs(path: Path, srs: int | None, organization: str | None, number: int, definition: str) -> pyproj.CRS | None:
    if srs is None or srs in (0, -1):  # the standard's two systems that are undefined
        return None
    try:
        if (organization or "").upper() == "EPSG":
            return pyproj.CRS.from_epsg(number)
        return pyproj.CRS.from_wkt(definition)
    except pyproj.exceptions.CRSError as error:
        raise unreadable(path, error) from error


def _batches(path: Path, table: str, geometry: str, columns: list[str]) -> Iterator[Batch]:
    names = ", ".join(_quoted(name) for name in (geometry, *columns))
    first = 1
    try:
        with closing(_connect(path)) as connection:
            cursor = connection.execute(f"SELECT {names} FROM {_quoted(table)}")
            while rows := cursor.fetchmany(BATCH):
                blobs, *values = zip(*rows, strict=True)
                shapes, reasons = _shapes(blobs)
                numbers = np.arange(first, first + len(rows))
                yield Batch(numbers, dict(zip(columns, values, strict=True)), shapes, reasons)
                first += len(rows)
    except sqlite3.DatabaseError as error:
        raise unreadable(path, error) from error


def _shapes(blobs: tuple[bytes | None, ...]) -> tuple[Objects, dict[int, str]]:
    """Geometries of GeoPackage blobs, and by place why one cannot be read."""
    bodies = [blob[8 + ENVELOPE_BYTES[(blob[3] >> 1) & 7] :] if blob and len(blob) > 8 else None for blob in blobs]
    array = objects(bodies)
    try:
        return shapely.from_wkb(array), {}
    except (shapely.GEOSException, NotImplementedError):
        return _one_by_one(bodies)


def _one_by_one(bodies: list[bytes | None]) -> tuple[Objects, dict[int, str]]:
    """Geometries of which one at least is broken or curved."""
    shapes = objects([None] * len(bodies))
    reasons: dict[int, str] = {}
    for at, body in enumerate(bodies):
        try:
            shapes[at] = None if body is None else shapely.from_wkb(body)
        except NotImplementedError:
            try:
                shapes[at] = from_curved_wkb(body or b"")
            except ValueError as error:
                reasons[at] = _("the geometry cannot be read: {why}").format(why=error)
        except shapely.GEOSException:
            reasons[at] = _("the geometry cannot be read")
    return shapes, reasons


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
