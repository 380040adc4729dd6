"""QGIS Desktop finds the company's styles and a project in a copy of the file; others' styles stay theirs."""

import json
import os
import shutil
import sqlite3
import subprocess

import pytest

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.mapengine.forqgis import embedded, give_to_qgis, style_text
from jnw_desktop.workspace import Workspace

LOOK = """
import json, os, sys
from qgis.core import QgsApplication, QgsProject, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
path = sys.argv[1]
layer = QgsVectorLayer(path + "|layername=pipe", "pipe", "ogr")
told = {"pipe": [layer.renderer().type(), [i.label() for i in layer.renderer().legendSymbolItems()]]}
valve = QgsVectorLayer(path + "|layername=valve", "valve", "ogr")
items = valve.renderer().legendSymbolItems()  # they own their symbols
parts = [part for item in items if item.symbol() for part in item.symbol().symbolLayers()]
told["svg"] = sorted({part.path()[:7] for part in parts if part.layerType() == "SvgMarker"})
project = QgsProject()
told["read"] = project.read("geopackage:" + path + "?projectName=JNW")
layers = list(project.mapLayers().values())
told["layers"] = sorted(one.name() for one in layers)
told["valid"] = all(one.isValid() for one in layers)
told["sources"] = sorted({one.source().split("|")[0] for one in layers})
told["crs"] = project.crs().authid()
told["groups"] = [group.name() for group in project.layerTreeRoot().findGroups()]
told["count"] = {one.name(): one.featureCount() for one in layers if one.featureCount()}
told["editable"] = any(not one.readOnly() for one in layers)
box = project.viewSettings().defaultViewExtent()
told["box"] = [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]
told["colour"] = project.mapLayersByName(sys.argv[2])[0].renderer().type()
print(json.dumps(told), flush=True)
os._exit(0)  # PyQGIS may fall over what it takes apart at the end
"""


@pytest.fixture
def file(tmp_path, request):
    place = tmp_path / "城市 1.gpkg"
    Workspace.create(place, title="城市").close()
    return place


@pytest.mark.engine
def test_qgis_shows_the_file_as_the_window_does(city, qgis_python, tmp_path):
    if city.location.path is None:
        with pytest.raises(UsageError):
            give_to_qgis(city, tree=layer_tree())
        return
    tree = layer_tree()
    names = [layer["title"] for group in tree for layer in group["layers"]]
    assert give_to_qgis(city, tree=tree).layers == len(names)
    give_to_qgis(city, tree=tree)  # again: in place of the first
    assert city.verify() == []
    copy = tmp_path / "copy" / city.location.path.name
    copy.parent.mkdir()
    city.backup(copy)
    run = subprocess.run(
        [qgis_python, "-I", "-c", LOOK, copy, "管段"], capture_output=True, text=True, check=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["read"]
    assert told["valid"]
    assert told["layers"] == sorted(names)
    assert told["sources"] == [str(copy)]
    assert (told["crs"], told["editable"]) == ("EPSG:4548", True)
    assert told["groups"] == [group["title"] for group in tree]
    assert (told["count"]["管段"], told["count"]["阀门"]) == (2, 1)
    assert told["box"] == pytest.approx([504900, 4058900, 505100, 4059100])
    assert told["pipe"][0] == told["colour"] != "singleSymbol"
    assert len(told["pipe"][1]) > 3
    assert told["svg"] == ["base64:"]


def test_ogrinfo_has_no_word_of_warning(file):
    if shutil.which("ogrinfo") is None:
        pytest.skip("ogrinfo is not installed")
    with Workspace.open(file) as workspace:
        workspace.keep_for_qgis({"pipe": "<qgis/>"}, b"PK")
    for asked in (["ogrinfo", "-so", file], ["ogrinfo", "-so", file, "layer_styles"], ["ogrinfo", "-al", "-so", file]):
        told = subprocess.run(asked, capture_output=True, text=True, check=True)
        assert told.stderr == ""
    assert (
        "Feature Count: 1"
        in subprocess.run(["ogrinfo", "-so", file, "layer_styles"], capture_output=True, text=True, check=True).stdout
    )


def test_styles_of_others_stay_and_stay_the_default(file):
    with Workspace.open(file, who="li") as workspace:
        workspace.keep_for_qgis({"pipe": "<old/>", "valve": "<old/>"}, b"1")
    with sqlite3.connect(file) as other:
        other.execute(
            "INSERT INTO layer_styles (f_table_name, styleQML, useAsDefault, owner) VALUES ('pipe', 'x', 1, 'wang')"
        )
        other.execute("INSERT INTO qgis_projects VALUES ('mine', '{}', 'ff')")
    other.close()
    with Workspace.open(file) as workspace:
        workspace.keep_for_qgis({"pipe": "<new/>", "valve": "<new/>"}, None)
        assert workspace.history() == []
        assert workspace.verify() == []
    with sqlite3.connect(file) as other:
        styles = other.execute("SELECT f_table_name, styleQML, useAsDefault FROM layer_styles ORDER BY 1, 2").fetchall()
        projects = dict(other.execute("SELECT name, content FROM qgis_projects"))
    other.close()
    assert styles == [("pipe", "<new/>", 0), ("pipe", "x", 1), ("valve", "<new/>", 1)]
    assert projects == {"JNW": b"1".hex(), "mine": "ff"}


def test_symbols_go_along():
    whole = embedded(style_text("valve.qml"))
    assert ".svg" not in whole
    assert 'value="base64:' in whole
    assert embedded('value="none-such.svg"') == 'value="none-such.svg"'
