"""Deadlines of the law: clauses with their source, and the moment until which each is kept."""

from __future__ import annotations

import calendar
import datetime
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, PositiveInt

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.calendar.workingdays import Calendar
from jnw_desktop.language import _

Unit = Literal["hours", "days", "working_days", "months"]


@dataclass(frozen=True)
class Due:
    """The last moment ``at`` which a deadline is kept: of days the end of the day.

    ``unknown``: years whose public holidays the calendar does not have and the count went through; whoever shows the
    date says so.
    """

    at: datetime.datetime
    unknown: tuple[int, ...] = ()

    def kept(self, when: datetime.datetime) -> bool:
        """Whether what was done at that time was in time."""
        return when <= self.at


class Clause(BaseModel):
    """One deadline: ``amount`` of ``unit`` after an event, or ``before`` it.

    ``what`` must be done, and after or before which ``event``; ``verified``: read in the law itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    amount: PositiveInt
    unit: Unit
    before: bool = False
    what: str
    event: str
    source: str
    verified: bool

    def due(self, event: datetime.datetime, days: Calendar) -> Due:
        """Until when it is kept, where the event is at that time; days are those of the time's own zone.

        Hours run by the clock, through nights and holidays. The day of the event does not count, and the last day
        counts whole; one in calendar days or months ends on its last day even where nobody works then. Before an
        event the day to act on is whole too: as many days lie between.
        """
        sign = -1 if self.before else 1
        if self.unit == "hours":
            return Due(event + sign * datetime.timedelta(hours=self.amount))
        unknown: tuple[int, ...] = ()
        if self.unit == "days":
            last = event.date() + sign * datetime.timedelta(days=self.amount)
        elif self.unit == "months":
            last = _months_later(event.date(), sign * self.amount)
        else:
            last = days.add(event.date(), sign * self.amount)
            unknown = days.unknown(event.date(), last)
        return Due(datetime.datetime.combine(last, datetime.time.max, event.tzinfo), unknown)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: str
    clause: list[Clause]


def read_clauses() -> dict[str, Clause]:
    """The deadlines that ship with the program, by id."""
    text = (files("jnw_resources") / "calendar" / "clauses.toml").read_text("utf-8")
    return {clause.id: clause for clause in _Table.model_validate(tomllib.loads(text)).clause}


def clause_of(name: str) -> Clause:
    """The deadline of that id. Raises UsageError."""
    there = read_clauses()
    if name not in there:
        raise UsageError(
            _("There is no deadline {name}.").format(name=name),
            _("Choose one of: {names}").format(names=", ".join(there)),
        )
    return there[name]


def _months_later(day: datetime.date, months: int) -> datetime.date:
    """The same day of another month, or its last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))
