"""Stalls of the window: how long its event loop stood still, doing what, and at which line of the program."""

from __future__ import annotations

import faulthandler
import re
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PySide6.QtCore import QObject, QTimer

BEAT_MS = 5  # the heartbeat that stalls are seen by
LOOK_AFTER_S = 0.025  # a beat that is later than this has its traceback taken
_FRAME = re.compile(r'File "(?P<file>.+)", line (?P<line>\d+) in (?P<function>.+)')


@dataclass(frozen=True)
class Stall:
    """``ms`` the loop stood still while ``doing``; ``where`` is ``file:line function``, empty inside Qt itself.

    ``busy_ms``: how long of it this thread was at work; the rest it waited for the machine.
    """

    ms: float
    busy_ms: float
    doing: str
    where: str


class StallWatch(QObject):
    """Watches the loop of the thread it is made in, between ``start`` and ``stop``.

    The traceback is taken by ``faulthandler``'s own thread, which needs no interpreter lock and so sees who holds it.
    """

    def __init__(self, driver: str, parent: QObject | None = None) -> None:
        """``driver`` is the file of what plays the user: its lines cause nothing."""
        super().__init__(parent)
        self._drivers = (driver, __file__)
        self._thread = threading.get_ident()
        self.doing = "start"
        self.stalls: list[Stall] = []
        self._last, self._worked = 0.0, 0.0
        self._traces: IO[bytes] | None = None  # while it watches
        self._beat = QTimer(self)
        self._beat.timeout.connect(self._tick)

    def start(self) -> None:
        """Watch from now on."""
        self._traces = tempfile.TemporaryFile()  # noqa: SIM115  # closed by stop
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._arm()
        self._beat.start(BEAT_MS)

    def stop(self) -> None:
        """Watch no more; what was seen stays in ``stalls``."""
        self._beat.stop()
        faulthandler.cancel_dump_traceback_later()
        if self._traces is not None:
            self._traces.close()
            self._traces = None

    def worst(self) -> Stall:
        """The longest so far; of no length where none was seen."""
        return max(self.stalls, key=lambda stall: stall.ms, default=Stall(0.0, 0.0, "", ""))

    def over(self, ms: float) -> list[Stall]:
        """Those longer than ``ms``, in the order of time."""
        return [stall for stall in self.stalls if stall.ms > ms]

    def _arm(self) -> None:
        assert self._traces is not None
        self._traces.seek(0)
        self._traces.truncate()
        faulthandler.dump_traceback_later(LOOK_AFTER_S, file=self._traces)

    def _tick(self) -> None:
        now = time.perf_counter()
        late = now - self._last - BEAT_MS / 1000
        faulthandler.cancel_dump_traceback_later()
        if late > LOOK_AFTER_S:
            busy = min(time.thread_time() - self._worked, late)
            self.stalls.append(Stall(late * 1000, busy * 1000, self.doing, self._where()))
        self._arm()
        self._last, self._worked = time.perf_counter(), time.thread_time()

    def _where(self) -> str:
        """The innermost line of the program in this thread's part of the traceback."""
        assert self._traces is not None
        self._traces.seek(0)
        ours = False
        for line in self._traces.read().decode(errors="replace").splitlines():
            if line.startswith("Thread "):
                ours = line.startswith(f"Thread 0x{self._thread:016x} ")
            frame = _FRAME.search(line) if ours else None
            if frame and "jnw_" in frame["file"] and frame["file"] not in self._drivers:
                return f"{Path(frame['file']).name}:{frame['line']} {frame['function']}"
        return ""
