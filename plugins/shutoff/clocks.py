"""The clocks of a shut-off: until when it is approved, announced and supplied, and whether that was kept."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jnw_desktop.facilities.calendar.clauses import Clause, Due
from jnw_desktop.facilities.calendar.workingdays import Calendar
from jnw_desktop.facilities.calendar.years import told_unknown
from jnw_plugins.shutoff import rules
from jnw_plugins.shutoff.table import read_table


@dataclass(frozen=True)
class Clock:
    """One deadline of a shut-off: ``approve``, ``notice``, ``fire`` or ``supply``; until when, when done, its law."""

    name: str
    due: Due
    done: datetime.datetime | None
    clause: Clause

    def kept(self, now: datetime.datetime) -> bool | None:
        """Whether it was kept; ``None`` while it still can be."""
        if self.done is None and self.due.kept(now):
            return None
        return self.done is not None and self.due.kept(self.done)

    def told(self, now: datetime.datetime) -> dict[str, Any]:
        """For the window and scripts; times are ISO 8601."""
        return {
            "clock": self.name,
            "due": self.due.at.isoformat(timespec="seconds"),
            "done": None if self.done is None else self.done.isoformat(timespec="seconds"),
            "kept": self.kept(now),
            "source": self.clause.source,
            "verified": self.clause.verified,
            "warning": told_unknown(self.due.unknown),
        }


def clocks(
    course: rules.Course, begun: str | None, ended: str | None, days: Calendar, now: datetime.datetime
) -> list[dict[str, Any]]:  # fmt: skip
    """What must be done until when, and whether it was; ``begun``, ``ended``: the outage as it was, where it is known.

    The hours of the law run by the clock; an authority approves on working days, so the day for that is counted back.
    """
    return [clock.told(now) for clock in _clocks(course, begun, ended, days)] if course.state != "cancelled" else []


def _clocks(course: rules.Course, begun: str | None, ended: str | None, days: Calendar) -> Iterator[Clock]:
    table = read_table()
    if course.kind == "planned":
        notice = table.notice.due(course.begin, days)
        yield Clock("approve", _office_day(notice, days), _last(course, "approved"), table.notice)
        yield Clock("notice", notice, _last(course, "notified"), table.notice)
        if course.hydrants:
            yield Clock("fire", notice, course.fire, table.notice)
    if begun or rules.needs_supply(course, table.figures):
        since = rules.moment(begun) if begun else course.begin
        due = table.supply.due(since, days)
        over = rules.moment(ended) if ended else None
        yield Clock("supply", due, min(due.at, over or due.at) if course.supply else over, table.supply)


def _office_day(notice: Due, days: Calendar) -> Due:
    """An authority approves on working days alone: on the last one that is not after the notice is due."""
    day = days.last_working_day(notice.at.date())
    end = datetime.datetime.combine(day, datetime.time.max, notice.at.tzinfo)
    return Due(min(notice.at, end), days.unknown(day, notice.at.date()))


def _last(course: rules.Course, state: str) -> datetime.datetime | None:
    """When a state was last reached, where it still holds: one that is to be taken again was not."""
    if rules.STATES.index(course.state) < rules.STATES.index(state):
        return None
    return max((step.at for step in course.steps if step.state == state), default=None)
