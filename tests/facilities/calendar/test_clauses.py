"""Every deadline: the day before it, on it and after it."""

import datetime

import pytest

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.calendar.clauses import clause_of, read_clauses
from jnw_desktop.facilities.calendar.workingdays import Calendar, Year
from jnw_desktop.facilities.calendar.years import shipped

ZONE = datetime.timezone(datetime.timedelta(hours=8))
OFF = tuple(datetime.date(2027, 3, day) for day in range(3, 8))
KNOWN = Calendar(frozenset({6, 7}), {2027: Year(2027, OFF, (datetime.date(2027, 3, 13),), "test", True)})


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE)


# Of an event on Tuesday 2027-03-02 at 15:00: when it is due, worked by hand. Off: We 3 to Su 7 March; worked: Sa 13.
EVENT = at("2027-03-02T15:00")
LAST = {
    "shutoff_notice": "2027-03-01T15:00",
    "shutoff_supply": "2027-03-03T15:00",
    "acceptance_filing": "2027-03-17",
    "archives": "2027-06-02",
    "relocation_notice": "2027-01-31",
    "arrears_household": "2027-04-01",
    "arrears_unit": "2027-03-17",
    "arrears_notice": "2027-02-28T15:00",
    "arrears_restore": "2027-03-03T15:00",
    "enquiry_answer": "2027-03-10",  # Mo 8, Tu 9, We 10
    "complaint_answer": "2027-03-12",
    "dig_decision": "2027-04-01",  # six from 8 to 13, five each week after: 16 by Friday 26, Thursday 1 April the 20th
    "emergency_dig_papers": "2027-03-03T15:00",
    "hotline_reply": "2027-03-12",
}


def test_every_deadline_is_tested():
    assert set(read_clauses()) == set(LAST)
    assert all(clause.verified and clause.source.startswith("《济南市") for clause in read_clauses().values())


@pytest.mark.parametrize("name", LAST)
def test_a_deadline_is_kept_up_to_its_last_moment(name):
    due = clause_of(name).due(EVENT, KNOWN)
    if "T" in LAST[name]:  # hours, to the minute
        last, step = at(LAST[name]), datetime.timedelta(minutes=1)
    else:  # days, to their end
        last, step = at(LAST[name] + "T23:59"), datetime.timedelta(minutes=1)
    day = datetime.timedelta(days=1)
    assert due.kept(last - day)
    assert due.kept(last)
    assert not due.kept(last + step)
    assert not due.kept(last + day)
    assert due.unknown == ()


def test_hours_run_through_holidays_and_say_nothing_of_them():
    notice = clause_of("shutoff_notice").due(at("2029-10-04T08:00"), shipped())
    assert notice.at == at("2029-10-03T08:00")
    assert notice.unknown == ()


def test_working_days_of_a_year_that_is_not_known_say_so():
    due = clause_of("enquiry_answer").due(at("2029-10-01T09:00"), shipped())
    assert due.at.date() == datetime.date(2029, 10, 4)  # by weekends alone
    assert due.unknown == (2029,)


def test_months_end_where_the_month_does():
    clause = clause_of("archives")
    assert clause.due(at("2026-11-30T09:00"), KNOWN).at.date() == datetime.date(2027, 2, 28)
    assert clause.due(at("2027-10-31T09:00"), KNOWN).at.date() == datetime.date(2028, 1, 31)


def test_another_zone_is_the_same_moment():
    due = clause_of("complaint_answer").due(EVENT, KNOWN)  # until the end of 12 March, 16:00 of Greenwich
    assert due.kept(datetime.datetime(2027, 3, 12, 15, 59, tzinfo=datetime.UTC))
    assert not due.kept(datetime.datetime(2027, 3, 12, 16, 1, tzinfo=datetime.UTC))


def test_a_deadline_there_is_not():
    with pytest.raises(UsageError, match="no_such"):
        clause_of("no_such")
