"""Rows that are alike, and pipes recorded twice."""

from __future__ import annotations

import numpy as np
import shapely

from jnw_desktop.facilities.checks.city import Bools, City, Ints, Objects
from jnw_desktop.facilities.checks.topology import Topology

_MIX = np.uint64(0x9E3779B97F4A7C15)  # an odd number of scattered bits


def alike(keys: Ints) -> tuple[Ints, Ints]:
    """Rows of ``keys`` (n, k) that have an equal: their numbers, group after group, and the number of their group."""
    mixed = np.zeros(len(keys), dtype=np.uint64)
    for column in keys.astype(np.uint64).T:
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX + column
    order = np.argsort(mixed, kind="stable")
    same = np.zeros(len(keys) + 1, dtype=bool)  # as the one before; the last is no row
    same[1:-1] = (keys[order[1:]] == keys[order[:-1]]).all(axis=1)
    group = np.cumsum(~same[:-1])
    several = np.flatnonzero(same[:-1] | same[1:])
    return order[several], group[several]


def twins_of(city: City, top: Topology) -> tuple[Ints, Ints]:
    """Pipes in service with the line of an older one, forwards or backwards, and that one.

    The older was recorded earlier. Lines are equal whose vertices are within ``join`` metres of each other's.
    """
    pipes, reach = city.pipes, city.limits.join.value
    some = np.flatnonzero(pipes.sound & pipes.live)
    ends = np.round(top.ends[some] / reach).astype(np.int64)
    turned = (ends[:, 0, 0] > ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1]))
    ends[turned] = ends[turned][:, ::-1]
    points = pipes.lines.counts[some]
    which, group = alike(np.column_stack([ends.reshape(-1, 4), points]))
    some, lines = some[which], _one_way(pipes.lines[some[which]], turned[which])
    later, earlier = [], []
    kept: list[int] = []
    last = -1
    for here in np.lexsort((some, pipes.born[some], group)).tolist():  # only lines whose ends coincide come here
        if group[here] != last:
            kept, last = [], group[here]
        twin = next((old for old in kept if shapely.equals_exact(lines[old], lines[here], reach)), None)
        if twin is None:
            kept.append(here)
        else:
            later.append(some[here])
            earlier.append(some[twin])
    return np.array(later, dtype=np.int64), np.array(earlier, dtype=np.int64)


def _one_way(lines: Objects, turned: Bools) -> Objects:
    lines = lines.copy()
    lines[turned] = shapely.reverse(lines[turned])
    return lines
