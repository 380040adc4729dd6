"""The form of a facility's fields: an editor for each, what is wrong beside it, and only those that have a meaning."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
    """Editors for the fields of a kind, made once and filled with one facility after the other.

    ``changed`` after every keystroke; ``asked`` answers for fields that name other facilities.
    """

    changed = Signal()

    def __init__(self, kind: str, asked: Asked) -> None:
        super().__init__()
        self._asked = asked
        self._kind = KINDS[kind]
        self._before: dict[str, Any] = {}
        self._differing: frozenset[str] = frozenset()
        self._left_out: tuple[str, ...] = ()
        self._new = False
        self._filling = False
        self._editors: dict[str, QWidget] = {}
        self._told: dict[str, QLabel] = {}
        self._rows: dict[str, QWidget] = {}
        self._form = QFormLayout(self)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)  # long titles in a narrow dock
        for field in self._kind.fields:
            self._add(field)
        self.show_values({})

    def show_values(
        self, values: Mapping[str, Any], *, differing: Collection[str] | None = None, new: bool = False
    ) -> None:
        """Fill in what is known now; what was typed before is gone.

        ``differing``: these are the values of many facilities, and those fields have several, which they keep until
        one is chosen. With ``new`` all that is filled in counts as changed, and required fields must be.
        """
        self._before, self._differing, self._new = dict(values), frozenset(differing or ()), new
        self._left_out = CONNECTED if new or differing is not None else ()
        self._filling = True
        for name, editor in self._editors.items():
            _put(editor, self._before.get(name), name in self._differing)
        self._filling = False
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
        editor = ReferenceEditor(field, self._asked) if field.type == "reference" else _editor(field)
        title = _(field.title) + (f" ({_(field.unit)})" if field.unit else "")
        editor.setAccessibleName(title)
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(editor)
        self._form.addRow(title + (" *" if field.required else ""), row)
        self._editors[field.name], self._rows[field.name] = editor, row
        if isinstance(editor, QComboBox):
            editor.currentIndexChanged.connect(self.look)
        elif isinstance(editor, QLineEdit):
            editor.textChanged.connect(self.look)
        elif isinstance(editor, ReferenceEditor):
            editor.changed.connect(self.look)

    def editor(self, name: str) -> QWidget:
        """The editor of a field."""
        return self._editors[name]

    def follow(self, before: QWidget) -> None:
        """Come after ``before`` in the order of the Tab key, field by field."""
        for editor in self._editors.values():
            for part in (editor.line, editor.pick, editor.go) if isinstance(editor, ReferenceEditor) else (editor,):
                QWidget.setTabOrder(before, part)
                before = part

    def focus_first(self) -> None:
        """Put the keyboard into the first field that is shown."""
        for name, editor in self._editors.items():
            if self.is_shown(name):
                editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def told(self, name: str) -> str:
        """What stands beside a field."""
        label = self._told.get(name)
        return label.text() if label is not None and label.isVisibleTo(self) else ""

    def title(self, name: str) -> str:
        """What a field is called."""
        return self._editors[name].accessibleName()

    def words(self, name: str, text: str) -> str:
        """A value as it stands in an editor, as people read it."""
        editor = self._editors[name]
        if isinstance(editor, QComboBox):
            at = editor.findData(text)
            return editor.itemText(at) if at >= 0 else text
        return text

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
        if self._filling:
            return
        values = self.values()
        before = {} if self._new else self._before
        self._findings = check_values(self._kind.id, values, before=before, complete=self._new)
        for name, editor in self._editors.items():
            if isinstance(editor, ReferenceEditor) and editor.trouble:
                self._findings[name] = Finding(editor.trouble, True)
        for name in self._told.keys() - self._findings.keys():
            self._told[name].hide()
        for name, finding in self._findings.items():
            if name in self._rows:
                label = self._label_beside(name)
                label.setText(finding.message)
                label.setStyleSheet(f"color: {ERROR if finding.error else WARNING}")
                label.show()
        now = self._before | values
        for field in self._kind.fields:
            if field.name in self._rows:
                meant = field.applies(now) or now.get(field.name) is not None or field.name in self._differing
                asked = field.shown_when is not None and field.shown_when[0] in self._differing
                row, shown = self._rows[field.name], (meant or asked) and field.name not in self._left_out
                if self._form.isRowVisible(row) != shown:
                    self._form.setRowVisible(row, shown)
        self.changed.emit()

    def _label_beside(self, name: str) -> QLabel:
        if name not in self._told:
            self._told[name] = QLabel(wordWrap=True)
            column = self._rows[name].layout()
            assert column is not None
            column.addWidget(self._told[name])
        return self._told[name]


class Choice(QComboBox):
    """A choice in a form that scrolls: the wheel over it scrolls the form and changes no value."""

    def __init__(self, choices: Sequence[tuple[str, str]]) -> None:
        """``choices``: code and title of each."""
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.addItem(_("unknown"), "")
        for code, title in choices:
            self.addItem(title, code)
        self._listed = self.count()

    def put(self, wanted: str, several: bool) -> None:
        """Choose ``wanted``; a value that the list does not have is kept, not lost."""
        while self.count() > self._listed:
            self.removeItem(self.count() - 1)
        if several:
            self.addItem(_("(several values)"), SEVERAL)
        elif self.findData(wanted) < 0:
            self.addItem(wanted, wanted)
        self.setCurrentIndex(self.findData(SEVERAL if several else wanted))

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


def _editor(field: Field) -> QWidget:
    if field.code_list:
        return Choice([(entry.code, entry.title) for entry in code_list(field.code_list)])
    if field.type == "boolean":
        return Choice([("1", _("yes")), ("0", _("no"))])
    return QLineEdit()


def _put(editor: QWidget, value: object, several: bool) -> None:
    if isinstance(editor, Choice):
        editor.put(plain(value), several)
        return
    if isinstance(editor, ReferenceEditor):
        editor.put(plain(value), SEVERAL if several else "")
        return
    assert isinstance(editor, QLineEdit)
    editor.setText("" if several else plain(value))
    editor.setCursorPosition(0)
    editor.setPlaceholderText(_("(several values)") if several else _("unknown"))


def _value(editor: QWidget) -> str:
    if isinstance(editor, QComboBox):
        return str(editor.currentData())
    if isinstance(editor, ReferenceEditor):
        return editor.value
    assert isinstance(editor, QLineEdit)
    return editor.text().strip()
