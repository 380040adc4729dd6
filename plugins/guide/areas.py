"""Reads the area of works from a GeoJSON file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyproj
import pyproj.exceptions
import shapely
from shapely.geometry import shape

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _

LONGITUDE_LATITUDE = "OGC:CRS84"  # what GeoJSON means where it names no CRS (RFC 7946)


class AreaUnreadable(RefusedError):
    """The file is no GeoJSON of an area."""

    kind = "area_unreadable"


def read_area(path: Path, crs: int) -> bytes:
    """The union of the file's polygons as WKB in EPSG:``crs``; its own CRS is its ``crs`` member, else lon/lat.

    Raises AreaUnreadable.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        geometries = [shape(geometry) for geometry in _geometries(content)]
        system = pyproj.CRS.from_user_input(_crs(content))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, shapely.GEOSException) as error:
        raise _unreadable(path, str(error)) from error
    except pyproj.exceptions.CRSError as error:
        raise _unreadable(path, _("its CRS is not known")) from error
    areas = [geometry for geometry in geometries if geometry.geom_type in ("Polygon", "MultiPolygon")]
    if not areas:
        raise _unreadable(path, _("it holds no polygon"))
    move = pyproj.Transformer.from_crs(system, pyproj.CRS.from_epsg(crs), always_xy=True)
    whole = shapely.union_all([shapely.make_valid(geometry) for geometry in areas])
    moved = shapely.transform(whole, lambda x, y: move.transform(x, y), interleaved=False)
    if not shapely.bounds(moved).size or not all(map(_finite, shapely.bounds(moved))):
        raise _unreadable(path, _("its coordinates lie outside the workspace's CRS"))
    return bytes(shapely.to_wkb(moved))


def _finite(value: float) -> bool:
    return value == value and abs(value) != float("inf")  # noqa: PLR0124 - NaN differs from itself


def _geometries(content: dict[str, Any]) -> list[dict[str, Any]]:
    kind = content["type"]
    if kind == "FeatureCollection":
        return [feature["geometry"] for feature in content["features"] if feature["geometry"]]
    if kind == "Feature":
        return [content["geometry"]]
    if kind == "GeometryCollection":
        return list(content["geometries"])
    return [content]


def _crs(content: dict[str, Any]) -> str:
    named = content.get("crs")
    if not named:
        return LONGITUDE_LATITUDE
    name = str(named["properties"]["name"])
    if "CRS84" in name:
        return LONGITUDE_LATITUDE
    code = re.search(r"EPSG:+(?:[\d.]*:)?(\d+)$", name, re.IGNORECASE)
    return f"EPSG:{code.group(1)}" if code else name


def _unreadable(path: Path, reason: str) -> AreaUnreadable:
    return AreaUnreadable(
        _("{path} is not an area: {reason}").format(path=path, reason=reason),
        _("Give a GeoJSON file with a Polygon, in longitude and latitude or with a crs member."),
    )
