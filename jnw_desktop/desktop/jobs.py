"""The worker as the window sees it: asks by name, answers as calls on the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from jnw_desktop.errors import JnwError
from jnw_desktop.worker.client import Cancelled, Job, WorkerClient

OnValue = Callable[[Any], None]
OnError = Callable[[JnwError], None]


class Jobs(QObject):
    """``ask`` for quick reads, ``run`` for jobs the user watches. Errors without a handler go to ``failed``."""

    changed = Signal(object)  # ChangeResult, None when another process changed something
    failed = Signal(object)  # JnwError
    started = Signal(int, str)  # number, title
    progressed = Signal(int, float, str)
    ended = Signal(int, object)  # number, JnwError or None
    _call = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # The worker calls on its reading thread; a queued signal carries the call to the window's thread.
        self._call.connect(lambda call: call())
        self.worker = WorkerClient(
            on_changed=lambda result: self._call.emit(lambda: self.changed.emit(result)),
            on_trouble=lambda error: self._call.emit(lambda: self.failed.emit(error)),
        )
        self._running: dict[int, Job] = {}

    def start(self) -> None:
        """Start the worker."""
        self.worker.start()

    def stop(self) -> None:
        """Stop the worker; a change that has begun ends whole."""
        self.worker.stop()

    def ask(self, operation: str, on_value: OnValue, /, on_error: OnError | None = None, **values: Any) -> Job:
        """Ask quietly."""

        def done(value: Any, error: JnwError | None) -> None:
            self._call.emit(lambda: self._answer(value, error, on_value, on_error))

        return self.worker.submit(operation, on_done=done, **values)

    def run(
        self, title: str, operation: str, on_value: OnValue, /, on_error: OnError | None = None, **values: Any
    ) -> Job:
        """Run a job that is shown with its progress and can be cancelled."""

        def done(value: Any, error: JnwError | None) -> None:
            self._call.emit(lambda: self._end(job, value, error, on_value, on_error))

        def progress(fraction: float, message: str) -> None:
            self._call.emit(lambda: self.progressed.emit(job.number, fraction, message))

        job = self.worker.submit(operation, on_done=done, on_progress=progress, **values)
        self._running[job.number] = job
        self.started.emit(job.number, title)
        return job

    def cancel(self, number: int) -> None:
        """Cancel a job that runs."""
        if number in self._running:
            self._running[number].cancel()

    def _end(self, job: Job, value: Any, error: JnwError | None, on_value: OnValue, on_error: OnError | None) -> None:
        self._running.pop(job.number, None)
        self.ended.emit(job.number, error)
        self._answer(value, error, on_value, on_error)

    def _answer(self, value: Any, error: JnwError | None, on_value: OnValue, on_error: OnError | None) -> None:
        if error is None:
            on_value(value)
        elif on_error is not None:
            on_error(error)
        elif not isinstance(error, Cancelled):
            self.failed.emit(error)
