"""Pressures: asked for beside the plan, shown as a table in a tab and as pipes by colour over the map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.hydraulics.defaults import read_hydraulics
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.trade import PRESSURES, pressure_title
from jnw_desktop.language import _

Index = QModelIndex | QPersistentModelIndex
MOST_HEAD = 200.0  # m, of the field
ZONES = 500  # of the choice


class PressureBox(QWidget):
    """What is asked: of the whole or a zone, now or during the plan that the panel shows."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._burst: str | None = None
        self._stuck: list[str] = []
        self.zone = QComboBox()
        self.zone.setAccessibleName(_("Part of the network"))
        self.required = QDoubleSpinBox()
        self.required.setSuffix(" m")
        self.required.setRange(0.0, MOST_HEAD)
        self.required.setValue(read_hydraulics().required.value)
        self.required.setAccessibleName(_("Required head"))
        self.heads = QLineEdit()
        self.heads.setPlaceholderText("SC000001=95.5 SX000002=88")
        self.heads.setAccessibleName(_("Heads held"))
        self.heads.setToolTip(_("Head of the water over the datum at sources or at the zone's edge: CODE=METRES"))
        self.now = QPushButton(_("Pressures of the network"))
        self.planned = QPushButton(_("Pressures during the plan"))
        form = QFormLayout()
        form.addRow(_("Part of the network"), self.zone)
        form.addRow(_("Required head"), self.required)
        form.addRow(_("Heads held"), self.heads)
        row = QHBoxLayout()
        row.addWidget(self.now)
        row.addWidget(self.planned)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(QLabel(f"<b>{_('Pressure')}</b>"))
        layout.addLayout(form)
        layout.addLayout(row)
        self._zones([])
        self.now.clicked.connect(lambda: self._ask(None))
        self.planned.clicked.connect(lambda: self._ask(self._burst))
        self.during(None)

    def refresh(self) -> None:
        """Another workspace: its zones."""
        shown = lambda page: self._zones([str(row[page.columns.index("code")]) for row in page.rows])  # noqa: E731
        self._session.ask("facilities.page", shown, kind="dma", limit=ZONES)

    def _zones(self, codes: Sequence[str]) -> None:
        chosen = self.zone.currentData()
        self.zone.clear()
        self.zone.addItem(_("The whole network"), None)
        for code in codes:
            self.zone.addItem(code, code)
        self.zone.setCurrentIndex(max(0, self.zone.findData(chosen)))

    def during(self, burst: str | None, stuck: Sequence[str] = ()) -> None:
        """The plan whose pressures can be asked for; none without a ``burst``."""
        self._burst, self._stuck = burst, list(stuck)
        self.planned.setEnabled(burst is not None)

    def _ask(self, burst: str | None) -> None:
        heads = {}
        for word in self.heads.text().replace(",", " ").split():
            code, _sign, number = word.partition("=")
            try:
                heads[code] = float(number)
            except ValueError:
                self._session.tell(_("{text} does not say a place and its head.").format(text=word))
                return
        asked: dict[str, Any] = {"zone": self.zone.currentData(), "heads": heads, "shapes": True}
        if burst is not None:
            asked |= {"pipe": burst, "stuck": self._stuck}
        if abs(self.required.value() - read_hydraulics().required.value) > 1e-9:
            asked["required"] = self.required.value()
        self._session.run(_("Pressures"), "network.pressure", self._show, **asked)

    def _show(self, told: dict[str, Any]) -> None:
        for name, colour in PRESSURES.items():
            self._session.show(f"pressure-{name}", told["shapes"][name], colour)
        title = _("Pressures") if told["burst"] is None else _("Pressures {code}").format(code=told["burst"])
        self._session.tab(title, PressureTab(self._session, told))

    def forget(self) -> None:
        """Take the colours off the map."""
        for name in PRESSURES:
            self._session.show(f"pressure-{name}", ())


