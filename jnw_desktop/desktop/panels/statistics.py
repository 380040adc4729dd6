"""Statistics in a tab: choose what is counted and by what, read the table with its bars, take it out as a file."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.papers.handingout import write_file
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.ledger import BY
from jnw_desktop.facilities.statistics import Statistics, condition, keys_of
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

SHARE = Qt.ItemDataRole.UserRole
BAR = QColor("#3f9fc4")
FIRST = ("pipe", "material")  # what is shown at first


class Bars(QStyledItemDelegate):
    """Draws the share of a cell as a bar with its figure beside it."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The bar takes at most two thirds of the cell."""
        share = index.data(SHARE) or 0.0
        area = option.rect.adjusted(4, 4, -4, -4)
        wide = round(area.width() * 0.66 * share)
        painter.fillRect(area.x(), area.y(), wide, area.height(), BAR)
        place = area.adjusted(wide + 6, 0, 0, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, str(index.data()))


class StatisticsPage(QWidget):
    """Asks the worker whenever the choice changes."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        part = forms.fill(self, "statistics").part
        self.kind, self.first, self.second = (part(name, QComboBox) for name in ("kind", "first", "second"))
        for name, kind in KINDS.items():
            self.kind.addItem(_(kind.title), name)
        self._told = part("told", QLabel)
        self._shown: Statistics | None = None
        self.table = part("table", QTableWidget)
        self.table.verticalHeader().hide()
        self.table.cellClicked.connect(lambda row, _column: self.open_row(row))
        for name, ending in (("workbook", ".xlsx"), ("pdf", ".pdf")):
            part(name, QPushButton).clicked.connect(functools.partial(self._write, ending))
        self.ledger = part("ledger", QPushButton)
        self.ledger.setMenu(self._ledger_menu())
        self.kind.currentIndexChanged.connect(self._offer_keys)
        self.first.currentIndexChanged.connect(self._ask)
        self.second.currentIndexChanged.connect(self._ask)
        self.kind.setCurrentIndex(self.kind.findData(FIRST[0]))
        self._offer_keys()
        self.first.setCurrentIndex(self.first.findData(FIRST[1]))

    def by(self) -> list[str]:
        """The keys chosen."""
        keys = [str(combo.currentData()) for combo in (self.first, self.second) if combo.currentData()]
        return list(dict.fromkeys(keys))

    def _offer_keys(self) -> None:
        keys = keys_of(str(self.kind.currentData()))
        for combo in (self.first, self.second):
            combo.blockSignals(True)
            combo.clear()
        self.second.addItem("—", None)
        for name, title in keys.items():
            self.first.addItem(_(title), name)
            self.second.addItem(_(title), name)
        for combo in (self.first, self.second):
            combo.blockSignals(False)
        self._ask()

    def _ask(self) -> None:
        self._window.jobs.ask("facilities.statistics", self._show, kind=str(self.kind.currentData()), by=self.by())

    def _show(self, told: Statistics) -> None:
        if (told.kind, list(told.by)) != (self.kind.currentData(), self.by()):
            return  # the answer to an earlier choice
        self._shown = told
        long = told.length > 0
        measures = [_("Count"), *([_("Length (km)")] if long else [])]
        self.table.clear()
        self.table.setColumnCount(len(told.titles) + len(measures))
        self.table.setRowCount(len(told.groups))
        self.table.setHorizontalHeaderLabels([*told.titles, *measures])
        most = max((group.length if long else group.count for group in told.groups), default=1) or 1
        for row, group in enumerate(told.groups):
            cells = [QTableWidgetItem(title) for title in group.titles]
            cells.append(QTableWidgetItem(f"{group.count:,}"))
            if long:
                cells.append(QTableWidgetItem(f"{group.length / 1000:,.3f}"))
            cells[-1].setData(SHARE, (group.length if long else group.count) / most)
            for column, cell in enumerate(cells):
                self.table.setItem(row, column, cell)
        last = self.table.columnCount() - 1
        self.table.setItemDelegate(QStyledItemDelegate(self.table))
        self.table.setItemDelegateForColumn(last, Bars(self.table))
        self.table.resizeColumnsToContents()
        self.table.horizontalHeader().setSectionResizeMode(last, QHeaderView.ResizeMode.Stretch)
        total = _("{count:,} together").format(count=told.count)
        self._told.setText(total + (f", {told.length / 1000:,.3f} km" if long else ""))

    def open_row(self, row: int) -> None:
        """Show the facilities that a row counts, in the attribute table and on the map."""
        told = self._shown
        if told is not None:
            self._window.filtering.open(told.kind, condition(told.by, told.groups[row].keys))

    def _ledger_menu(self) -> QMenu:
        menu = QMenu(self)
        for by in BY:
            for title, ending in ((_("By {by}, workbook…"), ".xlsx"), (_("By {by}, PDF…"), ".pdf")):
                told = title.format(by=_(KINDS[by].title))
                menu.addAction(told, functools.partial(self._choose_ledger, by, ending))
        return menu

    def _choose_ledger(self, by: str, ending: str) -> None:
        path, _kind = QFileDialog.getSaveFileName(self, _("Asset ledger"), f"ledger{ending}", f"*{ending}")
        if path:
            self.write_ledger(path if path.lower().endswith(ending) else path + ending, by)

    def write_ledger(self, path: str, by: str) -> None:
        """Write the asset ledger to a .pdf or .xlsx; a PDF opens in a tab."""
        write_file(self._window, _("Asset ledger"), "documents.ledger", path, by=by)

    def _write(self, ending: str) -> None:
        path, _kind = QFileDialog.getSaveFileName(self, _("Statistics"), f"statistics{ending}", f"*{ending}")
        if path:
            self.write(path if path.lower().endswith(ending) else path + ending)

    def write(self, path: str) -> None:
        """Write the statistics shown to a .pdf or .xlsx; a PDF opens in a tab."""
        kind = str(self.kind.currentData())
        write_file(self._window, _("Statistics"), "documents.statistics", path, kind=kind, by=self.by())
