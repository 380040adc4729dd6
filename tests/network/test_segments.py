"""Valve segments against hand-drawn networks and WNTR."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jnw_desktop.network.segments import totals

from .drawing import drawn, network
from .oracle import as_wntr_says, laid, wntr_partition


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
            assert as_wntr_says(laid(edges, layer)) == wntr_partition(edges, layer)


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
