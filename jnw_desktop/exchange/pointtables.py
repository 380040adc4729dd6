"""Tables as layers: rows placed by a WKT column, by east and north, or by longitude and latitude."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pyproj
import shapely

from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.layer import BATCH, Batch, Layer, Objects, objects
from jnw_desktop.exchange.mapping import is_chinese, plain
from jnw_desktop.exchange.quantities import coordinate
from jnw_desktop.exchange.rejects import CRS, KIND, OURS, WKT
from jnw_desktop.exchange.tabular import Table
from jnw_desktop.language import _

_WKT = ("_wkt", "wkt", "geometry", "geom", "the_geom", "shape", "geometrywkt", "几何")
_EAST = ("east", "easting", "eastings", "e", "rechtswert", "横坐标", "东坐标", "东", "横坐标y", "y横坐标", "y东", "东y")
_NORTH = (
    "north",
    "northing",
    "northings",
    "n",
    "hochwert",
    "纵坐标",
    "北坐标",
    "北",
    "纵坐标x",
    "x纵坐标",
    "x北",
    "北x",
)
_LONGITUDE = ("lon", "lng", "long", "longitude", "经度", "longitud", "lon dd", "longitude dd", "gps lon", "大地经度")
_LATITUDE = ("lat", "latitude", "纬度", "latitud", "lat dd", "latitude dd", "gps lat", "大地纬度")
_X = ("x", "x坐标", "坐标x", "sx", "xcoord", "xcoordinate", "coordx", "xcoor", "pointx", "posx", "rdx", "坐标x北")
_Y = ("y", "y坐标", "坐标y", "sy", "ycoord", "ycoordinate", "coordy", "ycoor", "pointy", "posy", "rdy", "坐标y东")


def place_columns(headings: Sequence[str]) -> tuple[str, str, bool] | None:
    """The two columns that place a row, as written, and whether north comes first; ``None`` when there are none."""
    named = {plain(heading): heading for heading in reversed(headings)}
    for firsts, seconds in ((_LONGITUDE, _LATITUDE), (_EAST, _NORTH), (_X, _Y)):
        first = next((named[plain(name)] for name in firsts if plain(name) in named), None)
        second = next((named[plain(name)] for name in seconds if plain(name) in named), None)
        if first is not None and second is not None:
            return first, second, firsts is _X and any(is_chinese(heading) for heading in headings)
    return None


def wkt_column(headings: Sequence[str]) -> str | None:
    """The column that holds WKT."""
    named = {plain(heading): heading for heading in reversed(headings)}
    return next((named[plain(name)] for name in _WKT if plain(name) in named), None)


def table_layer(table: Table) -> Layer:
    """A table as a layer. Raises UnreadableFile when nothing places its rows."""
    wkt, pair = wkt_column(table.headings), place_columns(table.headings)
    if wkt is None and pair is None:
        raise unreadable(
            table.path,
            _("{name} has no columns of coordinates (x and y, east and north, or WKT)").format(name=table.name),
        )
    first = next(table.rows(), (0, ()))[1]
    known = dict(zip(table.headings, first, strict=False))
    crs = pyproj.CRS.from_user_input(known[CRS]) if known.get(CRS) and WKT in known else None
    kind = str(known.get(KIND) or "") if WKT in known else ""
    columns = [name for name in table.headings if name not in OURS]
    north_first = wkt is None and pair is not None and pair[2]
    word = "" if wkt is not None else "point"
    layer = Layer(table.name, columns, lambda: _batches(table, wkt, pair), crs, word, table.encoding, north_first)
    layer.named_kind = kind
    return layer


def row_batches(table: Table) -> Iterator[tuple[list[int], dict[str, list[Any]]]]:
    """Rows of a table in batches: their numbers, and columns."""
    rows = table.rows()
    while some := list(islice(rows, BATCH)):
        numbers, values = zip(*some, strict=True)
        yield list(numbers), {name: list(column) for name, column in zip(table.headings, zip(*values, strict=True))}  # noqa: B905


def _batches(table: Table, wkt: str | None, pair: tuple[str, str, bool] | None) -> Iterator[Batch]:
    for numbers, columns in row_batches(table):
        if wkt is not None:
            shapes, reasons = read_wkt(columns[wkt])
        else:
            assert pair is not None
            shapes, reasons = points_of(columns[pair[0]], columns[pair[1]])
        yield Batch(np.array(numbers), columns, shapes, reasons)


def read_wkt(texts: Iterable[Any]) -> tuple[Objects, dict[int, str]]:
    """Geometries of WKT texts, and by place why one cannot be read."""
    given = [text if isinstance(text, str) else None for text in texts]
    with np.errstate(invalid="ignore"):  # NaN is looked for later, and its row refused
        shapes: Objects = shapely.from_wkt(objects(given), on_invalid="ignore")
    broken = [i for i, text in enumerate(given) if text is not None and shapes[i] is None]
    return shapes, dict.fromkeys(broken, _("the geometry cannot be read"))


def points_of(first: Sequence[Any], second: Sequence[Any]) -> tuple[Objects, dict[int, str]]:
    """Points of two columns of numbers, and by place why one is none."""
    pairs = np.column_stack([_numbers(first), _numbers(second)])
    shapes = objects([None] * len(pairs))
    good = np.isfinite(pairs).all(axis=1)
    shapes[good] = shapely.points(pairs[good])
    reasons = {
        at: _("the coordinates {first}, {second} are no numbers").format(first=first[at], second=second[at])
        for at in np.flatnonzero(~good).tolist()
    }
    return shapes, reasons


def _numbers(values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return np.array([coordinate(value) for value in values])
