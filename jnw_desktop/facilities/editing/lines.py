"""Lines of pipes as arrays of points: cut, joined, moved at an end, and what is known of their ends carried along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Points = npt.NDArray[np.float64]  # (n, 2): east, north in metres
Place = tuple[float, float]

ENDS_OF = {"start": ("start_node", "depth_start", "elevation_start"), "end": ("end_node", "depth_end", "elevation_end")}
SAME_LENGTH = 0.01  # m; a recorded length this near the drawn one is the drawn one


def points_of(wkb: bytes) -> Points:
    """The points of a WKB line."""
    return np.asarray(shapely.get_coordinates(shapely.from_wkb(wkb)), dtype=np.float64)


def place_of(wkb: bytes) -> Place:
    """Where a WKB point is."""
    point = shapely.from_wkb(wkb)
    return float(point.x), float(point.y)


def line_wkb(points: Points) -> bytes:
    """WKB of a line."""
    return bytes(shapely.to_wkb(shapely.linestrings(points), flavor="iso"))


def point_wkb(place: Place) -> bytes:
    """WKB of a point."""
    return bytes(shapely.to_wkb(shapely.Point(place), flavor="iso"))


def without_repeats(points: Points) -> Points:
    """The same line without points that repeat the one before."""
    keep = np.ones(len(points), dtype=bool)
    keep[1:] = (points[1:] != points[:-1]).any(axis=1)
    return points[keep]


def length_of(points: Points) -> float:
    """Plane length in metres."""
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def measure_of(points: Points, place: Place) -> tuple[float, float]:
    """Distance along the line (m) of its point nearest to ``place``, and how far from the line ``place`` is (m)."""
    line, point = shapely.linestrings(points), shapely.Point(place)
    return float(shapely.line_locate_point(line, point)), float(shapely.distance(line, point))


def place_at(points: Points, measure: float) -> Place:
    """The place ``measure`` metres along the line."""
    point = shapely.line_interpolate_point(shapely.linestrings(points), measure)
    return float(point.x), float(point.y)


def cut(points: Points, measure: float) -> tuple[Points, Points]:
    """The line up to ``measure`` metres and from there on; both have the point of the cut."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    here = np.array([place_at(points, measure)])
    first, second = points[along < measure], points[along > measure]
    return without_repeats(np.vstack([first, here])), without_repeats(np.vstack([here, second]))


def between(start: float | None, end: float | None, share: float) -> float | None:
    """A value at ``share`` (0 to 1) of the way from ``start`` to ``end``; unknown when one that it needs is."""
    if share in (0.0, 1.0):
        return end if share else start
    return None if start is None or end is None else start + (end - start) * share


def new_length(recorded: float | None, before: float, after: float) -> float:
    """The recorded length of a line that was ``before`` and is ``after`` metres long as drawn.

    A recorded length that is not the drawn one (on a slope, or on a plan that is not to scale) keeps its ratio to it.
    """
    if recorded is None or before <= 0 or abs(recorded - before) <= SAME_LENGTH:
        return round(after, 3)
    return round(recorded * after / before, 3)


def shaped(row: Mapping[str, Any], points: Points) -> dict[str, Any]:
    """The fields that change when the line of the pipe ``row`` becomes ``points``."""
    points = without_repeats(points)
    before = length_of(points_of(row["geom"])) if row.get("geom") is not None else 0.0
    return {"geom": line_wkb(points), "length": new_length(row.get("length"), before, length_of(points))}
