"""A round on paper: the places to go to in groups that lie together, each a numbered map over a table to fill in."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import shapely
from reportlab.lib.colors import white
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate

from jnw_desktop.documents import sheet
from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter, lay_under
from jnw_desktop.documents.paper import MARGIN, fitting_scale, paper_size
from jnw_desktop.documents.tables import table
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.releases.leaving import Draft, united
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

TITLE, MAP_HEIGHT, GAP = 44.0, 330, 10.0  # pt
ROOM = 25.0  # m shown beyond the places
LAYERS = ("valve", "hydrant", "meter", "pipe", "road", "building", "neighbourhood")
DISC = 6.5  # pt, radius of a number on the map


@dataclass(frozen=True)
class Stop:
    """One place: ``at`` (E, N), and its row of the table after its number."""

    at: tuple[float, float]
    row: Sequence[str]


@dataclass(frozen=True)
class Round:
    """``groups`` of stops, a map each; ``facts`` stand under the title; ``shares`` of the table's width by column.

    ``before`` stands over the first table, ``after`` under the last. ``drawn``: WKB of what the round is about, laid
    over every map, which shows all of it.
    """

    title: str
    facts: Sequence[str]
    head: Sequence[str]
    shares: Sequence[float]
    groups: Sequence[Sequence[Stop]]
    before: Sequence[Flowable] = ()
    after: Sequence[Flowable] = ()
    drawn: bytes | None = None


@dataclass
class _Page:
    """A group with the map it got and, once it is set, the page that is on."""

    stops: Sequence[Stop]
    first: int
    frame: MapFrame
    number: int = 0


def write_round(workspace: Workspace, wanted: Round, draft: Draft, *, task: Task = SILENT) -> None:
    """Write the PDF of a draft (A4, upright). Stops are numbered through all groups.

    Raises NoFont, NoQgis, EngineFailed.
    """
    font = chinese_font()
    size = paper_size("A4", landscape=False)
    map_size = (int(size[0] - 2 * MARGIN), MAP_HEIGHT)
    pages: list[_Page] = []
    with tempfile.TemporaryDirectory(prefix="jnw-round-") as folder:
        with MapPrinter(workspace.source, workspace.crs, layer_tree(), Path(folder)) as printer:
            first = 1
            for number, stops in enumerate(wanted.groups):
                task.progress(0.8 * number / len(wanted.groups), _("Drawing the map"))
                pages.append(_Page(stops, first, _frame(printer, stops, wanted.drawn, map_size)))
                first += len(stops)
        task.progress(0.8, _("Setting the pages"))
        under = io.BytesIO()
        _set(under, size, wanted, pages, _Hand(font, draft.who, workspace.is_demonstration))
        with pikepdf.open(under) as document:
            for page in pages:
                lay_under(document, page.number - 1, page.frame, MARGIN, size[1] - MARGIN - TITLE - MAP_HEIGHT)
            document.save(draft.path)
    draft.bounds = united(page.frame.bounds for page in pages)
    task.progress(1.0)


def _frame(printer: MapPrinter, stops: Sequence[Stop], drawn: bytes | None, size: tuple[int, int]) -> MapFrame:
    shown = [shapely.Point(stop.at) for stop in stops]
    shown += [] if drawn is None else [shapely.from_wkb(drawn)]
    low_e, low_n, high_e, high_n = shapely.total_bounds(shown).tolist()
    scale = fitting_scale(high_e - low_e + 2 * ROOM, high_n - low_n + 2 * ROOM, size)
    over = [] if drawn is None else [{"wkb": drawn.hex(), "role": "result"}]
    return printer.frame(((low_e + high_e) / 2, (low_n + high_n) / 2), scale, size, LAYERS, over)


@dataclass(frozen=True)
class _Hand:
    """What every page is written with."""

    font: str
    who: str
    demonstration: bool


def _set(out: io.BytesIO, size: tuple[float, float], wanted: Round, pages: list[_Page], hand: _Hand) -> None:
    width, height = size[0] - 2 * MARGIN, size[1] - 2 * MARGIN - TITLE
    below = Frame(MARGIN, MARGIN, width, height - MAP_HEIGHT - GAP, 0, 0, 0, 0, id="below")
    whole = Frame(MARGIN, MARGIN, width, height, 0, 0, 0, 0, id="whole")
    turn = iter(pages)

    def front(canvas: Canvas, _document: Any) -> None:
        page = next(turn)
        page.number = canvas.getPageNumber()
        _heading(canvas, size, wanted, hand)
        _draw_stops(canvas, size, page, hand.font)

    def later(canvas: Canvas, _document: Any) -> None:
        _heading(canvas, size, wanted, hand)

    document = BaseDocTemplate(
        out,
        pagesize=size,
        initialFontName=hand.font,  # else ReportLab writes an unembedded Helvetica into every page
        title=wanted.title,
        author=hand.who,
        pageTemplates=[
            PageTemplate("map", [below], onPage=front, pagesize=size),
            PageTemplate("rows", [whole], onPage=later, pagesize=size),
        ],
    )
    story: list[Flowable] = [NextPageTemplate("rows"), *wanted.before]
    for page in pages:
        if page is not pages[0]:
            story += [NextPageTemplate("map"), PageBreak(), NextPageTemplate("rows")]
        rows = [[str(number), *stop.row] for number, stop in enumerate(page.stops, page.first)]
        story += [table(wanted.head, rows, wanted.shares, hand.font, width)]
    document.build([*story, *wanted.after])


def _heading(canvas: Canvas, size: tuple[float, float], wanted: Round, hand: _Hand) -> None:
    width, height = size
    canvas.saveState()
    canvas.setFillColor(sheet.INK)
    canvas.setFont(hand.font, 15)
    canvas.drawString(MARGIN, height - MARGIN - 14, wanted.title)
    canvas.setFont(hand.font, 8)
    canvas.drawString(MARGIN, height - MARGIN - 30, "  ·  ".join(fact for fact in wanted.facts if fact)[:110])
    canvas.drawRightString(width - MARGIN, height - MARGIN - 10, hand.who)
    canvas.drawRightString(width - MARGIN, MARGIN - 14, _("Page {page}").format(page=canvas.getPageNumber()))
    canvas.restoreState()
    if hand.demonstration:
        sheet.draw_demonstration(canvas, width - MARGIN, height - MARGIN - 30, hand.font, 9)


def _draw_stops(canvas: Canvas, size: tuple[float, float], page: _Page, font: str) -> None:
    frame = page.frame
    x, y = MARGIN, size[1] - MARGIN - TITLE - MAP_HEIGHT
    canvas.saveState()
    sheet.draw_border(canvas, frame, x, y)
    sheet.draw_north(canvas, x + frame.width - 26, y + frame.height - 46, font)
    for number, stop in enumerate(page.stops, page.first):
        right, up = frame.to_page(*stop.at)
        canvas.setStrokeColor(white)
        canvas.setFillColor(sheet.MARK)
        canvas.circle(x + right, y + up, DISC, stroke=1, fill=1)
        canvas.setFillColor(white)
        canvas.setFont(font, 7 if number < 100 else 5.5)
        canvas.drawCentredString(x + right, y + up - 2.5, str(number))
    sheet.draw_scale_bar(canvas, frame.scale, x + 10, y + 14, font)
    canvas.restoreState()
