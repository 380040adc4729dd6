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
from jnw_desktop.facilities.sites import mend_area, refuse_elsewhere
from jnw_desktop.language import _

LONGITUDE_LATITUDE = "OGC:CRS84"  # what GeoJSON means where it names no CRS (RFC 7946)


class AreaUnreadable(RefusedError):
    """The file is no GeoJSON of an area."""

    kind = "area_unreadable"


def read_area(path: Path, crs: int) -> tuple[bytes, list[str]]:
    """The union of the file's polygons as WKB in EPSG:``crs``, and what was mended.

    The file's own CRS is its ``crs`` member, else longitude and latitude. Raises AreaUnreadable, AreaElsewhere.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        geometries = [shape(geometry) for geometry in _geometries(content)]
        system = pyproj.CRS.from_user_input(_crs(content))
    except OSError as error:
        raise _unreadable(path, _("the file cannot be opened")) from error
    except (ValueError, KeyError, TypeError, AttributeError, shapely.GEOSException) as error:
        raise _unreadable(path, _("it is not GeoJSON")) from error
    except pyproj.exceptions.CRSError as error:
        raise _unreadable(path, _("its CRS is not known")) from error
    areas = [geometry for geometry in geometries if geometry.geom_type in ("Polygon", "MultiPolygon")]
    if not areas:
        raise _unreadable(path, _("it holds no polygon"))
    move = pyproj.Transformer.from_crs(system, pyproj.CRS.from_epsg(crs), always_xy=True)
    refuse_elsewhere(shapely.GeometryCollection(areas), system, crs)
    mended = [mend_area(shapely.transform(area, move.transform, interleaved=False)) for area in areas]
    whole = shapely.union_all([shape for shape, _warnings in mended])
    return bytes(shapely.to_wkb(whole)), [text for _shape, warnings in mended for text in warnings]


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
