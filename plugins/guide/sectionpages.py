"""The guide's cross-sections on paper: pipes in the pit that is planned, each named above, and what is too near."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer

from jnw_desktop.documents.heights import WATER, SectionDrawing, points, shown
from jnw_desktop.documents.tables import table
from jnw_desktop.documents.text import INK, styles
from jnw_desktop.facilities.trade import colour, named
from jnw_desktop.language import _
from jnw_plugins.guide.outline import section
from jnw_plugins.guide.sections import Cut

HIGH = 300.0  # pt, one drawing
SPACE = 8.6  # pt between two upright names
NAME = 6.5  # pt
PIT = HexColor("#d9480f")
DUG = Color(0.85, 0.28, 0.06, alpha=0.10)
ALERT = HexColor("#fff0e6")
MOST_ROWS = 12  # pairs too near to one another that one section tells


class SiteSection(SectionDrawing):
    """One section with the pit; names stand upright over it, so that they never meet."""

    HEAD, BAND = 104.0, 26.0

    def __init__(self, cut: Cut, pit: float | None, font: str, size: tuple[float, float]) -> None:
        self._pit, self._cut_at = pit, cut
        super().__init__(cut.told, font, size)

    def fit(self, length: float, heights: Sequence[float], equal: bool = False) -> None:
        """Room for the pit and the ground too."""
        super().fit(length, [*heights, 0.0, -(self._pit or 1.0)], equal)

    def draw(self) -> None:
        """Draw on the page."""
        self._excavation()
        super().draw()
        self._names()

    def _excavation(self) -> None:
        if self._pit is None:
            return
        canvas = self.canv
        canvas.saveState()
        canvas.setStrokeColor(PIT)
        canvas.setFillColor(DUG)
        canvas.setLineWidth(0.9)
        canvas.setDash(4, 2)
        for low, high in self._cut_at.pit:
            left, right = self.x(low), self.x(high)
            canvas.rect(left, self.y(-self._pit), right - left, self.y(0.0) - self.y(-self._pit), fill=1)
        canvas.restoreState()

    def _cut(self, row: dict[str, Any], _free: list[float]) -> None:
        canvas, size = self.canv, row["diameter"] or 0.1
        canvas.setStrokeColor(HexColor(colour(row["line_type"])))
        canvas.setFillColor(WATER if row["kind"] == "pipe" else HexColor(colour(row["line_type"])))
        canvas.setLineWidth(1.0)
        wide = max(points(row["width"] or size, self.along_scale), 2.0)
        high, low = self.y(row["top"]), self.y(row["top"] - size)
        middle = self.x(row["offset"])
        canvas.setFillAlpha(0.35 if row["kind"] == "pipe" else 0.12)
        canvas.ellipse(middle - wide / 2, min(low, high - 2.0), middle + wide / 2, high, fill=1)
        canvas.setFillAlpha(1.0)

    def _names(self) -> None:
        """Each name upright over the frame, moved aside where two would meet, with a line to what it names."""
        canvas, top = self.canv, self.floor + self.room[1]
        wanted = [self.x(row["offset"]) for row in self.rows]
        placed = _apart(wanted, self.LEFT + NAME, self.width - 3.0)
        canvas.setFont(self.font, NAME)
        canvas.setLineWidth(0.3)
        for row, at, name_at in zip(self.rows, wanted, placed, strict=True):
            inked = HexColor(colour(row["line_type"]))
            canvas.setStrokeColor(inked)
            foot = self.y(row["top"]) if row["top"] is not None else self.y(0.0)
            if row["top"] is None:
                canvas.setDash(1, 2)
            canvas.line(at, foot, at, top + 3)
            canvas.setDash()
            canvas.line(at, top + 3, name_at, top + 9)
            canvas.saveState()
            canvas.translate(name_at + NAME / 2 - 1, top + 11)
            canvas.rotate(90)
            canvas.setFillColor(inked if row["kind"] == "pipe" else INK)
            canvas.drawString(0, 0, _name(row))
            canvas.restoreState()

    def _figures(self) -> None:
        self.bands_drawn([_("Offset (m)"), _("Depth to top (m)"), _("Above pit bottom")])
        canvas = self.canv
        canvas.setFillColor(INK)
        places = _apart([self.x(row["offset"]) for row in self.rows], self.LEFT + NAME, self.width - 3.0)
        for row, at in zip(self.rows, places, strict=True):
            depth = row["depth"]
            in_pit = self._pit is not None and any(low <= row["offset"] <= high for low, high in self._cut_at.pit)
            above = shown(self._pit - depth) if in_pit and depth is not None and self._pit is not None else "–"
            figures = (f"{row['offset']:.2f}", _("unknown") if depth is None else f"{depth:.2f}", above)
            for band, text in enumerate(figures):
                self.upright(at, band, text)


def _name(row: dict[str, Any]) -> str:
    return f"{row['code']} {named(row)}"


def _apart(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """Places in the same order, at least :data:`SPACE` apart, each as near to where it is wanted as these passes get.

    They go no lower than ``low``, and beyond ``high`` only where there is no room for all.
    """
    placed = [max(place, low) for place in wanted]
    for i, j in pairwise(range(len(placed))):
        placed[j] = max(placed[j], placed[i] + SPACE)
    over = placed[-1] - high if placed else 0.0
    if over > 0:
        placed[-1] = max(high, low + SPACE * (len(placed) - 1))
        for j in range(len(placed) - 1, 0, -1):
            placed[j - 1] = min(placed[j - 1], placed[j] - SPACE)
    return placed


def section_pages(cuts: Sequence[Cut], pit: float | None, edition: str, font: str, width: float) -> list[Flowable]:
    """Every section with what is too near in it; nothing where no pipe can be cut."""
    if not cuts:
        return []
    small = styles(font)["small"]
    story: list[Flowable] = [*section(_("Cross-sections"), font)]
    note = _("Heights are metres below ground. Dashed: the pit as planned. Of unknown depth only the place is drawn.")
    if pit is None:
        note += " " + _("How deep the works go was not stated.")
    for number, cut in enumerate(cuts, start=1):
        title = _("Section {number} – {number}′, {length:.1f} m").format(number=number, length=cut.told["length"])
        parts: list[Flowable] = [
            Paragraph(title, styles(font)["body"]),
            SiteSection(cut, pit, font, (width, HIGH)),
            Spacer(1, 3),
        ]
        near = [row for row in cut.told["clearances"] if row["ok"] is False]
        parts += _too_near(near, edition, font, width)
        story.append(KeepTogether([*parts, Spacer(1, 6)]))
    return [*story, Paragraph(note, small)]


def _too_near(rows: Sequence[dict[str, Any]], edition: str, font: str, width: float) -> list[Flowable]:
    """Pairs of lines that lie nearer to one another than the rule table asks."""
    small = styles(font)["small"]
    if not rows:
        told = _("No clear distance that is known falls short of the rule table {edition}.").format(edition=edition)
        return [Paragraph(told, small)]
    head = [_("Pipe"), _("Other line"), _("Kind"), _("Clear (m)"), _("Required (m)"), _("Source")]
    cells = []
    for row in rows[:MOST_ROWS]:
        doubt = "" if row["verified"] else _(" (not verified)")
        figures = [shown(row["clear"]), shown(row["required"])]
        cells.append([row["pipe"], row["other"], named(row | {"dn": None}), *figures, row["source"] + doubt])
    made: list[Flowable] = [table(head, cells, [1.2, 1.2, 0.8, 0.7, 0.7, 3], font, width)]
    if len(rows) > MOST_ROWS:
        made.append(Paragraph(_("and {count} more").format(count=len(rows) - MOST_ROWS), small))
    return made
