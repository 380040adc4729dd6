"""What stands at the head of every page of a guide."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents import sheet
from jnw_desktop.documents.text import fold
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.language import _
from jnw_plugins.guide.company import Company

MARGIN = 34.0  # pt
TITLE = 52.0  # pt, the height of the head
CODE = 54.0  # pt at the right of the head that the QR code takes
RULE = HexColor("#00a5cf")


@dataclass(frozen=True)
class Heading:
    """Whose guide it is and when it was issued, by ``who``; ``paper`` it is on.

    ``title`` of the workspace, ``demonstration`` where its data are made up; ``mark``: SHA-256 of the content record;
    ``replaces``: number of the earlier guide, or empty; ``signer``: whose certificate signs it; ``valid_until``: the
    last day it holds; ``coordinates``: how exactly who receives it is told places.
    """

    code: str
    site: Record
    issued: str
    who: str
    paper: str
    title: str
    demonstration: bool
    mark: str
    replaces: str
    signer: str
    valid_until: datetime.date
    company: Company
    coordinates: Coordinates = field(default_factory=Coordinates)

    @property
    def exact(self) -> bool:
        """Whether places are told as they are, so that there may be a grid."""
        return self.coordinates.exact

    @property
    def name(self) -> str:
        """What the site is called."""
        return str(self.site.values.get("name") or self.site.code)


def draw_heading(canvas: Canvas, heading: Heading, size: tuple[float, float], font: str) -> None:
    """The head of the page that is drawn: number, site, date, page, whose data they are."""
    width, height = size
    top = height - MARGIN
    canvas.setFont(font, 17)
    canvas.setFillColor(sheet.INK)
    title = f"{_('Pipeline guide')}  {heading.code}"
    canvas.drawString(MARGIN, top - 18, title)
    at = MARGIN + canvas.stringWidth(title, font, 17) + 24
    canvas.setFont(font, 11)
    canvas.drawString(at, top - 17, fold(heading.name, font, 11, width - MARGIN - CODE - 110 - at)[0])
    canvas.setFont(font, 8)
    right = width - MARGIN - CODE
    canvas.drawRightString(right, top - 9, heading.issued[:16].replace("T", " "))
    canvas.drawRightString(right, top - 20, _("Page {page}").format(page=canvas.getPageNumber()))
    replaces = _("Takes the place of {guide}").format(guide=heading.replaces) if heading.replaces else ""
    canvas.drawString(MARGIN, top - 33, "    ".join(filter(None, (heading.title, replaces))))
    if heading.demonstration:
        sheet.draw_demonstration(canvas, right, top - 34, font, 11)
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(1.6)
    canvas.line(MARGIN, top - 39, width - MARGIN, top - 39)
