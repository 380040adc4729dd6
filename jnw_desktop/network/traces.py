"""Traces through the network: upstream, downstream, connected, to a source; shortest ways, loops and dead ends."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components, dijkstra

from jnw_desktop.network.flow import Flow
from jnw_desktop.network.graph import Bools, Graph, Ints


@dataclass(frozen=True)
class Trace:
    """What a trace reached: edges and vertices, each in rising order."""

    edges: Ints
    vertices: Ints


def connected(graph: Graph, seeds: Ints, within: Bools | None = None) -> Trace:
    """Everything joined to the vertices ``seeds`` (k,) without passing a closed valve.

    A trace goes on only from vertices ``within`` (n,), here and below: what crosses the edge of a zone is the last.
    """
    goes_on = ~graph.closed if within is None else ~graph.closed & within
    return _walk(graph, seeds, goes_on, None, 0)


def upstream(graph: Graph, water: Flow, seeds: Ints, within: Bools | None = None) -> Trace:
    """Every way water may come to ``seeds``: along falling potential, all of them where a loop offers several."""
    return _walk(graph, seeds, _reached(water, within), water, -1)


def downstream(graph: Graph, water: Flow, seeds: Ints, within: Bools | None = None) -> Trace:
    """Everything water may reach from ``seeds``: along rising potential."""
    return _walk(graph, seeds, _reached(water, within), water, 1)


def common_upstream(graph: Graph, water: Flow, points: list[Ints], within: Bools | None = None) -> Trace:
    """What lies upstream of every one of several points, each a set of seeds."""
    traces = [upstream(graph, water, seeds, within) for seeds in points]
    edges, vertices = traces[0].edges, traces[0].vertices
    for trace in traces[1:]:
        edges, vertices = np.intersect1d(edges, trace.edges), np.intersect1d(vertices, trace.vertices)
    return Trace(edges, vertices)


def to_source(graph: Graph, water: Flow, vertex: int) -> tuple[Ints, Ints]:
    """The shortest way to the nearest source: edges and vertices in order from ``vertex``; empty where none reaches."""
    if not np.isfinite(water.potential[vertex]):
        return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    stops = [vertex]
    while water.before[stops[-1]] >= 0:
        stops.append(int(water.before[stops[-1]]))
    vertices = np.array(stops)
    return _edges_along(graph, vertices), vertices


def shortest_ways(graph: Graph, matrix: scipy.sparse.csr_matrix, starts: Ints, ends: Ints) -> list[tuple[Ints, Ints]]:
    """The shortest way along the pipes from each of ``starts`` to each of ``ends``; ``matrix`` as ``ways`` gives it.

    Edges and vertices in order, both empty where the two are not joined.
    """
    far, before = dijkstra(matrix, indices=starts, return_predecessors=True)
    found = []
    for number, start in enumerate(starts.tolist()):
        for end in ends.tolist():
            stops = [end] if np.isfinite(far[number, end]) else []
            while stops and stops[-1] != start:
                stops.append(int(before[number, stops[-1]]))
            vertices = np.array(stops[::-1], dtype=np.int64)
            found.append((_edges_along(graph, vertices), vertices))
    return found


def _edges_along(graph: Graph, vertices: Ints) -> Ints:
    """The shortest edge between each two neighbours of a way."""
    found = []
    for here, there in itertools.pairwise(vertices.tolist()):
        edges, other, _ = graph.across(np.array([here]))
        between = edges[other == there]
        found.append(int(between[np.argmin(graph.length[between])]))
    return np.array(found, dtype=np.int64)


def _reached(water: Flow, within: Bools | None) -> Bools:
    """Vertices that a source reaches."""
    reached: Bools = np.isfinite(water.potential)
    return reached if within is None else reached & within


def _walk(graph: Graph, seeds: Ints, goes_on: Bools, water: Flow | None, sense: int) -> Trace:
    """Front by front from ``seeds`` through vertices where it ``goes_on``.

    With ``water`` down (``sense`` -1) or up (1) the potential, else along every edge.
    """
    seen = np.zeros(graph.size, dtype=bool)
    taken = np.zeros(len(graph.start), dtype=bool)
    front = np.unique(seeds)
    seen[front] = True
    while len(front):
        leaving = front[goes_on[front]]
        edges, other, place = graph.across(leaving)
        here = leaving[place]
        good = np.ones(len(edges), dtype=bool)
        if water is not None:
            with np.errstate(invalid="ignore"):  # of an edge that no water reaches
                rise = water.at_end(graph, edges, other, here) - water.at_end(graph, edges, here, other)
            rise *= sense
            good = _may(graph, edges, here, sense) & np.isfinite(rise)
            # Between two vertices equally far from the sources water comes in from both ends and goes no farther.
            taken[edges[good & (rise == 0) & (sense > 0)]] = True
            good &= rise > 0
        taken[edges[good]] = True
        front = np.unique(other[good])
        front = front[~seen[front]]
        seen[front] = True
    return Trace(np.flatnonzero(taken), np.flatnonzero(seen))


def _may(graph: Graph, edges: Ints, here: Ints, sense: int) -> Bools:
    """Whether water may run along each edge, away from ``here`` (``sense`` 1) or towards it (-1)."""
    tail = graph.start if sense > 0 else graph.end
    may: Bools = ~graph.one_way[edges] | (tail[edges] == here)
    # Out of a closed valve nothing runs.
    origin = here if sense > 0 else graph.start[edges] + graph.end[edges] - here
    return may & ~graph.closed[origin]


@dataclass(frozen=True)
class Shape:
    """The form of the network. ``bridge`` (m,): edges whose loss parts it; ``loops``: independent loops, 0 in a tree.

    ``dead_ends`` (k,): vertices where a single edge ends, sources not counted.
    """

    bridge: Bools
    loops: int
    dead_ends: Ints


def shape(graph: Graph) -> Shape:
    """Loops, bridges and dead ends, valves and directions not minded.

    Bridges by labels of random bits: each edge outside a spanning tree gives its label to the edges of the tree that it
    goes round; an edge of the tree with none left is a bridge (wrong with a probability of 2⁻⁶³).
    """
    m, n = len(graph.start), graph.size
    degree = np.bincount(np.concatenate([graph.start, graph.end]), minlength=n)
    dead_ends = np.flatnonzero((degree == 1) & ~graph.source)
    if not m:
        return Shape(np.zeros(0, dtype=bool), 0, dead_ends)
    joined = scipy.sparse.coo_matrix((np.ones(m, dtype=np.int8), (graph.start, graph.end)), shape=(n, n)).tocsr()
    parts, label = connected_components(joined, directed=False)
    loops = m - n + parts
    # One tree over all parts: a root that is joined to one vertex of each.
    first = np.unique(label, return_index=True)[1]
    ends = np.concatenate([graph.start, np.full(parts, n)]), np.concatenate([graph.end, first])
    tree = scipy.sparse.coo_matrix((np.ones(m + parts, dtype=np.int8), ends), shape=(n + 1, n + 1)).tocsr()
    order, before = breadth_first_order(tree, n, directed=False, return_predecessors=True)
    before = before.astype(np.int64)
    of_tree = _tree_edges(graph, before)
    marks = np.random.default_rng(0).integers(1, 2**63 - 1, m, dtype=np.int64)
    outside = np.ones(m, dtype=bool)
    outside[of_tree[of_tree >= 0]] = False
    carried = np.zeros(n + 1, dtype=np.int64)
    np.bitwise_xor.at(carried, graph.start[outside], marks[outside])
    np.bitwise_xor.at(carried, graph.end[outside], marks[outside])
    carried = _summed_up(carried, order.astype(np.int64), before)
    bridge = np.zeros(m, dtype=bool)
    child = np.flatnonzero(of_tree >= 0)
    bridge[of_tree[child]] = carried[child] == 0
    return Shape(bridge, int(loops), dead_ends)


def _tree_edges(graph: Graph, before: Ints) -> Ints:
    """The edge from each vertex to the one before it in the tree (n,), -1 at roots; of parallel edges one."""
    n = graph.size
    of_tree = np.full(n, -1)
    for child, parent in ((graph.start, graph.end), (graph.end, graph.start)):
        edge = np.flatnonzero((before[child] == parent) & (graph.start != graph.end))
        of_tree[child[edge]] = edge
    return of_tree


def _summed_up(carried: Ints, order: Ints, before: Ints) -> Ints:
    """Exclusive-or of the labels in the subtree of each vertex, from the leaves."""
    values, above = carried.tolist(), before.tolist()
    for vertex in reversed(order[1:].tolist()):
        values[above[vertex]] ^= values[vertex]
    return np.array(values, dtype=np.int64)
