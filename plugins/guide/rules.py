"""What a construction site means for the pipes in and around it: offsets, clear distances, relation, depth."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

TOUCH = 1e-9  # m; nearer than that two geometries touch

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Relation:
    """One pipe and the area; metres. ``clear`` is ``offset`` after half the outer diameter and the accuracy.

    ``relation``: inside (some metres lie in the area), touching (meets its edge only), protected (``clear`` is no more
    than the protection distance), near. ``depth``: to the top of the pipe, ``None`` when unknown.
    """

    offset: float
    clear: float
    length_inside: float
    depth: float | None
    relation: str


def relate(
    area: shapely.Geometry,
    pipes: npt.NDArray[np.object_],
    outer_diameter: Floats,
    accuracy: Floats,
    protection: Floats,
    depths: Floats,
) -> list[Relation]:
    """Relate each of ``pipes`` (n,), lines or points, to ``area``, all in one metric CRS.

    ``outer_diameter``, ``accuracy``, ``protection`` (n,) in metres; ``depths`` (n, 2) to top at both ends, NaN unknown.
    """
    offset = shapely.distance(pipes, area)
    inside = shapely.intersection(pipes, area)
    length_inside = shapely.length(inside)
    clear = offset - outer_diameter / 2.0 - accuracy
    within = (shapely.get_dimensions(pipes) == 0) & shapely.contains_properly(area, pipes)
    kind = np.select(
        [(length_inside > TOUCH) | within, offset <= TOUCH, clear <= protection + TOUCH],
        ["inside", "touching", "protected"],
        default="near",
    )
    found = []
    for i, pipe in enumerate(pipes):
        part = inside[i] if length_inside[i] > TOUCH else shapely.get_point(shapely.shortest_line(pipe, area), 0)
        start, end = float(depths[i, 0]), float(depths[i, 1])
        is_line = shapely.get_dimensions(pipe) == 1
        depth = shallowest(pipe, part, start, end) if is_line else _known(start)
        found.append(Relation(float(offset[i]), float(clear[i]), float(length_inside[i]), depth, str(kind[i])))
    return found


def supervision(relations: Iterable[str]) -> str:
    """How closely works are to be watched, by how pipes lie to them: ``standing``, ``daily`` or ``none``."""
    found = set(relations)
    return "standing" if found & {"inside", "touching", "protected"} else "daily" if found else "none"


def place_on(pipe: shapely.Geometry, area: shapely.Geometry) -> shapely.Point:
    """Where ``pipe`` concerns ``area``: the middle of its longest stretch in it, else where it is nearest."""
    inside = shapely.get_parts(shapely.intersection(pipe, area))
    stretch = max(inside, key=shapely.length, default=None)
    if stretch is not None and shapely.length(stretch) > TOUCH:
        return shapely.line_interpolate_point(stretch, 0.5, normalized=True)
    return shapely.get_point(shapely.shortest_line(pipe, area), 0)


def square_to(pipe: shapely.Geometry, at: shapely.Point) -> Floats:
    """The direction (2,), of length 1, that is square to ``pipe`` at its place ``at``."""
    along = shapely.line_locate_point(pipe, at)
    step = min(0.5, shapely.length(pipe) / 4)
    ends = shapely.get_coordinates(shapely.line_interpolate_point(pipe, [max(along - step, 0.0), along + step]))
    east, north = (ends[1] - ends[0]) / (np.hypot(*(ends[1] - ends[0])) or 1.0)
    return np.array([north, -east])


def months_later(day: datetime.date, months: int) -> datetime.date:
    """The same day ``months`` later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def above_pit(top: float | None, pit: float | None) -> float | None:
    """Metres from the bottom of a pit up to the top of a pipe, both told as depths below ground (m).

    Negative where the pipe lies below the pit: so much ground stays over it.
    """
    return None if top is None or pit is None else pit - top


def _known(depth: float) -> float | None:
    return None if np.isnan(depth) else depth


def shallowest(pipe: shapely.Geometry, part: shapely.Geometry, start: float, end: float) -> float | None:
    """Least depth of ``pipe`` along ``part`` of it (m), between depths ``start`` and ``end`` at its ends.

    ``None`` when an end's depth is unknown (NaN): between a known and an unknown depth nothing can be said.
    """
    if np.isnan(start) or np.isnan(end):
        return None
    at = shapely.line_locate_point(pipe, shapely.points(shapely.get_coordinates(part)), normalized=True)
    return float(np.min(start + np.asarray(at) * (end - start)))
