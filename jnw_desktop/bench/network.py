"""Measures the network in a process of its own: the graph, valve segments and isolation, beside WNTR and networkx.

``python -m jnw_desktop.bench.network PLACE`` prints one JSON object: seconds, and bytes of memory the graph takes.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from jnw_desktop.bench.memory import most_held
from jnw_desktop.facilities.graph import City
from jnw_desktop.network.graph import Graph, Ints
from jnw_desktop.network.isolation import Isolator
from jnw_desktop.network.segments import Partition, valve_segments
from jnw_desktop.network.supply import supply
from jnw_desktop.workspace import Workspace

BURSTS = 200
PEER_LINKS = 15_000  # what WNTR is given of a whole city; of a smaller one a tenth
PEER_BURSTS = 5


def measure(place: str) -> dict[str, float]:
    """All figures of the workspace at ``place``."""
    with Workspace.open(place, read_only=True) as workspace, workspace.read() as connection:
        before = most_held()
        city = City(workspace)
        network, load = _timed(lambda: city.network(connection))
        memory = most_held() - before
        graph = network.graph
        segments, parted = _timed(lambda: valve_segments(graph))
        isolator = Isolator(graph, segments, supply(graph, segments))
        picked = np.random.default_rng(0).integers(0, int(np.sum(graph.pipe >= 0)), BURSTS)
        isolator.plan(picked[:1])  # what is worked out once for all plans
        plan = _median(lambda edge: isolator.plan(np.array([edge])), picked)
        told = {"load": load, "memory": memory, "segments": parted, "isolation": plan}
        return told | _beside_peers(_part(graph, min(PEER_LINKS, len(graph.start) // 10)))


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    value = work()
    return value, time.perf_counter() - began


def _median(work: Callable[[int], Any], edges: Ints) -> float:
    """Median seconds of ``work`` over ``edges``."""
    return statistics.median(_timed(partial(work, edge))[1] for edge in edges.tolist())


def _part(graph: Graph, links: int) -> Graph:
    """The first ``links`` edges as a graph of its own."""
    ends, place = np.unique(np.concatenate([graph.start[:links], graph.end[:links]]), return_inverse=True)
    edges = {name: getattr(graph, name)[:links] for name in ("pipe", "one_way", "length", "dn")}
    vertices = {name: getattr(graph, name)[ends] for name in ("valve", "closed", "stuck", "source", "device")}
    return Graph(start=place[:links], end=place[links:], **edges, **vertices)


def _beside_peers(graph: Graph) -> dict[str, float]:
    segments, ours = _timed(lambda: valve_segments(graph))
    theirs, wntr_seconds = _wntr(graph)
    pairs = set(zip(segments.of_edge.tolist(), theirs, strict=True))
    if not len(pairs) == segments.count == len(set(theirs)):
        raise ValueError("WNTR parts the network otherwise")
    isolator = Isolator(graph, segments, supply(graph, segments))
    picked = np.random.default_rng(0).integers(0, len(graph.start), PEER_BURSTS)
    isolator.plan(picked[:1])
    plan = _median(lambda edge: isolator.plan(np.array([edge])), picked)
    networkx = _median(lambda edge: _networkx(graph, segments, edge), picked)
    return {"part_segments": ours, "wntr_segments": wntr_seconds, "part_isolation": plan, "networkx": networkx}


def _wntr(graph: Graph) -> tuple[list[int], float]:
    """The segment of each link by WNTR, and its seconds; a valve at every pipe end at one of our valves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # wntr's imports warn of their own future
        import networkx as nx
        import pandas as pd  # type: ignore[import-untyped]
        from wntr.metrics.topographic import valve_segments as wntr_segments

        made = nx.MultiDiGraph()
        ends = list(zip(graph.start.tolist(), graph.end.tolist(), strict=True))
        made.add_edges_from((str(a), str(b), str(number)) for number, (a, b) in enumerate(ends))
        layer = {(str(number), str(v)) for number, pair in enumerate(ends) for v in pair if graph.valve[v]}
        frame = pd.DataFrame(sorted(layer), columns=["link", "node"])
        (_nodes, links, _sizes), seconds = _timed(lambda: wntr_segments(made, frame))
        return [int(links[str(number)]) for number in range(len(ends))], seconds


def _networkx(graph: Graph, segments: Partition, burst: int) -> set[int]:
    """Edges that lose every source when the segment of ``burst`` is shut off, the plain way."""
    import networkx as nx

    gone = segments.of_edge == segments.of_edge[burst]
    around = np.concatenate([graph.start[gone], graph.end[gone]])
    closed = np.union1d(np.flatnonzero(graph.closed), around[graph.valve[around]])
    kept = np.flatnonzero(~gone)
    made = nx.MultiGraph()
    made.add_edges_from(zip(graph.start[kept].tolist(), graph.end[kept].tolist(), kept.tolist(), strict=True))
    made.remove_nodes_from(closed.tolist())
    sources: Ints = np.flatnonzero(graph.source)
    fed: set[int] = set()
    for source in sources.tolist():
        if source in made and source not in fed:
            fed |= nx.node_connected_component(made, source)
    return {int(edge) for edge in kept if int(graph.start[edge]) not in fed}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1])) + "\n")
