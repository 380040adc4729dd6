"""A running job's side of the conversation: it reports progress and learns that it was cancelled. Knows no window."""

from __future__ import annotations

import time
from collections.abc import Callable


class TaskCancelled(Exception):
    """Raised inside an operation at its next progress report after the user cancelled it."""


class Task:
    """Progress and cancel of one running operation.

    ``report(fraction, message)`` is called with a fraction in 0..1 at most ten times a second; ``cancelled()`` is asked
    at every call of :meth:`progress`, so an operation that reports progress can be cancelled without further code.
    """

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


SILENT = Task()
