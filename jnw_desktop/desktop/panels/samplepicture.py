"""A small picture of where a file's rows lie, over the map as it is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
import shiboken6
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTemporaryDir, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from jnw_desktop.desktop.mapview.engine import EngineBridge
from jnw_desktop.language import _

COLOUR = "#d9480f"
MARGIN = 0.12  # of the extent, about it
SMALLEST = 20.0  # metres of ground that are shown at least
DOT = 2.5  # px
SETTLED_MS = 200

Box = tuple[float, float, float, float]


class SamplePicture(QWidget):
    """Draws geometries; the map behind them is asked of the engine, and left out where there is none."""

    def __init__(self, engine: EngineBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._shapes: list[shapely.Geometry] = []
        self._box: Box | None = None
        self._map: QPixmap | None = None
        self._seen: Box | None = None  # what the map behind shows
        self._numbers = itertools.count()
        self._folder = QTemporaryDir()
        self._wait = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._wait.timeout.connect(self._ask)
        self.setAccessibleName(_("Where the rows lie"))
        self.setMinimumHeight(130)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """As wide as the settings above it."""
        return QSize(320, 190)

    @property
    def count(self) -> int:
        """How many geometries are shown."""
        return len(self._shapes)

    def show_shapes(self, shapes: Sequence[bytes], extent: Box | None) -> None:
        """Show geometries (WKB, in the workspace's CRS) within ``extent``."""
        self._shapes = list(shapely.from_wkb(np.array(shapes, dtype=object))) if shapes else []
        self._box, self._map = extent, None
        if extent is not None:
            self._wait.start()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The map behind is drawn anew."""
        super().resizeEvent(event)
        self._map = None
        if self._box is not None:
            self._wait.start()

    def _view(self) -> Box:
        """The ground that is seen, in the widget's proportions."""
        assert self._box is not None
        west, south, east, north = self._box
        across = max(east - west, SMALLEST) * (1 + 2 * MARGIN)
        along = max(north - south, SMALLEST) * (1 + 2 * MARGIN)
        pixel = max(across / max(1, self.width()), along / max(1, self.height()))
        half_e, half_n = pixel * self.width() / 2, pixel * self.height() / 2
        middle_e, middle_n = (west + east) / 2, (south + north) / 2
        return middle_e - half_e, middle_n - half_n, middle_e + half_e, middle_n + half_n

    def _ask(self) -> None:
        if self._box is None:
            return
        seen = self._view()
        path = Path(self._folder.path()) / f"{next(self._numbers)}.png"

        def take(_told: object) -> None:
            if shiboken6.isValid(self) and self._box is not None and seen == self._view():
                self._map = QPixmap(str(path))
                self._map.setDevicePixelRatio(self.devicePixelRatioF())
                self.update()
            path.unlink(missing_ok=True)

        self._engine.request(
            "render.image", take, extent=list(seen), width=self.width(), height=self.height(), path=str(path),
            ratio=self.devicePixelRatioF(),
        )  # fmt: skip

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The map, and over it the rows."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("white") if self._box is not None else self.palette().base())
        if self._box is None:
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _("Where the rows lie"))
        else:
            if self._map is not None:
                painter.setOpacity(0.6)
                painter.drawPixmap(0, 0, self._map)
                painter.setOpacity(1.0)
            self._draw(painter)
        painter.setPen(self.palette().mid().color())
        painter.drawRect(QRectF(self.rect()).adjusted(0, 0, -1, -1))
        painter.end()

    def _draw(self, painter: QPainter) -> None:
        west, south, east, _north = self._view()
        scale = self.width() / (east - west)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(COLOUR)
        for shape in shapely.get_parts(self._shapes):
            area = shape.geom_type == "Polygon"
            at = shapely.get_coordinates(shape.exterior if area else shape)
            pixels = [QPointF((e - west) * scale, self.height() - (n - south) * scale) for e, n in at.tolist()]
            painter.setPen(QPen(colour, 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if shape.geom_type == "Point":
                painter.setBrush(colour)
                painter.drawEllipse(pixels[0], DOT, DOT)
            elif area:
                painter.setBrush(QColor(217, 72, 15, 50))
                painter.drawPolygon(QPolygonF(pixels))
            else:
                painter.drawPolyline(QPolygonF(pixels))
