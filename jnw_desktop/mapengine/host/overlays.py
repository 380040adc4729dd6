"""What lies over the layers and is in no table: results, drafts, highlights. Kept as WKB, drawn as rubber bands."""

from qgis.core import QgsGeometry, QgsWkbTypes
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


class Overlays:
    """Overlays by the window's ids."""

    def __init__(self, view):
        self.view = view
        self.wanted = {}
        self.bands = {}
        view.listeners.append(lambda _canvas: self.draw_all())

    def set(self, id, role, features, style=None):
        """Show ``features`` ({wkb in hex}) under an id; what was shown under it goes."""
        self.clear(id)
        self.wanted[id] = (role, features, style or {})
        if self.view.canvas is not None:
            self.draw(id)
        return True

    def clear(self, id):
        """Take an overlay away."""
        self.wanted.pop(id, None)
        for band in self.bands.pop(id, []):
            self.view.canvas.scene().removeItem(band)
        return True

    def draw_all(self):
        """Draw what was asked for before there was a canvas."""
        for key in self.wanted:
            self.draw(key)

    def draw(self, key):
        """One rubber band for each geometry type."""
        role, features, style = self.wanted[key]
        line, fill, width = ROLES[role]
        bands = {}
        for feature in features:
            geometry = geometry_of(feature["wkb"])
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


def geometry_of(text):
    """A geometry of WKB in hex."""
    geometry = QgsGeometry()
    geometry.fromWkb(bytes.fromhex(text))
    return geometry
