"""Streets of the demonstration city as one graph: the published mains' lines, and parallel streets between them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse
import scipy.sparse.csgraph
import shapely
from shapely.affinity import rotate

from jnw_desktop.demo.recipe import Recipe
from jnw_desktop.demo.skeleton import Skeleton

TINY = 0.1  # m; a piece between two junctions so near each other is no street, and they are one junction
GRID = 0.01  # m; everything is snapped to centimetres so that ends meet exactly


@dataclass(frozen=True)
class Streets:
    """A connected planar graph of street axes.

    ``points`` (n, 2) east and north, ``lines`` (m,), ``ends`` (m, 2) point indices, ``dn`` (m,) mm of the main below,
    ``published`` (m,) whether the line comes from the published network, ``road`` (m,) number of its road.
    """

    points: npt.NDArray[np.float64]
    lines: npt.NDArray[np.object_]
    ends: npt.NDArray[np.int64]
    dn: npt.NDArray[np.int64]
    published: npt.NDArray[np.bool_]
    road: npt.NDArray[np.int64]
    built_up: shapely.Geometry


def lay_streets(recipe: Recipe, skeleton: Skeleton, rng: np.random.Generator) -> Streets:
    """All streets of the city, noded, connected, with their diameters and roads."""
    mains = shapely.union_all(shapely.set_precision(skeleton.lines, GRID))
    built_up = _built_up(recipe, mains)
    fill = _fill(recipe, mains, built_up, rng)
    lines = shapely.get_parts(shapely.line_merge(shapely.union_all([mains, fill], grid_size=GRID)))
    lines = _cut_at_ends(_drawn_together(lines))
    lines = lines[shapely.length(lines) > 3.0]
    points, ends = graph_of(lines)
    keep = _largest(ends, len(points)) & (ends[:, 0] != ends[:, 1])
    lines = lines[keep]
    points, ends = graph_of(lines)
    dn, published = _diameters(skeleton, lines, rng)
    return Streets(points, lines, ends, dn, published, strokes(lines, ends, len(points)), built_up)


def _drawn_together(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The lines without those shorter than :data:`TINY`; ends that are nearer to one another are one place."""
    points, ends = graph_of(lines)
    tiny = shapely.length(lines) < TINY
    near = shapely.STRtree(shapely.points(points)).query(shapely.points(points), predicate="dwithin", distance=TINY)
    pairs = np.concatenate([ends[tiny], near.T])
    joins = scipy.sparse.coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(points),) * 2)
    _count, label = scipy.sparse.csgraph.connected_components(joins, directed=False)
    _labels, first = np.unique(label, return_index=True)
    to = points[first[label]]
    at, owner = shapely.get_coordinates(lines[~tiny], return_index=True)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    at[starts] = to[ends[~tiny, 0]]
    at[np.r_[starts[1:], len(at)] - 1] = to[ends[~tiny, 1]]
    drawn: npt.NDArray[np.object_] = shapely.linestrings(at, indices=owner)
    return drawn


def _cut_at_ends(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The lines, cut where another ends nearer to them than :data:`TINY` and they do not."""
    points, ends = graph_of(lines)
    which, line = shapely.STRtree(lines).query(shapely.points(points), predicate="dwithin", distance=TINY)
    missed = (ends[line] != which[:, None]).all(axis=1)
    found: list[shapely.Geometry] = []
    for number in np.unique(line[missed]).tolist():
        whole = lines[number]
        places = sorted(
            (whole.project(shapely.Point(points[at])), at) for at in which[missed & (line == number)].tolist()
        )
        vertices = shapely.get_coordinates(whole)
        along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(vertices, axis=0).T))]
        stops = [(0.0, vertices[0]), *((far, points[at]) for far, at in places), (along[-1], vertices[-1])]
        for (low, begin), (high, end) in itertools.pairwise(stops):
            inner = vertices[(along > low + TINY) & (along < high - TINY)]
            found.append(shapely.LineString(np.vstack([begin, inner, end])))
    kept = np.delete(lines, np.unique(line[missed]))
    return np.concatenate([kept, np.array(found, dtype=object)]) if found else lines


def graph_of(lines: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """End points of ``lines``, unique to the centimetre: points (n, 2), and each line's two point indices (m, 2)."""
    first = shapely.get_coordinates(shapely.get_point(lines, 0))
    last = shapely.get_coordinates(shapely.get_point(lines, -1))
    both = np.round(np.concatenate([first, last]) / GRID).astype(np.int64)
    unique, index = np.unique(both, axis=0, return_inverse=True)
    points = np.asarray(unique * GRID, dtype=np.float64)
    return points, index.reshape(2, -1).T.astype(np.int64)


def _built_up(recipe: Recipe, mains: shapely.Geometry) -> shapely.Geometry:
    # Each line for itself: GEOS takes a hundred times as long for all of them in one.
    area = shapely.union_all(shapely.buffer(shapely.get_parts(mains), recipe.streets.reach, quad_segs=4))
    area = shapely.buffer(shapely.simplify(area, 40.0), 0)
    parts = shapely.get_parts(area)
    outer = parts[np.argmax(shapely.area(parts))]
    return shapely.buffer(shapely.Polygon(outer.exterior), 60.0, join_style="mitre")


def _fill(
    recipe: Recipe, mains: shapely.Geometry, built_up: shapely.Geometry, rng: np.random.Generator
) -> shapely.Geometry:
    """Parallel streets of every district, kept clear of the mains and led up to them."""
    rules = recipe.streets
    low_e, low_n, high_e, high_n = shapely.bounds(built_up)
    seeds = rng.uniform([low_e, low_n], [high_e, high_n], size=(rules.districts * 3, 2))
    seeds = seeds[shapely.contains_xy(built_up, seeds[:, 0], seeds[:, 1])][: rules.districts]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=built_up))
    pieces: list[shapely.Geometry] = []
    for cell in cells:
        district = shapely.intersection(cell, built_up)
        if shapely.is_empty(district):
            continue
        near = shapely.intersection(mains, district)
        pieces.extend(_district(district, _bearing(near, rng), rules.block, rng))
    street = shapely.get_parts(shapely.union_all(pieces, grid_size=GRID))
    away = shapely.get_parts(shapely.difference(shapely.union_all(street), shapely.buffer(mains, rules.clear)))
    away = shapely.get_parts(shapely.line_merge(shapely.union_all(away, grid_size=GRID)))
    away = away[shapely.length(away) > 45.0]
    return shapely.union_all(np.concatenate([away, _leads(away, mains, rules.clear)]), grid_size=GRID)


