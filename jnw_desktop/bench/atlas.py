"""The peer of a guide: a QGIS atlas of the same sheets from the same tables with the same styles, in QGIS's own Python.

``python3 atlas.py``: reads one JSON object from standard input {crs, path, layers: [{table, style, min_scale}], styles,
symbols, width_pt, height_pt, sheets: [{center, scale}], out} and prints {"seconds": …}: from opening the project's
layers to the finished PDF.
"""

import json
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsPrintLayout,
    QgsProject,
    QgsRectangle,
    QgsUnitTypes,
    QgsVectorLayer,
)

POINT_M = 0.0254 / 72.0
SIDE = 200.0  # pt beside the map for legend and scale


def main() -> None:
    """Make the atlas once."""
    told = json.load(sys.stdin)
    application = QgsApplication([], True)
    application.initQgis()
    QgsApplication.setDefaultSvgPaths([told["symbols"], *QgsApplication.svgPaths()])
    began = time.perf_counter()
    project = QgsProject.instance()
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:{}".format(told["crs"])))
    layers = [open_layer(project, told, spec) for spec in told["layers"]]
    export(project, told, layers, cover_of(told))
    print(json.dumps({"seconds": time.perf_counter() - began}))  # noqa: T201 - the answer
    sys.stdout.flush()
    os._exit(0)


def open_layer(project, told, spec):  # noqa: ANN001, ANN201 - PyQGIS has no types
    """A table with its style for paper, where there is one."""
    layer = QgsVectorLayer("{}|layername={}".format(told["path"], spec["table"]), spec["table"], "ogr")
    paper = os.path.join(told["styles"], "paper", spec["style"])  # noqa: PTH118 - Python 3.9, like the host
    plain = os.path.join(told["styles"], spec["style"])  # noqa: PTH118
    layer.loadNamedStyle(paper if os.path.isfile(paper) else plain)  # noqa: PTH113
    if spec["min_scale"]:
        layer.setScaleBasedVisibility(True)
        layer.setMinimumScale(spec["min_scale"])
    project.addMapLayer(layer, True)
    return layer


def cover_of(told):  # noqa: ANN001, ANN201
    """The atlas's layer: a box and a scale for each sheet."""
    layer = QgsVectorLayer("Polygon?crs=EPSG:{}&field=scale:double".format(told["crs"]), "sheets", "memory")
    rows = []
    for sheet in told["sheets"]:
        (east, north), scale = sheet["center"], sheet["scale"]
        half_e, half_n = (told[side] * POINT_M * scale / 2 for side in ("width_pt", "height_pt"))
        row = QgsFeature(layer.fields())
        row.setGeometry(
            QgsGeometry.fromRect(QgsRectangle(east - half_e, north - half_n, east + half_e, north + half_n))
        )
        row.setAttributes([scale])
        rows.append(row)
    layer.dataProvider().addFeatures(rows)
    return layer


def export(project, told, layers, cover):  # noqa: ANN001, ANN201
    """A page for each sheet: map, legend of what is on it, scale bar, title."""
    points = QgsUnitTypes.LayoutUnit.LayoutPoints
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    size = QgsLayoutSize(told["width_pt"] + SIDE, told["height_pt"], points)
    layout.pageCollection().page(0).setPageSize(size)
    layout.renderContext().setDpi(288)
    item = QgsLayoutItemMap(layout)
    layout.addLayoutItem(item)
    item.attemptMove(QgsLayoutPoint(0, 0, points))
    item.attemptResize(QgsLayoutSize(told["width_pt"], told["height_pt"], points))
    item.setLayers(layers)
    item.setKeepLayerSet(True)
    item.setAtlasDriven(True)
    item.setAtlasScalingMode(QgsLayoutItemMap.AtlasScalingMode.Auto)
    item.setAtlasMargin(0.0)
    legend = QgsLayoutItemLegend(layout)
    legend.setLinkedMap(item)
    legend.setLegendFilterByMapEnabled(True)
    bar = QgsLayoutItemScaleBar(layout)
    bar.setLinkedMap(item)
    title = QgsLayoutItemLabel(layout)
    title.setText("[% @atlas_featurenumber %]")
    for at, part in ((0, title), (30, bar), (80, legend)):
        layout.addLayoutItem(part)
        part.attemptMove(QgsLayoutPoint(told["width_pt"] + 10, at, points))
    atlas = layout.atlas()
    atlas.setCoverageLayer(cover)
    atlas.setEnabled(True)
    settings = QgsLayoutExporter.PdfExportSettings()
    settings.dpi = 288
    settings.forceVectorOutput = True
    outcome, why = QgsLayoutExporter.exportToPdf(atlas, told["out"], settings)
    if outcome != QgsLayoutExporter.ExportResult.Success:
        raise OSError(why)


main()
