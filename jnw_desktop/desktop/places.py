"""A place as people type it: east and north, longitude and latitude, or the two the wrong way round."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyproj

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_COORDINATE = re.compile(rf"^\s*[EeXx]?\s*{_NUMBER}\s*°?\s*[,，;\s]\s*[NnYy]?\s*{_NUMBER}\s*°?\s*$")


def coordinate(text: str) -> tuple[float, float] | None:
    """Two numbers as typed."""
    match = _COORDINATE.match(text)
    return (float(match[1]), float(match[2])) if match else None


@dataclass(frozen=True)
class Place:
    """East and north in the CRS; ``turned``: it was typed north first, or latitude first."""

    east: float
    north: float
    turned: bool


class Places:
    """Understands coordinates for one CRS (its EPSG code)."""

    def __init__(self, crs: int) -> None:
        system = pyproj.CRS.from_epsg(crs)
        self._to_plane = pyproj.Transformer.from_crs(system.geodetic_crs, system, always_xy=True)
        self._to_degrees = pyproj.Transformer.from_crs(system, system.geodetic_crs, always_xy=True)
        area = system.area_of_use
        self._area = (area.west, area.south, area.east, area.north) if area else (-180.0, -90.0, 180.0, 90.0)

    def degrees(self, east: float, north: float) -> tuple[float, float]:
        """Longitude and latitude."""
        longitude, latitude = self._to_degrees.transform(east, north)
        return longitude, latitude

    def find(self, x: float, y: float) -> Place | None:
        """The place in the CRS's area of use that two numbers mean, as typed or turned, or ``None``."""
        for first, second, turned in ((x, y, False), (y, x, True)):
            if abs(first) <= 180 and abs(second) <= 90:
                if self._holds(first, second):
                    east, north = self._to_plane.transform(first, second)
                    return Place(east, north, turned)
            elif self._holds(*self.degrees(first, second)):
                return Place(first, second, turned)
        return None

    def _holds(self, longitude: float, latitude: float) -> bool:
        west, south, east, north = self._area
        return west <= longitude <= east and south <= latitude <= north
