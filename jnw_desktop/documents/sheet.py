"""A map sheet's furniture: border, grid with coordinates, north arrow, scale bar, legend, what is said of the data.

Sizes are in pt on A3 and A4. What takes ``k`` draws itself ``k`` times as large, for larger paper.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents.mapframe import LEGEND_SYMBOL, POINT_M, MapFrame
from jnw_desktop.documents.paper import Mark
from jnw_desktop.language import _

INK = HexColor("#1c2733")
FAINT = HexColor("#66727f")
MARK = HexColor("#c2255c")
PALE = Color(1, 1, 1, alpha=0.75)  # behind words over a map
WARNING = HexColor("#d6001c")
SMALL = 7.5  # pt, the smallest text on paper
GRID_ON_PAPER = 0.05  # m between two grid lines on paper: 25 m at 1:500
LEGEND_ROW = LEGEND_SYMBOL[1] + 2.0  # pt


@contextmanager
def enlarged(canvas: Canvas, x: float, y: float, k: float) -> Iterator[None]:
    """Draw about the origin what stands at (``x``, ``y``), ``k`` times as large."""
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(k, k)
    yield
    canvas.restoreState()


def draw_border(canvas: Canvas, frame: MapFrame, x: float, y: float, k: float = 1.0) -> None:
    """The line about the map."""
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.8 * k)
    canvas.rect(x, y, frame.width, frame.height)
    canvas.restoreState()


def draw_demonstration(canvas: Canvas, x: float, y: float, font: str, size: float) -> None:
    """The red line that nobody may take for a real network; ends at ``x``."""
    canvas.saveState()
    canvas.setFillColor(WARNING)
    canvas.setFont(font, size)
    canvas.drawRightString(x, y, _("Demonstration data, no real network"))
    canvas.restoreState()


def draw_marks(
    canvas: Canvas, frame: MapFrame, marks: Sequence[Mark], at: tuple[float, float], font: str, k: float = 1.0
) -> None:
    """Boxes on the ground with their names, over a map whose lower left is ``at``."""
    x, y = at
    canvas.saveState()
    canvas.setStrokeColor(MARK)
    for mark in marks:
        low_e, low_n, high_e, high_n = mark.box
        left, low = frame.to_page(low_e, low_n)
        right, high = frame.to_page(high_e, high_n)
        canvas.rect(x + left, y + low, right - left, high - low)
        size = k * max(5.0, min(12.0, (right - left) / k / (0.62 * max(len(mark.name), 1))))
        canvas.setFont(font, size)
        wide = canvas.stringWidth(mark.name, font, size) + 0.6 * size
        canvas.setFillColor(PALE)
        middle = x + (left + right) / 2, y + (low + high) / 2
        canvas.roundRect(middle[0] - wide / 2, middle[1] - 0.6 * size, wide, 1.2 * size, 0.25 * size, stroke=0, fill=1)
        canvas.setFillColor(MARK)
        canvas.drawCentredString(middle[0], middle[1] - size / 3, mark.name)
    canvas.restoreState()


def draw_beside(
    canvas: Canvas,
    frame: MapFrame,
    beside: Sequence[tuple[str, str]],
    at: tuple[float, float],
    font: str,
    k: float = 1.0,
) -> None:
    """The names of the sheets that join this one, at the middle of each side, outside the map."""
    x, y = at
    places = {
        "left": (x - 12 * k, y + frame.height / 2, 90),
        "right": (x + frame.width + 10 * k, y + frame.height / 2, 90),
        "above": (x + frame.width / 2, y + frame.height + 10 * k, 0),
        "below": (x + frame.width / 2, y - 17 * k, 0),
    }
    for side, name in beside:
        at_x, at_y, turn = places[side]
        with enlarged(canvas, at_x, at_y, k):
            canvas.setFillColor(MARK)
            canvas.setFont(font, SMALL)
            canvas.rotate(turn)
            canvas.drawCentredString(0, 0, _("joins {sheet}").format(sheet=name))


def draw_grid(canvas: Canvas, frame: MapFrame, x: float, y: float, font: str, k: float = 1.0) -> None:
    """A cross at each grid point, and coordinates along two sides; at the crosses where the map is turned."""
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.3 * k)
    canvas.setFont(font, SMALL * k)
    canvas.setFillColor(INK)
    (_draw_turned_grid if frame.turn else _draw_straight_grid)(canvas, frame, x, y, k)
    canvas.restoreState()


def _draw_straight_grid(canvas: Canvas, frame: MapFrame, x: float, y: float, k: float) -> None:
    step = GRID_ON_PAPER * round(frame.scale)
    tick, arm = 5 * k, 3 * k
    low_e, low_n = frame.to_ground(0, 0)
    high_e, high_n = frame.to_ground(frame.width, frame.height)
    easts = [step * i for i in range(math.ceil(low_e / step), math.floor(high_e / step) + 1)]
    norths = [step * i for i in range(math.ceil(low_n / step), math.floor(high_n / step) + 1)]
    for east in easts:
        at = x + frame.to_page(east, low_n)[0]
        canvas.line(at, y, at, y + tick)
        canvas.line(at, y + frame.height - tick, at, y + frame.height)
        canvas.drawCentredString(at, y - 8.5 * k, f"{east:.0f}")
        for north in norths:
            cross = y + frame.to_page(east, north)[1]
            canvas.line(at - arm, cross, at + arm, cross)
            canvas.line(at, cross - arm, at, cross + arm)
    for north in norths:
        at = y + frame.to_page(low_e, north)[1]
        canvas.line(x, at, x + tick, at)
        canvas.line(x + frame.width - tick, at, x + frame.width, at)
        canvas.saveState()
        canvas.translate(x - 3 * k, at)
        canvas.rotate(90)
        canvas.drawCentredString(0, 0, f"{north:.0f}")
        canvas.restoreState()


def _draw_turned_grid(canvas: Canvas, frame: MapFrame, x: float, y: float, k: float) -> None:
    step = GRID_ON_PAPER * round(frame.scale)
    low_e, low_n, high_e, high_n = frame.bounds
    for column in range(math.ceil(low_e / step), math.floor(high_e / step) + 1):
        for row in range(math.ceil(low_n / step), math.floor(high_n / step) + 1):
            across, up = frame.to_page(column * step, row * step)
            if 4 * k < across < frame.width - 4 * k and 4 * k < up < frame.height - 4 * k:
                with enlarged(canvas, x + across, y + up, k):
                    canvas.rotate(frame.turn)
                    canvas.line(-3, 0, 3, 0)
                    canvas.line(0, -3, 0, 3)
                    canvas.drawString(2, 2, f"{column * step:.0f}")
                    canvas.drawString(2, -8, f"{row * step:.0f}")


def draw_north(canvas: Canvas, x: float, y: float, font: str, turn: float = 0.0, k: float = 1.0) -> None:
    """A north arrow 34 pt high about (``x``, ``y`` + 17 pt); ``turn``: degrees from the page's top, anticlockwise."""
    with enlarged(canvas, x, y, k):
        canvas.setFillColor(white)
        canvas.setStrokeColor(INK)
        canvas.circle(0, 17, 19, fill=1, stroke=0)
        canvas.translate(0, 15)
        canvas.rotate(turn)
        canvas.translate(0, -15)
        path = canvas.beginPath()
        for i, (dx, dy) in enumerate(((0, 26), (7, 3), (0, 9), (-7, 3))):
            (path.lineTo if i else path.moveTo)(dx, dy)
        path.close()
        canvas.setFillColor(INK)
        canvas.drawPath(path, fill=1, stroke=0)
        canvas.setFont(font, 8)
        canvas.drawCentredString(0, 27, _("N"))


