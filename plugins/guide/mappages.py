"""The guide's map pages: an overview with the facts of the site, and the detail sheets keyed to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyproj
import shapely
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from jnw_desktop.documents import keyed, sheet
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter
from jnw_desktop.documents.mapsheet import legend_rows
from jnw_desktop.documents.paper import Mark
from jnw_desktop.documents.text import fold, styles
from jnw_desktop.documents.tiling import beside, named
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.heading import MARGIN, TITLE, Heading
from jnw_plugins.guide.mapmarks import draw_corners, draw_section_lines, numbered_corners
from jnw_plugins.guide.sections import Cut
from jnw_plugins.guide.sheets import Plan, surroundings
from jnw_plugins.guide.table import RuleTable

SIDE = 196.0  # pt, the column beside the map
LAYERS = (
    "construction_site", "valve", "hydrant", "meter", "sensor", "node", "chamber", "pump_room", "pipe", "other_line",
    "road", "building", "neighbourhood",
)  # fmt: skip
EXPLAINED = LAYERS[:-3]  # the ground needs no words
SITE = HexColor("#d9480f")
CORNER = (0.0, 0.0)  # of the map on its page between the margins
KEY_HIGH = 150.0  # pt at most

Legend = list[tuple[str, str]]


@dataclass(frozen=True)
class MapPages:
    """All that the map pages of one guide show; a frame and a legend for each, the first being the overview."""

    heading: Heading
    plan: Plan
    table: RuleTable
    frames: Sequence[MapFrame]
    legends: Sequence[Legend]
    cuts: Sequence[Cut] = ()
    placed: list[int] = field(default_factory=list)  # the page each was set on

    @property
    def shape(self) -> shapely.Geometry:
        """The area of works."""
        return shapely.from_wkb(self.heading.site.geometry)

    def title(self, number: int) -> str:
        """What page ``number``, from 0, is called."""
        if not self.plan.details:
            return _("Map")
        return _("Overview") if number == 0 else _("Sheet {number}").format(number=number)


def map_size(paper: tuple[float, float]) -> tuple[int, int]:
    """Of the map on every map page, in whole pt."""
    return int(paper[0] - 2 * MARGIN - SIDE), int(paper[1] - 2 * MARGIN - TITLE)


def map_printer(workspace: Workspace, folder: Path) -> MapPrinter:
    """Prints what guides show of a workspace into ``folder``; one may serve many guides."""
    shown = [group | {"layers": [one for one in group["layers"] if one["id"] in LAYERS]} for group in layer_tree()]
    return MapPrinter(workspace.source, workspace.crs, shown, folder)


def print_frames(
    printer: MapPrinter,
    plan: Plan,
    ties: Sequence[dict[str, str]],
    names: Sequence[dict[str, str]],
    task: Task,
) -> tuple[list[MapFrame], list[Legend]]:
    """Draw the map of each sheet of ``plan``: ``names`` on all, the dimension lines ``ties`` where it is no overview.

    Raises NoQgis, EngineFailed.
    """
    layers = {layer["id"]: layer for group in layer_tree() for layer in group["layers"]}
    explained = [layers[kind] for kind in EXPLAINED]
    views = [(plan.center, plan.scale), *((cell.center, plan.detail_scale) for cell in plan.details)]
    frames, legends = [], []
    for number, (center, scale) in enumerate(views):
        task.progress(0.2 + 0.4 * number / len(views), _("Drawing the map"))
        measured = ties if number or not plan.details else ()
        frames.append(printer.frame(center, scale, plan.size, LAYERS, ties=measured, names=names))
        legends.append(legend_rows(printer, frames[-1], explained))
    return frames, legends


class MapPage(Flowable):  # type: ignore[misc]
    """All but the map itself of map page ``number``, from 0: it fills a page between its margins."""

    def __init__(self, pages: MapPages, number: int, font: str) -> None:
        super().__init__()
        self._pages, self._number, self._font = pages, number, font

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """All there is."""
        return width, height

    def draw(self) -> None:
        """Draw it; the canvas stands at the lower left margin."""
        canvas, pages, number = self.canv, self._pages, self._number
        canvas.saveState()
        pages.placed.append(canvas.getPageNumber())
        title, key = pages.title(number), f"map-{number}"
        canvas.bookmarkPage(key)
        canvas.addOutlineEntry(title, key)
        frame = pages.frames[number]
        keyed.draw_outline(canvas, frame, pages.shape, CORNER, SITE, 1.4)
        reach = surroundings(pages.shape, pages.table.reach)
        keyed.draw_outline(canvas, frame, reach, CORNER, SITE, 0.7, (4, 2))
        _tie(canvas, pages, number, self._font)
        draw_section_lines(canvas, frame, [cut.line for cut in pages.cuts], CORNER)
        if number == 0:
            draw_corners(canvas, frame, numbered_corners(pages.shape), CORNER)
        sheet.draw_border(canvas, frame, *CORNER)
        if pages.heading.exact:
            sheet.draw_grid(canvas, frame, *CORNER, self._font)
        sheet.draw_north(canvas, frame.width - 26, frame.height - 46, self._font)
        _column(canvas, pages, number, self._font)
        canvas.restoreState()


def _tie(canvas: Canvas, pages: MapPages, number: int, font: str) -> None:
    """The detail sheets over the overview; the match lines on a detail sheet."""
    cells = pages.plan.details
    frame = pages.frames[number]
    if number == 0:
        marks = [Mark(str(which), cell.box) for which, cell in enumerate(cells, start=1)]
        sheet.draw_marks(canvas, frame, marks, CORNER, font)
        return
    names = named(cells, [pages.title(which) for which in range(1, len(cells) + 1)])
    cell = cells[number - 1]
    keyed.draw_match_lines(canvas, frame, cell, beside(cell, names), CORNER, font)


def _column(canvas: Canvas, pages: MapPages, number: int, font: str) -> None:
    """Beside the map: what sheet it is, its scale, the facts or the key, the legend, what may not be forgotten."""
    frame, plan = pages.frames[number], pages.plan
    x, y = frame.width + 12.0, float(frame.height)
    if plan.details:
        canvas.setFont(font, 13)
        canvas.setFillColor(sheet.INK)
        whole = _("{sheet} of {count}").format(sheet=pages.title(number), count=len(plan.details))
        canvas.drawString(x, y - 11, whole if number else pages.title(0))
        y -= 22
    sheet.draw_scale_bar(canvas, frame.scale, x, y - 18, font)
    y -= 46
    if number == 0:
        y = _facts(canvas, pages, (x, y), font)
    else:
        room = (SIDE - 16, KEY_HIGH)
        y = keyed.draw_key(canvas, plan.details, number - 1, pages.shape, (x, y + 4), room, font) - 8
    foot = _("For reference only: what trial pits find on site decides. Depths are to the top of the pipe.")
    lines = _("Dashed: {metres:g} m around the site; what lies within is listed.").format(metres=pages.table.reach)
    texts = [Paragraph(text, styles(font)["small"]) for text in (*plan.notes, lines, foot)]
    high = sum(text.wrap(SIDE - 16, 200)[1] + 3 for text in texts)
    y = sheet.draw_legend(canvas, pages.legends[number], (x, y - 6), font, y - 6 - high - 8) - 5
    for text in texts:
        y -= text.height + 3
        text.drawOn(canvas, x, y)


def _facts(canvas: Canvas, pages: MapPages, at: tuple[float, float], font: str) -> float:
    x, y = at
    heading, crs = pages.heading, pages.frames[0].crs
    values = heading.site.values
    work, depth = values.get("work_type"), values.get("dig_depth")
    rows = [
        (_("Site"), heading.site.code),
        (_("Road"), values.get("road")),
        (_("Applicant"), values.get("applicant")),
        (_("Contractor"), values.get("contractor")),
        (_("Kind of work"), label("work_type", work) if work else None),
        (_("Depth of digging"), None if depth is None else f"{depth:g} m"),
        (_("Area"), f"{pages.shape.area:.1f} m²"),
        (_("Coordinate system"), f"EPSG:{crs} {pyproj.CRS.from_epsg(crs).name}"),
        (_("Heights"), _("1985 national height datum")),
        (_("Data as of"), heading.issued[:10]),
        (_("Valid until"), heading.valid_until.isoformat()),
        (_("Rule table"), pages.table.edition),
        (_("Signed by"), heading.signer),
    ]
    if pages.plan.details:
        told = _("{count} sheets at 1:{scale}").format(count=len(pages.plan.details), scale=pages.plan.detail_scale)
        rows.append((_("Detail sheets"), told))
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
