"""A city and what is derived from it, each worked out once when the first rule asks; and what a rule finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from jnw_desktop.facilities.checks.city import Bools, City, Coded, Floats, Ints, Objects, Rows, Vertices
from jnw_desktop.facilities.checks.contacts import Misses, Pairs, Segments, misses_of, pairs_of, segments_of
from jnw_desktop.facilities.checks.topology import Topology, topology_of
from jnw_desktop.facilities.checks.twins import twins_of
from jnw_desktop.facilities.kinds import ENDS

Values = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Found:
    """Findings of one rule about one kind: ``rows`` (n,) of it, ``at`` (n, 2) or NaN.

    ``values`` (n,) each are what the message names. ``other`` (n,) is the other facility the finding is about: a row of
    ``other_kind``. ``facts`` (n,) each are what a mend needs and no message shows.
    """

    kind: str
    rows: Ints
    at: Floats
    values: Values = field(default_factory=dict)
    other_kind: str = ""
    other: Ints | None = None
    facts: Values = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, which: Bools | Ints) -> Found:
        """Some of them."""
        other = None if self.other is None else self.other[which]
        values = {name: value[which] for name, value in self.values.items()}
        facts = {name: value[which] for name, value in self.facts.items()}
        return Found(self.kind, self.rows[which], self.at[which], values, self.other_kind, other, facts)


@dataclass(frozen=True)
class Survey:
    """What rules are given."""

    city: City

    @property
    def pipes(self) -> Rows:
        """The pipes."""
        return self.city.pipes

    @property
    def vertices(self) -> Vertices:
        """What pipes can end at."""
        return self.city.vertices

    @cached_property
    def topology(self) -> Topology:
        """How the pipes are joined."""
        return topology_of(self.city)

    @cached_property
    def segments(self) -> Segments:
        """The segments of the pipes in service."""
        return segments_of(self.city, self.topology)

    @cached_property
    def _pairs(self) -> tuple[Pairs, Pairs]:
        limits = self.city.limits
        return pairs_of(self.segments, self.topology, limits.end.value, limits.join.value, limits.overlap.value)

    @property
    def crossings(self) -> Pairs:
        """Places where two pipes in service cross away from their ends."""
        return self._pairs[0]

    @property
    def overlaps(self) -> Pairs:
        """Pipes in service that lie on one another for some length."""
        return self._pairs[1]

    @cached_property
    def twins(self) -> tuple[Ints, Ints]:
        """Pipes in service recorded twice, and the older of each two."""
        return twins_of(self.city, self.topology)

    @cached_property
    def misses(self) -> Misses:
        """What lies near the dangling ends and is not joined to them."""
        dangling = np.flatnonzero(self.topology.degree == 1)
        dangling = dangling[self.topology.pipe_degree[dangling] == 1]
        return misses_of(self.city, self.topology, self.segments, dangling, self.city.limits.near.value)

    @cached_property
    def touches(self) -> Misses:
        """What lies so near to a joint, or to a point no pipe ends at, that it is at it, and is not joined to it."""
        top, vertices = self.topology, self.vertices
        placed: Bools = np.asarray(np.isfinite(top.at).all(axis=1))
        placed[: len(vertices)] &= vertices.live & ~vertices.of("sensor")
        return misses_of(self.city, top, self.segments, np.flatnonzero(placed), self.city.limits.end.value)

    @cached_property
    def node_kind(self) -> Coded:
        """What kind of node each joint is; unset where it is no node."""
        column = self.city.node_kind
        number = np.full(len(self.topology.at), -1)
        number[: len(column.number)] = column.number
        return Coded(number, column.words)

    def joints_of(self, *kinds: str) -> Bools:
        """(j,) whether a facility of one of ``kinds`` stands at a joint."""
        which = np.zeros(len(self.topology.at), dtype=bool)
        which[: len(self.vertices)] = self.vertices.of(*kinds)
        return which

    def about_pipes(self, rows: Ints, at: Floats | None = None, *, beside: Ints | None = None, **values: Any) -> Found:
        """A finding about each of some pipes, at its middle unless said; ``beside``: the other pipe it is about."""
        if beside is not None:
            values["other"] = self.pipes.code[beside]
        where = self.pipes.middle[rows] if at is None else at
        return Found("pipe", rows, where, values, "pipe" if beside is not None else "", beside)

    def about_joints(self, joints: Ints, **values: Any) -> list[Found]:
        """A finding about what stands at each joint, or, where nothing does, about a pipe that ends there."""
        vertices, top = self.vertices, self.topology
        standing = joints < len(vertices)
        found = self.about_vertices(joints[standing], **{n: v[standing] for n, v in values.items()})
        bare = np.flatnonzero(~standing)
        if len(bare):
            ends = top.joint.ravel()
            order = np.argsort(ends, kind="stable")
            pipe = order[np.searchsorted(ends[order], joints[bare])] // 2
            found.append(self.about_pipes(pipe, top.at[joints[bare]], **{n: v[bare] for n, v in values.items()}))
        return found

    def about_vertices(self, vertices: Ints, **values: Any) -> list[Found]:
        """A finding about each of some vertices, kind by kind."""
        found = []
        of = self.vertices
        for number, kind in enumerate(ENDS):
            which = np.flatnonzero(of.kind[vertices] == number)
            if len(which):
                rows = of.row[vertices[which]]
                part = {name: np.asarray(value)[which] for name, value in values.items()}
                found.append(Found(kind, rows, of.xy[vertices[which]], part))
        return found


def joined_texts(columns: Mapping[str, Bools], separator: str) -> Objects:
    """(n,) of several yes-or-no columns, the names of those that are yes."""
    names = list(columns)
    bits = sum((columns[name].astype(np.int64) << bit for bit, name in enumerate(names)), np.int64(0))
    patterns = range(1 << len(names))
    told = [separator.join(name for bit, name in enumerate(names) if pattern >> bit & 1) for pattern in patterns]
    return np.asarray(np.array(told, dtype=object)[bits])
