"""A map sheet: vectors at the scale asked for, and every place where the georeference says it is, turned or not."""

import base64
import io
import re
import subprocess

import numpy as np
import pytest
import shapely
from PIL import Image
from reportlab.pdfbase.pdfmetrics import stringWidth

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.mapframe import MapPrinter
from jnw_desktop.documents.mapsheet import print_map
from jnw_desktop.documents.paper import PAPERS, POINT_MM, SCALES, MapSheet, Sheet
from jnw_desktop.documents.text import fold
from jnw_desktop.documents.writing import DocumentNotWritten
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.workspace import Workspace

EAST, NORTH = 505000.0, 4059500.0
DPI = 300


@pytest.fixture
def city(tmp_path):
    with Workspace.create(tmp_path / "city.gpkg") as workspace:
        with workspace.change("city") as change:
            line = shapely.LineString([(EAST - 100, NORTH), (EAST + 100, NORTH)])
            change.insert(KINDS["pipe"].table, [{"code": "P1", "dn": 600, "material": "QT", "geom": line.wkb}])
            change.insert(KINDS["valve"].table, [{"geom": shapely.Point(EAST, NORTH).wkb}])
            far = shapely.Point(EAST + 5000, NORTH)
            change.insert(KINDS["hydrant"].table, [{"geom": far.wkb}])
        yield workspace


def text_of(path):
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def pixels(path, folder):
    """The page as an array (row from above, column, RGB)."""
    subprocess.run(["pdftoppm", "-r", str(DPI), "-png", "-singlefile", path, folder / "page"], check=True)
    return np.asarray(Image.open(folder / "page.png").convert("RGB")).astype(int)


@pytest.mark.engine
@pytest.mark.parametrize("rotation", [0.0, 30.0, -75.0])
def test_a_place_is_where_the_georeference_says(city, tmp_path, rotation):
    place = (EAST + 31.0, NORTH - 17.0)
    square = shapely.box(place[0] - 2, place[1] - 2, place[0] + 2, place[1] + 2)
    with MapPrinter(city.source, city.crs, [], tmp_path) as printer:
        frame = printer.frame(
            (EAST, NORTH), 500, (600, 400), [], [{"wkb": square.wkb_hex, "role": "result"}], rotation=rotation
        )
    assert frame.scale == pytest.approx(500, rel=1e-4)
    assert frame.to_ground(300, 200) == pytest.approx((EAST, NORTH), abs=0.02)
    page = pixels(frame.path, tmp_path)
    rows, columns = np.nonzero((page < 240).any(axis=2))
    x, y = (columns.mean() + 0.5) / DPI * 72, 400 - (rows.mean() + 0.5) / DPI * 72
    assert frame.to_ground(x, y) == pytest.approx(place, abs=0.1)  # 0.2 mm on paper
    # One metre is one metre in every direction.
    a, b, _c, d, e, _f = frame.affine
    assert np.hypot(a, d) == pytest.approx(POINT_MM * 0.5, rel=1e-3)
    assert a * b + d * e == pytest.approx(0, abs=1e-6)
    assert frame.turn == pytest.approx(-rotation, abs=0.01)


@pytest.mark.engine
@pytest.mark.parametrize(("paper", "rotation"), [("A4", 0.0), ("A3", 20.0), ("A0", 0.0)])
def test_a_sheet_says_what_it_shows(city, tmp_path, paper, rotation):
    landscape = paper != "A4"
    out = tmp_path / "sheet.pdf"
    wanted = MapSheet("历下区供水管网图", Sheet(paper, landscape), (EAST, NORTH), 500, rotation)
    print_map(city, wanted, str(out), tree=layer_tree(), who="li")
    told = text_of(out)
    assert all(word in told for word in ("历下区供水管网图", "1:500", "EPSG:4548", "li", paper, "阀门"))
    assert rotation or "DN600" in told
    assert "消火栓" not in told  # none lies in the frame
    info = subprocess.run(["pdfinfo", out], capture_output=True, text=True, check=True).stdout
    short, long = sorted(PAPERS[paper])
    width, height = (float(part) * POINT_MM for part in info.split("Page size:")[1].split()[0:3:2])
    assert (width, height) == pytest.approx((long, short) if landscape else (short, long), abs=0.5)
    assert "Gauss-Kruger" in subprocess.run(["gdalinfo", out], capture_output=True, text=True, check=True).stdout


