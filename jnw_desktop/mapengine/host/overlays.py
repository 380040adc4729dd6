"""What lies over the layers and is in no table: results, drafts, highlights. Kept as WKB, drawn as rubber bands.

A rubber band goes through all its points at every move of the map; lines in many parts are a layer with an index.
"""

import pathlib
import struct

from qgis.core import QgsFeature, QgsGeometry, QgsLineSymbol, QgsSingleSymbolRenderer, QgsVectorLayer, QgsWkbTypes
from qgis.gui import QgsRubberBand
from qgis.PyQt.QtGui import QColor

# Line, fill and width in pixels for each role.
ROLES = {
    "result": ("#e8590c", "#40e8590c", 5),
    "selection": ("#ffb300", "#50ffd400", 5),
    "draft": ("#c2255c", "#30c2255c", 2),
    "highlight": ("#00a5cf", "#4000a5cf", 6),
    "frame": ("#c2255c", "#00ffffff", 2),
}

LINES = QgsWkbTypes.GeometryType.LineGeometry
PARTS = 200  # lines from which on they are a layer


class Overlays:
    """Overlays by the window's ids."""

    def __init__(self, view):
        self.view = view
        self.wanted = {}
        self.bands = {}
        view.listeners.append(lambda _canvas: self.draw_all())

    def set(self, id, role, features=(), style=None, file=None):
        """Show ``features`` ({wkb in hex}), or those in a ``file``, under an id; what was shown under it goes."""
        self.clear(id)
        self.wanted[id] = (role, features, style or {}, file)
        if self.view.canvas is not None:
            self.draw(id)
        return True

    def clear(self, id):
        """Take an overlay away."""
        self.wanted.pop(id, None)
        for band in self.bands.pop(id, []):
            self.view.canvas.scene().removeItem(band)
        self.view.lay_over(id, None)
        return True

    def draw_all(self):
        """Draw what was asked for before there was a canvas."""
        for key in self.wanted:
            self.draw(key)

    def draw(self, key):
        """One rubber band for each geometry type, or a layer."""
        role, features, style, file = self.wanted[key]
        line, fill, width = ROLES[role]
        shapes = [bytes.fromhex(feature["wkb"]) for feature in features] if file is None else shapes_in(file)
        if len(shapes) >= PARTS and geometry_of(shapes[0]).type() == LINES:
            colour, pixels = style.get("line", line), style.get("width", width)
            self.view.lay_over(key, line_layer(key, self.view.tree.crs, shapes, colour, pixels))
            return
        bands = {}
        for wkb in shapes:
            geometry = geometry_of(wkb)
            kind = geometry.type()
            if kind not in bands:
                band = QgsRubberBand(self.view.canvas, kind)
                band.setStrokeColor(QColor(style.get("line", line)))
                band.setFillColor(QColor(style.get("fill", fill)))
                band.setWidth(style.get("width", width))
                if kind == QgsWkbTypes.GeometryType.PointGeometry:
                    band.setIcon(QgsRubberBand.IconType.ICON_CIRCLE)
                    band.setIconSize(style.get("size", 14))
                bands[kind] = band
            bands[kind].addGeometry(geometry, None, False)
        for band in bands.values():
            band.updateCanvas() if hasattr(band, "updateCanvas") else band.update()
            band.show()
        self.bands[key] = list(bands.values())


def line_layer(name, crs, shapes, colour, width):
    """A layer in memory of lines (WKB), ``width`` pixels wide."""
    layer = QgsVectorLayer("MultiLineString?crs=EPSG:{}&index=yes".format(crs), name, "memory")
    rows = []
    for wkb in shapes:
        row = QgsFeature()
        geometry = geometry_of(wkb)
        geometry.convertToMultiType()
        row.setGeometry(geometry)
        rows.append(row)
    layer.dataProvider().addFeatures(rows)
    simple = {"line_color": colour, "line_width": str(width), "line_width_unit": "Pixel", "capstyle": "round"}
    layer.setRenderer(QgsSingleSymbolRenderer(QgsLineSymbol.createSimple(simple)))
    return layer


def shapes_in(file):
    """WKB in a file, each after its length in four bytes; none where whoever held the file let it go."""
    path = pathlib.Path(file)
    data = path.read_bytes() if path.exists() else b""
    shapes, at = [], 0
    while at + 4 <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        shapes.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return shapes


def geometry_of(wkb):
    """A geometry of WKB."""
    geometry = QgsGeometry()
    geometry.fromWkb(wkb)
    return geometry
