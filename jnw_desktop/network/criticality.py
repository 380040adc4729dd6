"""What hangs on each valve segment: the parts that lose every source when it alone is shut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import depth_first_order

from jnw_desktop.network.graph import Floats, Graph, Ints, neighbours
from jnw_desktop.network.segments import Partition


@dataclass(frozen=True)
class Hanging:
    """Pairs of a segment and a run of a depth-first order that hangs on it.

    ``order`` (r,): rows as they were found; rows below ``count`` are segments, the others valves. ``above`` (k,): a
    segment; ``first``, ``last`` (k,): what hangs on it is ``order[first:last]``.
    """

    count: int
    order: Ints
    above: Ints
    first: Ints
    last: Ints

    def total(self, weight: Floats) -> Floats:
        """For each segment the ``weight`` (s,) of what hangs on it (s,); above 0 it is a single point of failure."""
        rows = np.where(self.order < self.count, self.order, -1)
        along = np.concatenate([[0.0], np.cumsum(np.append(weight, 0.0)[rows])])
        return np.bincount(self.above, along[self.last] - along[self.first], self.count).astype(np.float64)


def hanging(graph: Graph, segments: Partition) -> Hanging:
    """Articulation points of segments and open valves seen from the sources, by Tarjan's low points (1972).

    One-way devices are taken as passing both ways, and a segment as bounded by its own valves whether they work or not.
    """
    gates = np.arange(len(segments.gates))[~graph.closed[segments.gates]]
    part, place = segments.parts_at.of(gates)
    gate = segments.count + gates[place]
    root = segments.count + len(segments.gates)
    fed = np.unique(segments.of_vertex[graph.source])
    fed = fed[fed >= 0]
    tails, heads = np.concatenate([part, np.full(len(fed), root)]), np.concatenate([gate, fed])
    lists = neighbours(np.concatenate([tails, heads]), np.concatenate([heads, tails]), root + 1)
    shape = (root + 1, root + 1)
    matrix = scipy.sparse.csr_matrix((np.ones(len(lists.items), dtype=np.int8), lists.items, lists.first), shape)
    order, before = depth_first_order(matrix, root, directed=True, return_predecessors=True)
    found = np.full(root + 1, root + 1)
    found[order] = np.arange(len(order))
    low = found.copy()
    filled = np.flatnonzero(np.diff(lists.first))
    low[filled] = np.minimum(low[filled], np.minimum.reduceat(found[lists.items], lists.first[filled]))
    lows, place_of, parent, last = low.tolist(), found.tolist(), before.tolist(), (found + 1).tolist()
    cut: list[tuple[int, int, int]] = []
    for row in reversed(order[1:].tolist()):
        above = parent[row]
        if lows[row] >= place_of[above] and above < segments.count:
            cut.append((above, place_of[row], last[row]))
        lows[above] = min(lows[above], lows[row])
        last[above] = max(last[above], last[row])
    above_, first, end = np.array(cut, dtype=np.int64).reshape(-1, 3).T
    return Hanging(segments.count, order.astype(np.int64), above_, first, end)
