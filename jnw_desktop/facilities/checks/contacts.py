"""Where pipes in service touch in plan: crossings, overlaps, ends on another pipe and ends that just miss one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from jnw_desktop.facilities.checks.city import City, Floats, Ints, Objects
from jnw_desktop.facilities.checks.topology import Topology

CHUNK = 100_000  # boxes asked of the tree at once; bounds the memory pairs take
ROUND = 1e-9  # share of a segment that rounding may move a vertex that lies on another line
PARALLEL = 1e-9  # sine of the angle below which two lines are parallel


@dataclass(frozen=True)
class Segments:
    """Every segment of the live pipes, (s,): ``pipe``, ``start`` and ``way`` (s, 2), ``along``: metres before it."""

    pipe: Ints
    start: Floats
    way: Floats
    length: Floats
    along: Floats

    @cached_property
    def boxes(self) -> Floats:
        """(s, 4) bounds."""
        end = self.start + self.way
        return np.concatenate([np.minimum(self.start, end), np.maximum(self.start, end)], axis=1)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Finds segments by their bounds."""
        return shapely.STRtree(_diagonals(self.boxes))

    def trimmed(self, by: float) -> Floats:
        """(s, 4) bounds without the last ``by`` metres at either end of a pipe, so that pipes that meet stay apart."""
        whole = np.bincount(self.pipe, weights=self.length)[self.pipe]
        cut = np.minimum(by, self.length / 3) / self.length
        start = self.start + self.way * np.where(self.along < by, cut, 0.0)[:, None]
        last = self.along + self.length > whole - by
        end = self.start + self.way * np.where(last, 1.0 - cut, 1.0)[:, None]
        return np.concatenate([np.minimum(start, end), np.maximum(start, end)], axis=1)

    def within(self, boxes: Floats) -> Iterator[tuple[Ints, Ints]]:
        """Pairs (box, segment) that meet, some at a time."""
        for first in range(0, len(boxes), CHUNK):
            asked, found = self.tree.query(_diagonals(boxes[first : first + CHUNK]))
            yield asked + first, found


@dataclass(frozen=True)
class Pairs:
    """Two pipes each (n, 2); ``at`` (n, 2), ``along`` (n, 2) metres from the start of either; ``length`` in common."""

    pipe: Ints
    at: Floats
    along: Floats
    length: Floats

    def only(self, which: Any) -> Pairs:
        """Some of them: by number, or yes and no."""
        return Pairs(self.pipe[which], self.at[which], self.along[which], self.length[which])


@dataclass(frozen=True)
class Misses:
    """A joint (n,) and what it should have been joined to: another ``joint`` or -1, or the ``pipe`` at ``along``."""

    joint: Ints
    target: Ints
    pipe: Ints
    along: Floats
    distance: Floats


def segments_of(city: City, top: Topology) -> Segments:
    """Segments of the pipes in service; those of no length are left out."""
    chosen = np.flatnonzero(top.live & city.pipes.sound)
    points, of = city.pipes.lines.coordinates(chosen)
    same = of[1:] == of[:-1]
    start, way, of = points[:-1][same], np.diff(points, axis=0)[same], of[:-1][same]
    length = np.hypot(*way.T)
    run = np.cumsum(length) - length
    first = np.searchsorted(of, np.arange(len(chosen)))
    along = run - run[np.minimum(first, max(len(run) - 1, 0))][of] if len(run) else run
    keep = length > 0
    return Segments(chosen[of[keep]], start[keep], way[keep], length[keep], along[keep])


def pairs_of(segments: Segments, top: Topology, end: float, join: float, overlap: float) -> tuple[Pairs, Pairs]:
    """Crossings farther than ``end`` metres from every end, and overlaps longer than ``overlap`` metres.

    Two lines overlap where they lie within ``join`` metres of each other side by side.
    """
    crossings, overlaps = [], []
    for a, b in segments.within(segments.trimmed(end)):
        pick = (a < b) & (segments.pipe[a] != segments.pipe[b])
        a, b = a[pick], b[pick]
        crossings.append(_crossings(segments, a, b))
        overlaps.append(_overlaps(segments, a, b, join))
    return _apart(_gathered(crossings), top, end), _longer(_gathered(overlaps), overlap)


