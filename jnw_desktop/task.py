"""A running job's side of the conversation: it reports progress and learns that it was cancelled. Knows no window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Row = TypeVar("Row")


class TaskCancelled(Exception):
    """Raised inside an operation at its next progress report after the user cancelled it."""


class Task:
    """Progress and cancel of one running operation.

    ``report(fraction, message)`` is called with a fraction in 0..1 at most ten times a second; ``cancelled()`` is asked
    at every call of :meth:`progress`, so an operation that reports progress can be cancelled without further code.
    """

    EVERY = 10_000  # rows between two looks
    INTERVAL = 0.1  # seconds between two reports that leave the process

    def __init__(
        self,
        report: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._report = report
        self._cancelled = cancelled
        self._last = 0.0

    def progress(self, fraction: float, message: str = "") -> None:
        """Say how far the job is; raises :class:`TaskCancelled` when the user has cancelled."""
        if self._cancelled is not None and self._cancelled():
            raise TaskCancelled
        now = time.monotonic()
        if self._report is not None and (now - self._last >= self.INTERVAL or fraction >= 1.0):
            self._last = now
            self._report(fraction, message)

    def part(self, low: float, high: float) -> Task:
        """The task of a step of this one, which goes on from ``low`` to ``high`` meanwhile."""
        return _Part(self, low, high)

    def each(self, rows: Iterable[Row], count: int, message: str) -> Iterator[Row]:
        """The ``count`` rows, progress told as they go by."""
        for number, row in enumerate(rows):
            if number % self.EVERY == 0:
                self.progress(min(1.0, number / max(count, 1)), message)
            yield row


class _Part(Task):
    """A step of a task."""

    def __init__(self, whole: Task, low: float, high: float) -> None:
        super().__init__()
        self._whole, self._low, self._high = whole, low, high

    def progress(self, fraction: float, message: str = "") -> None:
        """Say how far the step is."""
        self._whole.progress(self._low + (self._high - self._low) * fraction, message)


SILENT = Task()
