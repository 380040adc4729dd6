"""Which parts of the network are reached by a source, and which lose every source when parts are shut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import breadth_first_order

from jnw_desktop.network.graph import Bools, Graph, Ints, Neighbours, neighbours, spread
from jnw_desktop.network.segments import Partition, cut


@dataclass(frozen=True)
class Supply:
    """The network as cells (parts cut at every valve and one-way device) and gates between them, from the sources out.

    Rows are cells, then gates, then one root that feeds every cell with a source. ``onward`` and ``back``: where water
    may go from a row, and come from. ``children``: a tree of shortest ways from the root. ``reached`` (rows,): is
    supplied.
    """

    cells: Partition
    onward: Neighbours
    back: Neighbours
    children: Neighbours
    reached: Bools

    @property
    def root(self) -> int:
        """The last row."""
        return len(self.reached) - 1

    def lost(self, cells: Ints, gates: Ints) -> Bools:
        """Rows that are supplied now and no more when ``cells`` are shut off and ``gates`` closed; without these.

        Only what hangs below them in the tree can lose its supply; of that, what can still be entered from outside
        keeps it.
        """
        gone = np.zeros(len(self.reached), dtype=bool)
        gone[cells] = True
        gone[self.cells.count + gates] = True
        below = spread(self.children, np.flatnonzero(gone & self.reached), np.ones(len(gone), dtype=bool)) & ~gone
        hung = np.flatnonzero(below)
        entries, place = self.back.of(hung)
        fed = self.reached[entries] & ~below[entries] & ~gone[entries]
        kept = spread(self.onward, np.unique(hung[place[fed]]), below)
        return below & ~kept


def supply(graph: Graph, segments: Partition) -> Supply:
    """How the network is supplied now: through open valves, one-way devices in their direction only."""
    gate = graph.valve | graph.device
    cells = segments if np.array_equal(gate, graph.valve) else cut(graph, gate)
    tails, heads = _passages(graph, cells)
    rows = cells.count + len(cells.gates) + 1
    fed = np.unique(cells.of_vertex[graph.source & (cells.of_vertex >= 0)])
    # A source that is a gate itself does not happen: a valve gives no water.
    tails = np.concatenate([tails, np.full(len(fed), rows - 1)])
    heads = np.concatenate([heads, fed])
    onward, back = neighbours(tails, heads, rows), neighbours(heads, tails, rows)
    matrix = scipy.sparse.csr_matrix(
        (np.ones(len(onward.items), dtype=np.int8), onward.items, onward.first), shape=(rows, rows)
    )
    order, before = breadth_first_order(matrix, rows - 1, directed=True, return_predecessors=True)
    reached = np.zeros(rows, dtype=bool)
    reached[order] = True
    child = np.flatnonzero(before >= 0)
    return Supply(cells, onward, back, neighbours(before[child].astype(np.int64), child, rows), reached)


def _passages(graph: Graph, cells: Partition) -> tuple[Ints, Ints]:
    """Ways from cells into gates and from gates into cells that water may take, as rows of :class:`Supply`."""
    tails, heads = [], []
    for ends, starts_there in ((graph.end, False), (graph.start, True)):
        edge = np.flatnonzero(cells.gate_at[ends] >= 0)
        edge = edge[~graph.closed[ends[edge]]]
        cell, gate = cells.of_edge[edge], cells.count + cells.gate_at[ends[edge]]
        tail, head = (gate, cell) if starts_there else (cell, gate)
        free = ~graph.one_way[edge]
        tails += [tail, head[free]]
        heads += [head, tail[free]]
    return np.concatenate(tails), np.concatenate(heads)
