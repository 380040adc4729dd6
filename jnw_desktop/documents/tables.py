"""Tables on paper: one look for every document, and a list of rows as a document of its own."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, LongTable, PageTemplate, Paragraph, TableStyle

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.paper import MARGIN, paper_size
from jnw_desktop.documents.sheet import draw_demonstration
from jnw_desktop.documents.text import INK, styles
from jnw_desktop.documents.writing import write_whole
from jnw_desktop.language import _

LINE = HexColor("#b8c2cc")
HEAD = HexColor("#e6f4f8")
BAR = HexColor("#3f9fc4")
MOST_BARS = 40  # of a chart; more cannot be told apart
PADDING = 6.0  # pt beside the text of a cell
BELOW = 5  # pt, to the text that follows a table
FOOT = 14.0  # pt, for the page's number


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float], font: str, width: float
) -> LongTable:
    """A table ``width`` pt wide whose head is repeated on every page; ``shares`` of the width by column."""
    style = styles(font)["cell"]
    widths = [width * share / sum(shares) for share in shares]

    def cell(text: str, room: float) -> str | Paragraph:
        """A paragraph only where the text must be folded: thousands of rows are set ten times as fast without."""
        fits = "\n" not in text and stringWidth(text, font, style.fontSize) <= room - 2 * PADDING
        return text if fits else Paragraph(escape(text), style)

    cells = [[cell(*pair) for pair in zip(row, widths, strict=True)] for row in [head, *rows]]
    made = LongTable(cells, widths, repeatRows=1, spaceAfter=BELOW)
    made.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), font, style.fontSize, style.leading),
                ("TEXTCOLOR", (0, 0), (-1, -1), INK),
                ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
                ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
                ("GRID", (0, 0), (-1, -1), 0.4, LINE),
                ("BACKGROUND", (0, 0), (-1, 0), HEAD),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return made


@dataclass(frozen=True)
class Bar:
    """One bar of a chart."""

    title: str
    value: float


@dataclass(frozen=True)
class Listing:
    """A list to print: ``facts`` are lines under the title, ``rows`` as wide as ``head``, ``bars`` a chart above."""

    title: str
    facts: Sequence[str]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    shares: Sequence[float] = ()
    bars: Sequence[Bar] = ()
    bars_title: str = ""


class BarChart(Flowable):  # type: ignore[misc]  # ReportLab has no types
    """Horizontal bars, the first on top, each with its value.

    Not a ReportLab drawing: those write an unembedded Times into the document.
    """

    ROW, LEFT, RIGHT = 13.0, 120.0, 70.0  # pt

    def __init__(self, bars: Sequence[Bar], title: str, font: str, width: float) -> None:
        super().__init__()
        self.bars, self.title, self.font = bars, title, font
        self.width, self.height = width, self.ROW * (len(bars) + 1) + 8

    def draw(self) -> None:
        """Draw on the page."""
        canvas = self.canv
        canvas.setFont(self.font, 8)
        canvas.setFillColor(INK)
        top = self.height - self.ROW
        canvas.drawString(0, top, self.title)
        canvas.setFont(self.font, 7.5)
        longest = max((bar.value for bar in self.bars), default=0.0) or 1.0
        for place, bar in enumerate(self.bars, start=1):
            low = top - place * self.ROW
            wide = (self.width - self.LEFT - self.RIGHT) * bar.value / longest
            canvas.setFillColor(BAR)
            canvas.rect(self.LEFT, low, wide, self.ROW - 4, stroke=0, fill=1)
            canvas.setFillColor(INK)
            canvas.drawRightString(self.LEFT - 6, low + 2, bar.title)
            canvas.drawString(self.LEFT + wide + 4, low + 2, f"{bar.value:,.10g}")


def write_listing(
    listing: Listing, out: str, *, who: str, paper: str = "A4", landscape: bool = False, demonstration: bool = False
) -> str:
    """Write the PDF ``out``; returns its path. Raises NoFont, UsageError for the paper, DocumentNotWritten."""
    font = chinese_font()
    size = paper_size(paper, landscape)
    width = size[0] - 2 * MARGIN
    style = styles(font)
    story: list[Flowable] = [Paragraph(escape(listing.title), style["heading"])]
    story += [Paragraph(escape(fact), style["small"]) for fact in listing.facts]
    if listing.bars:
        story.append(BarChart(listing.bars[:MOST_BARS], listing.bars_title, font, width))
    shares = listing.shares or [1.0] * len(listing.head)
    story.append(table(listing.head, listing.rows, shares, font, width))
    return write_story(listing.title, story, out, who=who, size=size, demonstration=demonstration)


def write_story(
    title: str, story: list[Flowable], out: str, *, who: str, size: tuple[float, float], demonstration: bool
) -> str:
    """Write ``story`` on pages of ``size`` pt, each with who, when and its number; returns the path ``out``.

    ``demonstration``: what it says is made up, and every page says so. Raises NoFont, DocumentNotWritten.
    """
    font = chinese_font()
    content = io.BytesIO()
    printed = datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="minutes")

    def foot(canvas: Canvas, _document: Any) -> None:
        canvas.saveState()
        canvas.setFont(font, 7.5)
        canvas.setFillColor(INK)
        canvas.drawString(MARGIN, MARGIN - FOOT, f"{who} · {printed}")
        canvas.drawRightString(size[0] - MARGIN, MARGIN - FOOT, _("Page {page}").format(page=canvas.getPageNumber()))
        canvas.restoreState()
        if demonstration:
            draw_demonstration(canvas, size[0] - MARGIN, size[1] - MARGIN + 4, font, 9)

    document = BaseDocTemplate(
        content,
        pagesize=size,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        initialFontName=font,  # else ReportLab writes an unembedded Helvetica into every page
        title=title,
        author=who,
    )
    body = Frame(MARGIN, MARGIN, size[0] - 2 * MARGIN, size[1] - 2 * MARGIN, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("rows", [body], onPage=foot, pagesize=size)])
    document.build(story)
    write_whole(Path(out), content.getvalue())
    return out