def _bearing(near: shapely.Geometry, rng: np.random.Generator) -> float:
    """The direction most metres of the mains run in (degrees, modulo 90), so that streets follow them."""
    coordinates, owner = shapely.get_coordinates(shapely.get_parts(near), return_index=True)
    if len(coordinates) < 2:
        return float(rng.uniform(-12.0, 12.0))
    step = np.diff(coordinates, axis=0)[np.diff(owner) == 0]
    length = np.hypot(step[:, 0], step[:, 1])
    angle = np.arctan2(step[:, 1], step[:, 0])
    mean = np.angle(np.sum(length * np.exp(4j * angle))) / 4.0
    return float(np.degrees(mean))


def _district(
    district: shapely.Geometry, bearing: float, block: tuple[float, float], rng: np.random.Generator
) -> list[shapely.Geometry]:
    """Two sets of parallel lines across one district."""
    centre = shapely.centroid(district)
    half = shapely.minimum_bounding_radius(district) + 50.0
    lines = []
    for quarter in (0.0, 90.0):
        offset = -half
        wide = quarter == 0.0  # blocks are longer than deep, as city blocks are
        while offset < half:
            line = shapely.LineString([(centre.x - half, centre.y + offset), (centre.x + half, centre.y + offset)])
            lines.append(rotate(line, bearing + quarter, origin=centre))
            offset += rng.uniform(*block) * (1.0 if wide else 1.35)
    return list(shapely.intersection(np.array(lines, dtype=object), district))


def _leads(away: npt.NDArray[np.object_], mains: shapely.Geometry, clear: float) -> npt.NDArray[np.object_]:
    """Short lines from the street ends that stopped at the clear strip up to the main beyond it."""
    ends = np.concatenate([shapely.get_point(away, 0), shapely.get_point(away, -1)])
    shapely.prepare(mains)
    close = ends[shapely.dwithin(ends, mains, clear * 1.02)]
    return np.asarray(shapely.shortest_line(close, mains), dtype=object)


def _largest(ends: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.bool_]:
    matrix = scipy.sparse.coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _parts, label = scipy.sparse.csgraph.connected_components(matrix, directed=False)
    biggest = np.argmax(np.bincount(label))
    return np.asarray(label[ends[:, 0]] == biggest)


def _diameters(
    skeleton: Skeleton, lines: npt.NDArray[np.object_], rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    tree = shapely.STRtree(skeleton.lines)
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    found, main = tree.query_nearest(middle, max_distance=0.5, all_matches=False)
    dn = rng.choice([100, 150, 200], p=[0.3, 0.4, 0.3], size=len(lines))
    published = np.zeros(len(lines), dtype=bool)
    dn[found] = skeleton.dn[main]
    published[found] = True
    return dn, published


def strokes(lines: npt.NDArray[np.object_], ends: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """Numbers of the roads: at each junction the two lines that run most nearly straight on belong to one road."""
    half = _headings(lines, ends)
    order = np.argsort(half[:, 0], kind="stable")
    half = half[order]
    starts = np.searchsorted(half[:, 0], np.arange(count + 1))
    pairs: list[tuple[int, int]] = []
    for node in range(count):
        group = half[starts[node] : starts[node + 1]]
        turn = np.abs((group[:, None, 2] - group[None, :, 2] + np.pi) % (2 * np.pi) - np.pi)
        bend = np.pi - turn  # 0 = straight on
        free = set(range(len(group)))
        for flat in np.argsort(bend, axis=None):
            a, b = divmod(int(flat), len(group))
            if a < b and a in free and b in free and bend[a, b] < np.radians(32.0):
                free -= {a, b}
                pairs.append((int(group[a, 1]), int(group[b, 1])))
    joined = np.array(pairs).reshape(-1, 2)
    matrix = scipy.sparse.coo_matrix((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(len(lines),) * 2)
    return np.asarray(scipy.sparse.csgraph.connected_components(matrix, directed=False)[1], dtype=np.int64)


def _headings(lines: npt.NDArray[np.object_], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Rows (node, line, heading away from the node in radians), two for each line."""
    rows = []
    for column, (here, there) in enumerate(((0, 1), (-1, -2))):
        step = shapely.get_coordinates(shapely.get_point(lines, there)) - shapely.get_coordinates(
            shapely.get_point(lines, here)
        )
        rows.append(np.column_stack([ends[:, column], np.arange(len(lines)), np.arctan2(step[:, 1], step[:, 0])]))
    return np.concatenate(rows)
