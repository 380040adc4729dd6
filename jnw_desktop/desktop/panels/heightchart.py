"""Longitudinal profile and cross-section as charts: zoom, read off, see the place on the map, print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph
import shapely
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsEllipseItem, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.trade import GROUND, INK, colour, named
from jnw_desktop.language import _

WATER = colour("water")
ONE_SCALE = 60.0  # m of a section whose depths can be read at the scale of its length
PLACE = "#c92a2a"  # of the mark on the map that follows the mouse


class HeightChart(QWidget):
    """Heights over a distance; the nearest of ``marks`` to the mouse is told below and shown on the map.

    ``marks``: rows with ``at`` (E, N) and the distance under the name ``along``.
    """

    def __init__(self, session: Session, marks: Sequence[dict[str, Any]], along: str, title: str) -> None:
        super().__init__()
        self._session, self._marks, self._along = session, marks, along
        self.names: list[pyqtgraph.TextItem] = []
        self.plot = pyqtgraph.PlotWidget(background="w")
        self.plot.setAccessibleName(title)
        for side, text in (("bottom", title), ("left", _("Elevation (m)"))):
            self.plot.setLabel(side, text, color=INK)
            self.plot.getAxis(side).setPen(INK)
            self.plot.getAxis(side).setTextPen(INK)
        self.plot.showGrid(x=True, y=True, alpha=0.25)
        self.told = QLabel(_("Move over the drawing to read it; the wheel zooms, a drag moves."))
        self.told.setWordWrap(True)
        self.sheet = QPushButton(_("Print the drawing"))
        row = QHBoxLayout()
        row.addWidget(self.told, 1)
        row.addWidget(self.sheet)
        layout = QVBoxLayout(self)
        layout.addWidget(self.plot, 1)
        layout.addLayout(row)
        self.plot.scene().sigMouseMoved.connect(self._moved)
        for moved in (self.plot.sigRangeChanged, self.plot.getPlotItem().vb.sigResized):
            moved.connect(self._part)

    def line(self, places: Sequence[float], heights: Sequence[float | None], ink: str, width: float = 1.5) -> None:
        """A line of heights; it is broken where one is not known."""
        known = [math.nan if height is None else height for height in heights]
        self.plot.plot(list(places), known, pen=pyqtgraph.mkPen(ink, width=width), connect="finite")

    def ground(self, places: Sequence[Sequence[Any]]) -> None:
        """The ground, by distance and height."""
        self.line([place[0] for place in places], [place[1] for place in places], GROUND, 2.0)

    def ring(self, place: float, row: dict[str, Any], width: float) -> None:
        """The cut through a line, ``width`` m wide."""
        if row["top"] is None:
            return
        size = max(row["top"] - row["bottom"] if row["bottom"] is not None else 0.1, 0.02)
        ring = QGraphicsEllipseItem(QRectF(place - width / 2, row["top"] - size, width, size))
        ring.setPen(pyqtgraph.mkPen(colour(row["line_type"]), width=2))
        self.plot.addItem(ring)
        text = pyqtgraph.TextItem(named(row), color=INK, anchor=(0.5, 0.0))
        text.setPos(place, row["top"] - size)
        self.plot.addItem(text)
        self.names.append(text)

    def _part(self) -> None:
        """Show the names that fit beside each other; the others come with zooming in, or by the mouse."""
        box = self.plot.getPlotItem().vb
        taken: list[QRectF] = []
        for name in self.names:
            at, size = box.mapViewToScene(name.pos()), name.textItem.boundingRect()
            room = QRectF(at.x() - size.width() / 2, at.y(), size.width(), size.height())
            fits = not any(room.intersects(other) for other in taken)
            name.setVisible(fits)
            if fits:
                taken.append(room)

    def _moved(self, position: Any) -> None:
        box = self.plot.getPlotItem().vb
        if self._marks and box.sceneBoundingRect().contains(position):
            self.tell(box.mapSceneToView(position).x())

    def tell(self, place: float) -> None:
        """Tell what stands nearest to a distance, and show it on the map."""
        mark = min(self._marks, key=lambda row: abs(row[self._along] - place))
        self.told.setText(self.describe(mark))
        self._session.show("place", [shapely.Point(mark["at"]).wkb], PLACE)

    def describe(self, mark: dict[str, Any]) -> str:
        """One mark in a line of text."""
        figures = [
            (_("Ground (m)"), mark["ground"]),
            (_("Top (m)"), mark["top"]),
            (_("Depth to top (m)"), mark["depth"]),
        ]
        head = f"{mark['code'] or '–'}  {mark[self._along]:.2f} m"
        return "    ".join([head, *(f"{title} {'–' if value is None else f'{value:.2f}'}" for title, value in figures)])


class ProfileChart(HeightChart):
    """A profile as ``network.profile_between`` tells it."""

    def __init__(self, session: Session, told: dict[str, Any], ground: str = "") -> None:
        super().__init__(session, told["points"], "station", _("Station (m)"))
        stations = [mark["station"] for mark in told["points"]]
        recorded = list(zip(stations, (mark["ground"] for mark in told["points"]), strict=True))
        self.ground(told["ground_line"] or recorded)
        for side in ("top", "bottom"):
            places = [place for pipe in told["pipes"] for place in (pipe["from"], pipe["to"])]
            self.line(places, [pipe[f"{side}_{end}"] for pipe in told["pipes"] for end in ("start", "end")], WATER)
        valves = [mark for mark in told["points"] if mark["kind"] == "valve" and mark["top"] is not None]
        self.plot.plot(
            [mark["station"] for mark in valves],
            [mark["top"] for mark in valves],
            pen=None,
            symbol="d",
            symbolBrush=INK,
            symbolSize=9,
        )
        for row in told["crossings"]:
            self.ring(row["station"], row, max((row["dn"] or 0) / 1000.0, told["length"] / 400.0))
        self.sheet.clicked.connect(
            lambda: session.document(
                _("Longitudinal profile"),
                "network.print_profile",
                "",
                start=told["start"],
                end=told["end"],
                ground=ground,
            )
        )


class SectionChart(HeightChart):
    """A section as ``network.section`` tells it, one scale both ways; of a long one heights fill the chart."""

    def __init__(self, session: Session, told: dict[str, Any], ground: str = "") -> None:
        rows = sorted([*told["pipes"], *told["lines"]], key=lambda row: row["offset"])
        super().__init__(session, rows, "offset", _("Offset (m)"))
        self.plot.setAspectLocked(told["length"] <= ONE_SCALE)
        recorded = [(row["offset"], row["ground"]) for row in rows if row["ground"] is not None]
        self.ground(told["ground_line"] or recorded)
        for row in rows:
            self.ring(row["offset"], row, row["width"] or 0.1)
        if not rows:
            self.told.setText(_("The line cuts no pipe and no other line."))
        self.sheet.clicked.connect(
            lambda: session.document(_("Cross-section"), "network.print_section", "", line=told["line"], ground=ground)
        )
