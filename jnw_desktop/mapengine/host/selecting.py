"""Tools that select by click, rectangle, polygon and radius: they only say what was hit, the window selects."""

from qgis.core import QgsFeatureRequest, QgsGeometry, QgsRectangle, QgsWkbTypes
from qgis.gui import QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

CLICK_PX = 6
CIRCLE_STEPS = 24


def mode_of(event):
    """What QGIS and ArcGIS agree on: Shift adds, Ctrl takes away, both toggle."""
    shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    return "toggle" if shift and control else "add" if shift else "remove" if control else "replace"


class Selecting(QgsMapTool):
    """What the selecting tools share: the rubber band, the question, Esc."""

    def __init__(self, canvas, box):
        super().__init__(canvas)
        self.box = box
        self.points = []
        self.band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
        self.band.setStrokeColor(QColor("#1971c2"))
        self.band.setFillColor(QColor("#301971c2"))
        self.band.setWidth(2)

    def select(self, geometry, event, only_top=False):
        """Tell the window which features of the shown layers meet ``geometry``; of a click, what it means first."""
        engine = QgsGeometry.createGeometryEngine(geometry.constGet())
        engine.prepareGeometry()
        found = {}
        layers = self.box.tree.vector_layers()
        if only_top:  # as Identify: points, lines, areas
            layers = sorted(layers, key=lambda pair: int(pair[1].geometryType()))
        for key, layer in layers:
            if not layer.isInScaleRange(self.canvas().scale()):
                continue
            request = QgsFeatureRequest().setFilterRect(geometry.boundingBox()).setNoAttributes()
            hits = [
                feature.id()
                for feature in layer.getFeatures(request)
                if feature.hasGeometry() and engine.intersects(feature.geometry().constGet())
            ]
            if hits:
                found[key] = hits[:1] if only_top else hits
                if only_top:
                    break
        self.box.server.notify("selected", layers=found, mode=mode_of(event))

    def clear(self):
        """Take the rubber band away."""
        self.points = []
        self.band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)

    def deactivate(self):
        """Leave nothing drawn."""
        self.clear()
        super().deactivate()

    def keyPressEvent(self, event):
        """Esc takes the rubber band away, or leaves the tool."""
        if event.key() == Qt.Key.Key_Escape:
            if self.points:
                self.clear()
            else:
                self.box.left()


class SelectByClick(Selecting):
    """The topmost feature under the click."""

    def canvasReleaseEvent(self, event):
        """Ask with a small square about the pixel."""
        if event.button() == Qt.MouseButton.LeftButton:
            at = self.toMapCoordinates(event.pos())
            reach = CLICK_PX * self.canvas().mapUnitsPerPixel()
            square = QgsRectangle(at.x() - reach, at.y() - reach, at.x() + reach, at.y() + reach)
            self.select(QgsGeometry.fromRect(square), event, only_top=True)


class Dragging(Selecting):
    """Press, drag, release."""

    def canvasPressEvent(self, event):
        """The drag begins."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.points = [self.toMapCoordinates(event.pos())]

    def canvasMoveEvent(self, event):
        """Show the shape so far."""
        if self.points:
            self.band.setToGeometry(self.shape(self.toMapCoordinates(event.pos())), None)

    def canvasReleaseEvent(self, event):
        """The drag ends: select."""
        if self.points and event.button() == Qt.MouseButton.LeftButton:
            geometry = self.shape(self.toMapCoordinates(event.pos()))
            self.clear()
            if not geometry.isEmpty():
                self.select(geometry, event)


class SelectByRectangle(Dragging):
    """A rectangle as it stands on the screen, also on a turned map."""

    def shape(self, there):
        """The rectangle from the first corner to ``there``."""
        to_pixel = self.canvas().getCoordinateTransform()
        first, last = to_pixel.transform(self.points[0]), to_pixel.transform(there)
        corners = [(first.x(), first.y()), (last.x(), first.y()), (last.x(), last.y()), (first.x(), last.y())]
        ring = [to_pixel.toMapCoordinates(round(x), round(y)) for x, y in corners]
        return QgsGeometry.fromPolygonXY([ring])


class SelectByRadius(Dragging):
    """A circle about the first point."""

    def shape(self, there):
        """The circle through ``there``."""
        return QgsGeometry.fromPointXY(self.points[0]).buffer(self.points[0].distance(there), CIRCLE_STEPS)


class SelectByPolygon(Selecting):
    """Clicks are corners; a right click or a double click closes."""

    def canvasMoveEvent(self, event):
        """Show the polygon so far."""
        if self.points:
            self.band.setToGeometry(
                QgsGeometry.fromPolygonXY([[*self.points, self.toMapCoordinates(event.pos())]]), None
            )

    def canvasReleaseEvent(self, event):
        """A corner, or the end."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.points.append(self.toMapCoordinates(event.pos()))
        elif len(self.points) > 2:
            self.finish(event)
        else:
            self.clear()

    def canvasDoubleClickEvent(self, event):
        """The end."""
        if len(self.points) > 2:
            self.finish(event)

    def finish(self, event):
        """Select what meets the polygon."""
        geometry = QgsGeometry.fromPolygonXY([self.points]).makeValid()
        self.clear()
        self.select(geometry, event)
