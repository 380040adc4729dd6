"""The peer: a stock QGIS canvas on the same tables with the same styles, in QGIS's own Python.

``python3 stock.py``: reads one JSON object from standard input {crs, path, layers: [{table, style, min_scale}], styles,
symbols, extent, width, height, times} and prints {"seconds": [...]}: from asking for the view to its finished picture.
"""

import json
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QEventLoop


def main() -> None:
    """Draw the extent some times and print how long each took."""
    told = json.load(sys.stdin)
    application = QgsApplication([], True)
    application.initQgis()
    QgsApplication.setDefaultSvgPaths([told["symbols"], *QgsApplication.svgPaths()])
    layers = []
    for spec in told["layers"]:
        layer = QgsVectorLayer("{}|layername={}".format(told["path"], spec["table"]), spec["table"], "ogr")
        layer.loadNamedStyle(os.path.join(told["styles"], spec["style"]))  # noqa: PTH118 - Python 3.9, like the host
        if spec["min_scale"]:
            layer.setScaleBasedVisibility(True)
            layer.setMinimumScale(spec["min_scale"])
        QgsProject.instance().addMapLayer(layer, False)
        layers.append(layer)
    canvas = QgsMapCanvas()
    canvas.resize(told["width"], told["height"])
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:{}".format(told["crs"])))
    canvas.setParallelRenderingEnabled(True)
    canvas.setCachingEnabled(True)
    canvas.setPreviewJobsEnabled(False)
    canvas.show()
    canvas.setLayers(layers)
    canvas.setExtent(QgsRectangle(*told["extent"]))
    seconds = []
    for _ in range(told["times"]):
        canvas.clearCache()
        loop = QEventLoop()
        canvas.mapCanvasRefreshed.connect(loop.quit)
        began = time.perf_counter()
        canvas.redrawAllLayers()
        loop.exec_() if hasattr(loop, "exec_") else loop.exec()
        seconds.append(time.perf_counter() - began)
        canvas.mapCanvasRefreshed.disconnect(loop.quit)
    print(json.dumps({"seconds": seconds}))  # noqa: T201 - the answer
    sys.stdout.flush()
    os._exit(0)


main()
