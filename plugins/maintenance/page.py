"""The inspector's page of upkeep: what is due to one facility, the form of what was done, what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QDate
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.extension.listing import Column, Listing, ListOf, Place
from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.codelists import code_list, label
from jnw_desktop.language import _
from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.fields import FIELDS, NUMBERS, title_of
from jnw_plugins.maintenance.scope import task_title

DAY = "yyyy-MM-dd"


class FacilityPage(QWidget):
    """The inspector's page: what is due to the facility, the form of what was done, what was recorded."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._facility: Place | None = None
        self.due = QLabel(wordWrap=True)
        self.form = RecordForm(session)
        self.list = list_of_records(session, _("Nothing is recorded of this facility."), [], None)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 4, 4)
        column.addWidget(self.due)
        column.addWidget(self.form)
        column.addWidget(self.list.widget, 1)

    def show_facility(self, kind: str, uid: str, code: str) -> None:  # noqa: ARG002 - as every page is told
        """Another facility is shown."""
        if self._facility != (kind, uid):
            self._facility = kind, uid
            self.form.begin(kind, uid)
        self.refresh()

    def refresh(self) -> None:
        """Ask again what concerns the facility."""
        if self._facility is not None:
            uid = self._facility[1]
            self._session.ask("maintenance.of", lambda told: self._take(uid, told), uid=uid)

    def _take(self, uid: str, told: dict[str, Any]) -> None:
        if self._facility is None or self._facility[1] != uid:
            return  # the answer about an earlier one
        lines = [
            _("{task}: due {due} ({state}), last done: {last}").format(
                task=task_title(row["task"]),
                due=row["due"],
                state=label("maintenance_state", row["state"]),
                last=row["last"] or _("never"),
            )
            for row in told["due"]
        ]
        self.due.setText("\n".join(lines) or _("No plan is about this facility."))
        if told["due"]:
            self.form.suggest(told["due"][0]["task"])
        self.list.fill(as_shown(told["records"]))


