"""Export: each format read back by somebody else's reader, and what is refused."""

import json
import sqlite3
import subprocess
import sys
import warnings
from xml.etree import ElementTree

import ezdxf
import openpyxl
import pyproj
import pytest
import shapely
import shapely.affinity
import shapely.geometry

from jnw_desktop.commandline.program import run
from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.errors import CannotWrite, WorkspaceAsFile
from jnw_desktop.exchange.exporting import FORMATS, export_file, losses
from jnw_desktop.exchange.mapping import short_name
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

from ..facilities.citykit import build

# Fiona stays out of the process that has a workspace open: the reader is a process of its own.
READ = """
import fiona, json, sys
found = {}
for layer in fiona.listlayers(sys.argv[1]):
    with fiona.open(sys.argv[1], layer=layer) as source:
        found[layer] = {
            "crs": source.crs.to_epsg(),
            "schema": dict(source.schema["properties"]), "geometry": source.schema["geometry"],
            "rows": [dict(row["properties"], at=row["geometry"].__geo_interface__) for row in source],
        }
print(json.dumps(found, default=str))
"""


def read(path):
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


def square(low, high):
    return shapely.box(low, low, high, high)


@pytest.fixture
def city(workspace):
    """Two sources, pipes with a bend, a zone with a hole in one of its two parts, text of every sort."""
    uids = build(
        workspace,
        "S1 -p1- V1 -p2- a -p3- b\nV1 -p4- c\nx -p5- y",
        p1={"dn": 600, "material": "QM", "road": "经十路", "year": 1998, "survey_date": "2020-01-31"},
        p2={"dn": 300, "note": "=1+1", "material": "PE", "depth_start": 1.1, "accuracy_position": None},
        p3={"dn": 300, "note": "两行\n第二行 <&> \"'"},
        p5={"state": "abandoned"},
    )
    whole = shapely.MultiPolygon([square(0, 100).difference(square(40, 60)), square(200, 300)])
    zone = shapely.affinity.translate(whole, 500000, 4060000)
    with workspace.change("test") as change:
        rows = [{"code": "D1", "name": "一区", "level": 2, "geom": shapely.to_wkb(zone)}]
        change.insert(KINDS["dma"].table, rows)
        meter = {"code": "m1", "remote": True, "geom": shapely.to_wkb(shapely.Point(500000, 4060000))}
        (uids["m1"],) = change.insert(KINDS["meter"].table, [meter])
    return workspace, uids, zone


ALL = {"pipe": 5, "node": 5, "valve": 1, "waterworks": 1, "dma": 1, "meter": 1}


def test_geopackage(city, tmp_path):
    workspace, uids, zone = city
    done = export_file(workspace, tmp_path / "out.gpkg")
    assert (done.written, done.kinds, done.files) == (14, ALL, [str(tmp_path / "out.gpkg")])
    found = read(tmp_path / "out.gpkg")
    assert {name: len(layer["rows"]) for name, layer in found.items()} == ALL
    pipes = found["pipe"]
    assert (pipes["crs"], pipes["geometry"]) == (4548, "LineString")
    assert (pipes["schema"]["code"], pipes["schema"]["survey_date"], found["meter"]["schema"]["remote"]) == (
        "str", "date", "bool",
    )  # fmt: skip
    rows = {row["code"]: row for row in pipes["rows"]}
    assert rows["p1"]["uid"] == uids["p1"]
    assert rows["p1"]["road"] == "经十路"
    assert rows["p1"]["survey_date"] == "2020-01-31"
    assert (rows["p1"]["start_node"], rows["p1"]["end_node"]) == ("waterworks:S1", "valve:V1")
    assert rows["p3"]["note"] == "两行\n第二行 <&> \"'"
    assert rows["p2"]["accuracy_position"] is None
    assert rows["p1"]["at"]["coordinates"] == [[500000.0, 4060000.0], [500100.0, 4060000.0]]
    assert shapely.equals(shapely.geometry.shape(found["dma"]["rows"][0]["at"]), zone)
    with sqlite3.connect(tmp_path / "out.gpkg") as other:
        (kind,) = next(row[2:3] for row in other.execute("PRAGMA table_info(pipe)") if row[1] == "code")
        assert kind.upper() == "TEXT"
    other.close()
    assert sorted(path.name for path in tmp_path.iterdir() if "city" not in path.name) == ["out.gpkg"]


