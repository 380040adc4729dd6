"""A list as a workbook: numbers stay numbers, text stays text (nothing in a cell is ever a formula)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.writing import write_whole
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.workspace import Workspace

Value = str | int | float | bool | None
WIDEST = 40  # characters of a column
_HEAD = PatternFill("solid", fgColor="E6F4F8")


@dataclass(frozen=True)
class Bars:
    """A chart of one column over another, both counted from 0; the first ``rows`` rows."""

    title: str
    label: int
    value: int
    rows: int


def write_list(
    workspace: Workspace,
    *,
    out: str,
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Value]],
    terms: Terms = IN_HOUSE,
    who: str | None = None,
) -> str:
    """Write a list of the window as it is filtered and sorted there.

    Raises UsageError for a role, DocumentNotWritten.
    """
    with handing_out(workspace, out, title=title, what="export", terms=terms, who=who) as draft:
        write_workbook(str(draft.path), title, head, rows, note=draft.stamp)
    return out


def write_workbook(
    out: str,
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Value]],
    bars: Bars | None = None,
    *,
    note: str = "",
) -> str:
    """Write the workbook ``out`` of one sheet; returns its path. ``note``: a line above the headings.

    Raises DocumentNotWritten.
    """
    book = Workbook()
    sheet: Worksheet = book.active
    sheet.title = "".join(sign for sign in title if sign not in r"[]:*?/\ ")[:31] or "1"
    first = 2 if note else 1
    if note:
        sheet.cell(1, 1, note).data_type = "s"
    for place, row in enumerate([head, *rows], start=first):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(place, column, value)
            if isinstance(value, str):
                cell.data_type = "s"  # "=1+1" is what somebody wrote, not a sum
    for cell in sheet[first]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    for column in range(1, len(head) + 1):
        # A Chinese sign is as wide as two others.
        wide = max(sum(1 + (ord(sign) > 0x2E80) for sign in str(row[column - 1])) for row in [head, *rows[:200]])
        sheet.column_dimensions[get_column_letter(column)].width = min(wide + 2, WIDEST)
    sheet.freeze_panes = f"A{first + 1}"
    if bars is not None and bars.rows:
        sheet.add_chart(_chart(sheet, bars, first), f"{get_column_letter(len(head) + 2)}2")
    content = io.BytesIO()
    book.save(content)
    write_whole(Path(out), content.getvalue())
    return out


def _chart(sheet: Worksheet, bars: Bars, head: int) -> BarChart:
    chart = BarChart()
    chart.type, chart.title, chart.legend = "bar", bars.title, None
    span = {"min_row": head + 1, "max_row": head + bars.rows}
    chart.add_data(Reference(sheet, min_col=bars.value + 1, **span))
    chart.set_categories(Reference(sheet, min_col=bars.label + 1, **span))
    chart.height = max(7.5, 0.6 * bars.rows)  # cm
    return chart
