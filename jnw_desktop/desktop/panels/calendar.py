"""The working-day calendar in a tab: the years whose public holidays are known; enter one or take one away."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import (
    QCheckBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from jnw_desktop.desktop import forms
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow


class CalendarPage(QWidget):
    """One row for each year; a click on it puts it into the fields below."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self._years: list[dict[str, Any]] = []
        part = forms.fill(self, "calendar").part
        self.told, self.years = part("told", QLabel), part("years", QTableWidget)
        self.year, self.verified = part("year", QSpinBox), part("verified", QCheckBox)
        self.off, self.worked, self.source = (part(name, QLineEdit) for name in ("off", "worked", "source"))
        self.enter, self.remove = part("enter", QPushButton), part("remove", QPushButton)
        head = [_("Year"), _("Days off"), _("Weekend days worked"), _("Source"), _("Verified")]
        self.years.setColumnCount(len(head))
        self.years.setHorizontalHeaderLabels(head)
        self.years.verticalHeader().hide()
        self.years.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.year.setValue(datetime.date.today().year)
        self.years.itemSelectionChanged.connect(self._chosen)
        self.enter.clicked.connect(self._enter)
        self.remove.clicked.connect(self._remove)
        window.jobs.changed.connect(lambda *_told: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Ask again."""
        self._window.jobs.ask("calendar.years", self._show)

    def _show(self, told: dict[str, Any]) -> None:
        self._years = told["years"]
        known = ", ".join(str(row["year"]) for row in self._years)
        said = _("Public holidays are known of: {years}. Of any other year weekends alone are counted.")
        self.told.setText(said.format(years=known or "–"))
        self.years.setRowCount(len(self._years))
        for place, row in enumerate(self._years):
            verified = _("yes") if row["verified"] else _("no")
            texts = [str(row["year"]), _spans(row["off"]), _spans(row["worked"]), row["source"], verified]
            for column, text in enumerate(texts):
                self.years.setItem(place, column, QTableWidgetItem(text))
        self.years.resizeRowsToContents()

    def _chosen(self) -> None:
        place = self.years.currentRow()
        if not 0 <= place < len(self._years):
            return
        row = self._years[place]
        self.year.setValue(row["year"])
        for edit, text in ((self.off, _spans(row["off"])), (self.worked, _spans(row["worked"]))):
            edit.setText(text)
        self.source.setText(row["source"])
        self.verified.setChecked(row["verified"])

    def _enter(self) -> None:
        self._window.jobs.ask(
            "calendar.set_year",
            lambda _done: self.refresh(),
            year=self.year.value(),
            off=self.off.text().split(),
            worked=self.worked.text().split(),
            source=self.source.text(),
            verified=self.verified.isChecked(),
        )

    def _remove(self) -> None:
        self._window.jobs.ask("calendar.remove_year", lambda _done: self.refresh(), year=self.year.value())


def _spans(days: list[str]) -> str:
    """Days in a row as spans, as they are entered."""
    spans: list[list[datetime.date]] = []
    for day in map(datetime.date.fromisoformat, days):
        if spans and day - spans[-1][-1] == datetime.timedelta(days=1):
            spans[-1].append(day)
        else:
            spans.append([day])
    return " ".join(str(span[0]) if len(span) == 1 else f"{span[0]}/{span[-1]}" for span in spans)
