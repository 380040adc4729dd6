"""The map engine as the window sees it: started in the background, and again with the same map when it dies."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from jnw_desktop.errors import JnwError
from jnw_desktop.language import _
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.mapengine.errors import EngineGaveUp

DEATHS, WITHIN = 5, 60.0  # so many deaths in so many seconds and we stop starting it
BEAT_MS = 2000
HUNG_S = 20.0  # without an answer to a heartbeat; a large workspace may be opened in less


class EngineBridge(QObject):
    """One engine after another. What was asked of the map is kept and asked again of a new one."""

    heard = Signal(str, object)  # what the engine says unasked: name and params
    ready = Signal(object)  # versions; after every start
    died = Signal()
    gave_up = Signal(object)  # JnwError
    _call = Signal(object)

    def __init__(self, ratio: float, python: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._python = python
        self._call.connect(lambda call: call())
        self._ratio = ratio
        self.engine: MapEngine | None = None
        self._deaths: list[float] = []
        self._kept: dict[str, dict[str, Any]] = {}
        self._size = (0, 0)
        self._stopping = False
        self.down = False  # there is none, and none is being started
        self._restored = False  # whether the engine shows what was asked of the ones before it
        self._waiting: list[tuple[str, Callable[[Any], None] | None, dict[str, Any]]] = []

        self._asked_at: float | None = None  # of a heartbeat that is not answered yet
        self._beat = QTimer(self, interval=BEAT_MS)
        self._beat.timeout.connect(self._feel)

    def start(self, width: int, height: int) -> None:
        """Start an engine for a view of that size (logical pixels); ``ready`` tells when it can be asked."""
        self._size = (width, height)
        self.down = False
        self._asked_at = None
        self._beat.start()
        threading.Thread(target=self._start, name="engine start", daemon=True).start()

    def _start(self) -> None:
        over = threading.Event()

        def hear(name: str, params: dict[str, Any]) -> None:
            if not over.is_set():
                self._hear(engine, name, params)

        engine = MapEngine(python=self._python, on_event=hear, ratio=self._ratio)
        try:
            versions = engine.start()
            self.engine = engine  # from here on frames come, and what is asked waits in line
            asked = dict(self._kept)  # before the view opens: an empty view tells of itself too
            if "project.set" in asked:
                engine.call("project.set", **asked.pop("project.set"))
            engine.open_view(*self._size)
            if "view.set" not in asked:
                engine.call("view.full")
            for name, params in asked.items():
                engine.call(name.split(" ")[0], **params)
            self._restored = True
        except JnwError as error:
            if engine.gone:
                return  # one death more, of which it is heard
            over.set()
            self.engine = None
            engine.stop()
            told = error
            self._call.emit(lambda: self._give_up(told))
            return
        if self._stopping:
            engine.stop()
            return
        self._call.emit(self._ask_waiting)
        self._call.emit(lambda: self.ready.emit(versions))

    def _ask_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for method, on_value, params in waiting:
            self.request(method, on_value, **params)

    def _hear(self, engine: MapEngine, name: str, params: dict[str, Any]) -> None:
        if name == "gone":
            self._call.emit(lambda: self._lost(engine))
        else:
            self._call.emit(lambda: self.heard.emit(name, params))

    def _feel(self) -> None:
        """The heartbeat: an engine that does not answer is ended, and its end starts another."""
        if self.engine is None or not self._restored:
            return
        if self._asked_at is None:
            self._asked_at = time.monotonic()
            self.request("ping", self._felt)
        elif time.monotonic() - self._asked_at > HUNG_S:
            self._asked_at = None
            self.engine.kill()

    def _felt(self, _answer: object) -> None:
        self._asked_at = None

    def _lost(self, ended: MapEngine) -> None:
        self.engine, self._restored = None, False
        self._waiting.clear()
        ended.stop()  # it is dead already: this lets go of its process and its frame file
        if self._stopping:
            return
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < WITHIN] + [now]
        self.died.emit()
        if len(self._deaths) >= DEATHS:
            self._give_up(
                EngineGaveUp(
                    _("The map engine ended {count} times in a minute and is not started again by itself.").format(
                        count=len(self._deaths)
                    ),
                    _("Its log: {log}. jnw doctor says what may be wrong.").format(log=ended.log),
                )
            )
        else:
            self.start(*self._size)

    def _give_up(self, error: JnwError) -> None:
        self.down = True
        self.gave_up.emit(error)

    def start_again(self, python: Path | None) -> None:
        """What the user may do after the engine gave up; ``python``: the one with QGIS that is set now."""
        self._deaths.clear()
        self._python = python
        if self.engine is None:
            self.start(*self._size)

    def keep(self, method: str, key: str = "", on_value: Callable[[Any], None] | None = None, **params: Any) -> None:
        """Ask now if there is an engine, and of every later one; ``key`` tells calls of one method apart."""
        self._kept[f"{method} {key}".strip()] = params
        self.request(method, on_value, **params)

    def kept(self, method: str, key: str = "") -> dict[str, Any] | None:
        """What was kept last."""
        found: dict[str, Any] | None = self._kept.get(f"{method} {key}".strip())
        return found

    def forget(self, method: str, key: str = "") -> None:
        """Do not ask a later engine for this."""
        self._kept.pop(f"{method} {key}".strip(), None)

    def remember_view(self, state: dict[str, Any]) -> None:
        """The view a new engine begins with; what one says before it shows that view is not it."""
        low_e, low_n, high_e, high_n = state["extent"]
        if self._restored and low_e < high_e and low_n < high_n:
            self._kept["view.set"] = {"extent": state["extent"], "rotation": state["rotation"]}

    def request(self, method: str, on_value: Callable[[Any], None] | None = None, **params: Any) -> None:
        """Ask; the answer comes on the window's thread, after a start when one is under way; never of a dead engine."""
        if self.engine is None:
            return
        if not self._restored:
            self._waiting.append((method, on_value, params))
            return

        def done(value: Any, error: JnwError | None) -> None:
            if error is None and on_value is not None:
                self._call.emit(lambda: on_value(value))

        self.engine.request(method, done, **params)

    def notify(self, method: str, **params: Any) -> None:
        """Tell."""
        if self.engine is not None:
            self.engine.notify(method, **params)

    def resize(self, width: int, height: int) -> None:
        """The view has a new size; one that is being opened gets it when it is ``ready``."""
        self._size = (width, height)
        if self.engine is not None and self._restored:
            self.engine.resize_view(width, height)

    def stop(self) -> None:
        """End the engine."""
        self._stopping = True
        self._beat.stop()
        if self.engine is not None:
            self.engine.stop()
