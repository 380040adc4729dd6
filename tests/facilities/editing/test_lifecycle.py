"""Facilities abandoned, removed and replaced."""

import pytest

from jnw_desktop.facilities.editing.cutting import insert_on_pipe
from jnw_desktop.facilities.editing.errors import ConnectionRefused, StateRefused
from jnw_desktop.facilities.editing.lifecycle import replace_pipe, set_state
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.valuecheck import ValuesRefused
from jnw_desktop.workspace.errors import NoSuchRow

from .ground import assert_connected, at, draw, everything, line, row, rows, shape


def test_a_new_pipe_takes_the_place_of_the_old_one(workspace):
    story = {"year": 1978, "original_value": 9.0}
    old = draw(workspace, (0, 0), (100, 0), depth_start=1.0, depth_end=1.2, road="经十路", **story)
    result = replace_pipe(workspace, old["uid"], {"dn": 400, "material": "PE", "year": 2026})
    new = row(workspace, "pipe", result.touched["pipe"].inserted[0])
    assert row(workspace, "pipe", old["uid"])["state"] == "abandoned"
    assert (new["state"], new["replaces"], new["dn"], new["material"]) == ("in_service", old["uid"], 400, "PE")
    same = ("start_node", "end_node", "depth_start", "depth_end", "road", "length", "geom")
    assert [new[name] for name in same] == [old[name] for name in same]
    assert (new["original_value"], new["year"]) == (None, 2026)
    assert new["code"] != old["code"]
    assert_connected(workspace)
    with pytest.raises(StateRefused):
        replace_pipe(workspace, old["uid"], {})


def test_a_replacement_may_run_otherwise_between_the_same_points(workspace):
    old = draw(workspace, (0, 0), (100, 0))
    replace_pipe(workspace, old["uid"], {}, geometry=line((0, 0), (50, 20), (100, 0)))
    (new,) = [pipe for pipe in rows(workspace, "pipe") if pipe["replaces"]]
    assert shape(new) == [(0, 0), (50, 20), (100, 0)]
    assert new["length"] == pytest.approx(107.703, abs=0.001)
    with pytest.raises(ConnectionRefused):
        replace_pipe(workspace, new["uid"], {}, geometry=line((0, 0), (99, 0)))
    with pytest.raises(ValuesRefused):
        replace_pipe(workspace, new["uid"], {"dn": None})


def test_a_valve_that_pipes_in_service_end_at_is_not_removed(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    insert_on_pipe(workspace, "valve", at(50, 0), {})
    (valve,) = rows(workspace, "valve")
    with pytest.raises(StateRefused, match=pipe["code"]):
        set_state(workspace, "valve", [valve["uid"]], "removed")
    set_state(workspace, "valve", [valve["uid"]], "abandoned")
    set_state(workspace, "pipe", [found["uid"] for found in rows(workspace, "pipe")], "abandoned")
    set_state(workspace, "valve", [valve["uid"]], "removed")
    with pytest.raises(StateRefused, match=valve["code"]):
        set_state(workspace, "pipe", [pipe["uid"]], "in_service")
    assert_connected(workspace)


def test_a_pipe_of_unknown_state_counts_as_in_service(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    with workspace.change("old import") as change:
        change.update(KINDS["pipe"].table, pipe["uid"], {"state": None})
    with pytest.raises(StateRefused):
        set_state(workspace, "node", [pipe["start_node"]], "removed")


def test_a_state_or_facility_that_is_not_there_is_refused(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    before = everything(workspace)
    with pytest.raises(StateRefused):
        set_state(workspace, "pipe", [pipe["uid"]], "gone")
    with pytest.raises(NoSuchRow):
        set_state(workspace, "pipe", [pipe["uid"], "nobody"], "abandoned")
    assert everything(workspace) == before
