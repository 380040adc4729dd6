"""Isolation plans: each rule on a hand-drawn network, and all of them against a slow oracle on random ones."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jnw_desktop.network.criticality import hanging
from jnw_desktop.network.isolation import Isolator

from .drawing import drawn, network


def told(made, plan):
    return {
        "close": made.names(plan.close),
        "needless": made.names(plan.needless),
        "pipes": made.pipes(plan.edges),
        "starved": made.pipes(plan.starved_edges),
        "unstoppable": plan.unstoppable,
    }


def test_the_valves_of_the_segment_are_closed_and_what_lies_behind_starves():
    # S1 - V1 - (burst 2) - V2 - b - V3 - c
    made = drawn("S1 -1- V1 -2- V2 -3- b -4- V3 -5- c")
    assert told(made, made.plan("2")) == {
        "close": {"V1", "V2"},
        "needless": {"V2"},
        "pipes": {"2"},
        "starved": {"3", "4", "5"},
        "unstoppable": False,
    }


def test_a_second_source_keeps_the_far_side_supplied():
    made = drawn("S1 -1- V1 -2- V2 -3- S2")
    assert told(made, made.plan("2")) == {
        "close": {"V1", "V2"}, "needless": set(), "pipes": {"2"}, "starved": set(), "unstoppable": False,
    }  # fmt: skip


def test_a_loop_keeps_the_rest_supplied():
    #  S1 - V1 - a - V2 - b
    #       |_______V3____|
    made = drawn("S1 -1- a -2- V2 -3- V4 -4- b\na -5- V3 -6- b\na -7- V1 -8- V5 -9- c")
    plan = told(made, made.plan("3"))
    assert (plan["close"], plan["needless"], plan["starved"]) == ({"V2", "V4"}, set(), set())


def test_a_stuck_valve_widens_the_search_and_is_named():
    made = drawn("S1 -1- V1 -2- K1 -3- V2 -4- c")
    plan = made.plan("3")
    assert told(made, plan)["close"] == {"V1", "V2"}
    assert made.names(plan.widened) == {"K1"}
    assert made.pipes(plan.edges) == {"2", "3"}


def test_a_valve_forbidden_today_widens_as_a_stuck_one_does():
    made = drawn("S1 -1- V1 -2- V3 -3- V2 -4- c")
    assert told(made, made.plan("3"))["close"] == {"V3", "V2"}
    assert told(made, made.plan("3", stuck=("V3",)))["close"] == {"V1", "V2"}


def test_a_valve_that_is_freed_bounds_again():
    made = drawn("S1 -1- V1 -2- K1 -3- V2 -4- K2 -5- c")
    isolator = Isolator(made.graph, made.segments, made.supply)
    burst, stuck = np.array([made.pipe["3"]]), np.array([made.vertex["V2"]])
    assert told(made, isolator.plan(burst, stuck))["close"] == {"V1"}
    for freed, close, passed in (("K1", {"K1"}, {"V2", "K2"}), ("V2", {"V1", "V2"}, {"K1"})):
        plan = isolator.plan(burst, stuck, np.array([made.vertex[freed]]))
        assert (told(made, plan)["close"], made.names(plan.widened)) == (close, passed)


def test_a_closed_valve_bounds_without_being_closed_even_when_it_is_stuck():
    made = drawn("S1 -1- V1 -2- a -3- X1 -4- b -5- V2 -6- S2")
    plan = made.plan("2")
    assert told(made, plan)["close"] == {"V1"}
    assert made.names(plan.already_closed) == {"X1"}
    assert made.pipes(plan.edges) == {"2", "3"}
    assert told(made, plan)["starved"] == set()
    stuck = made.plan("2", stuck=("X1",))
    assert (made.names(stuck.close), made.pipes(stuck.edges)) == ({"V1"}, {"2", "3"})


def test_valves_that_separate_nothing_are_not_closed():
    # V9 at a dead end; V8 with the same segment on both sides
    made = drawn("S1 -1- V1 -2- a -3- V9\na -4- V8 -5- b -6- a")
    assert told(made, made.plan("4"))["close"] == {"V1"}


def test_a_burst_with_nothing_between_it_and_a_source_is_unstoppable_and_the_way_is_shown():
    made = drawn("S1 -1- a -2- K1 -3- b -4- V1 -5- c")
    plan = made.plan("4")
    assert plan.unstoppable
    assert [made.pipes(np.array([edge])).pop() for edge in plan.witness] == ["1", "2", "3", "4"]
    assert made.names(plan.close) == {"V1"}
    at_the_source = drawn("S1 -1- V1 -2- c").plan("1")
    assert at_the_source.unstoppable
    assert len(at_the_source.witness) == 1


def test_a_closed_valve_whose_opening_feeds_the_starved_part_is_offered():
    #  S1 - V1 - burst - V2 - b - X1 - S2      X1 is closed and may be opened
    made = drawn("S1 -1- V1 -2- V2 -3- b -4- X1 -5- S2")
    plan = made.plan("2")
    assert made.pipes(plan.starved_edges) == {"3", "4"}
    assert made.names(plan.reopen) == {"X1"}
    assert made.pipes(plan.fed_edges) == {"3", "4"}
    assert not len(made.plan("2", stuck=("X1",)).reopen)


def test_a_closed_valve_that_holds_the_burst_is_never_opened():
    made = drawn("S1 -1- V1 -2- V2 -3- b -4- X1 -5- a\na -6- V1")
    assert not len(made.plan("5", "2").reopen)


def test_what_had_no_water_before_is_not_starved():
    made = drawn("S1 -1- V1 -2- a\nb -3- V2 -4- c -5- V3 -6- d")
    plan = told(made, made.plan("4"))
    assert plan["starved"] == set()
    assert plan["needless"] == {"V2", "V3"}


def test_a_pump_gives_water_in_its_direction_only():
    #  S1 - V1 - a (pump P) b - V2 - c ; a tank behind the pump does not feed back through it
    made = drawn("S1 -1- V1 -2- V3 -3- a\nb -4- V2 -5- S2", devices={"P": ("a", "b")})
    plan = made.plan("2")
    assert made.names(plan.close) == {"V1", "V3"}
    assert made.names(plan.needless) == {"V3"}
    assert made.pipes(plan.starved_edges) == {"3"}
    other = drawn("S1 -1- V1 -2- V3 -3- a\nb -4- V2 -5- S2", devices={"P": ("b", "a")})
    assert other.plan("2").starved_edges.size == 0


def test_a_pump_is_no_boundary():
    made = drawn("S1 -1- V1 -2- a\nb -4- V2 -5- c", devices={"P": ("a", "b")})
    assert told(made, made.plan("4"))["close"] == {"V1", "V2"}


def test_wide_valves_under_pressure_come_first():
    made = drawn("S1 -1- V1 -2- V2 -3- b")
    assert [made.names(np.array([v])).pop() for v in made.plan("2").close] == ["V1", "V2"]


# -- a slow oracle -----------------------------------------------------------------------------------------------------


@st.composite
def cities(draw):
    size = draw(st.integers(2, 8))
    names = [f"v{i}" for i in range(size)]
    some = st.sets(st.sampled_from(names))
    valves = draw(some)
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), min_size=1, max_size=14))
    pipes = [(f"p{i}", a, b) for i, (a, b) in enumerate(pairs) if a != b]
    closed, stuck = draw(some) & valves, draw(some) & valves
    sources = draw(some) - valves
    return pipes, valves, closed, stuck, sources


def oracle(pipes, valves, closed, stuck, sources, burst):
    """Sets all the way: pipe ends at valves are nodes of their own, joined through the valve while it is open."""

    def end(name, vertex):
        return (vertex, name) if vertex in valves else vertex

    def graph(shut, gone=frozenset()):
        made = nx.MultiGraph()
        made.add_nodes_from(sources)
        for name, a, b in pipes:
            if name not in gone:
                made.add_edge(end(name, a), end(name, b), key=name)
        for valve in valves - shut:
            sides = [end(name, valve) for name, a, b in pipes if valve in (a, b) and name not in gone]
            made.add_edges_from((valve, side) for side in sides)
        return made

    def pipes_with(made, node):
        part = nx.node_connected_component(made, node)
        return {name for name, a, b in pipes if end(name, a) in part}

    segment = {name: frozenset(pipes_with(graph(valves), end(name, a))) for name, a, _b in pipes}
    region = set(segment[burst])
    while True:
        at = {v for name, a, b in pipes if name in region for v in (a, b)} & (stuck - closed)
        wider = region.union(*(segment[name] for name, a, b in pipes if {a, b} & at))
        if wider == region:
            break
        region = wider
    sides = {v: {name for name, a, b in pipes if v in (a, b)} for v in valves}
    bounds = {v for v in valves if sides[v] & region and sides[v] - region}
    close = bounds - closed

    def watered(made):
        parts = [nx.node_connected_component(made, source) for source in sources if source in made]
        return set().union(*parts)

    before = watered(graph(closed))
    after_graph = graph(closed | close, region)
    inside = {v for name, a, b in pipes if name in region for v in (a, b)} - valves
    after_graph.remove_nodes_from(inside)
    parts = [nx.node_connected_component(after_graph, s) for s in sources - inside if s in after_graph]
    after = set().union(*parts)
    starved = {n for n, a, _b in pipes if n not in region and end(n, a) in before and end(n, a) not in after}
    needless = {v for v in close if not any(end(n, v) in after for n in sides[v] - region)}
    return {
        "close": close, "needless": needless, "pipes": region, "starved": starved,
        "unstoppable": bool(inside & sources),
    }  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(cities(), st.data())
def test_any_plan_is_what_the_oracle_finds(case, data):
    pipes, valves, closed, stuck, sources = case
    if not pipes:
        return
    burst = data.draw(st.sampled_from([pipe[0] for pipe in pipes]))
    made = network(pipes, valves=valves, closed=closed, stuck=stuck, sources=sources)
    plan = made.plan(burst)
    assert told(made, plan) == oracle(*case, burst)
    if plan.unstoppable:
        ends = {v for e in plan.witness[:1] for v in (made.graph.start[e], made.graph.end[e])}
        assert any(made.graph.source[v] for v in ends)
        assert not made.pipes(plan.witness) - made.pipes(plan.edges)


@settings(max_examples=150, deadline=None)
@given(cities())
def test_what_hangs_on_a_segment_is_what_its_plan_starves(case):
    """Where every valve has two sides and works, loss of a segment starves what isolating it starves."""
    pipes, valves, closed, _stuck, sources = case
    valves = {v for v in valves if sum(v in pipe[1:] for pipe in pipes) <= 2}
    if not pipes:
        return
    made = network(pipes, valves=valves, closed=closed & valves, sources=sources)
    cells = made.segments
    weight = np.bincount(cells.of_edge, minlength=cells.count).astype(float)
    found = hanging(made.graph, cells).total(weight)
    for name, edge in made.pipe.items():
        assert found[cells.of_edge[edge]] == len(made.plan(name).starved_edges)