def heights(path, word):
    """Heights in pt of the lines that hold ``word``."""
    told = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
    boxes = re.findall(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]*)<', told)
    return [float(low) - float(high) for high, low, text in boxes if word in text]


@pytest.mark.engine
def test_what_is_beside_the_map_grows_with_the_paper(city, tmp_path):
    found = {}
    for paper in ("A4", "A3", "A0"):
        out = tmp_path / f"{paper}.pdf"
        wanted = MapSheet("供水管网图", Sheet(paper), (EAST, NORTH), 500)
        print_map(city, wanted, str(out), tree=layer_tree())
        found[paper] = [heights(out, word)[0] for word in ("图例", "供水管网图", "1:500", "北", "EPSG")]
    assert found["A4"] == pytest.approx(found["A3"], rel=0.01)
    sides = min(Sheet("A0").size) / min(Sheet("A3").size)
    assert [a0 / a3 for a0, a3 in zip(found["A0"], found["A3"], strict=True)] == pytest.approx([sides] * 5, rel=0.02)


@pytest.mark.engine
def test_a_legend_shows_what_is_in_the_frame_at_its_scale(city, tmp_path):
    with MapPrinter(city.source, city.crs, layer_tree(), tmp_path) as printer:
        near = printer.frame((EAST, NORTH), 500, (600, 400), ["pipe", "valve"])
        far = printer.frame((EAST, NORTH), 50000, (600, 400), ["pipe", "valve"])
        pipes, valves = printer.legend("pipe", near), printer.legend("valve", near)
        assert [row["label"] for row in (*pipes, *valves)] == ["给水管 DN ≥ 600", "阀门 开启"]
        assert [printer.legend(kind, near) for kind in ("hydrant", "other_line")] == [[], []]
        assert [len(printer.legend(kind, far)) for kind in ("pipe", "valve")] == [1, 0]
    for row in (*pipes, *valves):
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(row["png"]))).convert("RGBA"))
        drawn = np.argwhere(picture[..., 3] > 127)
        high, wide = (np.ptp(drawn, axis=0) + 1) / 4 * POINT_MM  # four pixels a point
        assert wide > 2.0
        assert high == pytest.approx(3.0 * POINT_MM, abs=0.2) if row in pipes else high > 2.0


def test_a_line_is_never_broken_inside_a_word():
    font = chinese_font()
    name = "EPSG:4548 CGCS2000 / 3-degree Gauss-Kruger CM 117E"
    for width in (60, 90, 126, 300):
        lines = fold(name, font, 7.5, width)
        assert " ".join(lines).split() == name.split()
        assert all(stringWidth(line, font, 7.5) <= width for line in lines)
    assert (
        "".join(fold("济南市历下区经十路与燕山立交桥交叉口", font, 7.5, 40)) == "济南市历下区经十路与燕山立交桥交叉口"
    )
    assert all(stringWidth(line, font, 7.5) <= 20 for line in fold("abcdefghijklmnopqrstuvwxyz", font, 7.5, 20))


@pytest.mark.engine
def test_a_sheet_of_a_demonstration_says_so(tmp_path):
    with Workspace.create(tmp_path / "demo.gpkg", demonstration=True) as workspace:
        out = tmp_path / "sheet.pdf"
        print_map(workspace, MapSheet("x", Sheet("A4"), (EAST, NORTH), 500), str(out), tree=layer_tree())
    assert "演示数据，非真实管网" in text_of(out)


@pytest.mark.engine
def test_a_sheet_that_cannot_be_written_is_told(city, tmp_path):
    wanted = MapSheet("x", Sheet("A4"), (EAST, NORTH), 500)
    with pytest.raises(DocumentNotWritten):
        print_map(city, wanted, str(tmp_path / "none" / "sheet.pdf"), tree=layer_tree())


def test_the_fitting_scale_is_the_largest_that_shows_everything():
    sheet = Sheet("A3")
    for scale in SCALES[:-1]:
        width, height = sheet.ground(scale)
        assert sheet.fitting(width, height) == scale
        assert sheet.fitting(width * 1.01, height) == SCALES[SCALES.index(scale) + 1]
    assert sheet.fitting(1e9, 1e9) == SCALES[-1]
    assert Sheet("A3", legend=False).map_size[0] > sheet.map_size[0]
    with pytest.raises(UsageError):
        _ = Sheet("B5").size
