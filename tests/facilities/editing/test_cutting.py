"""Pipes cut and joined."""

import pytest

from jnw_desktop.facilities.editing.cutting import insert_on_pipe, split_pipe
from jnw_desktop.facilities.editing.errors import ConnectionRefused, ShapeRefused
from jnw_desktop.facilities.editing.joining import join_pipes
from jnw_desktop.facilities.editing.shaping import reverse_pipe
from jnw_desktop.facilities.operations import add_facility, update_facility

from .ground import assert_connected, at, draw, everything, point, row, rows, shape


def test_a_valve_on_a_pipe_leaves_the_longest_piece_its_name_and_history(workspace):
    """
    A ──────30──────┬────70──── B     depth 1.0 → 2.0, elevation of top 50 → 40
                    V
    """
    pipe = draw(workspace, (0, 0), (100, 0), depth_start=1.0, depth_end=2.0, elevation_start=50.0, elevation_end=40.0,
                road="经十路", original_value=1000.0, asset_card="K1")  # fmt: skip
    result = insert_on_pipe(workspace, "valve", at(30, 0.05), {"valve_kind": "gate"})
    (valve,) = rows(workspace, "valve")
    assert shape(valve) == [(30, 0)]
    assert (valve["depth"], valve["dn"], valve["road"], valve["state"]) == (1.3, 300, "经十路", "in_service")
    assert valve["elevation"] == pytest.approx(47.0 + 1.3)
    kept = row(workspace, "pipe", pipe["uid"])
    (made,) = [found for found in rows(workspace, "pipe") if found["uid"] != pipe["uid"]]
    assert result.touched["pipe"].inserted == [made["uid"]]
    assert (kept["code"], shape(kept), kept["length"]) == (pipe["code"], [(30, 0), (100, 0)], 70.0)
    assert (shape(made), made["length"], made["dn"], made["material"]) == ([(0, 0), (30, 0)], 30.0, 300, "QM")
    assert made["code"] not in (None, pipe["code"])
    assert (kept["start_node"], made["end_node"]) == (valve["uid"], valve["uid"])
    assert (made["start_node"], kept["end_node"]) == (pipe["start_node"], pipe["end_node"])
    assert [made["depth_start"], made["depth_end"], kept["depth_start"], kept["depth_end"]] == [1.0, 1.3, 1.3, 2.0]
    assert (made["elevation_end"], kept["elevation_start"]) == (47.0, 47.0)
    assert (made["original_value"], kept["original_value"], made["asset_card"]) == (300.0, 700.0, "K1")
    assert_connected(workspace)


def test_a_recorded_length_that_is_not_the_drawn_one_is_shared_out(workspace):
    pipe = draw(workspace, (0, 0), (100, 0), length=150.0)
    split_pipe(workspace, pipe["uid"], at(40, 0))
    assert sorted(found["length"] for found in rows(workspace, "pipe")) == [60.0, 90.0]


def test_a_break_stays_with_the_piece_it_lies_on(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    for x in (10, 90):
        add_facility(workspace, "break", {"pipe": pipe["uid"], "date": "2024-01-01", "name": str(x)}, point(x, 0))
    split_pipe(workspace, pipe["uid"], at(30, 0))
    (made,) = [found["uid"] for found in rows(workspace, "pipe") if found["uid"] != pipe["uid"]]
    assert {found["name"]: found["pipe"] for found in rows(workspace, "break")} == {"10": made, "90": pipe["uid"]}
    join_pipes(workspace, pipe["uid"], made)
    assert {found["pipe"] for found in rows(workspace, "break")} == {pipe["uid"]}


@pytest.mark.parametrize(("kind", "spot", "error"), [
    ("valve", (50, 5), ShapeRefused), ("valve", (0.05, 0), ShapeRefused), ("valve", (100, 0), ShapeRefused),
    ("building", (50, 0), ConnectionRefused),
])  # fmt: skip
def test_what_cannot_be_put_there_is_refused(workspace, kind, spot, error):
    draw(workspace, (0, 0), (100, 0))
    before = everything(workspace)
    with pytest.raises(error) as refused:
        insert_on_pipe(workspace, kind, at(*spot), {})
    assert refused.value.hint
    assert everything(workspace) == before


def test_an_abandoned_pipe_is_not_met_by_accident(workspace):
    draw(workspace, (0, 0), (100, 0), state="abandoned")
    with pytest.raises(ShapeRefused):
        insert_on_pipe(workspace, "valve", at(50, 0), {})


@pytest.mark.parametrize("reversed_piece", [False, True])
def test_joining_takes_a_split_back(workspace, reversed_piece):
    pipe = draw(workspace, (0, 0), (50, 0), (50, 60), depth_start=1.0, depth_end=2.0, original_value=1100.0)
    split_pipe(workspace, pipe["uid"], at(50, 20))
    (made,) = [found for found in rows(workspace, "pipe") if found["uid"] != pipe["uid"]]
    if reversed_piece:
        reverse_pipe(workspace, made["uid"])
    join_pipes(workspace, pipe["uid"], made["uid"])
    (joined,) = rows(workspace, "pipe")
    assert shape(joined) == [(0, 0), (50, 0), (50, 20), (50, 60)]
    same = ("uid", "code", "start_node", "end_node", "depth_start", "depth_end", "length", "original_value")
    assert {name: joined[name] for name in same} == {name: pipe[name] for name in same}
    assert len(rows(workspace, "node")) == 2
    assert_connected(workspace)


def test_joining_says_why_it_cannot_be(workspace):
    """
    A ── N ── B     C on N makes it a tee; V is a valve; DN differs
    """
    left = draw(workspace, (0, 0), (50, 0))
    right = draw(workspace, (50, 0), (100, 0), dn=200)
    with pytest.raises(ConnectionRefused, match="公称直径"):
        join_pipes(workspace, left["uid"], right["uid"])
    branch = draw(workspace, (50, 0), (50, 50))
    with pytest.raises(ConnectionRefused, match=branch["code"]):
        join_pipes(workspace, left["uid"], right["uid"], different=True)
    with pytest.raises(ConnectionRefused):
        join_pipes(workspace, left["uid"], left["uid"])
    far = draw(workspace, (0, 200), (50, 200))
    with pytest.raises(ConnectionRefused):
        join_pipes(workspace, left["uid"], far["uid"])
    insert_on_pipe(workspace, "valve", at(25, 200), {"name": "V"})
    one, two = [found["uid"] for found in rows(workspace, "pipe") if shape(found)[0][1] == 200]
    with pytest.raises(ConnectionRefused, match="FM000001"):
        join_pipes(workspace, one, two)
    assert_connected(workspace)


def test_pipes_that_differ_are_joined_when_it_is_meant(workspace):
    left = draw(workspace, (0, 0), (50, 0))
    right = draw(workspace, (50, 0), (150, 0), dn=200)
    update_facility(workspace, "pipe", right["uid"], {"length": 110.0})
    join_pipes(workspace, left["uid"], right["uid"], different=True)
    (joined,) = rows(workspace, "pipe")
    assert (joined["uid"], joined["dn"], joined["length"]) == (right["uid"], 200, 160.0)
    assert joined["start_node"] == left["start_node"]
