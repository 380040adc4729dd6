"""A guide as a PDF: map pages, then the tables of pipes and facilities, rules, trial pits and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter, lay_under
from jnw_desktop.documents.paper import paper_size
from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_plugins.guide.changes import changes_table
from jnw_plugins.guide.difference import Difference
from jnw_plugins.guide.heading import MARGIN, TITLE, Heading, draw_heading
from jnw_plugins.guide.mappages import MapPage, MapPages, map_size, print_frames
from jnw_plugins.guide.marks import TotalPages, draw_marks, qr_code
from jnw_plugins.guide.sheets import MOST, Plan, plan
from jnw_plugins.guide.survey import Survey
from jnw_plugins.guide.table import RuleTable
from jnw_plugins.guide.tables import closing, facility_table, pipe_table, section


@dataclass(frozen=True)
class Content:
    """What a guide says: how it is headed, what was found, and the rules that were used.

    ``differences``: from the earlier guide it takes the place of; ``None`` where that is not known, or there is none.
    """

    heading: Heading
    found: Survey
    table: RuleTable
    most_sheets: int = MOST
    differences: Sequence[Difference] | None = None


@dataclass(frozen=True)
class Written:
    """What was written: its pages, and its map sheets."""

    pages: int
    plan: Plan


def write_guide(printer: MapPrinter, content: Content, path: Path, task: Task) -> Written:
    """Write the PDF with the maps of ``printer``.

    Raises NoFont, NoQgis, EngineFailed, TooManySheets, UsageError for the paper.
    """
    font = chinese_font()
    heading, table = content.heading, content.table
    size = paper_size(heading.paper)
    planned = plan(bytes(heading.site.geometry or b""), table.reach, map_size(size), content.most_sheets)
    frames, legends = print_frames(printer, planned, task)
    task.progress(0.7, _("Setting the pages"))
    under = path.with_suffix(".pages.pdf")
    _set(under, size, content, MapPages(heading, planned, table, frames, legends), font)
    return Written(_assemble(under, frames, path, heading), planned)


def _set(path: Path, size: tuple[float, float], content: Content, maps: MapPages, font: str) -> None:
    width, height = size
    body = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN - TITLE, 0, 0, 0, 0)

    def head(canvas: Canvas, _document: Any) -> None:
        canvas.saveState()
        draw_heading(canvas, content.heading, size, font)
        draw_marks(canvas, content.heading, code, size, font)
        canvas.restoreState()

    document = BaseDocTemplate(
        str(path),
        pagesize=size,
        initialFontName=font,  # else ReportLab writes an unembedded Helvetica into every page
        title=f"{_('Pipeline guide')} {content.heading.code}",
        author=content.heading.who,
        subject=content.heading.name,
        pageTemplates=[PageTemplate("page", [body], onPage=head, pagesize=size)],
    )
    code = qr_code(content.heading)
    sheets = [MapPage(maps, number, font) for number in range(maps.plan.count)]
    document.build([*sheets, *_tables(content, maps.plan, font, width)])


def _tables(content: Content, planned: Plan, font: str, paper_width: float) -> list[Flowable]:
    width, found = paper_width - 2 * MARGIN, content.found
    return [
        *changes_table(content.heading.replaces, content.differences, font, width),
        *section(_("Pipes in and around the site"), font),
        *pipe_table(found.pipes, planned, font, width),
        *section(_("Facilities and other owners' lines"), font),
        *facility_table(found.facilities, planned, font, width),
        *closing(content.table, font, width),
        TotalPages(font),
    ]


def _assemble(under: Path, frames: list[MapFrame], path: Path, heading: Heading) -> int:
    with pikepdf.open(under) as document:
        for number, frame in enumerate(frames):
            lay_under(document, number, frame, MARGIN, MARGIN)
            frame.path.unlink()  # a printer may serve hundreds of guides
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"] = f"{_('Pipeline guide')} {heading.code}"
            metadata["pdf:Producer"] = "JNW Desktop"
        document.Root.PageMode = pikepdf.Name.UseOutlines
        document.save(path)
        return len(document.pages)
