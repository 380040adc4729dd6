"""A line changed by its vertices: dragged, added on a segment, taken away; its ends stay where they are."""

from qgis.core import QgsGeometry, QgsPointLocator, QgsPointXY, QgsWkbTypes
from qgis.gui import QgsMapTool, QgsRubberBand, QgsSnapIndicator
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from sketching import snap

COLOUR = "#c2255c"
NEAR_PX = 10


class NotItself(QgsPointLocator.MatchFilter):
    """Snaps to everything but the line that is being changed: it would hold its own vertices back."""

    def __init__(self, layer, fid):
        super().__init__()
        self.layer = layer
        self.fid = fid

    def acceptMatch(self, match):
        """Whether a match may hold."""
        return not (match.layer() is not None and match.layer() == self.layer and match.featureId() == self.fid)


class Reshape(QgsMapTool):
    """Drag a vertex; drag a segment to add one; Delete or Backspace takes the last one dragged away.

    Right click or Enter: done. Esc: left as it was.
    """

    def __init__(self, canvas, box, wkb, layer=None, fid=None):
        super().__init__(canvas)
        self.box = box
        geometry = QgsGeometry()
        geometry.fromWkb(bytes.fromhex(wkb))
        self.points = [QgsPointXY(point) for point in geometry.asPolyline()]
        self.filter = NotItself(dict(box.tree.vector_layers()).get(layer), fid)
        self.dragged = None
        self.last = None
        self.band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.LineGeometry)
        self.band.setStrokeColor(QColor(COLOUR))
        self.band.setWidth(2)
        self.marks = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PointGeometry)
        self.marks.setStrokeColor(QColor(COLOUR))
        self.marks.setFillColor(QColor("white"))
        self.marks.setIcon(QgsRubberBand.IconType.ICON_FULL_BOX)
        self.marks.setIconSize(8)
        self.indicator = QgsSnapIndicator(canvas)
        self.show_line()

    def show_line(self):
        """The line and the vertices that can be dragged."""
        self.band.setToGeometry(QgsGeometry.fromPolylineXY(self.points), None)
        self.marks.reset(QgsWkbTypes.GeometryType.PointGeometry)
        for point in self.points[1:-1]:
            self.marks.addPoint(point, True)

    def near(self):
        """Metres within which the mouse is on a vertex or a segment."""
        return NEAR_PX * self.canvas().mapUnitsPerPixel()

    def vertex_at(self, place):
        """The number of the inner vertex under the mouse."""
        found = [(point.distance(place), number) for number, point in enumerate(self.points[1:-1], start=1)]
        distance, number = min(found, default=(None, None))
        return number if found and distance <= self.near() else None

    def canvasPressEvent(self, event):
        """Take a vertex, or make one on the segment."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = self.toMapCoordinates(event.pos())
        self.dragged = self.vertex_at(place)
        if self.dragged is None:
            line = QgsGeometry.fromPolylineXY(self.points)
            square, on_line, after, _side = line.closestSegmentWithContext(place)
            if square**0.5 <= self.near():
                self.points.insert(after, QgsPointXY(on_line))
                self.dragged = after
        self.last = self.dragged
        self.show_line()

    def canvasMoveEvent(self, event):
        """The vertex follows the mouse, held by what is there."""
        if self.dragged is None:
            return
        match = snap(self.canvas(), event, self.filter)
        self.indicator.setMatch(match)
        self.points[self.dragged] = match.point() if match.isValid() else self.toMapCoordinates(event.pos())
        self.show_line()

    def canvasReleaseEvent(self, event):
        """Let go; the right button ends it."""
        if event.button() == Qt.MouseButton.RightButton:
            self.finish()
        else:
            self.canvasMoveEvent(event)
            self.dragged = None

    def keyPressEvent(self, event):
        """Delete, Backspace, Enter, Esc."""
        key = event.key()
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if self.last is not None and 0 < self.last < len(self.points) - 1:
                del self.points[self.last]
                self.last = None
                self.show_line()
            event.accept()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
        elif key == Qt.Key.Key_Escape:
            self.box.left()

    def finish(self):
        """Give the line to the window."""
        geometry = QgsGeometry.fromPolylineXY(self.points)
        wkb = bytes(geometry.asWkb()).hex()
        self.box.server.notify("drawn", tool="draw-reshape", wkb=wkb, valid=geometry.isGeosValid())

    def deactivate(self):
        """Leave nothing drawn."""
        for band in (self.band, self.marks):
            band.reset()
        self.indicator.setVisible(False)
        super().deactivate()
