"""The area of works: from a GeoJSON file, from corners, or from a road and two stations."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyproj
import pyproj.exceptions
import shapely
import shapely.ops
import sqlalchemy as sa
from shapely.geometry import shape

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.sites import mend_area, refuse_elsewhere
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

WIDEST = 200.0  # m, of a stretch of road
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


def area_of_places(text: str, crs: int) -> tuple[bytes, list[str]]:
    """The area with corners ``E,N;E,N;…`` in EPSG:``crs`` as WKB, and what was mended.

    Raises UsageError, AreaRefused.
    """
    try:
        places = [tuple(float(value) for value in part.split(",")) for part in text.split(";") if part.strip()]
    except ValueError:
        places = []
    if len(places) < 3 or any(len(place) != 2 for place in places):
        raise UsageError(
            _("{text} is no list of corners.").format(text=text), _("Give at least three: E1,N1;E2,N2;E3,N3")
        )
    shape = shapely.Polygon(places)
    refuse_elsewhere(shape, crs, crs)
    mended, warnings = mend_area(shape)
    return bytes(shapely.to_wkb(mended)), warnings


def area_along(workspace: Workspace, road: str, begin: float, end: float, width: float | None) -> bytes:
    """The ground of ``road`` between two stations (m along it from its start), ``width`` m wide, as WKB.

    Its own width where none is named. A road of several parts is measured through them in their order. Raises
    NoSuchRow, UsageError.
    """
    record = _road(workspace, road)
    axis = shapely.line_merge(shapely.from_wkb(record.geometry))
    wide = width if width is not None else record.values.get("width")
    low, high = sorted((begin, end))
    if wide is None or not 0 < wide <= WIDEST:
        raise UsageError(_("The width of {road} is not known.").format(road=road), _("Name it in metres: --width 12"))
    if low < 0 or high > axis.length + 0.01 or high - low < 0.1:
        raise UsageError(
            _("{road} is {length:.1f} m long; {begin:g} to {end:g} m is no stretch of it.").format(
                road=road, length=axis.length, begin=begin, end=end
            ),
            _("Give two stations between 0 and its length."),
        )
    met, passed = [], 0.0
    for part in shapely.get_parts(axis):
        first, last = max(low - passed, 0.0), min(high - passed, part.length)
        passed += part.length
        if first < last:
            met.append(shapely.ops.substring(part, first, last))
    return bytes(shapely.to_wkb(shapely.buffer(shapely.union_all(met), wide / 2, cap_style="flat", join_style="mitre")))


def _road(workspace: Workspace, name: str) -> Record:
    """The road of that code, or the only one of that name."""
    road = KINDS["road"].table
    with workspace.read() as connection:
        uids = connection.scalars(sa.select(road.c.uid).where(sa.or_(road.c.code == name, road.c.name == name))).all()
    if len(uids) > 1:
        raise UsageError(
            _("{count} roads are called {name}.").format(count=len(uids), name=name), _("Name it by its code.")
        )
    return queries.describe(workspace, "road", uid=uids[0]) if uids else queries.find(workspace, name, "road")
