"""Traces and ways on small workspaces of both homes."""

import pytest
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.shutoff import NotInNetwork
from jnw_desktop.facilities.tracing import NotJoined, form, trace, way
from jnw_desktop.workspace.errors import NoSuchRow

from .citykit import build, customer

#   S1 - a - V1 - b - c      and apart:  e - f
#        |        |
#        d        X1 - g
CITY = "S1 -p1- a -p2- V1 -p3- b -p4- c\na -p5- d\nb -p6- X1 -p7- g\ne -p8- f"


@pytest.fixture
def uids(workspace):
    return build(workspace, CITY)


def test_up_down_connected_and_to_the_source(workspace, uids):
    up = trace(workspace, ["c"], "up")
    assert (set(up["pipes"]), set(up["nodes"])) == ({"p1", "p2", "p3", "p4"}, {"S1", "a", "V1", "b", "c"})
    assert up["length"] == pytest.approx(400.0)
    assert set(trace(workspace, ["a"], "down")["pipes"]) == {"p2", "p3", "p4", "p5", "p6"}
    assert set(trace(workspace, ["p3"], "down")["pipes"]) == {"p3", "p4", "p6"}
    assert set(trace(workspace, ["p3"], "up")["pipes"]) == {"p1", "p2", "p3"}
    assert set(trace(workspace, ["g"])["pipes"]) == {"p7"}
    assert trace(workspace, ["d"], "source")["pipes"] == ["p5", "p1"]
    assert trace(workspace, ["p3"], "source")["nodes"] == ["b", "V1", "a", "S1"]
    assert trace(workspace, ["p3"], "source")["pipes"] == ["p3", "p2", "p1"]
    assert trace(workspace, ["c", "d"], "up")["pipes"] == ["p1"]


def test_a_pipe_beside_a_closed_valve_has_its_water_from_its_own_side(workspace):
    build(workspace, "S1 -p1- a -p4- c -p2- X1 -p3- S2")
    assert sorted(trace(workspace, ["p2"], "up")["pipes"]) == ["p1", "p2", "p4"]
    assert trace(workspace, ["p2"], "source")["pipes"] == ["p2", "p4", "p1"]
    assert sorted(trace(workspace, ["p1"], "down")["pipes"]) == ["p1", "p2", "p4"]
    assert trace(workspace, ["p3"], "source")["pipes"] == ["p3"]


def test_between_two_closed_valves_no_water_comes(workspace):
    build(workspace, "S1 -p1- X1 -p2- X2 -p3- S2")
    for direction in ("up", "down", "source"):
        told = trace(workspace, ["p2"], direction)
        assert (told["pipes"], bool(told["warnings"])) == (["p2"], True), direction


def test_where_no_source_reaches_a_warning_says_so(workspace, uids):
    told = trace(workspace, ["f"], "up")
    assert (told["pipes"], told["nodes"]) == ([], ["f"])
    assert len(told["warnings"]) == 1


def test_a_trace_does_not_leave_a_zone(workspace, uids):
    with workspace.change("zone") as change:
        area = shapely.MultiPolygon([shapely.box(500000 - 10, 4060000 - 150, 500000 + 250, 4060000 + 10)])
        change.insert(KINDS["dma"].table, [{"code": "Z1", "geom": shapely.to_wkb(area)}])
    assert set(trace(workspace, ["a"], "connected", "Z1")["pipes"]) == {"p1", "p2", "p3", "p5"}
    assert trace(workspace, ["b"], "source", "Z1")["pipes"] == ["p3", "p2", "p1"]
    with workspace.change("farther in") as change:
        area = shapely.MultiPolygon([shapely.box(500190, 4059990, 500400, 4060010)])  # V1, b, c
        change.insert(KINDS["dma"].table, [{"code": "Z2", "geom": shapely.to_wkb(area)}])
    told = trace(workspace, ["c"], "source", "Z2")
    assert (told["pipes"], told["nodes"]) == (["p4", "p3", "p2"], ["c", "b", "V1", "a"])
    with pytest.raises(UsageError):
        trace(workspace, ["a"], "connected", "p1")


def test_of_several_places_each_goes_to_its_source(workspace, uids):
    told = trace(workspace, ["d", "c"], "source")
    assert told["pipes"] == ["p5", "p1", "p4", "p3", "p2"]
    assert told["nodes"] == ["d", "a", "S1", "c", "b", "V1"]


def test_nothing_upstream_of_all_is_told(workspace):
    build(workspace, "S1 -p1- a\nS2 -p2- b")
    told = trace(workspace, ["a", "b"], "up")
    assert (told["pipes"], told["nodes"], len(told["warnings"])) == ([], [], 1)


def test_a_way_is_in_order(workspace, uids):
    told = way(workspace, "d", "c")
    assert told["pipes"] == ["p5", "p2", "p3", "p4"]
    assert told["nodes"] == ["d", "a", "V1", "b", "c"]
    assert way(workspace, "p1", "p3")["pipes"] == ["p1", "p2", "p3"]
    with pytest.raises(NotJoined):
        way(workspace, "a", "f")


def test_loops_and_dead_ends(workspace, uids):
    told = form(workspace)
    assert told["loops"] == 0
    assert told["dead_ends"] == ["c", "d", "e", "f", "g"]
    assert told["bridges"] == [f"p{n}" for n in range(1, 9)]


def test_what_is_not_in_the_network_is_refused(workspace, uids):
    with workspace.change("more") as change:
        customer(change, "C1", (500000.0, 4060000.0))
        change.insert(KINDS["node"].table, [{"code": "lone", "geom": shapely.to_wkb(shapely.Point(0, 0))}])
    with pytest.raises(UsageError):
        trace(workspace, ["C1"])
    with pytest.raises(NotInNetwork):
        trace(workspace, ["lone"])
    with pytest.raises(NoSuchRow):
        trace(workspace, ["nobody"])
    with pytest.raises(UsageError):
        trace(workspace, ["a"], "sideways")
