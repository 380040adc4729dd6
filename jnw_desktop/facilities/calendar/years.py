"""The calendar of a workspace: years that ship with the program, and those that were entered, which come first."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.calendar.model import CALENDAR_YEAR
from jnw_desktop.facilities.calendar.workingdays import Calendar, Year
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace

LONGEST = 60  # days of one span: more is a slip of the pen


class _Weekend(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    days: frozenset[int]
    source: str
    verified: bool


class _Announced(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    year: int
    off: list[str]
    worked: list[str]
    source: str
    verified: bool


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: str
    weekend: _Weekend
    year: list[_Announced] = []


def shipped() -> Calendar:
    """The calendar that ships with the program. Raises UsageError where its table is wrong."""
    text = (files("jnw_resources") / "calendar" / "working_days.toml").read_text("utf-8")
    table = _Table.model_validate(tomllib.loads(text))
    return Calendar(
        table.weekend.days,
        {row.year: Year(row.year, spans(row.off), spans(row.worked), row.source, row.verified) for row in table.year},
    )


def calendar_of(workspace: Workspace) -> Calendar:
    """The working days of a workspace."""
    with workspace.read() as connection:
        return calendar_from(connection)


def told(workspace: Workspace) -> dict[str, Any]:
    """The calendar for the window and scripts: ``weekend`` (1 Monday … 7 Sunday) and ``years``.

    Of each: ``year``, ``off``, ``worked`` (ISO days), ``source``, ``verified``, ``entered`` (in this workspace).
    """
    with workspace.read() as connection:
        known = calendar_from(connection)
        own = set(connection.scalars(sa.select(CALENDAR_YEAR.c.code)))
    rows = [
        {
            "year": year.year,
            "off": [day.isoformat() for day in year.off],
            "worked": [day.isoformat() for day in year.worked],
            "source": year.source,
            "verified": year.verified,
            "entered": str(year.year) in own,
        }
        for _number, year in sorted(known.years.items())
    ]
    return {"weekend": sorted(known.weekend), "years": rows}


def calendar_from(connection: sa.Connection) -> Calendar:
    """The working days of a workspace that is being read."""
    rows = connection.execute(sa.select(CALENDAR_YEAR)).all()
    own = [
        Year(int(row.code), spans(row.off.split()), spans(row.worked.split()), row.source, bool(row.verified))
        for row in rows
    ]
    known = shipped()
    return Calendar(known.weekend, {**known.years, **{year.year: year for year in own}})


def spans(texts: Iterable[str]) -> tuple[datetime.date, ...]:
    """Days of ``2027-01-01`` and ``2027-01-01/2027-01-03``, each once, in order. Raises UsageError."""
    days: set[datetime.date] = set()
    for text in texts:
        first, _slash, last = text.partition("/")
        try:
            begin = datetime.date.fromisoformat(first)
            end = datetime.date.fromisoformat(last) if last else begin
        except ValueError as error:
            raise UsageError(
                _("{text} is not a day.").format(text=text),
                _("Write days as 2027-01-01, several in a row as 2027-01-01/2027-01-03."),
            ) from error
        length = (end - begin).days + 1
        if not 0 < length <= LONGEST:
            raise UsageError(
                _("{text} is no span of days.").format(text=text),
                _("A span ends on or after its first day, and is no longer than {days} days.").format(days=LONGEST),
            )
        days |= {begin + datetime.timedelta(days=step) for step in range(length)}
    return tuple(sorted(days))


def set_year(
    workspace: Workspace,
    year: int,
    *,
    off: Sequence[str],
    worked: Sequence[str] = (),
    source: str,
    verified: bool = False,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Enter what is announced of a year, in place of what was: days off, and weekend days worked instead.

    ``off`` and ``worked`` as ``spans`` takes them; ``source``: the announcement; ``verified``: it was read itself.
    Raises UsageError.
    """
    if not source.strip():
        raise UsageError(
            _("A year's holidays need their source."), _("Name the announcement they were read in, with its number.")
        )
    announced = Year(year, spans(off), spans(worked), source.strip(), verified)
    _refuse(announced, shipped().weekend)
    values = {"off": " ".join(off), "worked": " ".join(worked), "source": announced.source, "verified": verified}
    with workspace.change(why or _("Public holidays of {year}").format(year=year), who) as change:
        uid = _uid(change.connection, year)
        if uid is None:
            change.insert(CALENDAR_YEAR, [values | {"code": str(year)}])
        else:
            change.update(CALENDAR_YEAR, uid, values)
    return change.result


def _refuse(announced: Year, weekend: frozenset[int]) -> None:
    year = announced.year
    days = (*announced.off, *announced.worked)
    stray = [day for day in days if day.year != year and (day.year, day.month) != (year - 1, 12)]
    if stray or not announced.off:
        raise UsageError(
            _("{day} is no day of {year}.").format(day=stray[0], year=year)
            if stray
            else _("No day off is given for {year}.").format(year=year),
            _("Give the days off of that year with --off; New Year's may begin in the December before."),
        )
    both = sorted(set(announced.off) & set(announced.worked))
    if both:
        raise UsageError(
            _("{day} cannot be both off and worked.").format(day=both[0]), _("Take it out of one of the two.")
        )
    plain = [day for day in announced.worked if day.isoweekday() not in weekend]
    if plain:
        raise UsageError(
            _("{day} is a working day as it is.").format(day=plain[0]),
            _("With --worked name only days of a weekend that are worked in place of a day off."),
        )


def remove_year(workspace: Workspace, year: int, *, who: str | None = None, why: str | None = None) -> ChangeResult:
    """Take away what was entered of a year; what ships with the program counts again. Raises UsageError."""
    with workspace.change(why or _("Take the public holidays of {year} away").format(year=year), who) as change:
        uid = _uid(change.connection, year)
        if uid is None:
            raise UsageError(
                _("No holidays were entered for {year}.").format(year=year),
                _("jnw calendar W shows the years there are."),
            )
        change.delete(CALENDAR_YEAR, uid)
    return change.result


def _uid(connection: sa.Connection, year: int) -> str | None:
    found: str | None = connection.scalar(sa.select(CALENDAR_YEAR.c.uid).where(CALENDAR_YEAR.c.code == str(year)))
    return found


def told_unknown(years: Sequence[int]) -> str:
    """The sentence that goes with a date counted through years whose holidays are not known; empty without any."""
    if not years:
        return ""
    return _("Public holidays of {years} are not in the calendar: weekends alone were counted.").format(
        years=", ".join(map(str, years))
    )
