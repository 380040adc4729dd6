"""The message line: what happened and what to do, above the map; it does not stop the work."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from jnw_desktop.errors import JnwError

COLOURS = {"info": ("#d3f2e0", "#14532d"), "warning": ("#fff3bf", "#663c00"), "error": ("#ffe3e3", "#8a1c1c")}
INFO_MS = 6000


class MessageLine(QWidget):
    """Shows one message; information goes by itself, an error stays until it is closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(wordWrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QPushButton("✕", flat=True)
        close.setFixedWidth(28)
        close.clicked.connect(self.hide)
        self._button = QPushButton()
        self._call: Callable[[], object] = lambda: None
        self._button.clicked.connect(self._take)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 4, 4)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        layout.addWidget(close)
        self._timer = QTimer(self, singleShot=True, interval=INFO_MS)
        self._timer.timeout.connect(self.hide)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.hide()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text.text()

    def info(self, text: str) -> None:
        """Something went well."""
        self._show("info", text)
        self._timer.start()

    def warning(self, text: str) -> None:
        """Something to know."""
        self._show("warning", text)

    def error(self, error: JnwError, offer: str = "", call: Callable[[], object] = lambda: None) -> None:
        """Something did not work: what, and what to do; ``offer`` is a button that calls ``call``."""
        self._show("error", f"{error.message}  {error.hint}".strip())
        self._call = call
        self._button.setText(offer)
        self._button.setVisible(bool(offer))

    def _take(self) -> None:
        self.hide()
        self._call()

    def _show(self, level: str, text: str) -> None:
        self._timer.stop()
        self._button.hide()
        ground, ink = COLOURS[level]
        self.setStyleSheet(f"MessageLine {{ background: {ground}; }} QLabel {{ color: {ink}; }}")
        self._text.setText(text)
        self.show()
