"""The course of a shut-off: which step may follow which, when notice is due, when two shut-offs meet."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

KINDS = ("planned", "emergency")
STATES = ("planned", "approved", "notified", "closed", "repaired", "restored", "cancelled")
IN_FORCE = ("closed", "repaired")  # its valves are closed
OVER = ("restored", "cancelled")

_NEXT = {
    "planned": ("approved", "cancelled"),
    "approved": ("notified", "cancelled"),
    "notified": ("closed", "cancelled"),
    "closed": ("repaired",),  # what is closed cannot be cancelled: it is restored
    "repaired": ("restored",),
}


@dataclass(frozen=True)
class Figures:
    """Hours of the law: of notice before a planned closing, and of an outage beyond which supply is arranged."""

    notice_hours: float
    supply_hours: float


@dataclass(frozen=True)
class Step:
    """A step that was taken."""

    state: str
    at: datetime.datetime


@dataclass(frozen=True)
class Course:
    """A shut-off so far; ``begin``, ``end`` as planned, ``supply``: emergency supply is arranged.

    ``hydrants``: some lose their water; ``fire``: when the fire brigade was told of what is planned now.
    """

    kind: str
    steps: Sequence[Step]
    begin: datetime.datetime
    end: datetime.datetime
    supply: bool
    hydrants: bool = False
    fire: datetime.datetime | None = None

    @property
    def state(self) -> str:
        """The last step's."""
        return self.steps[-1].state

    @property
    def hours(self) -> float:
        """How long the outage is planned to last."""
        return hours_between(self.begin, self.end)


def hours_between(begin: datetime.datetime, end: datetime.datetime) -> float:
    """Hours from ``begin`` to ``end``."""
    return (end - begin).total_seconds() / 3600.0


def moment(text: str) -> datetime.datetime:
    """An ISO 8601 time, in this machine's zone where it names none. Raises ValueError."""
    told = datetime.datetime.fromisoformat(text)
    return told if told.tzinfo else told.astimezone()


def next_states(kind: str, state: str) -> tuple[str, ...]:
    """What may follow; an emergency needs no approval before its notice."""
    if kind == "emergency" and state == "planned":
        return ("notified", "approved", "cancelled")
    return _NEXT.get(state, ())


def needs_supply(course: Course, figures: Figures) -> bool:
    """Whether the outage is so long that emergency supply must be arranged."""
    return course.hours > figures.supply_hours


def breach(course: Course, to: str, at: datetime.datetime, figures: Figures) -> str | None:
    """Why ``to`` may not be taken ``at`` that time; ``None`` where it may.

    ``order``, ``time``, ``notice`` (of the users), ``fire`` (of the fire brigade), ``supply``.
    """
    if to not in next_states(course.kind, course.state):
        return "order"
    if at < course.steps[-1].at:
        return "time"
    if course.kind == "planned" and to == "notified" and needs_supply(course, figures) and not course.supply:
        return "supply"
    if course.kind == "planned" and to == "closed":
        notified = max(step.at for step in course.steps if step.state == "notified")
        if hours_between(notified, at) < figures.notice_hours:
            return "notice"
        if course.hydrants and (course.fire is None or hours_between(course.fire, at) < figures.notice_hours):
            return "fire"
    return None


def state_after_replan(kind: str, state: str, more_customers: int) -> str:
    """A planned shut-off that hits customers who had no notice is to be notified again."""
    return "approved" if kind == "planned" and state == "notified" and more_customers else state


def meet(one: tuple[datetime.datetime, datetime.datetime], other: tuple[datetime.datetime, datetime.datetime]) -> bool:
    """Whether two spans of time share more than an instant."""
    return one[0] < other[1] and other[0] < one[1]
