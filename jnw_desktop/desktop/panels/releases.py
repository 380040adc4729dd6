"""The register of releases in a tab: what left, to whom and why; and how exactly each role is told places."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import shapely
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.papers.handingout import write_file
from jnw_desktop.facilities.releases.coordinates import LARGEST
from jnw_desktop.facilities.releases.roles import Role
from jnw_desktop.facilities.releases.telling import HEAD, cells
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

ROW = Qt.ItemDataRole.UserRole
SHOWN = "release-area"  # the overlay of the area that a release shows


class ReleasesPage(QWidget):
    """Asks the worker when it is shown, when the filter changes and when a job ends."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self.filter = QLineEdit(placeholderText=_("Number, file, recipient, reason or who"), clearButtonEnabled=True)
        self.filter.setMaximumWidth(340)
        self._count = QLabel()
        self.table = QTableWidget(0, len(HEAD))
        self.table.setHorizontalHeaderLabels([_(name) for name in HEAD])
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setAlternatingRowColors(True)
        self.table.verticalHeader().hide()
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        self.empty = QLabel(_("Nothing has left yet. What is exported, printed or copied is listed here."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        top = QHBoxLayout()
        top.addWidget(self.filter)
        top.addWidget(self._count)
        top.addStretch()
        self.show_area = QPushButton(_("Show on the map"))
        self.show_area.setEnabled(False)
        self.show_area.clicked.connect(self._show_area)
        top.addWidget(self.show_area)
        for title, ending in ((_("Workbook…"), ".xlsx"), (_("PDF…"), ".pdf")):
            button = QPushButton(title)
            button.clicked.connect(functools.partial(self._write, ending))
            top.addWidget(button)
        self.roles = RolesEditor(window)
        page = QVBoxLayout(self)
        page.addLayout(top)
        page.addWidget(self.table, 1)
        page.addWidget(self.empty)
        page.addWidget(self.roles)
        self._wait = QTimer(self, singleShot=True, interval=250)
        self._wait.timeout.connect(self.refresh)
        self.filter.textChanged.connect(lambda _text: self._wait.start())
        self.table.itemSelectionChanged.connect(self._chosen)
        self.table.itemDoubleClicked.connect(lambda _item: self._show_area())
        window.jobs.ended.connect(self._ended)
        window.jobs.changed.connect(self._ended)
        self.refresh()

    def _ended(self, *_told: object) -> None:
        self._wait.start()

    def refresh(self) -> None:
        """Ask again."""
        self._window.jobs.ask("releases.list", self._show, text=self.filter.text().strip())
        self.roles.refresh()

    def _show(self, rows: list[dict[str, Any]]) -> None:
        self.table.setSortingEnabled(False)
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, value in enumerate(cells(row)):
                item = QTableWidgetItem()
                item.setData(Qt.ItemDataRole.DisplayRole, value)
                item.setToolTip(row["sha256"] or "")
                self.table.setItem(place, column, item)
                if column == 0:
                    item.setData(ROW, row)
        self.table.setSortingEnabled(True)
        self.table.resizeColumnsToContents()
        self.table.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self._count.setText(_("{count:,} releases").format(count=len(rows)))

    def _selected(self) -> dict[str, Any] | None:
        rows = self.table.selectionModel().selectedRows()
        item = self.table.item(rows[0].row(), 0) if rows else None
        return item.data(ROW) if item is not None else None

    def _chosen(self) -> None:
        row = self._selected()
        self.show_area.setEnabled(row is not None and row["bounds"] is not None)

    def _show_area(self) -> None:
        row = self._selected()
        if row is None or row["bounds"] is None:
            return
        window = self._window
        area = shapely.to_wkb(shapely.box(*row["bounds"]), hex=True)
        window.engine.keep("overlay.set", SHOWN, id=SHOWN, role="frame", features=[{"wkb": area}])
        window.engine.request("view.set", extent=list(row["bounds"]))
        window.tabs.show_map()

    def _write(self, ending: str) -> None:
        path, _kind = QFileDialog.getSaveFileName(self, _("Register of releases"), f"releases{ending}", f"*{ending}")
        if path:
            self.write(path if path.lower().endswith(ending) else path + ending)

    def write(self, path: str) -> None:
        """Write the rows shown to a .pdf or .xlsx; a PDF opens in a tab."""
        text = self.filter.text().strip()
        write_file(self._window, _("Register of releases"), "documents.releases", path, text=text)

    def closeEvent(self, event: Any) -> None:
        """The area goes with the page."""
        self._window.engine.forget("overlay.set", SHOWN)
        self._window.engine.request("overlay.clear", id=SHOWN)
        super().closeEvent(event)


class RolesEditor(QWidget):
    """The roles there are in one line, and a line to set one or take it away."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        form = forms.fill(self, "roles")
        self.told = form.part("told", QLabel)
        self.name, self.rule = form.part("name", QComboBox), form.part("rule", QComboBox)
        for title, rule in ((_("exact"), "exact"), (_("rounded to"), "rounded"), (_("hidden"), "hidden")):
            self.rule.addItem(title, rule)
        self.rule.setCurrentIndex(1)
        self.step = form.part("step", QDoubleSpinBox)
        self.step.setMaximum(LARGEST)
        self.default = form.part("where_none", QCheckBox)
        self.set_button, self.remove_button = (form.part(name, QPushButton) for name in ("set_role", "remove_role"))
        self.rule.currentIndexChanged.connect(lambda _at: self.step.setVisible(self.rule.currentData() == "rounded"))
        self.set_button.clicked.connect(self.set)
        self.remove_button.clicked.connect(self.remove)

    def refresh(self) -> None:
        """Ask again."""
        self._window.jobs.ask("releases.roles", self._show)

    def _show(self, roles: list[Role]) -> None:
        typed = self.name.currentText()
        self.name.clear()
        self.name.addItems([role.name for role in roles])
        self.name.setCurrentText(typed)
        parts = [
            f"{role.name}: {role.coordinates.title}" + (_(" (where no role is named)") if role.is_default else "")
            for role in roles
        ]
        self.told.setText("；".join(parts) or _("No role is set: everybody is told places exactly."))

    def set(self) -> None:
        """Set the role that is typed."""
        rule = self.rule.currentData()
        text = f"{self.step.value():g}" if rule == "rounded" else rule
        values: dict[str, Any] = {"name": self.name.currentText(), "coordinates": text}
        values["is_default"] = self.default.isChecked()
        self._window.jobs.ask("releases.set_role", lambda _done: self.refresh(), **values)

    def remove(self) -> None:
        """Take the role away that is typed."""
        self._window.jobs.ask("releases.remove_role", lambda _done: self.refresh(), name=self.name.currentText())
