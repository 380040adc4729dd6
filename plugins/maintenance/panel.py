"""Upkeep beside the map: what is due, the plans and the records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely
from PySide6.QtCore import QDate
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.extension.listing import Column, ListOf, Row
from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.codelists import code_list, label
from jnw_desktop.language import _
from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.page import DAY, as_shown, list_of_records, result_title
from jnw_plugins.maintenance.scope import task_title

MOST = 3000  # facilities in the list, the most pressing; all are counted, exported and shown on the map
COLOURS = {"due": "#f59f00", "overdue": "#c92a2a"}  # the later one is drawn over the other
LARGE, SMALL, FEW = 14, 4, 500  # pixels of a place on the map; beyond so many they are small


class MaintenancePanel(QWidget):
    """The side panel: a tab for what is due, the plans, the records."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.due = DuePage(session)
        self.plans = PlansPage(session)
        self.records = RecordsPage(session)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.due, _("Due"))
        self.tabs.addTab(self.plans, _("Plans"))
        self.tabs.addTab(self.records, _("Records"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.tabs)

    def refresh(self) -> None:
        """Ask for everything again."""
        for page in (self.due, self.plans, self.records):
            page.refresh()

    def enter(self) -> None:
        """Record what was done to the facility that is chosen."""
        self.due.enter()


class DuePage(QWidget):
    """What is due: the list, the map, the papers to go out with and the sheet that comes back."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._seen: object = None
        part = session.form(self, "maintenance_due").part
        self.task, self.state = part("task", QComboBox), part("state", QComboBox)
        self.within, self.summary = part("within", QSpinBox), part("summary", QLabel)
        self.main, self.print_button, self.export_button, self.import_button = (
            part(name, QPushButton) for name in ("main", "print_round", "export_sheet", "take_sheet")
        )
        self.task.addItem(_("All tasks"), None)
        _offer_tasks(self.task)
        self.state.addItem(_("Overdue and due soon"), None)
        for entry in code_list("maintenance_state"):
            self.state.addItem(entry.title, entry.code)
        self.list = session.listing(self._list())
        part("list_room", QVBoxLayout).addWidget(self.list.widget)
        for box in (self.task, self.state):
            box.currentIndexChanged.connect(self.refresh)
        self.within.editingFinished.connect(self.refresh)
        self.main.clicked.connect(self.enter)
        self.print_button.clicked.connect(self._print)
        self.export_button.clicked.connect(self._export)
        self.import_button.clicked.connect(self._import)

    def _list(self) -> ListOf:
        columns = [
            Column("code", _("Code")),
            Column("task_title", _("Task")),
            Column("due", _("Due on")),
            Column("state_title", _("State")),
            Column("last_told", _("Last done")),
            Column("road", _("Road")),
            Column("dn", _("DN")),
            Column("tried", _("Last result")),
            Column("plan", _("Plan"), choices=True),
        ]
        return ListOf(
            _("Upkeep that is due"),
            columns,
            "key",
            _("Nothing is due. Make a plan under Plans: a task, its interval and where; or look further ahead."),
            picked=self._pick,
            opened=lambda row: self._session.inspect(row["kind"], row["uid"]),
            place=lambda row: (row["kind"], row["uid"]),
        )

    @property
    def _asked(self) -> dict[str, Any]:
        return {
            "of_task": self.task.currentData(),
            "state": self.state.currentData(),
            "within": self.within.value(),
        }

    def refresh(self) -> None:
        """Ask again what is due, for the list and for the map."""
        self._session.ask("maintenance.due", self._take, limit=MOST, **self._asked)
        on_map = {name: value for name, value in self._asked.items() if name != "state"}
        self._session.ask("maintenance.shapes", self._draw, **on_map)

    def _take(self, told: dict[str, Any]) -> None:
        counts = told["counts"]
        text = _("{overdue:,} overdue, {due:,} due within {within} days, {never:,} never done").format(
            overdue=counts["overdue"], due=counts["due"], within=told["within"], never=counts["never"]
        )
        if told["total"] > len(told["facilities"]):
            text += "  " + _("The first {count:,} of {total:,} are listed.").format(
                count=len(told["facilities"]), total=told["total"]
            )
        self.summary.setText(text)
        self.list.fill([_shown(row) for row in told["facilities"]])
        for button in (self.print_button, self.export_button):
            button.setEnabled(bool(told["total"]))

    def _draw(self, shapes: dict[str, bytes]) -> None:
        for name, colour in COLOURS.items():
            some = [shapes[name]] if name in shapes else []
            many = bool(some) and shapely.get_num_geometries(shapely.from_wkb(some[0])) > FEW
            self._session.show(name, some, colour, size=SMALL if many else LARGE)

    def _pick(self, row: Row | None) -> None:
        self.main.setEnabled(row is not None)
        key = None if row is None else row["key"]
        if row is not None and key != self._seen:
            self._session.select(row["kind"], row["uid"], fly=True)
        self._seen = key

    def enter(self) -> None:
        """Bring the form about the chosen facility forward."""
        row = self.list.row
        if row is None:
            self._session.come_forward()
            self._session.tell(_("Choose a facility in the list, or on the map."))
        else:
            self._session.inspect(row["kind"], row["uid"])

    def _print(self) -> None:
        today = QDate.currentDate().toString(DAY)
        self._session.open_file(_("Upkeep that is due"), "maintenance.print", today, **self._asked)

    def _export(self) -> None:
        name = f"{_('Upkeep that is due')} {QDate.currentDate().toString(DAY)}.xlsx"
        out, _kind = QFileDialog.getSaveFileName(self, _("Sheet to fill in…"), name, "Excel (*.xlsx)")
        if out:
            out = str(Path(out).with_suffix(".xlsx"))
            self._session.write_file(_("Sheet to fill in…"), "maintenance.workbook", out, **self._asked)

    def _import(self) -> None:
        wanted = "Excel, CSV (*.xlsx *.csv)"
        file, _kind = QFileDialog.getOpenFileName(self, _("Take a filled-in sheet…"), "", wanted)
        if file:
            title = _("Take a filled-in sheet…")
            self._session.run(title, "maintenance.import", self._taken, file=file, of_task=self.task.currentData())

    def _taken(self, taken: Any) -> None:
        told = _("{written} recorded, {blank} left blank, {rejected} rejected").format(
            written=taken.written, blank=taken.blank, rejected=taken.rejected
        )
        if taken.rejected:
            told += "  " + _("{count} rows did not fit; they are in {file}.").format(
                count=taken.rejected, file=taken.rejects
            )
        self._session.tell(told)


class PlansPage(QWidget):
    """The plans, and the form of a new one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        columns = [
            Column("code", _("Code")),
            Column("task_title", _("Task"), choices=True),
            Column("months", _("Interval (months)")),
            Column("scope", _("Scope")),
            Column("start", _("First day")),
            Column("ended", _("Ended")),
            Column("source", _("Basis")),
        ]
        empty = _("No plan yet. Choose a task and its interval below, and make the plan.")
        self.list = session.listing(ListOf(_("Plans of upkeep"), columns, "code", empty, picked=self._pick))
        part = session.form(self, "maintenance_plans").part
        self.task, self.dma, self.start = part("task", QComboBox), part("dma", QComboBox), part("start", QDateEdit)
        self.months, self.low, self.high, self.road, self.where = (
            part(name, QLineEdit) for name in ("months", "dn_from", "dn_to", "road", "where")
        )
        self.main, self.end_button = part("main", QPushButton), part("end_plan", QPushButton)
        part("list_room", QVBoxLayout).addWidget(self.list.widget)
        _offer_tasks(self.task)
        self.start.setDate(QDate.currentDate())
        self.main.clicked.connect(self._make)
        self.end_button.clicked.connect(self._end)

    def refresh(self) -> None:
        """Ask for the plans again, and for the DMAs there are."""
        self._session.ask("maintenance.plans", self._take)
        self._session.ask("facilities.page", self._offer_dmas, kind="dma", sort="code", limit=1000)

    def _take(self, plans: list[dict[str, Any]]) -> None:
        self.list.fill([row | {"task_title": task_title(row["task"])} for row in plans])

    def _offer_dmas(self, page: Any) -> None:
        kept = self.dma.currentData()
        self.dma.clear()
        self.dma.addItem(_("Any"), None)
        code, name = page.columns.index("code"), page.columns.index("name")
        for row in page.rows:
            self.dma.addItem(f"{row[code]} {row[name] or ''}".strip(), row[code])
        self.dma.setCurrentIndex(max(self.dma.findData(kept), 0))

    def _pick(self, row: Row | None) -> None:
        self.end_button.setEnabled(row is not None and row["ended"] is None)

    def _make(self) -> None:
        numbers = {}
        for name, edit in (("months", self.months), ("dn_from", self.low), ("dn_to", self.high)):
            text = edit.text().strip()
            if text and not text.isdecimal():
                self._session.tell(_("{text} is not a whole number.").format(text=text))
                edit.setFocus()
                return
            numbers[name] = int(text) if text else None

        def made(told: dict[str, Any]) -> None:
            text = _("Plan {code}: {count:,} facilities.").format(code=told["code"], count=told["facilities"])
            self._session.tell(" ".join([text, *told["warnings"]]))

        self._session.ask(
            "maintenance.plan",
            made,
            of_task=self.task.currentData(),
            dma=self.dma.currentData(),
            road=self.road.text().strip() or None,
            where=self.where.text(),
            start=self.start.date().toString(DAY),
            **numbers,
        )

    def _end(self) -> None:
        row = self.list.row
        if row is not None:
            told = _("The plan is ended; its records stay.")
            self._session.ask("maintenance.end", lambda _told: self._session.tell(told), code=row["code"])


class RecordsPage(QWidget):
    """What was recorded, and the report of it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        empty = _("No record yet. Choose a facility that is due and record what was done.")
        place = lambda row: (row["kind"], row["uid"])  # noqa: E731
        self.list = list_of_records(session, empty, [Column("facility", _("Code"))], place)
        self.report_button = QPushButton(_("Report of the last twelve months"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.addWidget(self.list.widget, 1)
        column.addWidget(self.report_button)
        self.report_button.clicked.connect(self._report)

    def refresh(self) -> None:
        """Ask for the records again."""
        self._session.ask("maintenance.records", lambda rows: self.list.fill(as_shown(rows)), limit=MOST)

    def _report(self) -> None:
        today = QDate.currentDate().toString(DAY)
        self._session.open_file(_("Report of upkeep"), "maintenance.write_report", today)


def _offer_tasks(box: QComboBox) -> None:
    for name in rules.TASKS:
        box.addItem(task_title(name), name)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A facility that is due, as the list shows it."""
    return row | {
        "key": f"{row['task']} {row['uid']}",
        "task_title": task_title(row["task"]),
        "state_title": label("maintenance_state", row["state"]),
        "last_told": row["last"] or _("never"),
        "tried": result_title(row),
    }
