"""Values on their way into a table: checked against its columns, made plain, refused with the reason."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.language import N_, _
from jnw_desktop.workspace.errors import ValueRefused
from jnw_desktop.workspace.geometry import Geometry, WkbColumn
from jnw_desktop.workspace.tables import GEOMETRY, IsoDate

_MULTI = {
    "MULTIPOINT": (shapely.GeometryType.POINT, shapely.multipoints),
    "MULTILINESTRING": (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
    "MULTIPOLYGON": (shapely.GeometryType.POLYGON, shapely.multipolygons),
}


_TEXTS = {str, type(None)}
_DATES = {str, datetime.date, type(None)}


def clean_row(table: sa.Table, values: Mapping[str, object]) -> dict[str, Any]:
    """``values`` as the columns of ``table`` hold them; raises ValueRefused naming the column and the value."""
    return {name: clean_value(_column(table, name), value) for name, value in values.items()}


def clean_value(column: sa.Column[Any], value: object) -> Any:
    """One value as ``column`` holds it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    try:
        return _converted(column, value)
    except (ValueError, TypeError, OverflowError, shapely.GEOSException) as error:
        shown = "…" if column.name == GEOMETRY else value
        raise ValueRefused(
            _("{value} is not a value for {column}.").format(value=shown, column=title_of(column)),
            _("Correct the value and try again: {reason}").format(reason=_reason(column, error)),
        ) from error


def title_of(column: sa.Column[Any]) -> str:
    """What people call a column, with its name; a table says its columns' titles in ``info["title"]``."""
    title = column.info.get("title")
    return f"{_(title)} ({column.name})" if title else column.name


def _reason(column: sa.Column[Any], error: Exception) -> str:
    """Why a value was refused: our own words, or what the column expects."""
    if isinstance(error, Unfit):
        return str(error)
    if isinstance(column.type, Geometry):
        return _("the geometry cannot be read")
    for kind, expected in (
        (IsoDate, N_("a date such as 2024-05-01 is expected")),
        (sa.Boolean, N_("yes or no is expected")),
        (sa.Integer, N_("a whole number is expected")),
        (sa.Double, N_("a finite number is expected")),
    ):
        if isinstance(column.type, kind):
            return _(expected)
    return _("a text is expected")


class Unfit(ValueError):
    """A value refused for a reason told in the user's language."""


def _converted(column: sa.Column[Any], value: Any) -> Any:  # noqa: PLR0911 - one line for each type
    kind = column.type
    if isinstance(kind, Geometry):
        return clean_geometries(kind, [value])[0]
    if isinstance(kind, IsoDate):
        return value.isoformat() if isinstance(value, datetime.date) else datetime.date.fromisoformat(value).isoformat()
    if isinstance(kind, sa.Boolean):
        if value not in (True, False):
            raise Unfit(_("yes or no is expected"))
        return bool(value)
    if isinstance(kind, sa.Integer):
        if isinstance(value, str):
            return int(value)
        if int(value) != value:
            raise Unfit(_("a whole number is expected"))
        return int(value)
    if isinstance(kind, sa.Double):
        number = float(value)
        if not math.isfinite(number):
            raise Unfit(_("a finite number is expected"))
        return number
    return str(value)


def clean_columns(table: sa.Table, columns: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Whole columns as ``table`` holds them: NaN becomes ``None``, numbers plain, geometry checked."""
    cleaned = {name: _clean_array(_column(table, name), values) for name, values in columns.items()}
    if len({len(values) for values in cleaned.values()}) > 1:
        raise ValueError("columns of different length")
    return cleaned


def _clean_array(column: sa.Column[Any], values: Any) -> list[Any]:
    if isinstance(column.type, Geometry):
        return clean_geometries(column.type, values)
    array = values if isinstance(values, np.ndarray) else None
    if array is None or array.dtype == object:
        plain = values if array is None else array.tolist()
        types = set(map(type, plain))
        if type(column.type) is sa.Text and types <= _TEXTS:
            return list(plain)
        if isinstance(column.type, IsoDate) and types <= _DATES:  # a city has as many as there were days
            known = {value: clean_value(column, value) for value in set(plain)}
            return list(map(known.__getitem__, plain))
        return [clean_value(column, value) for value in plain]
    if array.dtype.kind == "f":
        missing = np.isnan(array)
        if isinstance(column.type, sa.Integer):
            array = np.where(missing, 0, np.round(array)).astype(np.int64)
        plain = array.astype(object)
        plain[missing] = None
        return list(plain.tolist())
    return list(array.tolist())


def clean_geometries(kind: Geometry, values: Sequence[bytes | None] | Any) -> WkbColumn:
    """WKB or shapes as ``kind`` holds them: single parts made multi where the column is, anything else refused."""
    shapes = np.asarray(values, dtype=object)
    if not shapely.is_valid_input(shapes).all():
        shapes = shapely.from_wkb(shapes)
    if shapely.has_z(shapes).any():
        shapes = shapely.force_2d(shapes)
    wanted = shapely.GeometryType[kind.geometry]
    types = shapely.get_type_id(shapes)
    if kind.geometry in _MULTI:
        single, gather = _MULTI[kind.geometry]
        which = np.flatnonzero(types == single)
        if len(which):
            shapes = shapes.copy()
            shapes[which] = gather(shapes[which], indices=np.arange(len(which)))
            types = shapely.get_type_id(shapes)
    wrong = (types != wanted) & (types != shapely.GeometryType.MISSING)
    if wrong.any():
        found = shapely.GeometryType(int(types[wrong][0])).name
        raise Unfit(_("geometry {found} where {wanted} is expected").format(found=found, wanted=kind.geometry))
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    if not (np.isfinite(bounds).all() or np.isfinite(shapely.get_coordinates(shapes)).all()):
        raise Unfit(_("a coordinate is not a number"))
    return WkbColumn(shapely.to_wkb(shapes, flavor="iso").tolist(), bounds)


def _column(table: sa.Table, name: str) -> sa.Column[Any]:
    column = table.c.get(name)
    if column is None:
        raise ValueRefused(
            _("{table} has no field {name}.").format(table=table.name, name=name),
            _("Its fields are: {fields}").format(fields=", ".join(table.c.keys())),
        )
    return column
