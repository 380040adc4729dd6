"""Conditions on places and saved filters, held against shapely on every row; the same as SQL for the map."""

import sqlite3

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import matching, page
from jnw_desktop.facilities.savedfilters import filter_layers, remove_filter, save_filter, saved_filters
from jnw_desktop.facilities.whereabouts import layer_condition

ROW = 37  # pipes side by side
EAST, NORTH = 500000.0, 4060000.0


@pytest.fixture
def city(workspace):
    """A fan of pipes, a zone over its left part, another with the same name on the right, a hydrant far off."""
    lines = [shapely.LineString([(EAST, NORTH + 10 * n), (EAST + 5 * n + 1, NORTH + 10 * n + 3)]) for n in range(ROW)]
    with workspace.change("city") as change:
        change.insert(
            KINDS["pipe"].table,
            [{"code": f"P{n}", "dn": 100 + n, "geom": line.wkb, "road": "100%路" if n % 2 else None}
             for n, line in enumerate(lines)],
        )  # fmt: skip
        zones = [
            {
                "code": "D1",
                "name": "一区",
                "geom": shapely.MultiPolygon([shapely.box(EAST, NORTH, EAST + 9, NORTH + 150)]).wkb,
            },
            {
                "code": "D2",
                "name": "一区",
                "geom": shapely.MultiPolygon([shapely.box(EAST + 60, NORTH, EAST + 70, NORTH + 370)]).wkb,
            },
        ]
        change.insert(KINDS["dma"].table, zones)
        change.insert(KINDS["hydrant"].table, [{"code": "H1", "geom": shapely.Point(EAST - 20, NORTH + 100).wkb}])
    return workspace, np.array(lines), [shapely.from_wkb(zone["geom"]) for zone in zones]


def codes(workspace, where, kind="pipe"):
    told = page(workspace, kind, where=where, limit=1000)
    at = told.columns.index("code")
    assert told.total == len(told.rows)
    return {row[at] for row in told.rows}


def named(keep):
    return {f"P{n}" for n in np.flatnonzero(keep)}


def test_an_area_is_met_or_holds_the_middle(city):
    workspace, lines, (left, right) = city
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    assert codes(workspace, "meets('dma:D1')") == named(shapely.intersects(lines, left)) != set()
    assert codes(workspace, "within('dma:D1')") == named(shapely.intersects(middle, left)) != set()
    assert codes(workspace, "within('dma:一区')") == named(
        shapely.intersects(middle, left) | shapely.intersects(middle, right)
    )
    assert codes(workspace, "not within('dma:*')") == named(
        ~(shapely.intersects(middle, left) | shapely.intersects(middle, right))
    )
    assert codes(workspace, "meets('hydrant:H1', 25)") == named(
        shapely.distance(lines, shapely.Point(EAST - 20, NORTH + 100)) <= 25
    )
    assert codes(workspace, "meets('hydrant:H1')") == set()
    assert codes(workspace, "MEETS('dma:D1') and dn < 105") == {f"P{n}" for n in range(5)}
    assert codes(workspace, "within('pressure_zone:*')") == set()
    assert codes(workspace, "meets('dma:D1', 30)", "hydrant") == {"H1"}


@given(st.tuples(*[st.floats(-50, 450)] * 4), st.floats(0, 100))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_box_finds_what_shapely_finds(city, sides, distance):
    workspace, lines, _zones = city
    box = shapely.box(EAST + sides[0], NORTH + sides[1], EAST + sides[2], NORTH + sides[3])
    if box.area == 0:
        return
    where = f"meets('{shapely.to_wkt(box, rounding_precision=-1)}', {distance:.17g})"
    assert codes(workspace, where) == named(shapely.dwithin(lines, box, distance))