class PressureTab(QWidget):
    """An answer: what it says in sentences, every place and customer in a table, on paper, in a workbook."""

    def __init__(self, session: Session, told: dict[str, Any]) -> None:
        super().__init__()
        self._session, self._told = session, told
        self.summary = QLabel("\n".join(_sentences(told)))
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.legend = QLabel(
            "  ".join(
                f'<span style="color:{colour}">■</span> {pressure_title(name, told)}'
                for name, colour in PRESSURES.items()
            )
        )
        self.which = QComboBox()
        self.which.setAccessibleName(_("List"))
        self.which.addItem(_("Customers under the required head ({count})").format(count=len(told["customers"])))
        self.which.addItem(_("Places ({count})").format(count=len(told["nodes"])))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Filter by code"))
        self.table = QTableView()
        self.table.setAccessibleName(_("Pressures"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSortingEnabled(True)
        self.sheet = QPushButton(_("Print the pressures"))
        self.export = QPushButton(_("Export the list"))
        self.clear = QPushButton(_("Take the colours off the map"))
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self._lay_out()
        self.which.currentIndexChanged.connect(self._list)
        self.filter.textChanged.connect(self._sorted.setFilterFixedString)
        self.table.clicked.connect(self._chosen)
        self.sheet.clicked.connect(self._print)
        self.export.clicked.connect(self._export)
        self.clear.clicked.connect(self._forget)
        self._list()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.which)
        row.addWidget(self.filter, 1)
        for button in (self.sheet, self.export, self.clear):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        for widget in (self.summary, self.legend):
            layout.addWidget(widget)
        layout.addLayout(row)
        layout.addWidget(self.table, 1)

    def _list(self) -> None:
        rows = self._told["nodes"] if self.which.currentIndex() else self._told["customers"]
        self._sorted.setSourceModel(_Rows(rows))
        self.table.setModel(self._sorted)
        self.table.sortByColumn(_Rows.LAST, Qt.SortOrder.AscendingOrder)
        self.table.resizeColumnsToContents()

    def _chosen(self, index: QModelIndex) -> None:
        model = self._sorted.sourceModel()
        assert isinstance(model, _Rows)
        row = model.rows[self._sorted.mapToSource(index).row()]
        kind = row.get("kind", "customer")
        chosen = lambda record: self._session.select(kind, record.uid, fly=True)  # noqa: E731
        self._session.ask("facilities.describe", chosen, kind=kind, code=row["code"])

    def _print(self) -> None:
        self._session.document(_("Pressures"), "network.print_pressure", self._told["burst"] or "", told=self._told)

    def _export(self) -> None:
        name, _filter = QFileDialog.getSaveFileName(
            self, _("Export the list"), f"{_('Pressures')}.xlsx", "Excel (*.xlsx)"
        )
        if name:
            self.write_list(Path(name).with_suffix(".xlsx"))

    def write_list(self, out: Path) -> None:
        """Write every row to a workbook."""
        done = lambda path: self._session.tell(_("Written to {file}.").format(file=path))  # noqa: E731
        told = {name: value for name, value in self._told.items() if name != "shapes"}
        self._session.run(_("Export the list"), "network.list_pressure", done, told=told, out=str(out))

    def _forget(self) -> None:
        for name in PRESSURES:
            self._session.show(f"pressure-{name}", ())


class _Rows(QAbstractTableModel):
    """Places or customers; the sort is by value, unknown ones last."""

    COLUMNS = ("code", "kind", "elevation", "use", "before", "during")
    LAST = 5

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__()
        self.rows = rows
        self._titles = (
            _("Code"), _("Kind"), _("Elevation (m)"), _("Mean daily use (m³/d)"), _("Pressure before (m)"),
            _("Pressure during (m)"),
        )  # fmt: skip

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Of the table."""
        return 0 if parent.isValid() else len(self.COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Of one cell."""
        name = self.COLUMNS[index.column()]
        value = self.rows[index.row()].get(name, "customer" if name == "kind" else None)
        if role == Qt.ItemDataRole.UserRole:
            return value if value is not None else ("" if name in ("code", "kind") else 1e12)
        if role != Qt.ItemDataRole.DisplayRole or value is None:
            return None
        if name == "kind":
            return _(KINDS[value].title)
        return f"{value:.2f}" if isinstance(value, float) else str(value)


def _sentences(told: dict[str, Any]) -> list[str]:
    lacking = told["unserved"]
    said = [
        _("Mean day: {demand:.0f} m³/d are wanted, {lacking:.0f} m³/d cannot be served.").format(
            demand=told["demand"], lacking=lacking["before"]
        ),
        _("{below} of {all} customers are under the required head.").format(
            below=told["below_before"], all=told["customers_all"]
        ),
    ]
    if lacking["during"] is not None:
        fresh = sum(not row["was_below"] for row in told["customers"])
        said += [
            _("While it is shut off: {lacking:.0f} m³/d cannot be served.").format(lacking=lacking["during"]),
            _("{below} customers are under the required head, {fresh} of them only by it.").format(
                below=len(told["customers"]), fresh=fresh
            ),
        ]
    more = _("{what} ({count})")
    said += [more.format(what=row["what"], count=row["count"]) for row in told["assumptions"]]
    return [*said, *told["warnings"]]
