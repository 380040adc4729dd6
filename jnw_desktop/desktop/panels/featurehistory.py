"""The history of a facility: who changed what from what to what, where it lay before and after, and taking it back."""

from __future__ import annotations

import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.past import FeatureChange
from jnw_desktop.language import N_, _
from jnw_desktop.workspace.history import called

WHAT = {"made": N_("made"), "changed": N_("changed"), "deleted": N_("deleted")}
CHANGE = Qt.ItemDataRole.UserRole


class FeatureHistory(QWidget):
    """A tree: changes, newest first, and under each the fields it changed.

    Emits ``compare(change)`` to show the geometry before and after (``None``: no more), ``undo(number)`` to take one
    change back.
    """

    compare = Signal(object)
    undo = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([_("Change"), _("Before"), _("After")])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setAlternatingRowColors(True)
        self._undo = QPushButton(_("Take back this change"))
        self._undo.setEnabled(False)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self._undo)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tree)
        column.addLayout(buttons)
        self.tree.currentItemChanged.connect(lambda _now, _before: self._chosen())
        self._undo.clicked.connect(self._take_back)

    def show_changes(self, kind: str, changes: list[FeatureChange]) -> None:
        """Show what was done to a facility of ``kind``."""
        self.tree.clear()
        for change in changes:
            at = datetime.datetime.fromisoformat(change.at.replace("Z", "+00:00")).astimezone()
            what = _(WHAT[change.what])
            why = called(change.kind, change.why)
            item = QTreeWidgetItem([f"{at:%Y-%m-%d %H:%M}  {change.who}  {what}  {why}"])
            item.setToolTip(0, why)
            item.setData(0, CHANGE, change)
            for name, (before, after) in change.fields.items():
                shown = (change.names.get(str(value)) or _shown(kind, name, value) for value in (before, after))
                QTreeWidgetItem(item, [_title(kind, name), *shown])
            if change.moved and change.what == "changed":
                QTreeWidgetItem(item, [_("Place"), _("red on the map"), _("green on the map")])
            self.tree.addTopLevelItem(item)
            item.setFirstColumnSpanned(True)
            item.setExpanded(change.what == "changed")

    def current(self) -> FeatureChange | None:
        """The change that is chosen, itself or one of its fields."""
        item = self.tree.currentItem()
        if item is not None and item.parent() is not None:
            item = item.parent()
        return item.data(0, CHANGE) if item is not None else None

    def _chosen(self) -> None:
        change = self.current()
        self._undo.setEnabled(change is not None and change.kind != "undo")
        self.compare.emit(change)

    def _take_back(self) -> None:
        change = self.current()
        if change is not None:
            self.undo.emit(change.change_set)


def _title(kind: str, name: str) -> str:
    field = KINDS[kind].field(name)
    return _(field.title) if field is not None else _("Code")


def _shown(kind: str, name: str, value: Any) -> str:
    field = KINDS[kind].field(name)
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    shown = label(field.code_list, str(value)) if field is not None and field.code_list else value
    shown = f"{shown:.10g}" if isinstance(shown, float) else str(shown)
    return f"{shown} {_(field.unit)}" if field is not None and field.unit else shown
