"""The one list of every panel: filter, sort, count, zoom to, open, copy, export, and what to do while it is empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import qtawesome
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolBar,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop.actions import ACCENT
from jnw_desktop.exchange.rejects import plain_text
from jnw_desktop.extension.listing import ListOf, Place, Row
from jnw_desktop.language import _

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
WIDEST = 260  # pixels of a column that was not drawn wider
# Writes head and rows to a file, and says so.
Export = Callable[[str, str, Sequence[str], Sequence[Sequence[Any]]], None]
Hand = Callable[[str, int], None]


def plain(value: object) -> str:
    """A value as it is read."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


def pasted(value: object) -> str:
    """A value as a workbook takes it from the clipboard: one cell, and never a formula."""
    return " ".join(str(plain_text(plain(value))).split())


def _order(value: object) -> tuple[bool, bool, Any]:
    """Numbers before words before what is unknown."""
    number = isinstance(value, int | float)
    return value is None, not number, value if number else str(value)


class Rows(QAbstractTableModel):
    """The rows that pass the filter, sorted."""

    def __init__(self, of: ListOf) -> None:
        super().__init__()
        self._of = of
        self.rows: list[Row] = []
        self.shown: list[Row] = []
        self._sorted: tuple[str, bool] | None = None

    def show(self, rows: list[Row]) -> None:
        """Show these of the rows."""
        self.beginResetModel()
        self.shown = self._in_order(rows)
        self.endResetModel()

    def _in_order(self, rows: list[Row]) -> list[Row]:
        if self._sorted is None:
            return rows
        name, descending = self._sorted
        return sorted(rows, key=lambda row: _order(row[name]), reverse=descending)

    def rowCount(self, parent: Index = NOTHING) -> int:
        """Rows shown."""
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = NOTHING) -> int:
        """Columns."""
        return 0 if parent.isValid() else len(self._of.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Titles of the columns."""
        wanted = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._of.columns[section].title if wanted else None

    def data(self, index: Index, role: int = 0) -> Any:
        """A cell."""
        value = self.shown[index.row()][self._of.columns[index.column()].name]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return plain(value)
        if role == Qt.ItemDataRole.TextAlignmentRole and isinstance(value, int | float):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        descending = order == Qt.SortOrder.DescendingOrder
        self._sorted = (self._of.columns[column].name, descending) if column >= 0 else None
        self.show(self.shown)


class _View(QTreeView):
    """Emits ``copied`` when the user copies: the view itself would copy one cell."""

    copied = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy whole rows."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        else:
            super().keyPressEvent(event)


class RecordList(QWidget):
    """A :class:`jnw_desktop.extension.listing.Listing`.

    ``hand`` is given text and how many rows it is of, and lets it go to the clipboard.
    """

    def __init__(self, of: ListOf, fly: Callable[[Place], None], export: Export, hand: Hand) -> None:
        super().__init__()
        self._of, self._fly, self._export, self._hand = of, fly, export, hand
        self._key: object = None
        self.model = Rows(of)
        self.text = QLineEdit(placeholderText=_("Filter"), clearButtonEnabled=True)
        self.text.setAccessibleName(_("Filter"))
        self.choices = {column.name: self._choice(column.title) for column in of.columns if column.choices}
        self.count = QLabel()
        self.view = _View(rootIsDecorated=False, uniformRowHeights=True)
        self.view.setAlternatingRowColors(True)
        self.view.setAccessibleName(of.title)
        self.view.setModel(self.model)
        self.view.setSortingEnabled(True)
        self.view.header().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.view.setMinimumHeight(110)
        self._empty = QLabel(of.empty, wordWrap=True)
        self._bar = QToolBar()
        self._bar.setIconSize(QSize(14, 14))
        self._bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._actions()
        self._lay_out()
        self._filter()  # before anybody listens: an empty list has nothing to pick
        self.text.textChanged.connect(self._filter)
        self.view.selectionModel().currentRowChanged.connect(self._pick)
        self.model.modelAboutToBeReset.connect(self._hold)
        self.model.modelReset.connect(self._again)
        self.view.copied.connect(self.copy)
        self.view.activated.connect(lambda _index: self._open())

    def _choice(self, title: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(title)
        box.addItem(f"{title}: {_('all')}", None)
        box.currentIndexChanged.connect(self._filter)
        return box

    def _actions(self) -> None:
        self._one: list[QAction] = []  # those that need a row
        for wanted, icon, title, call in (
            (self._of.place, "fa5s.crosshairs", _("Zoom to"), self._zoom),
            (self._of.opened, "fa5s.folder-open", _("Open"), self._open),
        ):
            if wanted is not None:
                action = self._bar.addAction(qtawesome.icon(icon, color=ACCENT), title, call)
                action.setEnabled(False)
                self._one.append(action)
                self.view.addAction(action)
        self.save = self._bar.addAction(qtawesome.icon("fa5s.file-export", color=ACCENT), _("Export…"), self._ask_file)
        copy = QAction(_("Copy"), self.view)
        copy.triggered.connect(self.copy)
        for action in (copy, self.save):
            self.view.addAction(action)

    def _lay_out(self) -> None:
        boxes = QHBoxLayout()
        for box in self.choices.values():
            boxes.addWidget(box)
        bottom = QHBoxLayout()
        bottom.addWidget(self._bar)
        bottom.addStretch()
        bottom.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.text)
        layout.addLayout(boxes)
        layout.addWidget(self._empty)
        layout.addWidget(self.view, 1)
        layout.addLayout(bottom)

    @property
    def widget(self) -> QWidget:
        """What is laid out."""
        return self

    @property
    def row(self) -> Row | None:
        """The row that is chosen."""
        index = self.view.currentIndex()
        return self.model.shown[index.row()] if index.isValid() else None

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that pass the filter, as they are sorted."""
        return self.model.shown

    def fill(self, rows: Sequence[Row]) -> None:
        """Show these rows; the chosen one stays chosen."""
        first = not self.model.rows
        self.model.rows = list(rows)
        for name, box in self.choices.items():
            self._offer(box, sorted({plain(row[name]) for row in rows} - {""}))
        self._filter()
        if first and rows:
            for column in range(len(self._of.columns)):
                self.view.resizeColumnToContents(column)
                self.view.setColumnWidth(column, min(self.view.columnWidth(column), WIDEST))

    def _offer(self, box: QComboBox, values: list[str]) -> None:
        kept = box.currentData()
        box.blockSignals(True)
        while box.count() > 1:
            box.removeItem(1)
        for value in values:
            box.addItem(value, value)
        box.setCurrentIndex(max(box.findData(kept), 0))
        box.blockSignals(False)

    def choose(self, key: object) -> bool:
        """Choose the row of that key; whether it is there."""
        for number, row in enumerate(self.model.shown):
            if row[self._of.key] == key:
                self.view.setCurrentIndex(self.model.index(number, 0))
                return True
        return False

    def copy(self) -> None:
        """Let the selected rows, with the headings, go where a workbook takes them from."""
        numbers = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        lines = [[column.title for column in self._of.columns]]
        lines += [[pasted(self.model.shown[number][c.name]) for c in self._of.columns] for number in numbers]
        if numbers:
            self._hand("\n".join("\t".join(line) for line in lines), len(numbers))

    def _filter(self) -> None:
        words = self.text.text().casefold().split()
        chosen = {name: box.currentData() for name, box in self.choices.items() if box.currentData() is not None}

        def passes(row: Row) -> bool:
            told = " ".join(plain(row[column.name]) for column in self._of.columns).casefold()
            return all(word in told for word in words) and all(plain(row[n]) == value for n, value in chosen.items())

        self.model.show([row for row in self.model.rows if passes(row)])
        told = _("{shown:,} of {count:,}") if len(self.model.shown) < len(self.model.rows) else _("{count:,} rows")
        self.count.setText(told.format(shown=len(self.model.shown), count=len(self.model.rows)))
        self._empty.setVisible(not self.model.rows)
        self.save.setEnabled(bool(self.model.shown))

    def _hold(self) -> None:
        """What is chosen is chosen again when the rows are there in another order, or are others."""
        row = self.row
        self._key = None if row is None else row[self._of.key]

    def _again(self) -> None:
        if self._key is None or not self.choose(self._key):
            self._pick()

    def _pick(self) -> None:
        row = self.row
        for action in self._one:
            action.setEnabled(row is not None)
        if self._of.picked is not None:
            self._of.picked(row)

    def _zoom(self) -> None:
        place = None if self.row is None or self._of.place is None else self._of.place(self.row)
        if place is not None:
            self._fly(place)

    def _open(self) -> None:
        if self.row is not None and self._of.opened is not None:
            self._of.opened(self.row)

    def _ask_file(self) -> None:
        out, _kind = QFileDialog.getSaveFileName(self, _("Export…"), f"{self._of.title}.xlsx", "XLSX (*.xlsx)")
        if out:
            head = [column.title for column in self._of.columns]
            rows = [[row[column.name] for column in self._of.columns] for row in self.model.shown]
            self._export(out, self._of.title, head, rows)
