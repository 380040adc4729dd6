"""Isolation of a burst: which valves to close, what loses its water, and what stands in the way.

The burst's valve segment is shut off at its working valves. A valve that cannot be operated lets the search into the
segments behind it; a valve that is closed already bounds without being closed. One-way devices bound nothing: nobody
relies on a check valve to hold a burst main.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from jnw_desktop.network.graph import Bools, Graph, Ints, neighbours, spread
from jnw_desktop.network.segments import Partition
from jnw_desktop.network.supply import Supply


@dataclass(frozen=True)
class Plan:
    """What isolating one or more edges takes; all are arrays of vertices or edges of the graph.

    ``close``: working valves with a side inside and a side outside, in the order to close them; ``needless``: those
    with no source behind them. ``already_closed`` valves bound too. ``widened``: valves that were passed because they
    cannot be operated, in the order they were met. ``segments``: numbers of what is shut off. ``edges``, ``vertices``:
    isolated; ``starved_edges``, ``starved_vertices``: lose every source though not isolated. ``witness``: edges of a
    way from a source to the burst that no valve can close; empty where the burst can be isolated. ``reopen``: closed
    working valves outside, each of which gives a starved part its water back; ``fed_edges``, ``fed_vertices``: those.
    """

    close: Ints
    needless: Ints
    already_closed: Ints
    widened: Ints
    segments: Ints
    edges: Ints
    vertices: Ints
    starved_edges: Ints
    starved_vertices: Ints
    unstoppable: bool
    witness: Ints
    reopen: Ints
    fed_edges: Ints
    fed_vertices: Ints


@dataclass
class _Region:
    """What the search has taken in so far, as numbers of segments and of gates of the partition."""

    inside: set[int]
    met: dict[int, None] = field(default_factory=dict)
    passed: dict[int, None] = field(default_factory=dict)


class Isolator:
    """Answers for one state of a graph; what it needs of the whole city is worked out once."""

    def __init__(self, graph: Graph, segments: Partition, state: Supply) -> None:
        self.graph = graph
        self.segments = segments
        self.state = state
        cells = state.cells
        self._of_cell = np.zeros(cells.count, dtype=np.int64)  # the segment of each cell
        self._of_cell[cells.of_edge] = segments.of_edge
        self._edges_of = neighbours(segments.of_edge, np.arange(len(segments.of_edge)), segments.count)
        self._cell_edges = self._edges_of
        if cells is not segments:
            self._cell_edges = neighbours(cells.of_edge, np.arange(len(cells.of_edge)), cells.count)
        self._with_source = np.zeros(segments.count, dtype=bool)
        fed = segments.of_vertex[graph.source]
        self._with_source[fed[fed >= 0]] = True

    def plan(self, burst: Ints, stuck: Ints | None = None, freed: Ints | None = None) -> Plan:
        """The plan for the edges ``burst`` (k,); ``stuck``: vertices of valves that cannot be operated today.

        ``freed``: vertices of valves taken as if they could be, whatever is recorded or said of them.
        """
        graph, segments = self.graph, self.segments
        free = set() if freed is None else {int(gate) for gate in segments.gate_at[freed] if gate >= 0}
        cannot = set() if stuck is None else {int(gate) for gate in segments.gate_at[stuck] if gate >= 0} - free
        region = self._widen(set(segments.of_edge[burst].tolist()), cannot, free)
        inside = np.array(sorted(region.inside), dtype=np.int64)
        bounding = [gate for gate in region.met if gate not in region.passed and self._separates(gate, region.inside)]
        gates = np.array(bounding, dtype=np.int64)
        vertices = segments.gates[gates]
        closed = graph.closed[vertices]
        shut = gates[~closed]
        passed = segments.gates[np.array(list(region.passed), dtype=np.int64)]
        unstoppable = bool(self._with_source[inside].any())
        cells = self._cells(inside)
        lost = self.state.lost(cells, self._rows(segments.gates[shut]))
        supplied = self.state.reached & ~lost
        supplied[cells] = False
        needless = np.array([not self._source_behind(int(gate), region.inside, supplied) for gate in shut], dtype=bool)
        edges, _ = self._edges_of.of(inside)
        starved = np.flatnonzero(lost[: self.state.cells.count])
        reopen, fed = self._reopened(lost, supplied, cannot)
        starved_edges, _ = self._cell_edges.of(starved)
        fed_edges, _ = self._cell_edges.of(fed)
        shut_at = segments.gates[shut]
        order = np.lexsort((shut_at, -self._widest(shut_at), needless))
        return Plan(
            close=shut_at[order],
            needless=shut_at[needless],
            already_closed=vertices[closed],
            widened=passed,
            segments=inside,
            edges=np.sort(edges),
            vertices=self._vertices(edges, segments, inside),
            starved_edges=np.sort(starved_edges),
            starved_vertices=self._vertices(starved_edges, self.state.cells, starved),
            unstoppable=unstoppable,
            witness=self._witness(burst, edges, passed) if unstoppable else np.array([], dtype=np.int64),
            reopen=reopen,
            fed_edges=np.sort(fed_edges),
            fed_vertices=self._vertices(fed_edges, self.state.cells, fed),
        )

    def _widen(self, begin: set[int], cannot: set[int], free: set[int]) -> _Region:
        """From the burst's segments through every open valve that cannot be operated."""
        graph, segments = self.graph, self.segments
        region = _Region(set(begin))
        waiting = sorted(begin)
        while waiting:
            part = np.array([waiting.pop(0)])
            gates, _ = segments.gates_of.of(part)
            for gate in gates.tolist():
                region.met[gate] = None
                vertex = segments.gates[gate]
                shuts = gate in free or not (graph.stuck[vertex] or gate in cannot)
                if graph.closed[vertex] or shuts or gate in region.passed:
                    continue
                sides, _ = segments.parts_at.of(np.array([gate]))
                region.passed[gate] = None
                fresh = [side for side in sides.tolist() if side not in region.inside]
                region.inside.update(fresh)
                waiting += fresh
        for gate in [gate for gate in region.passed if not self._worth_telling(gate)]:
            del region.passed[gate]
        return region

    def _worth_telling(self, gate: int) -> bool:
        """Whether a passed valve has two segments to join: one at a dead end stopped nothing."""
        first = self.segments.parts_at.first
        return bool(first[gate + 1] - first[gate] > 1)

    def _separates(self, gate: int, inside: set[int]) -> bool:
        sides, _ = self.segments.parts_at.of(np.array([gate]))
        return any(side not in inside for side in sides.tolist())

    def _rows(self, vertices: Ints) -> Ints:
        """Numbers of the valves at ``vertices`` among the gates of the supply's cells."""
        return self.state.cells.gate_at[vertices]

    def _cells(self, inside: Ints) -> Ints:
        """Cells of segments."""
        if self.state.cells is self.segments:
            return inside
        return np.flatnonzero(np.isin(self._of_cell, inside))

    def _source_behind(self, gate: int, inside: set[int], supplied: Bools) -> bool:
        """Whether water would still press on the valve from outside."""
        own = self._rows(self.segments.gates[np.array([gate])])
        cells, _ = self.state.cells.parts_at.of(own)
        return any(supplied[cell] for cell in cells.tolist() if int(self._of_cell[cell]) not in inside)

    def _widest(self, valves: Ints) -> Ints:
        """Greatest nominal diameter of the pipes at each valve, mm."""
        widest = np.zeros(len(valves), dtype=np.int64)
        edges, _, place = self.graph.across(valves)
        np.maximum.at(widest, place, self.graph.dn[edges])
        return widest

    def _vertices(self, edges: Ints, parts: Partition, inside: Ints) -> Ints:
        ends = np.unique(np.concatenate([self.graph.start[edges], self.graph.end[edges]]))
        return ends[np.isin(parts.of_vertex[ends], inside)]

    def _reopened(self, lost: Bools, supplied: Bools, cannot: set[int]) -> tuple[Ints, Ints]:
        """Closed working valves between what is starved and what is supplied: one for each starved part; its cells."""
        none = np.array([], dtype=np.int64)
        cells = self.state.cells
        starved = np.flatnonzero(lost[: cells.count])
        if not len(starved):
            return none, none
        gates = np.unique(cells.gates_of.of(starved)[0])
        vertex = cells.gates[gates]
        held = np.isin(self.segments.gate_at[vertex], list(cannot))
        able = self.graph.closed[vertex] & ~self.graph.stuck[vertex] & ~held
        chosen: list[int] = []
        fed = np.zeros(len(lost), dtype=bool)
        for gate in gates[able].tolist():
            sides, _ = cells.parts_at.of(np.array([gate]))
            dry = sides[lost[sides] & ~fed[sides]]
            if len(dry) and np.all(supplied[sides] | lost[sides]) and supplied[sides].any():  # else it opens the burst
                chosen.append(int(cells.gates[gate]))
                fed |= spread(self.state.onward, dry, lost & ~fed)
        return np.array(chosen, dtype=np.int64), np.flatnonzero(fed[: cells.count])

    def _witness(self, burst: Ints, edges: Ints, passed: Ints) -> Ints:
        """Edges of the way from the burst to the nearest source inside what no working valve bounds."""
        graph = self.graph
        stops = graph.valve.copy()
        stops[passed] = False
        within = np.zeros(len(graph.start), dtype=bool)
        within[edges] = True
        came: dict[int, tuple[int, int]] = {}
        front = np.unique(np.concatenate([graph.start[burst], graph.end[burst]]))
        front = front[~stops[front]]
        came.update((int(vertex), (-1, -1)) for vertex in front)
        while len(front):
            found = front[graph.source[front]]
            if len(found):
                return self._way_back(int(found[0]), came, burst)
            edge, other, place = graph.across(front)
            ahead = []
            for e, vertex, before in zip(edge.tolist(), other.tolist(), front[place].tolist(), strict=True):
                if within[e] and vertex not in came and not stops[vertex]:
                    came[vertex] = (e, before)
                    ahead.append(vertex)
            front = np.array(ahead, dtype=np.int64)
        return np.array([], dtype=np.int64)

    def _way_back(self, vertex: int, came: dict[int, tuple[int, int]], burst: Ints) -> Ints:
        way = []
        while came[vertex][0] >= 0:
            edge, vertex = came[vertex]
            way.append(edge)
        last = burst[(self.graph.start[burst] == vertex) | (self.graph.end[burst] == vertex)][:1]
        return np.array([*way, *last.tolist()], dtype=np.int64)
