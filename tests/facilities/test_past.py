"""What was changed of one facility, and a kind as it stood at a date."""

import datetime

import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.editing.lifecycle import delete_mistake
from jnw_desktop.facilities.editing.shaping import move_point
from jnw_desktop.facilities.operations import update_facility
from jnw_desktop.facilities.past import as_of, feature_history, shapes_as_of
from jnw_desktop.workspace.tables import CHANGE_SETS

from .editing.ground import EAST, NORTH, at, draw, row


def test_a_facility_tells_who_changed_what_from_what_to_what(workspace):
    pipe = draw(workspace, (0, 0), (100, 0), dn=300)
    update_facility(workspace, "pipe", pipe["uid"], {"dn": 400, "year": 1990}, who="li", why="核对竣工图")
    move_point(workspace, "node", pipe["end_node"], at(110, 0))
    moved = row(workspace, "pipe", pipe["uid"])
    delete_mistake(workspace, "pipe", pipe["uid"])
    gone, shifted, edited, made = feature_history(workspace, "pipe", pipe["uid"])
    assert [step.what for step in (gone, shifted, edited, made)] == ["deleted", "changed", "changed", "made"]
    assert (edited.who, edited.why, edited.moved) == ("li", "核对竣工图", False)
    assert edited.fields == {"dn": (300, 400), "year": (None, 1990)}
    assert made.fields["dn"] == (None, 300)
    assert (shifted.fields, shifted.moved) == ({"length": (100.0, 110.0)}, True)
    assert (shifted.geometry_before, shifted.geometry_after) == (pipe["geom"], moved["geom"])
    assert (gone.fields["code"], gone.geometry_after) == ((pipe["code"], None), None)


def test_the_map_as_it_was_of_what_is_in_view(workspace):
    draw(workspace, (0, 0), (100, 0))
    moved = draw(workspace, (0, 20), (100, 20))
    draw(workspace, (0, 900), (100, 900))  # out of view
    with workspace._home.writing() as connection, connection.begin():
        connection.execute(sa.update(CHANGE_SETS).values(at="2024-01-01T08:00:00.000Z"))
    move_point(workspace, "node", moved["end_node"], at(100, 800))
    draw(workspace, (0, 40), (100, 40))
    view = (*at(-10, -10), *at(110, 110))

    def lines(date):
        shapes = shapely.from_wkb(shapes_as_of(workspace, "pipe", date, view))
        return sorted([(x - EAST, y - NORTH) for x, y in shape.coords] for shape in shapes)

    assert lines("2023-12-31") == []
    assert lines("2024-01-02") == [[(0, 0), (100, 0)], [(0, 20), (100, 20)]]
    today = datetime.date.today().isoformat()
    assert lines(today) == [[(0, 0), (100, 0)], [(0, 20), (100, 800)], [(0, 40), (100, 40)]]


def test_a_kind_as_it_stood(workspace):
    pipe = draw(workspace, (0, 0), (100, 0), dn=300)
    today = datetime.date.today()
    columns = as_of(workspace, "pipe", today.isoformat())
    assert (list(columns["dn"]), list(columns["uid"]), list(columns["geom"])) == ([300], [pipe["uid"]], [pipe["geom"]])
    assert len(as_of(workspace, "pipe", (today - datetime.timedelta(days=2)).isoformat())["dn"]) == 0
    with pytest.raises(UsageError):
        as_of(workspace, "pipe", "yesterday")
