"""Files as people have them: formats, encodings, reference systems, damage; what fits comes in, the rest is told."""

import csv
import zipfile

import numpy as np
import openpyxl
import pyproj
import pytest
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.encoding import detect
from jnw_desktop.exchange.errors import (
    CannotWrite,
    CrsDoubtful,
    KindUnclear,
    NoCrs,
    NoSuchLayer,
    UnreadableFile,
    UnsafeArchive,
    WorkspaceAsFile,
    WrongEncoding,
)
from jnw_desktop.exchange.gcj02 import to_gcj02
from jnw_desktop.exchange.importing import import_file
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

from .importfiles import (
    EAST,
    NORTH,
    at,
    bring,
    csv_file,
    ends,
    everything,
    geojson,
    line,
    point,
    rows,
    sound,
    with_gdal,
)

PIPE = {"geometry": "LineString", "properties": {"code": "str:20", "dn": "int", "材质": "str:20"}}
TWO = [
    ({"code": "甲1", "dn": 300, "材质": "球墨铸铁"}, line((0, 0), (100, 0))),
    ({"code": "甲2", "dn": 200, "材质": "聚乙烯"}, line((100, 0), (200, 0))),
]


@pytest.fixture
def city(tmp_path):
    """An empty workspace in a file, where the home makes no difference."""
    with Workspace.create(tmp_path / "city.gpkg", who="test") as made:
        yield made


def test_longitude_and_latitude_are_what_geojson_means(city, tmp_path):
    degrees = shapely.LineString([(117.0, 36.65), (117.12, 36.65)])
    bring(city, geojson(tmp_path / "pipes.geojson", [({"code": "A"}, degrees)], crs=""))
    first, last = rows(city, "pipe")["A"][GEOMETRY].coords
    assert first == pytest.approx((500_000.0, 4_057_669.946), abs=0.001)
    assert last == pytest.approx((510_730.161, 4_057_676.654), abs=0.001)


def test_degrees_that_are_metres_are_refused(city, tmp_path):
    file = geojson(tmp_path / "pipes.geojson", [({"code": "A"}, line((0, 0), (1, 1)))], crs="")
    with pytest.raises(NoCrs) as refused:
        bring(city, file)
    assert "--crs" in refused.value.hint
    bring(city, file, crs="EPSG:4548")
    assert rows(city, "pipe")["A"][GEOMETRY].equals(line((0, 0), (1, 1)))


@pytest.mark.parametrize("page", [None, "GBK", "UTF-8"])
def test_a_shapefile_in_gbk(city, tmp_path, page):
    file = with_gdal(tmp_path / "供水 管线.shp", "ESRI Shapefile", PIPE, TWO, encoding="GBK")
    table = file.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:29] + b"\0" + table.read_bytes()[30:])  # no language driver either
    file.with_suffix(".cpg").unlink(missing_ok=True)
    if page:  # what a .cpg says is believed when it can be so: UTF-8 cannot
        file.with_suffix(".cpg").write_text(page)
    done = bring(city, file)
    assert (done.encoding, done.written) == ("gb18030", 2)
    assert {code: row["material"] for code, row in rows(city, "pipe").items()} == {"甲1": "QM", "甲2": "PE"}


def test_encodings_are_told_apart():
    text = "济南水务集团有限公司，经十路供水管道，球墨铸铁，直径三百毫米，埋深一米五。"
    for name in ("utf-8", "gb18030"):
        assert detect(text.encode(name)) == name
    assert detect("自來水管線資料，幹管口徑三百公厘，位於中山路與民權路口。".encode("big5")) == "big5"
    assert detect(b"pipe,dn,material") == "utf-8"


def test_the_wrong_encoding_is_refused(city, tmp_path):
    file = with_gdal(tmp_path / "pipe.shp", "ESRI Shapefile", PIPE, TWO, encoding="GBK")
    with pytest.raises(WrongEncoding):
        bring(city, file, encoding="utf-8")
    with pytest.raises(UsageError):
        bring(city, file, encoding="klingon")


