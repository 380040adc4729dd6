"""The lines of a city as few shapes, each of one square of it: a map draws only those in view."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

MANY = 20_000  # lines up to which they are one shape
SIDE = 2_000.0  # m of a square


def gridded(lines: npt.NDArray[Any]) -> list[bytes]:
    """Lines (k,) as multilines (WKB, flat): one, or of a city one for each square in which lines begin."""
    lines = lines[~shapely.is_missing(lines) & ~shapely.is_empty(lines)]
    if shapely.has_z(lines).any():  # of a million lines it takes six seconds
        lines = shapely.force_2d(lines)
    if not len(lines):
        return []
    if len(lines) <= MANY:
        return [shapely.to_wkb(shapely.multilinestrings(lines))]
    points, of = shapely.get_coordinates(lines, return_index=True)
    first = points[np.searchsorted(of, np.arange(len(lines)))]
    _squares, square = np.unique(np.floor(first / SIDE), axis=0, return_inverse=True)
    square = square.ravel()
    order = np.argsort(square, kind="stable")
    made: list[bytes] = shapely.to_wkb(shapely.multilinestrings(lines[order], indices=square[order])).tolist()
    return made
