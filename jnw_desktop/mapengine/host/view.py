"""A real QgsMapCanvas nobody sees: its pictures go to the window through the frame file."""

import ctypes
import mmap
from pathlib import Path

import protocol
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsSnappingUtils,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QEvent, QObject, QPoint, QTimer
from qgis.PyQt.QtGui import QColor, QImage, QPainter
from qgis.PyQt.QtWidgets import QFrame

ROOM_M = 50.0  # about what is shown whole, at least
MOST_VIEWS = 100  # to go back to
RENDER_STEP_MS = 120  # how often a picture still being drawn is shown


class View(QObject):
    """The canvas and the frames made of it. ``size`` and events are in logical pixels."""

    def __init__(self, server, tree):
        super().__init__()
        self.server = server
        self.tree = tree
        self.canvas = None
        self.shown = []
        self.over = {}  # layers of overlays, by their ids
        self.seen, self.place = [], -1  # views one can go back to, and the one that is shown
        self.file = None
        self.image = None
        self.free = set()
        self.sequence = 0
        self.painting = False
        self.wanted = False
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self.send_frame)
        self.listeners = []

    # -- requests ----------------------------------------------------------------------------------------------------

    def open(self, width, height, frames, ratio=1.0, background="#f5f4f0"):
        """Make the canvas; ``frames`` is the file its pictures go to."""
        if self.canvas is None:
            self.canvas = self.make_canvas()
        self.ratio = ratio
        self.canvas.setCanvasColor(QColor(background))
        self.map_frames(frames)
        self.canvas.resize(width, height)
        self.canvas.show()
        self.take_layers()
        for listener in self.listeners:
            listener(self.canvas)
        self.want_frame()
        return self.state()

    def make_canvas(self):
        """A canvas set up as a GIS user expects it."""
        canvas = QgsMapCanvas()
        # A frame would make the viewport two pixels smaller than the canvas.
        canvas.setFrameShape(QFrame.Shape.NoFrame)
        canvas.enableAntiAliasing(True)
        canvas.setCachingEnabled(True)
        canvas.setParallelRenderingEnabled(True)
        canvas.setPreviewJobsEnabled(True)
        canvas.setMapUpdateInterval(RENDER_STEP_MS)
        canvas.setWheelFactor(2.0)
        canvas.setSelectionColor(QColor(255, 196, 0, 110))  # what is selected stays readable
        # Not QGIS's own for a canvas: that one shows a progress dialog, and its event loop lets the next click in.
        self.snapping = QgsSnappingUtils(canvas)
        for signal in (canvas.extentsChanged, canvas.layersChanged, canvas.destinationCrsChanged):
            signal.connect(lambda: self.snapping.setMapSettings(canvas.mapSettings()))
        canvas.setSnappingUtils(self.snapping)
        canvas.viewport().installEventFilter(self)
        canvas.viewport().setMouseTracking(True)
        canvas.extentsChanged.connect(self.want_frame)
        canvas.scaleChanged.connect(self.rescaled)
        canvas.mapCanvasRefreshed.connect(self.rendered)
        canvas.renderStarting.connect(lambda: self.server.notify("render.progress", fraction=0.0))
        return canvas

    def resize(self, width, height, frames=None):
        """A new size, and a new frame file where the old is too small."""
        if frames:
            self.map_frames(frames)
        self.canvas.resize(width, height)
        self.want_frame()
        return self.state()

    def set(self, center=None, scale=None, extent=None, rotation=None):
        """Show a place: by centre and scale, or by an extent."""
        canvas = self.canvas
        if rotation is not None:
            canvas.setRotation(rotation)
        if extent is not None:
            canvas.setExtent(QgsRectangle(*extent))
        if center is not None:
            if canvas.extent().isEmpty():  # nothing was shown yet: there is no size to keep
                canvas.setExtent(QgsRectangle.fromCenterAndSize(QgsPointXY(*center), 2 * ROOM_M, 2 * ROOM_M))
            canvas.setCenter(QgsPointXY(*center))
        if scale is not None:
            canvas.zoomScale(scale)
        canvas.refresh()
        return self.state()

    def state(self):
        """What is shown: extent ``[xmin, ymin, xmax, ymax]`` and centre in the CRS, scale, rotation, size.

        ``pixel``: metres of a pixel; of a turned map the extent's width does not tell.
        """
        canvas = self.canvas
        extent = canvas.extent()
        center = canvas.center()
        return {
            "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
            "center": [center.x(), center.y()],
            "scale": canvas.scale(),
            "rotation": canvas.rotation(),
            "pixel": canvas.mapUnitsPerPixel(),
            "width": canvas.width(),
            "height": canvas.height(),
            "magnification": canvas.magnificationFactor(),
        }

    def full(self):
        """Show everything there is; of an empty workspace, the land its CRS is made for."""
        extent = self.tree.extent()
        if extent.isNull() or not extent.isFinite():
            extent = self.land()
        self.canvas.setExtent(extent.buffered(max(0.02 * max(extent.width(), extent.height()), ROOM_M)))
        self.canvas.refresh()
        return self.state()

    def layer(self, id):
        """Show the whole of one layer."""
        layer = self.tree.layers[id]
        crs = self.canvas.mapSettings().destinationCrs()
        extent = QgsCoordinateTransform(layer.crs(), crs, QgsProject.instance()).transformBoundingBox(layer.extent())
        if not extent.isNull() and extent.isFinite():
            self.canvas.setExtent(extent.buffered(max(0.02 * max(extent.width(), extent.height()), ROOM_M)))
            self.canvas.refresh()
        return self.state()

    def land(self):
        """The area of use of the CRS, in its coordinates."""
        crs = self.canvas.mapSettings().destinationCrs()
        degrees = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), crs, QgsProject.instance())
        return degrees.transformBoundingBox(crs.bounds())

    def zoom(self, factor, at=None):
        """Zoom by a factor (over 1 is closer) about the pixel ``at``."""
        canvas = self.canvas
        if at is None:
            canvas.zoomByFactor(1.0 / factor)
        else:
            canvas.zoomByFactor(1.0 / factor, canvas.getCoordinateTransform().toMapCoordinates(int(at[0]), int(at[1])))
        return self.state()

    def history(self, step):
        """The previous (-1) or next (+1) view that was drawn whole; QGIS's own history stays where it is here."""
        place = self.place + step
        if 0 <= place < len(self.seen):
            self.place = place
            extent, rotation = self.seen[place]
            self.canvas.setRotation(rotation)
            self.canvas.setExtent(extent)
            self.canvas.refresh()
        return self.state()

    def remember(self):
        """A view that was drawn whole and is another than the last; the ones that were gone back from are forgotten."""
        now = (QgsRectangle(self.canvas.extent()), self.canvas.rotation())
        if now[0].isEmpty() or (self.seen and alike(now, self.seen[self.place])):
            return
        self.seen = [*self.seen[: self.place + 1], now][-MOST_VIEWS:]
        self.place = len(self.seen) - 1

    def magnify(self, factor):
        """Draw symbols and text larger, the place staying."""
        self.canvas.setMagnificationFactor(factor)
        return self.state()

    # -- layers ------------------------------------------------------------------------------------------------------

    def take_layers(self):
        """Show the tree's layers in its order."""
        if self.canvas is None:
            return
        crs = QgsCoordinateReferenceSystem("EPSG:{}".format(self.tree.crs)) if self.tree.crs else None
        if crs is not None and self.canvas.mapSettings().destinationCrs() != crs:
            self.canvas.setDestinationCrs(crs)
        self.shown = self.tree.visible_layers(scale=self.canvas.scale())
        self.set_layers()
        self.canvas.refresh()

    def lay_over(self, key, layer):
        """Draw ``layer`` over the tree's, under a key; ``None`` takes away what is there."""
        if (key in self.over) or layer is not None:
            self.over.pop(key, None)
            if layer is not None:
                self.over[key] = layer
            self.set_layers()

    def set_layers(self):
        """Give the canvas what it draws, the topmost first."""
        if self.canvas is not None:
            self.canvas.setLayers([*self.over.values(), *self.shown])

    def rescaled(self, scale):
        """Past the scale of an overview other layers are shown."""
        wanted = self.tree.visible_layers(scale=scale)
        if wanted != self.shown:
            self.shown = wanted
            self.set_layers()

    def refresh(self):
        """Draw again what changed."""
        if self.canvas is not None:
            self.canvas.refresh()

    # -- frames ------------------------------------------------------------------------------------------------------

    def map_frames(self, path):
        """Map the frame file the window made."""
        with Path(path).open("r+b") as file:
            self.file = mmap.mmap(file.fileno(), 0)
        self.slot_bytes = protocol.slot_bytes_of(self.file[: protocol.HEADER_BYTES])
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.file))
        self.free = set(range(protocol.SLOTS))

    def eventFilter(self, _watched, event):
        """Whatever repaints the canvas (a pan, a rubber band, a finished picture) is a new frame."""
        if event.type() == QEvent.Type.Paint and not self.painting:
            self.want_frame()
        return False

    def want_frame(self):
        """Send a frame as soon as the event loop is free and the window has given a slot back."""
        self.wanted = True
        if self.free and not self.timer.isActive():
            self.timer.start(0)

    def rendered(self):
        """A picture is finished."""
        self.remember()
        self.server.notify("render.progress", fraction=1.0)
        self.server.notify("view.changed", state=self.state())
        self.want_frame()

    def send_frame(self):
        """Paint the canvas into a free slot and say so."""
        if not self.wanted or not self.free or self.canvas is None:
            return
        canvas = self.canvas
        width, height = round(canvas.width() * self.ratio), round(canvas.height() * self.ratio)
        stride = width * protocol.BYTES_PER_PIXEL
        if stride * height > self.slot_bytes:
            return  # the window grew; it sends a larger file with the size
        self.wanted = False
        slot = min(self.free)
        self.free.discard(slot)
        if self.image is None or (self.image.width(), self.image.height()) != (width, height):
            self.image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        image = self.image
        image.setDevicePixelRatio(self.ratio)
        self.painting = True
        painter = QPainter(image)
        canvas.viewport().render(painter, QPoint(0, 0))
        painter.end()
        self.painting = False
        # A QImage made on foreign memory detaches from it in PyQt 5, so the picture is copied: 1 ms for 1600 × 1000.
        target = self.address + protocol.slot_offset(slot, self.slot_bytes)
        ctypes.memmove(target, int(image.constBits()), stride * height)
        self.sequence += 1
        self.server.notify(
            "frame",
            slot=slot,
            sequence=self.sequence,
            width=width,
            height=height,
            stride=stride,
            ratio=self.ratio,
            state=self.state(),
            final=not canvas.isDrawing(),
        )

    def frame_done(self, slot):
        """The window has taken the frame out of a slot."""
        self.free.add(slot)
        if self.wanted and not self.timer.isActive():
            self.timer.start(0)

    def close(self):
        """Let go of the canvas."""
        if self.canvas is not None:
            self.canvas.stopRendering()
            self.canvas.setLayers([])


def alike(one, other):
    """Whether two views are the same to the eye: less than a thousandth of their width apart."""
    near = one[0].width() * 0.001
    corners = ("xMinimum", "yMinimum", "xMaximum", "yMaximum")
    apart = [abs(getattr(one[0], name)() - getattr(other[0], name)()) for name in corners]
    return max(apart) < near and one[1] == other[1]
