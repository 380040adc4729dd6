"""What an analysis found, in a tab: sentences, a table to sort and filter, on the map, on paper, as a workbook."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from jnw_desktop.desktop.panels.rowtable import RowTable
from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.found import CRITICAL, ENDING, TINTS, WAY, Glance
from jnw_desktop.language import _

COLOURS = tuple(dict.fromkeys((CRITICAL, ENDING, WAY, *TINTS)))
MANY, THIN = 2000, 2  # rows from which on lines are thin, and how thin, in pixels


class FoundTab(QWidget):
    """One analysis; ``name`` is that of its colours over the map."""

    def __init__(self, session: Session, found: Glance) -> None:
        super().__init__()
        self._session, self._found = session, found
        self.summary = QLabel("\n".join(found.facts))
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        key = "  ".join(f'<span style="color:{colour}">■</span> {meaning}' for colour, meaning in found.legend)
        self.rows = RowTable(session, found.title)
        self.sheet = QPushButton(_("Print"))
        self.export = QPushButton(_("Export the list"))
        self.clear = QPushButton(_("Take the colours off the map"))
        for button in (self.sheet, self.export, self.clear):
            self.rows.buttons.addWidget(button)
        layout = QVBoxLayout(self)
        for widget in (self.summary, QLabel(key)):
            layout.addWidget(widget)
        layout.addWidget(self.rows, 1)
        self.rows.follow(found.held, found.head)
        self.sheet.clicked.connect(lambda: session.document(found.title, "network.print_found", "", found=found))
        self.export.clicked.connect(self._export)
        self.clear.clicked.connect(lambda: take_off(session))
        take_off(session)
        thin = THIN if found.held.counts[0] > MANY else None
        for colour, file in found.held.files.items():
            session.show_file(f"found-{COLOURS.index(colour)}", file, colour, width=thin)

    def _export(self) -> None:
        suggested = f"{self._found.title}.xlsx"
        name, _filter = QFileDialog.getSaveFileName(self, _("Export the list"), suggested, "Excel (*.xlsx)")
        if name:
            self.write_list(Path(name).with_suffix(".xlsx"))

    def write_list(self, out: Path) -> None:
        """Write every row to a workbook."""
        self._session.write_file(_("Export the list"), "network.list_found", str(out), found=self._found)


def take_off(session: Session) -> None:
    """Take the colours of what was found off the map."""
    for number in range(len(COLOURS)):
        session.show(f"found-{number}", ())
