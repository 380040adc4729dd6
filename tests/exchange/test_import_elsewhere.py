"""Files of other cities, in the words, units and shapes that other programs write."""

import sqlite3
import struct
import zipfile

import ezdxf
import fiona
import numpy as np
import openpyxl
import pytest
import shapely

from jnw_desktop.exchange.curves import FLATNESS, chords, from_curved_wkb
from jnw_desktop.exchange.errors import NoSuchLayer, UnreadableFile
from jnw_desktop.exchange.importing import import_file
from jnw_desktop.exchange.mapping import guess
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

from .importfiles import EAST, NORTH, bring, csv_file, ends, geojson, line, point, rows, sound, with_gdal

LINES = {"geometry": "LineString", "properties": {"code": "str:20", "dn": "int"}}
TWO = [({"code": "甲1", "dn": 300}, line((0, 0), (100, 0))), ({"code": "甲2", "dn": 200}, line((100, 0), (200, 0)))]


@pytest.fixture
def city(tmp_path):
    """An empty workspace in a file, where the home makes no difference."""
    with Workspace.create(tmp_path / "city.gpkg", who="test") as made:
        yield made


@pytest.mark.parametrize(
    ("kind", "headings", "fields"),
    [
        ("pipe", "OBJECTID FACILITYID INSTALLDATE MATERIAL DIAMETER LIFECYCLESTATUS OWNEDBY SHAPE_Length",
         {"code": "FACILITYID", "year": "INSTALLDATE", "material": "MATERIAL", "dn": "DIAMETER",
          "state": "LIFECYCLESTATUS", "owner": "OWNEDBY"}),
        ("pipe", "Leitungsnr Nennweite Werkstoff Baujahr Straße Eigentümer Länge",
         {"code": "Leitungsnr", "dn": "Nennweite", "material": "Werkstoff", "year": "Baujahr", "road": "Straße",
          "owner": "Eigentümer", "length": "Länge"}),
        ("pipe", "idcana matériau diamètre année_pose longueur idnini idnterm",
         {"code": "idcana", "material": "matériau", "dn": "diamètre", "year": "année_pose", "length": "longueur",
          "start_node": "idnini", "end_node": "idnterm"}),
        ("pipe", "leidingnummer diameter materiaal aanlegjaar lengte",
         {"code": "leidingnummer", "dn": "diameter", "material": "materiaal", "year": "aanlegjaar",
          "length": "lengte"}),
        ("pipe", "Id_condotta Diametro Materiale Anno_posa Lunghezza Via",
         {"code": "Id_condotta", "dn": "Diametro", "material": "Materiale", "year": "Anno_posa",
          "length": "Lunghezza", "road": "Via"}),
        ("pipe", "S_Point E_Point S_Deep E_Deep PSize Material Embed MDate Belong",
         {"start_node": "S_Point", "end_node": "E_Point", "depth_start": "S_Deep", "depth_end": "E_Deep",
          "dn": "PSize", "material": "Material", "embedding": "Embed", "year": "MDate", "owner": "Belong"}),
        ("pipe", "起点管线点号 终点管线点号 管线材料 直径 埋设年代",
         {"start_node": "起点管线点号", "end_node": "终点管线点号", "material": "管线材料", "dn": "直径",
          "year": "埋设年代"}),
        ("valve", "FACILITYID VALVETYPE OPERABLE CLOCKWISETOCLOSE CURRENTLYOPEN TURNSTOCLOSE",
         {"code": "FACILITYID", "valve_kind": "VALVETYPE", "operability": "OPERABLE",
          "closing_direction": "CLOCKWISETOCLOSE", "present_state": "CURRENTLYOPEN", "turns": "TURNSTOCLOSE"}),
    ],
)  # fmt: skip
def test_what_columns_are_called_elsewhere(kind, headings, fields):
    assert guess(kind, headings.split()).columns == fields


