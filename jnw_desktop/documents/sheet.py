"""A map sheet's furniture: paper, grid with coordinates, north arrow, scale bar, legend."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence

from reportlab.lib.colors import HexColor, white
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents.mapframe import POINT_M, MapFrame
from jnw_desktop.documents.paper import Mark
from jnw_desktop.language import _

INK = HexColor("#1c2733")
FAINT = HexColor("#7b8794")
MARK = HexColor("#c2255c")
GRID_ON_PAPER = 0.05  # m between two grid lines on paper: 25 m at 1:500


def draw_border(canvas: Canvas, frame: MapFrame, x: float, y: float) -> None:
    """The line about the map."""
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.8)
    canvas.rect(x, y, frame.width, frame.height)
    canvas.restoreState()


def draw_marks(canvas: Canvas, frame: MapFrame, marks: Sequence[Mark], x: float, y: float, font: str) -> None:
    """Boxes on the ground with their names."""
    canvas.saveState()
    canvas.setStrokeColor(MARK)
    canvas.setFillColor(MARK)
    for mark in marks:
        low_e, low_n, high_e, high_n = mark.box
        left, low = frame.to_page(low_e, low_n)
        right, high = frame.to_page(high_e, high_n)
        canvas.rect(x + left, y + low, right - left, high - low)
        size = max(5.0, min(12.0, (right - left) / (0.62 * max(len(mark.name), 1))))
        canvas.setFont(font, size)
        canvas.drawCentredString(x + (left + right) / 2, y + (low + high) / 2 - size / 3, mark.name)
    canvas.restoreState()


def draw_beside(
    canvas: Canvas, frame: MapFrame, beside: Sequence[tuple[str, str]], x: float, y: float, font: str
) -> None:
    """The names of the sheets that join this one, at the middle of each side, outside the map."""
    places = {
        "left": (x - 12, y + frame.height / 2, 90),
        "right": (x + frame.width + 10, y + frame.height / 2, 90),
        "above": (x + frame.width / 2, y + frame.height + 10, 0),
        "below": (x + frame.width / 2, y - 16, 0),
    }
    canvas.saveState()
    canvas.setFillColor(MARK)
    canvas.setFont(font, 7)
    for side, name in beside:
        at_x, at_y, turn = places[side]
        canvas.saveState()
        canvas.translate(at_x, at_y)
        canvas.rotate(turn)
        canvas.drawCentredString(0, 0, _("joins {sheet}").format(sheet=name))
        canvas.restoreState()
    canvas.restoreState()


def draw_grid(canvas: Canvas, frame: MapFrame, x: float, y: float, font: str) -> None:
    """A cross at each grid point, and coordinates along two sides; at the crosses where the map is turned."""
    if frame.turn:
        _draw_turned_grid(canvas, frame, x, y, font)
        return
    step = GRID_ON_PAPER * round(frame.scale)
    canvas.saveState()
    canvas.setStrokeColor(INK)
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


def _draw_turned_grid(canvas: Canvas, frame: MapFrame, x: float, y: float, font: str) -> None:
    step = GRID_ON_PAPER * round(frame.scale)
    corners = [frame.to_ground(at, up) for at in (0, frame.width) for up in (0, frame.height)]
    easts, norths = [corner[0] for corner in corners], [corner[1] for corner in corners]
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.3)
    canvas.setFillColor(INK)
    for column in range(math.ceil(min(easts) / step), math.floor(max(easts) / step) + 1):
        for row in range(math.ceil(min(norths) / step), math.floor(max(norths) / step) + 1):
            across, up = frame.to_page(column * step, row * step)
            if 4 < across < frame.width - 4 and 4 < up < frame.height - 4:
                canvas.saveState()
                canvas.translate(x + across, y + up)
                canvas.rotate(frame.turn)
                canvas.line(-3, 0, 3, 0)
                canvas.line(0, -3, 0, 3)
                canvas.setFont(font, 5)
                canvas.drawString(2, 2, f"{column * step:.0f}")
                canvas.drawString(2, -6, f"{row * step:.0f}")
                canvas.restoreState()
    canvas.restoreState()


def draw_north(canvas: Canvas, x: float, y: float, font: str, turn: float = 0.0) -> None:
    """A north arrow 34 pt high; ``turn``: degrees from the top of the page to north, anticlockwise."""
    canvas.saveState()
    canvas.setFillColor(white)
    canvas.setStrokeColor(INK)
    canvas.circle(x, y + 17, 19, fill=1, stroke=0)
    canvas.translate(x, y + 15)
    canvas.rotate(turn)
    canvas.translate(-x, -y - 15)
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


def draw_legend(
    canvas: Canvas,
    rows: Sequence[tuple[str, str]],
    x: float,
    y: float,
    font: str,
    room: tuple[float, float] | None = None,
) -> float:
    """Rows of (PNG in base64, label) downwards from ``y``; a row without a picture is a heading.

    Returns where the next thing may begin.

    With ``room`` (width, height) the rows that do not fit are counted in the last line.
    """
    canvas.saveState()
    canvas.setFont(font, 7.5)
    canvas.setFillColor(INK)
    fitting = len(rows) if room is None else int(room[1] // 13)
    for number, (png, label) in enumerate(rows):
        y -= 13
        if number == fitting - 1 and len(rows) > fitting:
            canvas.drawString(x, y, _("and {count} more").format(count=len(rows) - number))
            break
        if not png:
            canvas.drawString(x, y, label)
            continue
        canvas.drawImage(ImageReader(io.BytesIO(base64.b64decode(png))), x, y - 2, 11, 11, mask="auto")
        canvas.drawString(x + 17, y, label)
    canvas.restoreState()
    return y
