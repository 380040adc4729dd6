"""Pressures: asked for beside the plan, shown as a table in a tab and as pipes by colour over the map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop.panels.rowtable import RowTable
from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.hydraulics.defaults import read_hydraulics
from jnw_desktop.facilities.hydraulics.telling import summary
from jnw_desktop.facilities.trade import PRESSURES, pressure_title
from jnw_desktop.language import _

THIN = 2  # pixels, of lines that cover the whole city


class PressureBox(QWidget):
    """What is asked: of the whole or the ``zone`` that is chosen, now or during the plan that the panel shows."""

    def __init__(self, session: Session, zone: QComboBox) -> None:
        super().__init__()
        self._session, self._zone = session, zone
        self._burst: str | None = None
        self._stuck: list[str] = []
        form = session.form(self, "pressure")
        self.required, self.heads = form.part("required", QDoubleSpinBox), form.part("heads", QLineEdit)
        self.now, self.planned = (form.part(name, QPushButton) for name in ("now", "planned"))
        self.required.setValue(read_hydraulics().required.value)
        self.now.clicked.connect(lambda: self._ask(None))
        self.planned.clicked.connect(lambda: self._ask(self._burst))
        self.during(None)

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
        asked: dict[str, Any] = {"zone": self._zone.currentData(), "heads": heads}
        if burst is not None:
            asked |= {"pipe": burst, "stuck": self._stuck}
        if abs(self.required.value() - read_hydraulics().required.value) > 1e-9:
            asked["required"] = self.required.value()
        self._session.run(_("Pressures"), "network.pressure", self._show, **asked)

    def _show(self, told: dict[str, Any]) -> None:
        for name, colour in PRESSURES.items():
            self._session.show_file(f"pressure-{name}", told["held"].files.get(name), colour, width=THIN)
        title = _("Pressures") if told["burst"] is None else _("Pressures {code}").format(code=told["burst"])
        self._session.tab(title, PressureTab(self._session, told))


class PressureTab(QWidget):
    """An answer: what it says in sentences, every place and customer in a table, on paper, in a workbook."""

    def __init__(self, session: Session, told: dict[str, Any]) -> None:
        super().__init__()
        self._session, self._told = session, told
        self.summary = QLabel("\n".join(_sentences(told)))
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        key = (f'<span style="color:{ink}">■</span> {pressure_title(name, told)}' for name, ink in PRESSURES.items())
        self.legend = QLabel("  ".join(key))
        self.which = QComboBox()
        self.which.setAccessibleName(_("List"))
        customers, places = told["held"].counts
        self.which.addItem(_("Customers under the required head ({count})").format(count=customers))
        self.which.addItem(_("Places ({count})").format(count=places))
        self.rows = RowTable(session, _("Pressures"))
        self.sheet = QPushButton(_("Print the pressures"))
        self.export = QPushButton(_("Export the list"))
        self.clear = QPushButton(_("Take the colours off the map"))
        self.rows.buttons.insertWidget(0, self.which)
        for button in (self.sheet, self.export, self.clear):
            self.rows.buttons.addWidget(button)
        layout = QVBoxLayout(self)
        for widget in (self.summary, self.legend):
            layout.addWidget(widget)
        layout.addWidget(self.rows, 1)
        self.which.currentIndexChanged.connect(self._list)
        self.sheet.clicked.connect(self._print)
        self.export.clicked.connect(self._export)
        self.clear.clicked.connect(lambda: take_off(session))
        self._list()

    def _list(self) -> None:
        places = bool(self.which.currentIndex())
        middle = _("Elevation (m)") if places else _("Mean daily use (m³/d)")
        head = [_("Code"), _("Kind"), middle, _("Pressure before (m)"), _("Pressure during (m)")]
        by = 3 + (self._told["unserved"]["during"] is not None) if places else -1  # customers: those hit by it first
        self.rows.follow(self._told["held"], head, int(places), by)

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
        self._session.write_file(_("Export the list"), "network.list_pressure", str(out), told=self._told)


def take_off(session: Session) -> None:
    """Take the colours of pressures off the map."""
    for name in PRESSURES:
        session.show(f"pressure-{name}", ())


def _sentences(told: dict[str, Any]) -> list[str]:
    said = summary(told)
    more = _("{what} ({count})")
    said += [more.format(what=row["what"], count=row["count"]) for row in told["assumptions"]]
    return [*said, *told["warnings"]]
