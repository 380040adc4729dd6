"""Curved geometries of ISO WKB (circular strings, compound curves, curve polygons and their multis) as chords.

Shapely reads none of them. Arcs become chords that are off the arc by no more than ``FLATNESS``. Types and byte layout:
ISO/IEC 13249-3 (SQL/MM) and OGC 12-128 (GeoPackage), table of geometry types.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

FLATNESS = 0.01  # units of the CRS
DEEPEST = 8  # collections inside collections
_POINT, _LINE, _POLYGON = 1, 2, 3
_CIRCULAR, _COMPOUND, _CURVE_POLYGON = 8, 9, 10
_GATHER: dict[int, Any] = {
    4: shapely.MultiPoint, 5: shapely.MultiLineString, 6: shapely.MultiPolygon, 7: shapely.GeometryCollection,
    11: shapely.MultiLineString, 12: shapely.MultiPolygon,
}  # fmt: skip
Floats = npt.NDArray[np.float64]


def from_curved_wkb(wkb: bytes) -> Any:
    """The flat shapely geometry of ``wkb``, Z and M left out. Raises ValueError where it cannot be read."""
    try:
        return _Reader(wkb).geometry(0)
    except (struct.error, IndexError, shapely.GEOSException, shapely.errors.ShapelyError) as error:
        raise ValueError(str(error)) from error


class _Reader:
    """Goes through the bytes of one geometry."""

    def __init__(self, wkb: bytes) -> None:
        self._wkb = wkb
        self._at = 0
        self._order = "<"

    def geometry(self, depth: int) -> Any:
        kind, wide = self._head()
        if depth > DEEPEST:
            raise ValueError("nested too deep")
        if kind == _POINT:
            return shapely.Point(self._points(1, wide)[0])
        if kind in (_LINE, _CIRCULAR):
            return shapely.LineString(self._curve(kind, wide))
        if kind == _COMPOUND:
            return shapely.LineString(self._compound())
        if kind == _POLYGON:
            rings = [self._points(self._count(), wide) for _ring in range(self._count())]
            return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()
        parts = [self.geometry(depth + 1) for _part in range(self._count())]
        if kind == _CURVE_POLYGON:
            return shapely.Polygon(parts[0], parts[1:]) if parts else shapely.Polygon()
        if kind not in _GATHER:
            raise ValueError(str(kind))
        return _GATHER[kind](parts)

    def _head(self) -> tuple[int, int]:
        """Type and number of ordinates of what begins here."""
        self._order = "<" if self._wkb[self._at] else ">"
        self._at += 1
        told = self._count()
        kind = told & 0x0FFFFFFF  # the upper bits are how PostGIS says with Z or M
        more = kind // 1000
        wide = 2 + (more in (1, 3)) + (more in (2, 3)) + bool(told & 0x80000000) + bool(told & 0x40000000)
        return kind % 1000, wide

    def _count(self) -> int:
        (count,) = struct.unpack_from(f"{self._order}I", self._wkb, self._at)
        self._at += 4
        return int(count)

    def _points(self, count: int, wide: int) -> Floats:
        size = 8 * wide * count
        if self._at + size > len(self._wkb):
            raise ValueError("cut off")
        values = np.frombuffer(self._wkb, f"{self._order}f8", wide * count, self._at)
        self._at += size
        return values.reshape(count, wide)[:, :2].astype(np.float64)

    def _curve(self, kind: int, wide: int) -> Floats:
        points = self._points(self._count(), wide)
        return chords(points) if kind == _CIRCULAR else points

    def _compound(self) -> Floats:
        whole: list[Floats] = []
        for part in range(self._count()):
            kind, wide = self._head()
            if kind not in (_LINE, _CIRCULAR):
                raise ValueError(str(kind))
            points = self._curve(kind, wide)
            whole.append(points[1:] if part else points)
        return np.concatenate(whole) if whole else np.zeros((0, 2))


def chords(points: Floats) -> Floats:
    """Vertices of a line along the arcs through points 0, 1, 2, then 2, 3, 4 and so on; ``points`` is (2k+1, 2)."""
    if len(points) < 3 or len(points) % 2 == 0:
        raise ValueError("no arc")
    made = [points[:1]]
    for at in range(0, len(points) - 2, 2):
        made.append(_arc(*points[at : at + 3])[1:])
    return np.concatenate(made)


def _arc(begin: Floats, middle: Floats, end: Floats) -> Floats:
    """Vertices from ``begin`` through ``middle`` to ``end``; a whole circle where the ends are one point."""
    u, v = middle - begin, end - begin
    if not v.any():  # SQL/MM: the middle lies opposite
        centre, turn = (begin + middle) / 2, 2 * math.pi
    else:
        cross = 2 * (u[0] * v[1] - u[1] * v[0])
        if abs(cross) < 1e-12 * max(1.0, float(u @ u), float(v @ v)):
            return np.array([begin, middle, end])
        centre = begin + np.array([v[1] * (u @ u) - u[1] * (v @ v), u[0] * (v @ v) - v[0] * (u @ u)]) / cross
        first = math.atan2(*(begin - centre)[::-1])
        turn = (math.atan2(*(end - centre)[::-1]) - first) % (2 * math.pi)
        if cross < 0:  # clockwise
            turn -= 2 * math.pi
    radius = float(np.hypot(*(begin - centre)))
    step = 2 * math.acos(max(0.0, 1 - FLATNESS / radius)) if radius > FLATNESS else math.pi / 2
    count = max(2, math.ceil(abs(turn) / step))
    angle = math.atan2(*(begin - centre)[::-1]) + turn * np.linspace(0, 1, count + 1)
    made = centre + radius * np.column_stack([np.cos(angle), np.sin(angle)])
    made[0], made[-1] = begin, end
    return made
