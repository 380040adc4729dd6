"""What files hold and how they would come in, told before anything is written; several layers settled one by one."""

import zipfile

import numpy as np
import pyproj
import pytest
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.errors import NoCrs, NoSuchLayer, UnreadableFile, WorkspaceAsFile
from jnw_desktop.exchange.exporting import export_file, outlook
from jnw_desktop.exchange.gcj02 import to_gcj02
from jnw_desktop.exchange.importing import import_file
from jnw_desktop.exchange.inspecting import count_rows, describe, look
from jnw_desktop.exchange.mapping import Mapping, read_mapping, write_mapping
from jnw_desktop.facilities.queries import counts
from jnw_desktop.task import Task, TaskCancelled

from .importfiles import EAST, NORTH, at, bring, everything, geojson, line, point, rows, with_gdal

PIPES = [
    ({"管号": "甲1", "管径": 300, "材质": "球墨铸铁", "使用状态": "在用"}, line((0, 0), (50, 0))),
    ({"管号": "甲2", "管径": 200, "材质": "灰口铁", "使用状态": "神秘"}, line((50, 0), (90, 0))),
    ({"管号": "甲3", "管径": "粗", "材质": "球墨铸铁", "使用状态": "在用"}, line((90, 0), (90, 40))),
]


@pytest.fixture
def city(workspace):
    return workspace


def shp(path, rows_, crs="EPSG:4548", **options):
    properties = {name: "int" if isinstance(value, int) else "str:40" for name, value in rows_[0][0].items()}
    schema = {"geometry": rows_[0][1].geom_type, "properties": properties}
    return with_gdal(path, "ESRI Shapefile", schema, rows_, crs, **options)


def test_a_file_is_described(city, tmp_path):
    told = describe(city, [geojson(tmp_path / "管线.geojson", PIPES)])
    (layer,) = told.layers
    assert (layer.rows, layer.more, layer.geometry, layer.kind, layer.fixed) == (3, False, "line", "pipe", False)
    assert layer.chosen
    assert layer.crs.startswith("EPSG:4548 ")
    assert layer.mapping.columns["material"] == "材质"
    assert told.encoding == "utf-8"


def test_a_layer_is_looked_at_and_nothing_is_written(city, tmp_path):
    file = geojson(tmp_path / "管线.geojson", PIPES)
    mapping = describe(city, [file]).layers[0].mapping
    told = look(city, [file], mapping=mapping)
    assert told.samples["材质"] == ["球墨铸铁", "灰口铁"]
    assert (told.looked, told.refused) == (3, 1)
    assert told.rows[0].values["material"] == "QM"
    assert (told.rows[2].number, told.rows[2].values["dn"]) == (3, None)
    assert "粗" in told.rows[2].why
    strange = [word for word in told.words["state"] if word.kept]
    assert [(word.text, word.code, word.count) for word in strange] == [("神秘", None, 1)]
    assert told.extent == (*at(0, 0), *at(90, 0))  # of those that fit
    assert len(told.shapes) == 2
    assert told.problem is None
    assert not rows(city, "pipe")


def test_a_word_is_given_its_code(city, tmp_path):
    file = geojson(tmp_path / "管线.geojson", PIPES)
    mapping = describe(city, [file]).layers[0].mapping
    mapping.values = {"state": {"神秘": "abandoned"}}
    told = look(city, [file], mapping=mapping)
    assert {word.text: word.code for word in told.words["state"]} == {"在用": "in_service", "神秘": "abandoned"}
    import_file(city, [file], choices={"mappings": [mapping]}, rejects=tmp_path / "r.csv")
    assert rows(city, "pipe")["甲2"]["state"] == "abandoned"


def test_a_mapping_that_was_settled_is_the_one_of_the_command(city, tmp_path):
    """The form's mapping saved and given to ``--mapping`` writes the same rows."""
    file = geojson(tmp_path / "x.geojson", [({"a": "P1", "b": 300, "code": "no"}, line((0, 0), (9, 0)))], crs=None)
    mapping = Mapping("pipe", {"code": "a", "dn": "b"}, crs="EPSG:4548", layer="x")
    write_mapping(mapping, tmp_path / "saved.toml")
    done = import_file(city, [file], choices={"mapping": str(tmp_path / "saved.toml")}, dry_run=True)
    settled = import_file(city, [file], choices={"mappings": (read_mapping(tmp_path / "saved.toml"),)})
    assert (done.inserted, settled.inserted) == (1, 1)
    assert done.mappings == settled.mappings
    assert rows(city, "pipe")["P1"]["dn"] == 300


