"""The map on paper: one page of vectors by a QGIS layout, and pictures without a view."""

from pathlib import Path

from overlays import geometry_of
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFillSymbol,
    QgsLayoutExporter,
    QgsLayoutItemMap,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLineSymbol,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsMarkerLineSymbolLayer,
    QgsMarkerSymbol,
    QgsNullSymbolRenderer,
    QgsPalLayerSettings,
    QgsPointXY,
    QgsPrintLayout,
    QgsProject,
    QgsProperty,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

POINT_MM = 25.4 / 72.0
TIE = "#862e9c"  # dimension lines
# What an overlay looks like on paper, by role: line colour, fill, width in mm.
PAPER = {
    "result": ("#e8590c", "64,232,89,12", 0.7),
    "selection": ("#c92a2a", "255,212,0,70", 0.7),
    "draft": ("#e8590c", "232,89,12,45", 0.6),
    "highlight": ("#1971c2", "0,165,207,60", 0.8),
}


def print_map(
    tree,
    path,
    width_pt,
    height_pt,
    extent=None,
    center=None,
    scale=None,
    rotation=0.0,
    dpi=288,
    layers=None,
    features=(),
    ties=(),
    names=(),
):
    """A vector PDF of one page of whole points, filled by the map.

    ``features``: overlays of this page, {wkb, role}, and ``line`` (colour) and ``width`` (mm) instead of the role's.
    ``ties``: dimension lines {wkb, label}; ``names`` of places {wkb, label, colour}: lettered where the map's own
    labels leave room.
    Returns extent, scale and ``georeference``: the affine
    (a, b, c, d, e, f) that takes a point of the page (pt from its lower left) to E = ax + by + c, N = dx + ey + f.
    """
    layout = QgsPrintLayout(QgsProject.instance())
    layout.initializeDefaults()
    # Qt 5 rounds a page to whole points: ours is one already, so nothing shifts.
    size = QgsLayoutSize(width_pt, height_pt, QgsUnitTypes.LayoutUnit.LayoutPoints)
    layout.pageCollection().page(0).setPageSize(size)
    layout.renderContext().setDpi(dpi)
    item = QgsLayoutItemMap(layout)
    layout.addLayoutItem(item)
    item.attemptMove(QgsLayoutPoint(0, 0, QgsUnitTypes.LayoutUnit.LayoutPoints))
    item.attemptResize(size)
    item.setFrameEnabled(False)
    item.setCrs(QgsCoordinateReferenceSystem("EPSG:{}".format(tree.crs)))
    item.setBackgroundColor(QColor("white"))
    drawn = [overlay_layer(tree.crs, feature) for feature in features]
    drawn += [make(tree.crs, rows) for make, rows in ((name_layer, names), (tie_layer, ties)) if rows]
    item.setLayers([layer for layer in drawn if layer] + tree.visible_layers(layers))
    item.setKeepLayerSet(True)
    if extent is not None:
        item.zoomToExtent(QgsRectangle(*extent))
    else:
        east, north = center
        half_e, half_n = width_pt * POINT_MM * scale / 2000.0, height_pt * POINT_MM * scale / 2000.0
        item.setExtent(QgsRectangle(east - half_e, north - half_n, east + half_e, north + half_n))
    item.setMapRotation(rotation)
    outcome = QgsLayoutExporter(layout).exportToPdf(path, vector_settings(dpi))
    if outcome != QgsLayoutExporter.ExportResult.Success:
        raise OSError("the map could not be written to {} ({})".format(path, outcome))
    return placement(item, width_pt, height_pt)


def vector_settings(dpi):
    """Lines stay lines and text stays text; what is said of the file is said by the document it goes into."""
    settings = QgsLayoutExporter.PdfExportSettings()
    settings.dpi = dpi
    settings.forceVectorOutput = True
    settings.rasterizeWholeImage = False
    settings.simplifyGeometries = False
    settings.appendGeoreference = False
    settings.exportMetadata = False
    settings.textRenderFormat = Qgis.TextRenderFormat.AlwaysText
    return settings


def placement(item, width_pt, height_pt):
    """Where the printed map is, from the item itself."""
    extent = item.extent()
    told = {
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        "scale": item.scale(),
    }
    # Of the map as it is turned: upper left, upper right, lower right, lower left.
    polygon = item.visibleExtentPolygon()
    (e2, n2), (e1, n1), (e0, n0) = ((polygon[i].x(), polygon[i].y()) for i in (0, 2, 3))
    told["georeference"] = [
        (e1 - e0) / width_pt,
        (e2 - e0) / height_pt,
        e0,
        (n1 - n0) / width_pt,
        (n2 - n0) / height_pt,
        n0,
    ]
    return told


