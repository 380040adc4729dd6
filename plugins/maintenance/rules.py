"""The rules of upkeep: which task is for which facility, when it is due, what a result says of the facility."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]  # datetime64[D]; NaT: never
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Task:
    """One kind of upkeep, of facilities of ``kind``.

    ``only``: a field of theirs and its values (``None``: unknown) for which the task has a meaning. ``own_date``: the
    field that says when it was last done. ``measured``: what is measured; ``kept``: of that, what the facility has a
    field of the same name for. ``operability``: a result says whether the facility can be operated.
    """

    id: str
    kind: str
    only: tuple[str, tuple[str | None, ...]] | None = None
    own_date: str | None = None
    measured: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    operability: bool = False

    def suits(self, row: dict[str, Any]) -> bool:
        """Whether the task has a meaning for a facility with these fields."""
        return self.only is None or row.get(self.only[0]) in self.only[1]


TASKS: dict[str, Task] = {
    task.id: task
    for task in (
        Task(
            "exercise",
            "valve",
            ("valve_kind", (None, "gate", "butterfly")),
            "last_operated",
            ("turns",),
            ("turns",),
            operability=True,
        ),
        Task("flush", "valve", ("valve_kind", ("blow_off",)), "last_operated", ("turns",), ("turns",), True),
        Task("service", "valve", ("valve_kind", ("air",)), operability=True),
        Task("flow_test", "hydrant", measured=("flow", "pressure"), operability=True),
        Task("verify", "meter", measured=("reading",)),
        Task("clean", "pump_room", ("supply_mode", (None, "tank", "roof"))),
    )
}
RESULTS = ("ok", "defect", "could_not")
DONE = ("ok", "defect")  # the task was carried out
FOUND = ("stuck", "lost", "buried", "other")  # what stood in the way, or the defect
BAD = ("stuck", "lost", "buried")  # of those, what a facility's operability can be
STATES = ("overdue", "due", "done", "later")
OVERDUE, DUE, DONE_FOR_NOW, LATER = range(len(STATES))
FAR = np.datetime64("9999-12-31", "D")
OPERATED = ("exercise", "flush")  # tasks that open and close a valve


def add_months(days: Days, months: int) -> Days:
    """The same day ``months`` later, and the last of the month where that month has no such day; NaT stays NaT."""
    first = days.astype("datetime64[M]")
    into = days - first.astype("datetime64[D]")
    then = first + np.timedelta64(months, "M")
    last = (then + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    made: Days = np.minimum(then.astype("datetime64[D]") + into, last)
    return made


def due_days(last: Days, months: int, start: np.datetime64) -> Days:
    """When each facility is due: ``months`` after it was ``last`` done, at once if never; never before ``start``."""
    made: Days = np.where(np.isnat(last), start, np.maximum(add_months(last, months), start))
    return made


@dataclass(frozen=True)
class Part:
    """What one plan holds of a list of facilities: their places in it, its interval in months and its first day."""

    places: Places
    months: int
    start: np.datetime64


def soonest(last: Days, parts: Sequence[Part]) -> tuple[Days, Places]:
    """When each of a list of facilities is due by the plan that comes first, and which that is; -1 and FAR for none."""
    due = np.full(len(last), FAR)
    which = np.full(len(last), -1, dtype=np.intp)
    for number, part in enumerate(parts):
        days = due_days(last[part.places], part.months, part.start)
        sooner = part.places[days < due[part.places]]
        due[sooner] = days[days < due[part.places]]
        which[sooner] = number
    return due, which


def states(due: Days, last: Days, today: np.datetime64, within: int) -> npt.NDArray[np.int8]:
    """An index of STATES for each: past, due within ``within`` days, done for now, or never done and not due yet."""
    made = np.where(np.isnat(last), LATER, DONE_FOR_NOW).astype(np.int8)
    made[due <= today + np.timedelta64(within, "D")] = DUE
    made[due < today] = OVERDUE
    return made


@dataclass(frozen=True)
class Month:
    """One month of a task: how many were ``due`` by its end as it began, and how many of these were ``done`` in it."""

    month: str
    due: int
    done: int


@dataclass(frozen=True)
class Done:
    """What was done to a list of facilities, one after the other in time: places in the list, and the days."""

    places: Places
    days: Days


def completion(
    done: Done, count: int, months: npt.NDArray[np.datetime64], parts_of: Sequence[tuple[Part, np.datetime64]]
) -> Iterator[Month]:
    """Month after month how many of ``count`` facilities were due and how many of them were done.

    ``months``: datetime64[M], one after the other; ``done``: all that was ever done; ``parts_of``: each plan with its
    last day (FAR: it goes on).
    """
    last = np.full(count, np.datetime64("NaT", "D"))
    low = 0
    for month in months:
        first, after = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]")
        before, high = np.searchsorted(done.days, [first, after])
        last[done.places[low:before]] = done.days[low:before]  # in the order of time: the latest stays
        days, _which = soonest(last, [part for part, ended in parts_of if part.start < after and ended >= first])
        owed = days < after
        met = np.zeros(len(last), dtype=bool)
        met[done.places[before:high]] = True
        yield Month(str(month), int(owed.sum()), int((owed & met).sum()))
        low = before


def tours(at: npt.NDArray[np.float64], most: int) -> Iterator[Places]:
    """Places ``at`` (n × 2, m) in groups of no more than ``most`` that lie together: halved across the longer side."""
    waiting = [np.arange(len(at))]
    while waiting:
        group = waiting.pop()
        if len(group) <= most:
            if len(group):
                yield group
            continue
        side = int(np.argmax(np.ptp(at[group], axis=0)))
        order = group[np.argsort(at[group, side], kind="stable")]
        count = -(-len(group) // most)
        cut = round(len(group) * (count // 2) / count)  # no more groups than must be, and of one size
        waiting += [order[cut:], order[:cut]]


@dataclass(frozen=True)
class Entry:
    """What a crew writes down: who did what to which facility, when, and what came of it.

    ``found``: one of FOUND; ``left_as``: the state a valve was left in; ``turns``: to close; ``flow`` in L/s;
    ``pressure`` in MPa; ``reading`` in m³; ``photo``: the hash of one that is attached to the facility.
    """

    code: str
    task: str
    date: datetime.date
    done_by: str
    result: str
    found: str | None = None
    left_as: str | None = None
    turns: float | None = None
    flow: float | None = None
    pressure: float | None = None
    reading: float | None = None
    note: str | None = None
    photo: str | None = None


def effects(entry: Entry) -> dict[str, Any]:
    """What the newest entry says of its facility, by field.

    Only what was carried out counts as done. Turns are those to close when nothing was wrong.
    """
    task = TASKS[entry.task]
    values: dict[str, Any] = {}
    if entry.result in DONE and task.own_date is not None:
        values[task.own_date] = entry.date.isoformat()
    if task.operability and entry.found in BAD:
        values["operability"] = entry.found
    elif task.operability and entry.result == "ok":
        values["operability"] = "operable"
    if entry.result == "ok":
        values |= {name: getattr(entry, name) for name in task.kept if getattr(entry, name) is not None}
    if entry.left_as is not None:
        values["present_state"] = entry.left_as
    return values


def breach(entry: Entry, today: datetime.date) -> str | None:
    """What is wrong with an entry by itself: ``future``, ``found``, ``fine``, ``left``, ``measured``; or ``None``."""
    task = TASKS[entry.task]
    strange = {"turns", "flow", "pressure", "reading"} - set(task.measured)
    wrong = {
        "future": entry.date > today,
        "found": entry.result == "could_not" and entry.found is None,
        "fine": entry.result == "ok" and entry.found is not None,
        "left": entry.left_as is not None and (entry.task not in OPERATED or entry.result == "could_not"),
        "measured": any(getattr(entry, name) is not None for name in strange),
    }
    return next((name for name, is_so in wrong.items() if is_so), None)
