"""Tie cards (栓点卡): four to a page, each with a small map, three distances, a photo, and what to know to close it."""

from __future__ import annotations

import datetime
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import shapely
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents import sheet as furniture
from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter, lay_under
from jnw_desktop.documents.paper import MARGIN, paper_size
from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.attachments import attachments_of
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Draft, Terms, united
from jnw_desktop.facilities.ties import NoTies, Tie, ties_of
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

CARDED = ("valve", "hydrant")
ACROSS, DOWN = 2, 2  # cards of a page
GAP, HEAD, MAP_HEIGHT = 14.0, 30.0, 190  # pt
PHOTO_WIDTH = 96  # pt beside the map, of the latest photo there is
SCALES = (100, 200, 250, 500, 1000, 2000)
SHOWN = ("valve", "hydrant", "chamber", "pump_room", "pipe", "road", "building")
# Of a facility, what who stands at its cover wants to know.
TOLD = {
    "valve": ("valve_kind", "dn", "road", "turns", "closing_direction", "normal_state", "operability", "depth"),
    "hydrant": ("hydrant_kind", "dn", "road", "operability", "depth"),
}
WANTED = 3  # ties
MOST_CARDS = 400


class NoCards(RefusedError):
    """None of the facilities has anything near it to tie it to."""

    kind = "no_cards"


@dataclass(frozen=True)
class Card:
    """One facility, its ties, and its photo as a small JPEG."""

    record: Record
    ties: Sequence[Tie]
    photo: bytes | None

    @property
    def at(self) -> tuple[float, float]:
        """Its place (E, N)."""
        east, north = shapely.get_coordinates(shapely.from_wkb(self.record.geometry))[0].tolist()
        return east, north


@dataclass(frozen=True)
class Made:
    """What was written: the codes that have a card, and those with nothing near to tie them to."""

    file: str
    cards: list[str]
    untied: list[str]


