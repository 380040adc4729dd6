"""Geometries on their way to a kind: parts taken out of collections, areas repaired, the rest refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.exchange.layer import Objects
from jnw_desktop.language import N_, _

_PARTS = {"POINT": 0, "LINESTRING": 1, "MULTILINESTRING": 1, "MULTIPOLYGON": 3}
_MULTI = {0: 4, 1: 5, 3: 6}  # a single type's number in shapely to its multi's
_ANOTHER = {
    0: N_("its geometry is not a point"), 1: N_("its geometry is not a line"), 3: N_("its geometry is not an area"),
}  # fmt: skip
Bools = npt.NDArray[np.bool_]
FARTHEST = 1e9  # metres from the CRS's origin: no place on earth is, and squares of it are still numbers
SHORTEST = 1e-6  # metres: a line shorter than this is a point
SMALLEST = 1e-6  # square metres


def fit(shapes: Objects, geometry: str) -> tuple[Objects, dict[int, str], int]:
    """``shapes`` as a column of type ``geometry`` holds them; why one cannot be, by place; how many were repaired."""
    shapes = shapes.copy()
    reasons: dict[int, str] = {}

    def refuse(which: Bools, why: str) -> None:
        for at in np.flatnonzero(which):
            reasons.setdefault(int(at), why)

    refuse(shapely.is_missing(shapes) | shapely.is_empty(shapes), _("it has no geometry"))
    refuse(_not_finite(shapes), _("a coordinate is not a number, or lies where the CRS cannot reach"))
    single = _PARTS[geometry]
    kinds = shapely.get_type_id(shapes)
    lone = (kinds == _MULTI[single]) & (shapely.get_num_geometries(shapes) == 1)
    shapes[lone] = shapely.get_geometry(shapes[lone], 0)
    several = np.flatnonzero(((kinds == _MULTI[single]) & ~lone) | (kinds == 7))
    for at in several:
        if int(at) not in reasons:
            shapes[at] = _gathered(shapes[at], single, geometry.startswith("MULTI"))
    kinds = shapely.get_type_id(shapes)
    fitting = (kinds == single) | ((kinds == _MULTI[single]) & geometry.startswith("MULTI"))
    left = ~np.isin(np.arange(len(shapes)), list(reasons))
    refuse(left & ~fitting, _(_ANOTHER[single]))
    if single == 1:
        refuse(_less(shapely.length, shapes, left & fitting, SHORTEST), _("the line has no length"))
    repaired = _repair(shapes, left & fitting, refuse) if single == 3 else 0
    return shapes, reasons, repaired


def single_parts(shapes: Objects, geometry: str) -> dict[int, list[Any]]:
    """By place in ``shapes``, the parts of those that a column of type ``geometry`` holds only one by one, in order."""
    single = _PARTS[geometry]
    if geometry.startswith("MULTI"):
        return {}
    kinds = shapely.get_type_id(shapes)
    several = np.flatnonzero(((kinds == _MULTI[single]) | (kinds == 7)) & (shapely.get_num_geometries(shapes) > 1))
    found = {}
    for at in several[~_not_finite(shapes[several])].tolist():
        whole = _gathered(shapes[at], single, multi=False)
        parts = [part for part in shapely.get_parts(whole).tolist() if not part.is_empty]
        if shapely.get_type_id(whole) == _MULTI[single] and len(parts) > 1:
            found[at] = _in_order(parts, _flat(shapes[at]))
    return found


def _in_order(parts: list[Any], first: list[Any]) -> list[Any]:
    """Parts that were joined of ``first``, in the order in which their beginnings stand there."""
    order = {part.coords[0]: at for at, part in reversed(list(enumerate(first))) if not part.is_empty}
    return sorted(parts, key=lambda part: min(order.get(vertex, len(first)) for vertex in part.coords))


def _not_finite(shapes: Objects) -> Bools:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    wrong = np.zeros(len(shapes), dtype=bool)
    with np.errstate(invalid="ignore"):
        wrong[owner[~(np.abs(coordinates) <= FARTHEST).all(axis=1)]] = True  # NaN is not so either
    return wrong


def _gathered(shape: shapely.Geometry, single: int, multi: bool) -> shapely.Geometry:
    """Parts of one type out of a collection; lines that join made one."""
    parts = [part for part in _flat(shape) if shapely.get_type_id(part) == single]
    if len(parts) == 1:
        return parts[0]
    if len(parts) != len(_flat(shape)) or not parts:
        return shape
    if multi:
        gather = {1: shapely.multilinestrings, 3: shapely.multipolygons}[single]
        return gather(parts)
    return shapely.line_merge(shapely.multilinestrings(parts)) if single == 1 else shapely.multipoints(parts)


def _flat(shape: shapely.Geometry) -> list[shapely.Geometry]:
    parts = list(shapely.get_parts(shape))
    return [inner for part in parts for inner in (_flat(part) if hasattr(part, "geoms") else [part])]


def _less(measure: Any, shapes: Objects, which: Bools, least: float) -> Bools:
    """Which of ``which`` measure less than ``least``; what was refused is not measured, it may be beyond numbers."""
    small = np.zeros(len(shapes), dtype=bool)
    small[which] = measure(shapes[which]) < least
    return small


def _repair(shapes: Objects, which: Bools, refuse: object) -> int:
    """Make valid areas of those that cross themselves; refuse what is left of no extent."""
    wrong = np.flatnonzero(which & ~shapely.is_valid(shapes))
    for at in wrong:
        mended = shapely.make_valid(shapes[at])
        areas = [part for part in (_flat(mended) if hasattr(mended, "geoms") else [mended]) if part.area > 0]
        shapes[at] = shapely.multipolygons(areas) if areas else shapely.MultiPolygon()
    small = _less(shapely.area, shapes, which, SMALLEST)
    refuse(small, _("the area has no extent"))  # type: ignore[operator]
    return int((~small[wrong]).sum())