@pytest.mark.parametrize(
    ("word", "code"),
    [("GGG", "QM"), ("fonte ductile", "QM"), ("Fonte grise", "ZT"), ("PEHD", "PE"), ("Stahl", "G"), ("AZ", "SM"),
     ("Amiante-ciment", "SM"), ("Ghisa sferoidale", "QM"), ("nodulair gietijzer", "QM"), ("CAS", "ZT")],
)  # fmt: skip
def test_what_materials_are_called_elsewhere(city, tmp_path, word, code):
    bring(city, geojson(tmp_path / "p.geojson", [({"code": "A", "material": word}, line((0, 0), (9, 0)))]), "pipe")
    assert rows(city, "pipe")["A"]["material"] == code


def test_giswaters_state_is_the_lifecycle(city, tmp_path):
    arcs = [
        ({"arc_id": 2000 + 7 * i, "state": i, "state_type": 2, "expl_id": 1}, line((i, 0), (i, 9))) for i in range(3)
    ]
    done = bring(city, geojson(tmp_path / "arc.geojson", arcs))
    states = {code: row["state"] for code, row in rows(city, "pipe").items()}
    assert states == {"2000": "abandoned", "2007": "in_service", "2014": "planned"}
    assert all(row["note"] is None for row in rows(city, "pipe").values())
    assert done.mappings[0].values["state"]["2"] == "planned"


def test_inches_become_millimetres_and_the_unit_is_told(city, tmp_path):
    mains = [
        ({"FACILITYID": f"W{i}", "DIAMETER": inches, "INSTALLDATE": 567_648_000_000}, line((i, 0), (i, 9)))
        for i, inches in enumerate((4, 6, 8, 12, 24))
    ]
    done = bring(city, geojson(tmp_path / "wMain.geojson", mains), "pipe")
    assert [row["dn"] for row in rows(city, "pipe").values()] == [102, 152, 203, 305, 610]
    assert {row["year"] for row in rows(city, "pipe").values()} == {1987}
    assert any("(in)" in text for text in done.mapping_lines())


# -- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "gb18030", "utf-8-sig"])
def test_tables_in_every_encoding(city, tmp_path, encoding):
    file = csv_file(tmp_path / "阀门 表.csv", "编号\t名称\tx\ty", "V1\t中山路阀\t4057000\t510000", encoding=encoding)
    bring(city, file, "valve", crs="EPSG:4548")
    assert rows(city, "valve")["V1"]["name"] == "中山路阀"


def test_semicolons_and_decimal_commas(city, tmp_path):
    file = csv_file(tmp_path / "Schieber.csv", "Schiebernummer;Rechtswert;Hochwert;Nennweite;Tiefe",
                    "S1;510000,25;4057000,5;300;1,25")  # fmt: skip
    bring(city, file, "valve", crs="EPSG:4548")
    row = rows(city, "valve")["S1"]
    assert row[GEOMETRY].equals(shapely.Point(510000.25, 4057000.5))
    assert (row["dn"], row["depth"]) == (300, 1.25)


def test_degrees_minutes_and_seconds(city, tmp_path):
    places = csv_file(tmp_path / "a.csv", "编号,经度,纬度", "V1,117°07′12.3″,36°39′00.1″")
    plain = csv_file(tmp_path / "b.csv", "编号,经度,纬度", f"V2,{117 + 7 / 60 + 12.3 / 3600},{36.65 + 0.1 / 3600}")
    for file in (places, plain):
        bring(city, file, "valve", crs="EPSG:4490")
    first, second = (rows(city, "valve")[code][GEOMETRY] for code in ("V1", "V2"))
    assert first.distance(second) < 1e-6


def test_of_a_formula_the_result_that_was_saved_is_read(city, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["编号", "x", "y", "埋深"])
    book.active.append(["V1", 4057000, 510000, "=1+0.5"])
    book.active.append(["V2", 4057010, 510000, 1.25])
    book.save(tmp_path / "bare.xlsx")
    saved = tmp_path / "saved.xlsx"
    with zipfile.ZipFile(tmp_path / "bare.xlsx") as before, zipfile.ZipFile(saved, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b"<v></v>", b"<v>1.5</v>").replace(b"<v />", b"<v>1.5</v>"))
    bring(city, saved, "valve", crs="EPSG:4548")
    assert [row["depth"] for row in rows(city, "valve").values()] == [1.5, 1.25]


