"""Which days are worked: weekends, public holidays, working days that make up for them; and counting in them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]
DAY = "datetime64[D]"
MONDAY = 3  # days since the Monday before 1970-01-01, a Thursday
NEW_YEAR = 25  # of December: from then on a day may belong to the holiday that the next year's notice announces


@dataclass(frozen=True)
class Year:
    """What is announced of a year: days ``off``, days ``worked`` at a weekend in their place, and where it was read.

    Both may lie in the December before, as a New Year's holiday does that begins there.
    """

    year: int
    off: tuple[datetime.date, ...]
    worked: tuple[datetime.date, ...]
    source: str
    verified: bool


@dataclass(frozen=True)
class Calendar:
    """Days are worked but for the ``weekend`` (1 Monday … 7 Sunday) and what ``years`` announce.

    Of a year that is not in ``years`` the weekend alone is known: ``unknown`` says so, and whoever shows a date that
    was counted through it must.
    """

    weekend: frozenset[int]
    years: Mapping[int, Year]

    def __post_init__(self) -> None:
        if not self.weekend < frozenset(range(1, 8)):
            raise ValueError(self.weekend)

    @cached_property
    def _off(self) -> Days:
        return _days(day for year in self.years.values() for day in year.off)

    @cached_property
    def _worked(self) -> Days:
        return _days(day for year in self.years.values() for day in year.worked)

    def working(self, days: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether each of ``days`` (any shape, ``datetime64[D]``) is worked."""
        at = np.asarray(days, DAY)
        weekday = (at.astype(np.int64) + MONDAY) % 7 + 1
        ordinary = ~np.isin(weekday, list(self.weekend)) & ~np.isin(at, self._off)
        return np.asarray(ordinary | np.isin(at, self._worked))

    def added(self, days: npt.ArrayLike, counts: npt.ArrayLike) -> Days:
        """The ``counts``-th working day after each day, before it where negative, the day itself where 0.

        The two are broadcast together.
        """
        at, count = np.broadcast_arrays(np.asarray(days, DAY), np.asarray(counts, np.int64))
        if not at.size:
            return at.copy()
        reach = 14 + 2 * int(np.abs(count).max())
        while True:
            worked = self._axis(at, reach)
            after, from_ = np.searchsorted(worked, at, "right"), np.searchsorted(worked, at, "left")
            place = np.where(count > 0, after + count - 1, from_ + count)
            if len(worked) and place.min() >= 0 and place.max() < len(worked):
                return np.asarray(np.where(count == 0, at, worked[place]))
            reach *= 2

    def counted(self, begins: npt.ArrayLike, ends: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Working days after each of ``begins`` up to and with ``ends``; negative the other way round."""
        first, last = np.broadcast_arrays(np.asarray(begins, DAY), np.asarray(ends, DAY))
        if not first.size:
            return np.zeros(first.shape, np.int64)
        worked = self._axis(np.stack([first, last]), 1)
        return np.asarray(np.searchsorted(worked, last, "right") - np.searchsorted(worked, first, "right"))

    def _axis(self, at: Days, reach: int) -> Days:
        """Every working day from ``reach`` days before the first to as long after the last."""
        axis = np.arange(at.min() - reach, at.max() + reach + 1, dtype=DAY)
        return axis[self.working(axis)]

    def is_working(self, day: datetime.date) -> bool:
        """Whether ``day`` is worked."""
        return bool(self.working(np.datetime64(day)))

    def add(self, day: datetime.date, count: int) -> datetime.date:
        """The ``count``-th working day after ``day``; before it where negative, ``day`` itself where 0."""
        return _date(self.added(np.datetime64(day), count))

    def count(self, begin: datetime.date, end: datetime.date) -> int:
        """Working days after ``begin`` up to and with ``end``: ``count(day, add(day, 5))`` is 5."""
        return int(self.counted(np.datetime64(begin), np.datetime64(end)))

    def next_working_day(self, day: datetime.date) -> datetime.date:
        """The first working day that is not before ``day``."""
        return day if self.is_working(day) else self.add(day, 1)

    def last_working_day(self, day: datetime.date) -> datetime.date:
        """The last working day that is not after ``day``."""
        return day if self.is_working(day) else self.add(day, -1)

    def unknown(self, begin: datetime.date, end: datetime.date) -> tuple[int, ...]:
        """Years between the two, whichever comes first, of whose holidays nothing is known."""
        first, last = min(begin, end), max(begin, end)
        ahead = (last.month, last.day) >= (12, NEW_YEAR)
        return tuple(year for year in range(first.year, last.year + 1 + ahead) if year not in self.years)


def _days(days: Iterable[datetime.date]) -> Days:
    return np.array(sorted(days), DAY)


def _date(day: Any) -> datetime.date:
    found: datetime.date = np.asarray(day, DAY).item()
    return found
