"""A map sheet: vectors at the scale asked for, and every place where the georeference says it is, turned or not."""

import subprocess

import numpy as np
import pytest
import shapely
from PIL import Image

from jnw_desktop.documents.mapframe import MapPrinter
from jnw_desktop.documents.mapsheet import print_map
from jnw_desktop.documents.paper import PAPERS, POINT_MM, SCALES, MapSheet, Sheet
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
