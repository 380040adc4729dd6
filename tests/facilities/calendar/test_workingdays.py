"""Working days: by hand around a holiday with make-up days, and against counting day by day."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.facilities.calendar.workingdays import Calendar, Year

# A made-up announcement. Mo 2027-03-01 … : off We 3 to Su 7, worked on Sa 27 February before and Sa 13 after.
DAY = datetime.date
OFF = tuple(DAY(2027, 3, day) for day in range(3, 8))
MADE_UP = (DAY(2027, 2, 27), DAY(2027, 3, 13))
KNOWN = Calendar(frozenset({6, 7}), {2027: Year(2027, OFF, MADE_UP, "test", True)})
PLAIN = Calendar(frozenset({6, 7}), {})


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (DAY(2027, 3, 2), 1, DAY(2027, 3, 8)),  # over the holiday
        (DAY(2027, 2, 26), 1, DAY(2027, 2, 27)),  # a Saturday that is worked
        (DAY(2027, 2, 27), 1, DAY(2027, 3, 1)),  # over the Sunday that is not
        (DAY(2027, 3, 5), 1, DAY(2027, 3, 8)),  # from a day off
        (DAY(2027, 3, 8), 6, DAY(2027, 3, 15)),  # Tu We Th Fr Sa Mo
        (DAY(2027, 3, 8), -1, DAY(2027, 3, 2)),
        (DAY(2027, 3, 6), -2, DAY(2027, 3, 1)),
        (DAY(2027, 3, 6), 0, DAY(2027, 3, 6)),
    ],
)
def test_working_days_are_added_over_holidays_and_make_up_days(day, count, expected):
    assert KNOWN.add(day, count) == expected


def test_the_working_day_next_to_a_day():
    assert KNOWN.next_working_day(DAY(2027, 3, 2)) == DAY(2027, 3, 2)
    assert KNOWN.next_working_day(DAY(2027, 3, 3)) == DAY(2027, 3, 8)
    assert KNOWN.last_working_day(DAY(2027, 3, 7)) == DAY(2027, 3, 2)
    assert KNOWN.last_working_day(DAY(2027, 3, 13)) == DAY(2027, 3, 13)


def test_between_two_days_the_first_does_not_count():
    assert KNOWN.count(DAY(2027, 3, 2), DAY(2027, 3, 8)) == 1
    assert KNOWN.count(DAY(2027, 3, 8), DAY(2027, 3, 2)) == -1
    assert KNOWN.count(DAY(2027, 3, 3), DAY(2027, 3, 7)) == 0
    assert PLAIN.count(DAY(2027, 3, 2), DAY(2027, 3, 8)) == 4


def test_years_that_are_not_known_are_said():
    assert KNOWN.unknown(DAY(2027, 3, 1), DAY(2027, 12, 24)) == ()
    assert KNOWN.unknown(DAY(2027, 3, 1), DAY(2027, 12, 25)) == (2028,)  # New Year's may begin in December
    assert KNOWN.unknown(DAY(2028, 1, 3), DAY(2026, 12, 30)) == (2026, 2028)


def test_a_new_year_that_begins_in_december():
    year = Year(2028, (DAY(2027, 12, 31), DAY(2028, 1, 1), DAY(2028, 1, 2)), (), "test", True)
    assert Calendar(frozenset({6, 7}), {2028: year}).add(DAY(2027, 12, 30), 1) == DAY(2028, 1, 3)


def test_a_week_has_a_working_day():
    with pytest.raises(ValueError, match=r"frozenset"):
        Calendar(frozenset(range(1, 8)), {})


days = st.dates(DAY(2026, 1, 1), DAY(2028, 12, 31))
calendars = st.builds(
    lambda weekend, off, worked: Calendar(
        frozenset(weekend), {2027: Year(2027, tuple(off), tuple(set(worked) - set(off)), "test", True)}
    ),
    st.sets(st.integers(1, 7), max_size=6),
    st.sets(days, max_size=40),
    st.sets(days, max_size=10),
)


def is_worked(calendar, day):
    (year,) = calendar.years.values()
    return day in year.worked or (day.isoweekday() not in calendar.weekend and day not in year.off)


def walked(calendar, day, count):
    step = datetime.timedelta(days=1 if count > 0 else -1)
    while count:
        day += step
        count -= int(np.sign(count)) if is_worked(calendar, day) else 0
    return day


@given(calendars, st.lists(st.tuples(days, st.integers(-30, 30)), min_size=1, max_size=6), days)
def test_counting_in_arrays_is_counting_day_by_day(calendar, asked, end):
    begins, counts = zip(*asked, strict=True)
    found = calendar.added(np.array(begins, "datetime64[D]"), counts).tolist()
    assert found == [walked(calendar, day, count) for day, count in asked]
    for begin in begins:
        low, high = sorted((begin, end))
        between = [low + datetime.timedelta(days=step) for step in range(1, (high - low).days + 1)]
        expected = sum(is_worked(calendar, day) for day in between)
        assert calendar.count(begin, end) == (expected if begin <= end else -expected)
        assert calendar.is_working(begin) == is_worked(calendar, begin)


def test_no_days_are_none():
    nothing = np.array([], "datetime64[D]")
    assert len(KNOWN.added(nothing, 3)) == 0
    assert len(KNOWN.counted(nothing, nothing)) == 0
