"""The rules of upkeep: month ends, the plan that comes first, states, completion, tours, what a result says."""

import calendar
import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.rules import Done, Entry, Part

DATES = st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31))
MONTHS = st.integers(1, 600)
NEVER = np.datetime64("NaT", "D")


def days(*texts):
    return np.array([NEVER if text is None else np.datetime64(text, "D") for text in texts])


def later(date, months):
    """The oracle: the same day, or the last of a month that has no such day."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


@pytest.mark.parametrize(
    ("last", "months", "due"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
    ],
)
def test_month_ends(last, months, due):
    assert rules.add_months(days(last), months)[0] == np.datetime64(due)


@given(date=DATES, months=MONTHS)
def test_months_are_added_as_a_calendar_does(date, months):
    assert rules.add_months(days(date), months)[0].astype(datetime.date) == later(date, months)


@given(one=DATES, other=DATES, months=MONTHS)
def test_what_was_done_later_is_due_no_sooner(one, other, months):
    first, second = rules.add_months(days(min(one, other), max(one, other)), months)
    assert first <= second


def test_never_done_is_due_at_once_and_nothing_before_the_plan_begins():
    due = rules.due_days(days(None, "2020-01-01", "2026-03-31"), 12, np.datetime64("2026-01-01"))
    assert due.astype(str).tolist() == ["2026-01-01", "2026-01-01", "2027-03-31"]


def test_of_two_plans_the_one_that_comes_first_counts():
    last = days("2026-01-01", "2026-01-01", None, "2026-01-01")
    parts = [
        Part(np.array([0, 1, 2]), 24, np.datetime64("2026-06-01")),
        Part(np.array([1, 2]), 12, np.datetime64("2026-09-01")),
    ]
    due, which = rules.soonest(last, parts)
    assert due[:3].astype(str).tolist() == ["2028-01-01", "2027-01-01", "2026-06-01"]
    assert which.tolist() == [0, 1, 0, -1]
    assert due[3] == rules.FAR


def test_states_at_their_edges():
    today = np.datetime64("2026-11-25")
    due = days("2026-11-24", "2026-11-25", "2026-12-25", "2026-12-26", "2026-12-26")
    last = days(None, None, "2025-12-25", "2025-12-26", None)
    states = rules.states(due, last, today, 30)
    assert [rules.STATES[state] for state in states] == ["overdue", "due", "due", "done", "later"]


def brute_completion(count, done, months, plans):
    """Facility by facility, with the calendar of the oracle."""
    told = []
    for month in months:
        first = datetime.date.fromisoformat(f"{month}-01")
        after = later(first, 1)
        owed = met = 0
        for at in range(count):
            mine = max((day for where, day in done if where == at and day < first), default=None)
            dues = [
                start if mine is None else max(start, later(mine, interval))
                for places, interval, start, ended in plans
                if at in places and start < after and (ended is None or ended >= first)
            ]
            if dues and min(dues) < after:
                owed += 1
                met += any(where == at and first <= day < after for where, day in done)
        told.append((month, owed, met))
    return told


NEAR = st.dates(datetime.date(2025, 10, 1), datetime.date(2026, 12, 31))


@given(
    done=st.lists(st.tuples(st.integers(0, 5), st.dates(datetime.date(2025, 6, 1), datetime.date(2026, 6, 30)))),
    plans=st.lists(st.tuples(st.sets(st.integers(0, 5)), st.integers(1, 9), NEAR, st.none() | NEAR), max_size=3),
)
def test_completion_is_what_going_through_facilities_one_by_one_gives(done, plans):
    done = sorted(done, key=lambda one: one[1])
    months = [f"2026-{month:02}" for month in range(1, 7)]
    parts = [
        (
            Part(np.array(sorted(places), dtype=np.intp), interval, np.datetime64(start, "D")),
            rules.FAR if ended is None else np.datetime64(ended, "D"),
        )
        for places, interval, start, ended in plans
    ]
    kept = Done(np.array([at for at, _day in done], dtype=np.intp), np.array([day for _at, day in done], dtype="M8[D]"))
    told = rules.completion(kept, 6, np.array(months, dtype="M8[M]"), parts)
    assert [(one.month, one.due, one.done) for one in told] == brute_completion(6, done, months, plans)


@given(
    at=st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), max_size=60),
    most=st.integers(1, 9),
)
def test_tours_take_every_place_once_in_as_few_groups_as_may_be(at, most):
    groups = [group.tolist() for group in rules.tours(np.array(at).reshape(-1, 2), most)]
    assert sorted(place for group in groups for place in group) == list(range(len(at)))
    assert all(1 <= len(group) <= most for group in groups)
    assert len(groups) == -(-len(at) // most)


def test_a_tour_lies_together():
    """Two clusters a kilometre apart are two tours."""
    at = np.array([(0, 0), (1000, 0), (5, 5), (1005, 5), (3, 9), (1003, 9)], dtype=float)
    assert sorted(sorted(group.tolist()) for group in rules.tours(at, 3)) == [[0, 2, 4], [1, 3, 5]]


def entry(**values):
    known = {"code": "V1", "task": "exercise", "date": datetime.date(2026, 5, 1), "done_by": "张", "result": "ok"}
    return Entry(**(known | values))


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ({"turns": 24.5}, {"last_operated": "2026-05-01", "operability": "operable", "turns": 24.5}),
        ({"left_as": "open"}, {"last_operated": "2026-05-01", "operability": "operable", "present_state": "open"}),
        ({"result": "defect", "turns": 3.0}, {"last_operated": "2026-05-01"}),
        ({"result": "defect", "found": "stuck"}, {"last_operated": "2026-05-01", "operability": "stuck"}),
        ({"result": "could_not", "found": "buried"}, {"operability": "buried"}),
        ({"result": "could_not", "found": "other"}, {}),
        ({"task": "flow_test", "flow": 15.0}, {"operability": "operable"}),
        ({"task": "verify", "reading": 812.0}, {}),
    ],
)
def test_what_a_result_says_of_its_facility(said, values):
    assert rules.effects(entry(**said)) == values


@pytest.mark.parametrize(
    ("said", "breach"),
    [
        ({}, None),
        ({"date": datetime.date(2026, 5, 3)}, "future"),
        ({"result": "could_not"}, "found"),
        ({"found": "stuck"}, "fine"),
        ({"task": "flow_test", "left_as": "open"}, "left"),
        ({"result": "could_not", "found": "lost", "left_as": "open"}, "left"),
        ({"flow": 3.0}, "measured"),
        ({"task": "flow_test", "flow": 3.0, "pressure": 0.3}, None),
    ],
)
def test_entries_that_contradict_themselves(said, breach):
    assert rules.breach(entry(**said), datetime.date(2026, 5, 2)) == breach
