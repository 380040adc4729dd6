"""What stands in a pipe taken out, so that the pipes run on."""

import pytest

from jnw_desktop.facilities.attachments import attach, attachments_of
from jnw_desktop.facilities.editing.cutting import insert_on_pipe, split_pipe
from jnw_desktop.facilities.editing.errors import ConnectionRefused, PipesDiffer, StillNamed
from jnw_desktop.facilities.editing.joining import join_pipes, take_out_of_pipe
from jnw_desktop.facilities.editing.shaping import reverse_pipe
from jnw_desktop.facilities.operations import add_facility, update_facility
from jnw_desktop.facilities.past import feature_history

from .ground import assert_connected, at, draw, everything, point, row, rows, shape


def valve_on(workspace, x, y, **values):
    result = insert_on_pipe(workspace, "valve", at(x, y), values)
    return result.touched["valve"].inserted[0]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("mistake", [False, True])
def test_a_valve_goes_and_its_pipe_is_what_it_was(workspace, mistake, turned):
    """
    A ───30─── V ─────70───── B    depth 1 → 2, top 50 → 40
    """
    pipe = draw(workspace, (0, 0), (100, 0), depth_start=1.0, depth_end=2.0, elevation_start=50.0, elevation_end=40.0,
                original_value=1000.0, road="经十路")  # fmt: skip
    before = everything(workspace)
    valve = valve_on(workspace, 30, 0)
    (other,) = [found["uid"] for found in rows(workspace, "pipe") if found["uid"] != pipe["uid"]]
    if turned:
        reverse_pipe(workspace, other)
    attach(workspace, "pipe", other, "photo.txt", b"x")
    add_facility(workspace, "break", {"pipe": other, "date": "2024-01-01"}, point(10, 0))
    result = take_out_of_pipe(workspace, "valve", valve, mistake=mistake)
    (joined,) = rows(workspace, "pipe")
    assert shape(joined) == [(0, 0), (30, 0), (100, 0)]
    own = {"geom", "version", "fid", "born"}
    assert {k: v for k, v in joined.items() if k not in own} == {k: v for k, v in pipe.items() if k not in own}
    assert result.touched["pipe"].deleted == [other]
    assert [found["state"] for found in rows(workspace, "valve")] == ([] if mistake else ["removed"])
    assert [found["pipe"] for found in rows(workspace, "break")] == [pipe["uid"]]
    assert [found.name for found in attachments_of(workspace, pipe["uid"])] == ["photo.txt"]
    assert feature_history(workspace, "pipe", pipe["uid"])[0].change_set == result.id
    assert_connected(workspace)
    assert workspace.verify() == []
    while workspace.can_undo() != "绘制管段":
        workspace.undo()
    assert everything(workspace) == before


def test_a_plain_node_is_deleted(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    split_pipe(workspace, pipe["uid"], at(40, 0))
    (node,) = [found["uid"] for found in rows(workspace, "node") if shape(found) == [(40, 0)]]
    take_out_of_pipe(workspace, "node", node)
    assert len(rows(workspace, "node")) == 2
    assert len(rows(workspace, "pipe")) == 1


def test_what_does_not_stand_between_two_pipes_stays(workspace):
    """
    A ──── N ──── B     C on N makes it a tee; B is an end
    """
    pipe = draw(workspace, (0, 0), (100, 0))
    ends = pipe["start_node"], pipe["end_node"]
    draw(workspace, (50, 0), (50, 50), dn=200)
    tee = next(found["uid"] for found in rows(workspace, "node") if shape(found) == [(50, 0)])
    building = add_facility(workspace, "building", {}, None).touched["building"].inserted[0]
    before = everything(workspace)
    for kind, uid in (("node", tee), ("node", ends[0]), ("building", building)):
        with pytest.raises(ConnectionRefused) as refused:
            take_out_of_pipe(workspace, kind, uid)
        assert refused.value.hint
    assert everything(workspace) == before


def test_pipes_of_another_make_are_joined_only_when_it_is_meant(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    valve = valve_on(workspace, 30, 0)
    update_facility(workspace, "pipe", pipe["uid"], {"dn": 400})
    before = everything(workspace)
    with pytest.raises(PipesDiffer, match="公称直径"):
        take_out_of_pipe(workspace, "valve", valve)
    assert everything(workspace) == before
    take_out_of_pipe(workspace, "valve", valve, different=True)
    assert row(workspace, "pipe", pipe["uid"])["dn"] == 400


def test_a_ring_of_two_pipes_keeps_a_node(workspace):
    draw(workspace, (0, 0), (50, 0), (50, 50))
    draw(workspace, (50, 50), (0, 50), (0, 0))
    corner = next(found["uid"] for found in rows(workspace, "node") if shape(found) == [(50, 50)])
    with pytest.raises(ConnectionRefused):
        take_out_of_pipe(workspace, "node", corner)
    assert_connected(workspace)


def test_a_meter_with_customers_is_no_mistake_but_can_be_taken_out(workspace):
    draw(workspace, (0, 0), (100, 0))
    meter = insert_on_pipe(workspace, "meter", at(30, 0)).touched["meter"].inserted[0]
    add_facility(workspace, "customer", {"meter": meter}, point(30, 5))
    before = everything(workspace)
    with pytest.raises(StillNamed):
        take_out_of_pipe(workspace, "meter", meter, mistake=True)
    assert everything(workspace) == before
    take_out_of_pipe(workspace, "meter", meter)
    assert [found["state"] for found in rows(workspace, "meter")] == ["removed"]


def test_a_valve_that_links_two_points_holds_them_together(workspace):
    """
    A ──── B (V) C ──── D     V joins B and C through itself: no pipe ends at it
    """
    draw(workspace, (0, 0), (50, 0))
    draw(workspace, (60, 0), (100, 0))
    ends = {shape(found)[0]: found["uid"] for found in rows(workspace, "node")}
    named = {"start_node": ends[50, 0], "end_node": ends[60, 0]}
    valve = add_facility(workspace, "valve", named, point(55, 0)).touched["valve"].inserted[0]
    with pytest.raises(ConnectionRefused):
        take_out_of_pipe(workspace, "valve", valve)
    pipes = [found["uid"] for found in rows(workspace, "pipe")]
    with pytest.raises(ConnectionRefused):
        join_pipes(workspace, *pipes)