def points_and_lines(folder, points, lines):
    """The two tables of a survey."""
    first = csv_file(folder / "点.csv", "物探点号,X,Y,特征,附属物", *points)
    return first, csv_file(folder / "线.csv", "起点点号,终点点号,管径", *lines)


def test_lines_of_a_survey_end_at_points_of_another(workspace, tmp_path):
    told = {"crs": "EPSG:4548"}
    before, between = points_and_lines(tmp_path, ["J1,4057000,510000,,阀门", "J2,4057000,510100,三通,"], ["J1,J2,300"])
    import_file(workspace, [before], choices=told)
    alone = import_file(workspace, [between])
    assert (alone.written, alone.rejected) == (1, 0)
    files = points_and_lines(tmp_path, ["J3,4057000,510200,,阀门", "J4,4057000,510300,三通,"],
                             ["J2,J3,300", "J3,J4,300", "J3,J9,300", "J4,J4,300"])  # fmt: skip
    done = import_file(workspace, files, choices=told)
    assert done.kinds == {"node": 1, "valve": 1, "pipe": 2}
    assert done.rejected == 2
    uid = {code: row["uid"] for kind in ("node", "valve") for code, row in rows(workspace, kind).items()}
    assert sorted(ends(workspace).values()) == sorted(
        (uid[first], uid[last]) for first, last in (("J1", "J2"), ("J2", "J3"), ("J3", "J4"))
    )
    assert sound(workspace)


# -- containers ------------------------------------------------------------------------------------------------------


def test_the_layer_of_a_zip_that_is_called_like_the_kind(city, tmp_path):
    inside = tmp_path / "中文 目录"
    inside.mkdir()
    with_gdal(inside / "给水管线.shp", "ESRI Shapefile", LINES, TWO, encoding="utf-8")
    valves = {"geometry": "Point", "properties": {"code": "str"}}
    with_gdal(inside / "阀门 2024.shp", "ESRI Shapefile", valves, [({"code": "V"}, point(50, 0))], encoding="utf-8")
    archive = tmp_path / "成果 数据.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in inside.iterdir():
            packed.write(file, f"成果/{file.name}")
    assert bring(city, archive, "valve").kinds == {"valve": 1}
    assert bring(city, archive, "pipe").kinds == {"pipe": 2}
    with pytest.raises(NoSuchLayer):
        bring(city, archive, "hydrant")


@pytest.mark.parametrize(
    ("driver", "ending"), [("GML", "gml"), ("MapInfo File", "tab"), ("MapInfo File", "mif"), ("FlatGeobuf", "fgb")]
)
def test_formats_that_gdal_reads(city, tmp_path, driver, ending):
    file = with_gdal(tmp_path / f"管段.{ending}", driver, LINES, TWO)
    assert bring(city, file, "pipe", crs="EPSG:4548").written == 2
    assert {code: row["dn"] for code, row in rows(city, "pipe").items()} == {"甲1": 300, "甲2": 200}


def test_a_file_geodatabase_in_a_zip(city, tmp_path):
    folder = tmp_path / "数据.gdb"
    degrees = [(values, shapely.transform(shape, lambda at: at / [5000, 150_000])) for values, shape in TWO]
    with_gdal(folder, "OpenFileGDB", LINES, degrees, crs="EPSG:4326")
    archive = tmp_path / "数据.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in folder.iterdir():
            packed.write(file, f"数据.gdb/{file.name}")
    assert bring(city, archive, "pipe").written == 2


# -- shapes ----------------------------------------------------------------------------------------------------------


def wkb(kind, *places, more=b""):
    """ISO WKB of a line of some type."""
    return struct.pack("<BII", 1, kind, len(places)) + np.array(places, dtype="<f8").tobytes() + more


