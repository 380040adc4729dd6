"""The layers of the map, kept as the window last asked for them."""

import base64
from pathlib import Path

from qgis.core import (
    QgsDataSourceUri,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QBuffer, QIODevice, QSize
from qgis.PyQt.QtGui import QImage

SELECTION = "#ffd400"


class LayerTree:
    """Layers by the window's ids, top first. Everything is opened to read only."""

    def __init__(self, resources, reaching):
        self.styles = Path(resources) / "styles"
        self.reaching = reaching
        self.crs = None
        self.workspace = {}
        self.specs = {}
        self.layers = {}
        self.overviews = {}  # by the id of the layer each stands for at small scales: (path, layer)

    def set(self, crs, tree, workspace=None):
        """Bring the layers to the wanted state; returns for each whether it is ok, why not, and its count."""
        if workspace != self.workspace or crs != self.crs:
            self.drop(list(self.layers))
        self.crs, self.workspace = crs, workspace or {}
        wanted = {spec["id"]: spec for group in tree for spec in group["layers"]}
        same = {key for key, spec in wanted.items() if self.source_of(spec) == self.source_of(self.specs.get(key, {}))}
        self.drop([key for key in self.layers if key not in same])
        told = []
        for key, spec in wanted.items():
            if key not in self.layers:
                self.layers[key] = self.make(spec)
            self.dress(self.layers[key], spec, self.specs.get(key) if key in same else None)
            layer = self.layers[key]
            error = "" if layer.isValid() else (layer.error().summary() or "invalid source")
            count = layer.featureCount() if isinstance(layer, QgsVectorLayer) and layer.isValid() else None
            self.make_overview(key, spec)
            told.append({"id": key, "ok": layer.isValid(), "error": error, "count": count})
        self.layers = {key: self.layers[key] for key in wanted}
        self.specs = wanted
        return {"layers": told}

    @staticmethod
    def source_of(spec):
        """What a layer is made of; two specs with the same can share it."""
        return spec.get("source")

    def make(self, spec):
        """The layer of a spec; it may be invalid, which the window is told."""
        source = spec["source"]
        kind = source["type"]
        if kind == "facility":
            layer = self.facility(spec["title"], source)
        elif kind in ("xyz", "wmts"):
            layer = QgsRasterLayer(tiles_uri(source), spec["title"], "wms")
        else:
            layer = QgsVectorLayer(source["path"], spec["title"], "ogr", read_only())
            if not layer.isValid():
                layer = QgsRasterLayer(source["path"], spec["title"], "gdal")
        QgsProject.instance().addMapLayer(layer, False)
        return layer

    def make_overview(self, key, spec):
        """The layer that stands for a facility's at small scales, from the file its spec names."""
        path = (spec.get("overview") or {}).get("path")
        if key in self.overviews and self.overviews[key][0] == path:
            return
        self.drop_overview(key)
        if path is None:
            return
        layer = QgsVectorLayer("{}|layername={}".format(path, spec["source"]["table"]), key, "ogr", read_only())
        if layer.isValid():  # the file may be gone; the map is right without it
            layer.loadNamedStyle(str(self.styles / spec["style"]))
            layer.setLabelsEnabled(False)
            layer.setOpacity(spec.get("opacity", 1.0))
            QgsProject.instance().addMapLayer(layer, False)
            self.overviews[key] = (path, layer)

    def drop_overview(self, key):
        """Let go of the layer that stands for another."""
        if key in self.overviews:
            QgsProject.instance().removeMapLayer(self.overviews.pop(key)[1])

    def facility(self, title, source):
        """A table of the workspace."""
        if "path" in self.workspace:
            uri = "{}|layername={}".format(self.workspace["path"], source["table"])
            if source.get("subset"):
                uri += "|subset=" + source["subset"]
            return QgsVectorLayer(uri, title, "ogr", read_only())
        home = self.workspace
        uri = QgsDataSourceUri()
        uri.setConnection(
            home["host"],
            str(home["port"]),
            home["database"],
            home["user"],
            home["password"],
            QgsDataSourceUri.decodeSslMode(home["sslmode"]),
        )
        uri.setDataSource(home["schema"], source["table"], "geom", source.get("subset", ""), "fid")
        uri.setSrid(str(self.crs))
        return QgsVectorLayer(uri.uri(False), title, "postgres", read_only())

    def dress(self, layer, spec, before):
        """Style, opacity, labels, scales; only what differs from ``before``."""
        if not layer.isValid():
            return
        style = spec.get("style")
        if style and (before is None or before.get("style") != style):
            layer.loadNamedStyle(str(self.styles / style))  # a plugin's own style is an absolute path, which wins
        if isinstance(layer, QgsVectorLayer):
            layer.setLabelsEnabled(bool(spec.get("labels", True)) and layer.labeling() is not None)
            layer.setReadOnly(True)
        if spec.get("min_scale") or spec.get("max_scale"):
            layer.setScaleBasedVisibility(True)
            layer.setMinimumScale(spec.get("min_scale") or 0)
            layer.setMaximumScale(spec.get("max_scale") or 0)
        layer.setOpacity(spec.get("opacity", 1.0))

    def drop(self, keys):
        """Take layers away."""
        for key in keys:
            self.drop_overview(key)
            QgsProject.instance().removeMapLayer(self.layers.pop(key))
            self.specs.pop(key, None)

    def change(self, id, visible=None, opacity=None, labels=None):
        """Change how one layer is shown."""
        changes = {"visible": visible, "opacity": opacity, "labels": labels}
        spec = {**self.specs[id], **{key: value for key, value in changes.items() if value is not None}}
        self.dress(self.layers[id], spec, self.specs[id])
        if id in self.overviews:
            self.overviews[id][1].setOpacity(spec.get("opacity", 1.0))
        self.specs[id] = spec

    def refresh(self, ids):
        """Read tables again after a commit."""
        for key in ids:
            layer = self.layers.get(key)
            if layer is not None and layer.isValid():
                layer.dataProvider().reloadData()
                layer.triggerRepaint()

    def visible_layers(self, keys=None, scale=0.0):
        """Valid layers that are switched on, top first; at the scale (its denominator) their overviews may stand in."""
        return [
            self.overviews[key][1] if self.is_overview(key, scale) else layer
            for key, layer in self.layers.items()
            if layer.isValid()
            and (key in keys if keys is not None else self.specs[key].get("visible", True))
            and self.reaching.answers(self.specs[key])
        ]

    def is_overview(self, key, scale):
        """Whether another layer stands for this one at the scale."""
        return key in self.overviews and scale > self.specs[key]["overview"]["scale"]

    def vector_layers(self):
        """Pairs of id and layer that can be asked for features, as shown, top first."""
        return [
            (key, layer)
            for key, layer in self.layers.items()
            if isinstance(layer, QgsVectorLayer) and layer.isValid() and self.specs[key].get("visible", True)
        ]

    def id_of(self, layer):
        """The window's id of a layer."""
        return next((key for key, known in self.layers.items() if known is layer or known.id() == layer.id()), None)

    def extent(self):
        """The extent of all layers of the workspace."""
        whole = QgsRectangle()
        for key, layer in self.layers.items():
            if layer.isValid() and self.specs[key]["source"]["type"] == "facility":
                extent = layer.extent()
                if not extent.isNull() and extent.isFinite():  # a lone hydrant has a place and no size
                    whole.combineExtentWith(extent)
        return whole

    def select(self, layers):
        """Show features as selected: ids of layers to lists of fid."""
        for key, layer in self.vector_layers():
            wanted = layers.get(key.partition("@")[0], [])  # a saved filter's layer shows some of its kind
            if wanted or layer.selectedFeatureCount():
                layer.selectByIds(wanted)
        return True

    def legend(self, id, size=16):
        """The legend's rows of a layer: label and PNG in base64."""
        layer = self.layers[id]
        rows = []
        if not isinstance(layer, QgsVectorLayer) or layer.renderer() is None:
            return rows
        for item in layer.renderer().legendSymbolItems():
            if item.symbol() is None or item.label() in {row["label"] for row in rows}:
                continue  # a class that looks otherwise at a small scale is shown as it is near
            image = item.symbol().asImage(QSize(size * 2, size * 2))
            rows.append({"label": item.label(), "png": png(image)})
        return rows


def tiles_uri(source):
    """What QGIS's provider of tiles wants to be told."""
    uri = QgsDataSourceUri()
    if source["type"] == "xyz":
        told = {"type": "xyz", "zmin": source.get("zmin", 0), "zmax": source.get("zmax", 18)}
    else:
        told = {"layers": source["layer"], "tileMatrixSet": source["matrix"], "styles": "", "format": "image/png"}
        told.update({"crs": source.get("crs", "EPSG:3857"), "dpiMode": 7, "contextualWMSLegend": 0})
    for name, value in {**told, "url": source["url"]}.items():
        uri.setParam(name, str(value))
    return bytes(uri.encodedUri()).decode()  # only QGIS knows which signs of an address it wants encoded


def read_only():
    """Options of a vector layer that is never written: QGIS opens a GeoPackage for writing by default."""
    options = QgsVectorLayer.LayerOptions(True)
    options.forceReadOnly = True
    options.loadDefaultStyle = False
    return options


def png(image: QImage) -> str:
    """A picture as PNG in base64."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return base64.b64encode(bytes(buffer.data())).decode("ascii")
