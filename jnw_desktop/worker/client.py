"""The window's side of the worker: submit by name, answers by callback. Knows no Qt."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Listener
from typing import Any

from jnw_desktop import language
from jnw_desktop.errors import JnwError
from jnw_desktop.language import _
from jnw_desktop.worker.catalogue import find

OnDone = Callable[[Any, JnwError | None], None]
OnProgress = Callable[[float, str], None]


class WorkerDied(JnwError):
    """The worker process ended while it worked; it was started again."""

    kind = "worker_died"


class Cancelled(JnwError):
    """The user cancelled the job."""

    kind = "cancelled"


@dataclass(frozen=True)
class Job:
    """One submitted operation."""

    number: int
    operation: str
    on_done: OnDone
    on_progress: OnProgress | None
    worker: WorkerClient

    def cancel(self) -> None:
        """Ask for it to end; it answers with Cancelled."""
        self.worker.cancel(self.number)


class WorkerClient:
    """One worker process. Callbacks come on its reading thread.

    ``on_changed(result)`` after every change set, ``None`` when another process made it; ``on_trouble(error)`` when the
    worker died or could not look at the workspace. A worker that dies is started again and opens the same workspace;
    what is asked meanwhile waits for it.
    """

    def __init__(self, on_changed: Callable[[Any], None], on_trouble: Callable[[JnwError], None]) -> None:
        self._on_changed = on_changed
        self._on_trouble = on_trouble
        self._jobs: dict[int, Job] = {}
        self._number = 0
        self._lock = threading.RLock()
        self._later: list[tuple[Any, ...]] = []  # what is said while there is no connection
        self._opened: dict[str, Any] | None = None  # what the workspace was opened with
        self._stopping = False
        self._process: subprocess.Popen[str] | None = None
        self._connection: Connection | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start the process."""
        connection = self._spawn()
        with self._lock:
            self._connection = connection
            if self._opened is not None:
                self.submit("workspace.open", on_done=lambda _value, _error: None, **self._opened)
            later, self._later = self._later, []
            for message in later:
                self._send(*message)
        self._reader = threading.Thread(target=self._read, args=(connection,), name="worker", daemon=True)
        self._reader.start()

    def _spawn(self) -> Connection:
        key = secrets.token_bytes(32)
        with Listener(authkey=key) as listener:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jnw_desktop.worker"], stdin=subprocess.PIPE, text=True
            )
            assert self._process.stdin is not None
            told = {"address": listener.address, "key": key.hex(), "language": language.current()}
            self._process.stdin.write(json.dumps(told) + "\n")
            self._process.stdin.close()
            return listener.accept()

    @property
    def pid(self) -> int | None:
        """The worker's process."""
        return self._process.pid if self._process is not None else None

    def submit(
        self, operation: str, /, *, on_done: OnDone, on_progress: OnProgress | None = None, **values: Any
    ) -> Job:
        """Run ``operation``; ``on_done(value, error)`` is called once."""
        with self._lock:
            self._number += 1
            job = Job(self._number, operation, on_done, on_progress, self)
            self._jobs[job.number] = job
            if operation == "workspace.open":
                self._opened = values
            self._send("run", job.number, operation, values)
        return job

    def cancel(self, number: int) -> None:
        """Ask for a job to end."""
        self._send("cancel", number)

    def stop(self, timeout: float = 10.0) -> None:
        """End the process when its change is done."""
        self._stopping = True
        self._send("stop")
        if self._process is not None:
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join(timeout)  # it sees the end of the connection
        if self._connection is not None:
            self._connection.close()

    def _send(self, *message: Any) -> None:
        with self._lock:
            if self._connection is None:
                self._later.append(message)
                return
            with suppress(OSError):  # the reading thread sees the end and fails the jobs
                self._connection.send(message)

    def _read(self, connection: Connection) -> None:
        try:
            while True:
                self._take(*connection.recv())
        except (EOFError, OSError):
            if not self._stopping:
                self._died()

    def _take(self, what: str, *rest: Any) -> None:
        if what == "changed":
            self._on_changed(rest[0])
        elif what == "trouble":
            self._on_trouble(rest[0])
        elif what == "progress":
            job = self._jobs.get(rest[0])
            if job is not None and job.on_progress is not None:
                job.on_progress(rest[1], rest[2])
        else:
            with self._lock:
                job = self._jobs.pop(rest[0], None)
            if job is not None and what == "done":
                job.on_done(rest[1], None)
            elif job is not None:
                job.on_done(None, rest[1] or Cancelled(_("Cancelled.")))

    def _died(self) -> None:
        with self._lock:
            lost, self._jobs = self._jobs, {}
            self._connection = None
        if self._process is not None:
            self._process.wait()
        if any(_changes(job.operation) for job in lost.values()):
            hint = _("The change was not made; nothing was lost. Try it once more.")
        else:
            hint = _("Try it once more.") if lost else ""
        error = WorkerDied(_("The worker ended unexpectedly and was started again."), hint)
        self.start()
        for job in lost.values():
            job.on_done(None, error)
        self._on_trouble(error)


def _changes(operation: str) -> bool:
    """Whether an operation changes the workspace; one that does not exist changes nothing."""
    try:
        return find(operation).changes
    except JnwError:
        return False
