"""Pipes drawn, extended and copied beside themselves."""

import pytest
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.editing.drawing import draw_pipe, extend_to, offset_copy
from jnw_desktop.facilities.editing.errors import ConnectionRefused, ShapeRefused
from jnw_desktop.facilities.operations import add_facility
from jnw_desktop.facilities.valuecheck import ValuesRefused

from .ground import PLAIN, assert_connected, at, draw, everything, line, point, row, rows, shape


def test_ends_make_nodes_take_nodes_and_split_pipes(workspace):
    """
    A ───────────── B          the second pipe begins 3 cm from B and ends on the middle of the third
                    │
    C ──────T────── D
    """
    first = draw(workspace, (0, 0), (100, 0))
    assert [shape(found) for found in rows(workspace, "node")] == [[(0, 0)], [(100, 0)]]
    third = draw(workspace, (0, -50), (150, -50))
    second = draw(workspace, (100, 0.03), (100, -49.98))
    assert second["start_node"] == first["end_node"]
    assert shape(second) == [(100, 0), (100, -50)]
    tee = row(workspace, "node", second["end_node"])
    assert (tee["node_kind"], shape(tee)) == ("tee", [(100, -50)])
    meeting = [found for found in rows(workspace, "pipe") if tee["uid"] in (found["start_node"], found["end_node"])]
    assert {found["uid"] for found in meeting} > {second["uid"], third["uid"]}
    assert len(meeting) == 3
    assert_connected(workspace)


def test_an_end_takes_a_valve_but_no_chamber(workspace):
    add_facility(workspace, "valve", {"state": "in_service"}, point(0, 0))
    add_facility(workspace, "chamber", {"state": "in_service"}, point(10, 0))
    pipe = draw(workspace, (0, 0), (10, 0))
    assert pipe["start_node"] == rows(workspace, "valve")[0]["uid"]
    assert pipe["end_node"] == rows(workspace, "node")[0]["uid"]


def test_both_ends_on_one_pipe(workspace):
    draw(workspace, (0, 0), (100, 0))
    draw(workspace, (20, 0), (20, 30), (80, 30), (80, 0))
    assert len(rows(workspace, "pipe")) == 4
    assert_connected(workspace)


def test_a_pipe_without_nodes_gets_one_where_another_ends(workspace):
    add_facility(workspace, "pipe", {"state": "in_service", "depth_end": 1.5}, line((0, 0), (50, 0)))
    made = draw(workspace, (50, 0.02), (90, 0))
    (old, _new) = rows(workspace, "pipe")
    assert old["end_node"] == made["start_node"]
    node = row(workspace, "node", made["start_node"])
    assert (shape(node), node["depth"]) == ([(50, 0)], 1.5)


@pytest.mark.parametrize(("points", "values", "error"), [
    (((0, 0), (0, 0)), {}, ShapeRefused),
    (((0, 0), (0.05, 0)), {}, ShapeRefused),
    (((0, 0), (50, 50), (0.05, 0)), {}, ConnectionRefused),
    (((0, 0), (50, 50)), {"dn": None}, ValuesRefused),
    (((0, 0), (50, 50)), {"dn": -1}, ValuesRefused),
    (((0, 0), (50, 50)), {"diameter": 1}, UsageError),
])  # fmt: skip
def test_what_is_no_pipe_is_refused(workspace, points, values, error):
    with pytest.raises(error) as refused:
        draw_pipe(workspace, line(*points), PLAIN | values)
    assert refused.value.message
    assert workspace.history() == []


def test_extending_connects_and_dissolves_the_end(workspace):
    """A ── B · · · T ── (on another pipe)"""
    pipe = draw(workspace, (0, 0), (50, 0), depth_start=1.0, depth_end=1.2)
    draw(workspace, (100, -50), (100, 50), depth_start=2.0, depth_end=2.0)
    extend_to(workspace, pipe["uid"], "end", at(100.02, 10))
    longer = row(workspace, "pipe", pipe["uid"])
    assert shape(longer) == [(0, 0), (50, 0), (100, 10)]
    assert longer["depth_end"] == 2.0
    assert pipe["end_node"] not in {found["uid"] for found in rows(workspace, "node")}
    assert_connected(workspace)


def test_extending_the_start_makes_a_node_where_nothing_is(workspace):
    pipe = draw(workspace, (0, 0), (50, 0))
    extend_to(workspace, pipe["uid"], "start", at(-30, 0))
    assert shape(row(workspace, "pipe", pipe["uid"])) == [(-30, 0), (0, 0), (50, 0)]
    assert_connected(workspace)


def test_extending_says_what_is_in_the_way(workspace):
    pipe = draw(workspace, (0, 0), (50, 0))
    other = draw(workspace, (50, 0), (50, 50))
    before = everything(workspace)
    with pytest.raises(ConnectionRefused, match=other["code"]):
        extend_to(workspace, pipe["uid"], "end", at(100, 0))
    with pytest.raises(ShapeRefused):
        extend_to(workspace, pipe["uid"], "start", at(25, 0))  # on itself
    with pytest.raises(ConnectionRefused):
        extend_to(workspace, pipe["uid"], "start", at(50, 0))  # its own other end
    with pytest.raises(ShapeRefused):
        extend_to(workspace, pipe["uid"], "middle", at(100, 0))
    assert everything(workspace) == before


@pytest.mark.parametrize(
    ("distance", "expected"), [(5, [(0, 5), (95, 5), (95, 100)]), (-5, [(0, -5), (105, -5), (105, 100)])]
)
def test_a_copy_beside_runs_the_same_way_with_a_story_of_its_own(workspace, distance, expected):
    pipe = draw(workspace, (0, 0), (100, 0), (100, 100), year=1999, note="old", owner="水务")
    result = offset_copy(workspace, pipe["uid"], distance)
    copy = row(workspace, "pipe", result.touched["pipe"].inserted[0])
    assert shape(copy) == expected
    assert (copy["dn"], copy["owner"], copy["year"], copy["note"]) == (300, "水务", None, None)
    assert copy["start_node"] != pipe["start_node"]
    assert_connected(workspace)


@pytest.mark.parametrize("distance", [0.0, float("nan"), 500.0])
def test_a_copy_that_cannot_be_drawn_is_refused(workspace, distance):
    pipe = draw(workspace, (0, 0), (100, 0), (100, 100), (0, 100))
    with pytest.raises(ShapeRefused):
        offset_copy(workspace, pipe["uid"], distance)


def test_a_wkb_that_is_no_line_is_refused(workspace):
    from jnw_desktop.workspace.errors import ValueRefused

    with pytest.raises(ValueRefused):
        draw_pipe(workspace, shapely.to_wkb(shapely.Point(0, 0)), PLAIN)
