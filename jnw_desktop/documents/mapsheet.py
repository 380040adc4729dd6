"""A sheet of the map for paper: the map as vectors by QGIS, grid, legend, scale bar, north arrow and a title block."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pyproj
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents import sheet as furniture
from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter, lay_under
from jnw_desktop.documents.paper import FOOT, MARGIN, SIDE, MapSheet
from jnw_desktop.documents.writing import write_whole
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.home import Bounds


def print_map(
    workspace: Workspace,
    wanted: MapSheet,
    out: str,
    *,
    tree: list[dict[str, Any]],
    features: Sequence[dict[str, str]] = (),
    who: str | None = None,
    task: Task = SILENT,
) -> str:
    """One sheet: see :func:`print_sheets`."""
    return print_sheets(workspace, [wanted], out, tree=tree, features=features, who=who, task=task)


def print_sheets(
    workspace: Workspace,
    sheets: Sequence[MapSheet],
    out: str,
    *,
    tree: list[dict[str, Any]],
    features: Sequence[dict[str, str]] = (),
    who: str | None = None,
    task: Task = SILENT,
) -> str:
    """Write the PDF ``out``, a page for each sheet, of layers ``tree`` (the engine's form) and overlays ``features``.

    Every page carries its georeference. Returns the path. Raises NoFont, NoQgis, EngineFailed, UsageError for the
    paper, DocumentNotWritten.
    """
    font = chinese_font()
    by = who or workspace.who
    shown = [layer for group in tree for layer in group["layers"] if layer["visible"]]
    with tempfile.TemporaryDirectory(prefix="jnw-sheet-") as folder:
        under, whole = Path(folder) / "sheets.pdf", Path(folder) / "whole.pdf"
        canvas = Canvas(str(under), initialFontName=font)
        canvas.setTitle(sheets[0].title)
        canvas.setAuthor(by)
        frames = []
        with MapPrinter(workspace.source, workspace.crs, tree, Path(folder)) as printer:
            for number, wanted in enumerate(sheets):
                task.progress(0.9 * number / len(sheets), _("Drawing the map"))
                frame = _frame(printer, wanted, [layer["id"] for layer in shown], features)
                explained = _explained(workspace, shown, frame) if wanted.sheet.legend else []
                legend = [row for name, title in explained for row in _legend_rows(title, printer.legend(name))]
                canvas.setPageSize(wanted.sheet.size)
                _furnish(canvas, wanted, frame, legend, font, (workspace.crs, by))
                canvas.bookmarkPage(f"sheet-{number}")
                canvas.addOutlineEntry(wanted.title, f"sheet-{number}")
                canvas.showPage()
                frames.append(frame)
        canvas.save()
        with pikepdf.open(under) as document:
            for number, frame in enumerate(frames):
                lay_under(document, number, frame, MARGIN, MARGIN + FOOT)
            document.save(whole)
        write_whole(Path(out), whole.read_bytes())
    task.progress(1.0)
    return out


def _frame(printer: MapPrinter, wanted: MapSheet, layers: list[str], features: Sequence[dict[str, str]]) -> MapFrame:
    size = wanted.sheet.map_size
    return printer.frame(wanted.center, wanted.scale, size, layers, features, rotation=wanted.rotation)


def _legend_rows(title: str, rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    """A layer of one symbol is a row; one of several has its title above them."""
    if len(rows) == 1:
        return [(rows[0]["png"], title)]
    return [("", title), *((row["png"], row["label"]) for row in rows)]


def _explained(workspace: Workspace, shown: list[dict[str, Any]], frame: MapFrame) -> list[tuple[str, str]]:
    """Layers of which something lies in the frame at its scale: id and title."""
    bounds = _bounds(frame)
    found = []
    with workspace.read() as connection:
        for layer in shown:
            if layer["id"] not in KINDS or 0 < layer["min_scale"] < frame.scale * 0.999:
                continue
            query = workspace.fids_within(KINDS[layer["id"]].table, bounds).limit(1)
            if connection.execute(query).first() is not None:
                found.append((layer["id"], layer["title"]))
    return found


def _bounds(frame: MapFrame) -> Bounds:
    corners = [frame.to_ground(x, y) for x in (0, frame.width) for y in (0, frame.height)]
    easts, norths = [corner[0] for corner in corners], [corner[1] for corner in corners]
    return min(easts), min(norths), max(easts), max(norths)


def _furnish(
    canvas: Canvas,
    wanted: MapSheet,
    frame: MapFrame,
    legend: list[tuple[str, str]],
    font: str,
    made: tuple[int, str],
) -> None:
    left, low = MARGIN, MARGIN + FOOT
    furniture.draw_border(canvas, frame, left, low)
    if wanted.grid:
        furniture.draw_grid(canvas, frame, left, low, font)
    furniture.draw_north(canvas, left + frame.width - 28, low + frame.height - 48, font, frame.turn)
    furniture.draw_marks(canvas, frame, wanted.marks, left, low, font)
    furniture.draw_beside(canvas, frame, wanted.beside, left, low, font)
    if wanted.sheet.legend:
        x, y = left + frame.width + 14, low + frame.height
        canvas.setFont(font, 9)
        canvas.setFillColor(furniture.INK)
        canvas.drawString(x, y - 9, _("Legend"))
        furniture.draw_legend(canvas, legend, x, y - 14, font, (SIDE - 14, frame.height - 20))
    _title_block(canvas, wanted, frame, font, made)


def _title_block(canvas: Canvas, wanted: MapSheet, frame: MapFrame, font: str, made: tuple[int, str]) -> None:
    crs, who = made
    width, _height = wanted.sheet.size
    top = MARGIN + FOOT - 20
    furniture.draw_scale_bar(canvas, frame.scale, MARGIN, MARGIN + 10, font)
    canvas.setFillColor(furniture.INK)
    at = MARGIN + 170
    room = width - MARGIN - at
    size = 15.0
    while size > 7 and canvas.stringWidth(wanted.title, font, size) > room:
        size -= 0.5
    canvas.setFont(font, size)
    canvas.drawString(at, top - 4, wanted.title)
    canvas.setFont(font, 7)
    today = datetime.date.today().isoformat()
    system = f"EPSG:{crs} {pyproj.CRS.from_epsg(crs).name}"
    canvas.drawString(at, MARGIN + 12, system)
    printed = _("Printed {date} by {who}").format(date=today, who=who)
    canvas.drawString(at, MARGIN + 2, f"{printed}    {wanted.sheet.paper}")
