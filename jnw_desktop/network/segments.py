"""Valve segments: the pipes and nodes joined without passing a valve, and the valves between them.

A valve is a vertex that separates every pipe end at it. Compare WNTR's ``valve_segments``, where a valve is a pair of a
pipe and a node: here it is a vertex on that pipe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from jnw_desktop.network.graph import Bools, Floats, Graph, Ints, Neighbours, neighbours


@dataclass(frozen=True)
class Partition:
    """The network cut at some vertices, the gates.

    ``of_edge`` (m,): part of each edge. ``of_vertex`` (n,): part of each vertex, -1 at gates and where no edge ends.
    ``gates`` (g,): vertices. ``parts_at``: the parts on the sides of each gate, ``gates_of``: the gates (numbers of
    ``gates``) round each part. ``gate_at`` (n,): number of the gate at a vertex, -1 where there is none.
    """

    count: int
    of_edge: Ints
    of_vertex: Ints
    gates: Ints
    gate_at: Ints
    parts_at: Neighbours
    gates_of: Neighbours

    def idle(self) -> Bools:
        """Which gates separate nothing: at a dead end, or with one part on every side (g,)."""
        return np.diff(self.parts_at.first) < 2


def cut(graph: Graph, at: Bools) -> Partition:
    """Cut the network at the vertices ``at`` (n,): each pipe end there becomes an end of its own."""
    m, n = len(graph.start), graph.size
    ends = np.concatenate([graph.start, graph.end])
    severed = np.flatnonzero(at[ends])
    nodes = ends.copy()
    nodes[severed] = n + np.arange(len(severed))
    total = n + len(severed)
    matrix = scipy.sparse.coo_matrix((np.ones(m, dtype=np.int8), (nodes[:m], nodes[m:])), shape=(total, total))
    _, label = connected_components(matrix.tocsr(), directed=False)
    used = np.zeros(int(label.max()) + 1 if total else 0, dtype=bool)
    used[label[nodes]] = True
    number = np.where(used, np.cumsum(used) - 1, -1)
    label = number[label]
    of_edge = label[nodes[:m]]
    gates = np.flatnonzero(at)
    gate_at = np.full(n, -1)
    gate_at[gates] = np.arange(len(gates))
    side_gate = gate_at[ends[severed]]
    side_part = of_edge[severed % m] if m else severed
    count = int(used.sum())
    return Partition(
        count=count,
        of_edge=of_edge,
        of_vertex=np.where(at, -1, label[:n]),
        gates=gates,
        gate_at=gate_at,
        parts_at=neighbours(side_gate, side_part, len(gates)),
        gates_of=neighbours(side_part, side_gate, count),
    )


def valve_segments(graph: Graph) -> Partition:
    """The valve segments of the whole network; a closed valve and one that cannot be turned are boundaries too."""
    return cut(graph, graph.valve)


@dataclass(frozen=True)
class Totals:
    """What each segment holds (s,): metres of pipe, m³ of water, pipes, vertices that are no valves."""

    length: Floats
    volume: Floats
    pipes: Ints
    nodes: Ints


def totals(graph: Graph, segments: Partition) -> Totals:
    """Sums over each segment."""
    count = segments.count
    of_vertex = segments.of_vertex[segments.of_vertex >= 0]
    return Totals(
        length=np.bincount(segments.of_edge, graph.length, count).astype(np.float64),
        volume=np.bincount(segments.of_edge, graph.volume, count).astype(np.float64),
        pipes=np.bincount(segments.of_edge[graph.pipe >= 0], minlength=count),
        nodes=np.bincount(of_vertex, minlength=count),
    )
