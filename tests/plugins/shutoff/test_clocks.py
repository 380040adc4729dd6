"""The clocks of a shut-off: hours by the clock, the approval by working days; each before, on and after."""

import datetime

import pytest

from jnw_desktop.facilities.calendar.workingdays import Calendar, Year
from jnw_plugins.shutoff import rules
from jnw_plugins.shutoff.clocks import clocks

ZONE = datetime.timezone(datetime.timedelta(hours=8))
OFF = tuple(datetime.date(2027, 3, day) for day in range(3, 8))  # We 3 to Su 7 March
DAYS = Calendar(frozenset({6, 7}), {2027: Year(2027, OFF, (), "test", True)})


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE)


BEGIN = at("2027-03-08T08:00")  # the Monday after the holiday
NOTICE = at("2027-03-07T08:00")
MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)


def course(*steps, kind="planned", hours=9, **values):
    taken = [rules.Step("planned", at("2027-02-01T08:00")), *(rules.Step(state, when) for state, when in steps)]
    return rules.Course(kind, taken, BEGIN, BEGIN + datetime.timedelta(hours=hours), **({"supply": False} | values))


def told(asked, now, begun=None, ended=None):
    begun, ended = (None if when is None else when.isoformat() for when in (begun, ended))
    return {row["clock"]: row for row in clocks(asked, begun, ended, DAYS, now)}


def test_approval_is_had_on_a_working_day():
    asked = course()
    assert told(asked, at("2027-03-01T08:00"))["approve"]["due"] == "2027-03-02T23:59:59+08:00"
    later = rules.Course("planned", asked.steps, at("2027-03-10T08:00"), at("2027-03-10T18:00"), False)
    assert told(later, at("2027-03-01T08:00"))["approve"]["due"] == "2027-03-09T08:00:00+08:00"  # a Tuesday


@pytest.mark.parametrize(
    ("when", "kept"),
    [(NOTICE - DAY, True), (NOTICE, True), (NOTICE + MINUTE, False), (NOTICE + DAY, False)],
)
def test_notice_is_a_whole_day_before_by_the_clock(when, kept):
    row = told(course(("approved", at("2027-03-01T08:00")), ("notified", when)), when)["notice"]
    assert (row["due"], row["kept"], row["warning"]) == ("2027-03-07T08:00:00+08:00", kept, "")


@pytest.mark.parametrize(("now", "kept"), [(NOTICE - DAY, None), (NOTICE, None), (NOTICE + MINUTE, False)])
def test_a_notice_that_was_not_given_runs_and_is_missed(now, kept):
    assert told(course(("approved", at("2027-03-01T08:00"))), now)["notice"]["kept"] is kept


def test_a_notice_that_is_to_be_given_anew_was_not_given():
    early = at("2027-03-01T08:00")
    anew = course(("approved", early), ("notified", early), ("approved", early))
    assert told(anew, early)["notice"]["done"] is None


def test_the_fire_brigade_has_a_clock_where_hydrants_are_lost():
    assert "fire" not in told(course(), NOTICE)
    assert told(course(hydrants=True), NOTICE)["fire"]["kept"] is None
    assert told(course(hydrants=True, fire=NOTICE), NOTICE + DAY)["fire"]["kept"] is True
    assert told(course(hydrants=True, fire=NOTICE + MINUTE), NOTICE + DAY)["fire"]["kept"] is False


@pytest.mark.parametrize(
    ("hours", "supply", "kept"),
    [(23, False, True), (24, False, True), (24.1, False, False), (48, False, False), (48, True, True)],
)
def test_water_is_back_in_a_day_or_supply_is_arranged(hours, supply, kept):
    begun = at("2027-03-08T08:00")
    ended = begun + datetime.timedelta(hours=hours)
    urgent = course(("closed", begun), kind="emergency", supply=supply)
    row = told(urgent, ended, begun, ended)
    assert set(row) == {"supply"}
    assert (row["supply"]["due"], row["supply"]["kept"]) == ("2027-03-09T08:00:00+08:00", kept)


@pytest.mark.parametrize(("after", "kept"), [(23, None), (24, None), (25, False)])
def test_an_outage_that_goes_on_is_late_after_a_day(after, kept):
    begun = at("2027-03-08T08:00")
    now = begun + datetime.timedelta(hours=after)
    assert told(course(("closed", begun), kind="emergency"), now, begun)["supply"]["kept"] is kept


def test_a_long_outage_has_its_clock_before_it_begins():
    assert told(course(hours=24), NOTICE).keys() == {"approve", "notice"}
    assert told(course(hours=25), NOTICE)["supply"]["due"] == "2027-03-09T08:00:00+08:00"


def test_what_is_cancelled_has_none_and_unknown_holidays_are_said():
    assert told(course(("cancelled", at("2027-02-02T08:00"))), NOTICE) == {}
    unknown = Calendar(frozenset({6, 7}), {})
    (approve, notice) = clocks(course(), None, None, unknown, NOTICE)
    assert approve["due"] == "2027-03-05T23:59:59+08:00"  # the Friday before the Sunday, for all that is known
    assert "2027" in approve["warning"]
    assert notice["warning"] == ""
