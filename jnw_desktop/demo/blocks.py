"""Neighbourhoods and buildings between the streets, and where each takes its water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.affinity import rotate

from jnw_desktop.demo.recipe import Recipe
from jnw_desktop.demo.streets import Streets

ENTRY = 9.0  # m from the neighbourhood's edge to its meter


@dataclass(frozen=True)
class Blocks:
    """``areas`` (n,) polygons, ``floors`` (n,), and for each its supply.

    Supply: ``line`` (n,) street line, ``along`` (n,) m from that line's start, ``entry`` (n, 2) place of the meter.
    ``houses`` (m,) polygons of ``owner`` (m,) neighbourhoods.
    """

    areas: npt.NDArray[np.object_]
    floors: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]
    along: npt.NDArray[np.float64]
    entry: npt.NDArray[np.float64]
    houses: npt.NDArray[np.object_]
    owner: npt.NDArray[np.int64]


def build_blocks(recipe: Recipe, streets: Streets, rng: np.random.Generator) -> Blocks:
    """Faces of the streets that carry buildings."""
    rules = recipe.blocks
    faces = shapely.get_parts(shapely.polygonize(streets.lines))
    faces = shapely.buffer(faces, -rules.setback, join_style="mitre")
    faces = faces[(shapely.get_type_id(faces) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(faces)]
    size = shapely.area(faces)
    faces = faces[(size > rules.smallest) & (size < rules.largest) & (rng.random(len(faces)) < rules.built)]
    floors = rng.choice([6, 6, 11, 18, 26], size=len(faces))
    houses, owner = _houses(recipe, faces, rng)
    kept = np.isin(np.arange(len(faces)), owner)  # a neighbourhood without a house is a park
    renumber = np.cumsum(kept) - 1
    faces, floors = faces[kept], floors[kept]
    line, along, entry = _supply(streets, faces)
    return Blocks(faces, floors, line, along, entry, houses, renumber[owner])


def _houses(
    recipe: Recipe, faces: npt.NDArray[np.object_], rng: np.random.Generator
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Rows of houses along each face's longest side; only those that stand wholly inside."""
    made: list[shapely.Geometry] = []
    owner: list[int] = []
    for number, face in enumerate(faces):
        length, depth = recipe.blocks.house[int(rng.integers(len(recipe.blocks.house)))]
        gap = rng.uniform(*recipe.blocks.row_gap)
        centre = face.centroid
        bearing = _longest_side(face)
        upright = rotate(face, -bearing, origin=centre)
        low_e, low_n, high_e, high_n = upright.bounds
        east = np.arange(low_e + 4, high_e - length, length + 10.0)
        north = np.arange(low_n + 4, high_n - depth, depth + gap)
        if not len(east) or not len(north):
            continue
        grid = np.stack(np.meshgrid(east, north), -1).reshape(-1, 2)
        boxes = shapely.box(grid[:, 0], grid[:, 1], grid[:, 0] + length, grid[:, 1] + depth)
        boxes = boxes[shapely.contains_properly(upright, boxes)]
        made.extend(rotate(box, bearing, origin=centre) for box in boxes)
        owner.extend([number] * len(boxes))
    return np.array(made, dtype=object), np.array(owner, dtype=np.int64)


def _longest_side(face: shapely.Polygon) -> float:
    step = np.diff(shapely.get_coordinates(face.minimum_rotated_rectangle)[:3], axis=0)
    side = step[np.argmax(np.hypot(step[:, 0], step[:, 1]))]
    return float(np.degrees(np.arctan2(side[1], side[0])))


def _supply(
    streets: Streets, faces: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The nearest street of each face, the place along it, and the meter a little inside the face."""
    middle = shapely.point_on_surface(faces)
    _, line = shapely.STRtree(streets.lines).query_nearest(middle, all_matches=False)
    along = shapely.line_locate_point(streets.lines[line], middle)
    off = shapely.line_interpolate_point(streets.lines[line], along)
    edge = shapely.get_point(shapely.shortest_line(off, faces), -1)
    inner, target = (shapely.get_coordinates(points) for points in (edge, middle))
    way = target - inner
    way /= np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    return line, along, inner + ENTRY * way