def test_geopackage_is_read_by_gdals_own_tools(city, tmp_path):
    export_file(city[0], tmp_path / "out.gpkg", kinds=["pipe", "valve"], crs="EPSG:4326")
    try:
        told = subprocess.run(
            ["ogrinfo", "-so", "-al", tmp_path / "out.gpkg"], capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        pytest.skip("ogrinfo is not installed")
    assert "Layer name: pipe" in told.stdout
    assert "Layer name: valve" in told.stdout
    assert "Feature Count: 5" in told.stdout
    assert "code: String" in told.stdout
    assert "dma" not in told.stdout


def test_shapefiles_one_for_each_kind(city, tmp_path):
    workspace, _uids, zone = city
    told = "\n".join(losses("x.shp", ["pipe"]))
    assert "accuracy_position → accu_posit" in told
    done = export_file(workspace, tmp_path / "网.shp")
    assert done.written == 14
    assert {file.rpartition("/")[2] for file in done.files} == {f"网_{kind}.shp" for kind in ALL}
    assert (tmp_path / "网_pipe.cpg").read_text() == "UTF-8"
    pipes = read(tmp_path / "网_pipe.shp")["网_pipe"]
    assert pipes["crs"] == 4548
    assert all(len(name) <= 10 for name in pipes["schema"])
    rows = {row["code"]: row for row in pipes["rows"]}
    assert (rows["p1"]["road"], rows["p1"]["dn"], rows["p1"]["surv_date"]) == ("经十路", 600, "2020-01-31")
    assert rows["p2"]["dept_start"] == 1.1
    assert read(tmp_path / "网_meter.shp")["网_meter"]["rows"][0]["remote"] == 1
    area = read(tmp_path / "网_dma.shp")["网_dma"]["rows"][0]["at"]
    assert shapely.equals(shapely.geometry.shape(area), zone)


def test_one_kind_is_one_shapefile_of_the_very_name(city, tmp_path):
    done = export_file(city[0], tmp_path / "a[1].v2.shp", kinds=["pipe", "pipe"])
    assert (done.written, done.files) == (5, [str(tmp_path / "a[1].v2.shp")])
    assert {path.suffix for path in tmp_path.glob("a[[]1].v2.*")} == {".shp", ".shx", ".dbf", ".prj", ".cpg"}


def test_short_names_of_a_kind_are_all_different():
    for kind in KINDS.values():
        names = [short_name(name) for name in ("code", "uid", *(one.name for one in kind.fields))]
        assert len(set(names)) == len(names), kind.id


def test_long_text_in_a_shapefile_is_cut_between_letters(workspace, tmp_path):
    build(workspace, "S1 -p1- a", p1={"note": "水" * 100})
    export_file(workspace, tmp_path / "out.shp", kinds=["pipe"])
    assert read(tmp_path / "out.shp")["out"]["rows"][0]["note"] == "水" * 84  # 254 bytes, three each


def test_geojson(city, tmp_path):
    workspace, _uids, _zone = city
    export_file(workspace, tmp_path / "out.geojson", kinds=["pipe"])
    told = json.loads((tmp_path / "out.geojson").read_text("utf-8"))
    assert told["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::4548"
    assert told["name"] == "pipe"
    rows = {one["properties"]["code"]: one for one in told["features"]}
    assert rows["p1"]["geometry"] == {"type": "LineString", "coordinates": [[500000, 4060000], [500100, 4060000]]}
    assert rows["p3"]["properties"]["note"] == "两行\n第二行 <&> \"'"
    export_file(workspace, tmp_path / "wgs.json", kinds=["pipe"], crs="4326")
    told = json.loads((tmp_path / "wgs.json").read_text("utf-8"))
    assert "crs" not in told
    lon, lat = told["features"][0]["geometry"]["coordinates"][0]
    assert (lon, lat) == pytest.approx(_lonlat(500000, 4060000), abs=1e-9)
    export_file(workspace, tmp_path / "all.geojson")
    assert {path.name for path in tmp_path.glob("all*")} == {f"all_{kind}.geojson" for kind in ALL}


def _lonlat(east, north):
    return pyproj.Transformer.from_crs(4548, 4326, always_xy=True).transform(east, north)


def test_kml(city, tmp_path):
    export_file(city[0], tmp_path / "out.kml")
    space = {"k": "http://www.opengis.net/kml/2.2"}
    root = ElementTree.parse(tmp_path / "out.kml").getroot()
    folders = {one.findtext("k:name", "", space): one for one in root.iterfind(".//k:Folder", space)}
    assert {name: len(one.findall("k:Placemark", space)) for name, one in folders.items()} == ALL
    mark = next(m for m in folders["pipe"].iterfind("k:Placemark", space) if m.findtext("k:name", "", space) == "p3")
    values = {one.get("name"): one.findtext("k:value", "", space) for one in mark.iterfind(".//k:Data", space)}
    assert values["note"] == "两行\n第二行 <&> \"'"
    lon, lat = mark.findtext(".//k:coordinates", "", space).split()[0].split(",")
    assert (float(lon), float(lat)) == pytest.approx(_lonlat(500200, 4060000), abs=1e-9)
    assert len(folders["dma"].findall(".//k:innerBoundaryIs", space)) == 1


def test_dxf(city, tmp_path):
    workspace, _uids, _zone = city
    with workspace.change("test") as change:
        line = shapely.to_wkb(shapely.LineString([(500000, 4060010), (500010, 4060010)]))
        change.insert(KINDS["other_line"].table, [{"code": "G1", "line_type": "gas", "geom": line}])
    export_file(workspace, tmp_path / "out.dxf")
    drawing = ezdxf.readfile(tmp_path / "out.dxf")
    assert not drawing.audit().has_errors
    # CJJ 61: water is JS and cyan, gas is RQ and magenta.
    assert drawing.layers.get("JSLINE").rgb == (0, 255, 255)
    assert drawing.layers.get("RQLINE").rgb == (255, 0, 255)
    space = drawing.modelspace()
    assert len(space.query('LWPOLYLINE[layer=="JSLINE"]')) == 5
    assert len(space.query('LWPOLYLINE[layer=="RQLINE"]')) == 1
    blocks = space.query('INSERT[layer=="JSPOINT"]')
    assert sorted(one.get_attrib_text("CODE") for one in blocks) == ["S1", "V1", "a", "b", "c", "m1", "x", "y"]
    assert sum(one.closed for one in space.query("LWPOLYLINE")) == 2
    kept = {tag.value for one in space.query('LWPOLYLINE[layer=="JSLINE"]') for tag in one.get_xdata("JNW")}
    assert {"kind=pipe", "code=p3", "road=经十路", "note=两行 第二行 <&> \"'"} <= kept


def test_workbook_has_no_formulas(city, tmp_path):
    export_file(city[0], tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert {sheet.title: sheet.max_row - 1 for sheet in book} == ALL
    heads, *rows = book["pipe"].iter_rows()
    names = [cell.value for cell in heads]
    notes = {row[0].value: row[names.index("note")] for row in rows}
    assert (notes["p2"].value, notes["p2"].data_type, notes["p2"].quotePrefix) == ("=1+1", "s", True)
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    first = {name: cell.value for name, cell in zip(names, rows[0], strict=True)}
    assert (first["_crs"], first["_wkt"]) == ("EPSG:4548", "LINESTRING (500000 4060000, 500100 4060000)")
    assert (first["dn"], first["road"]) == (600, "经十路")


def model_of(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wntr

        return wntr.network.WaterNetworkModel(str(path))


def test_epanet(city, tmp_path):
    workspace, _uids, _zone = city
    done = export_file(workspace, tmp_path / "out.inp")
    model = model_of(tmp_path / "out.inp")
    assert (model.num_junctions, model.num_reservoirs, model.num_pipes) == (4, 1, 4)
    assert done.written == 9
    assert all(code in done.warnings[0] for code in ("x", "y", "m1"))
    pipe = model.get_link("p1")
    assert (pipe.start_node_name, pipe.end_node_name, pipe.diameter, pipe.length) == ("S1", "V1", 0.6, 100.0)
    assert model.get_node("c").coordinates == (500100.0, 4059900.0)


def test_epanet_runs_the_network_that_is_written(workspace, tmp_path):
    uids = build(workspace, "T1 -p1- a -p2- b\nS1 -p3- c", p1={"note": "EPANET CLOSED"})
    with workspace.change("test") as change:
        middle = shapely.to_wkb(shapely.Point(500010, 4060010))
        pump = {"code": "泵 1;x", "head": 40.0, "capacity": 8640.0, "start_node": uids["c"], "end_node": uids["a"]}
        prv = {"code": "v", "valve_kind": "prv", "dn": 150, "normal_state": "closed", "start_node": uids["b"],
               "end_node": uids["c"]}  # fmt: skip
        change.insert(KINDS["pump_station"].table, [pump | {"geom": middle}])
        change.insert(KINDS["valve"].table, [prv | {"geom": middle}])
    assert export_file(workspace, tmp_path / "out.inp").written == 10
    model = model_of(tmp_path / "out.inp")
    assert (model.num_junctions, model.num_tanks, model.num_pumps, model.num_valves) == (3, 1, 1, 1)
    assert model.get_link("泵_1_x").get_pump_curve().points == [(0.1, 40.0)]  # 8640 m³/d
    assert (model.get_link("v").valve_type, str(model.get_link("v").initial_status)) == ("PRV", "Closed")
    assert str(model.get_link("p1").initial_status) == "Closed"
    import wntr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=str(tmp_path / "run"))
    assert result.node["head"].loc[0, "c"] == pytest.approx(0.0, abs=0.01)


def test_a_condition_chooses(city, tmp_path):
    for ending in set(FORMATS) - {".inp"}:
        done = export_file(city[0], tmp_path / f"out{ending}", kinds=["pipe"], where="dn >= 300 and road is null")
        assert (done.written, done.kinds) == (2, {"pipe": 2}), ending


def test_nothing_to_write_makes_a_file_all_the_same(workspace, tmp_path):
    for ending in FORMATS:
        done = export_file(workspace, tmp_path / f"out{ending}")
        assert done.written == 0
        assert (tmp_path / f"out{ending}").stat().st_size > 0
        assert done.files == [str(tmp_path / f"out{ending}")]


# -- refused -------------------------------------------------------------------------------------------------------


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("overwrite", [True, False])
def test_never_over_a_workspace(tmp_path, overwrite):
    with Workspace.create(tmp_path / "other.gpkg"):
        pass
    with Workspace.create(tmp_path / "city.gpkg") as workspace:
        build(workspace, "S1 -p1- a")
        for name in ("city.gpkg", "other.gpkg"):
            before = (tmp_path / name).read_bytes()
            with pytest.raises(WorkspaceAsFile):
                export_file(workspace, tmp_path / name, overwrite=overwrite)
            assert (tmp_path / name).read_bytes() == before


def test_over_a_file_only_when_told(city, tmp_path):
    workspace = city[0]
    (tmp_path / "out.kml").write_text("mine")
    with pytest.raises(CannotWrite):
        export_file(workspace, tmp_path / "out.kml")
    assert (tmp_path / "out.kml").read_text() == "mine"
    export_file(workspace, tmp_path / "out.kml", overwrite=True)
    assert "Placemark" in (tmp_path / "out.kml").read_text("utf-8")
    (tmp_path / "part.dbf").write_text("mine")  # a shapefile is several files
    with pytest.raises(CannotWrite):
        export_file(workspace, tmp_path / "part.shp", kinds=["pipe"])
    assert (tmp_path / "part.dbf").read_text() == "mine"
    assert not (tmp_path / "part.shp").exists()


REFUSED = [
        ("out.docx", {}, UsageError), ("out", {}, UsageError), ("out.gpkg", {"kinds": ["pipes"]}, UsageError),
        ("none/out.gpkg", {}, CannotWrite), ("none/out.shp", {}, CannotWrite),
        ("out.gpkg", {"where": "dn > 1"}, UsageError), ("out.gpkg", {"kinds": ["pipe"], "where": "dn >"}, UsageError),
        ("out.inp", {"kinds": ["pipe"]}, UsageError), ("out.inp", {"where": "dn > 1"}, UsageError),
        ("out.gpkg", {"crs": "EPSG:0"}, UsageError), ("out.geojson", {"crs": "GCJ-02"}, UsageError),
        ("out.kml", {"crs": "EPSG:4548"}, UsageError), ("out.inp", {"crs": "EPSG:4326"}, UsageError),
    ]  # fmt: skip


def test_refused_and_nothing_left_behind(city, tmp_path):
    before = names(tmp_path)
    for name, options, error in REFUSED:
        with pytest.raises(error) as told:
            export_file(city[0], tmp_path / name, **options)
        assert told.value.message
        assert told.value.hint
        assert names(tmp_path) == before


@pytest.fixture
def jnw(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            run([*map(str, arguments), "--json"])
        printed = capsys.readouterr()
        return ended.value.code, json.loads(printed.out), printed.err

    return call


def test_the_command(jnw, tmp_path):
    city = tmp_path / "city.gpkg"
    with Workspace.create(city) as workspace:
        build(workspace, "S1 -p1- a -p2- b", p1={"road": "经十路"})
    status, told, said = jnw("export", city, tmp_path / "out.shp", "--kind", "pipe", "--where", "road = '经十路'")
    assert (status, told["written"], told["kinds"]) == (0, 1, {"pipe": 1})
    assert "accu_posit" in said
    assert jnw("export", city, tmp_path / "all.gpkg")[1]["written"] == 5
    assert jnw("export", city, tmp_path / "n.gpkg", "--kind", "pipe", "--kind", "node")[1]["kinds"] == {
        "pipe": 2,
        "node": 2,
    }
    assert jnw("export", city, tmp_path / "all.gpkg")[0] == 3
    assert jnw("export", city, tmp_path / "all.gpkg", "--overwrite")[0] == 0
    assert jnw("export", city, city, "--overwrite")[1]["error"]["kind"] == "workspace_as_file"
    assert jnw("export", city, tmp_path / "out.pdf")[0] == 2
    assert jnw("export", city, tmp_path / "out.kml", "--kind", "pipes")[0] == 2
    assert jnw("export", city, tmp_path / "out.kml", "--kind", "pipe", "--where", "dn >")[0] == 2
    assert jnw("export", tmp_path / "none.gpkg", tmp_path / "out.kml")[0] == 3
    assert jnw("export", city, tmp_path / "none" / "out.kml")[0] == 3
