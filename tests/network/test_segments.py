"""Valve segments against hand-drawn networks and WNTR."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jnw_desktop.network.segments import totals

from .drawing import drawn, network

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # wntr's imports warn of their own future
    import wntr
    from wntr.metrics.topographic import valve_segments


def laid(edges, layer, sources=frozenset()):
    """Edges (name, a, b) with valves (link, node): each a vertex on its link, a stub between it and the node."""
    pipes, valves = [], set()
    for name, a, b in edges:
        ends = {}
        for end in (a, b):
            if (name, end) in layer:
                valve = f"V({name},{end})"
                valves.add(valve)
                pipes.append((f"{end}|{name}", end, valve))
                ends[end] = valve
        pipes.append((name, ends.get(a, a), ends.get(b, b)))
    return network(pipes, valves=valves, sources=set(sources))


def as_wntr_says(made):
    """Sets of nodes and links, stubs left out: WNTR has none."""
    return {kept for part in made.partition() if (kept := frozenset(name for name in part if "|" not in name))}


def oracle(edges, layer, nodes=()):
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


# CCWI17-HermanMahmoud, the example WNTR's tests use: seven nodes, eight pipes, five valves.
HERMAN_MAHMOUD = [
    ("p1", "s", "n1"), ("p2", "n1", "n2"), ("p3", "n2", "n3"), ("p4", "n3", "n4"),
    ("p5", "n4", "n5"), ("p6", "n2", "n5"), ("p7", "n5", "n6"), ("p8", "n6", "n1"),
]  # fmt: skip
FIVE = {("p1", "n1"), ("p3", "n2"), ("p7", "n5"), ("p7", "n6"), ("p8", "n6")}


def test_the_published_case_of_five_valves_has_four_segments():
    made = laid(HERMAN_MAHMOUD, FIVE, {"s"})
    assert as_wntr_says(made) == {
        frozenset({"n1", "n2", "n3", "n4", "n5", "p2", "p3", "p4", "p5", "p6", "p8"}),
        frozenset({"n6"}),
        frozenset({"s", "p1"}),
        frozenset({"p7"}),
    }
    assert as_wntr_says(made) == oracle(HERMAN_MAHMOUD, FIVE)
    # The stub of (p3, n2) has its valve at both ends of no segment but the one: it separates nothing.
    idle = made.segments.idle()
    assert made.names(made.segments.gates[idle]) == {"V(p3,n2)"}


@pytest.fixture(scope="module")
def net3():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return wntr.network.WaterNetworkModel(wntr.library.ModelLibrary().get_filepath("Net3"))


@pytest.mark.parametrize(
    ("placement", "n", "seed"),
    [("random", 40, 1), ("random", 40, 2), ("strategic", 1, 123), ("strategic", 2, 123), ("strategic", 0, 5)],
)
def test_net3_is_parted_as_wntr_parts_it(net3, placement, n, seed):
    frame = wntr.network.generate_valve_layer(net3, placement, n, seed)
    layer = set(zip(frame["link"], frame["node"], strict=True))
    graph = net3.to_graph()
    edges = [(f"L{name}", f"N{a}", f"N{b}") for a, b, name in graph.edges(keys=True)]
    layer = {(f"L{link}", f"N{node}") for link, node in layer}
    assert as_wntr_says(laid(edges, layer)) == oracle(edges, layer)


@st.composite
def valved(draw):
    """Networks with parallel pipes, loops, parts of their own, and valves at either or both ends."""
    size = draw(st.integers(2, 9))
    pairs = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), min_size=1, max_size=16))
    edges = [(f"p{i}", f"n{a}", f"n{b}") for i, (a, b) in enumerate(pairs) if a != b]
    ends = [(name, end) for name, a, b in edges for end in (a, b)]
    layer = draw(st.sets(st.sampled_from(ends), max_size=len(ends))) if ends else set()
    return edges, layer


@settings(max_examples=150, deadline=None)
@given(valved())
def test_any_network_is_parted_as_wntr_parts_it(case):
    edges, layer = case
    if edges:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas on an empty layer
            assert as_wntr_says(laid(edges, layer)) == oracle(edges, layer)


def test_every_pipe_end_at_a_valve_is_a_side_of_its_own():
    #        c
    #        |
    # S - a - V - b
    made = drawn("S -1- a -2- V -3- b\nV -4- c")
    assert made.partition() == {frozenset("1S2a"), frozenset("3b"), frozenset("4c")}


def test_a_valve_at_a_dead_end_and_one_in_a_ring_separate_nothing():
    # S - a - b - V1(dead end)      ring  b - V2 - c - b
    made = drawn("S -1- a -2- b -3- V1\nb -4- V2 -5- c -6- b")
    assert made.names(made.segments.gates[made.segments.idle()]) == {"V1", "V2"}
    assert len(made.partition()) == 1


def test_a_pipe_between_two_valves_is_a_segment():
    made = drawn("S -1- V1 -2- V2 -3- a")
    assert made.partition() == {frozenset("S1"), frozenset("2"), frozenset("3a")}


def test_totals_count_pipe_water_and_vertices():
    made = drawn("S -1- a -2- V -3- b", **{"1": 10.0, "2": 5.0, "3": 7.0})
    told = totals(made.graph, made.segments)
    first, second = made.segments.of_edge[made.pipe["1"]], made.segments.of_edge[made.pipe["3"]]
    assert told.length[[first, second]].tolist() == [15.0, 7.0]
    assert told.volume[first] == pytest.approx(np.pi / 4 * 0.1**2 * 15.0)
    assert told.pipes[[first, second]].tolist() == [2, 1]
    assert told.nodes[[first, second]].tolist() == [2, 1]


def test_a_network_of_nothing_has_no_segment():
    assert network([]).segments.count == 0
