"""Heights out of a raster of elevations, at places."""

import math

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY, QgsProject, QgsRasterLayer


def sample(path, crs, points, own=None):
    """The value of the first band's cell at each of ``points`` ([E, N] in EPSG:``crs``), null where it has none.

    ``own``: EPSG code of a raster that states no CRS. Returns ``valid`` (it can be read), ``crs`` (what it states, or
    ``own``, or null: then nothing is sampled) and ``values``.
    """
    layer = QgsRasterLayer(path, "ground")
    if not layer.isValid():
        return {"valid": False, "crs": None, "values": []}
    system = layer.crs()
    if not system.isValid() and own is not None:
        system = QgsCoordinateReferenceSystem("EPSG:{}".format(own))
    if not system.isValid():
        return {"valid": True, "crs": None, "values": []}
    there = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:{}".format(crs)), system, QgsProject.instance().transformContext()
    )
    provider = layer.dataProvider()
    values = []
    for east, north in points:
        value, known = provider.sample(there.transform(QgsPointXY(east, north)), 1)
        values.append(value if known and math.isfinite(value) else None)
    return {"valid": True, "crs": system.authid() or system.description(), "values": values}
