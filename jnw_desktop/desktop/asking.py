"""Questions of a page that its user changes while they are answered: only the answer to the newest counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtWidgets import QWidget

from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.errors import JnwError
from jnw_desktop.worker.client import Cancelled, Job


class Asking:
    """Asks for ``owner``; an earlier question is cancelled, and nothing is told to an owner that was closed.

    ``refused`` gets the error of the newest question, ``busy`` whether one is open.
    """

    def __init__(
        self, owner: QWidget, jobs: Jobs, refused: Callable[[JnwError], object], busy: Callable[[bool], object]
    ) -> None:
        self._owner, self._jobs = owner, jobs
        self._refused, self._busy = refused, busy
        self._number = 0
        self._open: Job | None = None

    @property
    def is_open(self) -> bool:
        """Whether an answer is awaited."""
        return self._open is not None

    def ask(self, operation: str, take: Callable[[Any], object], **values: Any) -> None:
        """Ask in place of what was asked before."""
        self.drop()
        number = self._number

        def answered(tell: Callable[[Any], object], value: Any) -> None:
            if number == self._number and shiboken6.isValid(self._owner):
                self._open = None
                self._busy(False)
                tell(value)

        def refused(error: JnwError) -> None:
            if not isinstance(error, Cancelled):
                answered(self._refused, error)

        self._busy(True)
        self._open = self._jobs.ask(operation, lambda value: answered(take, value), refused, **values)

    def drop(self) -> None:
        """Want no answer any more."""
        self._number += 1
        if self._open is not None:
            self._open.cancel()
            self._open = None
            self._busy(False)