def test_a_layer_of_a_geopackage(city, tmp_path):
    file = tmp_path / "给水 管网" / "data (1).gpkg"
    file.parent.mkdir()
    with_gdal(file, "GPKG", PIPE, TWO, layer="管线")
    with_gdal(
        file, "GPKG", {"geometry": "Point", "properties": {"code": "str"}}, [({"code": "N"}, point(9, 9))], layer="点"
    )
    with pytest.raises(NoSuchLayer) as refused:
        bring(city, file)
    assert "管线" in refused.value.hint
    with pytest.raises(NoSuchLayer):
        bring(city, file, layer="阀门")
    assert bring(city, file, layer="管线").kinds == {"pipe": 2}
    assert bring(city, file, "node", layer="点").kinds == {"node": 1}


def test_another_workspace_comes_in_whole_but_not_itself(city, tmp_path):
    bring(city, geojson(tmp_path / "p.geojson", TWO), "pipe")
    bring(city, geojson(tmp_path / "v.geojson", [({"code": "V"}, point(30, 0))]), "valve")
    with pytest.raises(WorkspaceAsFile):
        bring(city, tmp_path / "city.gpkg")
    with Workspace.create(tmp_path / "other.gpkg") as other:
        done = bring(other, tmp_path / "city.gpkg")
        assert (done.rejected, done.kinds["pipe"], done.kinds["valve"]) == (0, 3, 1)
        assert ends(other) == ends(city)
        assert sound(other)
        assert bring(other, tmp_path / "city.gpkg").change is None


def test_no_crs_is_refused_but_what_cannot_be_read_first(city, tmp_path):
    file = with_gdal(tmp_path / "pipe.shp", "ESRI Shapefile", PIPE, TWO, encoding="GBK")
    file.with_suffix(".prj").unlink()
    with pytest.raises(NoCrs):
        bring(city, file)
    whole = file.read_bytes()
    for damaged in (whole[:-8], whole[:60], b"", b"not a shapefile at all" * 10):
        file.write_bytes(damaged)
        with pytest.raises(UnreadableFile):
            bring(city, file)
    file.write_bytes(whole)
    assert bring(city, file, crs="EPSG:4548").written == 2


def test_a_shapefile_without_an_index_is_read(city, tmp_path):
    file = with_gdal(tmp_path / "pipe.shp", "ESRI Shapefile", PIPE, TWO, encoding="GBK")
    file.with_suffix(".shx").unlink()
    assert bring(city, file).written == 2


@pytest.mark.parametrize(
    "name", ["a.shp", "a.gpkg", "a.geojson", "a.csv", "a.xlsx", "a.dxf", "a.inp", "a.kml", "a.zip"]
)
@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02nonsense" * 40, b'{"type": "FeatureCollection", "features": [{"ty']
)
def test_what_is_not_what_it_says_is_refused(city, tmp_path, name, content):
    before = everything(city)
    (tmp_path / name).write_bytes(content)
    with pytest.raises((UnreadableFile, KindUnclear)) as refused:
        bring(city, tmp_path / name)
    assert isinstance(refused.value, UnreadableFile)
    assert refused.value.hint
    assert everything(city) == before
    with pytest.raises(UnreadableFile):
        bring(city, tmp_path / f"missing-{name}")