def packed(kind, *parts):
    return struct.pack("<BII", 1, kind, len(parts)) + b"".join(parts)


def test_an_arc_stays_within_its_flatness():
    corners = np.array([(100.0, 0.0), (0.0, 100.0), (-100.0, 0.0)])
    made = chords(corners)
    assert np.hypot(*made.T) == pytest.approx(100.0)
    assert shapely.LineString(made).length == pytest.approx(np.pi * 100, rel=1e-4)
    middle = (made[1:] + made[:-1]) / 2
    assert (100 - np.hypot(*middle.T)).max() <= FLATNESS
    assert (made[0] == corners[0]).all()
    assert (made[-1] == corners[-1]).all()
    assert shapely.LineString(chords(corners[::-1])).equals_exact(shapely.LineString(made[::-1]), 1e-9)


def test_arcs_that_are_straight_or_whole_circles():
    assert len(chords(np.array([(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]))) == 3
    circle = shapely.Polygon(chords(np.array([(0.0, 0.0), (2.0, 0.0), (0.0, 0.0)])))
    assert circle.area == pytest.approx(np.pi, rel=0.02)


@pytest.mark.parametrize("content", [b"", b"\1", wkb(8, (0, 0), (1, 1)), wkb(8, (0, 0), (1, 1), (2, 0))[:-4],
                                     packed(9, wkb(3, (0, 0))), packed(99)])  # fmt: skip
def test_curves_that_cannot_be_read(content):
    with pytest.raises(ValueError, match=r"."):
        from_curved_wkb(content)


def test_a_layer_of_everything(workspace, tmp_path):
    """Curves, Z, parts that join, and what no pipe can be, in one layer."""
    file = with_gdal(tmp_path / "mixed.gpkg", "GPKG", {"geometry": "Unknown", "properties": {"code": "str"}}, [])
    e, n = EAST, NORTH
    arc = wkb(8, (e, n), (e + 10, n + 10), (e + 20, n))
    compound = packed(9, arc, wkb(2, (e + 20, n), (e + 50, n)))
    fit = {
        "arc": arc, "compound": compound, "multicurve": packed(11, compound),
        "z": shapely.to_wkb(shapely.LineString([(e, n + 1, 5), (e + 9, n, 6)]), flavor="iso"),
        "joined": shapely.MultiLineString([[(e, n + 2), (e + 9, n)], [(e + 9, n), (e + 19, n)]]).wkb,
        "apart": shapely.MultiLineString([[(e, n + 3), (e + 9, n)], [(e + 10, n), (e + 19, n)]]).wkb,
    }  # fmt: skip
    unfit = {
        "none": None, "point": point(0, 0).wkb, "empty": shapely.LineString().wkb, "broken": b"\1\2\3",
    }  # fmt: skip
    with sqlite3.connect(file) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        head = b"GP\0\1" + struct.pack("<i", 4548)
        table = 'INSERT INTO "mixed" (geom, code) VALUES (?, ?)'
        for code, body in (fit | unfit).items():
            connection.execute(table, (body and head + body, code))
    done = bring(workspace, file, "pipe")
    assert set(rows(workspace, "pipe")) == {*fit, "apart-2"}
    assert done.rejected == len(unfit)
    assert rows(workspace, "pipe")["arc"][GEOMETRY].length == pytest.approx(10 * np.pi, rel=1e-3)
    assert rows(workspace, "pipe")["compound"][GEOMETRY].length == pytest.approx(10 * np.pi + 30, rel=1e-3)


def test_geojson_of_a_strange_type_is_one_reject(city, tmp_path):
    file = geojson(tmp_path / "p.geojson", [({"code": "A"}, {"type": "Curve", "coordinates": []}), TWO[0]])
    done = bring(city, file, "pipe")
    assert (done.written, done.rejected) == (1, 1)


# -- drawings --------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawing(tmp_path):
    """What a surveyor draws: polylines of two kinds, an arc, a block with an attribute, text."""
    document = ezdxf.new("R2010")
    space = document.modelspace()
    on = {"dxfattribs": {"layer": "JSLINE"}}
    space.add_lwpolyline([(EAST, NORTH), (EAST + 100, NORTH)], **on)
    space.add_line((EAST + 100, NORTH, 3), (EAST + 200, NORTH + 50, 4), **on)
    space.add_polyline3d([(EAST + 200, NORTH + 50, 3), (EAST + 300, NORTH + 50, 4)], **on)
    space.add_arc((EAST, NORTH), 50, 0, 90, **on)
    document.blocks.new("FM").add_attdef("编号", (0, 0))
    valve = space.add_blockref("FM", (EAST + 100, NORTH), dxfattribs={"layer": "JSPOINT"})
    valve.add_auto_attribs({"编号": "V1"})
    space.add_text("DN300", dxfattribs={"layer": "JSTEXT", "insert": (EAST + 50, NORTH)})
    document.saveas(tmp_path / "图.dxf")
    return tmp_path / "图.dxf"


def test_a_surveyors_drawing(city, drawing):
    assert bring(city, drawing, crs="EPSG:4548").kinds == {"pipe": 4}
    assert bring(city, drawing, "valve", crs="EPSG:4548", layer="JSPOINT").kinds == {"valve": 1}
    assert rows(city, "valve")["V1"][GEOMETRY].equals(point(100, 0))
    lengths = sorted(round(row[GEOMETRY].length, 1) for row in rows(city, "pipe").values())
    assert lengths == [78.5, 100.0, 100.0, 111.8]
    again = bring(city, drawing, crs="EPSG:4548")
    assert (again.inserted, again.unchanged) == (0, 4)


def test_a_drawing_that_is_cut_off(city, drawing):
    drawing.write_bytes(drawing.read_bytes()[:3000])
    with pytest.raises(UnreadableFile):
        bring(city, drawing, crs="EPSG:4548")


KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>管段</name>{}</Folder>'
    "</Document></kml>"
)
MARK = (
    "<Placemark><name>{}</name><ExtendedData><SchemaData><SimpleData name='dn'>300</SimpleData></SchemaData>"
    "</ExtendedData><LineString><coordinates>{}</coordinates></LineString></Placemark>"
)


