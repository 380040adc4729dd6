"""What is drawn over a guide's maps: the corners of the site by number, and where the cross-sections are cut."""

from __future__ import annotations

import string
from collections.abc import Sequence

import shapely
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents.mapframe import MapFrame

CORNER = "#d9480f"
CUT = "#5f3dc4"
MOST_CORNERS = 40  # more numbers than that hide what they number
Corners = list[tuple[str, tuple[float, float]]]


def numbered_corners(area: shapely.Geometry) -> Corners:
    """Every corner of an area by name, in the order of its edge: 1, 2, 3; of further parts and of holes A1, A2."""
    rings = []
    for part in shapely.get_parts(area):
        rings += [shapely.get_exterior_ring(part), *shapely.get_rings(part)[1:]]
    told: Corners = []
    for which, ring in enumerate(rings):
        prefix = "" if which == 0 else _letters(which - 1)
        places = shapely.get_coordinates(ring).tolist()[:-1]
        told += [(f"{prefix}{number}", (east, north)) for number, (east, north) in enumerate(places, start=1)]
    return told


def _letters(number: int) -> str:
    """0 as A, 25 as Z, 26 as AA."""
    more, last = divmod(number, 26)
    return (_letters(more - 1) if more else "") + string.ascii_uppercase[last]


def names_on_map(corners: Corners, lines: Sequence[shapely.LineString]) -> list[dict[str, str]]:
    """What the map engine letters among its own labels: corners by name, sections by number (1 and 1′)."""
    told = [(place, name, CORNER) for name, place in corners] if len(corners) <= MOST_CORNERS else []
    for number, line in enumerate(lines, start=1):
        first, last = shapely.get_coordinates(line)[[0, -1]].tolist()
        told += [(first, f"{number}", CUT), (last, f"{number}′", CUT)]
    return [
        {"wkb": shapely.to_wkb(shapely.Point(place), hex=True), "label": name, "colour": colour}
        for place, name, colour in told
    ]


def draw_corners(canvas: Canvas, frame: MapFrame, corners: Corners, at: tuple[float, float]) -> None:
    """A dot at each corner that is on the map, where these are few enough to be told apart."""
    x, y = at
    if len(corners) > MOST_CORNERS:
        return
    canvas.saveState()
    canvas.setFillColor(HexColor(CORNER))
    for _name, place in corners:
        across, up = frame.to_page(*place)
        if 0 <= across <= frame.width and 0 <= up <= frame.height:
            canvas.circle(x + across, y + up, 2.0, stroke=0, fill=1)
    canvas.restoreState()


def draw_section_lines(
    canvas: Canvas, frame: MapFrame, lines: Sequence[shapely.LineString], at: tuple[float, float]
) -> None:
    """Where each section is cut, as far as it is on the map."""
    x, y = at
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(x, y, frame.width, frame.height)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.setStrokeColor(HexColor(CUT))
    canvas.setLineWidth(1.0)
    canvas.setDash(10, 2)
    for line in lines:
        first, last = (frame.to_page(*place) for place in shapely.get_coordinates(line)[[0, -1]].tolist())
        canvas.line(x + first[0], y + first[1], x + last[0], y + last[1])
    canvas.restoreState()
