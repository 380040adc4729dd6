"""Which column of a file is which field: a row for each column with samples of its values, changed by choosing."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from jnw_desktop.exchange.mapping import IDENTITY, UNITS
from jnw_desktop.exchange.mapping import Mapping as FieldMapping
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

COLUMN, FIELD, UNIT, SAMPLE = range(4)
METRIC = ("mm", "m")  # units of fields that a column may give in another one


class StillCombo(QComboBox):
    """A choice in a table: the wheel scrolls the table and changes nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setFrame(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Left to what is around."""
        event.ignore()


class ColumnMapping(QTableWidget):
    """Emits ``changed(mapping)`` when the user chooses; a field has one column at most."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 4, parent)
        self.setHorizontalHeaderLabels([_("Column of the file"), _("Field"), _("Unit"), _("Sample values")])
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setAlternatingRowColors(True)
        self.setAccessibleName(_("Fields"))
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(SAMPLE, QHeaderView.ResizeMode.Stretch)
        for section, width in ((COLUMN, 104), (FIELD, 128), (UNIT, 60)):
            self.setColumnWidth(section, width)
        self._mapping = FieldMapping("pipe")
        self._columns: list[str] = []

    def show_mapping(self, mapping: FieldMapping, samples: Mapping[str, Sequence[str]]) -> None:
        """Show how the columns that ``samples`` are of are mapped."""
        taken = {column: name for name, column in mapping.columns.items()}
        before, self._mapping = self._mapping, mapping
        if before.kind == mapping.kind and self.rowCount() and self._columns == list(samples):
            self._follow(taken)
            return
        self._columns = list(samples)
        self.setRowCount(len(self._columns))
        for row, column in enumerate(self._columns):
            told = "，".join(samples[column])
            for place, text in ((COLUMN, column), (SAMPLE, told)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.setItem(row, place, item)
            self._fade(row, column not in taken)
            self.setCellWidget(row, FIELD, self._fields(column, taken.get(column, "")))
            self._offer_unit(row, taken.get(column, ""))

    def _follow(self, taken: Mapping[str, str]) -> None:
        """The same columns of the same kind: what is shown stays where it is."""
        for row, column in enumerate(self._columns):
            combo = self._combo(row, FIELD)
            name = taken.get(column, "")
            if combo.currentData() != name:
                combo.setCurrentIndex(combo.findData(name))
            self._offer_unit(row, name)
            self._fade(row, not name)

    def _fade(self, row: int, left_out: bool) -> None:
        """What is left out is seen to be."""
        role = QPalette.ColorRole.PlaceholderText if left_out else QPalette.ColorRole.Text
        for place in (COLUMN, SAMPLE):
            item = self.item(row, place)
            if item is not None:
                item.setForeground(self.palette().brush(role))

    def field_of(self, column: str) -> QComboBox:
        """The choice of a column's field."""
        return self._combo(self._columns.index(column), FIELD)

    def unit_of(self, column: str) -> QComboBox:
        """The choice of a column's unit."""
        return self._combo(self._columns.index(column), UNIT)

    def _combo(self, row: int, place: int) -> QComboBox:
        found = self.cellWidget(row, place)
        assert isinstance(found, QComboBox)
        return found

    def _fields(self, column: str, chosen: str) -> QComboBox:
        combo = StillCombo()
        combo.addItem(_("— leave out"), "")
        kind = KINDS[self._mapping.kind]
        titles = {name: {"code": _("Code"), "uid": "UID"}[name] for name in IDENTITY}
        for name, title in (titles | {one.name: _(one.title) for one in kind.fields}).items():
            combo.addItem(title, name)
        combo.setCurrentIndex(max(0, combo.findData(chosen)))
        combo.setAccessibleName(column)
        combo.activated.connect(functools.partial(self._choose, column))
        return combo

    def _offer_unit(self, row: int, name: str) -> None:
        declared = KINDS[self._mapping.kind].field(name) if name else None
        if declared is None or declared.unit not in METRIC:
            self.removeCellWidget(row, UNIT)
            return
        combo = StillCombo()
        combo.addItems(list(dict.fromkeys([declared.unit, *(unit for unit in UNITS if unit.isascii())])))
        combo.setCurrentText(self._mapping.units.get(name, declared.unit))
        combo.activated.connect(functools.partial(self._choose_unit, name, declared.unit, combo))
        self.setCellWidget(row, UNIT, combo)

    def _choose(self, column: str, _index: int) -> None:
        name = self.field_of(column).currentData(Qt.ItemDataRole.UserRole)
        kept = {one: of for one, of in self._mapping.columns.items() if of != column and one != name}
        order = [*IDENTITY, *(one.name for one in KINDS[self._mapping.kind].fields)]
        columns = kept | ({name: column} if name else {})
        self._tell(columns=dict(sorted(columns.items(), key=lambda item: order.index(item[0]))))

    def _choose_unit(self, name: str, own: str, combo: QComboBox, _index: int) -> None:
        units = {one: unit for one, unit in self._mapping.units.items() if one != name}
        self._tell(units=units | ({} if combo.currentText() == own else {name: combo.currentText()}))

    def _tell(self, **changed: dict[str, str]) -> None:
        columns = changed.get("columns", self._mapping.columns)
        units = {name: unit for name, unit in changed.get("units", self._mapping.units).items() if name in columns}
        values = {name: words for name, words in self._mapping.values.items() if name in columns}
        self.changed.emit(replace(self._mapping, columns=columns, units=units, values=values))
