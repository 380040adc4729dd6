"""The cases that WNTR publishes with its tests, as sets of sets: segments, and the valves that isolate a burst."""

import warnings
from pathlib import Path

import pytest

from .oracle import as_wntr_says, laid, valve_name, without_stubs, wntr_partition

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # wntr's imports warn of their own future
    import wntr

FIVE = {("p1", "n1"), ("p3", "n2"), ("p7", "n5"), ("p7", "n6"), ("p8", "n6")}


@pytest.fixture(scope="module")
def herman_mahmoud():
    """CCWI17-HermanMahmoud as it comes with WNTR: seven nodes, eight pipes. Edges, and nodes by WNTR's names."""
    file = Path(wntr.__file__).parent / "tests" / "networks_for_testing" / "CCWI17-HermanMahmoud.inp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = wntr.network.WaterNetworkModel(str(file)).to_graph()
    return [(name, a, b) for a, b, name in graph.edges(keys=True)]


def test_five_valves_make_four_segments(herman_mahmoud):
    made = laid(herman_mahmoud, FIVE, {"s"})
    assert as_wntr_says(made) == {
        frozenset({"n1", "n2", "n3", "n4", "n5", "p2", "p3", "p4", "p5", "p6", "p8"}),
        frozenset({"n6"}),
        frozenset({"s", "p1"}),
        frozenset({"p7"}),
    }
    assert as_wntr_says(made) == wntr_partition(herman_mahmoud, FIVE)
    # The stub of (p3, n2) has its valve at both ends of no segment but the one: it separates nothing.
    idle = made.segments.idle()
    assert made.names(made.segments.gates[idle]) == {valve_name("p3", "n2")}


@pytest.fixture(scope="module")
def net3():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return wntr.network.WaterNetworkModel(wntr.library.ModelLibrary().get_filepath("Net3"))


def placed(net3, placement, n, seed):
    """Edges of Net3 and WNTR's valves in their order; links are called L…, nodes N…: WNTR's numbers coincide."""
    frame = wntr.network.generate_valve_layer(net3, placement, n, seed)
    edges = [(f"L{name}", f"N{a}", f"N{b}") for a, b, name in net3.to_graph().edges(keys=True)]
    return edges, [(f"L{link}", f"N{node}") for link, node in zip(frame["link"], frame["node"], strict=True)]


# Valves, segments and the size of the largest as WNTR's tests have them; of seed 1 only WNTR's own answer of today.
@pytest.mark.parametrize(
    ("placement", "n", "seed", "valves", "segments", "largest"),
    [
        ("random", 40, 123, 40, 23, 125),
        ("strategic", 0, 123, 238, 216, 1),
        ("strategic", 1, 123, 141, 119, 3),
        ("strategic", 2, 123, 60, 38, 19),
        ("random", 40, 1, 40, 22, 95),
    ],
)
def test_net3_is_parted_as_published(net3, placement, n, seed, valves, segments, largest):
    edges, layer = placed(net3, placement, n, seed)
    parts = as_wntr_says(laid(edges, set(layer)))
    assert (len(layer), len(parts), max(len(part) for part in parts)) == (valves, segments, largest)
    assert parts == wntr_partition(edges, set(layer))


def plan(net3, placement, n, burst):
    """Numbers of the valves to close in the layer, and the links that are isolated."""
    edges, layer = placed(net3, placement, n, 123)
    made = laid(edges, set(layer), {f"N{name}" for name in (*net3.reservoir_name_list, *net3.tank_name_list)})
    found = made.plan(f"L{burst}")
    number = {valve_name(*pair): place for place, pair in enumerate(layer)}
    closed = {number[name] for name in made.names(found.close)}
    return closed, {name.removeprefix("L") for name in without_stubs(made.pipes(found.edges))}


def test_burst_229_closes_six_valves(net3):
    closed, links = plan(net3, "random", 40, 229)
    assert closed == {10, 12, 20, 21, 29, 35}
    assert links == {"204", "229", "231", "233", "235", "237", "238", "239", "317", "323"}


def test_burst_101_closes_one_valve(net3):
    assert len(plan(net3, "random", 40, 101)[0]) == 1


def test_burst_173_closes_the_valves_at_its_two_ends(net3):
    assert plan(net3, "strategic", 1, 173)[0] == {28, 52}
