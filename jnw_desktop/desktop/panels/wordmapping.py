"""Which code of ours each word of a file is, in the columns that have a code list; changed by choosing."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from jnw_desktop.desktop.panels.columnmapping import StillCombo
from jnw_desktop.exchange.looks import Word
from jnw_desktop.exchange.mapping import Mapping as FieldMapping
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

FIELD, TEXT, CODE, COUNT = range(4)
LISTED = 300  # words; those that are known to nobody come first
UNKNOWN = "#d6730f"  # of words that are kept in the note


class WordMapping(QTableWidget):
    """Emits ``changed(mapping)`` when the user chooses."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 4, parent)
        self.setHorizontalHeaderLabels([_("Field"), _("In the file"), _("Becomes"), _("Rows")])
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setAlternatingRowColors(True)
        self.setAccessibleName(_("Values"))
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(CODE, QHeaderView.ResizeMode.Stretch)
        for section, width in ((FIELD, 76), (TEXT, 104), (COUNT, 52)):
            self.setColumnWidth(section, width)
        self._mapping = FieldMapping("pipe")
        self._places: dict[tuple[str, str], int] = {}

    def show_words(self, mapping: FieldMapping, words: Mapping[str, Sequence[Word]]) -> int:
        """Show what the words become; returns how many are known to nobody."""
        self._mapping = mapping
        rows = [(name, word) for name, some in words.items() for word in some]
        if {(name, word.text) for name, word in rows} == set(self._places):
            rows.sort(key=lambda row: self._places[row[0], row[1].text])  # a word stays where it was chosen
        else:
            rows.sort(key=lambda row: not row[1].kept)
        shown = rows[:LISTED]
        self._places = {(name, word.text): at for at, (name, word) in enumerate(shown)}
        self.setRowCount(len(shown))
        for at, (name, word) in enumerate(shown):
            self._fill(at, name, word)
        return sum(word.kept for _name, word in rows)

    def code_of(self, field: str, text: str) -> StillCombo:
        """The choice of a word's code."""
        found = self.cellWidget(self._places[field, text], CODE)
        assert isinstance(found, StillCombo)
        return found

    def _fill(self, at: int, name: str, word: Word) -> None:
        declared = KINDS[self._mapping.kind].field(name)
        assert declared is not None
        for place, text in ((FIELD, _(declared.title)), (TEXT, word.text), (COUNT, f"{word.count:,}")):
            item = QTableWidgetItem(text)
            if place == COUNT:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if word.kept:
                item.setForeground(QBrush(QColor(UNKNOWN)))
            self.setItem(at, place, item)
        combo = StillCombo()
        given = word.text in self._mapping.values.get(name, {})
        if word.kept or given:
            combo.addItem(_("Keep in the note") if word.kept else _("As the program knows it"), None)
        combo.addItem(_("Leave empty"), "")
        for entry in code_list(declared.code_list):
            combo.addItem(entry.title, entry.code)
        combo.setCurrentIndex(0 if word.kept else combo.findData(word.code or ""))
        combo.setAccessibleName(f"{_(declared.title)} {word.text}")
        combo.activated.connect(functools.partial(self._choose, name, word.text))
        self.setCellWidget(at, CODE, combo)

    def _choose(self, name: str, text: str, _index: int) -> None:
        code = self.code_of(name, text).currentData()
        words = {one: given for one, given in self._mapping.values.get(name, {}).items() if one != text}
        if code is not None:
            words[text] = code
        others = {one: some for one, some in self._mapping.values.items() if one != name}
        self.changed.emit(replace(self._mapping, values=others | ({name: words} if words else {})))
