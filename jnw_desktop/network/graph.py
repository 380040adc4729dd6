"""The pipe network as a graph of arrays: vertices where pipes end, edges that are pipes or links through a device."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]

NO_KEY = np.uint64(0)  # of an end that is not known


@dataclass(frozen=True)
class Neighbours:
    """A list for each of ``n`` rows: row ``i`` has ``items[first[i]:first[i + 1]]``."""

    first: Ints
    items: Ints

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """All items of ``rows`` (k,), and for each item the place in ``rows`` it comes from."""
        begin = self.first[rows]
        count = self.first[rows + 1] - begin
        place = np.repeat(np.arange(len(rows)), count)
        before = np.cumsum(count) - count
        return self.items[np.arange(len(place)) - before[place] + begin[place]], place


def neighbours(rows: Ints, items: Ints, count: int) -> Neighbours:
    """Pairs (row, item) as one list for each of ``count`` rows; a pair that comes twice is there once."""
    width = int(items.max()) + 1 if len(items) else 1
    ones = np.ones(len(rows), dtype=np.int8)
    matrix = scipy.sparse.coo_matrix((ones, (rows, items)), shape=(count, width)).tocsr()
    return Neighbours(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))


def spread(lists: Neighbours, seeds: Ints, allowed: Bools) -> Bools:
    """Which of ``n`` rows are reached from ``seeds`` along ``lists``, going only through rows that are ``allowed``."""
    reached = np.zeros(len(allowed), dtype=bool)
    front = np.unique(seeds[allowed[seeds]])
    while len(front):
        reached[front] = True
        found, _ = lists.of(front)
        front = np.unique(found[allowed[found] & ~reached[found]])
    return reached


@dataclass(frozen=True)
class Graph:
    """A network of ``n`` vertices and ``m`` edges; nothing here knows names, SQL or geometry.

    ``start``, ``end`` (m,): vertices of each edge. ``pipe`` (m,): the caller's number of the pipe, -1 for a link
    through a device (a pump or valve that joins two vertices with no pipe between). ``one_way`` (m,): water passes from
    start to end only. ``length`` (m,): metres. ``dn`` (m,): mm, 0 unknown.
    By vertex (n,): ``valve`` separates the pipes that end at it when it is closed, ``closed`` is closed now, ``stuck``
    cannot be operated, ``source`` gives water, ``device`` stands in the middle of a one-way link.
    """

    start: Ints
    end: Ints
    pipe: Ints
    one_way: Bools
    length: Floats
    dn: Ints
    valve: Bools
    closed: Bools
    stuck: Bools
    source: Bools
    device: Bools

    @property
    def size(self) -> int:
        """Number of vertices."""
        return len(self.valve)

    @cached_property
    def edges_at(self) -> Neighbours:
        """The edges at each vertex."""
        every = np.arange(len(self.start))
        return neighbours(np.concatenate([self.start, self.end]), np.concatenate([every, every]), self.size)

    @cached_property
    def volume(self) -> Floats:
        """Water in each edge, m³: a cylinder of the nominal diameter; 0 where that is unknown."""
        return np.pi / 4.0 * (self.dn / 1000.0) ** 2 * self.length

    def across(self, vertices: Ints) -> tuple[Ints, Ints, Ints]:
        """Edges at ``vertices`` (k,): the edges, the vertex at the other end of each, the place in ``vertices``."""
        edges, place = self.edges_at.of(vertices)
        return edges, self.start[edges] + self.end[edges] - vertices[place], place


@dataclass(frozen=True)
class Devices:
    """What stands at vertices, by key (k,). ``start`` and ``end``: keys it joins through itself, ``NO_KEY`` if none.

    ``one_way``: through those links water passes from start to end only.
    """

    key: Keys
    start: Keys
    end: Keys
    valve: Bools
    closed: Bools
    stuck: Bools
    source: Bools
    one_way: Bools


def assemble(
    start: Keys, end: Keys, carries: Bools, length: Floats, dn: Ints, devices: Devices
) -> tuple[Graph, Keys, Ints]:
    """The graph of pipes (k,) whose ends are named by keys; a pipe that carries no water or lacks an end is left out.

    Returns the graph, the sorted keys of its vertices (n,), and the edge of each pipe (k,), -1 for those left out.
    """
    whole = np.flatnonzero(carries & (start != NO_KEY) & (end != NO_KEY))
    links = [(devices.start, devices.key), (devices.key, devices.end)]
    linked = (devices.start != NO_KEY) & (devices.end != NO_KEY)
    tails = np.concatenate([start[whole], *(tail[linked] for tail, _ in links)])
    heads = np.concatenate([end[whole], *(head[linked] for _, head in links)])
    keys, place = np.unique(np.concatenate([tails, heads, devices.key]), return_inverse=True)
    tail, head, device = np.split(place.astype(np.int64), [len(tails), len(tails) + len(heads)])
    more = len(tails) - len(whole)

    def at_vertices(flags: Bools) -> Bools:
        there = np.zeros(len(keys), dtype=bool)
        there[device[flags]] = True
        return there

    graph = Graph(
        start=tail,
        end=head,
        pipe=np.concatenate([whole, np.full(more, -1)]),
        one_way=np.concatenate([np.zeros(len(whole), dtype=bool), *[devices.one_way[linked]] * 2]),
        length=np.concatenate([length[whole], np.zeros(more)]),
        dn=np.concatenate([dn[whole], np.zeros(more, dtype=np.int64)]),
        valve=at_vertices(devices.valve),
        closed=at_vertices(devices.closed & devices.valve),
        stuck=at_vertices(devices.stuck),
        source=at_vertices(devices.source),
        device=at_vertices(devices.one_way & linked),
    )
    edge = np.full(len(start), -1)
    edge[whole] = np.arange(len(whole))
    return graph, keys, edge


def places_of(keys: Keys, wanted: Keys) -> Ints:
    """Where each of ``wanted`` stands in the sorted ``keys``; -1 where it does not."""
    if not len(keys):
        return np.full(len(wanted), -1)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((keys[at] == wanted) & (wanted != NO_KEY), at, -1)
