"""The attribute table: one kind of facility, filtered, sorted, a page at a time as the user scrolls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QTableView, QToolButton, QVBoxLayout, QWidget

from jnw_desktop.desktop.jobs import Jobs, OnError
from jnw_desktop.desktop.panels.filterform import FilterForm
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Page
from jnw_desktop.language import _

PAGE = 200
HIDDEN = ("fid", "uid", "version")
Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()


class FacilityModel(QAbstractTableModel):
    """Rows as far as they were asked for; the view asks for more as it scrolls."""

    counted = Signal(int)

    def __init__(self, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.kind = "pipe"
        self.text = ""
        self.where = ""
        self.refused: OnError | None = None
        self._sort: str | None = None
        self._descending = False
        self._columns: list[str] = []
        self._places: list[int] = []
        self._rows: list[list[Any]] = []
        self._total = 0
        self._fid = 0
        self._asked = 0  # answers to older questions are dropped

    def ask(self) -> None:
        """Begin again at the first row."""
        self._fetch(0)

    def _fetch(self, offset: int) -> None:
        self._asked += 1
        asked = self._asked
        self._jobs.ask(
            "facilities.page",
            lambda page: self._take(asked, offset, page),
            self.refused if self.where else None,
            kind=self.kind,
            text=self.text,
            where=self.where,
            sort=self._sort,
            descending=self._descending,
            offset=offset,
            limit=PAGE,
        )

    def _take(self, asked: int, offset: int, page: Page) -> None:
        if asked != self._asked:
            return
        if offset == 0:
            self.beginResetModel()
            self._columns = [name for name in page.columns if self._is_shown(name)]
            self._places = [page.columns.index(name) for name in self._columns]
            self._fid = page.columns.index("fid")
            self._rows = page.rows
            self._total = page.total
            self.endResetModel()
            self.counted.emit(page.total)
        else:
            self.beginInsertRows(NOTHING, offset, offset + len(page.rows) - 1)
            self._rows += page.rows
            self.endInsertRows()

    def _is_shown(self, name: str) -> bool:
        """Local keys and uids of other facilities say nothing to people."""
        field = KINDS[self.kind].field(name)
        return name not in HIDDEN and (field is None or field.type != "reference")

    def fid(self, row: int) -> int:
        """The facility of a row."""
        return int(self._rows[row][self._fid])

    def rows_of(self, fids: Sequence[int]) -> list[int]:
        """The rows of these facilities, of those fetched so far."""
        wanted = set(fids)
        return [number for number, row in enumerate(self._rows) if row[self._fid] in wanted] if wanted else []

    def rowCount(self, parent: Index = NOTHING) -> int:
        """Rows fetched so far."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOTHING) -> int:
        """Columns shown."""
        return 0 if parent.isValid() else len(self._columns)

    def canFetchMore(self, parent: Index) -> bool:
        """Whether rows are left."""
        return not parent.isValid() and len(self._rows) < self._total

    def fetchMore(self, parent: Index) -> None:  # noqa: ARG002
        """Ask for the next page."""
        self._fetch(len(self._rows))

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Titles in the user's language."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return section + 1
        field = KINDS[self.kind].field(self._columns[section])
        return _(field.title) if field else _("Code")

    def data(self, index: Index, role: int = 0) -> Any:
        """A cell: values of code lists by their names."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        value = self._rows[index.row()][self._places[index.column()]]
        field = KINDS[self.kind].field(self._columns[index.column()])
        if value is None:
            return ""
        if field is not None and field.code_list:
            return label(field.code_list, str(value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return value

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort in the workspace, not here."""
        if 0 <= column < len(self._columns):
            self._sort, self._descending = self._columns[column], order == Qt.SortOrder.DescendingOrder
            self.ask()


