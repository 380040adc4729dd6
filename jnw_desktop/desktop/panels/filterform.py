"""The filter form: rows of field, operator and value, an area, the condition they make; filters saved under a name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop import forms
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.fields import Field
from jnw_desktop.facilities.filterrows import (
    KNOWN,
    OPERATORS,
    UNKNOWN,
    Comparison,
    expression,
    fields_of,
    meets,
    operators_of,
)
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.savedfilters import SavedFilter
from jnw_desktop.language import N_, _

ANYWHERE, VIEW, DRAWN, SELECTED = "", "view", "drawn", "selected"
AREAS = ("dma", "pressure_zone", "neighbourhood", "construction_site", "road")  # kinds whose facilities are areas
WIDTH = 430
PLACES = {
    ANYWHERE: N_("Anywhere"),
    VIEW: N_("In the view"),
    DRAWN: N_("In an area drawn on the map"),
    SELECTED: N_("Near what is selected"),
}


class Row(QWidget):
    """One comparison. Emits ``changed``, and ``gone`` when its cross is pressed."""

    changed = Signal()
    gone = Signal()

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._fields = {field.name: field for field in fields_of(KINDS[kind])}
        self.field, self.operator = QComboBox(), QComboBox()
        for name, field in self._fields.items():
            self.field.addItem(_(field.title), name)
        self.text, self.choice = QLineEdit(), QComboBox()
        cross = QToolButton()
        cross.setText("×")
        cross.setToolTip(_("Take this row away"))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        for widget, share in ((self.field, 3), (self.operator, 2), (self.text, 3), (self.choice, 3), (cross, 0)):
            line.addWidget(widget, share)
        for combo in (self.field, self.operator, self.choice):
            combo.setMinimumWidth(60)
        self.field.currentIndexChanged.connect(self._offer)
        self.operator.currentIndexChanged.connect(self._show_value)
        self.text.textChanged.connect(self.changed)
        self.choice.currentIndexChanged.connect(self.changed)
        cross.clicked.connect(self.gone)
        self._offer()

    def _chosen(self) -> Field:
        return self._fields[str(self.field.currentData())]

    def _offer(self) -> None:
        field = self._chosen()
        for combo in (self.operator, self.choice):
            combo.blockSignals(True)
            combo.clear()
        for operator in operators_of(field):
            self.operator.addItem(_(OPERATORS[operator]), operator)
        if field.type == "boolean":
            self.choice.addItem(_("yes"), "true")
            self.choice.addItem(_("no"), "false")
        elif field.code_list:
            for entry in code_list(field.code_list):
                self.choice.addItem(entry.title, entry.code)
        for combo in (self.operator, self.choice):
            combo.blockSignals(False)
        self.text.setPlaceholderText("2020-01-31" if field.type == "date" else field.unit)
        self._show_value()

    def _show_value(self) -> None:
        asked = self.operator.currentData() not in (KNOWN, UNKNOWN)
        self.choice.setVisible(asked and self.choice.count() > 0)
        self.text.setVisible(asked and self.choice.count() == 0)
        self.changed.emit()

    def comparison(self) -> Comparison | None:
        """The row; ``None`` while a value is wanted and none is there."""
        operator = str(self.operator.currentData())
        value = str(self.choice.currentData()) if self.choice.count() else self.text.text().strip()
        if operator not in (KNOWN, UNKNOWN) and not value:
            return None
        return Comparison(self._chosen().name, operator, value)


class FilterForm(QWidget):
    """What it wants it asks by signals: conditions, areas by their name in the list, names of filters."""

    applied = Signal(str)
    show_all = Signal(str)
    area_wanted = Signal(str)
    names_wanted = Signal(str)
    save = Signal(str)
    remove = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.kind = "pipe"
        self._filters: Sequence[SavedFilter] = ()
        self._places: list[str] = []
        part = forms.fill(self, "filter").part
        self.saved, self.match, self.place, self.name = (
            part(name, QComboBox) for name in ("saved", "match", "place", "name")
        )
        self.distance, self.where, self.told = (
            part("distance", QDoubleSpinBox), part("where", QLineEdit), part("told", QLabel),
        )  # fmt: skip
        (
            self.save_button,
            self.remove_button,
            self.add_button,
            self.apply_button,
            self.show_button,
            self.clear_button,
        ) = (
            part(name, QPushButton) for name in ("save_filter", "remove_filter", "add_row", "apply", "select", "clear")
        )
        self._rows = part("rows", QVBoxLayout)
        for at, every in enumerate((True, False)):
            self.match.setItemData(at, every)
        for name, title in PLACES.items():
            self.place.addItem(_(title), name)
        for name in AREAS:
            self.place.addItem(_("In: {kind}").format(kind=_(KINDS[name].title)), name)
        self.told.hide()
        self._connect()
        self.set_kind(self.kind)

    def _connect(self) -> None:
        self.saved.activated.connect(self._load)
        self.match.currentIndexChanged.connect(self._write)
        self.place.currentIndexChanged.connect(self._place_chosen)
        self.name.currentTextChanged.connect(self._write)
        self.distance.valueChanged.connect(self._write)
        self.add_button.clicked.connect(self.add_row)
        self.where.returnPressed.connect(self.apply)
        self.apply_button.clicked.connect(self.apply)
        self.show_button.clicked.connect(lambda: self.show_all.emit(self.where.text().strip()))
        self.clear_button.clicked.connect(self.clear)
        self.save_button.clicked.connect(lambda: self.save.emit(self.where.text().strip()))
        self.remove_button.clicked.connect(lambda: self.remove.emit(str(self.saved.currentData() or "")))

    def set_kind(self, kind: str) -> None:
        """Another kind of facility is filtered: begin again."""
        self.kind = kind
        self.set_filters(self._filters)
        self._empty()
        self.add_row()

    def set_filters(self, filters: Sequence[SavedFilter]) -> None:
        """The filters there are; those of the kind are offered."""
        chosen = self.saved.currentData() if filters == self._filters else None
        self._filters = filters
        self.saved.clear()
        self.saved.addItem(_("Saved filters"), None)
        for one in filters:
            if one.kind == self.kind:
                self.saved.addItem(one.name, one.name)
        self.saved.setCurrentIndex(max(0, self.saved.findData(chosen)))
        self.remove_button.setEnabled(self.saved.currentIndex() > 0)

    def add_row(self) -> Row:
        """One more row."""
        row = Row(self.kind)
        row.changed.connect(self._write)
        row.gone.connect(lambda: self._take_away(row))
        self._rows.addWidget(row)
        return row

    def rows(self) -> list[Row]:
        """The rows there are."""
        items = [self._rows.itemAt(at) for at in range(self._rows.count())]
        return [row for item in items if item is not None and isinstance(row := item.widget(), Row)]

    def set_area(self, places: Sequence[str]) -> None:
        """The area that was asked for, as the filter language names it."""
        self._places = list(places)
        self._write()

    def set_names(self, kind: str, names: Sequence[str]) -> None:
        """The names to choose an area of ``kind`` from."""
        if kind == self.place.currentData():
            typed = self.name.currentText()
            self.name.clear()
            self.name.addItems(list(names))
            completer = self.name.completer()
            if completer is not None:
                completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            self.name.setCurrentText(typed or (names[0] if names else ""))

    def show_error(self, text: str) -> None:
        """Say what is wrong with the condition; nothing when it is empty."""
        self.told.setText(text)
        self.told.setVisible(bool(text))

    def set_where(self, where: str) -> None:
        """Show a condition that was made elsewhere."""
        self._empty()
        self.where.setText(where)

    def apply(self) -> None:
        """Filter by what stands in the line."""
        self.show_error("")
        self.applied.emit(self.where.text().strip())

    def clear(self) -> None:
        """Filter no more."""
        self._empty()
        self.add_row()
        self.apply()

    def _empty(self) -> None:
        for row in self.rows():
            self._drop(row)
        self.place.blockSignals(True)
        self.place.setCurrentIndex(0)
        self.place.blockSignals(False)
        self._places = []
        self._place_shown()
        self.where.clear()
        self.show_error("")

    def _drop(self, row: Row) -> None:
        self._rows.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _take_away(self, row: Row) -> None:
        self._drop(row)
        self._write()

    def _load(self, at: int) -> None:
        name = self.saved.itemData(at)
        self.remove_button.setEnabled(name is not None)
        found = next((one for one in self._filters if one.name == name), None)
        if found is not None:
            self.set_where(found.condition)
            self.apply()

    def _place_shown(self) -> None:
        chosen = self.place.currentData()
        self.name.setVisible(chosen in AREAS)
        self.distance.setVisible(chosen not in (ANYWHERE, VIEW))

    def _place_chosen(self) -> None:
        self._places = []
        self._place_shown()
        chosen = str(self.place.currentData())
        if chosen in AREAS:
            self.names_wanted.emit(chosen)
        elif chosen != ANYWHERE:
            self.area_wanted.emit(chosen)
        self._write()

    def _area(self) -> str:
        chosen = str(self.place.currentData())
        if chosen in AREAS:
            name = self.name.currentText().strip()
            places = [f"{chosen}:{name}"] if name else []
        else:
            places = self._places
        return meets(places, self.distance.value()) if places else ""

    def _write(self) -> None:
        """Write the rows and the area as a condition."""
        found = [comparison for row in self.rows() if (comparison := row.comparison()) is not None]
        try:
            where = expression(KINDS[self.kind], found, every=bool(self.match.currentData()), area=self._area())
        except UsageError as error:
            self.show_error(f"{error.message} {error.hint}")
            return
        self.show_error("")
        self.where.setText(where)
