"""What ties the sheets of a document together: match lines with the neighbour's name, and a key of all sheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import shapely
from reportlab.lib.colors import Color, white
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents.mapframe import MapFrame
from jnw_desktop.documents.sheet import FAINT, INK, MARK, SMALL
from jnw_desktop.documents.tiling import Cell
from jnw_desktop.language import _

HERE = Color(MARK.red, MARK.green, MARK.blue, alpha=0.25)
ToPage = Callable[[float, float], tuple[float, float]]
CLEAR = 3.0  # pt between a match line and its words


def draw_outline(
    canvas: Canvas,
    frame: MapFrame,
    shape: shapely.Geometry,
    at: tuple[float, float],
    colour: Color,
    width: float,
    dash: tuple[float, ...] = (),
) -> None:
    """The edges of polygons over a map whose lower left is ``at``, cut at the frame; ``dash`` and ``width`` in pt."""
    x, y = at
    canvas.saveState()
    clip = canvas.beginPath()
    clip.rect(x, y, frame.width, frame.height)
    canvas.clipPath(clip, stroke=0, fill=0)
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(width)
    canvas.setDash(*dash)

    def to_page(east: float, north: float) -> tuple[float, float]:
        across, up = frame.to_page(east, north)
        return x + across, y + up

    canvas.drawPath(_edges(canvas, shape, to_page), fill=0, stroke=1)
    canvas.restoreState()


def _edges(canvas: Canvas, shape: shapely.Geometry, to_page: ToPage) -> Any:
    """The edges of polygons, holes too, as a path on the page."""
    path = canvas.beginPath()
    for line in shapely.get_parts(shapely.get_parts(shapely.boundary(shapely.get_parts(shape)))):
        first, *others = (to_page(*point) for point in shapely.get_coordinates(line).tolist())
        path.moveTo(*first)
        for point in others:
            path.lineTo(*point)
    return path


def draw_match_lines(
    canvas: Canvas,
    frame: MapFrame,
    cell: Cell,
    joins: Sequence[tuple[str, str]],
    at: tuple[float, float],
    font: str,
) -> None:
    """A dashed line at each side of ``cell`` that another sheet joins, its name beyond it; the map is not turned.

    ``joins``: (side, name) as :func:`jnw_desktop.documents.tiling.beside` tells them; ``at``: the map's lower left.
    """
    x, y = at
    low_x, low_y = frame.to_page(*cell.box[:2])
    high_x, high_y = frame.to_page(*cell.box[2:])
    left, right, low, high = x + low_x, x + high_x, y + low_y, y + high_y
    lines = {
        "left": (left, low, left, high),
        "right": (right, low, right, high),
        "above": (left, high, right, high),
        "below": (left, low, right, low),
    }
    for side, name in joins:
        canvas.saveState()
        canvas.setStrokeColor(MARK)
        canvas.setLineWidth(1.0)
        canvas.setDash(9, 3)
        canvas.line(*lines[side])
        canvas.setDash()
        _write_beside(canvas, lines[side], side, _("joins {sheet}").format(sheet=name), font)
        canvas.restoreState()


def _write_beside(canvas: Canvas, line: tuple[float, float, float, float], side: str, text: str, font: str) -> None:
    """``text`` on white at the middle of a match line, on its far side."""
    wide, high = canvas.stringWidth(text, font, SMALL + 1) + 8, SMALL + 5
    canvas.translate((line[0] + line[2]) / 2, (line[1] + line[3]) / 2)
    canvas.rotate({"left": 90, "right": -90, "above": 0, "below": 0}[side])
    foot = -CLEAR - high if side == "below" else CLEAR
    canvas.setFillColor(white)
    canvas.roundRect(-wide / 2, foot, wide, high, 2, stroke=0, fill=1)
    canvas.setFillColor(MARK)
    canvas.setFont(font, SMALL + 1)
    canvas.drawCentredString(0, foot + 3.5, text)


def draw_key(
    canvas: Canvas,
    cells: Sequence[Cell],
    here: int,
    shape: shapely.Geometry,
    at: tuple[float, float],
    room: tuple[float, float],
    font: str,
) -> float:
    """All sheets as boxes with their numbers from 1, the one at index ``here`` tinted, over the outline of ``shape``.

    ``at`` is the upper left, ``room`` (width, height) pt what there is; returns the lower edge.
    """
    sides = list(zip(*(cell.box for cell in cells), strict=True))
    west, south, east, north = min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
    unit = min(room[0] / (east - west), room[1] / (north - south))  # pt per metre
    x, top = at
    canvas.saveState()

    def to_page(e: float, n: float) -> tuple[float, float]:
        return x + (e - west) * unit, top - (north - n) * unit

    canvas.setStrokeColor(FAINT)
    canvas.setLineWidth(0.6)
    canvas.drawPath(_edges(canvas, shapely.simplify(shape, 0.5 / unit), to_page), fill=0, stroke=1)
    canvas.setLineWidth(0.5)
    for i, cell in enumerate(cells):
        (left, low), (right, high) = to_page(*cell.box[:2]), to_page(*cell.box[2:])
        box = (left, low, right - left, high - low)
        canvas.setStrokeColor(MARK)
        canvas.setFillColor(HERE)
        canvas.rect(*box, fill=int(i == here))
        size = min(9.0, 0.6 * box[3], box[2] / (0.7 * len(str(len(cells)))))
        canvas.setFillColor(MARK if i == here else INK)
        canvas.setFont(font, size)
        canvas.drawCentredString(box[0] + box[2] / 2, box[1] + box[3] / 2 - size / 3, str(i + 1))
    canvas.restoreState()
    return float(top - (north - south) * unit)
