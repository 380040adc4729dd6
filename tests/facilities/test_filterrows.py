"""Rows of the filter form become a condition that finds what they say."""

import pytest
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.filterrows import Comparison, expression, fields_of, meets, operators_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import page
from jnw_desktop.language import _

PIPE = KINDS["pipe"]
ROWS = [
    {"code": "A1", "dn": 300, "material": "QM", "road": "it's 经十路", "survey_date": "2020-01-31", "length": 10.5},
    {"code": "A2", "dn": 200, "material": "PE", "road": "经七路", "survey_date": "2021-01-31"},
    {"code": "B3", "dn": None, "material": None, "road": None},
]


@pytest.fixture
def city(workspace):
    line = shapely.LineString([(500000, 4060000), (500010, 4060000)]).wkb
    with workspace.change("in") as change:
        change.insert(PIPE.table, [row | {"geom": line} for row in ROWS])
        change.insert(KINDS["meter"].table, [{"code": "m1", "remote": True, "geom": shapely.Point(0, 0).wkb}])
    return workspace


@pytest.mark.parametrize(
    ("rows", "every", "found"),
    [
        ([Comparison("dn", ">=", "250")], True, {"A1"}),
        ([Comparison("dn", "!=", "300")], True, {"A2"}),
        ([Comparison("dn", "unknown")], True, {"B3"}),
        ([Comparison("dn", "known"), Comparison("material", "=", "PE")], True, {"A2"}),
        ([Comparison("dn", "unknown"), Comparison("material", "=", "PE")], False, {"A2", "B3"}),
        ([Comparison("road", "contains", "it's")], True, {"A1"}),
        ([Comparison("code", "contains", "a")], True, {"A1", "A2"}),
        ([Comparison("road", "=", "经七路")], True, {"A2"}),
        ([Comparison("survey_date", "<", "2020-12-31")], True, {"A1"}),
        ([Comparison("length", "=", "10.5")], True, {"A1"}),
        ([], True, {"A1", "A2", "B3"}),
    ],
)
def test_rows_find_what_they_say(city, rows, every, found):
    told = page(city, "pipe", where=expression(PIPE, rows, every=every))
    assert {row[told.columns.index("code")] for row in told.rows} == found


def test_an_area_holds_for_any_of_the_rows():
    rows = [Comparison("dn", "=", "100"), Comparison("dn", "=", "200")]
    area = meets(["dma:D'1", "dma:D2"], 25)
    assert area == "(meets('dma:D''1', 25) or meets('dma:D2', 25))"
    assert expression(PIPE, rows, every=False, area=area) == f"(dn = 100 or dn = 200) and {area}"
    assert expression(PIPE, rows[:1], every=False, area="meets('x')") == "dn = 100 and meets('x')"
    assert expression(PIPE, [], area="meets('x')") == "meets('x')"


@pytest.mark.parametrize("row", [Comparison("dn", "=", "big"), Comparison("survey_date", "<", "yesterday")])
def test_a_value_that_is_none_is_refused(row):
    with pytest.raises(UsageError):
        expression(PIPE, [row])


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_every_kind_can_be_asked_with_every_operator(workspace, kind):
    values = {"integer": "5", "number": "5", "date": "2020-01-31", "boolean": "true"}
    for field in fields_of(KINDS[kind]):
        rows = [Comparison(field.name, op, values.get(field.type, "x")) for op in operators_of(field)]
        assert page(workspace, kind, where=expression(KINDS[kind], rows)).total == 0


def test_what_can_be_asked_about_is_called_by_its_title():
    first = fields_of(KINDS["pipe"])[0]
    assert (first.name, _(first.title), first.type) == ("code", "编号", "text")
    types = {"text", "integer", "number", "date", "boolean"}
    assert {field.type for kind in KINDS.values() for field in fields_of(kind)} <= types
