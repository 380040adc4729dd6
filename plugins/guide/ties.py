"""Dimension lines: how to find a pipe from the site's own edges and corners, with a tape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from jnw_plugins.guide.rules import place_on, square_to

Lines = npt.NDArray[np.object_]
SHORTEST = 0.05  # m; what is nearer cannot be told on paper
FARTHEST = 60.0  # m; beyond a tape's length it is of no use
LONG = 5.0  # m; what is shorter and inside, a branch to a hydrant, is found from the pipe it leaves
SIMILAR = 3.0  # m between the middles of two dimension lines; the later one is left out
MOST = 120  # of one guide


@dataclass(frozen=True)
class Tie:
    """One dimension line from the site to a pipe, and its length in m."""

    line: shapely.LineString

    @property
    def length(self) -> float:
        """Metres."""
        return float(self.line.length)


def ties(area: shapely.Geometry, pipes: Lines) -> list[Tie]:
    """Dimension lines from ``area`` to ``pipes`` (n,), the first of which matter most, in one metric CRS.

    Where a pipe crosses the edge: along the edge from the nearer corner. One that lies inside: square to it, from
    the edge that is met first. One outside: the shortest way to it. Of those that would lie on one another or cross
    the first is kept.
    """
    edges = _edges(area)
    kept: list[Tie] = []
    middles = np.empty((0, 2))
    for pipe in pipes:
        for line in _of(area, edges, pipe):
            if not SHORTEST <= line.length <= FARTHEST or len(kept) == MOST:
                continue
            middle = shapely.get_coordinates(shapely.line_interpolate_point(line, 0.5, normalized=True))
            if len(middles) and np.hypot(*(middles - middle).T).min() < SIMILAR:
                continue
            if kept and shapely.crosses(line, [tie.line for tie in kept]).any():
                continue
            middles = np.vstack([middles, middle])
            kept.append(Tie(line))
    return kept


def _edges(area: shapely.Geometry) -> Lines:
    """Each straight piece of the edges of an area, holes too, as a line of two corners."""
    pieces = []
    for ring in shapely.get_parts(shapely.get_parts(shapely.boundary(shapely.get_parts(area)))):
        places = shapely.get_coordinates(ring)
        pieces.append(np.stack([places[:-1], places[1:]], axis=1))
    made: Lines = shapely.linestrings(np.concatenate(pieces))
    return made


def _of(area: shapely.Geometry, edges: Lines, pipe: shapely.Geometry) -> Iterator[shapely.LineString]:
    crossed = edges[shapely.crosses(edges, pipe)]
    for edge in crossed:
        yield from _along(edge, _points(shapely.intersection(edge, pipe)))
    if len(crossed):
        return
    if not shapely.intersects(area, pipe):  # exact, as a distance of ends a hair apart is not
        yield shapely.shortest_line(area, pipe)
    elif pipe.length >= LONG:
        yield from _square(edges, pipe, place_on(pipe, area))


def _square(edges: Lines, pipe: shapely.Geometry, at: shapely.Point) -> Iterator[shapely.LineString]:
    """From the edge that is met first, square to ``pipe``, to its place ``at``; nothing where none is within a tape."""
    middle = shapely.get_coordinates(at)[0]
    across = FARTHEST * square_to(pipe, at)
    ray = shapely.LineString([middle - across, middle + across])
    met = shapely.get_coordinates(shapely.get_parts(shapely.intersection(edges, ray)))
    if len(met):
        nearest = met[int(np.argmin(np.hypot(*(met - middle).T)))]
        yield shapely.LineString([nearest, middle])


def _points(met: shapely.Geometry) -> Sequence[shapely.Geometry]:
    parts = shapely.get_parts(met)
    found: Sequence[shapely.Geometry] = parts[shapely.get_dimensions(parts) == 0]
    return found


def _along(edge: shapely.LineString, crossings: Sequence[shapely.Geometry]) -> Iterator[shapely.LineString]:
    """From the nearer corner along the edge to where the pipe comes in."""
    for at in crossings:
        place = float(shapely.line_locate_point(edge, at))
        corner = 0.0 if place <= edge.length / 2 else edge.length
        ends = shapely.line_interpolate_point(edge, [corner, place])
        yield shapely.LineString(shapely.get_coordinates(ends))
