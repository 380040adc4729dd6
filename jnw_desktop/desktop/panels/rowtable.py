"""A table of what an analysis found: sorted by value and filtered by any cell, of 100,000s of rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLineEdit, QTableView, QVBoxLayout, QWidget

from jnw_desktop.extension.session import Session
from jnw_desktop.language import _

Index = QModelIndex | QPersistentModelIndex
ASCENDING = Qt.SortOrder.AscendingOrder


class Rows(QAbstractTableModel):
    """Rows as wide as ``head``, sorted by value with unknown ones last, those that hold a text.

    It sorts and filters lists: QSortFilterProxyModel asks a model in Python for each cell anew, which takes half a
    minute for the segments of a city.
    """

    def __init__(self, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        super().__init__()
        self._head, self._rows = head, rows
        self._by, self._order, self._text = -1, ASCENDING, ""
        self._shown: Sequence[int] = range(len(rows))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Of the table."""
        return 0 if parent.isValid() else len(self._head)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._head[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Of one cell."""
        return _shown(self._rows[self._shown[index.row()]][index.column()]) if role == SHOWN else None

    def number(self, index: Index) -> int:
        """Of the row that is shown there, among all rows."""
        return self._shown[index.row()]

    def sort(self, column: int, order: Qt.SortOrder = ASCENDING) -> None:
        """By a column; below 0 as the rows were given."""
        self._by, self._order = column, order
        self._arrange()

    def keep(self, text: str) -> None:
        """Only rows with ``text`` in a cell, capitals or not."""
        self._text = text.casefold()
        self._arrange()

    def _arrange(self) -> None:
        if self._by < 0 and not self._text and len(self._shown) == len(self._rows) and isinstance(self._shown, range):
            return
        self.beginResetModel()
        chosen: Sequence[int] = range(len(self._rows))
        if self._text:
            chosen = [number for number, words in enumerate(self._words) if self._text in words]
        self._shown = self._sorted(chosen) if self._by >= 0 else chosen
        self.endResetModel()

    def _sorted(self, chosen: Sequence[int]) -> list[int]:
        values = [row[self._by] for row in self._rows]
        known = [number for number in chosen if values[number] is not None]
        known.sort(key=lambda number: _rank(values[number]), reverse=self._order != ASCENDING)
        return known + [number for number in chosen if values[number] is None]

    @cached_property
    def _words(self) -> list[str]:
        """What each row shows, to be searched."""
        return [
            "\t".join(
                ["" if v is None else f"{v:.2f}" if v.__class__ is float else str(v) for v in row]  # as _shown, inline
            ).casefold()
            for row in self._rows
        ]


SHOWN = Qt.ItemDataRole.DisplayRole


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _rank(value: Any) -> tuple[bool, Any]:
    """Numbers before texts."""
    return isinstance(value, str), value


class RowTable(QWidget):
    """A table of rows with its filter; a click selects the facility the row is about everywhere."""

    def __init__(self, session: Session, title: str) -> None:
        super().__init__()
        self._session = session
        self._named: Sequence[tuple[str, str] | None] = []
        self.rows = Rows([], [])
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.buttons = QHBoxLayout()
        self.buttons.addWidget(self.filter, 1)
        self.table = QTableView()
        self.table.setAccessibleName(title)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setResizeContentsPrecision(100)  # rows looked at
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self.buttons)
        layout.addWidget(self.table, 1)
        self.filter.textChanged.connect(self._filter)
        self.table.clicked.connect(self._chosen)

    def fill(
        self, head: Sequence[str], rows: Sequence[Sequence[Any]], named: Sequence[tuple[str, str] | None], by: int = -1
    ) -> None:
        """Show ``rows``, sorted by column ``by``, in their own order where none is named."""
        self._named = named
        self.rows = Rows(head, rows)
        self.table.setModel(self.rows)
        self.table.sortByColumn(by, ASCENDING)
        self.table.resizeColumnsToContents()
        self._filter(self.filter.text())

    def _filter(self, text: str) -> None:
        self.rows.keep(text)

    def _chosen(self, index: QModelIndex) -> None:
        named = self._named[self.rows.number(index)]
        if named is not None:
            chosen = lambda record: self._session.select(record.kind, record.uid, fly=True)  # noqa: E731
            self._session.ask("facilities.find", chosen, name=":".join(part for part in named if part))
