"""How a city hangs together: the joints at which pipe ends meet, by what they name, else by where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from jnw_desktop.facilities.checks.city import Bools, City, Floats, Ints, Vertices
from jnw_desktop.facilities.kinds import ENDS

LINKS = ("valve", "pump_station")  # a facility with both ends named joins them with no pipe between


@dataclass(frozen=True)
class Topology:
    """Pipes as edges between joints.

    ``ends`` (p, 2, 2): where each line begins and ends (NaN without geometry). ``reference`` (p, 2): the vertex an end
    names. ``joint`` (p, 2): the joint an end belongs to, -1 for none: the vertex named, else the vertex that stands
    there, else a joint of its own for all ends at that place. Joints 0…v-1 are the vertices; ``at`` (j, 2) their place.
    ``links`` (l, 3): a vertex that joins two others, and those two. ``live`` (p,): pipes that are in service.
    """

    ends: Floats
    reference: Ints
    joint: Ints
    at: Floats
    links: Ints
    live: Bools
    length: Floats

    @cached_property
    def degree(self) -> Ints:
        """(j,) ends of live pipes at each joint; a link counts as an end at either side and two at itself."""
        return self.count(self.joint[self.live]) + self._link_ends()

    @cached_property
    def degree_of_all(self) -> Ints:
        """(j,) the same with planned, abandoned and removed pipes."""
        return self.count(self.joint) + self._link_ends()

    def _link_ends(self) -> Ints:
        return self.count(np.concatenate([self.links.ravel(), self.links[:, 0]]))

    def count(self, joints: Ints) -> Ints:
        """(j,) how often each joint is named."""
        return np.bincount(joints[joints >= 0].ravel(), minlength=len(self.at))

    @cached_property
    def _incidence(self) -> tuple[Ints, Ints]:
        pipe, side = np.nonzero((self.joint >= 0) & self.live[:, None])
        joint = self.joint[pipe, side]
        order = np.argsort(joint, kind="stable")
        first = np.searchsorted(joint[order], np.arange(len(self.at) + 1))
        return (pipe * 2 + side)[order], first

    def meeting(self, joints: Ints, count: int) -> Ints:
        """(n, count) the live pipe ends (pipe * 2 + side) at joints where exactly ``count`` pipe ends meet."""
        ends, first = self._incidence
        return np.asarray(ends[first[joints][:, None] + np.arange(count)])

    @cached_property
    def pipe_degree(self) -> Ints:
        """(j,) ends of live pipes alone."""
        return np.diff(self._incidence[1])

    @cached_property
    def part(self) -> Ints:
        """(j,) number of the connected part each joint belongs to, over live pipes and links."""
        edges = self.joint[self.live & (self.joint >= 0).all(axis=1)]
        edges = np.concatenate([edges, self.links[:, [0, 1]], self.links[:, [0, 2]]])
        graph = coo_array((np.ones(len(edges), dtype=np.int8), edges.T), shape=(len(self.at),) * 2)
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def topology_of(city: City) -> Topology:
    """The topology of a city; figures ``join`` and ``end`` of its table say what is one place."""
    pipes, vertices = city.pipes, city.vertices
    ends = ends_of(city)
    reference = np.stack([pipes.references["start_node"], pipes.references["end_node"]], axis=1)
    joint = np.where(reference >= 0, reference, -1)
    at, flat = vertices.xy, joint.ravel()
    loose = np.flatnonzero((flat < 0) & np.isfinite(ends.reshape(-1, 2)).all(axis=1))
    if len(loose):
        places = ends.reshape(-1, 2)[loose]
        flat[loose] = standing(vertices, places, city.limits.end.value)
        loose = loose[flat[loose] < 0]
        number, centre = clusters(ends.reshape(-1, 2)[loose], city.limits.join.value)
        flat[loose] = number + len(vertices)
        at = np.concatenate([at, centre])
    length = np.where(pipes.sound, pipes.lines.length, np.nan)
    return Topology(ends, reference, joint, at, _links(city), pipes.live, length)


def ends_of(city: City) -> Floats:
    """(p, 2, 2) the first and last point of each line."""
    ends = np.full((len(city.pipes), 2, 2), np.nan)
    some = np.flatnonzero(city.pipes.sound)
    points, of = city.pipes.lines.coordinates(some)
    numbers = np.arange(len(some))
    ends[some, 0] = points[np.searchsorted(of, numbers)]
    ends[some, 1] = points[np.searchsorted(of, numbers, side="right") - 1]
    return ends


def standing(vertices: Vertices, places: Floats, reach: float) -> Ints:
    """The vertex within ``reach`` metres of each place, -1 for none; one in service goes before one that is not."""
    found = np.full(len(places), -1)
    for which in (vertices.live, ~vertices.live):
        candidates = np.flatnonzero(which & np.isfinite(vertices.xy).all(axis=1))
        if len(candidates):
            left = np.flatnonzero(found < 0)
            distance, nearest = cKDTree(vertices.xy[candidates]).query(places[left], distance_upper_bound=reach)
            hit = np.isfinite(distance)
            found[left[hit]] = candidates[nearest[hit]]
    return found


def clusters(places: Floats, reach: float) -> tuple[Ints, Floats]:
    """Number of the cluster of each place, and the clusters' places; those within ``reach`` metres are in one."""
    if not len(places):
        return np.zeros(0, dtype=np.int64), np.zeros((0, 2))
    unique, inverse = np.unique(places, axis=0, return_inverse=True)
    pairs = cKDTree(unique).query_pairs(reach, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), pairs.T), shape=(len(unique),) * 2)
    number = connected_components(graph, directed=False)[1].astype(np.int64)
    _numbers, first = np.unique(number, return_index=True)
    return number[inverse.ravel()], unique[first]


def _links(city: City) -> Ints:
    found = []
    offset = 0
    for kind in ENDS:
        rows = city.rows[kind]
        if kind in LINKS:
            sides = np.stack([rows.references["start_node"], rows.references["end_node"]], axis=1)
            which = np.flatnonzero((sides >= 0).all(axis=1) & rows.live)
            found.append(np.column_stack([which + offset, sides[which]]))
        offset += len(rows)
    return np.concatenate(found).astype(np.int64)
