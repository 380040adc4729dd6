"""Sizes on paper: sheets, the room a map has on them, the scales printed, an extent cut into sheets. Numbers only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jnw_desktop.documents.tiling import Cell, Grid
from jnw_desktop.errors import UsageError
from jnw_desktop.language import _
from jnw_desktop.workspace.home import Bounds

POINT_MM = 25.4 / 72.0
PAPERS = {"A4": (210, 297), "A3": (297, 420), "A2": (420, 594), "A1": (594, 841), "A0": (841, 1189)}  # mm, ISO 216
SCALES = (200, 500, 1000, 2000, 5000, 10000, 25000, 50000, 100000, 250000)
MARGIN = 34.0  # pt on A4 and A3, all sizes below too; on larger paper all that is beside the map grows with it
FOOT = 52.0  # the title block under a map
SIDE = 150.0  # the legend's column
MOST_SHEETS = 500  # of an atlas


def paper_size(name: str, landscape: bool = True) -> tuple[float, float]:
    """Width and height in pt. Raises UsageError."""
    if name not in PAPERS:
        raise UsageError(
            _("{name} is not a paper size.").format(name=name),
            _("Choose one of: {names}").format(names=", ".join(PAPERS)),
        )
    short, long = (side / POINT_MM for side in PAPERS[name])
    return (long, short) if landscape else (short, long)


@dataclass(frozen=True)
class Sheet:
    """A map sheet: its paper, and whether a legend stands beside the map."""

    paper: str = "A3"
    landscape: bool = True
    legend: bool = True

    @property
    def size(self) -> tuple[float, float]:
        """Of the paper, in pt."""
        return paper_size(self.paper, self.landscape)

    @property
    def growth(self) -> float:
        """How much larger than on A3 all that is beside the map is: as the paper's sides; 1 on A3 and A4."""
        return max(1.0, min(self.size) / min(paper_size("A3")))

    @property
    def map_size(self) -> tuple[int, int]:
        """Of the map, in whole pt."""
        (width, height), k = self.size, self.growth
        side = SIDE if self.legend else 0.0
        return int(width - k * (2 * MARGIN + side)), int(height - k * (2 * MARGIN + FOOT))

    def ground(self, scale: float) -> tuple[float, float]:
        """Width and height in metres that the map shows at 1:``scale``."""
        width, height = self.map_size
        return width * POINT_MM * scale / 1000.0, height * POINT_MM * scale / 1000.0

    def fitting(self, width_m: float, height_m: float) -> int:
        """The largest scale of the series at which an extent fits; the last where none does."""
        return fitting_scale(width_m, height_m, self.map_size)


@dataclass(frozen=True)
class Mark:
    """A box on the ground (xmin, ymin, xmax, ymax) drawn over a map, with its name in the middle."""

    name: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class MapSheet:
    """What is printed: ``center`` (E, N) of the map, its ``scale``, ``rotation`` in degrees as in the view.

    ``beside``: names of the sheets that join it, by side (left, right, above, below). ``marks`` are drawn over the map.
    """

    title: str
    sheet: Sheet
    center: tuple[float, float]
    scale: float
    rotation: float = 0.0
    grid: bool = True
    beside: tuple[tuple[str, str], ...] = ()
    marks: tuple[Mark, ...] = ()


def fitting_scale(width_m: float, height_m: float, frame: tuple[float, float]) -> int:
    """The largest scale of the series at which an extent fits a frame of ``frame`` pt; the last where none does."""
    for scale in SCALES:
        if width_m <= frame[0] * POINT_MM * scale / 1000 and height_m <= frame[1] * POINT_MM * scale / 1000:
            return scale
    return SCALES[-1]


def cut(extent: Bounds, sheet: Sheet, scale: float) -> Iterator[Cell]:
    """The sheets that cover ``extent`` (xmin, ymin, xmax, ymax) edge to edge, centred on it, from the north-west."""
    yield from Grid.over(extent, *sheet.ground(scale)).cells()


@dataclass(frozen=True)
class Atlas:
    """What is printed: the sheets of one scale that cover ``extent``, or all pipes when it is ``None``."""

    title: str
    sheet: Sheet
    scale: float
    extent: Bounds | None = None