def test_placemarks(city, tmp_path):
    marks = [("P1", "117.1,36.6,0\n 117.11,36.6,5 "), ("P2", "here"), ("P3", "117.1,36.6")]
    file = tmp_path / "图.kml"
    file.write_text(KML.format("".join(MARK.format(*mark) for mark in marks)), "utf-8")
    done = bring(city, file)
    assert (done.written, done.rejected) == (1, 2)
    row = rows(city, "pipe")["P1"]
    assert row["dn"] == 300
    assert row[GEOMETRY].length == pytest.approx(894.8, abs=1.0)  # 0.01 degrees at 36.6 north


def test_a_placemark_file_that_swells_is_refused(city, tmp_path):
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "a" * 10}">' for i in range(9))
    file = tmp_path / "swells.kml"
    file.write_text(f'<?xml version="1.0"?><!DOCTYPE kml [{entities}]><kml>&e8;</kml>', "utf-8")
    with pytest.raises(UnreadableFile):
        bring(city, file)


def test_layers_that_nothing_is_known_of_are_told(city, tmp_path):
    file = tmp_path / "net.gpkg"
    schema = {"geometry": "LineString", "properties": {"code": "str"}}
    for layer, code in (("pipe", "A"), ("arc", "B"), ("link", "C")):
        with fiona.open(file, "w", driver="GPKG", layer=layer, schema=schema, crs="EPSG:4548") as out:
            out.write({"properties": {"code": code}, "geometry": shapely.geometry.mapping(line((0, 0), (9, 0)))})
    done = bring(city, file)
    assert set(rows(city, "pipe")) == {"A"}
    assert any("arc, link" in warning for warning in done.warnings)
    assert not any("arc" in warning for warning in bring(city, file, "pipe", layer="link").warnings)
