"""A page's own long job: how far it is, what it does, and a button that cancels it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.errors import JnwError
from jnw_desktop.language import _
from jnw_desktop.worker.client import Cancelled, Job


class Running(QWidget):
    """Empty while nothing runs. A page that is closed lets its job go on; the list of tasks has it too."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self._jobs = jobs
        self._job: Job | None = None
        self.message = QLabel()
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setMaximumWidth(220)
        self.cancel = QPushButton(_("Cancel"))
        self.cancel.clicked.connect(lambda: self._job is not None and self._job.cancel())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.message, 1)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        jobs.progressed.connect(self._progress)
        self._show(False)

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self._job is not None

    def run(
        self,
        title: str,
        operation: str,
        take: Callable[[Any], object],
        refused: Callable[[JnwError], object],
        **values: Any,
    ) -> None:
        """Run a job; ``take`` or ``refused`` gets what became of it, Cancelled among the refusals."""

        def ended(tell: Callable[[Any], object], value: Any) -> None:
            if shiboken6.isValid(self):
                self._job = None
                self._show(False)
                tell(value)
            elif isinstance(value, JnwError) and not isinstance(value, Cancelled):
                self._jobs.failed.emit(value)

        self.bar.setValue(0)
        self.message.setText(title)
        self._job = self._jobs.run(
            title, operation, lambda value: ended(take, value), lambda error: ended(refused, error), **values
        )
        self._show(True)

    def _progress(self, number: int, fraction: float, message: str) -> None:
        if self._job is not None and number == self._job.number:
            self.bar.setValue(round(fraction * 100))
            self.message.setText(message)

    def _show(self, on: bool) -> None:
        for widget in (self.message, self.bar, self.cancel):
            widget.setVisible(on)
