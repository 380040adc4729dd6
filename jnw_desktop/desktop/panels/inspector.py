"""What is known of the facility that was clicked, and the form to change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.fields import Field
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record
from jnw_desktop.language import _

LEFT_OUT = ("reference",)
# Of a kind of facility: the titles of documents about it, and what to call with its code.
Documents = Callable[[str], list[tuple[str, Callable[[str], None]]]]


class Inspector(QWidget):
    """Emits ``save(kind, uid, version, values)`` with what the user changed, and ``show(record)`` to zoom there."""

    save = Signal(str, str, int, object)
    show_on_map = Signal(object)

    def __init__(self, documents: Documents, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._documents = documents
        self._record: Record | None = None
        self._editors: dict[str, QWidget] = {}
        self._title = QLabel(_("Click a facility on the map, or find one."), wordWrap=True)
        self._title.setObjectName("inspector-title")
        self._form = QWidget()
        self._area = QScrollArea(widgetResizable=True)
        self._area.setWidget(self._form)
        self._save = QPushButton(_("Save"))
        self._go = QPushButton(_("Show on the map"))
        self._save.setEnabled(False)
        self._go.setEnabled(False)
        self._save.clicked.connect(self._emit_save)
        self._go.clicked.connect(lambda: self.show_on_map.emit(self._record))
        buttons = QHBoxLayout()
        buttons.addWidget(self._go)
        buttons.addStretch()
        buttons.addWidget(self._save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._title)
        layout.addWidget(self._area)
        self._papers = QWidget()
        self._paper_buttons = QVBoxLayout(self._papers)
        self._paper_buttons.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._papers)
        layout.addLayout(buttons)

    @property
    def record(self) -> Record | None:
        """The facility shown."""
        return self._record

    def show_record(self, record: Record) -> None:
        """Show a facility's form."""
        self._record = record
        kind = KINDS[record.kind]
        self._title.setText(f"<b>{_(kind.title)}</b>  {record.code}")
        self._form = QWidget()
        form = QFormLayout(self._form)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        self._editors = {}
        for field in kind.fields:
            if field.type in LEFT_OUT:
                continue
            editor = _editor(field, record.values[field.name])
            title = _(field.title) + (f" ({field.unit})" if field.unit else "")
            editor.setAccessibleName(title)
            form.addRow(title, editor)
            self._editors[field.name] = editor
        self._area.setWidget(self._form)
        self._save.setEnabled(True)
        self._go.setEnabled(record.geometry is not None)
        self._offer_documents(record)

    def _offer_documents(self, record: Record | None) -> None:
        for button in self._papers.findChildren(QPushButton):
            button.deleteLater()
        if record is None:
            return
        for title, write in self._documents(record.kind):
            button = QPushButton(title)
            button.clicked.connect(lambda _checked, write=write: write(record.code))
            self._paper_buttons.addWidget(button)

    def clear(self) -> None:
        """Nothing is selected."""
        self._record = None
        self._editors = {}
        self._title.setText(_("Click a facility on the map, or find one."))
        self._area.setWidget(QWidget())
        self._save.setEnabled(False)
        self._go.setEnabled(False)
        self._offer_documents(None)

    def values(self) -> dict[str, Any]:
        """What the user changed, by field."""
        if self._record is None:
            return {}
        shown = {name: _value(editor) for name, editor in self._editors.items()}
        before = {name: _plain(self._record.values[name]) for name in shown}
        return {name: value or None for name, value in shown.items() if value != before[name]}

    def editor(self, name: str) -> QWidget:
        """The editor of a field."""
        return self._editors[name]

    def _emit_save(self) -> None:
        values = self.values()
        if self._record is not None and values:
            fields = {field.name: field for field in KINDS[self._record.kind].fields}
            typed = {name: _typed(fields[name], value) for name, value in values.items()}
            self.save.emit(self._record.kind, self._record.uid, self._record.version, typed)


class Choice(QComboBox):
    """A choice in a form that scrolls: the wheel over it scrolls the form and changes no value."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Left to the form."""
        event.ignore()


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _typed(field: Field, value: str | None) -> Any:
    if field.type == "boolean" and value is not None:
        return value == "1"
    return value


def _editor(field: Field, value: object) -> QWidget:
    choices: list[tuple[str, str]] = []
    if field.code_list:
        choices = [(entry.code, entry.title) for entry in code_list(field.code_list)]
    elif field.type == "boolean":
        choices = [("1", _("yes")), ("0", _("no"))]
    if not choices:
        line = QLineEdit(_plain(value))
        line.setCursorPosition(0)
        line.setPlaceholderText(_("unknown"))
        return line
    box = Choice()
    box.addItem(_("unknown"), "")
    for code, title in choices:
        box.addItem(title, code)
    plain = _plain(value)
    index = box.findData(plain)
    if index < 0:  # a value that the list does not have is kept, not lost
        box.addItem(plain, plain)
        index = box.count() - 1
    box.setCurrentIndex(index)
    return box


def _value(editor: QWidget) -> str:
    if isinstance(editor, QComboBox):
        return str(editor.currentData())
    assert isinstance(editor, QLineEdit)
    return editor.text().strip()
