"""The message line: what happened and what to do, over the centre's lower edge; it does not stop the work."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from jnw_desktop.errors import JnwError
from jnw_desktop.language import _

COLOURS = {"info": ("#d3f2e0", "#14532d"), "warning": ("#fff3bf", "#663c00"), "error": ("#ffe3e3", "#8a1c1c")}
INFO_MS = 6000


class MessageLine(QWidget):
    """Shows one message; information goes by itself, an error stays until it is closed.

    It floats over ``under`` at its lower edge, as wide as it: a message changes no view's size and hides no toolbar.
    """

    def __init__(self, under: QWidget) -> None:
        super().__init__(under)
        self._under = under
        under.installEventFilter(self)
        self._text = QLabel(wordWrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QPushButton("✕", flat=True)
        close.setAccessibleName(_("Close"))
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

    def info(self, text: str, offer: str = "", call: Callable[[], object] = lambda: None) -> None:
        """Something went well; with ``offer``, a button that calls ``call``, it stays until it is closed."""
        self._show("info", text)
        self._offer(offer, call)
        if not offer:
            self._timer.start()

    def forget(self, *texts: str) -> None:
        """Hide what is shown if it is one of ``texts``: it no longer holds."""
        if self.text in texts:
            self.hide()

    def warning(self, text: str, offer: str = "", call: Callable[[], object] = lambda: None) -> None:
        """Something to know; ``offer`` is a button that calls ``call``."""
        self._show("warning", text)
        self._offer(offer, call)

    def error(self, error: JnwError, offer: str = "", call: Callable[[], object] = lambda: None) -> None:
        """Something did not work: what, and what to do; ``offer`` is a button that calls ``call``."""
        self._show("error", f"{error.message}  {error.hint}".strip())
        self._offer(offer, call)

    def _offer(self, offer: str, call: Callable[[], object]) -> None:
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
        self.setStyleSheet(
            f"MessageLine {{ background: {ground}; border-top: 1px solid {ink}; }}"
            f"QLabel, QPushButton {{ color: {ink}; }} QPushButton {{ background: transparent; padding: 2px 8px; }}"
        )
        self._text.setText(text)
        self.show()
        self._place()
        self.raise_()

    def _place(self) -> None:
        width = self._under.width()
        height = self.heightForWidth(width)
        self.setGeometry(0, self._under.height() - height, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """At the lower edge of what it lies over, as wide as it."""
        if watched is self._under and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
