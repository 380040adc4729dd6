"""Inside the worker: one open workspace, changes one after the other, reads beside them."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from jnw_desktop.errors import JnwError, ToldError, UsageError
from jnw_desktop.language import _
from jnw_desktop.task import Task, TaskCancelled
from jnw_desktop.worker import catalogue, sessions
from jnw_desktop.workspace import ChangeResult, Workspace
from jnw_desktop.workspace.errors import ReadOnlyWorkspace

LOOK_OUTSIDE = 1.0  # seconds between two looks for changes by other programs
READERS = 2


class _Made(threading.local):
    """The change sets that a thread has made and not told of yet: each tells of its own, after its answer."""

    def __init__(self) -> None:
        self.changes: deque[ChangeResult] = deque()


class Server:
    """Messages in: run, cancel. Messages out: progress, done, failed, changed. All are tuples of plain values."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._changing = ThreadPoolExecutor(1, "change")
        self._reading = ThreadPoolExecutor(READERS, "read")
        self._cancelled: set[int] = set()
        self._workspace: Workspace | None = None
        self._made = _Made()
        self._over = threading.Event()
        # What is asked of a place, not of the open workspace.
        self._own: dict[str, Callable[..., Any]] = {"workspace.open": self._open, "workspace.migrate": self._migrate}

    def run(self) -> None:
        """Serve until the window is gone."""
        threading.Thread(target=self._watch, name="outside", daemon=True).start()
        try:
            while True:
                message = self._connection.recv()
                if message[0] == "run":
                    self._take(*message[1:])
                elif message[0] == "cancel":
                    self._cancelled.add(message[1])
                else:
                    break
        except (EOFError, OSError):
            pass
        self._over.set()
        self._reading.shutdown(wait=False, cancel_futures=True)
        self._changing.shutdown(wait=True, cancel_futures=True)  # a change that has begun ends whole
        if self._workspace is not None:
            self._workspace.close()

    def _take(self, number: int, name: str, values: dict[str, Any]) -> None:
        try:
            changes = name in self._own or catalogue.find(name).changes
        except JnwError as error:
            self._send("failed", number, _sendable(error))
            return
        lane = self._changing if changes else self._reading
        doing = lane.submit(self._run_and_tell, number, name, values)
        if name == "workspace.open":
            doing.result()  # what is asked after it is asked of the new workspace

    def _run_and_tell(self, number: int, name: str, values: dict[str, Any]) -> None:
        self._do(number, name, values)
        self._tell_changes()

    def _tell_changes(self) -> None:
        """What was changed is told after the answer, whatever that says; also of an operation that failed later on."""
        while self._made.changes:
            self._send("changed", self._made.changes.popleft())

    def _do(self, number: int, name: str, values: dict[str, Any]) -> None:
        task = Task(
            lambda fraction, message: self._send("progress", number, fraction, message),
            lambda: number in self._cancelled,
        )
        try:
            if number in self._cancelled:
                raise TaskCancelled  # noqa: TRY301 - cancelled while it waited
            value = self._own[name](task, **values) if name in self._own else self._operate(name, task, values)
        except TaskCancelled:
            self._send("failed", number, None)
        except JnwError as error:
            self._send("failed", number, _sendable(error))
        except Exception as fault:  # noqa: BLE001 - the boundary of the process: the fault goes to the window
            traceback.print_exc()
            told = JnwError(
                _("The operation failed: {fault}").format(fault=f"{type(fault).__name__}: {fault}"),
                _("Nothing was changed. The details are in the log."),
            )
            self._send("failed", number, told)
        else:
            self._send("done", number, value)
        self._cancelled.discard(number)

    def _operate(self, name: str, task: Task, values: dict[str, Any]) -> Any:
        if self._workspace is None:
            raise UsageError(_("No workspace is open."), _("Open one first."))
        return catalogue.find(name).run(self._workspace, task, values)

    def _migrate(self, task: Task, where: str) -> Any:
        from jnw_desktop.workspace.migrations.carry import migrate  # Alembic is wanted here alone

        return migrate(where, task=task)

    def _open(self, _task: Task, where: str, who: str | None = None) -> sessions.WorkspaceState:
        # Before the old one is let go: a refusal leaves it open.
        try:
            opened = Workspace.open(where, who=who)
        except ReadOnlyWorkspace:
            opened = Workspace.open(where, read_only=True)  # to look at; every change is refused with the reason
        if self._workspace is not None:
            self._workspace.close()
        self._workspace = opened
        opened.on_change = lambda result: self._made.changes.append(result)  # of the thread that changes
        return sessions.state(opened)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_OUTSIDE):
            self._changing.submit(self._look_outside)

    def _look_outside(self) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        try:
            if workspace.changed_elsewhere():
                if workspace.read_only or workspace.adopt_outside() is None:
                    self._send("changed", None)
                self._tell_changes()
        except JnwError as error:
            self._send("trouble", _sendable(error))

    def _send(self, *message: Any) -> None:
        with self._sending:
            try:
                self._connection.send(message)
            except OSError:
                self._over.set()


def _sendable(error: JnwError) -> JnwError:
    """An error that the window can take in without importing the room it comes from, scipy and all.

    What ``errors`` modules declare imports nothing and goes as it is: the window asks some of them what they are.
    """
    if type(error).__module__.rpartition(".")[2] == "errors":
        return error
    return ToldError(error.message, error.hint, error.kind, error.exit_status)