def overlay_layer(crs, feature):
    """One overlay as a layer of its own, drawn over the map."""
    geometry = geometry_of(bytes.fromhex(feature["wkb"]))
    kind = {0: "Point", 1: "LineString", 2: "Polygon"}.get(int(geometry.type()))
    if kind is None:
        return None
    name = ("Multi" if geometry.isMultipart() else "") + kind
    layer = QgsVectorLayer("{}?crs=EPSG:{}".format(name, crs), "overlay", "memory")
    row = QgsFeature()
    row.setGeometry(geometry)
    layer.dataProvider().addFeatures([row])
    line, fill, width = PAPER[feature.get("role", "draft")]
    line, width = feature.get("line", line), feature.get("width", width)
    if kind == "Polygon":
        symbol = QgsFillSymbol.createSimple({"color": fill, "outline_color": line, "outline_width": str(width)})
    elif kind == "LineString":
        symbol = QgsLineSymbol.createSimple({"color": line, "width": str(width)})
    else:
        symbol = QgsMarkerSymbol.createSimple({"color": line, "size": "2.5", "outline_color": "white"})
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    return layer


def tie_layer(crs, ties):
    """Dimension lines as one layer: thin, an arrow at either end, their lengths lettered along them."""
    layer = labelled_layer("LineString", crs, ties)
    symbol = QgsLineSymbol.createSimple({"color": TIE, "width": "0.2"})
    for placement, angle in ((Qgis.MarkerLinePlacement.FirstVertex, 180.0), (Qgis.MarkerLinePlacement.LastVertex, 0.0)):
        arrow = QgsMarkerSymbol.createSimple({"name": "arrowhead", "color": TIE, "outline_color": TIE, "size": "1.6"})
        arrow.setAngle(angle)
        ends = QgsMarkerLineSymbolLayer(True)
        ends.setPlacements(Qgis.MarkerLinePlacements(placement))
        ends.setSubSymbol(arrow)
        symbol.appendSymbolLayer(ends)
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    words = lettering(TIE, 6.5)
    words.placement = Qgis.LabelPlacement.Line
    words.lineSettings().setPlacementFlags(Qgis.LabelLinePlacementFlags(Qgis.LabelLinePlacementFlag.AboveLine))
    layer.setLabeling(QgsVectorLayerSimpleLabeling(words))
    return layer


def name_layer(crs, names):
    """Names of places as one layer that shows nothing else."""
    layer = labelled_layer("Point", crs, names)
    layer.setRenderer(QgsNullSymbolRenderer())
    words = lettering(TIE, 8.0)
    words.placement = Qgis.LabelPlacement.OrderedPositionsAroundPoint
    words.dist = 0.8  # mm
    words.dataDefinedProperties().setProperty(QgsPalLayerSettings.Property.Color, QgsProperty.fromField("colour"))
    layer.setLabeling(QgsVectorLayerSimpleLabeling(words))
    return layer


def labelled_layer(kind, crs, rows):
    """A layer in memory of rows {wkb, label, colour?}."""
    layer = QgsVectorLayer("{}?crs=EPSG:{}&field=label:string&field=colour:string".format(kind, crs), kind, "memory")
    features = []
    for told in rows:
        row = QgsFeature(layer.fields())
        row.setGeometry(geometry_of(bytes.fromhex(told["wkb"])))
        row.setAttributes([told["label"], told.get("colour", TIE)])
        features.append(row)
    layer.dataProvider().addFeatures(features)
    layer.setLabelsEnabled(True)
    return layer


def lettering(colour, size):
    """Labels of the field ``label``, ``size`` pt, on a white halo; they come before the map's own."""
    words = QgsPalLayerSettings()
    words.fieldName = "label"
    words.priority = 9
    look = QgsTextFormat()
    look.setSize(size)
    look.setSizeUnit(Qgis.RenderUnit.Points)
    look.setColor(QColor(colour))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.5)
    look.setBuffer(halo)
    words.setFormat(look)
    return words


def render_image(tree, extent, width, height, path, ratio=1.0):
    """A PNG of an extent, without a view."""
    settings = QgsMapSettings()
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:{}".format(tree.crs)))
    settings.setLayers(tree.visible_layers())
    settings.setOutputSize(QSize(int(width * ratio), int(height * ratio)))
    settings.setOutputDpi(96 * ratio)
    settings.setExtent(QgsRectangle(*extent))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    if not job.renderedImage().save(str(Path(path)), "PNG"):
        raise OSError("the picture could not be written to {}".format(path))
    return {
        "extent": list(extent),
        "center": [QgsPointXY(settings.extent().center()).x(), settings.extent().center().y()],
    }
