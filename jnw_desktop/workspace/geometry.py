"""Geometry columns: WKB bytes in Python, GeoPackage blobs or PostGIS geometry in the database."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ColumnElement
from sqlalchemy.types import UserDefinedType

ENVELOPE_BYTES = (0, 32, 48, 48, 64)  # by the envelope indicator of the header's flags (GeoPackage 1.3, clause 2.1.3)
# Where the WKB of a blob begins, by its flags.
_WKB_STARTS = tuple(8 + (*ENVELOPE_BYTES, 0, 0, 0)[(flags >> 1) & 7] for flags in range(256))
_HEADER = struct.Struct("<2sBBi4d")


class Geometry(UserDefinedType[bytes]):
    """A geometry column; its Python value is WKB ``bytes`` in the workspace's CRS, or ``None``.

    The CRS is the workspace's, not the column's: each home sets ``jnw_srid`` on its SQLAlchemy dialect.
    """

    cache_ok = True

    def __init__(self, geometry: str = "GEOMETRY", has_z: bool = False) -> None:
        self.geometry = geometry
        self.has_z = has_z

    def get_col_spec(self, **_kw: Any) -> str:
        """GeoPackage's word for the type; PostGIS's is compiled below."""
        return self.geometry

    def bind_processor(self, dialect: Dialect) -> Callable[[bytes | None], Any] | None:
        """WKB to what the database stores."""
        if dialect.name != "sqlite":
            return None
        return lambda wkb: None if wkb is None else to_blob(wkb, dialect.jnw_srid)  # type: ignore[attr-defined]

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], bytes | None] | None:  # noqa: ARG002
        """What the database stores to WKB."""
        if dialect.name != "sqlite":
            return lambda value: None if value is None else bytes(value)
        starts = _WKB_STARTS  # a local name: this is called for every row of a city
        return lambda blob: None if blob is None else blob[starts[blob[3]] :]

    def bind_expression(self, bindvalue: BindParameter[bytes]) -> ColumnElement[bytes] | None:
        """On PostGIS a WKB parameter becomes a geometry; a GeoPackage stores the blob as it comes."""
        return _FromWkb(bindvalue)

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[bytes] | None:
        """On PostGIS a column is asked for as WKB."""
        return _AsWkb(column, type_=self)


class _FromWkb(sa.sql.functions.GenericFunction[bytes]):
    """``ST_GeomFromWKB`` on PostGIS, nothing on a GeoPackage."""

    name = "jnw_from_wkb"
    inherit_cache = True
    type = sa.LargeBinary()


class _AsWkb(sa.sql.functions.GenericFunction[bytes]):
    """``ST_AsBinary`` on PostGIS, nothing on a GeoPackage."""

    name = "jnw_as_wkb"
    inherit_cache = True


@compiles(_FromWkb)
@compiles(_AsWkb)
def _stored_as_is(element: sa.sql.functions.GenericFunction[bytes], compiler: SQLCompiler, **kw: Any) -> str:
    """A GeoPackage stores the blob itself."""
    return compiler.process(element.clauses.clauses[0], **kw)


@compiles(_FromWkb, "postgresql")
def _from_wkb(element: _FromWkb, compiler: SQLCompiler, **kw: Any) -> str:
    srid = compiler.dialect.jnw_srid  # type: ignore[attr-defined]
    return f"ST_GeomFromWKB({compiler.process(element.clauses.clauses[0], **kw)}, {srid:d})"


@compiles(_AsWkb, "postgresql")
def _as_wkb(element: _AsWkb, compiler: SQLCompiler, **kw: Any) -> str:
    return f"ST_AsBinary({compiler.process(element.clauses.clauses[0], **kw)})"


@compiles(Geometry, "postgresql")
def _postgis_type(element: Geometry, compiler: Any, **_kw: Any) -> str:
    return f"geometry({element.geometry}{'Z' if element.has_z else ''}, {compiler.dialect.jnw_srid:d})"


def to_blob(wkb: bytes, srid: int) -> bytes:
    """WKB as a GeoPackage blob with an XY envelope."""
    geometry = shapely.from_wkb(wkb)
    wkb = shapely.to_wkb(geometry, flavor="iso")
    if shapely.is_empty(geometry):
        return struct.pack("<2sBBi", b"GP", 0, 0b0001_0001, srid) + wkb
    low_e, low_n, high_e, high_n = shapely.bounds(geometry)
    return _HEADER.pack(b"GP", 0, 0b0000_0011, srid, low_e, high_e, low_n, high_n) + wkb


class WkbColumn(list["bytes | None"]):
    """Geometries as ISO WKB, with their ``bounds`` (n, 4: xmin, ymin, xmax, ymax; NaN where empty or missing)."""

    def __init__(self, wkb: Sequence[bytes | None], bounds: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        super().__init__(wkb)
        self.bounds = bounds

    @classmethod
    def of(cls, values: Sequence[bytes | None] | np.ndarray[Any, np.dtype[Any]]) -> WkbColumn:
        """``values`` (WKB) as such a column; one that is already is itself."""
        if isinstance(values, cls):
            return values
        shapes = shapely.from_wkb(np.asarray(values, dtype=object))
        return cls(shapely.to_wkb(shapes, flavor="iso").tolist(), shapely.bounds(shapes).reshape(-1, 4))


def to_blobs(column: WkbColumn, srid: int) -> list[bytes | None]:
    """Many geometries as GeoPackage blobs, headers made in one array; empty and missing ones included."""
    header = np.zeros(
        len(column),
        dtype=[("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srid", "<i4"), ("envelope", "<f8", 4)],
    )
    header["magic"] = b"GP"
    header["flags"] = 0b0000_0011
    header["srid"] = srid
    header["envelope"] = column.bounds[:, [0, 2, 1, 3]]
    heads = header.tobytes()
    size = header.itemsize
    plain = ~np.isnan(column.bounds[:, 0])
    return [
        heads[i * size : (i + 1) * size] + body if plain[i] else (None if body is None else to_blob(body, srid))  # type: ignore[operator]
        for i, body in enumerate(column)
    ]


def from_blob(blob: bytes) -> bytes:
    """The WKB inside a GeoPackage blob."""
    return bytes(blob[_WKB_STARTS[blob[3]] :])


def envelope(blob: bytes | None) -> tuple[float, float, float, float] | None:
    """``(xmin, ymin, xmax, ymax)`` of a GeoPackage blob; ``None`` for an empty or missing geometry."""
    if blob is None or blob[3] & 0b0001_0000:
        return None
    if (blob[3] >> 1) & 7:
        low_e, high_e, low_n, high_n = struct.unpack_from("<4d" if blob[3] & 1 else ">4d", blob, 8)
        return (low_e, low_n, high_e, high_n)
    shape = shapely.from_wkb(from_blob(blob))
    if shapely.is_empty(shape):
        return None
    low_e, low_n, high_e, high_n = shapely.bounds(shape)
    return (float(low_e), float(low_n), float(high_e), float(high_n))
