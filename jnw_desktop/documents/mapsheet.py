"""A sheet of the map for paper: the map as vectors by QGIS, grid, legend, scale bar, north arrow and a title block."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pikepdf
import pyproj
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents import sheet as furniture
from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter, lay_under
from jnw_desktop.documents.paper import FOOT, MARGIN, MapSheet
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Draft, Terms, count_within, united
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace


@dataclass(frozen=True)
class Made:
    """What a sheet says of its making: the EPSG code of its data, who printed it, whether the data are made up."""

    crs: int
    who: str
    demonstration: bool


def print_map(
    workspace: Workspace,
    wanted: MapSheet,
    out: str,
    *,
    tree: list[dict[str, Any]],
    features: Sequence[dict[str, str]] = (),
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> str:
    """One sheet: see :func:`print_sheets`."""
    return print_sheets(workspace, [wanted], out, tree=tree, features=features, terms=terms, who=who, task=task)


def print_sheets(
    workspace: Workspace,
    sheets: Sequence[MapSheet],
    out: str,
    *,
    tree: list[dict[str, Any]],
    features: Sequence[dict[str, str]] = (),
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> str:
    """Write the PDF ``out``, a page for each sheet, of layers ``tree`` (the engine's form) and overlays ``features``.

    Every page carries its georeference and its grid, unless places are not told exactly. Returns the path.
    Raises NoFont, NoQgis, EngineFailed, UsageError for the
    paper, DocumentNotWritten.
    """
    shown = [layer for group in tree for layer in group["layers"] if layer["visible"]]
    with handing_out(workspace, out, title=sheets[0].title, terms=terms, who=who) as draft:
        made = Made(workspace.crs, draft.who, workspace.is_demonstration)
        frames = _set(workspace, sheets, shown, draft, made, tree, features, task)
        draft.bounds = shown_in = united(frame.bounds for frame in frames)
        kinds = [name for name in dict.fromkeys(layer["source"].get("table") for layer in shown) if name in KINDS]
        draft.kinds = {} if shown_in is None else count_within(workspace, kinds, shown_in)
    task.progress(1.0)
    return out


def _set(
    workspace: Workspace,
    sheets: Sequence[MapSheet],
    shown: Sequence[dict[str, Any]],
    draft: Draft,
    made: Made,
    tree: list[dict[str, Any]],
    features: Sequence[dict[str, str]],
    task: Task,
) -> list[MapFrame]:
    """Set the pages of the draft; the frames on them."""
    font = chinese_font()
    with tempfile.TemporaryDirectory(prefix="jnw-sheet-") as folder:
        under = Path(folder) / "sheets.pdf"
        canvas = Canvas(str(under), initialFontName=font)
        canvas.setTitle(sheets[0].title)
        canvas.setAuthor(made.who)
        frames = []
        with MapPrinter(workspace.source, workspace.crs, tree, Path(folder)) as printer:
            for number, asked in enumerate(sheets):
                task.progress(0.9 * number / len(sheets), _("Drawing the map"))
                wanted = asked if draft.coordinates.exact else replace(asked, grid=False)
                frame = _frame(printer, wanted, [layer["id"] for layer in shown], features)
                legend = legend_rows(printer, frame, shown) if wanted.sheet.legend else []
                canvas.setPageSize(wanted.sheet.size)
                _furnish(canvas, wanted, frame, legend, font, made)
                canvas.bookmarkPage(f"sheet-{number}")
                canvas.addOutlineEntry(wanted.title, f"sheet-{number}")
                canvas.showPage()
                frames.append(frame)
        canvas.save()
        with pikepdf.open(under) as document:
            for number, frame in enumerate(frames):
                k = sheets[number].sheet.growth
                lay_under(document, number, frame, k * MARGIN, k * (MARGIN + FOOT))
            document.save(draft.path)
    return frames


def _frame(printer: MapPrinter, wanted: MapSheet, layers: list[str], features: Sequence[dict[str, str]]) -> MapFrame:
    size = wanted.sheet.map_size
    return printer.frame(wanted.center, wanted.scale, size, layers, features, rotation=wanted.rotation)


def legend_rows(printer: MapPrinter, frame: MapFrame, layers: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Picture and label of all that is to be seen in the frame; a symbol without a label is called by its layer."""
    return [
        (row["png"], row["label"] or layer["title"])
        for layer in layers
        if layer["source"].get("table") in KINDS
        for row in printer.legend(layer["id"], frame)
    ]


def _furnish(
    canvas: Canvas,
    wanted: MapSheet,
    frame: MapFrame,
    legend: list[tuple[str, str]],
    font: str,
    made: Made,
) -> None:
    k = wanted.sheet.growth
    left, low = k * MARGIN, k * (MARGIN + FOOT)
    furniture.draw_border(canvas, frame, left, low, k)
    if wanted.grid:
        furniture.draw_grid(canvas, frame, left, low, font, k)
    furniture.draw_north(canvas, left + frame.width - 28 * k, low + frame.height - 48 * k, font, frame.turn, k)
    furniture.draw_marks(canvas, frame, wanted.marks, (left, low), font, k)
    furniture.draw_beside(canvas, frame, wanted.beside, (left, low), font, k)
    if wanted.sheet.legend:
        at = (left + frame.width + 14 * k, low + frame.height)
        furniture.draw_legend(canvas, legend, at, font, frame.height, k)
    furniture.draw_scale_bar(canvas, frame.scale, left, k * (MARGIN + 10), font, k)
    with furniture.enlarged(canvas, 0, 0, k):
        _title_block(canvas, wanted, wanted.sheet.size[0] / k, font, made)


def _title_block(canvas: Canvas, wanted: MapSheet, width: float, font: str, made: Made) -> None:
    top = MARGIN + FOOT - 20
    canvas.setFillColor(furniture.INK)
    at = MARGIN + 170
    room = width - MARGIN - at
    size = 15.0
    while size > furniture.SMALL and canvas.stringWidth(wanted.title, font, size) > room:
        size -= 0.5
    canvas.setFont(font, size)
    canvas.drawString(at, top - 7, wanted.title)
    canvas.setFont(font, furniture.SMALL)
    today = datetime.date.today().isoformat()
    system = f"EPSG:{made.crs} {pyproj.CRS.from_epsg(made.crs).name}"
    canvas.drawString(at, MARGIN + 11, system)
    printed = _("Printed {date} by {who}").format(date=today, who=made.who)
    canvas.drawString(at, MARGIN + 1, f"{printed}    {wanted.sheet.paper}")
    if made.demonstration:
        furniture.draw_demonstration(canvas, width - MARGIN, MARGIN + 1, font, 9)
