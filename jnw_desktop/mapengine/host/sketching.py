"""Tools that take points one after the other: measuring and drawing, with QGIS's snapping."""

from math import atan2, cos, degrees, hypot, pi, sin

from qgis.core import QgsDistanceArea, QgsGeometry, QgsPointXY, QgsProject, QgsWkbTypes
from qgis.gui import QgsMapTool, QgsRubberBand, QgsSnapIndicator
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

LINE, POLYGON = QgsWkbTypes.GeometryType.LineGeometry, QgsWkbTypes.GeometryType.PolygonGeometry

NEEDED = {"point": 1, "line": 2, "polygon": 3}  # points of a shape


class Sketch(QgsMapTool):
    """Left click: a point. Backspace: one back. Right click, double click, Enter: done. Esc: nothing, then leave.

    With Shift the next segment keeps to eighths of a turn from the one before it, or from north where there is none.
    Held to a segment of the map that is clicked, the next one is parallel to it or square with it.
    """

    def __init__(self, canvas, box, shape, colour):
        super().__init__(canvas)
        self.box = box
        self.shape = POLYGON if shape in ("polygon", "area") else LINE
        self.points = []
        self.cursor = None
        self.way = ""  # parallel or perpendicular
        self.along = None  # the direction that holds the next segment, once its model is clicked
        self.band = QgsRubberBand(canvas, self.shape)
        self.band.setStrokeColor(QColor(colour))
        fill = QColor(colour)
        fill.setAlpha(45)
        self.band.setFillColor(fill)
        self.band.setWidth(2)
        self.indicator = QgsSnapIndicator(canvas)

    def snapped(self, event):
        """The place under the mouse, on a vertex or segment where one is near."""
        match = snap(self.canvas(), event)
        self.indicator.setMatch(match)
        point = match.point() if match.isValid() else self.toMapCoordinates(event.pos())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.points:
            return held(self.points, point)
        if self.along is not None and self.points:
            return on_way(self.points[-1], self.along, point)
        return point

    def hold(self, way):
        """The next segment is to be ``parallel`` to one that is clicked first, or ``perpendicular``; "": to none."""
        self.way, self.along = way, None
        self.told_draft()

    def take_model(self, event):
        """The segment under the mouse says which way the next one runs."""
        match = snap(self.canvas(), event)
        self.cursor = self.toMapCoordinates(event.pos())
        if match.hasEdge():
            first, last = match.edgePoints()
            east, north = last.x() - first.x(), last.y() - first.y()
            far = hypot(east, north)
            self.along = (east / far, north / far) if self.way == "parallel" else (-north / far, east / far)
        self.told_draft()

    def canvasMoveEvent(self, event):
        """The last segment follows the mouse."""
        self.cursor = self.snapped(event)
        self.show_draft()

    def canvasReleaseEvent(self, event):
        """A point, or the end."""
        if event.button() == Qt.MouseButton.LeftButton and self.way and self.along is None:
            self.take_model(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.add(self.snapped(event))
        elif event.button() == Qt.MouseButton.RightButton:
            self.finish()

    def canvasDoubleClickEvent(self, event):
        """The end; the double click's own point came with its first release."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.finish()

    def keyPressEvent(self, event):
        """Backspace, Enter, Esc."""
        key = event.key()
        if key == Qt.Key.Key_Backspace and self.points:
            self.back()
            event.accept()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
        elif key == Qt.Key.Key_Escape:
            if self.points:
                self.clear()
                self.told_draft()
            else:
                self.box.left()

    def vertex(self, east, north):
        """One more point, typed at the keyboard."""
        self.add(QgsPointXY(east, north))

    def back(self):
        """One point back."""
        if self.points:
            self.points.pop()
            self.show_draft()

    def add(self, point):
        """One more point."""
        if self.points:
            self.way, self.along = "", None  # it held one segment
        if not self.points or self.points[-1] != point:
            self.points.append(point)
        self.show_draft()

    def show_draft(self):
        """Draw the points so far and the one under the mouse."""
        self.band.reset(self.shape)
        for point in [*self.points, *([self.cursor] if self.cursor and self.points else [])]:
            self.band.addPoint(point, True)
        self.told_draft()

    def told_draft(self):
        """Tell the window what is drawn so far."""

    def finish(self):
        """The shape is done."""

    def clear(self):
        """Start again."""
        self.points = []
        self.band.reset(self.shape)

    def deactivate(self):
        """Leave nothing drawn."""
        self.clear()
        self.indicator.setVisible(False)
        super().deactivate()


class Draw(Sketch):
    """Draws a point, line or polygon and gives it to the window."""

    def __init__(self, canvas, box, shape, snap=True):
        super().__init__(canvas, box, shape, "#c2255c")
        self.kind = shape
        self.snap = snap

    def snapped(self, event):
        """The bare place where nobody wants another: QGIS reads all layers about it into an index to snap."""
        return super().snapped(event) if self.snap else self.toMapCoordinates(event.pos())

    def add(self, point):
        """A point is done at once."""
        super().add(point)
        if self.kind == "point":
            self.finish()

    def geometry(self):
        """What is drawn, None while it is too little."""
        if len(self.points) < NEEDED[self.kind]:
            return None
        if self.kind == "point":
            return QgsGeometry.fromPointXY(self.points[0])
        if self.kind == "line":
            return QgsGeometry.fromPolylineXY(self.points)
        return QgsGeometry.fromPolygonXY([[*self.points, self.points[0]]])

    def told_draft(self):
        """The points so far."""
        cursor = [self.cursor.x(), self.cursor.y()] if self.cursor else None
        points = [[p.x(), p.y()] for p in self.points]
        self.box.server.notify("draft", points=points, cursor=cursor, way=self.way, held=self.along is not None)

    def finish(self):
        """Give the geometry to the window; a polygon that crosses itself is told as such."""
        geometry = self.geometry()
        if geometry is None:
            self.box.server.notify("too.little", needed=NEEDED[self.kind])
            return
        self.clear()
        wkb = bytes(geometry.asWkb()).hex()
        self.box.server.notify("drawn", tool="draw-" + self.kind, wkb=wkb, valid=geometry.isGeosValid())


class Measure(Sketch):
    """Length, area or angle, on the plane of the map and on the ellipsoid: they differ, and both are told."""

    def __init__(self, canvas, box, kind):
        super().__init__(canvas, box, kind, "#e8590c")  # no pipe has this colour
        self.kind = kind
        self.done = False

    def add(self, point):
        """The first point after a result begins a new one."""
        if self.done:
            self.clear()
            self.done = False
        super().add(point)
        if self.kind == "angle" and len(self.points) == 3:
            self.finish()

    def told_draft(self):
        """The figures so far, with the mouse as last point."""
        if self.points and not self.done:
            self.tell([*self.points, *([self.cursor] if self.cursor else [])], False)

    def finish(self):
        """The figures stay until the next click."""
        if self.points and not self.done:
            self.done = True
            self.cursor = None
            self.band.reset(self.shape)
            for point in self.points:
                self.band.addPoint(point, True)
            self.tell(self.points, True)

    def tell(self, points, final):
        """``planar`` and ``ellipsoidal`` in m, m² or degrees; ``segments`` planar in m."""
        segments = [a.distance(b) for a, b in zip(points[:-1], points[1:])]  # noqa: B905, RUF007 - Python 3.9
        ruler = QgsDistanceArea()
        ruler.setSourceCrs(self.canvas().mapSettings().destinationCrs(), QgsProject.instance().transformContext())
        ruler.setEllipsoid(self.canvas().mapSettings().destinationCrs().ellipsoidAcronym() or "EPSG:7030")
        if self.kind == "length":
            planar, ellipsoidal = sum(segments), ruler.measureLine(points)
        elif self.kind == "area":
            planar = QgsGeometry.fromPolygonXY([points]).area() if len(points) > 2 else 0.0
            ellipsoidal = ruler.measurePolygon(points) if len(points) > 2 else 0.0
        else:
            planar = ellipsoidal = angle(points)
        self.box.server.notify(
            "measured", kind=self.kind, planar=planar, ellipsoidal=ellipsoidal, segments=segments, final=final
        )


def snap(canvas, event, accepting=None):
    """What is snapped to under the mouse, in the view as it is now; ``accepting`` leaves some of it out."""
    utils = canvas.snappingUtils()
    utils.setMapSettings(canvas.mapSettings())  # told at each change of the view, but not before it is drawn
    return utils.snapToMap(event.pos(), accepting)


def on_way(last, along, point):
    """The place nearest to ``point`` on the line through ``last`` in the direction ``along``."""
    far = (point.x() - last.x()) * along[0] + (point.y() - last.y()) * along[1]
    return QgsPointXY(last.x() + far * along[0], last.y() + far * along[1])


def held(points, point):
    """``point`` turned about the last of ``points`` to the nearest eighth of a turn from the segment before."""
    last = points[-1]
    far = hypot(point.x() - last.x(), point.y() - last.y())
    before = atan2(last.y() - points[-2].y(), last.x() - points[-2].x()) if len(points) > 1 else 0.0
    turn = before + round((atan2(point.y() - last.y(), point.x() - last.x()) - before) / (pi / 4)) * (pi / 4)
    return QgsPointXY(last.x() + far * cos(turn), last.y() + far * sin(turn))


def angle(points):
    """The angle at the second of three points, 0 to 180 degrees."""
    if len(points) < 3:
        return 0.0
    a, b, c = points[:3]
    turn = abs(degrees(atan2(a.y() - b.y(), a.x() - b.x()) - atan2(c.y() - b.y(), c.x() - b.x())))
    return 360.0 - turn if turn > 180.0 else turn