def test_no_crs_is_a_problem_of_the_look(city, tmp_path):
    file = shp(tmp_path / "pipe.shp", [({"code": "P1"}, line((0, 0), (9, 0)))], crs=None)
    mapping = describe(city, [file]).layers[0].mapping
    told = look(city, [file], mapping=mapping)
    assert isinstance(told.problem, NoCrs)
    assert (told.shapes, told.extent) == ([], None)
    assert told.rows[0].values["code"] == "P1"
    mapping.crs = "EPSG:4548"
    assert look(city, [file], mapping=mapping).extent == (*at(0, 0), *at(9, 0))


def test_warnings_of_the_place_are_told(city, tmp_path):
    turned = shapely.LineString([(NORTH, EAST), (NORTH + 9, EAST)])
    file = shp(tmp_path / "pipe.shp", [({"code": "P1"}, turned)])
    told = look(city, [file], mapping=Mapping("pipe", {"code": "code"}, layer="pipe"))
    assert len(told.warnings) == 1
    assert told.extent == (EAST, NORTH, EAST, NORTH + 9)


def test_a_folder_means_its_shapefiles(city, tmp_path):
    folder = tmp_path / "交付"
    folder.mkdir()
    shp(folder / "管线.shp", [({"code": "P1"}, line((0, 0), (9, 0)))])
    shp(folder / "阀门.shp", [({"code": "V1"}, point(0, 0))])
    (folder / "坏.shp").write_bytes(b"nothing")
    (folder / "说明.csv").write_text("a,b\n1,2\n", "utf-8")
    told = describe(city, [folder])
    assert {layer.name: layer.kind for layer in told.layers} == {"管线": "pipe", "阀门": "valve"}
    assert len(told.files) == 2
    assert any("坏" in warning for warning in told.warnings)
    done = import_file(city, told.files, choices={"mappings": [layer.mapping for layer in told.layers]})
    assert done.kinds == {"pipe": 1, "valve": 1}
    assert done.extent == (*at(0, 0), *at(9, 0))
    assert rows(city, "pipe")["P1"]["start_node"] == rows(city, "valve")["V1"]["uid"]
    assert len(city.history()) == 1


def test_an_empty_folder_and_the_workspace_are_refused(city, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFile):
        describe(city, [tmp_path / "empty"])
    if city.location.path is not None:
        with pytest.raises(WorkspaceAsFile):
            describe(city, [city.location.path])


def test_a_layer_that_is_not_there(city, tmp_path):
    file = geojson(tmp_path / "x.geojson", [({"a": 1}, point(0, 0))])
    assert describe(city, [file]).layers[0].kind == ""
    with pytest.raises(NoSuchLayer):
        look(city, [file], mapping=Mapping("node", layer="y"))
    with pytest.raises(NoSuchLayer):
        import_file(city, [file], choices={"mappings": [Mapping("node", layer="y")]})


def test_kinds_of_layers_are_settled(city, tmp_path):
    """A layer that nothing is known of comes in as what the user says."""
    file = geojson(tmp_path / "x.geojson", [({"a": "H1"}, point(0, 0))])
    told = look(city, [file], mapping=Mapping("hydrant", layer="x"), guess=True)
    assert told.mapping.columns == {}
    import_file(city, [file], choices={"mappings": [Mapping("hydrant", {"code": "a"}, layer="x")]})
    assert set(rows(city, "hydrant")) == {"H1"}


def test_rows_are_counted_and_counting_is_cancelled(city, tmp_path):
    file = geojson(tmp_path / "pipe.geojson", PIPES)
    assert count_rows(city, [file]) == {"pipe": 3}
    with pytest.raises(TaskCancelled):
        count_rows(city, [file], task=Task(cancelled=lambda: True))


def test_what_differs_is_told_before_it_is_written(city, tmp_path):
    bring(city, geojson(tmp_path / "a.geojson", PIPES[:2]), "pipe")
    before = everything(city)
    again = [
        ({**PIPES[0][0], "管径": 400}, PIPES[0][1]),
        (PIPES[1][0], line((50, 0), (90, 3))),
        ({"管号": "新", "管径": 100}, line((200, 0), (250, 0))),
    ]
    done = import_file(city, [geojson(tmp_path / "b.geojson", again)], choices={"kind": "pipe"}, dry_run=True)
    assert (done.inserted, done.updated, done.unchanged) == (1, 2, 0)
    assert done.differences.counts == {"pipe.dn": 1, "pipe.geom": 1}
    told = {(row.code, row.field): (row.before, row.after) for row in done.differences.rows}
    assert told == {("甲1", "dn"): (300, 400), ("甲2", "geom"): (None, 3.0)}
    assert everything(city) == before


