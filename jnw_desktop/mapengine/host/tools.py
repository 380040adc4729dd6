"""The map's tools by the window's names, one active at a time."""

from playing import Player
from qgis.core import Qgis, QgsGeometry, QgsProject, QgsSnappingConfig, QgsTolerance
from qgis.gui import QgsMapTool, QgsMapToolExtent, QgsMapToolIdentify, QgsMapToolPan, QgsMapToolZoom
from qgis.PyQt.QtCore import Qt
from reshaping import Reshape
from selecting import SelectByClick, SelectByPolygon, SelectByRadius, SelectByRectangle
from sketching import Draw, Measure, Sketch

MOST_HITS = 50  # of one click; more cannot be told apart by eye


class ToolBox:
    """Makes a tool when it is asked for and tells the window what it found."""

    def __init__(self, server, view, tree):
        self.server = server
        self.view = view
        self.tree = tree
        self.player = Player(view, self.hovered)
        self.snapping = {"enabled": False, "tolerance_px": 12, "layers": []}
        self.tool = None
        self.wanted = ("pan", {})
        view.listeners.append(lambda _canvas: self.set(*self.wanted[:1], **self.wanted[1]))

    def makers(self):
        """A maker for each tool's name."""
        canvas = self.view.canvas
        return {
            "pan": lambda: QgsMapToolPan(canvas),
            "zoom-in": lambda: Zoom(canvas, self, False),
            "zoom-out": lambda: Zoom(canvas, self, True),
            "rotate": lambda: Rotate(canvas, self),
            "identify": lambda: Identify(canvas, self),
            "pick": lambda: Pick(canvas, self, **self.wanted[1]["options"]),
            "select-click": lambda: SelectByClick(canvas, self),
            "select-rectangle": lambda: SelectByRectangle(canvas, self),
            "select-polygon": lambda: SelectByPolygon(canvas, self),
            "select-radius": lambda: SelectByRadius(canvas, self),
            "measure-length": lambda: Measure(canvas, self, "length"),
            "measure-area": lambda: Measure(canvas, self, "area"),
            "measure-angle": lambda: Measure(canvas, self, "angle"),
            "draw-point": lambda: Draw(canvas, self, "point", **self.wanted[1]["options"]),
            "draw-line": lambda: Draw(canvas, self, "line"),
            "draw-reshape": lambda: Reshape(canvas, self, **self.wanted[1]["options"]),
            "draw-rectangle": lambda: DragRectangle(canvas, self),
            "draw-polygon": lambda: Draw(canvas, self, "polygon"),
        }

    def set(self, tool, options=None):
        """Make ``tool`` the active one."""
        self.wanted = (tool, {"options": options or {}})
        if self.view.canvas is None:
            return True
        made = self.makers()[tool]()
        self.view.canvas.setMapTool(made)
        self.tool = made  # the canvas does not own it
        return True

    def sketch(self, step, at=None, way=""):
        """Go on with what is drawn: a ``vertex`` ``at`` [E, N], one ``back``, ``hold`` a ``way``, or ``finish``.

        False: nothing is drawn.
        """
        if not isinstance(self.tool, Sketch):
            return False
        if step == "vertex":
            self.tool.vertex(*at)
        elif step == "back":
            self.tool.back()
        elif step == "hold":
            self.tool.hold(way)
        else:
            self.tool.finish()
        return True

    def left(self):
        """Esc: the tool is left for panning, and the window told so."""
        name = self.wanted[0]
        self.set("pan")
        self.server.notify("tool.left", tool=name)

    def layers_at_scale(self):
        """Layers that are drawn at the view's scale and can be asked for features, top first."""
        scale = self.view.canvas.scale()
        return [layer for _key, layer in self.tree.vector_layers() if layer.isInScaleRange(scale)]

    def hovered(self, x, y):
        """The mouse rests: tell what lies under it, unless something is being drawn or measured."""
        if self.view.canvas is None or self.wanted[0].startswith(("draw-", "measure-")):
            return
        asking = QgsMapToolIdentify(self.view.canvas)
        mode = QgsMapToolIdentify.IdentifyMode.TopDownAll
        found = meant(asking.identify(int(x), int(y), self.layers_at_scale(), mode))
        if found:
            hit = found[0]
            self.server.notify("tip", x=x, y=y, layer=self.tree.id_of(hit.mLayer), fid=hit.mFeature.id())

    def configure_snapping(self, enabled, tolerance_px=12, layers=()):
        """Snap to vertices and segments of the named layers (all when none is named)."""
        config = QgsSnappingConfig(QgsProject.instance())
        config.setEnabled(enabled)
        config.setMode(QgsSnappingConfig.SnappingMode.AdvancedConfiguration)
        kinds = Qgis.SnappingType.Vertex | Qgis.SnappingType.Segment
        for key, layer in self.tree.vector_layers():
            on = enabled and (not layers or key in layers)
            settings = QgsSnappingConfig.IndividualLayerSettings(on, kinds, tolerance_px, QgsTolerance.UnitType.Pixels)
            config.setIndividualLayerSettings(layer, settings)
        QgsProject.instance().setSnappingConfig(config)
        if self.view.canvas is not None:
            self.view.canvas.snappingUtils().setConfig(config)
        return True


