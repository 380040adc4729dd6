"""A map sheet's furniture: paper, grid with coordinates, north arrow, scale bar, legend."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A3, A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents.mapframe import POINT_M, MapFrame
from jnw_desktop.errors import UsageError
from jnw_desktop.language import _

PAPERS = {"A3": landscape(A3), "A4": landscape(A4)}
SCALES = (200, 500, 1000, 2000, 5000, 10000)
INK = HexColor("#1c2733")
FAINT = HexColor("#7b8794")
GRID_ON_PAPER = 0.05  # m between two grid lines on paper: 25 m at 1:500


def paper_size(name: str) -> tuple[float, float]:
    """Width and height in pt, landscape. Raises UsageError."""
    if name not in PAPERS:
        raise UsageError(
            _("{name} is not a paper size.").format(name=name),
            _("Choose one of: {names}").format(names=", ".join(PAPERS)),
        )
    width, height = PAPERS[name]
    return float(width), float(height)


def fitting_scale(width_m: float, height_m: float, frame: tuple[float, float]) -> int:
    """The largest scale of the series at which an extent fits a frame of ``frame`` points; the last where none does."""
    for scale in SCALES:
        if width_m <= frame[0] * POINT_M * scale and height_m <= frame[1] * POINT_M * scale:
            return scale
    return SCALES[-1]


def draw_grid(canvas: Canvas, frame: MapFrame, x: float, y: float, font: str) -> None:
    """The frame's border, a cross at each grid point, and coordinates along two sides."""
    step = GRID_ON_PAPER * round(frame.scale)
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.8)
    canvas.rect(x, y, frame.width, frame.height)
    canvas.setLineWidth(0.3)
    canvas.setFont(font, 6)
    canvas.setFillColor(INK)
    low_e, low_n = frame.to_ground(0, 0)
    high_e, high_n = frame.to_ground(frame.width, frame.height)
    easts = [step * k for k in range(math.ceil(low_e / step), math.floor(high_e / step) + 1)]
    norths = [step * k for k in range(math.ceil(low_n / step), math.floor(high_n / step) + 1)]
    for east in easts:
        at = x + frame.to_page(east, low_n)[0]
        canvas.line(at, y, at, y + 5)
        canvas.line(at, y + frame.height - 5, at, y + frame.height)
        canvas.drawCentredString(at, y - 8, f"{east:.0f}")
        for north in norths:
            cross = y + frame.to_page(east, north)[1]
            canvas.line(at - 3, cross, at + 3, cross)
            canvas.line(at, cross - 3, at, cross + 3)
    for north in norths:
        at = y + frame.to_page(low_e, north)[1]
        canvas.line(x, at, x + 5, at)
        canvas.line(x + frame.width - 5, at, x + frame.width, at)
        canvas.saveState()
        canvas.translate(x - 3, at)
        canvas.rotate(90)
        canvas.drawCentredString(0, 0, f"{north:.0f}")
        canvas.restoreState()
    canvas.restoreState()


def draw_north(canvas: Canvas, x: float, y: float, font: str) -> None:
    """A north arrow 34 pt high on a map that is not turned."""
    canvas.saveState()
    canvas.setFillColor(white)
    canvas.setStrokeColor(INK)
    canvas.circle(x, y + 17, 19, fill=1, stroke=0)
    path = canvas.beginPath()
    for i, (dx, dy) in enumerate(((0, 26), (7, 3), (0, 9), (-7, 3))):
        (path.lineTo if i else path.moveTo)(x + dx, y + dy)
    path.close()
    canvas.setFillColor(INK)
    canvas.drawPath(path, fill=1, stroke=0)
    canvas.setFont(font, 8)
    canvas.drawCentredString(x, y + 27, _("N"))
    canvas.restoreState()


def draw_scale_bar(canvas: Canvas, scale: float, x: float, y: float, font: str) -> None:
    """Four black and white parts of a round length, about 5 cm long, with the scale above."""
    part = _round_down(0.0125 * scale)
    width = part / scale / POINT_M
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.5)
    canvas.setFont(font, 9)
    canvas.setFillColor(INK)
    canvas.drawString(x, y + 12, _("Scale 1:{scale}").format(scale=round(scale)))
    canvas.setFont(font, 6)
    for i in range(4):
        canvas.setFillColor(INK if i % 2 == 0 else white)
        canvas.rect(x + i * width, y, width, 4, fill=1)
    canvas.setFillColor(INK)
    for i in (0, 2, 4):
        canvas.drawCentredString(x + i * width, y - 8, f"{part * i:g}" + (" m" if i == 4 else ""))
    canvas.restoreState()


def _round_down(length: float) -> float:
    power = 10.0 ** math.floor(math.log10(length))
    return max(step for step in (1.0, 2.0, 2.5, 5.0) if step * power <= length * 1.0001) * power


def draw_legend(canvas: Canvas, rows: Sequence[tuple[str, str]], x: float, y: float, font: str) -> float:
    """Rows of (PNG in base64, label) downwards from ``y``; returns where the next thing may begin."""
    canvas.saveState()
    canvas.setFont(font, 7.5)
    canvas.setFillColor(INK)
    for png, label in rows:
        y -= 13
        canvas.drawImage(ImageReader(io.BytesIO(base64.b64decode(png))), x, y - 2, 11, 11, mask="auto")
        canvas.drawString(x + 17, y, label)
    canvas.restoreState()
    return y
