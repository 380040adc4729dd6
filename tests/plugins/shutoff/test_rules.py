"""The course of a shut-off, worked by hand."""

import datetime

import pytest

from jnw_plugins.shutoff import rules
from jnw_plugins.shutoff.table import read_table

FIGURES = read_table().figures
START = datetime.datetime(2026, 11, 25, 8, tzinfo=datetime.UTC)
WAY = ("planned", "approved", "notified", "closed", "repaired", "restored")


def hours(count):
    return START + datetime.timedelta(hours=count)


def course(kind="planned", *states, lasts=9, supply=False):
    steps = [rules.Step(state, hours(i)) for i, state in enumerate(states or ("planned",))]
    return rules.Course(kind, steps, hours(48), hours(48 + lasts), supply)


@pytest.mark.parametrize("kind", rules.KINDS)
def test_only_the_next_step_may_be_taken(kind):
    for place, _state in enumerate(WAY):
        taken = course(kind, *WAY[: place + 1])
        allowed = {to for to in rules.STATES if rules.breach(taken, to, hours(1000), FIGURES) is None}
        expected = set(WAY[place + 1 : place + 2])
        expected |= {"cancelled"} if place < 3 else set()
        expected |= {"notified"} if kind == "emergency" and place == 0 else set()
        assert allowed == expected


def test_a_planned_closing_needs_a_whole_day_of_notice():
    taken = course("planned", "planned", "approved", "notified")  # notified at hour 2
    assert rules.breach(taken, "closed", hours(25.99), FIGURES) == "notice"
    assert rules.breach(taken, "closed", hours(26), FIGURES) is None
    urgent = course("emergency", "planned", "notified")
    assert rules.breach(urgent, "closed", hours(1), FIGURES) is None


def test_the_last_notice_counts():
    taken = course("planned", "planned", "approved", "notified", "approved", "notified")  # again at hour 4
    assert rules.breach(taken, "closed", hours(27), FIGURES) == "notice"
    assert rules.breach(taken, "closed", hours(28), FIGURES) is None


def test_over_a_day_needs_emergency_supply():
    for lasts, supply, reason in ((24, False, None), (24.5, False, "supply"), (24.5, True, None)):
        taken = course("planned", "planned", "approved", lasts=lasts, supply=supply)
        assert rules.breach(taken, "notified", hours(5), FIGURES) == reason


def test_the_fire_brigade_has_its_day_where_hydrants_are_lost():
    for told, reason in ((None, "fire"), (hours(3), "fire"), (hours(2), None)):
        steps = [rules.Step(state, hours(i)) for i, state in enumerate(WAY[:3])]
        taken = rules.Course("planned", steps, hours(48), hours(57), False, True, told)
        assert rules.breach(taken, "closed", hours(26), FIGURES) == reason
    urgent = rules.Course("emergency", [rules.Step("notified", START)], hours(48), hours(57), False, True, None)
    assert rules.breach(urgent, "closed", hours(1), FIGURES) is None


def test_no_step_is_before_the_last():
    assert rules.breach(course("planned", "planned", "approved"), "notified", hours(0.5), FIGURES) == "time"


def test_spans_that_touch_do_not_meet():
    assert not rules.meet((hours(0), hours(2)), (hours(2), hours(3)))
    assert rules.meet((hours(0), hours(2)), (hours(1), hours(3)))
