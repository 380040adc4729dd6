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
from jnw_desktop.documents.paper import fitting_scale, paper_size
from jnw_desktop.documents.text import styles
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
TITLE = 40.0
SIDE = 196.0  # pt, the column beside the map
ROOM = 12.0  # m shown beyond the area, more than the search distance
LAYERS = (
    "construction_site", "valve", "hydrant", "meter", "sensor", "node", "chamber", "pump_room", "pipe", "other_line",
    "road", "building", "neighbourhood",
)  # fmt: skip
EXPLAINED = ("construction_site", "pipe", "valve", "hydrant", "meter", "chamber", "other_line")


@dataclass(frozen=True)
class Heading:
    """What stands at the head of a guide."""

    code: str
    site: Record
    issued: str
    who: str
    paper: str


def write_guide(workspace: Workspace, heading: Heading, found: Survey, table: RuleTable, path: Path, task: Task) -> int:
    """Write the PDF; returns its pages. Raises NoFont, NoQgis, EngineFailed, UsageError for the paper."""
    font = chinese_font()
    width, height = paper_size(heading.paper)
    size = (int(width - 2 * MARGIN - SIDE), int(height - 2 * MARGIN - TITLE))
    low_e, low_n, high_e, high_n = shapely.bounds(shapely.from_wkb(heading.site.geometry)).tolist()
    scale = fitting_scale(high_e - low_e + 2 * ROOM, high_n - low_n + 2 * ROOM, size)
    task.progress(0.2, _("Drawing the map"))
    printer = MapPrinter(workspace.source, workspace.crs, layer_tree(), path.parent)
    with printer:
        center = ((low_e + high_e) / 2, (low_n + high_n) / 2)
        frame = printer.frame(center, scale, size, LAYERS)
        legend = [(row["png"], row["label"] or _titles()[kind]) for kind in EXPLAINED for row in printer.legend(kind)]
    task.progress(0.7, _("Setting the pages"))
    under = path.with_suffix(".pages.pdf")
    front = functools.partial(
        _map_page, heading=heading, frame=frame, legend=legend, table=table, font=font, crs=workspace.crs
    )
    _pages(under, (width, height), heading, found, table, font, front)
    return _assemble(under, frame, path, heading)


def _titles() -> dict[str, str]:
    return {layer["id"]: layer["title"] for group in layer_tree() for layer in group["layers"]}


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
    canvas.setFont(font, 17)
    canvas.setFillColor(sheet.INK)
    name = heading.site.values.get("name") or heading.site.code
    canvas.drawString(MARGIN, height - MARGIN - 18, f"{_('Pipeline guide')}  {heading.code}")
    canvas.setFont(font, 11)
    canvas.drawString(MARGIN + 260, height - MARGIN - 17, str(name))
    canvas.setFont(font, 8)
    canvas.drawRightString(width - MARGIN, height - MARGIN - 10, heading.issued[:16].replace("T", " "))
    canvas.drawRightString(width - MARGIN, height - MARGIN - 21, _("Page {page}").format(page=canvas.getPageNumber()))
    canvas.setStrokeColor(HexColor("#00a5cf"))
    canvas.setLineWidth(1.6)
    canvas.line(MARGIN, height - MARGIN - 27, width - MARGIN, height - MARGIN - 27)


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
    canvas.setFont(font, 9)
    canvas.drawString(x, y - 14, _("Legend"))
    y = sheet.draw_legend(canvas, legend, x, y - 18, font)
    text = Paragraph(
        _("For reference only: what trial pits find on site decides. Depths are to the top of the pipe."),
        styles(font)["small"],
    )
    _wide, high = text.wrap(SIDE - 16, 100)
    text.drawOn(canvas, x, max(MARGIN, y - high - 8))
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
    for title, value in rows:
        canvas.setFont(font, 7)
        canvas.setFillColor(sheet.FAINT)
        canvas.drawString(x, y, title)
        canvas.setFillColor(sheet.INK)
        shown = _("unknown") if value in (None, "") else str(value)
        for line in _folded(canvas, shown, font, 7.5, SIDE - 70):
            canvas.setFont(font, 7.5)
            canvas.drawString(x + 54, y, line)
            y -= 11
    return y


def _folded(canvas: Canvas, text: str, font: str, size: float, width: float) -> list[str]:
    lines = [""]
    for sign in text:
        if canvas.stringWidth(lines[-1] + sign, font, size) > width:
            lines.append("")
        lines[-1] += sign
    return lines


def _assemble(under: Path, frame: MapFrame, path: Path, heading: Heading) -> int:
    with pikepdf.open(under) as document:
        lay_under(document, 0, frame, MARGIN, MARGIN)
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"] = f"{_('Pipeline guide')} {heading.code}"
            metadata["pdf:Producer"] = "JNW Desktop"
        document.save(path)
        return len(document.pages)
