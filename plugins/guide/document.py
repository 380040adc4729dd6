"""The guide's pages: a map sheet, the table of pipes, the facilities, and the signatures."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pyproj
import shapely
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, NextPageTemplate, PageBreak, PageTemplate, Paragraph

from jnw_desktop.documents import sheet
from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter, lay_under
from jnw_desktop.documents.mapsheet import legend_rows
from jnw_desktop.documents.paper import fitting_scale, paper_size
from jnw_desktop.documents.text import fold, styles
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.queries import Record
from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.survey import Survey
from jnw_plugins.guide.table import RuleTable
from jnw_plugins.guide.tables import closing, facility_table, pipe_table

MARGIN = 34.0
TITLE = 52.0
SIDE = 196.0  # pt, the column beside the map
ROOM = 12.0  # m shown beyond the area, more than the search distance
LAYERS = (
    "construction_site", "valve", "hydrant", "meter", "sensor", "node", "chamber", "pump_room", "pipe", "other_line",
    "road", "building", "neighbourhood",
)  # fmt: skip
EXPLAINED = LAYERS[:-3]  # the ground needs no words


@dataclass(frozen=True)
class Heading:
    """What stands at the head of a guide; ``title`` of the workspace, ``demonstration`` where its data are made up."""

    code: str
    site: Record
    issued: str
    who: str
    paper: str
    title: str
    demonstration: bool


def write_guide(
    workspace: Workspace,
    heading: Heading,
    found: Survey,
    table: RuleTable,
    path: Path,
    task: Task,
) -> int:
    """Write the PDF; returns its pages.

    Raises NoFont, NoQgis, EngineFailed, UsageError for the paper.
    """
    font = chinese_font()
    width, height = paper_size(heading.paper)
    size = (int(width - 2 * MARGIN - SIDE), int(height - 2 * MARGIN - TITLE))
    low_e, low_n, high_e, high_n = shapely.bounds(shapely.from_wkb(heading.site.geometry)).tolist()
    scale = fitting_scale(high_e - low_e + 2 * ROOM, high_n - low_n + 2 * ROOM, size)
    task.progress(0.2, _("Drawing the map"))
    with MapPrinter(workspace.source, workspace.crs, layer_tree(), path.parent) as printer:
        center = ((low_e + high_e) / 2, (low_n + high_n) / 2)
        frame = printer.frame(center, scale, size, LAYERS)
        layers = {layer["id"]: layer for group in layer_tree() for layer in group["layers"]}
        legend = legend_rows(printer, frame, [layers[kind] for kind in EXPLAINED])
    task.progress(0.7, _("Setting the pages"))
    under = path.with_suffix(".pages.pdf")
    front = functools.partial(
        _map_page, heading=heading, frame=frame, legend=legend, table=table, font=font, crs=workspace.crs
    )
    _pages(under, (width, height), heading, found, table, font, front)
    return _assemble(under, frame, path, heading)


def _pages(
    path: Path, size: tuple[float, float], heading: Heading, found: Survey, table: RuleTable, font: str, front: Any
) -> None:
    width, height = size
    body = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN - TITLE, 0, 0, 0, 0)
    later = functools.partial(_running_page, heading=heading, size=size, font=font)
    document = BaseDocTemplate(
        str(path),
        pagesize=size,
        initialFontName=font,  # else ReportLab writes an unembedded Helvetica into every page
        title=f"{_('Pipeline guide')} {heading.code}",
        author=heading.who,
        subject=str(heading.site.values.get("name") or heading.site.code),
        pageTemplates=[
            PageTemplate("map", [body], onPage=front, pagesize=size),
            PageTemplate("tables", [body], onPage=later, pagesize=size),
        ],
    )
    style = styles(font)
    story = [
        NextPageTemplate("tables"),
        PageBreak(),
        Paragraph(_("Pipes in and around the site"), style["heading"]),
        *pipe_table(found.pipes, font, width - 2 * MARGIN),
        Paragraph(_("Facilities and other owners' lines"), style["heading"]),
        *facility_table(found.facilities, font, width - 2 * MARGIN),
        *closing(table, font, width - 2 * MARGIN),
    ]
    document.build(story)


def _title(canvas: Canvas, heading: Heading, size: tuple[float, float], font: str) -> None:
    width, height = size
    top = height - MARGIN
    canvas.setFont(font, 17)
    canvas.setFillColor(sheet.INK)
    title = f"{_('Pipeline guide')}  {heading.code}"
    canvas.drawString(MARGIN, top - 18, title)
    at = MARGIN + canvas.stringWidth(title, font, 17) + 24
    name = str(heading.site.values.get("name") or heading.site.code)
    canvas.setFont(font, 11)
    canvas.drawString(at, top - 17, fold(name, font, 11, width - MARGIN - 110 - at)[0])
    canvas.setFont(font, 8)
    canvas.drawRightString(width - MARGIN, top - 9, heading.issued[:16].replace("T", " "))
    canvas.drawRightString(width - MARGIN, top - 20, _("Page {page}").format(page=canvas.getPageNumber()))
    canvas.drawString(MARGIN, top - 33, heading.title)
    if heading.demonstration:
        sheet.draw_demonstration(canvas, width - MARGIN, top - 34, font, 11)
    canvas.setStrokeColor(HexColor("#00a5cf"))
    canvas.setLineWidth(1.6)
    canvas.line(MARGIN, top - 39, width - MARGIN, top - 39)


def _running_page(canvas: Canvas, _document: object, *, heading: Heading, size: tuple[float, float], font: str) -> None:
    canvas.saveState()
    _title(canvas, heading, size, font)
    canvas.restoreState()


def _map_page(
    canvas: Canvas,
    document: Any,
    *,
    heading: Heading,
    frame: MapFrame,
    legend: list[tuple[str, str]],
    table: RuleTable,
    font: str,
    crs: int,
) -> None:
    canvas.saveState()
    _title(canvas, heading, document.pagesize, font)
    sheet.draw_border(canvas, frame, MARGIN, MARGIN)
    sheet.draw_grid(canvas, frame, MARGIN, MARGIN, font)
    sheet.draw_north(canvas, MARGIN + frame.width - 26, MARGIN + frame.height - 46, font)
    x = MARGIN + frame.width + 12
    y = MARGIN + frame.height
    sheet.draw_scale_bar(canvas, frame.scale, x, y - 18, font)
    y = _facts(canvas, heading, table, crs, (x, y - 46), font)
    text = Paragraph(
        _("For reference only: what trial pits find on site decides. Depths are to the top of the pipe."),
        styles(font)["small"],
    )
    _wide, high = text.wrap(SIDE - 16, 100)
    y = sheet.draw_legend(canvas, legend, (x, y - 6), font, y - 6 - MARGIN - high - 8)
    text.drawOn(canvas, x, y - high - 8)
    canvas.restoreState()


def _facts(canvas: Canvas, heading: Heading, table: RuleTable, crs: int, at: tuple[float, float], font: str) -> float:
    x, y = at
    values = heading.site.values
    shape = shapely.from_wkb(heading.site.geometry)
    work = values.get("work_type")
    depth = values.get("dig_depth")
    rows = [
        (_("Site"), heading.site.code),
        (_("Road"), values.get("road")),
        (_("Applicant"), values.get("applicant")),
        (_("Contractor"), values.get("contractor")),
        (_("Kind of work"), label("work_type", work) if work else None),
        (_("Depth of digging"), None if depth is None else f"{depth:g} m"),
        (_("Area"), f"{shape.area:.1f} m²"),
        ("CRS", f"EPSG:{crs} {pyproj.CRS.from_epsg(crs).name}"),
        (_("Heights"), _("1985 national height datum")),
        (_("Data as of"), heading.issued[:10]),
        (_("Rule table"), table.edition),
    ]
    canvas.setFont(font, sheet.SMALL)
    for title, value in rows:
        canvas.setFillColor(sheet.FAINT)
        canvas.drawString(x, y, title)
        canvas.setFillColor(sheet.INK)
        shown = _("unknown") if value in (None, "") else str(value)
        for line in fold(shown, font, sheet.SMALL, SIDE - 70):
            canvas.drawString(x + 54, y, line)
            y -= 11
    return y


def _assemble(under: Path, frame: MapFrame, path: Path, heading: Heading) -> int:
    with pikepdf.open(under) as document:
        lay_under(document, 0, frame, MARGIN, MARGIN)
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"] = f"{_('Pipeline guide')} {heading.code}"
            metadata["pdf:Producer"] = "JNW Desktop"
        document.save(path)
        return len(document.pages)