def draw_scale_bar(canvas: Canvas, scale: float, x: float, y: float, font: str, k: float = 1.0) -> None:
    """Four black and white parts of a round length, about 5 cm long (``k`` times), with the scale above.

    On a plate of white: where there is no room beside a map it lies over it.
    """
    part = _round_down(0.0125 * scale * k)
    width = part / scale / POINT_M / k
    with enlarged(canvas, x, y, k):
        canvas.setFillColor(white)
        canvas.rect(-8, -13, 4 * width + 26, 38, stroke=0, fill=1)
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.5)
        canvas.setFont(font, 9)
        canvas.setFillColor(INK)
        canvas.drawString(0, 12, _("Scale 1:{scale}").format(scale=round(scale)))
        canvas.setFont(font, SMALL)
        for i in range(4):
            canvas.setFillColor(INK if i % 2 == 0 else white)
            canvas.rect(i * width, 0, width, 4, fill=1)
        canvas.setFillColor(INK)
        for i in (0, 2, 4):
            canvas.drawCentredString(i * width, -9, f"{part * i:g}" + (" m" if i == 4 else ""))


def _round_down(length: float) -> float:
    power = 10.0 ** math.floor(math.log10(length))
    return max(step for step in (1.0, 2.0, 2.5, 5.0) if step * power <= length * 1.0001) * power


def draw_legend(
    canvas: Canvas,
    rows: Sequence[tuple[str, str]],
    at: tuple[float, float],
    font: str,
    room: float,
    k: float = 1.0,
) -> float:
    """Rows of (PNG in base64, label) downwards from ``at`` under the word legend; returns where the next may begin.

    ``room``: pt downwards; the rows that do not fit are counted in the last line.
    """
    high = LEGEND_ROW
    fitting = int((room / k - 14) // high)
    shown = list(rows) if len(rows) <= fitting else list(rows[: max(fitting - 1, 0)])
    wide, tall = LEGEND_SYMBOL
    with enlarged(canvas, *at, k):
        canvas.setFillColor(INK)
        canvas.setFont(font, 9)
        canvas.drawString(0, -9, _("Legend"))
        canvas.setFont(font, SMALL)
        low = -14.0
        for png, label in shown:
            low -= high
            canvas.drawImage(ImageReader(io.BytesIO(base64.b64decode(png))), 0, low, wide, tall, mask="auto")
            canvas.drawString(wide + 6, low + 4, label)
        if len(shown) < len(rows):
            low -= high
            canvas.drawString(0, low + 4, _("and {count} more").format(count=len(rows) - len(shown)))
    return at[1] + low * k
