"""The editor of a field that names another facility: by code and name, found by typing or by a click on the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import qtawesome
from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QToolButton, QWidget
from shiboken6 import isValid

from jnw_desktop.desktop.actions import ACCENT
from jnw_desktop.facilities.fields import Field
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Hit
from jnw_desktop.facilities.referring import Named
from jnw_desktop.language import _

WAIT_MS = 200  # after the last key, before the workspace is searched


class Asked(Protocol):
    """Who answers a form's questions about other facilities: the window's ``Referring``."""

    def names(self, kind: str, values: Mapping[str, Any], on_named: Callable[[dict[str, Named]], None]) -> None:
        """What reference fields name, by uid."""

    def search(self, kinds: Sequence[str], text: str, on_hits: Callable[[list[Hit]], None]) -> None:
        """Facilities by the beginning of their code, or by name."""

    def areas(self, geometry: bytes, on_areas: Callable[[list[Named]], None]) -> None:
        """The areas that a facility of this geometry lies in."""

    def show(self, named: Named) -> None:
        """Go there."""

    def pick(self, kinds: Sequence[str], on_picked: Callable[[Named], None]) -> None:
        """One that is clicked on the map."""


class ReferenceEditor(QWidget):
    """``value`` is the uid of the facility named, ``""`` for none.

    ``changed``: another facility is named, or what is typed names none (``trouble`` says so).
    """

    changed = Signal()

    def __init__(self, field: Field, asked: Asked) -> None:
        super().__init__()
        self.value = ""
        self.trouble = ""
        self._filled = 0  # how often: a place picked for one facility is none of the next one's
        self._kinds, self._asked = field.kinds, asked
        self._named: Named | None = None
        self._hits: list[Hit] = []
        self.line = QLineEdit(placeholderText=_("unknown"))
        self._offers = QStringListModel(self)
        completer = QCompleter(self._offers, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.activated.connect(self._take_offer)
        self.line.setCompleter(completer)
        self.pick = _button("fa5s.crosshairs", _("Choose it by a click on the map"))
        self.go = _button("fa5s.location-arrow", _("Show it on the map"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self.line, self.pick, self.go):
            row.addWidget(widget)
        self._wait = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._wait.timeout.connect(self._search)
        self.line.textEdited.connect(self._typed)
        self.line.returnPressed.connect(self._search)
        self.pick.clicked.connect(self._pick)
        self.go.clicked.connect(lambda: self._named is not None and asked.show(self._named))
        self.setFocusProxy(self.line)
        self._look()

    def put(self, value: str, several: str = "") -> None:
        """Another facility's value, ``several`` until one is chosen where they differ.

        One that is named already stays so, as after saving, until ``tell`` says otherwise.
        """
        self.value, self.trouble = several or value, ""
        self._filled += 1
        self._wait.stop()
        self.line.setPlaceholderText(_("(several values)") if several else _("unknown"))
        if self._named is not None and self._named.uid != self.value:
            self._named = None
        self.line.setText(str(self._named) if self._named is not None else "")
        self.line.setCursorPosition(0)
        self._look()

    def _pick(self) -> None:
        filled = self._filled

        def picked(named: Named) -> None:
            if filled == self._filled:
                self.take(named)

        self._asked.pick(self._kinds, picked)

    def setAccessibleName(self, name: str) -> None:
        """The line's, which has the keyboard."""
        super().setAccessibleName(name)
        self.line.setAccessibleName(name)

    def tell(self, named: Named | None) -> None:
        """What ``value`` names is now known; ``None``: it is not in the workspace any more."""
        self._named = named
        self.line.setText(str(named) if named is not None else _("not there any more: {uid}").format(uid=self.value))
        self.line.setCursorPosition(0)
        self._look()

    def take(self, named: Named) -> None:
        """The facility named is another one."""
        if not isValid(self):
            return  # the form was left while the map was looked at
        self.value, self.trouble = named.uid, ""
        self.tell(named)
        self.changed.emit()

    def _typed(self, text: str) -> None:
        self._named = None
        self.value, self.trouble = "", ""
        if text.strip():
            self.trouble = _("Choose one of those found.")
            self._wait.start()
        self._look()
        self.changed.emit()

    def _search(self) -> None:
        self._wait.stop()
        text = self.line.text().strip()
        if text and self._named is None:
            self._asked.search(self._kinds, text, lambda hits: self._offer(text, hits))

    def _offer(self, text: str, hits: list[Hit]) -> None:
        if not isValid(self) or text != self.line.text().strip() or self._named is not None:
            return  # an answer to what is not asked any more
        exact = [hit for hit in hits if hit.code == text]
        if len(exact) == 1:
            self._take_hit(exact[0])
            return
        if not hits:
            self.trouble = _("Nothing is called {text}.").format(text=text)
            self.changed.emit()
        self._hits = hits
        self._offers.setStringList([f"{hit.code}  {hit.name}  · {_(KINDS[hit.kind].title)}" for hit in hits])
        if self.window().focusWidget() is self.line:
            self.line.completer().complete()

    def _take_offer(self, name: str) -> None:
        names = self._offers.stringList()
        if name in names:
            # The completer writes the offer into the line after this: what was chosen is told when it has.
            hit = self._hits[names.index(name)]
            QTimer.singleShot(0, self, lambda: self._take_hit(hit))

    def _take_hit(self, hit: Hit) -> None:
        popup = self.line.completer().popup()
        if popup is not None:
            popup.hide()
        self.take(Named(hit.kind, hit.uid, hit.code, hit.name))

    def _look(self) -> None:
        self.go.setEnabled(self._named is not None)


def _button(icon: str, title: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(qtawesome.icon(icon, color=ACCENT))
    button.setToolTip(title)
    button.setAutoRaise(True)
    button.setAccessibleName(title)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
