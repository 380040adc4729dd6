"""One map engine process: started, greeted, asked, told, stopped. Knows no Qt."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from importlib.resources import files
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

import platformdirs

from jnw_desktop.errors import JnwError
from jnw_desktop.language import _
from jnw_desktop.mapengine import locate, protocol
from jnw_desktop.mapengine.errors import EngineFailed, EngineProtocolError
from jnw_desktop.mapengine.frames import FrameBuffer

OnEvent = Callable[[str, dict[str, Any]], None]
OnDone = Callable[[Any, JnwError | None], None]

MAP_GROUND = "#f5f4f0"  # colour of the map where nothing is drawn
HOST = Path(__file__).with_name("host")
LOG_BYTES = 2_000_000  # a longer log is begun again
LOG_TAIL = 800  # characters of the log that an error shows


class MapEngine:
    """The engine as a library: ``call`` waits, ``request`` calls back on the reading thread, ``notify`` tells.

    ``on_event(name, params)`` is called on the reading thread for what the engine says unasked, and with ``gone`` when
    it died or was stopped. ``host``: what speaks for the engine, another one in tests.
    """

    def __init__(
        self,
        *,
        python: Path | None = None,
        host: Path = HOST,
        on_event: OnEvent | None = None,
        log: Path | None = None,
        ratio: float = 1.0,
    ) -> None:
        self._python = python
        self._host = host
        self._on_event = on_event or (lambda _name, _params: None)
        self._ratio = ratio
        self.folder = Path(tempfile.mkdtemp(prefix="jnw-map-"))
        self.log = log or Path(platformdirs.user_log_dir("jnw-desktop")) / "map-engine.log"
        self._log_from = 0  # where this engine's part of the log begins
        self.frames: FrameBuffer | None = None
        self.versions: dict[str, Any] = {}
        self.gone = False  # it called, and has ended since
        self._waiting: dict[int, OnDone] = {}
        self._lock = threading.Lock()
        self._number = 0
        self._process: subprocess.Popen[str] | None = None
        self._connection: Connection | None = None

    # -- life --------------------------------------------------------------------------------------------------------

    def start(self, timeout: float = 20.0) -> dict[str, Any]:
        """Start the process and greet it; returns its versions (qgis, qt, gdal, proj, python, pid).

        Raises NoQgis, EngineProtocolError, EngineFailed.
        """
        python = self._python or locate.find_python()
        key = secrets.token_bytes(32)
        with Listener(authkey=key) as listener:
            self._process = self._spawn(python, listener.address, key)
            self._connection = self._accept(listener, timeout)
        threading.Thread(target=self._read, args=(self._connection,), name="map engine", daemon=True).start()
        self.versions = self.call("hello", timeout=timeout, protocol_version=protocol.VERSION)
        return self.versions

    def _spawn(self, python: Path, address: object, key: bytes) -> subprocess.Popen[str]:
        # Nothing of this program's environment may reach QGIS's Python; its Qt must not look for a display.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_", "VIRTUAL_ENV"))
        }
        environment |= {
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": str(self._ratio),
            "QT_LOGGING_RULES": "*.debug=false",
            # What QGIS leaves behind goes with our folder.
            "TMPDIR": str(self.folder),
            "TEMP": str(self.folder),
        }
        told = {
            "address": address,
            "key": key.hex(),
            "profile": str(self.folder),
            "resources": str(files("jnw_resources")),
        }
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
                self.log.unlink()
            with self.log.open("ab") as log:
                self._log_from = log.tell()
                process = subprocess.Popen(
                    [python, "-I", str(self._host)],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    text=True,
                    env=environment,
                    start_new_session=sys.platform != "win32",
                )
        except OSError as error:
            raise locate.no_qgis(str(error)) from error
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended already; _accept finds out why
            # The key goes no other way: not as an argument, not in a file.
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.close()
        return process

    def _accept(self, listener: Listener, timeout: float) -> Connection:
        """The engine's call, or the reason it does not come."""
        called: Future[Connection] = Future()

        def wait() -> None:
            try:
                called.set_result(listener.accept())
            except (OSError, EOFError) as error:
                called.set_exception(error)

        threading.Thread(target=wait, daemon=True).start()
        waited = 0.0
        while waited < timeout:
            try:
                return called.result(timeout=0.05)
            except FutureTimeout:
                waited += 0.05
            except (OSError, EOFError) as error:
                raise self._failed(str(error)) from error
            if self._process is not None and self._process.poll() is not None:
                raise self._did_not_start()
        self.kill()
        raise self._failed(_("it did not answer in {seconds:.0f} s").format(seconds=timeout))

    def _did_not_start(self) -> JnwError:
        tail = self.log_tail()
        if "No module named 'qgis'" in tail:
            return locate.no_qgis()
        if tail.strip():
            return self._failed(tail.strip().splitlines()[-1])
        status = None if self._process is None else self._process.poll()
        return EngineFailed(
            _("The map engine ended with status {status} and said nothing.").format(status=status),
            _(
                "Is this the Python that has PyQGIS? {python}. Another is named in the preferences or in {variable}."
            ).format(python=self._python or locate.find_python(), variable=locate.VARIABLE),
        )

    def _failed(self, why: str) -> EngineFailed:
        return EngineFailed(
            _("The map engine failed: {why}").format(why=why),
            _("Its log: {log}. jnw doctor says what is missing.").format(log=self.log),
        )

    def log_tail(self) -> str:
        """The end of this engine's part of the log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(self._log_from)
            return file.read().decode("utf-8", "replace")[-LOG_TAIL:]

    @property
    def pid(self) -> int | None:
        """The engine's process, while there is one."""
        return self._process.pid if self._process is not None else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self, timeout: float = 3.0) -> None:
        """End the process, by force when it does not end by itself."""
        if self.alive:
            self.notify("stop")
            assert self._process is not None
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
        if self._connection is not None:
            self._connection.close()
        if self.frames is not None:
            self.frames.close()
            self.frames = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    # -- talk --------------------------------------------------------------------------------------------------------

    def call(self, method: str, timeout: float = 60.0, **params: Any) -> Any:
        """Ask and wait for the answer. Raises EngineFailed, EngineProtocolError."""
        answered: Future[Any] = Future()

        def done(value: Any, error: JnwError | None) -> None:
            if error is None:
                answered.set_result(value)
            else:
                answered.set_exception(error)

        self.request(method, done, **params)
        try:
            return answered.result(timeout)
        except FutureTimeout as error:
            raise self._failed(_("no answer to {method}").format(method=method)) from error

    def request(self, method: str, on_done: OnDone | None = None, **params: Any) -> None:
        """Ask; ``on_done(value, error)`` is called on the reading thread."""
        with self._lock:
            self._number += 1
            number = self._number
            self._waiting[number] = on_done or (lambda _value, _error: None)
        if not self._send(protocol.request(number, method, params)):
            self._answer(number, None, self._failed(_("it is not running")))

    def notify(self, method: str, **params: Any) -> None:
        """Tell; nothing is answered and nothing fails."""
        self._send(protocol.notification(method, params))

    def open_view(self, width: int, height: int, background: str = MAP_GROUND) -> Any:
        """``view.open`` with a frame file of that size (logical pixels) and some room to grow."""
        self.frames = self._frame_buffer(width, height)
        return self.call(
            "view.open",
            width=width,
            height=height,
            frames=str(self.frames.path),
            ratio=self._ratio,
            background=background,
        )

    def resize_view(self, width: int, height: int) -> None:
        """``view.resize``, with a larger frame file where the old is too small."""
        pixels = (round(width * self._ratio), round(height * self._ratio))
        if self.frames is not None and self.frames.holds(*pixels):
            self.request("view.resize", None, width=width, height=height)
            return
        if self.frames is not None:
            self.frames.close()
        self.frames = self._frame_buffer(width, height)
        self.request("view.resize", None, width=width, height=height, frames=str(self.frames.path))

    def _frame_buffer(self, width: int, height: int) -> FrameBuffer:
        room = 1.2  # a window grows in many small steps
        return FrameBuffer(self.folder, round(width * self._ratio * room), round(height * self._ratio * room))

    def _send(self, message: dict[str, Any]) -> bool:
        if self._connection is None:
            return False
        try:
            with self._lock:
                self._connection.send_bytes(protocol.encode(message))
        except (OSError, ValueError):
            return False
        return True

    def _read(self, connection: Connection) -> None:
        try:
            while True:
                message = protocol.decode(connection.recv_bytes())
                if "method" in message:
                    self._on_event(message["method"], message.get("params", {}))
                else:
                    error = message.get("error")
                    self._answer(message["id"], message.get("result"), self._refusal(error) if error else None)
        except (EOFError, OSError, ValueError):
            pass
        self.gone = True
        for number in list(self._waiting):
            self._answer(number, None, self._failed(_("it ended")))
        self._on_event("gone", {})

    def _answer(self, number: int, value: Any, error: JnwError | None) -> None:
        with self._lock:
            done = self._waiting.pop(number, None)
        if done is not None:
            done(value, error)

    def _refusal(self, error: dict[str, Any]) -> JnwError:
        if error["code"] == protocol.WRONG_PROTOCOL:
            return EngineProtocolError(
                _("The map engine is of another version: {why}").format(why=error["message"]),
                _("Install the program again, so that all its parts are of one version."),
            )
        return self._failed(str(error["message"]))
