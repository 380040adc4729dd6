"""Lines laid beside others at an even distance, on one side of a road all along it, meeting where it goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SHARPEST = 0.5  # of a bend: a line keeps no farther from its corner than twice the distance


@dataclass(frozen=True)
class Run:
    """How the lines of each road follow one another.

    ``sign`` (m,): 1 where a line runs as its road does, else -1; ``next_line``, ``next_end`` (m, 2): the line that goes
    on at the start (0) and end (1) of each line and which of its ends is there, -1 where the road ends.
    """

    sign: Ints
    next_line: Ints
    next_end: Ints


def follow(ends: Ints, road: Ints) -> Run:
    """The run of roads over lines with their end points ``ends`` (m, 2) and the number of their ``road`` (m,)."""
    count = len(ends)
    line, end = np.tile(np.arange(count), 2), np.repeat([0, 1], count)
    order = np.lexsort((ends.T.ravel(), road[line]))
    line, end, node = line[order], end[order], ends.T.ravel()[order]
    here = np.flatnonzero((road[line[1:]] == road[line[:-1]]) & (node[1:] == node[:-1]))
    here = here[~np.isin(here, here + 1) & ~np.isin(here, here - 1)]  # where a road crosses itself nothing goes on
    next_line, next_end = np.full((count, 2), -1), np.full((count, 2), -1)
    for a, b in ((here, here + 1), (here + 1, here)):
        next_line[line[a], end[a]], next_end[line[a], end[a]] = line[b], end[b]
    sign = np.zeros(count, dtype=np.int64)
    for first in range(count):
        waiting = [] if sign[first] else [first]
        sign[first] = sign[first] or 1
        while waiting:
            at = waiting.pop()
            for which in (0, 1):
                other = int(next_line[at, which])
                if other >= 0 and not sign[other]:
                    sign[other] = sign[at] if next_end[at, which] != which else -sign[at]
                    waiting.append(other)
    return Run(sign, next_line, next_end)


def beside(lines: npt.NDArray[np.object_], run: Run, distance: float) -> npt.NDArray[np.object_]:
    """Each line ``distance`` metres to the left of it as its road runs (negative: right), bends mitred."""
    at, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    last = np.r_[first[1:], len(at)] - 1
    step = np.diff(at, axis=0)
    step = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    coming, going = np.vstack([step[:1], step]), np.vstack([step, step[-1:]])
    # At its ends a line looks on into the one that follows.
    starts, stops = going[first].copy(), coming[last].copy()
    coming[first], going[last] = starts, stops
    for which, place, into in ((0, first, coming), (1, last, going)):
        other, end = run.next_line[:, which], run.next_end[:, which]
        goes_on = other >= 0
        ahead = np.where((end == 0)[:, None], starts[other], -stops[other])  # away from the point they share
        into[place[goes_on]] = (ahead if which else -ahead)[goes_on]
    left_in, left_out = coming[:, ::-1] * [-1, 1], going[:, ::-1] * [-1, 1]
    mitre = (left_in + left_out) / np.maximum(1 + (left_in * left_out).sum(axis=1), SHARPEST)[:, None]
    moved = np.round(at + mitre * (distance * run.sign[owner])[:, None], 2)
    laid: npt.NDArray[np.object_] = shapely.linestrings(moved, indices=owner)
    straight: npt.NDArray[np.object_] = shapely.remove_repeated_points(laid, 0.0)
    return straight