def test_an_export_is_foretold(city, tmp_path):
    bring(city, geojson(tmp_path / "a.geojson", PIPES[:2]), "pipe")
    told = outlook(city, "x.shp", kinds=["pipe"], where="dn >= 300")
    assert told.kinds == {"pipe": 1}
    assert any("depth_start" in text for text in told.losses)
    assert (told.crs, told.fixed_crs) == (city.crs, False)
    assert outlook(city, "x.kml").crs == 4326
    assert outlook(city, "x.inp").fixed_crs
    made = export_file(city, tmp_path / "out.shp", kinds=["pipe"], where="dn >= 300")
    assert made.kinds == told.kinds
    with pytest.raises(UsageError):
        outlook(city, "x.gpkg", kinds=["pipe"], where="dn >>= 3")


def test_what_is_selected_is_taken_out(city, tmp_path):
    bring(city, geojson(tmp_path / "a.geojson", PIPES[:2]), "pipe")
    fids = [row["fid"] for row in rows(city, "pipe").values()]
    selected = {"pipe": fids[:1], "node": [row["fid"] for row in rows(city, "node").values()]}
    assert outlook(city, "x.gpkg", selected=selected).kinds == {"pipe": 1, "node": 3}
    done = export_file(city, tmp_path / "some.gpkg", selected=selected)
    assert done.kinds == {"pipe": 1, "node": 3}
    assert done.written == 4
    assert counts(city)["pipe"] == 2
    with pytest.raises(UsageError):
        export_file(city, tmp_path / "x.gpkg", selected=selected, where="dn > 1")


def test_points_that_look_shifted_are_told(city, tmp_path):
    names = [f"N{n}" for n in range(5)]
    places = np.array([at(100 * n, 50 * n) for n in range(5)])
    rows_ = [({"code": name}, shapely.Point(place)) for name, place in zip(names, places, strict=True)]
    bring(city, geojson(tmp_path / "a.geojson", rows_), "node")
    degrees = pyproj.Transformer.from_crs(city.crs, 4326, always_xy=True).transform(*places.T)
    shifted = to_gcj02(np.column_stack(degrees))
    rows_ = [({"code": name}, shapely.Point(place)) for name, place in zip(names, shifted, strict=True)]
    file = geojson(tmp_path / "node.geojson", rows_, crs="")
    mapping = Mapping("node", {"code": "code"}, layer="node")
    assert any("GCJ-02" in text for text in look(city, [file], mapping=mapping).warnings)
    mapping.crs = "GCJ-02"
    told = look(city, [file], mapping=mapping)
    assert told.warnings == []
    assert np.allclose(told.extent, [*places[0], *places[-1]], atol=0.5)


def test_a_file_that_was_mended_meanwhile_is_read_again(city, tmp_path):
    file = geojson(tmp_path / "pipe.geojson", PIPES)
    mapping = describe(city, [file]).layers[0].mapping
    assert look(city, [file], mapping=mapping).refused == 1
    geojson(file, PIPES[:2])
    assert look(city, [file], mapping=mapping).refused == 0


def test_files_of_one_name_are_told_apart(city, tmp_path):
    pipes = geojson(tmp_path / "x.geojson", PIPES)
    (tmp_path / "x.csv").write_text("code,x,y\nV1,510000,4057000\n", "utf-8")
    assert describe(city, [pipes]).layers[0].rows == 3
    assert describe(city, [tmp_path / "x.csv"]).layers[0].rows == 1


def test_what_was_packed_is_looked_at_again_and_again(city, tmp_path):
    shp(tmp_path / "管线.shp", [({"code": "P1", "dn": 300}, line((0, 0), (9, 0)))])
    with zipfile.ZipFile(tmp_path / "交付.zip", "w") as archive:
        for part in tmp_path.glob("管线.*"):
            archive.write(part, part.name)
    (layer,) = describe(city, [tmp_path / "交付.zip"]).layers
    for _time in range(2):
        assert look(city, [tmp_path / "交付.zip"], mapping=layer.mapping).rows[0].values["dn"] == 300
    again = look(city, [tmp_path / "交付.zip"], mapping=Mapping("pipe", layer=layer.name), guess=True)
    assert again.mapping.columns == layer.mapping.columns
    assert describe(city, [geojson(tmp_path / "x.geojson", PIPES)]).layers[0].rows == 3


def test_notes_of_a_guess_are_told_once(city, tmp_path):
    """Looking again adds nothing to what was noted before."""
    same = [({"编号": "同", "管径": 100 + n}, line((10 * n, 0), (10 * n + 9, 0))) for n in range(6)]
    file = geojson(tmp_path / "pipe.geojson", same)
    first = look(city, [file], mapping=Mapping("pipe", layer="pipe"), guess=True)
    assert len(first.warnings) == 1
    assert look(city, [file], mapping=Mapping("pipe", layer="pipe"), guess=True).warnings == first.warnings
