"""The recipient's name on every page of a PDF, and no georeference where places are not told exactly."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.text import fold

LIGHT = Color(0.25, 0.25, 0.25, alpha=0.13)  # over the page: the name shows, and so does what lies under it
INK = Color(0.35, 0.35, 0.35)
TURN = 30.0  # degrees
SIZE, SMALL = 26.0, 6.5  # pt
FOOT = 7.0  # pt above the lower edge, below every margin


def stamp_pdf(path: Path, name: str, line: str) -> None:
    """Write ``name`` slantwise and lightly over every page of ``path``, and ``line`` at its foot. Raises NoFont."""
    font = chinese_font()
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        marks: dict[tuple[float, float], pikepdf.Object] = {}
        for page in document.pages:
            left, low, right, high = (float(side) for side in page.mediabox)
            size = right - left, high - low
            if size not in marks:
                with pikepdf.open(io.BytesIO(_mark(size, name, line, font))) as mark:
                    marks[size] = document.copy_foreign(mark.pages[0].as_form_xobject())
            shown = page.add_resource(marks[size], pikepdf.Name.XObject, prefix="Stamp")
            page.contents_add(b"q\n", prepend=True)  # a page may leave its coordinates turned
            page.contents_add(f"Q q 1 0 0 1 {left:.4f} {low:.4f} cm {shown} Do Q\n".encode())
        document.save(path)


def _mark(size: tuple[float, float], name: str, line: str, font: str) -> bytes:
    width, height = size
    content = io.BytesIO()
    canvas = Canvas(content, pagesize=size, initialFontName=font)
    canvas.setFillColor(LIGHT)
    canvas.setFont(font, SIZE)
    across = max(canvas.stringWidth(name, font, SIZE) + 90, 240)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(TURN)
    # Who copies or searches the page's text is not met by slanted names between its words.
    canvas.addLiteral("/Span << /ActualText () >> BDC")
    reach = (width**2 + height**2) ** 0.5 / 2
    for row in range(-round(reach / 170), round(reach / 170) + 1):
        for place in range(-round(reach / across), round(reach / across) + 1):
            canvas.drawCentredString(place * across + (row % 2) * across / 2, row * 170, name)
    canvas.addLiteral("EMC")
    canvas.rotate(-TURN)
    canvas.translate(-width / 2, -height / 2)
    canvas.setFillColor(INK)
    canvas.setFont(font, SMALL)
    canvas.drawCentredString(width / 2, FOOT, fold(line, font, SMALL, width - 40)[0])
    canvas.showPage()
    canvas.save()
    return content.getvalue()


def take_georeference(path: Path) -> None:
    """Take the georeference off every page: a reader measures no coordinates on it."""
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        for page in document.pages:
            if "/VP" in page.obj:
                del page.obj["/VP"]
        document.save(path)
