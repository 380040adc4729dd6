"""The search box: code, name or coordinate; a choice flies there."""

from __future__ import annotations

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.desktop.places import coordinate
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Hit
from jnw_desktop.language import _


class SearchBox(QLineEdit):
    """Emits ``chosen(hit)`` for a facility, ``place(x, y)`` for a coordinate, ``nothing(text)`` when none matches."""

    chosen = Signal(object)
    nothing = Signal(str)
    place = Signal(float, float)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._hits: list[Hit] = []
        self._offering = False
        self._names = QStringListModel(self)
        self.setPlaceholderText(_("Code, name, road or coordinate (Ctrl+F)"))
        self.setAccessibleName(_("Find"))
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(120)  # in a narrow window it must not go where the keyboard does not reach it
        self.setMaximumWidth(460)
        completer = QCompleter(self._names, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated.connect(self._choose)
        self.setCompleter(completer)
        self._wait = QTimer(self, singleShot=True, interval=200)
        self._wait.timeout.connect(self._ask)
        self.textEdited.connect(lambda _text: self._wait.start())
        self.returnPressed.connect(self._enter)

    def _ask(self) -> None:
        self._offering = True
        text = self.text().strip()
        if text and coordinate(text) is None:
            self._jobs.ask("facilities.search", lambda hits: self._show(text, hits), text=text, limit=15)

    def _show(self, asked: str, hits: list[Hit]) -> None:
        if asked != self.text().strip() or not self._offering:
            return
        self._hits = hits
        titles = {name: _(kind.title) for name, kind in KINDS.items()}
        self._names.setStringList([f"{hit.code}  {hit.name}  · {titles[hit.kind]}" for hit in hits])
        self.completer().complete()

    def _choose(self, name: str) -> None:
        names = self._names.stringList()
        if name in names:
            self.chosen.emit(self._hits[names.index(name)])

    def _enter(self) -> None:
        self._offering = False  # what is wanted is said; a late answer opens no list over the map
        self._wait.stop()
        popup = self.completer().popup()
        if popup is not None:
            popup.hide()
        found = coordinate(self.text())
        if found is not None:
            self.place.emit(*found)
            return
        text = self.text().strip()
        if text:
            self._jobs.ask("facilities.search", lambda hits: self._take_first(text, hits), text=text, limit=1)

    def _take_first(self, text: str, hits: list[Hit]) -> None:
        if hits:
            self.chosen.emit(hits[0])
        else:
            self.nothing.emit(text)