def _gathered(parts: list[Pairs]) -> Pairs:
    nothing = Pairs(np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))
    names = ("pipe", "at", "along", "length")
    return Pairs(*(np.concatenate([getattr(part, name) for part in (*parts, nothing)]) for name in names))


def _crossings(segments: Segments, a: Ints, b: Ints) -> Pairs:
    way_a, way_b = segments.way[a], segments.way[b]
    between = segments.start[b] - segments.start[a]
    area = _cross(way_a, way_b)
    slanted = np.abs(area) > PARALLEL * segments.length[a] * segments.length[b]
    divisor = np.where(slanted, area, 1.0)
    t, u = _cross(between, way_b) / divisor, _cross(between, way_a) / divisor
    hit = np.flatnonzero(slanted & (t >= -ROUND) & (t <= 1 + ROUND) & (u >= -ROUND) & (u <= 1 + ROUND))
    at = segments.start[a[hit]] + t[hit, None] * way_a[hit]
    along = np.column_stack(
        [
            segments.along[a[hit]] + t[hit] * segments.length[a[hit]],
            segments.along[b[hit]] + u[hit] * segments.length[b[hit]],
        ]
    )
    return Pairs(
        np.column_stack([segments.pipe[a[hit]], segments.pipe[b[hit]]]), at, along, np.zeros(len(hit), dtype=np.float64)
    )


def _overlaps(segments: Segments, a: Ints, b: Ints, join: float) -> Pairs:
    unit = segments.way[a] / segments.length[a, None]
    near = segments.start[b] - segments.start[a]
    far = near + segments.way[b]
    begin, end = _dot(near, unit), _dot(far, unit)  # of b, along a
    aside, away = _cross(unit, near), _cross(unit, far)
    low = np.maximum(np.minimum(begin, end), 0.0)
    high = np.minimum(np.maximum(begin, end), segments.length[a])
    run = np.where(np.abs(end - begin) > 0, end - begin, 1.0)
    slope = (away - aside) / run
    offset = np.maximum(np.abs(aside + slope * (low - begin)), np.abs(aside + slope * (high - begin)))
    hit = np.flatnonzero((high > low) & (offset <= join))
    middle = (low + high)[hit] / 2
    at = segments.start[a[hit]] + middle[:, None] * unit[hit]
    along_b = segments.along[b[hit]] + np.abs(middle - begin[hit])
    along = np.column_stack([segments.along[a[hit]] + middle, along_b])
    return Pairs(
        np.column_stack([segments.pipe[a[hit]], segments.pipe[b[hit]]]), at, along, np.asarray(high - low)[hit]
    )


def _apart(pairs: Pairs, top: Topology, end: float) -> Pairs:
    """Those not at an end of either pipe, each place once."""
    whole = top.length[pairs.pipe]
    inside = ((pairs.along > end) & (pairs.along < whole - end)).all(axis=1)
    pairs = _ordered(pairs.only(inside))
    place = np.column_stack([pairs.pipe, np.round(pairs.along[:, 0] / max(end, 1e-6))]).astype(np.int64)
    _places, first = np.unique(place, axis=0, return_index=True)
    return pairs.only(first)


def _longer(pairs: Pairs, least: float) -> Pairs:
    """One entry for each two pipes, with the length they have in common, where it is more than ``least``."""
    pairs = _ordered(pairs)
    _two, first, of = np.unique(pairs.pipe, axis=0, return_index=True, return_inverse=True)
    total: Floats = np.zeros(len(first))
    np.add.at(total, of.ravel(), pairs.length)
    kept = pairs.only(first)
    return Pairs(kept.pipe, kept.at, kept.along, total).only(total > least)


def _ordered(pairs: Pairs) -> Pairs:
    turn = pairs.pipe[:, 0] > pairs.pipe[:, 1]
    pipe, along = pairs.pipe.copy(), pairs.along.copy()
    pipe[turn], along[turn] = pipe[turn][:, ::-1], along[turn][:, ::-1]
    return Pairs(pipe, pairs.at, along, pairs.length)


