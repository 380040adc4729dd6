"""The attribute table: one kind of facility, filtered, sorted, chosen from, copied and edited in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QTableView, QToolButton, QWidget

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.jobs import Jobs, OnError
from jnw_desktop.desktop.panels.facilitymodel import CellEditor, FacilityModel
from jnw_desktop.desktop.panels.filterform import FilterForm
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

CODE_WIDTH = 100  # px, the least: codes that are made later are longer than the first
MOST_CHOSEN = 20_000  # rows that are selected, or copied, at a time
MOST_MARKED = 2_000  # rows that show what is selected elsewhere


class AttributeTable(QWidget):
    """Emits ``picked(kind, fids)`` when the user chooses rows, ``copy_wanted(kind, text, rows)`` on Ctrl+C.

    ``told(text)``: why something was not done. What is edited the model emits.
    """

    picked = Signal(str, object)
    copy_wanted = Signal(str, str, int)
    told = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = FacilityModel(jobs, self)
        part = forms.fill(self, "attribute_table").part
        self.kind, self.filter = part("kind", QComboBox), part("filter", QLineEdit)
        self.more, self._count, self.view = part("more", QToolButton), part("count", QLabel), part("view", QTableView)
        for name, kind in KINDS.items():
            self.kind.addItem(_(kind.title), name)
        self._marked: Mapping[str, Sequence[int]] = {}
        self.view.setModel(self.model)
        self.view.setItemDelegate(CellEditor(self.view))
        self.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.view.verticalHeader().setDefaultSectionSize(24)
        self.form = FilterForm()
        self.form.hide()
        part("form_room", QHBoxLayout).addWidget(self.form)
        self.more.toggled.connect(self.form.setVisible)
        self._wait = QTimer(self, singleShot=True, interval=250)
        self._wait.timeout.connect(self._ask)
        self.kind.currentIndexChanged.connect(self._ask)
        self.filter.textChanged.connect(lambda _text: self._wait.start())
        self.view.horizontalHeader().setResizeContentsPrecision(10)
        self.model.modelAboutToBeReset.connect(self._remember_place)
        self.model.modelReset.connect(self._place_again)
        self.model.refused_value.connect(lambda field, message: self.told.emit(f"{field}: {message}"))
        self.model.counted.connect(lambda total: self._count.setText(_("{count:,} rows").format(count=total)))
        self._place = ("", 0)
        self.view.selectionModel().selectionChanged.connect(self._pick)
        self.view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Copying takes whole rows: the view itself would copy one cell."""
        copied = (
            watched is self.view
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.matches(QKeySequence.StandardKey.Copy)
        )
        if copied:
            self.copy_rows()
            return True
        return super().eventFilter(watched, event)

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
            self.model.forget_sort()
            self.model.where = ""
            self.more.setText(_("Filter…"))
            self.form.set_kind(kind)
        self.model.kind = kind
        self.model.text = self.filter.text().strip()
        self.model.ask()

    def mark(self, layers: Mapping[str, Sequence[int]], follow: bool = True) -> None:
        """Select the rows of what is selected elsewhere; kept when rows are fetched again.

        With ``follow`` the first of them comes into view.
        """
        self._marked = layers
        fids = layers.get(self.model.kind, ())[:MOST_MARKED]
        here = self.model.rows_of(fids)
        self._mark_rows(here, follow)
        if len(here) < len(fids):
            self.model.find(fids, lambda rows: self._mark_found(layers, rows, follow))

    def _mark_found(self, layers: Mapping[str, Sequence[int]], rows: Sequence[int], follow: bool) -> None:
        if self._marked is layers:  # still
            self._mark_rows(rows, follow)

    def _mark_rows(self, rows: Sequence[int], follow: bool) -> None:
        chosen = QItemSelection()
        for row in rows:
            index = self.model.index(row, 0)
            chosen.select(index, index)
        selecting = self.view.selectionModel()
        flag = QItemSelectionModel.SelectionFlag
        selecting.blockSignals(True)
        selecting.select(chosen, flag.ClearAndSelect | flag.Rows)
        selecting.blockSignals(False)
        self.view.viewport().update()
        if follow and chosen.indexes():
            self.view.scrollTo(chosen.indexes()[0])

    def _remember_place(self) -> None:
        self._place = (self._place[0], self.view.verticalScrollBar().value())

    def _place_again(self) -> None:
        """Another kind's columns get their widths; rows of the same kind are shown where the user was."""
        kind, at = self._place
        if kind != self.model.kind:
            self.view.resizeColumnsToContents()
            self.view.setColumnWidth(0, max(self.view.columnWidth(0), CODE_WIDTH))
            at = 0
        self._place = (self.model.kind if self.model.rowCount() else "", at)  # an empty table says nothing of widths
        self.mark(self._marked, follow=kind != self.model.kind)
        self.view.verticalScrollBar().setValue(at)

    def copy_rows(self) -> None:
        """Let the chosen rows go to the clipboard: headings, then a line for each, parted by tabs."""
        kind = self.model.kind
        ranges = self._chosen(_("The clipboard takes {most:,} rows at a time; export the table instead."))
        if ranges:
            self.model.gather(ranges, lambda rows: self.copy_wanted.emit(kind, self.model.copied(rows), len(rows)))

    def _chosen(self, too_many: str) -> list[tuple[int, int]]:
        """The ranges of rows that are chosen, in order; none, and ``too_many`` is told, where they are too many."""
        found = self.view.selectionModel().selection().toList()
        ranges = sorted({(part.top(), part.bottom()) for part in found})
        if sum(last - first + 1 for first, last in ranges) > MOST_CHOSEN:
            self.told.emit(too_many.format(most=MOST_CHOSEN))
            return []
        return ranges

    def _pick(self) -> None:
        kind = self.model.kind
        ranges = self._chosen(_("{most:,} rows are selected at most; filter the table first."))
        if ranges:
            self.model.gather(ranges, lambda rows: self.picked.emit(kind, self.model.fids(rows)))
