"""What a click would wait for is made ready before anybody clicks: forms, the panels' code, the charts' library."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from importlib import import_module

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 60  # one at a time takes some 10 ms: what the user does between two of them is not held up
# What takes longer to import is imported on a thread of its own: the interpreter lets the window work meanwhile.
LARGE = ("jnw_desktop.desktop.panels.importpage", "jnw_desktop.desktop.panels.exportpage", "pyqtgraph")


class Readying(QObject):
    """Does what it is given, one call each ``EVERY_MS``, then imports what only some pages need."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calls: deque[Callable[[], object]] = deque()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._next)
        self._large = threading.Thread(target=_import, name="imports", daemon=True)

    def begin(self, calls: Iterable[Callable[[], object]]) -> None:
        """Do these one after the other, those first that were not done yet."""
        self._calls.extend(calls)
        self._timer.start()

    def _next(self) -> None:
        if self._calls:
            self._calls.popleft()()
            return
        self._timer.stop()
        if self._large.ident is None:
            self._large.start()


def _import() -> None:
    for name in LARGE:
        import_module(name)