class AttributeTable(QWidget):
    """Emits ``picked(kind, fids)`` when the user chooses rows, ``copy_wanted(kind, text, rows)`` on Ctrl+C."""

    picked = Signal(str, object)
    copy_wanted = Signal(str, str, int)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = FacilityModel(jobs, self)
        self.kind = QComboBox()
        self.kind.setMinimumWidth(150)
        for name, kind in KINDS.items():
            self.kind.addItem(_(kind.title), name)
        self.filter = QLineEdit(placeholderText=_("Code, name or road"), clearButtonEnabled=True)
        self.filter.setMaximumWidth(320)
        self._count = QLabel()
        self._marked: Mapping[str, Sequence[int]] = {}
        self.view = QTableView(sortingEnabled=True)
        self.view.setAlternatingRowColors(True)
        self.view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.view.setModel(self.model)
        self.view.setTabKeyNavigation(False)  # Tab goes on to the next part of the window
        self.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.view.verticalHeader().setDefaultSectionSize(24)
        self.form = FilterForm()
        self.form.hide()
        self.more = QToolButton()
        self.more.setText(_("Filter…"))
        self.more.setCheckable(True)
        self.more.toggled.connect(self.form.setVisible)
        top = QHBoxLayout()
        for widget in (self.kind, self.filter, self.more, self._count):
            top.addWidget(widget)
        top.addStretch()
        below = QHBoxLayout()
        below.addWidget(self.form)
        below.addWidget(self.view, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(top)
        layout.addLayout(below, 1)
        self._wait = QTimer(self, singleShot=True, interval=250)
        self._wait.timeout.connect(self._ask)
        self.kind.currentIndexChanged.connect(self._ask)
        self.filter.textChanged.connect(lambda _text: self._wait.start())
        self.view.horizontalHeader().setResizeContentsPrecision(10)
        self.model.modelReset.connect(self.view.resizeColumnsToContents)
        self.model.counted.connect(lambda total: self._count.setText(_("{count:,} rows").format(count=total)))
        self.model.modelReset.connect(lambda: self.mark(self._marked))
        self.view.selectionModel().selectionChanged.connect(self._pick)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self.view, context=Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_rows)

    def refresh(self) -> None:
        """Ask again."""
        self._ask()

    def show_kind(self, kind: str) -> None:
        """Show another kind's rows."""
        self.kind.setCurrentIndex(self.kind.findData(kind))

    def show_form(self, on: bool) -> None:
        """Show the filter form, or put it away."""
        self.more.setChecked(on)

    def set_where(self, where: str, refused: OnError) -> None:
        """Show only rows of which ``where`` is so; ``refused`` hears why a condition is wrong."""
        self.model.where, self.model.refused = where, refused
        self.more.setText(_("Filter…") if not where else _("Filter ●"))
        self.more.setToolTip(where)
        self._ask()

    def _ask(self) -> None:
        kind = str(self.kind.currentData())
        if kind != self.model.kind:
            self.model._sort = None
            self.model.where = ""
            self.more.setText(_("Filter…"))
            self.form.set_kind(kind)
        self.model.kind = kind
        self.model.text = self.filter.text().strip()
        self.model.ask()

    def mark(self, layers: Mapping[str, Sequence[int]]) -> None:
        """Select the rows of what is selected elsewhere, of those fetched so far; kept when rows are fetched again."""
        self._marked = layers
        chosen = QItemSelection()
        for row in self.model.rows_of(layers.get(self.model.kind, ())):
            index = self.model.index(row, 0)
            chosen.select(index, index)
        selecting = self.view.selectionModel()
        flag = QItemSelectionModel.SelectionFlag
        selecting.blockSignals(True)
        selecting.select(chosen, flag.ClearAndSelect | flag.Rows)
        selecting.blockSignals(False)
        self.view.viewport().update()
        if chosen.indexes():
            self.view.scrollTo(chosen.indexes()[0])

    def copy_rows(self) -> None:
        """Let the chosen rows go to the clipboard: headings, then a line for each, parted by tabs."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        if not rows:
            return
        display = Qt.ItemDataRole.DisplayRole
        columns = range(self.model.columnCount())
        lines = [[str(self.model.headerData(at, Qt.Orientation.Horizontal, display)) for at in columns]]
        lines += [[str(self.model.data(self.model.index(row, at), display)) for at in columns] for row in rows]
        clean = ["\t".join(" ".join(cell.split()) for cell in line) for line in lines]
        self.copy_wanted.emit(self.model.kind, "\n".join(clean) + "\n", len(rows))

    def _pick(self) -> None:
        rows = {index.row() for index in self.view.selectionModel().selectedRows()}
        if rows:
            self.picked.emit(self.model.kind, [self.model.fid(row) for row in sorted(rows)])
