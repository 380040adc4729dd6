"""A guide as a PDF: cover, map pages, tables, cross-sections, then rules, trial pits, signatures and editions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import shapely
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.mapframe import MapPrinter, lay_under
from jnw_desktop.documents.paper import paper_size
from jnw_desktop.facilities.clearances import read_clearances
from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_plugins.guide.changes import changes_table
from jnw_plugins.guide.closing import Edition, closing, pit_table
from jnw_plugins.guide.cover import FIRST_COLUMN, Cover, cover_page
from jnw_plugins.guide.difference import Difference
from jnw_plugins.guide.heading import MARGIN, TITLE, Heading, draw_heading
from jnw_plugins.guide.mapmarks import names_on_map, numbered_corners
from jnw_plugins.guide.mappages import MapPage, MapPages, map_size, print_frames
from jnw_plugins.guide.marks import LastMarks, draw_marks
from jnw_plugins.guide.outline import section
from jnw_plugins.guide.sectionpages import section_pages
from jnw_plugins.guide.sections import Cut
from jnw_plugins.guide.sheets import MOST, Plan, plan
from jnw_plugins.guide.survey import Survey
from jnw_plugins.guide.table import RuleTable
from jnw_plugins.guide.tables import facility_table, pipe_table
from jnw_plugins.guide.ties import ties

GAP = 24.0  # pt between the columns of the cover


@dataclass(frozen=True)
class Content:
    """What a guide says: how it is headed, what was found, and the rules that were used.

    ``differences``: from the earlier guide it takes the place of; ``None`` where that is not known, or there is none.
    """

    heading: Heading
    found: Survey
    table: RuleTable
    cover: Cover
    cuts: Sequence[Cut]
    editions: Sequence[Edition]
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
    shape = shapely.from_wkb(heading.site.geometry)
    names = names_on_map(numbered_corners(shape), [cut.line for cut in content.cuts])
    frames, legends = print_frames(printer, planned, _ties(shape, content.found), names, task)
    task.progress(0.7, _("Setting the pages"))
    under = path.with_suffix(".pages.pdf")
    maps = MapPages(heading, planned, table, frames, legends, content.cuts)
    _set(under, size, content, maps, font)
    return Written(_assemble(under, maps, path), planned)


def _ties(area: shapely.Geometry, found: Survey) -> list[dict[str, str]]:
    """The dimension lines as the map engine takes them: of the pipes the works concern, then of those near."""
    order = sorted(found.pipes, key=lambda one: one.relation.relation == "near")
    pipes = shapely.from_wkb(np.array([one.record.geometry for one in order], dtype=object))
    return [{"wkb": shapely.to_wkb(tie.line, hex=True), "label": f"{tie.length:.2f}"} for tie in ties(area, pipes)]


def _set(path: Path, size: tuple[float, float], content: Content, maps: MapPages, font: str) -> None:
    width, height = size
    body = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN - TITLE, 0, 0, 0, 0)

    def head(canvas: Canvas, _document: Any) -> None:
        canvas.saveState()
        draw_heading(canvas, content.heading, size, font)
        draw_marks(canvas, content.heading, size, font)
        canvas.restoreState()

    document = BaseDocTemplate(
        str(path),
        pagesize=size,
        initialFontName=font,  # else ReportLab writes an unembedded Helvetica into every page
        title=f"{_('Pipeline guide')} {content.heading.code}",
        author=content.heading.who,
        subject=content.heading.name,
        pageTemplates=[
            PageTemplate("cover", _columns(size), onPage=head, pagesize=size),
            PageTemplate("page", [body], onPage=head, pagesize=size),
        ],
    )
    sheets = [MapPage(maps, number, font) for number in range(maps.plan.count)]
    turn = [NextPageTemplate("page"), PageBreak()]
    first = cover_page(content.heading, content.cover, font, (width - 2 * MARGIN - GAP) / 2)
    document.build([*first, *turn, *sheets, *_tables(content, maps.plan, font, width)])


def _columns(size: tuple[float, float]) -> list[Frame]:
    """The two columns of the cover."""
    wide, high = (size[0] - 2 * MARGIN - GAP) / 2, size[1] - 2 * MARGIN - TITLE
    frames = ((0, FIRST_COLUMN), (1, "second"))
    return [Frame(MARGIN + i * (wide + GAP), MARGIN, wide, high, 0, 0, 0, 0, id=name) for i, name in frames]


def _tables(content: Content, planned: Plan, font: str, paper_width: float) -> list[Flowable]:
    width, found, heading = paper_width - 2 * MARGIN, content.found, content.heading
    pits = pit_table(shapely.from_wkb(heading.site.geometry), found.pipes, heading.coordinates, font, width)
    return [
        *changes_table(heading.replaces, content.differences, font, width),
        *section(_("Pipes in and around the site"), font),
        *pipe_table(found.pipes, planned, font, width),
        *section(_("Facilities and other owners' lines"), font),
        *facility_table(found.facilities, planned, font, width),
        *section_pages(content.cuts, heading.site.values.get("dig_depth"), read_clearances().edition, font, width),
        *closing(content.table, content.cover.measures, content.editions, pits, font, width),
        LastMarks(heading, font),
    ]


def _assemble(under: Path, maps: MapPages, path: Path) -> int:
    with pikepdf.open(under) as document:
        for page, frame in zip(maps.placed, maps.frames, strict=True):
            lay_under(document, page - 1, frame, MARGIN, MARGIN)
            frame.path.unlink()  # a printer may serve hundreds of guides
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"] = f"{_('Pipeline guide')} {maps.heading.code}"
            metadata["pdf:Producer"] = "JNW Desktop"
        document.Root.PageMode = pikepdf.Name.UseOutlines
        document.save(path)
        return len(document.pages)