class RecordForm(QWidget):
    """What was done to a facility; ``begin`` empties it for another one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._uid = ""
        self._touched = False
        self._photo: Path | None = None
        self.task = QComboBox()
        self.date = day_edit()
        self.by = QLineEdit()
        self.result = _coded("maintenance_result", blank=False)
        self.found = _coded("maintenance_found")
        self.left_as = _coded("valve_state")
        self.numbers = {field.name: QLineEdit() for field in NUMBERS}
        self.note = QLineEdit()
        self.photo = QPushButton(_("Photo…"))
        self.main = QPushButton(_("Record"))
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.addRow(_("Task"), self.task)
        edits = {"date": self.date, "done_by": self.by, "result": self.result, "found": self.found,
                 "left_as": self.left_as, "note": self.note, **self.numbers}  # fmt: skip
        for field in FIELDS:
            edits[field.name].setAccessibleName(_(field.title))
            self._form.addRow(title_of(field), edits[field.name])
        for edit in self.numbers.values():
            edit.setValidator(QDoubleValidator(0, 1e12, 3, edit))
        self._form.addRow(self.photo)
        self._form.addRow(self.main)
        self.task.activated.connect(self._touch)
        self.task.currentIndexChanged.connect(self._ask_what_fits)
        self.result.currentIndexChanged.connect(self._ask_what_fits)
        self.photo.clicked.connect(self._choose_photo)
        self.main.clicked.connect(self.save)

    def begin(self, kind: str, uid: str) -> None:
        """Empty the form for another facility."""
        self._uid, self._touched = uid, False
        self.task.clear()
        for task in rules.TASKS.values():
            if task.kind == kind:
                self.task.addItem(task_title(task.id), task.id)
        self._empty()

    def _empty(self) -> None:
        self.date.setMaximumDate(QDate.currentDate())
        self.date.setDate(QDate.currentDate())
        for box in (self.result, self.found, self.left_as):
            box.setCurrentIndex(0)
        for edit in (*self.numbers.values(), self.note):
            edit.clear()
        self._take_photo(None)

    def suggest(self, task: str) -> None:
        """Offer the task that is due, unless the user chose another."""
        if not self._touched and self.task.findData(task) >= 0:
            self.task.setCurrentIndex(self.task.findData(task))

    def _touch(self) -> None:
        self._touched = True

    def _ask_what_fits(self) -> None:
        """Ask only for what the task measures, and for what the result leaves open."""
        task = rules.TASKS.get(self.task.currentData())
        result = self.result.currentData()
        for name, edit in self.numbers.items():
            self._form.setRowVisible(edit, task is not None and name in task.measured)
        turned = task is not None and task.id in rules.OPERATED and result in rules.DONE
        self._form.setRowVisible(self.left_as, turned)
        self._form.setRowVisible(self.found, result != "ok")

    def _choose_photo(self) -> None:
        file, _kind = QFileDialog.getOpenFileName(self, _("Photo…"), "", "JPEG, PNG (*.jpg *.jpeg *.png)")
        if file:
            self._take_photo(Path(file))

    def _take_photo(self, path: Path | None) -> None:
        self._photo = path
        self.photo.setText(_("Photo…") if path is None else path.name)

    def save(self) -> None:
        """Record it; the form is emptied once it is recorded."""
        try:
            photo = None if self._photo is None else (self._photo.name, self._photo.read_bytes())
        except OSError as error:
            told = _("{path} cannot be read: {reason}").format(path=self._photo, reason=error.strerror)
            self._session.tell(told)
            return
        shown = {name: edit for name, edit in self.numbers.items() if self._form.isRowVisible(edit) and edit.text()}
        self._session.ask(
            "maintenance.record",
            self._done,
            of_task=self.task.currentData(),
            uid=self._uid,
            date=self.date.date().toString(DAY),
            by=self.by.text().strip() or None,
            result=self.result.currentData(),
            found=self.found.currentData() if self._form.isRowVisible(self.found) else None,
            left_as=self.left_as.currentData() if self._form.isRowVisible(self.left_as) else None,
            note=self.note.text(),
            photo=photo,
            **{name: float(edit.text()) for name, edit in shown.items()},
        )

    def _done(self, told: dict[str, Any]) -> None:
        self._empty()
        text = _("Recorded for {code}; undo takes the record and what it changed back together.")
        self._session.tell(text.format(code=told["facility"]))


def _coded(name: str, *, blank: bool = True) -> QComboBox:
    box = QComboBox()
    if blank:
        box.addItem("–", None)
    for entry in code_list(name):
        box.addItem(entry.title, entry.code)
    return box


def day_edit() -> QDateEdit:
    """An edit of a day, today to begin with."""
    edit = QDateEdit(QDate.currentDate())
    edit.setCalendarPopup(True)
    edit.setDisplayFormat(DAY)
    return edit


def list_of_records(session: Session, empty: str, first: list[Column], place: Any) -> Listing:
    """A list of records, with ``first`` columns before its own."""
    columns = [
        *first,
        Column("date", _("Date done")),
        Column("task_title", _("Task"), choices=bool(first)),
        Column("result_title", _("Result"), choices=bool(first)),
        Column("done_by", _("Done by")),
        Column("measured", _("Measured")),
        Column("note", _("Remark")),
    ]
    return session.listing(ListOf(_("Records of upkeep"), columns, "record", empty, place=place))


def as_shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records as a list shows them."""
    return [
        row
        | {
            "task_title": task_title(row["task"]),
            "result_title": result_title(row),
            "measured": "，".join(
                f"{title_of(field)} {row[field.name]:g}" for field in NUMBERS if row[field.name] is not None
            ),
        }
        for row in rows
    ]


def result_title(row: dict[str, Any]) -> str | None:
    """The result of a record and what was found, in the user's language."""
    told = [label(f"maintenance_{name}", row[name]) for name in ("result", "found") if row[name]]
    return "：".join(told) or None
