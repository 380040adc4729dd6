"""Drawings in height: a longitudinal profile and a cross-section at stated scales, as parts of a document."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from jnw_desktop.documents.paper import POINT_MM
from jnw_desktop.documents.text import INK
from jnw_desktop.facilities import trade
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.trade import colour, named
from jnw_desktop.language import _

WATER, GROUND = HexColor(colour("water")), HexColor(trade.GROUND)
FAINT = HexColor("#b8c2cc")
WRONG = HexColor("#c0392b")
HEIGHT_SCALES = (10, 20, 25, 50, 75, 100, 150, 200, 250, 500, 1000)
LENGTH_SCALES = (*HEIGHT_SCALES[3:], 1500, 2000, 2500, 3000, 4000, 5000, 7500, 10000, 25000, 50000, 100000)
ONE_SCALE = 200  # beyond it a pipe in a section of one scale both ways is a dot: its heights get their own
STEEPEST = 10  # times that heights may be drawn larger then
TIERS = 4  # of names below one another where pipes lie close
CLOSE = 8.5  # pt between two upright letterings; of what is closer the later is left out


def points(metres: float, scale: float) -> float:
    """Length on paper, pt."""
    return metres * 1000.0 / scale / POINT_MM


def fitting(metres: float, room: float, scales: Sequence[int]) -> int:
    """The largest scale of a series at which ``metres`` fit ``room`` pt; the last where none does."""
    return next((scale for scale in scales if points(metres, scale) <= room), scales[-1])


def shown(value: float | None, digits: int = 2) -> str:
    """A number on paper; a dash where it is not known."""
    return "–" if value is None else f"{value:.{digits}f}"


class HeightDrawing(Flowable):  # type: ignore[misc]  # ReportLab has no types
    """What profile and section share: a frame with heights on the left, one scale along and one upright."""

    LEFT, HEAD, INSET = 64.0, 26.0, 10.0  # pt: the column of headings, the line of scales, free at either side

    def __init__(self, font: str, size: tuple[float, float], bands: int, band: float) -> None:
        super().__init__()
        self.font = font
        self.width, self.height = size
        self.bands, self.band = bands, band
        self.along_scale = self.up_scale = 1.0
        self.low = 0.0

    @property
    def floor(self) -> float:
        """Where the drawing begins above the bands, pt."""
        return self.bands * self.band

    @property
    def room(self) -> tuple[float, float]:
        """Width and height of the drawing, pt."""
        return self.width - self.LEFT, self.height - self.floor - self.HEAD

    def x(self, along: float) -> float:
        """Of a distance from the beginning, m."""
        return self.LEFT + self.INSET + points(along, self.along_scale)

    def y(self, height: float) -> float:
        """Of an elevation, m."""
        return self.floor + points(height - self.low, self.up_scale)

    def fit(self, length: float, heights: Sequence[float], equal: bool = False) -> None:
        """Choose scales for ``length`` m and elevations ``heights``; ``equal``: one both ways, to 1:``ONE_SCALE``."""
        wide, tall = self.room[0] - 2 * self.INSET, self.room[1]
        low, high = (min(heights), max(heights)) if heights else (0.0, 1.0)
        spread = max(high - low, 0.5) * 1.1
        self.along_scale = fitting(length, wide, LENGTH_SCALES if not equal else (*HEIGHT_SCALES, *LENGTH_SCALES[8:]))
        self.up_scale = fitting(spread, tall, HEIGHT_SCALES)
        if equal and max(self.along_scale, self.up_scale) <= ONE_SCALE:
            self.along_scale = self.up_scale = max(self.along_scale, self.up_scale)
        elif equal:
            least = self.along_scale / STEEPEST
            self.up_scale = max(self.up_scale, next((s for s in HEIGHT_SCALES if s >= least), HEIGHT_SCALES[-1]))
        step = self.step
        self.low = math.floor((low - 0.02 * spread) / step) * step

    @property
    def step(self) -> float:
        """Between two lines of height, m: at least 20 pt on paper."""
        return next((step for step in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if points(step, self.up_scale) >= 20), 20.0)

    def frame(self) -> None:
        """Heights, the frame and the scales."""
        canvas = self.canv
        wide, tall = self.room
        canvas.setFont(self.font, 7)
        canvas.setLineWidth(0.3)
        for number in range(int(tall / points(self.step, self.up_scale)) + 1):
            height = self.low + number * self.step
            canvas.setStrokeColor(FAINT)
            canvas.line(self.LEFT, self.y(height), self.LEFT + wide, self.y(height))
            canvas.setFillColor(INK)
            canvas.drawRightString(self.LEFT - 4, max(self.y(height) - 2.5, self.floor + 1.5), f"{height:.1f}")
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.6)
        canvas.rect(self.LEFT, self.floor, wide, tall)
        canvas.setFont(self.font, 8)
        told = _("Scale: along 1:{along:.0f}, upright 1:{up:.0f}").format(along=self.along_scale, up=self.up_scale)
        canvas.drawString(self.LEFT, self.height - 10, told)

    def bands_drawn(self, titles: Sequence[str]) -> None:
        """The rows of figures under the drawing with their headings."""
        canvas = self.canv
        canvas.setStrokeColor(INK)
        canvas.setFillColor(INK)
        canvas.setLineWidth(0.4)
        canvas.setFont(self.font, 7)
        for number, title in enumerate(titles):
            low = self.floor - (number + 1) * self.band
            canvas.rect(0, low, self.LEFT + self.room[0], self.band)
            canvas.drawString(3, low + self.band / 2 - 3, title)
        canvas.line(self.LEFT, 0, self.LEFT, self.floor)

    def upright(self, x: float, band: int, text: str) -> None:
        """A figure written upright in a band."""
        canvas = self.canv
        canvas.saveState()
        canvas.translate(x + 2.4, self.floor - (band + 1) * self.band + 3)
        canvas.rotate(90)
        canvas.setFont(self.font, 6.5)
        canvas.drawString(0, 0, text)
        canvas.restoreState()


def spaced(places: Sequence[float]) -> Iterator[int]:
    """Numbers of the places that can be lettered without running into the one before."""
    last = -math.inf
    for number, place in enumerate(places):
        if place - last >= CLOSE:
            last = place
            yield number


class ProfileDrawing(HeightDrawing):
    """A longitudinal profile as ``facilities.profiles.profile`` tells it."""

    def __init__(self, told: dict[str, Any], font: str, size: tuple[float, float]) -> None:
        super().__init__(font, size, bands=6, band=36.0)
        self.told = told
        pipes, marks = told["pipes"], told["points"]
        heights = [h for p in pipes for h in (p["top_start"], p["top_end"], p["bottom_start"], p["bottom_end"])]
        heights += [p["ground"] for p in marks] + [height for _at, height in told["ground_line"]]
        heights += [h for c in told["crossings"] for h in (c["top"], c["bottom"])]
        self.fit(told["length"], [h for h in heights if h is not None])

    def draw(self) -> None:
        """Draw on the page."""
        self.frame()
        self._lines()
        self._crossings()
        self._figures()

    def _lines(self) -> None:
        canvas, marks = self.canv, self.told["points"]
        canvas.setStrokeColor(GROUND)
        canvas.setLineWidth(1.0)
        line = self.told["ground_line"] or [(mark["station"], mark["ground"]) for mark in marks]
        for (here, low), (there, high) in itertools.pairwise(line):
            if low is not None and high is not None:
                canvas.line(self.x(here), self.y(low), self.x(there), self.y(high))
        canvas.setStrokeColor(WATER)
        canvas.setLineWidth(0.8)
        for pipe in self.told["pipes"]:
            for side in ("top", "bottom"):
                begin, end = pipe[f"{side}_start"], pipe[f"{side}_end"]
                if begin is not None and end is not None:
                    canvas.line(self.x(pipe["from"]), self.y(begin), self.x(pipe["to"]), self.y(end))
        canvas.setStrokeColor(FAINT)
        canvas.setLineWidth(0.3)
        for mark in marks:
            if mark["top"] is not None:
                canvas.line(self.x(mark["station"]), self.floor, self.x(mark["station"]), self.y(mark["top"]))
            if mark["kind"] == "valve" and mark["top"] is not None:
                self._valve(self.x(mark["station"]), self.y(mark["top"]))

    def _valve(self, x: float, y: float) -> None:
        canvas = self.canv
        canvas.setFillColor(INK)
        path = canvas.beginPath()
        for i, (dx, dy) in enumerate(((-4, 3), (4, -3), (4, 3), (-4, -3))):
            (path.lineTo if i else path.moveTo)(x + dx, y + dy)
        path.close()
        canvas.drawPath(path, fill=1, stroke=0)

    def _crossings(self) -> None:
        canvas = self.canv
        canvas.setFont(self.font, 6.5)
        for row in self.told["crossings"]:
            if row["top"] is None or row["bottom"] is None:
                continue
            x, low, high = self.x(row["station"]), self.y(row["bottom"]), self.y(row["top"])
            canvas.setStrokeColor(HexColor(colour(row["line_type"])))
            canvas.setLineWidth(0.8)
            wide = max(points((row["dn"] or 0) / 1000.0, self.along_scale), 2.0)
            canvas.ellipse(x - wide / 2, low, x + wide / 2, max(high, low + 2.0))
            canvas.setFillColor(WRONG if row["ok"] is False else INK)
            canvas.drawString(x + wide / 2 + 1.5, (low + high) / 2 - 2, named(row))

    def _figures(self) -> None:
        titles = [_("Code"), _("Station (m)"), _("Ground (m)"), _("Top of pipe (m)"), _("Depth to top (m)"), _("Pipe")]
        self.bands_drawn(titles)
        canvas, marks = self.canv, self.told["points"]
        canvas.setFillColor(INK)
        places = [self.x(mark["station"]) for mark in marks]
        for number in spaced(places):
            mark = marks[number]
            figures = [
                mark["code"] or "–", f"{mark['station']:.2f}", *(shown(mark[key]) for key in ("ground", "top", "depth"))
            ]  # fmt: skip
            for band, text in enumerate(figures):
                self.upright(places[number], band, text)
        canvas.setFont(self.font, 6.5)
        free = -math.inf
        for pipe in self.told["pipes"]:
            begin, end = self.x(pipe["from"]), self.x(pipe["to"])
            canvas.setStrokeColor(FAINT)
            canvas.line(end, 0, end, self.band)
            texts = [
                _pipe_name(pipe),
                _("{length:.1f} m, {slope} ‰").format(length=pipe["to"] - pipe["from"], slope=shown(pipe["slope"], 1)),
            ]
            wide = max(canvas.stringWidth(text, self.font, 6.5) for text in texts)
            if wide < end - begin - 2 and begin > free:
                for line, text in enumerate(texts):
                    canvas.drawCentredString((begin + end) / 2, self.band - 12 - 10 * line, text)


def _pipe_name(pipe: dict[str, Any]) -> str:
    size = "DN–" if pipe["dn"] is None else f"DN{pipe['dn']}"
    return f"{size} {label('material', pipe['material']) if pipe['material'] else ''}".strip()


class SectionDrawing(HeightDrawing):
    """A cross-section as ``facilities.profiles.section`` tells it, at one scale both ways unless it is long."""

    BAND = 36.0  # pt

    def __init__(self, told: dict[str, Any], font: str, size: tuple[float, float]) -> None:
        super().__init__(font, size, bands=3, band=self.BAND)
        self.told = told
        self.rows = sorted([*told["pipes"], *told["lines"]], key=lambda row: row["offset"])
        self.placed = [row for row in self.rows if row["top"] is not None]
        heights = [h for row in self.placed for h in (row["top"], row["bottom"], row["ground"]) if h is not None]
        heights += [height for _at, height in told["ground_line"] if height is not None]
        self.fit(told["length"], heights, equal=True)

    def draw(self) -> None:
        """Draw on the page."""
        self.frame()
        canvas = self.canv
        canvas.setStrokeColor(GROUND)
        canvas.setLineWidth(1.0)
        ground = [(row["offset"], row["ground"]) for row in self.placed if row["ground"] is not None]
        if ground:
            ground = [(0.0, ground[0][1]), *ground, (self.told["length"], ground[-1][1])]
        for (a, low), (b, high) in itertools.pairwise(self.told["ground_line"] or ground):
            if low is not None and high is not None:
                canvas.line(self.x(a), self.y(low), self.x(b), self.y(high))
        free = [-math.inf] * TIERS
        for row in self.placed:
            self._cut(row, free)
        self._figures()

    def _cut(self, row: dict[str, Any], free: list[float]) -> None:
        """A pipe and its name, in the first tier that is ``free`` (pt) there."""
        canvas = self.canv
        canvas.setStrokeColor(HexColor(colour(row["line_type"])))
        canvas.setLineWidth(1.0)
        size = row["diameter"] or 0.1
        wide = max(points(row["width"] or size, self.along_scale), 2.0)
        high, low = self.y(row["top"]), self.y(row["top"] - size)
        canvas.ellipse(self.x(row["offset"]) - wide / 2, min(low, high - 2.0), self.x(row["offset"]) + wide / 2, high)
        canvas.setFillColor(INK)
        canvas.setFont(self.font, 6.5)
        name, middle = named(row), self.x(row["offset"])
        half = canvas.stringWidth(name, self.font, 6.5) / 2
        tier = next((number for number, end in enumerate(free) if end < middle - half), TIERS - 1)
        free[tier] = middle + half
        canvas.drawCentredString(middle, min(low, high - 2.0) - 8 * (tier + 1), name)

    def _figures(self) -> None:
        self.bands_drawn([_("Offset (m)"), _("Depth to top (m)"), _("Top (m)")])
        self.canv.setFillColor(INK)
        places = [self.x(row["offset"]) for row in self.rows]
        for number in spaced(places):
            row = self.rows[number]
            for band, text in enumerate((f"{row['offset']:.2f}", shown(row["depth"]), shown(row["top"]))):
                self.upright(places[number], band, text)
