"""The first rows of a file as they would be written; those that do not fit in red, with the reason."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QWidget

from jnw_desktop.exchange.looks import LayerPreview
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

REFUSED = "#d6453d"
WIDEST = 260  # px of a column


class SampleRows(QTableWidget):
    """A column for each field that is mapped, after the reason where a row is refused."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setAccessibleName(_("Preview"))

    def show_rows(self, preview: LayerPreview) -> None:
        """Show a preview's rows."""
        kind = KINDS[preview.mapping.kind]
        names = list(dict.fromkeys(name for row in preview.rows for name in row.values))
        told = any(row.why for row in preview.rows)
        self.clear()
        self.setColumnCount(len(names) + told)
        self.setRowCount(len(preview.rows))
        self.setHorizontalHeaderLabels(
            [*([_("Does not fit because")] if told else []), *(_named(kind, n) for n in names)]
        )
        self.setVerticalHeaderLabels([str(row.number) for row in preview.rows])
        for at, row in enumerate(preview.rows):
            texts = [*([row.why] if told else []), *(shown(kind.id, name, row.values.get(name)) for name in names)]
            for place, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if row.why:
                    item.setForeground(QBrush(QColor(REFUSED)))
                self.setItem(at, place, item)
        self.resizeColumnsToContents()
        for place in range(self.columnCount()):
            self.setColumnWidth(place, min(self.columnWidth(place), WIDEST))


def _named(kind: Any, name: str) -> str:
    declared = kind.field(name)
    return _(declared.title) if declared is not None else {"code": _("Code")}.get(name, name.upper())


def shown(kind: str, name: str, value: Any) -> str:
    """A value of a field as people read it."""
    if value is None:
        return ""
    declared = KINDS[kind].field(name)
    if declared is not None and declared.code_list:
        return label(declared.code_list, str(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return str(value)