@pytest.mark.parametrize(
    "where",
    ["meets('dma:none')", "meets('somewhere')", "meets('POLYGON((0 0, 1 1'", "meets('POLYGON((0 0, 1 1')", "meets(5)",
     "meets('dma:D1', -1)", "meets('dma:D1', 'x')", "within('dma:D1', 5)", "within()", "@", "@none", "@a b",
     "meets('POINT EMPTY')", "meets('POINT (nan 1)')"],
)  # fmt: skip
def test_what_is_no_place_is_refused(city, where):
    with pytest.raises(UsageError):
        page(city[0], "pipe", where=where)


def test_a_filter_is_saved_used_within_others_and_undone(city):
    workspace = city[0]
    save_filter(workspace, "大管", "pipe", "dn >= 130", who="li")
    save_filter(workspace, "@北-大", "pipe", "@大管 and not road is null")
    assert codes(workspace, "@北-大") == {f"P{n}" for n in range(30, ROW) if n % 2}
    assert codes(workspace, "@大管 or dn = 100") == {"P0", *(f"P{n}" for n in range(30, ROW))}
    save_filter(workspace, "大管", "pipe", "dn >= 135")
    assert codes(workspace, "@北-大") == {"P35"}
    assert [(one.name, one.condition) for one in saved_filters(workspace)] == [
        ("北-大", "@大管 and not road is null"),
        ("大管", "dn >= 135"),
    ]
    workspace.undo()
    assert codes(workspace, "@大管") == {f"P{n}" for n in range(30, ROW)}
    for name, kind, where in (("大管", "pipe", "@大管"), ("a b", "pipe", "dn = 1"), ("x", "pipe", "dn ="),
                              ("x", "none", "dn = 1"), ("", "pipe", "dn = 1"), ("大管", "pipe", "@北-大"),
                              ("x", "valve", "@大管")):  # fmt: skip
        with pytest.raises(UsageError):
            save_filter(workspace, name, kind, where)
    with pytest.raises(UsageError):
        page(workspace, "valve", where="@大管")
    remove_filter(workspace, "大管")
    with pytest.raises(UsageError):
        codes(workspace, "@北-大")
    with pytest.raises(UsageError):
        remove_filter(workspace, "大管")
    assert workspace.verify() == []


@pytest.mark.parametrize(
    "where",
    ["dn >= 120 and road like '100%'", "meets('dma:D1')", "@大管 and not within('dma:D1')", "road is null",
     "dn in (101, 102)", "road = 'it''s' or dn = 103", "survey_date < '2020-01-31' or dn = 104"],
)  # fmt: skip
def test_a_layer_is_asked_the_same(city, where):
    """The text stands alone: run by another program on the bare table, as the map engine does."""
    workspace = city[0]
    save_filter(workspace, "大管", "pipe", "dn >= 120")
    text = layer_condition(workspace, KINDS["pipe"], where)
    if workspace.engine.dialect.name == "sqlite":
        with sqlite3.connect(workspace.location.path) as other:
            found = {row[0] for row in other.execute(f'SELECT m.fid FROM "pipe" m WHERE {text}')}
        other.close()
    else:
        with workspace.read() as connection:
            raw = connection.connection.cursor()
            found = {row[0] for row in raw.execute(f'SELECT m.fid FROM "pipe" m WHERE {text}').fetchall()}
    assert found == set(matching(workspace, "pipe", where).fids) != set()


def test_saved_filters_are_layers(city):
    workspace = city[0]
    assert filter_layers(workspace) == []
    save_filter(workspace, "一区管", "pipe", "meets('dma:D1')")
    ((group),) = filter_layers(workspace)
    (layer,) = group["layers"]
    assert (layer["id"], layer["source"]["table"], layer["style"]) == ("pipe@一区管", "pipe", "pipe.qml")
    with workspace.change("no zone") as change:
        for uid in list(change.connection.scalars(sa.select(KINDS["dma"].table.c.uid))):
            change.delete(KINDS["dma"].table, uid)
    (layer,) = filter_layers(workspace)[0]["layers"]
    assert layer["source"]["subset"] == "1 = 0"
    assert "D1" in layer["source"]["note"]
