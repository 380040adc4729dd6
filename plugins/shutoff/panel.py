"""Shut-offs beside the map: plan one by a click on a pipe, take its next step, print its papers."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import shapely
from PySide6.QtCore import QDateTime, Qt, QTime
from PySide6.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from jnw_desktop.extension.session import Session
from jnw_desktop.language import _
from jnw_plugins.shutoff import rules
from jnw_plugins.shutoff.titles import clock_lines, kind_title, shown_time, state_title

ROW = Qt.ItemDataRole.UserRole
COLOURS = {"isolated": "#e8590c", "starved": "#868e96", "close": "#c92a2a"}
BEGINS, LASTS = QTime(8, 0), 9 * 3600  # of what is planned: in two days at eight, for nine hours


class ShutoffPanel(QWidget):
    """The side panel of the shut-offs."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._choose: str | None = None
        self._steps: list[QPushButton] = []
        part = session.form(self, "shutoff").part
        self.kind, self.filter, self.valve = (part(name, QComboBox) for name in ("kind", "filter", "valve"))
        self.begin, self.end = (part(name, QDateTimeEdit) for name in ("begin", "end"))
        self.reason, self.supply, self.contact = (part(name, QLineEdit) for name in ("reason", "supply", "contact"))
        self.list, self.count, self.details = part("list", QListWidget), part("count", QLabel), part("details", QLabel)
        self.main, self.keep, self.fire, self.stuck, self.lost = (
            part(name, QPushButton) for name in ("main", "keep", "fire", "stuck", "lost")
        )
        self.check, self.notice, self.order, self.export = (
            part(name, QPushButton) for name in ("check", "notice", "order", "export_list")
        )
        self.step_row = part("steps", QHBoxLayout)
        for kind in rules.KINDS:
            self.kind.addItem(kind_title(kind), kind)
        self.filter.addItem(_("All states"), None)
        for state in rules.STATES:
            self.filter.addItem(state_title(state), state)
        self._shown: str | None = None  # whose fields are filled in
        self._connect()
        self._set_times()
        self._chosen()

    def _connect(self) -> None:
        self.main.clicked.connect(self.pick)
        self.kind.currentIndexChanged.connect(self._set_times)
        self.filter.currentIndexChanged.connect(self.refresh)
        self.list.currentItemChanged.connect(self._chosen)
        self.check.clicked.connect(self._check)
        self.keep.clicked.connect(self._keep)
        self.fire.clicked.connect(self._fire)
        self.stuck.clicked.connect(lambda: self._replan("stuck"))
        self.lost.clicked.connect(lambda: self._replan("lost"))
        self.notice.clicked.connect(lambda: self._document(_("Notice to users"), "shutoff.notice"))
        self.order.clicked.connect(lambda: self._document(_("Valve order"), "shutoff.order"))
        self.export.clicked.connect(self._export)

    def _set_times(self) -> None:
        """What is usual of the kind: an emergency begins now."""
        begin = QDateTime.currentDateTime()
        if self.kind.currentData() == "planned":
            begin = QDateTime(begin.date().addDays(2), BEGINS)
        self.begin.setDateTime(begin)
        self.end.setDateTime(begin.addSecs(LASTS))

    @property
    def _row(self) -> dict[str, Any] | None:
        item = self.list.currentItem()
        row: dict[str, Any] | None = None if item is None else item.data(ROW)
        return row

    def refresh(self) -> None:
        """Ask for the register again."""
        self._session.ask("shutoff.list", self._show, state=self.filter.currentData())

    def pick(self) -> None:
        """Let the user click the pipe that is shut off."""
        if not self._session.may_change():
            return
        self._session.come_forward()
        if not self.reason.text().strip():
            self._session.tell(_("A shut-off needs its reason: it is published."))
            self.reason.setFocus()
            return
        self._session.point_at(self._picked)

    def _picked(self, wkb: bytes) -> None:
        at = shapely.from_wkb(wkb)

        def planned(told: dict[str, Any]) -> None:
            self._choose = told["code"]
            self._session.tell(
                _("Shut-off {code}: {valves} valves to close, {customers} customers lose water.").format(
                    code=told["code"], valves=len(told["close"]), customers=len(told["customers"])
                )
            )
            self._session.come_forward()
            self.refresh()

        self._session.ask(
            "shutoff.plan",
            planned,
            at=(at.x, at.y),
            kind=self.kind.currentData(),
            begin=_iso(self.begin),
            end=_iso(self.end),
            reason=self.reason.text(),
        )

    def _show(self, rows: list[dict[str, Any]]) -> None:
        keep = self._choose or (self._row["code"] if self._row is not None else None)
        self._choose = None
        self.list.blockSignals(True)
        self.list.clear()
        for row in rows:
            item = QListWidgetItem(f"{row['code']}  {state_title(row['state'])}  {row['road'] or ''}  {row['reason']}")
            item.setData(ROW, row)
            self.list.addItem(item)
            if row["code"] == keep:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self.count.setText(_("{count} shut-offs").format(count=len(rows)))
        self._chosen()

    def _chosen(self) -> None:
        """Show the chosen one over the map, and what may follow."""
        row = self._row
        for button in (self.check, self.notice, self.order):
            button.setEnabled(row is not None)
        for widget in (self.supply, self.contact, self.keep, self.fire, self.valve, self.stuck, self.lost):
            widget.setEnabled(row is not None and row["state"] not in rules.OVER)
        same = self._renew(row)
        while self._steps:
            self._steps.pop().deleteLater()
        for name in COLOURS:
            self._session.show(name, ())
        if row is None:
            self.details.setText(_("Choose a shut-off, or plan one."))
            return
        span = f"{shown_time(row['planned_begin'])} – {shown_time(row['planned_end'])}"
        counted = _("{customers} customers, {essential} of them essential").format(
            customers=row["customers"], essential=row["essential"]
        )
        more = self.details.text().splitlines()[2:] if same else []  # stays until it is told anew
        self.details.setText("\n".join([f"{kind_title(row['kind'])}  {span}", counted, *more]))
        for state in row["next"]:
            button = QPushButton("→ " + state_title(state))
            button.clicked.connect(lambda _checked=False, to=state: self._advance(to))
            self.step_row.addWidget(button)
            self._steps.append(button)
        self._session.ask("shutoff.shapes", self._draw, code=row["code"])
        self._session.ask("shutoff.show", self._detailed, code=row["code"])

    def _renew(self, row: dict[str, Any] | None) -> bool:
        """What can be written and chosen of another one; of the same what somebody is writing stays. Whether it is."""
        same = row is not None and row["code"] == self._shown
        self._shown = None if row is None else row["code"]
        for edit, name in ((self.supply, "supply"), (self.contact, "contact")):
            if not same or not edit.isModified():
                edit.setText("" if row is None else row[name] or "")
        if not same:
            self.valve.clear()
        return same

    def _detailed(self, told: dict[str, Any]) -> None:
        """What the list does not say: the valves, what is still to be seen to, whether the fire brigade was told."""
        row = self._row
        if row is None or row["code"] != told["code"]:
            return  # another was chosen meanwhile
        before_closing = told["state"] not in (*rules.IN_FORCE, *rules.OVER)
        chosen = self.valve.currentText()
        self.valve.clear()
        self.valve.addItems(told["close"] if before_closing else [])
        self.valve.setCurrentIndex(max(0, self.valve.findText(chosen)))
        for widget in (self.valve, self.stuck, self.lost):
            widget.setEnabled(before_closing and bool(told["close"]))
        self.fire.setEnabled(bool(told["hydrants"]) and told["state"] not in rules.OVER)
        said = [
            _("Fire brigade told: {at} {who}").format(at=shown_time(notice["at"]), who=notice["who"])
            for notice in told["fire_notices"]
        ]
        said += clock_lines(told["clocks"])
        self.details.setText("\n".join([*self.details.text().splitlines()[:2], *said, *told["warnings"]]))

    def _keep(self) -> None:
        """Keep how supply is arranged and who answers questions."""
        for edit in (self.supply, self.contact):
            edit.setModified(False)
        self._of_chosen("shutoff.arrange", supply=self.supply.text(), contact=self.contact.text())

    def _fire(self) -> None:
        self._of_chosen("shutoff.fire")

    def _replan(self, found: str) -> None:
        """The chosen valve cannot be closed."""
        if self.valve.currentText():
            self._of_chosen("shutoff.replan", valve=self.valve.currentText(), found=found)

    def _of_chosen(self, operation: str, **values: Any) -> None:
        if self._row is not None:
            self._choose = self._row["code"]
            self._session.ask(operation, lambda _told: self.refresh(), code=self._row["code"], **values)

    def _draw(self, shapes: dict[str, list[bytes]]) -> None:
        for name, features in shapes.items():
            self._session.show(name, features, COLOURS[name])

    def _advance(self, to: str) -> None:
        at = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        supply = self.supply.text().strip() or None
        self._of_chosen("shutoff.advance", to=to, at=at, supply=supply)

    def _check(self) -> None:
        def told(found: list[dict[str, Any]]) -> None:
            text = _("{code}: {valves} shared valves, {customers} customers hit twice, {essential} essential users dry")
            said = [
                text.format(
                    code=row["code"],
                    valves=len(row["valves"]),
                    customers=len(row["customers"]),
                    essential=len(row["essential"]),
                )
                for row in found
            ]
            self._session.tell("\n".join(said) or _("No other shut-off meets this one."))

        if self._row is not None:
            self._session.ask("shutoff.overlaps", told, code=self._row["code"])

    def _document(self, title: str, operation: str) -> None:
        if self._row is not None:
            self._session.document(title, operation, self._row["code"])

    def _export(self) -> None:
        suggested = f"{_('Water shut-offs')}.xlsx"
        name, _filter = QFileDialog.getSaveFileName(self, _("Export the list"), suggested, "Excel (*.xlsx)")
        if name:
            out = str(Path(name).with_suffix(".xlsx"))
            state = self.filter.currentData()
            self._session.write_file(_("Export the list"), "shutoff.workbook", out, state=state)


def _iso(edit: QDateTimeEdit) -> str:
    return str(edit.dateTime().toString("yyyy-MM-ddTHH:mm"))
