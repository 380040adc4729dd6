"""What came back from the field, in a tab: before, in the field, and here; ticked rows are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.exchange.fieldwork import Brought, Difference, shown
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import N_, _
from jnw_desktop.workspace.tables import GEOMETRY

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

DIFFERENCE = Qt.ItemDataRole.UserRole
OPERATIONS = {"insert": N_("drawn"), "update": N_("edited"), "delete": N_("taken away")}
CLASH = QColor("#c92a2a")


class FieldReturn(QWidget):
    """The differences of one file. What is in conflict is not ticked at first."""

    def __init__(self, window: MainWindow, file: str) -> None:
        super().__init__()
        self._window, self._file = window, file
        self.told = QLabel(_("Reading"))
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([_("Facility"), _("Before"), _("In the field"), _("Here")])
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.take_button = QPushButton(_("Take what is ticked"))
        self.take_button.setEnabled(False)
        top = QHBoxLayout()
        top.addWidget(self.told, 1)
        top.addWidget(self.take_button)
        page = QVBoxLayout(self)
        page.addLayout(top)
        page.addWidget(self.tree)
        self.take_button.clicked.connect(self.take)
        self.tree.itemDoubleClicked.connect(self._go)
        self.refresh()

    def refresh(self) -> None:
        """Compare again."""
        self._window.jobs.run(_("Compare"), "field.differences", self._show, file=self._file)

    def _show(self, found: list[Difference]) -> None:
        self.tree.clear()
        for one in found:
            title = f"{_(OPERATIONS[one.operation])}  {_(KINDS[one.kind].title)} {one.code}"
            item = QTreeWidgetItem(self.tree, [title])
            item.setData(0, DIFFERENCE, one)
            item.setCheckState(0, Qt.CheckState.Unchecked if one.conflict else Qt.CheckState.Checked)
            if one.conflict:
                item.setForeground(0, QBrush(CLASH))
                item.setToolTip(0, _("It has changed here since; to take it undoes that."))
            for each in one.fields:
                field = KINDS[one.kind].field(each.name)
                name = _(field.title) if field else _("Place") if each.name == GEOMETRY else _("Code")
                values = [shown(one.kind, each, value) for value in (each.before, each.theirs, each.ours)]
                row = QTreeWidgetItem(item, [name, *values])
                if each.conflict:
                    row.setForeground(3, QBrush(CLASH))
            item.setExpanded(one.operation == "update")
        conflicts = sum(one.conflict for one in found)
        told = _("{count} facilities were edited in the field, {conflicts} of them have changed here too.")
        self.told.setText(
            told.format(count=len(found), conflicts=conflicts) if found else _("Nothing is left to take.")
        )
        self.take_button.setEnabled(bool(found))

    def ticked(self) -> list[str]:
        """Keys of the differences that are ticked."""
        items = [self.tree.topLevelItem(at) for at in range(self.tree.topLevelItemCount())]
        return [
            item.data(0, DIFFERENCE).key
            for item in items
            if item is not None and item.checkState(0) == Qt.CheckState.Checked
        ]

    def take(self) -> None:
        """Take what is ticked, in one change."""

        def done(brought: Brought) -> None:
            self._window.messages.info(
                _("{taken} taken, {left} left.").format(taken=brought.taken, left=len(brought.left))
            )
            self.refresh()

        keys = self.ticked()
        self._window.jobs.run(_("Take field work"), "field.bring_back", done, file=self._file, keys=keys)

    def _go(self, item: QTreeWidgetItem) -> None:
        one = item.data(0, DIFFERENCE)
        if one is not None and one.operation != "insert":
            self._window.selection.choose(one.kind, uid=one.uid, fly=True)
