"""Years that are entered in a workspace, on both homes."""

import datetime

import pytest

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.calendar.years import calendar_of, remove_year, set_year, shipped, spans, told, told_unknown

NOTICE = "国办发明电〔2026〕0号（测试）"


def test_a_year_is_entered_changed_and_taken_away(workspace):
    set_year(workspace, 2027, off=["2026-12-31/2027-01-03", "2027-04-05"], worked=["2027-01-09"], source=NOTICE)
    known = calendar_of(workspace)
    assert known.add(datetime.date(2026, 12, 30), 1) == datetime.date(2027, 1, 4)
    assert known.is_working(datetime.date(2027, 1, 9))
    assert known.unknown(datetime.date(2027, 1, 4), datetime.date(2027, 6, 1)) == ()
    (row,) = told(workspace)["years"]
    assert (row["year"], row["source"], row["verified"], row["entered"]) == (2027, NOTICE, False, True)
    assert row["off"] == ["2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03", "2027-04-05"]
    set_year(workspace, 2027, off=["2027-01-01"], source=NOTICE, verified=True)
    assert not calendar_of(workspace).is_working(datetime.date(2027, 1, 9))
    workspace.undo()
    assert calendar_of(workspace).is_working(datetime.date(2027, 1, 9))
    remove_year(workspace, 2027)
    assert told(workspace)["years"] == []
    assert calendar_of(workspace).unknown(datetime.date(2027, 1, 4), datetime.date(2027, 6, 1)) == (2027,)
    assert workspace.verify() == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"off": []}, "2027"),
        ({"off": ["2027-13-01"]}, "2027-13-01"),
        ({"off": ["2027-01-03/2027-01-01"]}, "2027-01-03/2027-01-01"),
        ({"off": ["2027-01-01/2027-12-31"]}, "2027-01-01/2027-12-31"),
        ({"off": ["2028-01-01"]}, "2028-01-01"),
        ({"off": ["2027-01-09"], "worked": ["2027-01-09"]}, "2027-01-09"),
        ({"off": ["2027-01-01"], "worked": ["2027-01-08"]}, "2027-01-08"),  # a Friday
        ({"off": ["2027-01-01"], "source": " "}, "."),
    ],
)
def test_what_is_no_calendar_is_refused(workspace, values, said):
    with pytest.raises(UsageError) as refused:
        set_year(workspace, 2027, **{"source": NOTICE, **values})
    assert said in refused.value.message
    assert told(workspace)["years"] == []


def test_a_year_that_was_not_entered_cannot_be_taken_away(workspace):
    with pytest.raises(UsageError):
        remove_year(workspace, 2027)


def test_the_shipped_table_knows_the_weekend():
    assert shipped().weekend == {6, 7}
    assert spans(["2027-01-02/2027-01-03", "2027-01-02"]) == (datetime.date(2027, 1, 2), datetime.date(2027, 1, 3))
    assert told_unknown([]) == ""
    assert "2027, 2028" in told_unknown([2027, 2028])
