"""Pipes cut where a facility stands on them: pieces, and what is known of a pipe carried over to each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]

# Fields that hold a value for each end; between the ends it is taken to change evenly.
EVENLY = (("depth_start", "depth_end"), ("elevation_start", "elevation_end"))


@dataclass(frozen=True)
class Pieces:
    """Pieces of cut lines, in order along each line.

    ``line``: row of the line; ``shape``: (m,) shapely lines; ``begin``, ``end``: shares 0..1 of the line's length;
    ``at_begin``, ``at_end``: row of the point the piece begins or ends at, -1 at the line's own ends; ``longest``:
    whether it is the longest of its line, which stays the line that people know.
    """

    line: Ints
    shape: Objects
    begin: Floats
    end: Floats
    at_begin: Ints
    at_end: Ints
    longest: npt.NDArray[np.bool_]


def cut(lines: Objects, line: Ints, point: Ints, places: Floats, nearest: float) -> Pieces:
    """Cut ``lines[line[i]]`` at the point ``point[i]``, whose coordinates are ``places[point[i]]``.

    Points nearer to each other along a line, or to its ends, than ``nearest`` metres make one cut, the first one's.
    """
    along = shapely.line_locate_point(lines[line], shapely.points(places[point]))
    order = np.lexsort((along, line))
    line, point, along = line[order], point[order], along[order]
    found: list[tuple[int, Any, float, float, int, int, bool]] = []
    bounds = np.flatnonzero(np.diff(line, prepend=-1, append=-1))
    for first, last in pairwise(bounds.tolist()):
        row = int(line[first])
        found += _cut_one(row, lines[row], point[first:last], along[first:last], places, nearest)
    columns: list[Any] = list(zip(*found, strict=True)) if found else [()] * 7
    shapes = np.empty(len(found), dtype=object)
    shapes[:] = columns[1]
    return Pieces(
        np.array(columns[0], dtype=np.int64), shapes,
        np.array(columns[2], dtype=float), np.array(columns[3], dtype=float),
        np.array(columns[4], dtype=np.int64), np.array(columns[5], dtype=np.int64), np.array(columns[6], dtype=bool),
    )  # fmt: skip


def _cut_one(
    row: int, line: Any, points: Ints, along: Floats, places: Floats, nearest: float
) -> Iterator[tuple[int, Any, float, float, int, int, bool]]:
    vertices = shapely.get_coordinates(line)
    reached = np.r_[0.0, np.cumsum(np.hypot(*np.diff(vertices, axis=0).T))]
    total = float(reached[-1])
    kept: list[int] = []
    last = 0.0
    for at, distance in enumerate(along):
        if distance - last > nearest and total - distance > nearest:
            kept.append(at)
            last = float(distance)
    if not kept:
        return
    stops = np.r_[0.0, along[kept], total]
    marks = [-1, *points[kept].tolist(), -1]
    longest = int(np.argmax(np.diff(stops)))
    for piece in range(len(stops) - 1):
        low, high = stops[piece], stops[piece + 1]
        inner = vertices[(reached > low) & (reached < high)]
        head = vertices[:1] if marks[piece] < 0 else places[marks[piece]][None]
        tail = vertices[-1:] if marks[piece + 1] < 0 else places[marks[piece + 1]][None]
        shape = shapely.LineString(np.vstack([head, inner, tail]))
        yield row, shape, low / total, high / total, marks[piece], marks[piece + 1], piece == longest


def carried(values: dict[str, Any], begin: float, end: float) -> dict[str, Any]:
    """Fields of the piece from ``begin`` to ``end`` (shares 0..1) of a pipe: lengths shared, depths interpolated."""
    shared: dict[str, Any] = {}
    if values.get("length") is not None:
        shared["length"] = values["length"] * (end - begin)
    for first, last in EVENLY:
        low, high = values.get(first), values.get(last)
        if low is not None and high is not None:
            shared[first], shared[last] = low + (high - low) * begin, low + (high - low) * end
        elif low is not None or high is not None:
            # Known at one end only: it stays with the piece that has this end.
            shared[first], shared[last] = (low if begin == 0.0 else None), (high if end == 1.0 else None)
    return shared
