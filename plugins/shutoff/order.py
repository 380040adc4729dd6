"""The order sheet of the crew: a map with the valves numbered as they are closed, and a table to fill in."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
import shapely
from reportlab.lib.colors import white
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageTemplate, Paragraph

from jnw_desktop.documents import sheet
from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter, lay_under
from jnw_desktop.documents.paper import MARGIN, fitting_scale, paper_size
from jnw_desktop.documents.tables import table
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Draft, Terms
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_plugins.shutoff import rules
from jnw_plugins.shutoff.document import shown_time
from jnw_plugins.shutoff.register import shapes, show

TITLE, MAP_HEIGHT, GAP = 44.0, 330, 10.0  # pt
ROOM = 25.0  # m shown beyond what is isolated
LAYERS = ("valve", "hydrant", "pipe", "road", "building", "neighbourhood")
DISC = 6.5  # pt, radius of a number on the map
SHOWN = 60  # codes of one list; of more the rest is counted


def write_order(
    workspace: Workspace,
    code: str,
    out: str,
    *,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> str:
    """Write the order sheet of the shut-off ``code`` to the PDF ``out``; returns its path.

    Raises NoSuchRow, NoFont, NoQgis, DocumentNotWritten.
    """
    told = show(workspace, code) | {"demonstration": workspace.is_demonstration}
    chinese_font()
    title = f"{_('Valve order')} {told['code']}"
    with handing_out(workspace, out, title=title, terms=terms, who=who) as draft:
        _set(workspace, code, told, draft, task)
        draft.kinds = {"valve": len(told["valves"])}
    task.progress(1.0)
    return out


def _set(workspace: Workspace, code: str, told: dict[str, Any], draft: Draft, task: Task) -> None:
    size = paper_size("A4", landscape=False)
    map_size = (int(size[0] - 2 * MARGIN), MAP_HEIGHT)
    parts = shapes(workspace, code)
    everything = shapely.from_wkb([*parts["isolated"], *parts["close"]])
    low_e, low_n, high_e, high_n = shapely.total_bounds(everything).tolist()
    scale = fitting_scale(high_e - low_e + 2 * ROOM, high_n - low_n + 2 * ROOM, map_size)
    drawn = [{"wkb": wkb.hex(), "role": "result"} for wkb in parts["isolated"]]
    with tempfile.TemporaryDirectory() as folder:
        task.progress(0.2, _("Drawing the map"))
        with MapPrinter(workspace.source, workspace.crs, layer_tree(), Path(folder)) as printer:
            frame = printer.frame(
                ((low_e + high_e) / 2, (low_n + high_n) / 2), scale, map_size, LAYERS, _merged(drawn, parts)
            )
        task.progress(0.7, _("Setting the pages"))
        under = Path(folder) / "pages.pdf"
        _pages(under, size, told, frame, chinese_font(), draft)
        with pikepdf.open(under) as document:
            lay_under(document, 0, frame, MARGIN, size[1] - MARGIN - TITLE - MAP_HEIGHT)
            document.save(draft.path)
    draft.bounds = frame.bounds


def _merged(drawn: list[dict[str, str]], parts: dict[str, Any]) -> list[dict[str, str]]:
    """All isolated pipes as one overlay: the engine makes a layer of each."""
    if len(drawn) < 2:
        return drawn
    return [{"wkb": shapely.multilinestrings(shapely.from_wkb(parts["isolated"])).wkb.hex(), "role": "result"}]


def _pages(
    path: Path, size: tuple[float, float], told: dict[str, Any], frame: MapFrame, font: str, draft: Draft
) -> None:
    width, height = size[0] - 2 * MARGIN, size[1] - 2 * MARGIN - TITLE
    first = Frame(MARGIN, MARGIN, width, height - MAP_HEIGHT - GAP, 0, 0, 0, 0)
    later = Frame(MARGIN, MARGIN, width, height, 0, 0, 0, 0)
    heading = functools.partial(_heading, told=told, font=font, who=draft.who)
    front = functools.partial(_front, told=told, frame=frame, font=font, heading=heading)
    document = BaseDocTemplate(
        str(path),
        pagesize=size,
        initialFontName=font,  # else ReportLab writes an unembedded Helvetica into every page
        title=f"{_('Valve order')} {told['code']}",
        author=draft.who,
        pageTemplates=[
            PageTemplate("map", [first], onPage=front, pagesize=size),
            PageTemplate("rows", [later], onPage=heading, pagesize=size),
        ],
    )
    document.build([NextPageTemplate("rows"), *_story(told, font, width, draft.coordinates)])


def _story(told: dict[str, Any], font: str, width: float, coordinates: Coordinates) -> list[Flowable]:
    style = styles(font)

    def lines(texts: Sequence[str], name: str = "body") -> list[Flowable]:
        return [Paragraph(escape(text), style[name]) for text in texts]

    head = [
        _("No."), _("Valve"), _("DN"), _("Turns"), _("Closing direction"), _("Place"), _("Done"), _("Time"),
        _("Result"),
    ]  # fmt: skip
    rows = [_valve_row(number, valve, coordinates) for number, valve in enumerate(told["valves"], 1)]
    number = {valve["code"]: place for place, valve in enumerate(told["valves"], 1)}
    refill = [f"{number[code]} {code}" if code in number else code for code in told["refill"]]
    hydrants = told["drain_hydrants"] or told["hydrants"]
    return [
        *lines(told["warnings"]),
        *lines([_("Valves to close, in this order")], "heading"),
        table(head, rows, [0.5, 1.3, 0.6, 0.7, 0.9, 2.4, 0.6, 0.8, 1.2], font, width),
        *lines([_("Open again in this order: {valves}").format(valves=" → ".join(refill) or "–")]),
        *lines([_("Closed already, keep closed: {valves}").format(valves=_short(told["already_closed"]))]),
        *lines([_("Cannot be closed: {valves}").format(valves=_short(told["stuck"]))]),
        *lines(
            [
                _("{volume:.1f} m³ are to be drained at: {where}").format(
                    volume=told["volume"], where=_short(told["drain"] or hydrants)
                ),
                _("Hydrants without water: {hydrants}").format(hydrants=_short(told["hydrants"])),
                _("Priority users without water: {users}").format(users=_short(told["essential"])),
            ]
        ),
        *lines([_("Signature and date") + "：" + "＿" * 16]),
    ]


def _short(codes: Sequence[str]) -> str:
    shown = "、".join(codes[:SHOWN]) or "–"
    more = len(codes) - SHOWN
    return shown if more <= 0 else f"{shown} " + _("and {count} more").format(count=more)


def _valve_row(number: int, valve: dict[str, Any], coordinates: Coordinates) -> list[str]:
    place = f"{valve['road'] or ''} {coordinates.shown(*valve['at'])}".strip()
    direction = valve["closing_direction"]
    return [
        str(number),
        valve["code"],
        "–" if valve["dn"] is None else str(valve["dn"]),
        "–" if valve["turns"] is None else f"{valve['turns']:g}",
        label("closing_direction", direction) if direction else "–",
        place,
        "□",
        "",
        "",
    ]


def _heading(canvas: Canvas, document: Any, *, told: dict[str, Any], font: str, who: str) -> None:
    width, height = document.pagesize
    canvas.saveState()
    canvas.setFillColor(sheet.INK)
    canvas.setFont(font, 15)
    canvas.drawString(MARGIN, height - MARGIN - 14, f"{_('Valve order')}  {told['code']}")
    canvas.setFont(font, 8)
    span = f"{shown_time(told['planned_begin'])} – {shown_time(told['planned_end'])}"
    facts = [rules.kind_title(told["kind"]), told["reason"], told["road"] or "", span]
    canvas.drawString(MARGIN, height - MARGIN - 30, "  ·  ".join(fact for fact in facts if fact)[:110])
    canvas.drawRightString(width - MARGIN, height - MARGIN - 10, who)
    if told["demonstration"]:
        sheet.draw_demonstration(canvas, width - MARGIN, height - MARGIN - 30, font, 9)
    page = _("Page {page}").format(page=canvas.getPageNumber())
    canvas.drawRightString(width - MARGIN, MARGIN - 14, page)
    canvas.restoreState()


def _front(canvas: Canvas, document: Any, *, told: dict[str, Any], frame: MapFrame, font: str, heading: Any) -> None:
    heading(canvas, document)
    x, y = MARGIN, document.pagesize[1] - MARGIN - TITLE - MAP_HEIGHT
    canvas.saveState()
    sheet.draw_border(canvas, frame, x, y)
    sheet.draw_north(canvas, x + frame.width - 26, y + frame.height - 46, font)
    for number, valve in enumerate(told["valves"], 1):
        right, up = frame.to_page(*valve["at"])
        canvas.setStrokeColor(white)
        canvas.setFillColor(sheet.MARK)
        canvas.circle(x + right, y + up, DISC, stroke=1, fill=1)
        canvas.setFillColor(white)
        canvas.setFont(font, 7)
        canvas.drawCentredString(x + right, y + up - 2.5, str(number))
    sheet.draw_scale_bar(canvas, frame.scale, x + 10, y + 14, font)
    canvas.restoreState()
