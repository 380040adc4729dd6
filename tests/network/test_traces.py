"""Traces on hand-drawn networks, and against networkx."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jnw_desktop.network.flow import flow, ways
from jnw_desktop.network.traces import (
    common_upstream,
    connected,
    downstream,
    shape,
    shortest_ways,
    to_source,
    upstream,
)

from .drawing import drawn, network


def shortest_way(graph, start, end):
    """The one way; valves and directions not minded."""
    return shortest_ways(graph, ways(graph, both_ways=True), np.array([start]), np.array([end]))[0]


#   S1 - a - b - c        d hangs on b through a closed valve
#        |   |
#        e   X1 - d
TREE = "S1 -1- a -2- b -3- c\na -4- e\nb -5- X1 -6- d"


def at(made, *names):
    return np.array([made.vertex[name] for name in names])


def test_upstream_leads_to_the_source_and_downstream_to_the_leaves():
    made = drawn(TREE)
    water = flow(made.graph)
    assert made.pipes(upstream(made.graph, water, at(made, "b")).edges) == {"1", "2"}
    assert made.pipes(downstream(made.graph, water, at(made, "a")).edges) == {"2", "3", "4", "5"}
    assert made.names(downstream(made.graph, water, at(made, "b")).vertices) == {"b", "c", "X1"}


def test_a_closed_valve_between_two_sources_turns_no_water_back():
    made = drawn("S1 -1- a -2- X1 -3- S2", lengths={"1": 300.0, "2": 100.0, "3": 50.0})
    water = flow(made.graph)
    assert made.pipes(downstream(made.graph, water, at(made, "S1")).edges) == {"1", "2"}
    assert made.pipes(downstream(made.graph, water, at(made, "S2")).edges) == {"3"}
    assert made.pipes(upstream(made.graph, water, at(made, "a")).edges) == {"1"}
    assert made.pipes(upstream(made.graph, water, at(made, "X1")).edges) == {"1", "2", "3"}


@st.composite
def valved_webs(draw):
    pipes, lengths = draw(webs())
    names = sorted({name for pipe in pipes for name in pipe[1:]} - {"n0"})
    return pipes, lengths, set(draw(st.lists(st.sampled_from(names), max_size=4))) if names else set()


@settings(max_examples=200, deadline=None)
@given(st.deferred(valved_webs))
def test_traces_with_closed_valves_are_those_of_a_graph_that_is_cut_there(case):
    pipes, lengths, closed = case
    if not any("n0" in pipe for pipe in pipes):
        return
    made = network(pipes, sources={"n0"}, lengths=lengths, valves=closed, closed=closed)
    cut = lambda name, vertex: (vertex, name) if vertex in closed else vertex  # noqa: E731 - a side for each pipe
    graph = nx.MultiGraph()
    for name, a, b in pipes:
        graph.add_edge(cut(name, a), cut(name, b), name, weight=lengths[name] + 0.001)
    far = nx.single_source_dijkstra_path_length(graph, "n0")
    water = flow(made.graph)
    for begin in set(made.vertex) - closed:
        for told, sense in ((upstream, -1), (downstream, 1)):
            seen, front, taken = {begin}, [begin] if begin in far else [], set()
            while front:
                here = front.pop()
                for _here, other, name in graph.edges(here, keys=True):
                    rise = (far[other] - far[here]) * sense
                    if rise > 1e-9 or (abs(rise) <= 1e-9 and sense > 0):
                        taken.add(name)
                    if rise > 1e-9 and other not in seen:
                        seen.add(other)
                        front.append(other)
            assert made.pipes(told(made.graph, water, at(made, begin)).edges) == taken, (begin, sense)


def test_connected_stops_at_a_closed_valve():
    made = drawn(TREE)
    assert made.pipes(connected(made.graph, at(made, "c")).edges) == {"1", "2", "3", "4", "5"}
    assert made.pipes(connected(made.graph, at(made, "d")).edges) == {"6"}


def test_a_trace_goes_on_only_from_the_vertices_it_is_given():
    made = drawn(TREE)
    within = np.zeros(made.graph.size, dtype=bool)
    within[at(made, "b", "c")] = True
    assert made.pipes(connected(made.graph, at(made, "c"), within).edges) == {"2", "3", "5"}


def test_where_no_source_reaches_nothing_is_upstream():
    made = drawn(TREE)
    assert not len(upstream(made.graph, flow(made.graph), at(made, "d")).edges)
    assert not len(to_source(made.graph, flow(made.graph), made.vertex["d"])[0])


def test_both_halves_of_a_ring_are_upstream_and_the_middle_is_downstream():
    #  S1 - a - b
    #       |   |      b and c are equally far: water meets in pipe 5
    #       '-- c
    made = drawn("S1 -1- a -2- b -4- d\na -3- c -5- b", **{"4": 1.0})
    water = flow(made.graph)
    assert made.pipes(upstream(made.graph, water, at(made, "d")).edges) == {"1", "2", "4"}
    assert made.pipes(downstream(made.graph, water, at(made, "S1")).edges) == {"1", "2", "3", "4", "5"}
    ring = drawn("S1 -1- a -2- b -4- d\na -3- c -5- d")
    assert made.pipes(upstream(ring.graph, flow(ring.graph), at(ring, "d")).edges) == {"1", "2", "3", "4", "5"}


def test_a_pump_turns_the_direction():
    made = drawn("S1 -1- a\nb -2- c", devices={"P": ("a", "b")})
    assert made.pipes(downstream(made.graph, flow(made.graph), at(made, "a")).edges) == {"2"}
    against = drawn("S1 -1- a\nb -2- c", devices={"P": ("b", "a")})
    assert not len(downstream(against.graph, flow(against.graph), at(against, "a")).edges)


def test_the_way_to_the_source_is_in_order():
    made = drawn(TREE)
    edges, vertices = to_source(made.graph, flow(made.graph), made.vertex["c"])
    assert [made.pipes(np.array([e])).pop() for e in edges] == ["3", "2", "1"]
    assert made.names(vertices[-1:]) == {"S1"}


def test_common_upstream_of_two_points():
    made = drawn(TREE)
    found = common_upstream(made.graph, flow(made.graph), [at(made, "c"), at(made, "e")])
    assert made.pipes(found.edges) == {"1"}


def test_the_shortest_way_takes_the_shorter_of_two_parallel_pipes():
    made = drawn("a -1- b -2- c\na -3- b", **{"1": 5.0, "3": 2.0})
    edges, _ = shortest_way(made.graph, made.vertex["a"], made.vertex["c"])
    assert [made.pipes(np.array([e])).pop() for e in edges] == ["3", "2"]
    apart = drawn("a -1- b\nc -2- d")
    assert not len(shortest_way(apart.graph, apart.vertex["a"], apart.vertex["d"])[0])


@st.composite
def webs(draw):
    size = draw(st.integers(2, 9))
    pairs = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), min_size=1, max_size=16))
    pipes = [(f"p{i}", f"n{a}", f"n{b}") for i, (a, b) in enumerate(pairs) if a != b]
    lengths = {name: float(draw(st.integers(1, 9))) for name, _, _ in pipes}
    return pipes, lengths


@settings(max_examples=150, deadline=None)
@given(webs())
def test_distances_bridges_and_loops_are_those_of_networkx(case):
    pipes, lengths = case
    if not pipes:
        return
    made = network(pipes, sources={"n0"}, lengths=lengths)
    graph = nx.MultiGraph()
    graph.add_node("n0")
    graph.add_edges_from((a, b, name, {"weight": lengths[name] + 0.001}) for name, a, b in pipes)
    far = nx.single_source_dijkstra_path_length(graph, "n0")
    potential = flow(made.graph).potential
    assert all(np.isclose(potential[number], far.get(name, np.inf)) for name, number in made.vertex.items())
    found = shape(made.graph)
    simple = nx.Graph((a, b) for _, a, b in pipes)
    twice = {frozenset(p[1:]) for p in pipes if sum(frozenset(q[1:]) == frozenset(p[1:]) for q in pipes) > 1}
    bridges = {frozenset(pair) for pair in nx.bridges(simple)} - twice
    assert made.pipes(np.flatnonzero(found.bridge)) == {p[0] for p in pipes if frozenset(p[1:]) in bridges}
    assert found.loops == len(pipes) - len(graph) + nx.number_connected_components(graph)
    ends = {v for v in graph if graph.degree(v) == 1 and v != "n0"}
    assert made.names(found.dead_ends) == ends
    start, end = pipes[0][1], pipes[-1][2]
    edges, _ = shortest_way(made.graph, made.vertex[start], made.vertex[end])
    if nx.has_path(graph, start, end):
        want = nx.dijkstra_path_length(graph, start, end)
        assert np.isclose(sum(made.graph.length[edges] + 0.001), want)