def meant(hits):
    """Hits in the order in which a click means them: points, lines, areas, and of each the topmost first.

    A site lies over the pipes in it, and most clicks in it are for a pipe.
    """
    return sorted(hits, key=lambda hit: int(hit.mLayer.geometryType()))


class Identify(QgsMapToolIdentify):
    """A click tells what lies there, what it means most likely first."""

    told = "identified"

    def __init__(self, canvas, box):
        super().__init__(canvas)
        self.box = box

    def layers(self):
        """Those that are asked, top first."""
        return self.box.layers_at_scale()

    def canvasReleaseEvent(self, event):
        """Ask QGIS for what lies under the pixel."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        mode = QgsMapToolIdentify.IdentifyMode.TopDownAll
        found = meant(self.identify(int(event.pos().x()), int(event.pos().y()), self.layers(), mode))
        at = self.toMapCoordinates(event.pos())
        hits = [{"layer": self.box.tree.id_of(hit.mLayer), "fid": hit.mFeature.id()} for hit in found[:MOST_HITS]]
        self.box.server.notify(self.told, at=[at.x(), at.y()], hits=hits)

    def keyPressEvent(self, event):
        """Esc leaves the tool."""
        if event.key() == Qt.Key.Key_Escape:
            self.box.left()


class Pick(Identify):
    """A click tells what lies there of the layers that are asked for; the window goes back to another tool."""

    told = "picked"

    def __init__(self, canvas, box, layers):
        super().__init__(canvas, box)
        self.wanted = layers

    def layers(self):
        """Those asked for, top first."""
        return [layer for layer in self.box.layers_at_scale() if self.box.tree.id_of(layer) in self.wanted]


class DragRectangle(QgsMapToolExtent):
    """Dragging draws a rectangle, which the window gets as a polygon."""

    def __init__(self, canvas, box):
        super().__init__(canvas)
        self.box = box
        self.extentChanged.connect(self.dragged)

    def dragged(self, extent):
        """Give it to the window; a click without a drag is nothing."""
        if not extent.isEmpty():
            wkb = bytes(QgsGeometry.fromRect(extent).asWkb()).hex()
            self.clearRubberBand()
            self.box.server.notify("drawn", tool="draw-rectangle", wkb=wkb, valid=True)

    def keyPressEvent(self, event):
        """Esc leaves the tool."""
        if event.key() == Qt.Key.Key_Escape:
            self.box.left()


class Zoom(QgsMapToolZoom):
    """QGIS's own, which Esc leaves."""

    def __init__(self, canvas, box, out):
        super().__init__(canvas, out)
        self.box = box

    def keyPressEvent(self, event):
        """Esc leaves the tool."""
        if event.key() == Qt.Key.Key_Escape:
            self.box.left()


class Rotate(QgsMapTool):
    """Dragging turns the map about its middle."""

    def __init__(self, canvas, box):
        super().__init__(canvas)
        self.box = box
        self.began = None

    def keyPressEvent(self, event):
        """Esc leaves the tool."""
        if event.key() == Qt.Key.Key_Escape:
            self.box.left()

    def bearing(self, event):
        """Degrees from the middle of the map to the mouse, clockwise from north."""
        from math import atan2, degrees

        canvas = self.canvas()
        return degrees(atan2(event.pos().x() - canvas.width() / 2, canvas.height() / 2 - event.pos().y()))

    def canvasPressEvent(self, event):
        """Remember where the turn began."""
        self.began = (self.bearing(event), self.canvas().rotation())

    def canvasMoveEvent(self, event):
        """Turn with the mouse."""
        if self.began is not None:
            self.canvas().setRotation((self.began[1] + self.bearing(event) - self.began[0]) % 360.0)

    def canvasReleaseEvent(self, event):
        """Turn for the last time and draw."""
        self.canvasMoveEvent(event)
        self.began = None
        self.canvas().refresh()