def print_tie_cards(
    workspace: Workspace,
    kind: str,
    codes: Sequence[str],
    out: str,
    *,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> Made:
    """Write the tie cards of valves or hydrants to the PDF ``out``.

    Raises UsageError for another kind or too many, NoSuchRow, NoCards, NoFont, NoQgis, DocumentNotWritten.
    """
    if kind not in CARDED or not 0 < len(codes) <= MOST_CARDS:
        raise UsageError(
            _("Tie cards are made of valves and hydrants, {most} at most in one file.").format(most=MOST_CARDS),
            _("Name their codes, or a road."),
        )
    cards, untied = _cards(workspace, kind, codes)
    if not cards:
        raise NoCards(
            _("Nothing that stands fast lies near any of them."),
            _("Record buildings, hydrants or chambers near it first."),
        )
    chinese_font()
    with handing_out(workspace, out, title=_("Tie cards"), terms=terms, who=who) as draft:
        _set(workspace, cards, draft, task)
        draft.kinds = {kind: len(cards)}
        draft.bounds = united((*card.at, *card.at) for card in cards)
    task.progress(1.0)
    return Made(out, [card.record.code for card in cards], untied)


def _set(workspace: Workspace, cards: Sequence[Card], draft: Draft, task: Task) -> None:
    font = chinese_font()
    page = paper_size("A4", landscape=False)
    width, height = int((page[0] - 2 * MARGIN - GAP) / ACROSS), (page[1] - 2 * MARGIN - GAP) / DOWN
    with tempfile.TemporaryDirectory(prefix="jnw-ties-") as folder:
        under = Path(folder) / "cards.pdf"
        canvas = Canvas(str(under), pagesize=page, initialFontName=font)
        canvas.setTitle(_("Tie cards"))
        canvas.setAuthor(draft.who)
        placed: list[tuple[int, MapFrame, float, float]] = []
        with MapPrinter(workspace.source, workspace.crs, layer_tree(), Path(folder)) as printer:
            for number, card in enumerate(cards):
                task.progress(0.9 * number / len(cards), _("Drawing the cards"))
                place = number % (ACROSS * DOWN)
                if number and place == 0:
                    canvas.showPage()
                x = MARGIN + (place % ACROSS) * (width + GAP)
                y = page[1] - MARGIN - (place // ACROSS) * (height + GAP)
                size = (width if card.photo is None else width - PHOTO_WIDTH, MAP_HEIGHT)
                frame = printer.frame(card.at, _scale(card, size), size, SHOWN)
                box = (x, y - height, width, height)
                _draw(canvas, card, frame, box, font, (workspace.crs, draft.coordinates))
                placed.append((number // (ACROSS * DOWN), frame, x, y - HEAD - MAP_HEIGHT))
        canvas.save()
        with pikepdf.open(under) as document:
            for page_number, frame, x, y in placed:
                lay_under(document, page_number, frame, x, y)
            document.save(draft.path)


def tie_card(
    workspace: Workspace, code: str, out: str, kind: str, *, terms: Terms = IN_HOUSE, task: Task = SILENT
) -> Made:
    """The card of one facility; raises as :func:`print_tie_cards`."""
    return print_tie_cards(workspace, kind, [code], out, terms=terms, task=task)


def _cards(workspace: Workspace, kind: str, codes: Sequence[str]) -> tuple[list[Card], list[str]]:
    cards, untied = [], []
    for code in codes:
        record = queries.describe(workspace, kind, code=code)
        try:
            cards.append(Card(record, ties_of(workspace, kind, code), _photo(workspace, record)))
        except NoTies:
            untied.append(code)
    return cards, untied


def _photo(workspace: Workspace, record: Record) -> bytes | None:
    """The latest picture that is attached; as small as it is kept it is sharp enough at this size."""
    pictures = [one.thumbnail for one in attachments_of(workspace, record.uid) if one.thumbnail is not None]
    return pictures[-1] if pictures else None


def _scale(card: Card, size: tuple[int, int]) -> float:
    """The largest scale at which every tie is on the card's map."""
    east, north = card.at
    for scale in SCALES:
        half_e, half_n = (0.45 * side * 25.4 / 72 * scale / 1000 for side in size)
        if all(abs(tie.at[0] - east) <= half_e and abs(tie.at[1] - north) <= half_n for tie in card.ties):
            return scale
    return SCALES[-1]


def _draw(
    canvas: Canvas,
    card: Card,
    frame: MapFrame,
    box: tuple[float, float, float, float],
    font: str,
    told: tuple[int, Coordinates],
) -> None:
    """One card in ``box`` (x, y, width, height); ``told``: the CRS of the place, and how exactly it is told."""
    x, y, width, height = box
    top = y + height
    canvas.setStrokeColor(furniture.INK)
    canvas.setLineWidth(0.8)
    canvas.rect(x, y, width, height)
    canvas.setFillColor(furniture.INK)
    canvas.setFont(font, 13)
    canvas.drawString(x + 8, top - 20, f"{_(KINDS[card.record.kind].title)} {card.record.code}")
    canvas.setFont(font, 8)
    canvas.drawRightString(x + width - 8, top - 18, f"1:{frame.scale:.0f}")
    low = top - HEAD - MAP_HEIGHT
    canvas.line(x, top - HEAD, x + width, top - HEAD)
    canvas.line(x, low, x + width, low)
    _draw_ties(canvas, card, frame, x, low, font)
    if card.photo is not None:
        canvas.line(x + frame.width, low, x + frame.width, top - HEAD)
        canvas.drawImage(
            ImageReader(io.BytesIO(card.photo)), x + frame.width + 2, low + 2, width - frame.width - 4,
            MAP_HEIGHT - 4, preserveAspectRatio=True, anchor="c",
        )  # fmt: skip
    line = low - 13
    for letter, tie in zip("ABC", card.ties, strict=False):
        canvas.setFont(font, 9)
        canvas.drawString(x + 8, line, f"{letter}  {tie.distance:.2f} m  {tie.what}")
        line -= 13
    if len(card.ties) < WANTED:
        canvas.drawString(x + 8, line, _("Only {count} fixed points lie within reach.").format(count=len(card.ties)))
        line -= 13
    canvas.setFont(font, 7.5)
    for title, value in _facts(card, *told):
        canvas.setFillColor(furniture.FAINT)
        canvas.drawString(x + 8, line, title)
        canvas.setFillColor(furniture.INK)
        canvas.drawString(x + 78, line, value)
        line -= 10.5


def _draw_ties(canvas: Canvas, card: Card, frame: MapFrame, x: float, low: float, font: str) -> None:
    canvas.saveState()
    canvas.setStrokeColor(furniture.MARK)
    canvas.setFillColor(furniture.MARK)
    canvas.setLineWidth(0.9)
    here = frame.to_page(*card.at)
    for letter, tie in zip("ABC", card.ties, strict=False):
        there = frame.to_page(*tie.at)
        canvas.line(x + here[0], low + here[1], x + there[0], low + there[1])
        canvas.circle(x + there[0], low + there[1], 2, stroke=0, fill=1)
        canvas.setFont(font, 9)
        canvas.drawString(x + there[0] + 3, low + there[1] + 3, letter)
        canvas.setFont(font, 7)
        middle = ((here[0] + there[0]) / 2, (here[1] + there[1]) / 2)
        canvas.drawCentredString(x + middle[0], low + middle[1] + 3, f"{tie.distance:.2f}")
    canvas.circle(x + here[0], low + here[1], 5, stroke=1, fill=0)
    canvas.restoreState()


def _facts(card: Card, crs: int, coordinates: Coordinates) -> list[tuple[str, str]]:
    values = card.record.values
    kind = KINDS[card.record.kind]
    rows = []
    for name in TOLD[card.record.kind]:
        field = kind.field(name)
        assert field is not None
        value = values.get(name)
        shown = (
            _("unknown") if value in (None, "") else label(field.code_list, value) if field.code_list else str(value)
        )
        rows.append((_(field.title), f"{shown} {field.unit}".strip() if shown != _("unknown") else shown))
    east, north = card.at
    rows.append((_("Place"), f"{coordinates.shown(east, north)}  EPSG:{crs}"))
    accuracy = values.get("accuracy_position")
    rows.append((_("Accuracy class of position"), label("accuracy_position", accuracy) if accuracy else _("unknown")))
    rows.append((_("Data as of"), datetime.date.today().isoformat()))
    return rows
