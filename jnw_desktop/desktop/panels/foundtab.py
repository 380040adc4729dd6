"""What an analysis found, in a tab: sentences, a table to sort and filter, on the map, on paper, as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.found import CRITICAL, ENDING, TINTS, WAY, Found
from jnw_desktop.language import _

Index = QModelIndex | QPersistentModelIndex
COLOURS = tuple(dict.fromkeys((CRITICAL, ENDING, WAY, *TINTS)))
MANY, THIN = 2000, 2  # rows from which on lines are thin, and how thin, in pixels
LAST = 1e300  # what is not known comes after every number


class Rows(QAbstractTableModel):
    """Rows as wide as ``head``; the sort is by value, unknown ones last."""

    def __init__(self, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        super().__init__()
        self._head, self._rows = head, rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many."""
        return 0 if parent.isValid() else len(self._rows)

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
        value = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return LAST if value is None else value
        if role != Qt.ItemDataRole.DisplayRole or value is None:
            return None
        return f"{value:.2f}" if isinstance(value, float) else str(value)


class RowTable(QWidget):
    """A table of rows with its filter; a click selects the facility the row is about everywhere."""

    def __init__(self, session: Session, title: str) -> None:
        super().__init__()
        self._session = session
        self._named: Sequence[tuple[str, str] | None] = []
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.buttons = QHBoxLayout()
        self.buttons.addWidget(self.filter, 1)
        self.table = QTableView()
        self.table.setAccessibleName(title)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSortingEnabled(True)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.sorted.setFilterKeyColumn(-1)
        self.table.setModel(self.sorted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self.buttons)
        layout.addWidget(self.table, 1)
        self.filter.textChanged.connect(self.sorted.setFilterFixedString)
        self.table.clicked.connect(self._chosen)

    def fill(
        self, head: Sequence[str], rows: Sequence[Sequence[Any]], named: Sequence[tuple[str, str] | None], by: int = -1
    ) -> None:
        """Show ``rows``, sorted by column ``by``, in their own order where none is named."""
        self._named = named
        self.sorted.setSourceModel(Rows(head, rows))
        self.table.sortByColumn(by, Qt.SortOrder.AscendingOrder)
        self.table.resizeColumnsToContents()

    def _chosen(self, index: QModelIndex) -> None:
        named = self._named[self.sorted.mapToSource(index).row()]
        if named is not None:
            chosen = lambda record: self._session.select(record.kind, record.uid, fly=True)  # noqa: E731
            self._session.ask("facilities.find", chosen, name=":".join(part for part in named if part))


class FoundTab(QWidget):
    """One analysis; ``name`` is that of its colours over the map."""

    def __init__(self, session: Session, found: Found) -> None:
        super().__init__()
        self._session, self._found = session, found
        self.summary = QLabel("\n".join(found.facts))
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        key = "  ".join(f'<span style="color:{colour}">■</span> {meaning}' for colour, meaning in found.legend)
        self.rows = RowTable(session, found.title)
        self.sheet = QPushButton(_("Print"))
        self.export = QPushButton(_("Export the list"))
        self.clear = QPushButton(_("Take the colours off the map"))
        for button in (self.sheet, self.export, self.clear):
            self.rows.buttons.addWidget(button)
        layout = QVBoxLayout(self)
        for widget in (self.summary, QLabel(key)):
            layout.addWidget(widget)
        layout.addWidget(self.rows, 1)
        self.rows.fill(found.head, found.rows, found.named)
        self.sheet.clicked.connect(lambda: session.document(found.title, "network.print_found", "", found=found))
        self.export.clicked.connect(self._export)
        self.clear.clicked.connect(lambda: take_off(session))
        take_off(session)
        for colour, shapes in found.shapes.items():
            session.show(
                f"found-{COLOURS.index(colour)}", shapes, colour, width=THIN if len(found.rows) > MANY else None
            )

    def _export(self) -> None:
        suggested = f"{self._found.title}.xlsx"
        name, _filter = QFileDialog.getSaveFileName(self, _("Export the list"), suggested, "Excel (*.xlsx)")
        if name:
            self.write_list(Path(name).with_suffix(".xlsx"))

    def write_list(self, out: Path) -> None:
        """Write every row to a workbook."""
        done = lambda path: self._session.tell(_("Written to {file}.").format(file=path))  # noqa: E731
        self._session.run(_("Export the list"), "network.list_found", done, found=self._found, out=str(out))


def take_off(session: Session) -> None:
    """Take the colours of what was found off the map."""
    for number in range(len(COLOURS)):
        session.show(f"found-{number}", ())
