"""Stalls of the window: how long its event loop stood still, doing what, and at which line of the program."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QObject, QTimer

BEAT_MS = 5  # the heartbeat that stalls are seen by
LOOK_AFTER_S = 0.025  # a beat that is later than this has the window's thread looked at
LOOK_EVERY_S = 0.01


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

    A thread of its own looks what the watched one is doing. It holds the interpreter's lock while it looks: to read the
    frames of a thread that runs, as ``faulthandler`` does, ends the program now and then. Of a long call into Qt it
    sees the line that made it as soon as that returns.
    """

    def __init__(self, driver: str, parent: QObject | None = None) -> None:
        """``driver`` is the file of what plays the user: its lines cause nothing."""
        super().__init__(parent)
        self._drivers = (driver, __file__)
        self._thread = threading.get_ident()
        self.doing = "start"
        self.stalls: list[Stall] = []
        self._last, self._worked, self._where = 0.0, 0.0, ""
        self._stopped = threading.Event()
        self._beat = QTimer(self)
        self._beat.timeout.connect(self._tick)

    def start(self) -> None:
        """Watch from now on."""
        self._again()
        self._stopped = threading.Event()
        threading.Thread(target=self._look, args=(self._stopped,), name="stalls", daemon=True).start()
        self._beat.start(BEAT_MS)

    def stop(self) -> None:
        """Watch no more; what was seen stays in ``stalls``."""
        self._beat.stop()
        self._stopped.set()

    def worst(self) -> Stall:
        """The longest so far; of no length where none was seen."""
        return max(self.stalls, key=lambda stall: stall.ms, default=Stall(0.0, 0.0, "", ""))

    def over(self, ms: float) -> list[Stall]:
        """Those longer than ``ms``, in the order of time."""
        return [stall for stall in self.stalls if stall.ms > ms]

    def _again(self) -> None:
        self._where = ""
        self._last, self._worked = time.perf_counter(), time.thread_time()

    def _tick(self) -> None:
        late = time.perf_counter() - self._last - BEAT_MS / 1000
        if late > LOOK_AFTER_S:
            busy = min(time.thread_time() - self._worked, late)
            self.stalls.append(Stall(late * 1000, busy * 1000, self.doing, self._where))
        self._again()

    def _look(self, stopped: threading.Event) -> None:
        """On the looking thread: once in each stall, where the watched thread is."""
        while not stopped.wait(LOOK_EVERY_S):
            beat = self._last
            if time.perf_counter() - beat > LOOK_AFTER_S and not self._where:
                where = self._place(sys._current_frames().get(self._thread))
                if beat == self._last:  # the stall still lasts
                    self._where = where

    def _place(self, frame: FrameType | None) -> str:
        """The innermost line of the program on the way to ``frame``."""
        while frame is not None:
            file = frame.f_code.co_filename
            if "jnw_" in file and file not in self._drivers:
                return f"{Path(file).name}:{frame.f_lineno} {frame.f_code.co_name}"
            frame = frame.f_back
        return ""
