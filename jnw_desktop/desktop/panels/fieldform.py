"""The form of a facility's fields: an editor for each, what is wrong beside it, and only those that have a meaning."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from jnw_desktop.desktop.panels.referencefield import Asked, ReferenceEditor
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.fields import Field
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.referring import Named
from jnw_desktop.facilities.valuecheck import Finding, check_values
from jnw_desktop.language import _

CONNECTED = ("start_node", "end_node")  # of one facility, and of what is drawn only the map knows it
SEVERAL = "\0several"  # of a choice: the entry that stands for different values
ERROR, WARNING = "#e03131", "#e8590c"


class FieldForm(QWidget):
    """Editors for the fields of a kind; ``changed`` after every keystroke.

    ``values`` is what is known now; ``asked`` answers for fields that name other facilities. ``differing``: it is the
    form of many facilities, and these fields have several values, which they keep until one is chosen.
    With ``new`` all that is filled in counts as changed, and required fields must be.
    """

    changed = Signal()

    def __init__(
        self,
        kind: str,
        values: Mapping[str, Any],
        asked: Asked,
        *,
        differing: Collection[str] | None = None,
        new: bool = False,
    ) -> None:
        super().__init__()
        self._asked = asked
        self._kind = KINDS[kind]
        self._before = dict(values)
        self._differing = set(differing or ())
        left_out = CONNECTED if new or differing is not None else ()
        self._new = new
        self._editors: dict[str, QWidget] = {}
        self._told: dict[str, QLabel] = {}
        self._rows: dict[str, QWidget] = {}
        self._form = QFormLayout(self)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        for field in self._kind.fields:
            if field.name not in left_out:
                self._add(field)
        self._shown_at_first = {name: _value(editor) for name, editor in self._editors.items()}
        self.name_references()
        self.look()

    def name_references(self) -> None:
        """Ask for code and name of what the form's fields refer to."""
        wanted = {
            name: editor.value
            for name, editor in self._editors.items()
            if isinstance(editor, ReferenceEditor) and editor.value not in ("", SEVERAL)
        }

        def tell(named: dict[str, Named]) -> None:
            for name, uid in wanted.items():
                editor = self._editors[name]
                if isinstance(editor, ReferenceEditor) and isValid(editor) and editor.value == uid:
                    editor.tell(named.get(uid))

        if wanted:
            self._asked.names(self._kind.id, wanted, tell)

    def _add(self, field: Field) -> None:
        value, several = self._before.get(field.name), field.name in self._differing
        if field.type == "reference":
            editor: QWidget = ReferenceEditor(field, plain(value), self._asked, SEVERAL if several else "")
        else:
            editor = _editor(field, value, several)
        title = _(field.title) + (f" ({_(field.unit)})" if field.unit else "")
        editor.setAccessibleName(title)
        told = QLabel(wordWrap=True)
        told.hide()
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(editor)
        column.addWidget(told)
        self._form.addRow(title + (" *" if field.required else ""), row)
        self._editors[field.name], self._told[field.name], self._rows[field.name] = editor, told, row
        if isinstance(editor, QComboBox):
            editor.currentIndexChanged.connect(self.look)
        elif isinstance(editor, QLineEdit):
            editor.textChanged.connect(self.look)
        elif isinstance(editor, ReferenceEditor):
            editor.changed.connect(self.look)

    def editor(self, name: str) -> QWidget:
        """The editor of a field."""
        return self._editors[name]

    def told(self, name: str) -> str:
        """What stands beside a field."""
        label = self._told[name]
        return label.text() if label.isVisibleTo(self) else ""

    def is_shown(self, name: str) -> bool:
        """Whether a field has a meaning with the values there are."""
        return self._form.isRowVisible(self._rows[name])

    def values(self) -> dict[str, Any]:
        """What the user changed, by field; ``None`` where it was emptied."""
        changed = {}
        for name, editor in self._editors.items():
            value, first = _value(editor), self._shown_at_first[name]
            if value == SEVERAL or (value == first and not (self._new and value)):
                continue
            changed[name] = _typed(self._kind.field(name), value)
        return changed

    def draft(self) -> dict[str, str]:
        """What stands in the editors that were changed, saved or not."""
        return {name: _value(self._editors[name]) for name in self.values()}

    def fill(self, draft: Mapping[str, str]) -> None:
        """Put a draft back into the editors."""
        for name, text in draft.items():
            editor = self._editors.get(name)
            if isinstance(editor, QComboBox):
                editor.setCurrentIndex(max(editor.findData(text), 0))
            elif isinstance(editor, QLineEdit):
                editor.setText(text)
            elif isinstance(editor, ReferenceEditor):
                editor.value = text
        self.name_references()
        self.look()

    @property
    def is_new(self) -> bool:
        """Whether it is the form of a facility that is being made."""
        return self._new

    @property
    def wrong(self) -> bool:
        """Whether something cannot be stored."""
        return any(finding.error for finding in self._findings.values())

    def look(self) -> None:
        """Check the values, say what is wrong beside each field, and show the fields that have a meaning."""
        values = self.values()
        before = {} if self._new else self._before
        self._findings = check_values(self._kind.id, values, before=before, complete=self._new)
        for name, editor in self._editors.items():
            if isinstance(editor, ReferenceEditor) and editor.trouble:
                self._findings[name] = Finding(editor.trouble, True)
        for name, label in self._told.items():
            finding = self._findings.get(name)
            label.setVisible(finding is not None)
            if finding is not None:
                label.setText(finding.message)
                label.setStyleSheet(f"color: {ERROR if finding.error else WARNING}")
        now = self._before | values
        for field in self._kind.fields:
            if field.name in self._rows:
                meant = field.applies(now) or now.get(field.name) is not None or field.name in self._differing
                asked = field.shown_when is not None and field.shown_when[0] in self._differing
                self._form.setRowVisible(self._rows[field.name], meant or asked)
        self.changed.emit()


class Choice(QComboBox):
    """A choice in a form that scrolls: the wheel over it scrolls the form and changes no value."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Left to the form."""
        event.ignore()


def plain(value: object) -> str:
    """A value as it stands in an editor."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _typed(field: Field | None, value: str) -> Any:
    if not value:
        return None
    return value == "1" if field is not None and field.type == "boolean" else value


def _editor(field: Field, value: object, several: bool) -> QWidget:
    choices: list[tuple[str, str]] = []
    if field.code_list:
        choices = [(entry.code, entry.title) for entry in code_list(field.code_list)]
    elif field.type == "boolean":
        choices = [("1", _("yes")), ("0", _("no"))]
    if not choices:
        line = QLineEdit(plain(value))
        line.setCursorPosition(0)
        line.setPlaceholderText(_("(several values)") if several else _("unknown"))
        return line
    box = Choice()
    if several:
        box.addItem(_("(several values)"), SEVERAL)
    box.addItem(_("unknown"), "")
    for code, title in choices:
        box.addItem(title, code)
    wanted = SEVERAL if several else plain(value)
    index = box.findData(wanted)
    if index < 0:  # a value that the list does not have is kept, not lost
        box.addItem(wanted, wanted)
        index = box.count() - 1
    box.setCurrentIndex(index)
    return box


def _value(editor: QWidget) -> str:
    if isinstance(editor, QComboBox):
        return str(editor.currentData())
    if isinstance(editor, ReferenceEditor):
        return editor.value
    assert isinstance(editor, QLineEdit)
    return editor.text().strip()
