"""Questions about facilities have one answer on both homes."""

import pytest
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace.errors import NoSuchRow

EAST, NORTH = 505000.0, 4059000.0
NAMES = {"GD000002": "泺源大街", "GD000010": None, "gd3": "Main Street", "管1": "经十路 50%", "GDA": "a_b", "G": "阿"}


@pytest.fixture
def city(workspace):
    """Six pipes 10 m long, 100 m apart to the east, and a valve of the first one's code."""
    with workspace.change("city") as change:
        for step, (code, name) in enumerate(NAMES.items()):
            at = EAST + 100 * step
            line = shapely.LineString([(at, NORTH), (at + 10, NORTH)])
            fields = {"code": code, "name": name, "dn": 100 * step or None, "geom": line.wkb}
            change.insert(KINDS["pipe"].table, [fields])
        change.insert(KINDS["valve"].table, [{"code": "GD000002", "geom": shapely.Point(EAST, NORTH).wkb}])
    return workspace


def codes(page):
    return [row[page.columns.index("code")] for row in page.rows]


def test_pages_are_sorted_by_code_points_with_the_unknown_first(city):
    assert codes(queries.page(city, "pipe", sort="code")) == sorted(NAMES)
    assert codes(queries.page(city, "pipe", sort="code", descending=True)) == sorted(NAMES, reverse=True)
    assert codes(queries.page(city, "pipe", sort="dn"))[:2] == ["GD000002", "GD000010"]
    assert codes(queries.page(city, "pipe", sort="dn", descending=True))[-1] == "GD000002"
    page = queries.page(city, "pipe", sort="code", offset=2, limit=2)
    assert (codes(page), page.total) == (sorted(NAMES)[2:4], 6)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GD", {"GD000002", "GD000010", "GDA"}),
        ("管", {"管1"}),
        ("大街", {"GD000002"}),
        ("main", {"gd3"}),
        ("50%", {"管1"}),
        ("%", {"管1"}),
        ("_", {"GDA"}),
        ("nowhere", set()),
        ("'; DROP TABLE pipe; --", set()),
    ],
)
def test_a_search_finds_codes_by_their_beginning_and_names_by_any_part(city, text, found):
    assert set(codes(queries.page(city, "pipe", text=text))) == found
    assert {hit.code for hit in queries.search(city, text) if hit.kind == "pipe"} == found


def test_a_facility_is_named_by_uid_fid_or_code(city):
    record = queries.describe(city, "pipe", code="管1")
    assert queries.describe(city, "pipe", uid=record.uid) == record
    assert queries.describe(city, "pipe", fid=record.fid) == record
    with pytest.raises(NoSuchRow):
        queries.describe(city, "pipe", code="none")


def test_a_code_that_two_kinds_share_must_name_its_kind(city):
    with pytest.raises(UsageError) as refused:
        queries.find(city, "GD000002")
    assert "pipe:GD000002" in refused.value.hint
    assert "valve:GD000002" in refused.value.hint
    assert queries.find(city, "valve:GD000002").kind == "valve"
    assert queries.find(city, "GDA").kind == "pipe"


def test_near_is_within_the_distance_and_no_farther(city):
    spot = shapely.Point(EAST + 100, NORTH + 30).wkb
    assert {record.code for record in queries.around(city, "pipe", spot, 30.0)} == {"GD000010"}
    assert queries.around(city, "pipe", spot, 29.99) == []
    assert {r.code for r in queries.within(city, "pipe", (EAST + 205, NORTH, EAST + 305, NORTH))} == {"gd3", "管1"}


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"sort": "dn"},
        {"sort": "dn", "descending": True},
        {"sort": "code", "descending": True, "text": "P"},
        {"where": "dn >= 200", "sort": "year"},
    ],
)
def test_a_row_stands_where_its_page_has_it(workspace, question):
    rows = [{"code": f"{'PQ'[n % 2]}{n}", "dn": (None, 100, 200, 300)[n % 4], "year": 2000 - n % 7} for n in range(40)]
    with workspace.change("in") as change:
        change.insert(KINDS["pipe"].table, [row | {"geom": shapely.LineString([(0, 0), (1, 1)]).wkb} for row in rows])
    page = queries.page(workspace, "pipe", **question)
    fids = [row[page.columns.index("fid")] for row in page.rows]
    assert queries.places(workspace, "pipe", fids[3:9], **question) == list(range(3, 9))
    assert queries.places(workspace, "pipe", [10**6], **question) == []
