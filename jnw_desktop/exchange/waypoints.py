"""Places to go to as files that a satellite receiver, a phone or a GIS takes: GPX 1.1 and GeoJSON (RFC 7946).

Both tell longitude and latitude on WGS 84, which CGCS2000 agrees with to a few centimetres.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyproj

GPX, GEOJSON = ".gpx", ".geojson"
ENDINGS = (GPX, GEOJSON)
_NAMESPACE = "http://www.topografix.com/GPX/1/1"
_PLACES = 7  # decimals of a degree: a centimetre


@dataclass(frozen=True)
class Waypoint:
    """``at``: (E, N). ``name`` and ``description`` are shown; ``facts`` are a feature's properties in GeoJSON."""

    at: tuple[float, float]
    name: str
    description: str
    facts: dict[str, Any]


def write_waypoints(path: Path, points: Sequence[Waypoint], crs: int, title: str, note: str = "") -> None:
    """Write ``points``, whose places are in EPSG ``crs``, as the ending says; ``note`` stands at the head."""
    there = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    degrees = [there.transform(*point.at) for point in points]
    places = [(round(lon, _PLACES), round(lat, _PLACES)) for lon, lat in degrees]
    write = {GPX: _gpx, GEOJSON: _geojson}[path.suffix.lower()]
    path.write_bytes(write(points, places, title, note))


def _gpx(points: Sequence[Waypoint], places: Sequence[tuple[float, float]], title: str, note: str) -> bytes:
    root = ElementTree.Element("gpx", {"xmlns": _NAMESPACE, "version": "1.1", "creator": "JNW Desktop"})
    head = ElementTree.SubElement(root, "metadata")
    ElementTree.SubElement(head, "name").text = title
    if note:
        ElementTree.SubElement(head, "desc").text = note
    for point, (lon, lat) in zip(points, places, strict=True):
        made = ElementTree.SubElement(root, "wpt", {"lat": f"{lat:.{_PLACES}f}", "lon": f"{lon:.{_PLACES}f}"})
        ElementTree.SubElement(made, "name").text = point.name
        ElementTree.SubElement(made, "desc").text = point.description
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _geojson(points: Sequence[Waypoint], places: Sequence[tuple[float, float]], title: str, note: str) -> bytes:
    features = [
        {"type": "Feature", "properties": point.facts, "geometry": {"type": "Point", "coordinates": place}}
        for point, place in zip(points, places, strict=True)
    ]
    whole = {"type": "FeatureCollection", "name": title} | ({"note": note} if note else {}) | {"features": features}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()
