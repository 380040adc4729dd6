"""Points moved, pipes reshaped and reversed; and edits by the form that must not part what is joined."""

import pytest

from jnw_desktop.facilities.editing.cutting import insert_on_pipe
from jnw_desktop.facilities.editing.errors import ConnectionRefused, ShapeRefused, StateRefused, StillNamed
from jnw_desktop.facilities.editing.lifecycle import delete_mistake
from jnw_desktop.facilities.editing.shaping import move_point, reshape_pipe, reverse_pipe
from jnw_desktop.facilities.operations import add_facility, update_facility
from jnw_desktop.facilities.valuecheck import ValuesRefused
from jnw_desktop.workspace.errors import Clash, NoSuchRow

from .ground import assert_connected, at, draw, everything, line, point, row, rows, shape


def star(workspace):
    """
          C
          │
    A ─── N ─── B
    """
    west = draw(workspace, (-50, 0), (0, 0))
    east = draw(workspace, (0, 0), (25, 5), (50, 0))
    north = draw(workspace, (0, 50), (0, 0))
    return west, east, north


def test_everything_attached_follows_a_point_in_one_step(workspace):
    west, east, north = star(workspace)
    before = everything(workspace)
    result = move_point(workspace, "node", west["end_node"], at(3, 4))
    moved = [shape(row(workspace, "pipe", pipe["uid"])) for pipe in (west, east, north)]
    assert moved == [[(-50, 0), (3, 4)], [(3, 4), (25, 5), (50, 0)], [(0, 50), (3, 4)]]
    assert set(result.touched["pipe"].updated) == {west["uid"], east["uid"], north["uid"]}
    assert_connected(workspace)
    workspace.undo()
    assert everything(workspace) == before


def test_a_point_is_not_moved_onto_another_nor_a_pipe_to_nothing(workspace):
    west, *_rest = star(workspace)
    with pytest.raises(ConnectionRefused):
        move_point(workspace, "node", west["end_node"], at(50, 0.05))
    with pytest.raises(ShapeRefused):
        move_point(workspace, "pipe", west["uid"], at(0, 0))
    with pytest.raises(NoSuchRow):
        move_point(workspace, "node", "nobody", at(0, 0))
    assert_connected(workspace)


def test_a_customer_moves_alone(workspace):
    add_facility(workspace, "customer", {"state": "in_service"}, point(0, 0))
    star(workspace)
    move_point(workspace, "customer", rows(workspace, "customer")[0]["uid"], at(7, 7))
    assert shape(rows(workspace, "customer")[0]) == [(7, 7)]
    assert_connected(workspace)


def test_a_pipe_is_reshaped_between_its_ends(workspace):
    pipe = draw(workspace, (0, 0), (100, 0), length=200.0)
    reshape_pipe(workspace, pipe["uid"], line((0.04, 0), (50, 50), (100, 0)))
    after = row(workspace, "pipe", pipe["uid"])
    assert shape(after) == [(0, 0), (50, 50), (100, 0)]
    assert after["length"] == pytest.approx(200 * 2**0.5, abs=0.001)  # on a plan that is not to scale
    with pytest.raises(ConnectionRefused, match="GN0000"):
        reshape_pipe(workspace, pipe["uid"], line((0, 0), (90, 0)))


def test_reversing_turns_everything_of_the_ends_round(workspace):
    pipe = draw(workspace, (0, 0), (10, 10), (50, 0), depth_start=1.0, depth_end=2.0, elevation_start=30.0)
    reverse_pipe(workspace, pipe["uid"])
    turned = row(workspace, "pipe", pipe["uid"])
    assert shape(turned) == [(50, 0), (10, 10), (0, 0)]
    assert (turned["start_node"], turned["end_node"]) == (pipe["end_node"], pipe["start_node"])
    names = ("depth_start", "depth_end", "elevation_start", "elevation_end", "length")
    assert [turned[name] for name in names] == [2.0, 1.0, None, 30.0, pipe["length"]]
    assert_connected(workspace)


