"""A table of a result that is held: any number of rows, read where the user looks, sorted by value and filtered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLineEdit, QTableView, QVBoxLayout, QWidget

from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.holding import Held, RowsPage, shown
from jnw_desktop.language import _

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
ASCENDING = Qt.SortOrder.AscendingOrder
SHOWN = Qt.ItemDataRole.DisplayRole
PAGE, PAGES_KEPT = 200, 60
WAITING = "…"
TYPING = 150  # ms without another letter after which a filter is asked for


class Rows(QAbstractTableModel):
    """Rows of table ``table`` of a held result, as many as there are; one that is not here yet reads "…".

    ``came`` when rows that were asked for are here.
    """

    came = Signal()

    def __init__(self, session: Session, held: Held, head: Sequence[str], table: int = 0) -> None:
        super().__init__()
        self._session, self._held, self._head, self._table = session, held, head, table
        self._asked: dict[str, Any] = {"by": -1, "descending": False, "text": ""}
        self._total = held.counts[table]
        self._pages: dict[int, RowsPage] = {}
        self._wanted: set[int] = set()

    def rowCount(self, parent: Index = NOTHING) -> int:
        """How many there are with the text that is looked for."""
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = NOTHING) -> int:
        """Of the table."""
        return 0 if parent.isValid() else len(self._head)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = SHOWN) -> Any:
        """Titles of the columns."""
        return self._head[section] if orientation == Qt.Orientation.Horizontal and role == SHOWN else None

    def data(self, index: Index, role: int = SHOWN) -> Any:
        """What a cell shows."""
        if role != SHOWN:
            return None
        page, row = divmod(index.row(), PAGE)
        if page not in self._pages:
            self._want(page)
            return WAITING
        rows = self._pages[page].rows
        if row >= len(rows):
            return WAITING  # fewer are wanted by now; how many is on its way
        value = rows[row][index.column()]
        return None if value is None else shown(value)

    def named(self, index: Index) -> tuple[str, str] | None:
        """The facility that a row is about; ``None`` of one that is about none, or not here yet."""
        page, row = divmod(index.row(), PAGE)
        named = self._pages[page].named if page in self._pages else []
        return named[row] if row < len(named) else None

    def sort(self, column: int, order: Qt.SortOrder = ASCENDING) -> None:
        """By a column; below 0 as the rows were given."""
        self._ask(by=column, descending=order != ASCENDING)

    def keep(self, text: str) -> None:
        """Only rows with ``text`` in a cell, capitals or not."""
        self._ask(text=text)

    def _ask(self, **values: Any) -> None:
        if self._asked | values == self._asked and self._wanted | self._pages.keys():
            return  # it is here, or on its way
        self._asked = self._asked | values
        self._wanted = {0}
        self._read(0, anew=True)

    def _want(self, page: int) -> None:
        if page not in self._wanted:
            self._wanted.add(page)
            self._read(page)

    def _read(self, page: int, *, anew: bool = False) -> None:
        asked = self._asked

        def take(found: RowsPage) -> None:
            if asked is not self._asked:
                return  # something else is wanted by now
            if anew:
                self.beginResetModel()
                self._total, self._pages, self._wanted = found.total, {0: found}, set()
                self.endResetModel()
            else:
                while len(self._pages) >= PAGES_KEPT:
                    self._pages.pop(next(iter(self._pages)))
                self._pages[page] = found
                self._wanted.discard(page)
                first, last = page * PAGE, page * PAGE + len(found.rows) - 1
                self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._head) - 1))
            self.came.emit()

        where = {"held": self._held, "table": self._table, "offset": page * PAGE, "limit": PAGE}
        self._session.ask("found.page", take, **where, **asked)


class RowTable(QWidget):
    """A table of a held result with its filter; a click selects the facility the row is about everywhere."""

    def __init__(self, session: Session, title: str) -> None:
        super().__init__()
        self._session = session
        self.rows: Rows | None = None
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
        self._typing = QTimer(self, singleShot=True, interval=TYPING)
        self.filter.textChanged.connect(lambda _text: self._typing.start())
        self._typing.timeout.connect(self._filter)
        self.table.clicked.connect(self._chosen)

    def follow(self, held: Held, head: Sequence[str], table: int = 0, by: int = -1) -> None:
        """Show table ``table`` of a held result, sorted by column ``by``, in its own order where none is named."""
        self.rows = Rows(self._session, held, head, table)
        self.rows.came.connect(self.table.resizeColumnsToContents, Qt.ConnectionType.SingleShotConnection)
        self.table.setModel(self.rows)
        self.table.sortByColumn(by, ASCENDING)
        self.rows.keep(self.filter.text())

    def _filter(self) -> None:
        if self.rows is not None:
            self.rows.keep(self.filter.text())

    def _chosen(self, index: QModelIndex) -> None:
        named = None if self.rows is None else self.rows.named(index)
        if named is not None:
            chosen = lambda record: self._session.select(record.kind, record.uid, fly=True)  # noqa: E731
            self._session.ask("facilities.find", chosen, name=":".join(part for part in named if part))
