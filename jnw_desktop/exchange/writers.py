"""Writes rows of facilities as GeoPackage, shapefile and GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import fiona
import shapely
import shapely.geometry

from jnw_desktop.exchange.mapping import short_name
from jnw_desktop.exchange.outgoing import Row
from jnw_desktop.facilities.kinds import Kind

AT_ONCE = 10_000
RECIPIENT = "recipient"  # what the stamp is called where a format takes names of its own
SHP_TEXT = 254  # bytes of a shapefile's text
_FIONA = {"text": "str", "reference": "str", "integer": "int32", "number": "float", "date": "date", "boolean": "bool"}
_NAMES = {"POINT": "Point", "LINESTRING": "LineString", "MULTILINESTRING": "MultiLineString",
          "MULTIPOLYGON": "MultiPolygon"}  # fmt: skip


def write_vector(
    path: Path, driver: str, kind: Kind, rows: Iterable[Row], crs: int, *, placed: bool = True, stamp: str = ""
) -> None:
    """Write one layer of a GeoPackage or a shapefile; a shapefile's names are its short ones, its text UTF-8.

    A layer that is not ``placed`` has rows and no geometry. A GeoPackage keeps ``stamp`` in its metadata.
    """
    shp = driver == "ESRI Shapefile"
    types = {"code": "str", "uid": "str"} | {one.name: _FIONA[one.type] for one in kind.fields}
    if shp:
        types = {name: "int32" if word == "bool" else f"str:{SHP_TEXT}" if word == "str" else word
                 for name, word in types.items()}  # fmt: skip
    names = {name: short_name(name) if shp else name for name in types}
    geometry = _NAMES[kind.geometry]
    geometry = (geometry.removeprefix("Multi") if shp else geometry) if placed else "None"
    schema = {"geometry": geometry, "properties": {names[name]: word for name, word in types.items()}}  # fmt: skip
    left = iter(rows)
    with fiona.open(
        path,
        "w",
        driver=driver,
        layer=path.stem if shp else kind.id,
        schema=schema,
        crs=f"EPSG:{crs}" if placed else None,
        encoding="UTF-8",
    ) as target:
        if stamp and not shp:
            target.update_tags({RECIPIENT: stamp})
        while some := list(islice(left, AT_ONCE)):
            target.writerecords(
                {
                    "geometry": _mapping(shape),
                    "properties": {names[name]: _plain(values[name], shp) for name in types},
                }
                for values, shape in some
            )


def _mapping(shape: Any) -> Any:
    return None if shape is None else shapely.geometry.mapping(shape)


def _plain(value: Any, shp: bool) -> Any:
    if shp and isinstance(value, bool):
        return int(value)
    if shp and isinstance(value, str):
        return value.encode()[:SHP_TEXT].decode("utf-8", "ignore")
    return value


def write_geojson(path: Path, kind: Kind, rows: Iterable[Row], crs: int, stamp: str = "") -> None:
    """Write a feature collection; a CRS that is not longitude and latitude is named in the ``crs`` member.

    ``stamp`` is a member of its own, ``recipient``.
    """
    member = "" if crs == 4326 else (
        f'"crs": {{"type": "name", "properties": {{"name": "urn:ogc:def:crs:EPSG::{crs}"}}}},\n'
    )  # fmt: skip
    if stamp:
        member += f'"{RECIPIENT}": {json.dumps(stamp, ensure_ascii=False)},\n'
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"type": "FeatureCollection", "name": "{kind.id}",\n{member}"features": [\n')
        before = ""
        for values, shape in rows:
            properties = {name: value for name, value in values.items() if value is not None}
            feature = {
                "type": "Feature", "properties": properties, "geometry": _mapping(shape),
            }  # fmt: skip
            file.write(before + json.dumps(feature, ensure_ascii=False))
            before = ",\n"
        file.write("\n]}\n")