def test_the_form_cannot_part_what_is_joined(workspace):
    west, east, _north = star(workspace)
    before = everything(workspace)
    with pytest.raises(ConnectionRefused):
        update_facility(workspace, "pipe", west["uid"], {"geom": line((-50, 0), (-5, 0))})
    with pytest.raises(ConnectionRefused):
        update_facility(workspace, "pipe", west["uid"], {"end_node": east["end_node"]})
    with pytest.raises(ConnectionRefused):
        update_facility(workspace, "pipe", west["uid"], {"end_node": "nobody"})
    with pytest.raises(ShapeRefused):
        update_facility(workspace, "pipe", west["uid"], {"geom": None})
    with pytest.raises(ConnectionRefused):
        update_facility(workspace, "node", west["end_node"], {"geom": None})
    with pytest.raises(StateRefused, match=west["code"]):
        update_facility(workspace, "node", west["end_node"], {"state": "removed"})
    with pytest.raises(ValuesRefused, match="终止点"):
        update_facility(workspace, "pipe", west["uid"], {"end_node": west["start_node"]})
    with pytest.raises(ConnectionRefused):
        add_facility(workspace, "pipe", {"start_node": west["end_node"]}, line((1, 0), (9, 9)))
    with pytest.raises(StillNamed, match=west["code"]):
        delete_mistake(workspace, "node", west["end_node"])
    assert everything(workspace) == before


def test_the_form_may_move_a_point_and_its_pipes_follow(workspace):
    west, *_rest = star(workspace)
    update_facility(workspace, "node", west["end_node"], {"geom": point(1, 1), "depth": 2.0})
    assert shape(row(workspace, "pipe", west["uid"])) == [(-50, 0), (1, 1)]
    assert_connected(workspace)


def test_the_form_may_connect_a_pipe_to_what_is_at_its_end(workspace):
    add_facility(workspace, "pipe", {"state": "in_service"}, line((0, 0), (50, 0)))
    add_facility(workspace, "valve", {"state": "in_service"}, point(50.03, 0))
    pipe, valve = rows(workspace, "pipe")[0], rows(workspace, "valve")[0]
    update_facility(workspace, "pipe", pipe["uid"], {"end_node": valve["uid"]})
    assert shape(row(workspace, "pipe", pipe["uid"])) == [(0, 0), (50.03, 0)]


def test_a_row_read_earlier_clashes_before_anything_follows(workspace):
    west, *_rest = star(workspace)
    node = row(workspace, "node", west["end_node"])
    update_facility(workspace, "node", node["uid"], {"depth": 2.0})
    with pytest.raises(Clash):
        update_facility(workspace, "node", node["uid"], {"geom": point(1, 1)}, version=node["version"])
    assert_connected(workspace)


def test_deleting_a_mistake_with_all_that_hangs_on_it(workspace):
    west, east, north = star(workspace)
    add_facility(workspace, "break", {"pipe": east["uid"], "date": "2024-01-01"}, point(25, 5))
    before = everything(workspace)
    delete_mistake(workspace, "node", west["end_node"], cascade=True)
    assert rows(workspace, "pipe") == []
    assert len(rows(workspace, "node")) == 3
    assert rows(workspace, "break")[0]["pipe"] is None
    workspace.undo()
    assert everything(workspace) == before
    with pytest.raises(StillNamed):
        delete_mistake(workspace, "pipe", east["uid"])
    delete_mistake(workspace, "pipe", north["uid"])
    assert_connected(workspace)


def test_a_valve_with_two_nodes_of_its_own_names_them(workspace):
    """A link of EPANET: what it names cannot be deleted."""
    west, *_rest = star(workspace)
    insert_on_pipe(workspace, "node", at(-25, 0), {})
    ends = {"start_node": west["end_node"], "end_node": west["start_node"]}
    add_facility(workspace, "valve", {"valve_kind": "prv"} | ends, point(9, 9))
    with pytest.raises(StillNamed, match="FM000001"):
        delete_mistake(workspace, "node", west["start_node"])
