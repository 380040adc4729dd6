"""What facilities refer to, by code and name; and the areas they lie in."""

import shapely

from jnw_desktop.facilities.operations import add_facility
from jnw_desktop.facilities.queries import search
from jnw_desktop.facilities.referring import Named, areas_at, referred

from .editing.ground import EAST, NORTH, draw, line, point, row


def test_references_are_told_by_kind_code_and_name(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    chamber = add_facility(workspace, "chamber", {"code": "JS-7", "name": "泉城路井"}, point(0, 0))
    uid = chamber.touched["chamber"].inserted[0]
    told = referred(workspace, "pipe", pipe)
    node = row(workspace, "node", pipe["start_node"])
    assert told[node["uid"]] == Named("node", node["uid"], node["code"], "")
    assert set(told) == {pipe["start_node"], pipe["end_node"]}
    assert [str(found) for found in referred(workspace, "valve", {"chamber": uid}).values()] == ["JS-7  泉城路井"]
    assert referred(workspace, "valve", {"chamber": "gone", "dn": 100}) == {}


def test_areas_are_those_the_middle_lies_in(workspace):
    """
    two DMAs side by side, parted at x = 60; the pipe's middle is at x = 50
    """
    for name, low, high in (("west", 0, 60), ("east", 60, 120)):
        square = shapely.MultiPolygon([shapely.box(EAST + low, NORTH - 50, EAST + high, NORTH + 50)])
        add_facility(workspace, "dma", {"name": name}, square.wkb)
    assert [area.name for area in areas_at(workspace, line((0, 0), (100, 0)))] == ["west"]
    assert [area.name for area in areas_at(workspace, point(100, 0))] == ["east"]
    assert areas_at(workspace, point(500, 0)) == []
    assert areas_at(workspace, shapely.Point().wkb) == []


def test_a_search_can_be_for_some_kinds_only(workspace):
    for kind in ("chamber", "node"):
        add_facility(workspace, kind, {"code": f"X-{kind}"}, point(0, 0))
    assert {hit.kind for hit in search(workspace, "X-")} == {"chamber", "node"}
    assert [hit.code for hit in search(workspace, "X-", kinds=["chamber"])] == ["X-chamber"]
