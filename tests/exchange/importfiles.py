"""Small files that tests bring in, and a look at what came of them."""

import json

import fiona
import shapely
import sqlalchemy as sa

from jnw_desktop.exchange.importing import import_file
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace.tables import GEOMETRY

EAST, NORTH = 510_000.0, 4_057_000.0  # a corner of Jinan in EPSG:4548


def at(east, north):
    """A place some metres from the corner."""
    return EAST + east, NORTH + north


def line(*places):
    """A line through places given in metres from the corner."""
    return shapely.LineString([at(*place) for place in places])


def point(east, north):
    """A point some metres from the corner."""
    return shapely.Point(*at(east, north))


def geojson(path, rows, crs="EPSG:4548"):
    """A GeoJSON file of (properties, geometry); a geometry may be a member as it stands."""
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": shape if shape is None or isinstance(shape, dict) else shapely.geometry.mapping(shape),
        }
        for properties, shape in rows
    ]
    collection = {"type": "FeatureCollection", "features": features}
    if crs:
        collection = {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": crs}}} | collection
    path.write_text(json.dumps(collection, ensure_ascii=False), "utf-8")
    return path


def csv_file(path, headings, *lines, encoding="utf-8"):
    """A CSV of its headings and lines."""
    path.write_bytes("\r\n".join([headings, *lines]).encode(encoding))
    return path


def with_gdal(path, driver, schema, rows, crs="EPSG:4548", **options):
    """A file as GDAL writes it, of (properties, geometry)."""
    with fiona.open(path, "w", driver=driver, schema=schema, crs=crs, **options) as out:
        out.writerecords(
            {"properties": properties, "geometry": shapely.geometry.mapping(shape)} for properties, shape in rows
        )
    return path


def bring(workspace, file, kind="", **choices):
    """Import one file."""
    return import_file(workspace, [file], choices={"kind": kind, **choices}, who="test")


def rows(workspace, kind):
    """What the workspace holds of a kind, by code, geometry as shapely's."""
    table = KINDS[kind].table
    with workspace.read() as connection:
        found = [dict(row) for row in connection.execute(sa.select(table).order_by(table.c.fid)).mappings()]
    return {row["code"]: row | {GEOMETRY: shapely.from_wkb(row[GEOMETRY])} for row in found}


def ends(workspace):
    """By pipe's code, the uids it ends at."""
    return {code: (row["start_node"], row["end_node"]) for code, row in rows(workspace, "pipe").items()}


def everything(workspace):
    """All rows of all kinds, to compare before and after."""
    with workspace.read() as connection:
        return {
            name: sorted(map(repr, connection.execute(sa.select(kind.table)).all())) for name, kind in KINDS.items()
        }


def sound(workspace):
    """Whether the workspace proves itself whole."""
    return workspace.verify() == []
