"""The marks on every page: its number of all, the hash of the content record, and a QR code of that."""

from __future__ import annotations

import itertools

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.lib.colors import black
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from jnw_desktop.documents import sheet
from jnw_desktop.language import _
from jnw_plugins.guide.heading import MARGIN, Heading
from jnw_plugins.guide.record import short

SIDE = 46.0  # pt of the QR code, with no border: 0.44 mm for each of its 37 modules
ABOVE = 14.0  # pt of it above the upper margin, so that paper is white all around it
FOOT = 16.0  # pt above the lower edge, between what belongs to the map and the recipient's line
SMALL = 6.5
TOTAL, CODE = "pages-in-all", "code"  # drawn once, used by every page


def code_of(heading: Heading) -> str:
    """What the QR code says: the guide's number and its whole mark, in the signs that take the least room."""
    return f"JNW:{heading.code}:{heading.mark}".upper()


def qr_code(heading: Heading) -> QRCode:
    """The QR code of a guide; a quarter of it may be lost (level Q)."""
    made = QRCode(None, QRErrorCorrectLevel.Q)
    made.addData(code_of(heading))
    made.make()
    return made


def _draw_code(canvas: Canvas, code: QRCode) -> None:
    """Draw a QR code :data:`SIDE` pt wide with its lower left at the origin: each run of a row as one box."""
    unit = SIDE / code.getModuleCount()
    path = canvas.beginPath()
    for row, modules in enumerate(code.modules):
        start = 0
        for dark, run in itertools.groupby(modules):
            length = len(list(run))
            if dark:
                path.rect(start * unit, SIDE - (row + 1) * unit, length * unit, unit)
            start += length
    canvas.setFillColor(black)
    canvas.drawPath(path, stroke=0, fill=1)


def draw_marks(canvas: Canvas, heading: Heading, size: tuple[float, float], font: str) -> None:
    """The QR code in the head of the page that is drawn, and its foot."""
    width, height = size
    canvas.saveState()
    canvas.translate(width - MARGIN - SIDE, height - MARGIN - SIDE + ABOVE)
    canvas.doForm(CODE)
    canvas.restoreState()
    canvas.setFont(font, SMALL)
    canvas.setFillColor(sheet.INK)
    mark = _("{guide}, page {page}, mark {mark}").format(
        guide=heading.code, page=canvas.getPageNumber(), mark=short(heading.mark)
    )
    canvas.drawString(MARGIN, FOOT, mark)
    canvas.saveState()
    canvas.translate(width - MARGIN, FOOT)
    canvas.doForm(TOTAL)  # how many pages there are is known at the last
    canvas.restoreState()


class LastMarks(Flowable):  # type: ignore[misc]
    """The end of the guide: puts its QR code on every page, and how many pages there are."""

    def __init__(self, heading: Heading, font: str) -> None:
        super().__init__()
        self._heading, self._font = heading, font

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """No size."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Define what :func:`draw_marks` draws."""
        canvas = self.canv
        canvas.beginForm(CODE, 0, 0, SIDE, SIDE)
        _draw_code(canvas, qr_code(self._heading))
        canvas.endForm()
        canvas.beginForm(TOTAL, -200, -5, 5, 15)
        canvas.setFont(self._font, SMALL)
        canvas.setFillColor(sheet.INK)
        canvas.drawRightString(0, 0, _("{count} pages in all").format(count=canvas.getPageNumber()))
        canvas.endForm()