def misses_of(city: City, top: Topology, segments: Segments, places: Ints, reach: float) -> Misses:
    """For each of the joints ``places``, every pipe and point within ``reach`` metres that it is not joined to.

    A pipe joined to the joint itself does not count, nor one at the far end of a short pipe (no longer than
    4 × ``reach``), which is near because it must be. Where the near part of a pipe is its end, the target is the joint
    there.
    """
    at = top.at[places]
    boxes = np.concatenate([at - reach, at + reach], axis=1)
    found = [_near(top, segments, places[asked], seg, reach) for asked, seg in segments.within(boxes)]
    found.append(_points(city, top, places, reach))
    names = ("joint", "target", "pipe", "along", "distance")
    every = Misses(*(np.concatenate([getattr(part, name) for part in found]) for name in names))
    return _strangers(top, every, reach)


def _near(top: Topology, segments: Segments, joints: Ints, seg: Ints, reach: float) -> Misses:
    between = top.at[joints] - segments.start[seg]
    t = np.clip(_dot(between, segments.way[seg]) / segments.length[seg] ** 2, 0.0, 1.0)
    distance = np.hypot(*(between - t[:, None] * segments.way[seg]).T)
    pipe = segments.pipe[seg]
    hit = np.flatnonzero(distance <= reach)
    joints, pipe, distance = joints[hit], pipe[hit], distance[hit]
    along = (segments.along[seg] + t * segments.length[seg])[hit]
    # The nearer end of the pipe, where that too is within reach, is what was meant.
    side = (along > top.length[pipe] / 2).astype(np.int64)
    to_end = np.hypot(*(top.ends[pipe, side] - top.at[joints]).T)
    target = np.where(to_end <= reach, top.joint[pipe, side], -1)
    return Misses(joints, target, pipe, along, np.asarray(np.where(target >= 0, to_end, distance), dtype=np.float64))


def _points(city: City, top: Topology, places: Ints, reach: float) -> Misses:
    """Points no pipe ends at."""
    vertices = city.vertices
    lone = np.flatnonzero(
        vertices.live & ~vertices.of("sensor") & np.isfinite(vertices.xy).all(axis=1)
        & (top.degree[: len(vertices)] == 0)
    )  # fmt: skip
    fine = places[np.isfinite(top.at[places]).all(axis=1)]
    if not len(lone) or not len(fine):
        empty = np.zeros(0, dtype=np.int64)
        return Misses(empty, empty, empty, np.zeros(0), np.zeros(0))
    pairs = cKDTree(top.at[fine]).sparse_distance_matrix(cKDTree(vertices.xy[lone]), reach, output_type="ndarray")
    count = len(pairs)
    nothing = np.full(count, -1)
    return Misses(fine[pairs["i"]], lone[pairs["j"]], nothing, np.zeros(count), np.asarray(pairs["v"]))


def _strangers(top: Topology, every: Misses, reach: float) -> Misses:
    """Without what is joined already, and without what a short pipe joins."""
    with_pipe = every.pipe >= 0
    ends = np.full((len(with_pipe), 2), -1)  # joints of the pipe that is missed
    ends[with_pipe] = top.joint[every.pipe[with_pipe]]
    own = (ends == every.joint[:, None]).any(axis=1)
    own |= every.target == every.joint
    short = _short_neighbours(top, 4 * reach)
    keys = every.joint * len(top.at)
    beyond = np.isin(keys + every.target, short) & (every.target >= 0)
    for side in (0, 1):
        beyond |= with_pipe & np.isin(keys + ends[:, side], short)
    keep = ~own & ~beyond
    return Misses(*(getattr(every, name)[keep] for name in ("joint", "target", "pipe", "along", "distance")))


def _short_neighbours(top: Topology, longest: float) -> Ints:
    """Joints that a live pipe no longer than ``longest``, or a link, joins: each two as one number."""
    edges = top.joint[top.live & (top.length <= longest) & (top.joint >= 0).all(axis=1)]
    edges = np.concatenate([edges, top.links[:, [0, 1]], top.links[:, [0, 2]]])
    both = np.concatenate([edges, edges[:, ::-1]])
    return np.unique(both[:, 0] * len(top.at) + both[:, 1])


def _diagonals(boxes: Floats) -> Objects:
    """Lines with the bounds of boxes (n, 4): a tree asks for no more, and they are made in half the time."""
    return np.asarray(shapely.linestrings(boxes.reshape(-1, 2, 2)))


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1])
