"""A project for QGIS Desktop: the window's groups and layers with their styles, found beside the project."""

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsProject,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorLayer,
)


def write_project(path, workspace, crs, tree, title, extent=None):
    """Write the project ``path`` (.qgz) over the GeoPackage ``workspace`` in its folder; how many layers it has.

    It is a project of its own: in QGIS Desktop its layers may be edited, and the program finds what was.
    """
    project = QgsProject()
    system = QgsCoordinateReferenceSystem.fromEpsgId(crs)
    project.setCrs(system)
    project.setTitle(title)
    project.setFilePathStorage(Qgis.FilePathType.Relative)
    options = QgsVectorLayer.LayerOptions(True)
    options.loadDefaultStyle = False
    for group in tree:
        node = project.layerTreeRoot().addGroup(group["title"])
        for spec in group["layers"]:
            uri = "{}|layername={}".format(workspace, spec["source"]["table"])
            layer = QgsVectorLayer(uri, spec["title"], "ogr", options)
            if not layer.isValid():
                raise ValueError("{}: {}".format(spec["id"], layer.error().summary()))
            if spec.get("style"):
                layer.loadNamedStyle(spec["style"])
            if spec.get("min_scale"):
                layer.setScaleBasedVisibility(True)
                layer.setMinimumScale(spec["min_scale"])
            project.addMapLayer(layer, False)
            node.addLayer(layer).setItemVisibilityChecked(bool(spec.get("visible", True)))
    if extent is not None:
        project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(QgsRectangle(*extent), system))
    count = len(project.mapLayers())
    written = project.write(path)
    told = project.error()
    project.clear()
    if not written:
        raise ValueError(told or "the project was not written")
    return count
