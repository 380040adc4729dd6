"""Measures in the real window, in a process of its own: ``python -m jnw_desktop.bench.window WORKSPACE``.

Prints one JSON object of raw figures (seconds, bytes); :mod:`jnw_desktop.bench.run` sets them beside what is held.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest

from jnw_desktop.desktop.application import make_application, make_window
from jnw_desktop.desktop.stalls import StallWatch

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow
    from jnw_desktop.facilities.queries import Page

PATIENCE_S = 60.0
MOVES = 60
NEAR_SCALE = 2000
BURSTS = 9


class Bench:
    """Drives one window and keeps what it measured in ``told``."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.told: dict[str, Any] = {}
        self.frames: list[tuple[float, bool]] = []
        self.watch = StallWatch(__file__, window)
        window.engine.heard.connect(self._hear)

    def _hear(self, name: str, params: dict[str, Any]) -> None:
        if name == "frame":
            self.frames.append((time.perf_counter(), bool(params["final"])))

    def wait(self, ready: Callable[[], object], what: str) -> None:
        """Let the window work until ``ready``. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE_S
        while not ready():
            if time.monotonic() > end:
                raise TimeoutError(what)
            QTest.qWait(1)

    def settled(self) -> None:
        """Wait until nothing more is drawn."""
        quiet = 0
        while quiet < 10:
            before = len(self.frames)
            QTest.qWait(40)
            quiet = quiet + 1 if len(self.frames) == before else 0

    def drawn(self, act: Callable[[], None]) -> float:
        """Seconds from ``act`` to the finished picture of what it asked for."""
        done: list[float] = []

        def hear(name: str, _params: dict[str, Any]) -> None:
            if name == "view.changed":
                done.append(time.perf_counter())

        self.settled()
        self.window.engine.heard.connect(hear)
        began = time.perf_counter()
        act()
        self.wait(lambda: done and self.frames[-1][0] > done[0] and self.frames[-1][1], "a finished picture")
        self.window.engine.heard.disconnect(hear)
        return self.frames[-1][0] - began

    def run(self) -> dict[str, Any]:
        """Measure everything."""
        self.watch.start()
        for step in (self.open, self.city, self.pan, self.edit, self.table, self.memory, self.plan, self.restart):
            self.watch.doing = step.__name__
            step()
        self.watch.stop()
        worst = self.watch.worst()
        return self.told | {"stall": worst.ms / 1000, "stalled_in": f"{worst.doing}: {worst.where}"}

    def open(self) -> None:
        """The first finished frame of the map; the parent knows when the process began."""
        self.wait(lambda: self.window.state is not None and any(final for _at, final in self.frames), "the first frame")
        at = next(at for at, final in self.frames if final)
        self.told["first_frame_at"] = time.time() - (time.perf_counter() - at)
        self.settled()

    def city(self) -> None:
        """The whole city, coming from a view of one street."""
        request = self.window.engine.request
        state = dict(self.window.map.state)
        near = {"center": state["center"], "scale": NEAR_SCALE}
        self.drawn(lambda: request("view.full"))
        shown = dict(self.window.map.state)
        low_e, low_n, high_e, high_n = shown["extent"]
        times = []
        for room in (100.0, 200.0, 300.0):  # another extent each time: the canvas keeps the picture of the same one
            self.drawn(lambda: request("view.set", **near))
            extent = [low_e - room, low_n - room, high_e + room, high_n + room]
            times.append(self.drawn(functools.partial(request, "view.set", extent=extent)))
        self.told["city"] = statistics.median(times)
        self.told["view"] = {name: shown[name] for name in ("extent", "width", "height", "scale")}
        self.drawn(lambda: request("view.set", **near))

    def pan(self) -> None:
        """A frame after each move of a drag."""
        self.window.actions_by_id["pan"].trigger()
        target, middle = self.window.map, self.window.map.rect().center()
        self.settled()
        QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=middle)
        waits = []
        for step in range(1, MOVES + 1):
            count = len(self.frames)
            began = time.perf_counter()
            QTest.mouseMove(target, middle + QPoint(3 * step, 2 * step))
            self.wait(lambda count=count: len(self.frames) > count, "a frame while dragging")  # type: ignore[misc]
            waits.append(self.frames[-1][0] - began)
            QTest.qWait(8)
        QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=middle + QPoint(3 * MOVES, 2 * MOVES))
        waits.sort()
        self.told["pan_median"] = statistics.median(waits)
        self.told["pan_p95"] = waits[int(0.95 * len(waits))]
        self.settled()

    def edit(self) -> None:
        """A field of a pipe in view is changed; its picture is there."""
        pages: list[Page] = []
        self.window.jobs.ask("facilities.page", pages.append, kind="pipe", limit=1)
        self.wait(lambda: pages, "a pipe")
        page = pages[0]
        uid = page.rows[0][page.columns.index("uid")]
        self.window.selection.choose("pipe", uid=uid, fly=True)
        self.wait(lambda: self.window.inspector.record is not None, "the pipe")
        self.settled()
        times = []
        for dn in (800, 150, 800):
            times.append(self.drawn(functools.partial(self._update, uid, dn)))
        self.told["edit"] = statistics.median(times)

    def _update(self, uid: str, dn: int) -> None:
        self.window.jobs.ask("facilities.update", _ignore, kind="pipe", uid=uid, values={"dn": dn})

    def table(self) -> None:
        """The first page, and the first page sorted by an indexed column."""
        for name, sort in (("table_first", None), ("table_sorted", "code")):
            pages: list[Page] = []
            began = time.perf_counter()
            self.window.jobs.ask("facilities.page", pages.append, kind="pipe", sort=sort, descending=sort is not None)
            self.wait(lambda pages=pages: pages, "a page")  # type: ignore[misc]
            self.told[name] = time.perf_counter() - began
            self.told["rows"] = pages[0].total

    def plan(self) -> None:
        """From the click on a pipe to the valves and pipes of its isolation plan over the map; the network is read."""
        read: list[None] = []
        self.window.modules.show("analysis")
        self.window.jobs.ask("network.ready", read.append)
        self.wait(lambda: read, "the network")
        panel: Any = self.window.modules.panel("analysis")
        times = []
        for number in range(BURSTS):
            self._fly_to_pipe(number * self.told["rows"] // BURSTS)
            panel.forget()
            panel.burst.click()
            self.settled()
            began = time.perf_counter()
            QTest.mouseClick(self.window.map, Qt.MouseButton.LeftButton, pos=self.window.map.rect().center())
            self.wait(lambda: _drawn(self.window, "analysis.isolated"), "a plan")
            answered: list[Any] = []
            self.window.engine.request("ping", answered.append)  # the engine answers in order: all is drawn before
            self.wait(lambda answered=answered: answered, "the plan on the map")  # type: ignore[misc]
            times.append(time.perf_counter() - began)
        self.told["plan"] = statistics.median(times)
        panel.forget()

    def _fly_to_pipe(self, offset: int) -> None:
        pages: list[Page] = []
        self.window.jobs.ask("facilities.page", pages.append, kind="pipe", offset=offset, limit=1)
        self.wait(lambda: pages, "a pipe")
        uid = pages[0].rows[0][pages[0].columns.index("uid")]
        self.window.selection.choose("pipe", uid=uid, fly=True)
        self.wait(lambda: self.window.inspector.record is not None and self.window.inspector.record.uid == uid, "it")
        self.settled()

    def memory(self) -> None:
        """Window, worker and engine together, shared pages counted once."""
        engine = self.window.engine.engine
        assert engine is not None
        pids = [os.getpid(), self.window.jobs.worker.pid, engine.pid]
        if not Path("/proc/self/smaps_rollup").exists():
            return
        total = 0
        for pid in pids:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024
        self.told["memory"] = total

    def restart(self) -> None:
        """The engine is killed; the map is there again."""
        engine = self.window.engine.engine
        assert engine is not None
        assert engine.pid is not None
        self.settled()
        first, count = engine.pid, len(self.frames)
        began = time.perf_counter()
        os.kill(engine.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        self.wait(
            lambda: (
                self.window.engine.engine is not None
                and self.window.engine.engine.pid != first
                and any(final for _at, final in self.frames[count:])
            ),
            "the map again",
        )
        self.told["restart"] = next(at for at, final in self.frames[count:] if final) - began
        self.settled()


def _drawn(window: MainWindow, overlay: str) -> bool:
    return bool((window.engine.kept("overlay.set", overlay) or {}).get("features"))


def _ignore(_value: object) -> None:
    """The answer is seen on the map."""


def main() -> None:
    """Measure the window over the workspace named."""
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        make_application(settings)
        window = make_window(settings)
        bench = Bench(window)
        window.showMaximized()
        window.start(sys.argv[1])
        try:
            told = bench.run()
        finally:
            window.close()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
