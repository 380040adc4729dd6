"""Profiles, sections and isolation plans on paper: at their scale, with every figure, in embedded letters."""

import re
import subprocess

import openpyxl
import pikepdf
import pytest
import shapely

from jnw_desktop.documents import plansheet
from jnw_desktop.documents.heightsheet import write_profile, write_section
from jnw_desktop.documents.plansheet import list_plan, print_plan
from jnw_desktop.documents.writing import DocumentNotWritten
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.profiles import profile, section
from jnw_desktop.facilities.shutoff import isolate
from jnw_desktop.mapengine.errors import NoQgis
from jnw_desktop.workspace import Workspace

from ..facilities.citykit import build, customer

POINT_MM = 25.4 / 72


@pytest.fixture
def city(tmp_path):
    with Workspace.create(tmp_path / "city.gpkg") as workspace:
        deep = {"depth_start": 1.0, "depth_end": 1.4, "outer_diameter": 222.0, "material": "QM"}
        uids = build(workspace, "S1 -p1- V1 -p2- K1 -p3- M1", p1=deep, p2={"depth_start": 1.4})
        with workspace.change("heights") as change:
            for code, kind, height in (("S1", "waterworks", 30.0), ("V1", "valve", 31.0)):
                change.update(KINDS[kind].table, uids[code], {"elevation": height})
            line = shapely.to_wkb(shapely.LineString([(500050.0, 4059990.0), (500050.0, 4060010.0)]))
            sewer = {"code": "Q1", "geom": line, "line_type": "sewer", "dn": 400, "depth_start": 1.8, "depth_end": 1.8}
            change.insert(KINDS["other_line"].table, [sewer])
            customer(change, "C1", (500300.0, 4060000.0), uids["M1"], households=5, priority="hospital")
        yield workspace


def text_of(path):
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def strokes(path):
    """Straight strokes of the first page: (dx, dy) in pt."""
    with pikepdf.open(path) as document:
        content = document.pages[0].Contents.read_bytes().decode("latin-1")
    number = r"(-?[\d.]+)"
    found = re.findall(rf"{number} {number} m {number} {number} l S", content)
    return [(float(c) - float(a), float(d) - float(b)) for a, b, c, d in found]


def embedded(path):
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    return bool(fonts) and all(line.split()[-5] == "yes" for line in fonts)


def stated(text):
    along, up = re.search(r"水平 1:(\d+)，竖直 1:(\d+)", text).groups()
    return float(along), float(up)


def test_a_profile_is_drawn_at_the_scales_it_states(city, tmp_path):
    out = write_profile(city, profile(city, "S1", "M1"), str(tmp_path / "profile.pdf"))
    text = text_of(out)
    along, up = stated(text)
    wanted = (100_000 / along / POINT_MM, 600 / up / POINT_MM)  # the top of p1: 100 m, 0.6 m up
    assert any(stroke == pytest.approx(wanted, abs=0.01) for stroke in strokes(out))
    assert [line.split()[-1] for line in text.splitlines() if "页" in line] == ["第1页", "第2页"]
    for word in ("纵断面 S1 – M1", "29.60", "球墨铸铁", "Q1", "不足", "净距规则表", "管段埋深不详"):
        assert word in text, word
    assert embedded(out)


def test_a_section_is_drawn_at_one_scale(city, tmp_path):
    told = section(city, [500040.0, 4059996.0, 500060.0, 4060004.0])
    out = write_section(city, told, str(tmp_path / "section.pdf"))
    text = text_of(out)
    along, up = stated(text)
    assert along == up
    for word in ("横断面", "污水", "p1", "Q1", "未核实"):
        assert word in text, word
    assert embedded(out)


def test_a_long_section_has_a_scale_of_its_own_for_heights(city, tmp_path):
    told = section(city, [500050.0, 4059900.0, 500050.0, 4060100.0])
    text = text_of(write_section(city, told, str(tmp_path / "section.pdf")))
    along, up = stated(text)
    assert along > 200 >= up >= along / 10
    assert "p1" in text


def test_a_plan_says_what_to_close_and_whom_to_tell(city, tmp_path):
    out = print_plan(city, str(tmp_path / "plan.pdf"), pipe="p3")
    text = text_of(out)
    for word in ("管段 p3 关阀方案", "V1", "K1", "卡死", "C1", "第三十四条", "停水重要用户（1）"):
        assert word in text, word
    assert "比例尺" in text or "未附地图" in text
    assert embedded(out)


def test_a_plan_as_a_workbook(city, tmp_path):
    out = list_plan(city, isolate(city, pipe="p3"), str(tmp_path / "plan.xlsx"))
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(out).active.iter_rows()]
    assert ["需关阀门（按此顺序）", 1, "V1"] in rows
    assert ["停水用户", None, "C1"] in rows


@pytest.mark.engine
def test_a_plan_has_a_map_that_knows_where_it_is(city, tmp_path):
    out = print_plan(city, str(tmp_path / "plan.pdf"), pipe="p3")
    with pikepdf.open(out) as document:
        assert len(document.pages) == 2
        assert "/VP" in document.pages[1]


def test_without_qgis_the_lists_are_printed_and_say_so(city, tmp_path, monkeypatch):
    def missing(*_given):
        raise NoQgis("none")

    monkeypatch.setattr(plansheet, "MapPrinter", missing)
    text = text_of(print_plan(city, str(tmp_path / "plan.pdf"), pipe="p3"))
    assert "V1" in text
    assert "未附地图" in text


def test_where_nothing_can_be_written_is_told(city, tmp_path):
    with pytest.raises(DocumentNotWritten):
        print_plan(city, str(tmp_path / "no" / "plan.pdf"), pipe="p3")
