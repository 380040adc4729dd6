"""Which way water runs where nothing tells it: away from the sources, by the shortest way along the pipes.

The potential of a vertex is its distance from the nearest source through open valves, one-way devices in their
direction only. Upstream is where the potential falls, downstream where it rises. This is an assumption that a
hydraulic model may overrule; in a network of branches it is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import dijkstra

from jnw_desktop.network.graph import Bools, Floats, Graph, Ints

STEP = 0.001  # m, added to every edge: a pipe or link of no length has a direction too


@dataclass(frozen=True)
class Flow:
    """``potential`` (n,): metres from the nearest source, infinite where none reaches.

    ``before`` (n,): the vertex before each on that way, negative at sources and where none reaches.
    """

    potential: Floats
    before: Ints

    def at_end(self, graph: Graph, edges: Ints, end: Ints, other: Ints) -> Floats:
        """The potential at the vertex ``end`` of each edge as water in that edge has it, ``other`` its other end.

        Water stands on every side of a closed valve, and comes to it along each edge from that edge's other end.
        """
        beyond = np.where(graph.closed[other], np.inf, self.potential[other] + graph.length[edges] + STEP)
        return np.where(graph.closed[end], beyond, self.potential[end])


def ways(graph: Graph, passable: Bools | None = None, both_ways: bool = False) -> scipy.sparse.csr_matrix:
    """Lengths between neighbouring vertices, of parallel edges the shortest; ``passable`` (m,) edges only.

    ``both_ways`` takes one-way links against their direction too.
    """
    allowed = np.ones(len(graph.start), dtype=bool) if passable is None else passable
    back = allowed if both_ways else allowed & ~graph.one_way
    tail = np.concatenate([graph.start[allowed], graph.end[back]])
    head = np.concatenate([graph.end[allowed], graph.start[back]])
    weight = np.concatenate([graph.length[allowed], graph.length[back]]) + STEP
    order = np.lexsort((weight, tail * graph.size + head))
    tail, head, weight = tail[order], head[order], weight[order]
    first = np.ones(len(tail), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    pairs = (tail[first], head[first])
    return scipy.sparse.coo_matrix((weight[first], pairs), shape=(graph.size, graph.size)).tocsr()


def flow(graph: Graph) -> Flow:
    """The potential of every vertex."""
    none = Flow(np.full(graph.size, np.inf), np.full(graph.size, -1))
    sources = np.flatnonzero(graph.source)
    if not len(sources) or not len(graph.start):
        return none
    matrix = ways(graph)
    # A closed valve is reached, and nothing goes on from there: what leaves it is infinitely far.
    matrix.data[np.repeat(graph.closed, np.diff(matrix.indptr))] = np.inf
    potential, before, _ = dijkstra(matrix, indices=sources, min_only=True, return_predecessors=True)
    return Flow(potential, before.astype(np.int64))
