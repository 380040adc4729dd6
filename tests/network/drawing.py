"""Networks drawn as text: ``S -p1- a -p2- V1 -p3- b``; a line for each chain, names in common join them."""

import re
from dataclasses import dataclass

import numpy as np

from jnw_desktop.network.graph import Devices, Graph, assemble
from jnw_desktop.network.isolation import Isolator, Plan
from jnw_desktop.network.segments import Partition, valve_segments
from jnw_desktop.network.supply import Supply, supply


@dataclass(frozen=True)
class Drawn:
    """A graph whose vertices and pipes have names. By their first letter: S source, V valve, X closed, K stuck."""

    graph: Graph
    vertex: dict[str, int]
    pipe: dict[str, int]

    @property
    def segments(self) -> Partition:
        return valve_segments(self.graph)

    @property
    def supply(self) -> Supply:
        return supply(self.graph, self.segments)

    def plan(self, *pipes: str, stuck: tuple[str, ...] = ()) -> Plan:
        isolator = Isolator(self.graph, self.segments, self.supply)
        return isolator.plan(
            np.array([self.pipe[name] for name in pipes]), np.array([self.vertex[v] for v in stuck], dtype=int)
        )

    def pipes(self, edges: np.ndarray) -> set[str]:
        named = {number: name for name, number in self.pipe.items()}
        return {named[int(edge)] for edge in edges if self.graph.pipe[edge] >= 0}

    def names(self, vertices: np.ndarray) -> set[str]:
        named = {number: name for name, number in self.vertex.items()}
        return {named[int(vertex)] for vertex in vertices}

    def partition(self) -> set[frozenset[str]]:
        """Segments as sets of the names of their pipes and nodes."""
        parts: dict[int, set[str]] = {}
        for name, number in self.pipe.items():
            parts.setdefault(int(self.segments.of_edge[number]), set()).add(name)
        for name, number in self.vertex.items():
            part = int(self.segments.of_vertex[number])
            if part >= 0:
                parts.setdefault(part, set()).add(name)
        return {frozenset(part) for part in parts.values()}


def network(
    pipes: list[tuple[str, str, str]],
    *,
    valves: set[str] = frozenset(),
    closed: set[str] = frozenset(),
    stuck: set[str] = frozenset(),
    sources: set[str] = frozenset(),
    devices: dict[str, tuple[str, str]] | None = None,
    lengths: dict[str, float] | None = None,
) -> Drawn:
    """Pipes as (name, start, end); ``devices``: one-way, name to the vertices they join."""
    devices = devices or {}
    ends = (
        {name for _, a, b in pipes for name in (a, b)} | {v for pair in devices.values() for v in pair} | set(devices)
    )
    names = sorted(ends | valves | sources)
    keys = {name: np.uint64(number + 1) for number, name in enumerate(names)}

    def marked(chosen: set[str]) -> np.ndarray:
        return np.array([name in chosen for name in names], dtype=bool)

    def side(which: int) -> np.ndarray:
        return np.array([keys[devices[n][which]] if n in devices else 0 for n in names], dtype=np.uint64)

    every = np.array([keys[name] for name in names], dtype=np.uint64)
    standing = Devices(
        key=every, start=side(0), end=side(1), valve=marked(set(valves)), closed=marked(set(closed)),
        stuck=marked(set(stuck)), source=marked(set(sources)), one_way=marked(set(devices)),
    )  # fmt: skip
    start, end = (np.array([keys[pipe[i]] for pipe in pipes], dtype=np.uint64) for i in (1, 2))
    length = np.array([(lengths or {}).get(pipe[0], 1.0) for pipe in pipes])
    carries, dn = np.ones(len(pipes), dtype=bool), np.full(len(pipes), 100)
    graph, _keys, edge = assemble(start, end, carries, length, dn, standing)
    return Drawn(
        graph, {name: i for i, name in enumerate(names)}, {pipe[0]: int(edge[i]) for i, pipe in enumerate(pipes)}
    )


def drawn(picture: str, devices: dict[str, tuple[str, str]] | None = None, **lengths: float) -> Drawn:
    """The network of a picture."""
    pipes = []
    for line in picture.strip().splitlines():
        parts = re.split(r"\s*-\s*", line.strip())
        pipes += [(parts[i], parts[i - 1], parts[i + 1]) for i in range(1, len(parts) - 1, 2)]
    ends = {name for pipe in pipes for name in pipe[1:]}

    def first(letters: str) -> set[str]:
        return {name for name in ends if name[0] in letters}

    return network(
        pipes, valves=first("VXK"), closed=first("X"), stuck=first("K"), sources=first("S"), devices=devices,
        lengths=lengths,
    )  # fmt: skip
