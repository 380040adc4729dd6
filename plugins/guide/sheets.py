"""Which map sheets a guide has: one that shows everything, or an overview and the detail sheets keyed to it."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from jnw_desktop.documents.mapframe import POINT_M
from jnw_desktop.documents.paper import SCALES, fitting_scale
from jnw_desktop.documents.tiling import Cell, fewest
from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _

FINEST = 500  # the scale of detail sheets, where the site allows
MOST = 40  # detail sheets of one guide, where nothing else is said
OVERLAP = 22.0  # pt of the neighbouring ground beyond each side of a detail sheet, where its match line stands
BEYOND = 2.0  # m shown beyond what is listed


class TooManySheets(RefusedError):
    """The site does not fit the sheets that are allowed at any scale."""

    kind = "too_many_sheets"


@dataclass(frozen=True)
class Plan:
    """The sheets of one guide, all with a map of ``size`` pt.

    ``center`` (E, N) and ``scale`` of the first; the ``details`` at ``detail_scale`` in reading order, none where the
    first shows everything. ``coarsened``: more than ``most`` sheets would have been needed at 1:500.
    """

    size: tuple[int, int]
    center: tuple[float, float]
    scale: int
    most: int
    details: tuple[Cell, ...] = ()
    detail_scale: int = 0
    coarsened: bool = False

    @property
    def count(self) -> int:
        """How many map sheets there are."""
        return 1 + len(self.details)

    @property
    def notes(self) -> list[str]:
        """What has to be said of the sheets."""
        if not self.coarsened:
            return []
        told = _("At 1:{finest} the site would take more than {most} sheets: the detail sheets are drawn at 1:{scale}.")
        return [told.format(finest=FINEST, most=self.most, scale=self.detail_scale)]

    def sheets_of(self, shapes: list[bytes | None]) -> list[list[int]]:
        """The numbers of the detail sheets (from 1) on which each geometry (WKB) lies; overlaps are not counted."""
        tree = shapely.STRtree([shapely.box(*cell.box) for cell in self.details])
        found: list[list[int]] = [[] for _shape in shapes]
        for which, number in zip(*tree.query(shapely.from_wkb(shapes), "intersects").tolist(), strict=True):
            found[which].append(number + 1)
        return [sorted(numbers) for numbers in found]


def plan(area: bytes, reach: float, size: tuple[int, int], most: int = MOST) -> Plan:
    """The sheets for ``area`` (WKB, a projected CRS) and ``reach`` metres around it, on maps of ``size`` pt.

    Everything is on one sheet where that fits at 1:500 or larger. Else the ground is cut at 1:500, or at the largest
    scale at which ``most`` sheets do, and only cells that share ground with the area and its reach are sheets.
    Raises TooManySheets.
    """
    around = surroundings(shapely.from_wkb(area), reach)
    low_e, low_n, high_e, high_n = shapely.bounds(around).tolist()
    center = ((low_e + high_e) / 2, (low_n + high_n) / 2)
    scale = fitting_scale(high_e - low_e + 2 * BEYOND, high_n - low_n + 2 * BEYOND, size)
    if scale <= FINEST:
        return Plan(size, center, scale, most)
    for detail in SCALES[SCALES.index(FINEST) :]:
        cells = _cells(around, detail, size, most)
        if cells is not None:
            break
    else:
        raise TooManySheets(
            _("The site does not fit {most} map sheets at any scale.").format(most=most),
            _("Allow more sheets, or issue a guide for each part of the site."),
        )
    sides = list(zip(*(cell.box for cell in cells), strict=True))
    left, low, right, high = min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
    middle = ((left + right) / 2, (low + high) / 2)
    return Plan(size, middle, fitting_scale(right - left, high - low, size), most, cells, detail, detail > FINEST)


def surroundings(area: shapely.Geometry, reach: float) -> shapely.Geometry:
    """The area and ``reach`` metres around it; its arcs are within a thousandth of that."""
    return shapely.buffer(area, reach, quad_segs=24)


def ground(size: tuple[int, int], scale: float) -> tuple[float, float]:
    """Width and height in metres of the ground between the match lines of a detail sheet."""
    width, height = ((side - 2 * OVERLAP) * POINT_M * scale for side in size)
    return width, height


def _cells(around: shapely.Geometry, scale: int, size: tuple[int, int], most: int) -> tuple[Cell, ...] | None:
    """The cells at a scale; ``None`` where there are more than ``most``."""
    width, height = ground(size, scale)
    if around.area > most * width * height:  # a city at 1:500 need not be cut to know
        return None
    cells = fewest(around, width, height)
    return tuple(cells) if len(cells) <= most else None
