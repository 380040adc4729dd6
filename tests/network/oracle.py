"""WNTR as oracle of valve segments: its networks as ours, its partition beside ours."""

import warnings

import networkx as nx
import pandas as pd

from .drawing import Drawn, network

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # wntr's imports warn of their own future
    from wntr.metrics.topographic import valve_segments


def valve_name(link: str, node: str) -> str:
    """Of the vertex that stands for WNTR's valve on ``link`` beside ``node``."""
    return f"V({link},{node})"


def laid(edges, layer, sources=frozenset()) -> Drawn:
    """Edges (name, a, b) with valves (link, node): each a vertex on its link, a stub between it and the node."""
    pipes, valves = [], set()
    for name, a, b in edges:
        ends = {}
        for end in (a, b):
            if (name, end) in layer:
                valve = valve_name(name, end)
                valves.add(valve)
                pipes.append((f"{end}|{name}", end, valve))
                ends[end] = valve
        pipes.append((name, ends.get(a, a), ends.get(b, b)))
    return network(pipes, valves=valves, sources=set(sources))


def without_stubs(names) -> frozenset[str]:
    """WNTR has no stubs."""
    return frozenset(name for name in names if "|" not in name)


def as_wntr_says(made: Drawn) -> set[frozenset[str]]:
    """Our segments as sets of nodes and links."""
    return {kept for part in made.partition() if (kept := without_stubs(part))}


def wntr_partition(edges, layer, nodes=()) -> set[frozenset[str]]:
    """WNTR's own partition. Its names of nodes and links may coincide, ours may not."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((a, b, name) for name, a, b in edges)
    frame = pd.DataFrame(sorted(layer), columns=["link", "node"])
    of_node, of_link, _ = valve_segments(graph, frame)
    parts = {}
    for name, part in [*of_node.items(), *of_link.items()]:
        parts.setdefault(part, set()).add(name)
    return {frozenset(part) for part in parts.values()}