def test_a_zip_is_looked_into_and_a_bomb_refused(city, tmp_path):
    file = with_gdal(tmp_path / "pipe.shp", "ESRI Shapefile", PIPE, TWO, encoding="GBK")
    with zipfile.ZipFile(tmp_path / "pipe.zip", "w") as archive:
        for part in tmp_path.glob("pipe.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
        archive.writestr("../outside.txt", "x")
    assert bring(city, tmp_path / "pipe.zip").written == 2
    assert not (tmp_path.parent / "outside.txt").exists()
    for ending in ("zip", "xlsx", "kmz"):
        bomb = tmp_path / f"bomb.{ending}"
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("pipe.csv", "w") as member:
            for _ in range(100):
                member.write(bytes(1 << 20))
        with pytest.raises(UnsafeArchive):
            bring(city, bomb)
    assert file.exists()


# -- rows that do not fit -------------------------------------------------------------------------------------------


def test_rejects_are_written_with_numbers_and_reasons_and_can_be_mended(workspace, tmp_path):
    bad = [
        ({"code": "好", "dn": 100}, line((0, 0), (100, 0))),
        ({"code": "B2", "dn": "粗"}, line((100, 0), (200, 0))),
        ({"code": "B3", "dn": 100}, {"type": "LineString", "coordinates": [[EAST, NORTH], [float("nan"), NORTH]]}),
        ({"code": "B4", "dn": 100}, {"type": "LineString", "coordinates": [[EAST, NORTH]]}),
        ({"code": "B5", "dn": 100}, None),
        ({"code": "B6", "dn": 100}, line((0, 9), (0, 9))),
        ({"code": "B7", "dn": 100}, point(0, 0)),
        ({"code": "好", "dn": 100}, line((0, 20), (100, 20))),
        ({"code": "=B9", "dn": -5}, line((0, 40), (100, 40))),
    ]
    file = geojson(tmp_path / "管线.geojson", bad)
    done = bring(workspace, file, "pipe")
    assert (done.read, done.written, done.rejected) == (9, 1, 8)
    assert done.rejects == str(tmp_path / "管线.rejects.csv")
    with (tmp_path / "管线.rejects.csv").open(encoding="utf-8-sig", newline="") as opened:
        told = list(csv.DictReader(opened))
    assert [int(row["_row"]) for row in told] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert all(row["_reason"] for row in told)
    assert told[0]["dn"] == "粗"
    assert told[-1]["code"] == "'=B9"  # no spreadsheet shall calculate it
    assert sound(workspace)

    told[0]["dn"], told[-1]["dn"], told[-2]["code"] = "200", "50", "B8"
    mended = tmp_path / "mended.csv"
    with mended.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.DictWriter(opened, list(told[0]))
        writer.writeheader()
        writer.writerows(told)
    again = bring(workspace, mended)
    assert (again.read, again.written, again.rejected) == (8, 3, 5)
    found = rows(workspace, "pipe")
    assert set(found) == {"好", "B2", "B8", "=B9"}
    assert found["B2"][GEOMETRY].equals(line((100, 0), (200, 0)))
    assert ends(workspace)["好"][1] == ends(workspace)["B2"][0]


def test_coordinates_beyond_all_numbers_are_rejects(workspace, tmp_path):
    far = [1e308, float("inf"), float("-inf"), float("nan"), 1e10]
    bad = [
        ({"code": f"F{i}"}, {"type": "LineString", "coordinates": [[x, NORTH], at(0, 0)]}) for i, x in enumerate(far)
    ]
    file = geojson(tmp_path / "far.geojson", [*bad, ({"code": "A"}, line((0, 0), (9, 0)))])
    done = bring(workspace, file, "pipe")
    assert (done.inserted, done.rejected) == (1, 5)
    areas = [({"code": "D"}, shapely.box(0, 0, 1e300, 1e300)), ({"code": "E"}, shapely.box(*at(0, 0), *at(9, 9)))]
    done = bring(workspace, geojson(tmp_path / "areas.geojson", areas), "dma")
    assert (done.inserted, done.rejected) == (1, 1)
    assert sound(workspace)


def test_rejects_that_cannot_be_written_stop_the_import(city, tmp_path):
    file = geojson(tmp_path / "pipe.geojson", [({"code": "A"}, line((0, 0), (9, 0))), ({"code": "B"}, None)])
    with pytest.raises(CannotWrite):
        import_file(city, [file], rejects=tmp_path / "nowhere" / "r.csv")
    whole = file.read_bytes()
    for target in (file, tmp_path / "city.gpkg"):
        with pytest.raises(UsageError):
            import_file(city, [file], rejects=target)
    assert file.read_bytes() == whole
    assert not rows(city, "pipe")
    assert sound(city)


def test_by_code_rows_are_added_changed_or_left(workspace, tmp_path):
    bring(workspace, geojson(tmp_path / "a.geojson", TWO), "pipe")
    uid = rows(workspace, "pipe")["甲1"]["uid"]
    more = [
        ({"code": "甲1", "dn": 400}, line((0, 0), (100, 0))),
        ({"code": "甲2", "dn": 200}, line((100, 0), (200, 0))),
        ({"code": "甲3", "dn": 100}, line((200, 0), (300, 0))),
    ]
    done = bring(workspace, geojson(tmp_path / "b.geojson", more), "pipe")
    assert (done.inserted, done.updated, done.unchanged, done.written) == (1, 1, 1, 2)
    changed = rows(workspace, "pipe")["甲1"]
    assert (changed["uid"], changed["dn"], changed["material"]) == (uid, 400, "QM")  # what is not said is not erased
    assert len(rows(workspace, "node")) == 4
    assert sound(workspace)


def test_a_dry_run_changes_nothing(workspace, tmp_path):
    bring(workspace, geojson(tmp_path / "a.geojson", TWO), "pipe")
    before, history = everything(workspace), len(workspace.history())
    file = geojson(tmp_path / "v.geojson", [({"code": "V"}, point(30, 0))])
    done = import_file(workspace, [file], choices={"kind": "valve"}, dry_run=True)
    assert (done.read, done.written, done.topology["pipes_split"], done.change) == (1, 1, 1, None)
    assert everything(workspace) == before
    assert len(workspace.history()) == history
    assert sound(workspace)


def test_an_import_that_fails_leaves_everything_as_it_was(workspace, tmp_path, monkeypatch):
    bring(workspace, geojson(tmp_path / "a.geojson", TWO), "pipe")
    before, history = everything(workspace), len(workspace.history())

    def fail(*_arguments, **_named):
        raise OSError("the disk is full")

    monkeypatch.setattr("jnw_desktop.facilities.topology.Builder._cut_old", fail)
    with pytest.raises(OSError, match="disk"):
        bring(workspace, geojson(tmp_path / "v.geojson", [({"code": "V"}, point(30, 0))]), "valve")
    assert everything(workspace) == before
    assert len(workspace.history()) == history
    assert sound(workspace)


def test_a_column_that_repeats_is_no_code_though_it_is_called_id(city, tmp_path):
    shapes = [point(i * 10, 0) for i in range(8)]
    file = geojson(
        tmp_path / "node.geojson", [({"id": i % 4, "facility_name": f"甲{i}"}, s) for i, s in enumerate(shapes)]
    )
    done = bring(city, file)
    assert (done.written, done.rejected) == (8, 0)
    assert sorted(row["name"] for row in rows(city, "node").values()) == [f"甲{i}" for i in range(8)]
    assert any("id" in text for text in done.warnings)


def test_names_that_serve_as_codes_are_only_codes(city, tmp_path):
    file = geojson(tmp_path / "pipe.geojson", [({"name": f"P-{i}"}, line((i, 0), (i, 9))) for i in range(3)])
    bring(city, file)
    assert {code: row["name"] for code, row in rows(city, "pipe").items()} == {"P-0": None, "P-1": None, "P-2": None}


# -- where rows lie --------------------------------------------------------------------------------------------------


def test_east_and_north_that_are_swapped_are_put_right_and_told(city, tmp_path):
    file = csv_file(tmp_path / "node.csv", "code,x,y", f"N1,{NORTH},{EAST}", f"N2,{NORTH + 10},{EAST + 20}")
    done = bring(city, file, crs="EPSG:4548")
    assert rows(city, "node")["N2"][GEOMETRY].coords[0] == (EAST + 20, NORTH + 10)
    assert any("东" in text and "北" in text for text in done.warnings)


def test_an_easting_with_the_zone_before_it_is_taken_off_and_told(city, tmp_path):
    file = csv_file(tmp_path / "node.csv", "code,east,north", f"N1,{39_000_000 + EAST},{NORTH}")
    done = bring(city, file, crs="EPSG:4548")
    assert rows(city, "node")["N1"][GEOMETRY].coords[0] == (EAST, NORTH)
    assert any("39" in text for text in done.warnings)
    proper = csv_file(tmp_path / "more.csv", "code,east,north", f"N2,{39_000_000 + EAST},{NORTH}")
    assert not bring(city, proper, "node", crs="EPSG:4527").warnings
    assert rows(city, "node")["N2"][GEOMETRY].coords[0] == pytest.approx((EAST, NORTH), abs=1e-6)


def test_survey_x_is_north(city, tmp_path):
    file = csv_file(tmp_path / "节点.csv", "点号,X,Y,备注", f"1,{NORTH},{EAST},老城", encoding="gb18030")
    done = bring(city, file, "node", crs="EPSG:4548")
    assert rows(city, "node")["1"][GEOMETRY].coords[0] == (EAST, NORTH)
    assert not done.warnings


def test_feet_are_never_guessed(city, tmp_path):
    file = csv_file(tmp_path / "node.csv", "code,x,y", f"N1,{EAST / 0.3048},{NORTH / 0.3048}")
    with pytest.raises(CrsDoubtful) as refused:
        bring(city, file, crs="EPSG:4548")
    assert "--unit" in refused.value.hint
    bring(city, file, crs="EPSG:4548", unit="ft")
    assert rows(city, "node")["N1"][GEOMETRY].coords[0] == pytest.approx((EAST, NORTH), abs=1e-6)


def test_gcj_02_is_told_and_taken_back_only_when_asked(city, tmp_path):
    places = {f"N{i}": (i * 50.0, i * 30.0) for i in range(5)}
    bring(city, geojson(tmp_path / "n.geojson", [({"code": c}, point(*p)) for c, p in places.items()]), "node")
    true = rows(city, "node")
    to_degrees = pyproj.Transformer.from_crs(4548, 4326, always_xy=True)
    shifted = to_gcj02(np.column_stack(to_degrees.transform(*np.array([at(*p) for p in places.values()]).T)))
    file = csv_file(
        tmp_path / "m.csv",
        "code,lon,lat",
        *(f"{c},{x},{y}" for c, (x, y) in zip(places, shifted.tolist(), strict=True)),
    )
    asked = import_file(city, [file], choices={"kind": "node", "crs": "EPSG:4326"}, dry_run=True)
    assert any("GCJ-02" in text for text in asked.warnings)
    bring(city, file, "node", crs="GCJ-02")
    for code, row in rows(city, "node").items():
        assert row[GEOMETRY].distance(true[code][GEOMETRY]) < 0.01


# -- tables ----------------------------------------------------------------------------------------------------------

POINTS = [
    ("物探点号", "特征", "附属物", "X", "Y", "地面高程"),
    ("J1", "弯头", "", NORTH, EAST, 35.2),
    ("J2", "", "阀门", NORTH, EAST + 100, 35.1),
    ("J3", "三通", "", NORTH + 5, EAST + 200, 35.0),
    ("J4", "", "消防栓", NORTH + 60, EAST + 200, 35.0),
]
LINES = [
    ("起始点号", "终止点号", "管径(mm)", "材质", "建设年代", "起点埋深", "终点埋深"),
    ("J1", "J2", 300, "球墨铸铁", 1998, 1.2, 1.3),
    ("J2", "J3", "DN300", "球墨铸铁", "2003", 1.3, 1.4),
    ("J3", "J4", 100, "PE", 2010, 1.0, 1.1),
    ("J3", "J9", 100, "PE", 2010, 1.0, 1.1),
]


def survey_files(folder, ending):
    if ending == "xlsx":
        book = openpyxl.Workbook()
        for title, table in (("点表", POINTS), ("线表", LINES)):
            sheet = book.create_sheet(title)
            for row in table:
                sheet.append([None if value == "" else value for value in row])
        del book["Sheet"]
        book.save(folder / "测区.xlsx")
        return [folder / "测区.xlsx"]
    files = []
    for title, table in (("点表", POINTS), ("线表", LINES)):
        files.append(csv_file(folder / f"{title}.csv", *(",".join(map(str, row)) for row in table), encoding="gb18030"))
    return files


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_survey_tables(workspace, tmp_path, ending):
    done = import_file(workspace, survey_files(tmp_path, ending), choices={"crs": "EPSG:4548"}, who="test")
    assert (done.read, done.written, done.rejected) == (8, 7, 1)
    assert done.kinds == {"node": 2, "valve": 1, "hydrant": 1, "pipe": 3}
    uid = {code: row["uid"] for kind in ("node", "valve", "hydrant") for code, row in rows(workspace, kind).items()}
    pipes = {(row["start_node"], row["end_node"]): row for row in rows(workspace, "pipe").values()}
    assert set(pipes) == {(uid["J1"], uid["J2"]), (uid["J2"], uid["J3"]), (uid["J3"], uid["J4"])}
    middle = pipes[uid["J2"], uid["J3"]]
    assert (middle["dn"], middle["material"], middle["year"], middle["depth_end"]) == (300, "QM", 2003, 1.4)
    assert middle[GEOMETRY].equals(line((100, 0), (200, 5)))
    assert rows(workspace, "node")["J3"]["node_kind"] == "tee"
    with open(done.rejects, encoding="utf-8-sig", newline="") as opened:  # noqa: PTH123 - a plain name is what is told
        (left,) = csv.DictReader(opened)
    assert (left["_row"], left["终止点号"]) == ("5", "J9")
    assert sound(workspace)


def test_a_formula_in_a_cell_stays_text(city, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "node"
    book.active.append(["code", "x", "y", "note"])
    book.active.append(["N1", EAST, NORTH, '=HYPERLINK("http://example.org","x")'])
    book.save(tmp_path / "nodes.xlsx")
    bring(city, tmp_path / "nodes.xlsx", "node", crs="EPSG:4548")
    assert rows(city, "node")["N1"]["note"] == '=HYPERLINK("http://example.org","x")'


def test_a_file_with_headings_only(city, tmp_path):
    done = bring(city, csv_file(tmp_path / "node.csv", "code,x,y"), crs="EPSG:4548")
    assert (done.read, done.written, done.change) == (0, 0, None)
    assert done.warnings
    done = bring(city, geojson(tmp_path / "node.geojson", []), "node")
    assert (done.read, done.written, done.change) == (0, 0, None)


def test_nothing_says_what_it_holds(city, tmp_path):
    with pytest.raises(KindUnclear):
        bring(city, geojson(tmp_path / "x.geojson", [({"a": 1}, point(0, 0))]))
    with pytest.raises(UsageError):
        bring(city, geojson(tmp_path / "x.geojson", [({"a": 1}, point(0, 0))]), "gizmo")


def test_a_word_no_list_knows_is_in_the_note_under_the_fields_title(city, tmp_path):
    file = csv_file(tmp_path / "节点.csv", "code,x,y,state", f"N1,{EAST},{NORTH},半埋")
    done = bring(city, file, "node", crs="EPSG:4548")
    assert rows(city, "node")["N1"]["note"] == "使用状态=半埋"
    assert any("半埋" in warning for warning in done.warnings)
