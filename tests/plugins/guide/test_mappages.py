"""A guide of several sheets, read back by other programs: georeference, match lines, outline, tables over pages."""

import json
import re
import subprocess

import pikepdf
import pytest
import shapely

from jnw_desktop.documents.paper import paper_size
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.releases.roles import set_role
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide import operations
from jnw_plugins.guide.mappages import map_size
from jnw_plugins.guide.sheets import plan

pytestmark = pytest.mark.engine
E, N = 505000.0, 4059500.0
SITE = shapely.box(E, N, E + 160, N + 30)
CODES = [f"P{n:03d}" for n in range(160)]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A site of 160 × 30 m with a service pipe at every metre; two detail sheets on A4."""
    place = tmp_path_factory.mktemp("road") / "road.gpkg"
    with Workspace.create(place, title="历下区管网", demonstration=True) as workspace:
        with workspace.change("road") as change:
            lines = [shapely.LineString([(E + x + 0.5, N - 5), (E + x + 0.5, N + 20)]) for x in range(len(CODES))]
            rows = [{"code": code, "dn": 100, "geom": line.wkb} for code, line in zip(CODES, lines, strict=True)]
            change.insert(KINDS["pipe"].table, rows)
            site = {"code": "S1", "name": "经十路改造", "geom": SITE.wkb}
            change.insert(KINDS["construction_site"].table, [site])
        set_role(workspace, "公众", "hidden")
    return place


@pytest.fixture(scope="module")
def guide(place):
    """What issuing told, and the file."""
    out = place.with_name("guide.pdf")
    with Workspace.open(place) as workspace:
        return operations.issue(workspace, "S1", str(out), paper="A4"), out


def text_of(out, *options):
    return subprocess.run(["pdftotext", *options, out, "-"], capture_output=True, text=True, check=True).stdout


def first_map(out):
    """The page of the overview: the cover may be longer than one."""
    with pikepdf.open(out) as document:
        return next(number for number, page in enumerate(document.pages, start=1) if "/VP" in page.obj)


def test_an_overview_and_detail_sheets_that_join(guide):
    told, out = guide
    assert (told.sheets, told.scale) == (3, 500)
    assert [note[:4] for note in told.notes] == ["未填写："]  # the form of the test's site is empty
    # In the order it was written, for what is turned falls apart by layout; its blanks are lost anyway.
    pages = ["".join(page.split()) for page in text_of(out, "-raw").split("\f")[:-1]]
    assert len(pages) == told.pages
    overview, *others = (page for page in pages[first_map(out) - 1 :])
    assert "总图" in overview
    assert "2张，1:500" in overview
    assert ["接图2" in others[0], "接图1" in others[1]] == [True, True]
    assert "接图" not in overview + others[2]


def test_gdal_finds_each_sheet_where_it_is(guide):
    _told, out = guide
    planned = plan(SITE.wkb, 10.0, map_size(paper_size("A4")))
    views = [(planned.center, planned.scale), *((cell.center, planned.detail_scale) for cell in planned.details)]
    for page, ((east, north), scale) in enumerate(views, start=first_map(out)):
        told = subprocess.run(["gdalinfo", "-json", f"PDF:{page}:{out}"], capture_output=True, text=True, check=True)
        info = json.loads(told.stdout)
        assert "Gauss-Kruger CM 117E" in info["coordinateSystem"]["wkt"]
        half_e, half_n = (side * 0.0254 / 72 * scale / 2 for side in planned.size)
        mapped = shapely.box(east - half_e, north - half_n, east + half_e, north + half_n)
        neat = shapely.from_wkt(info["metadata"][""]["NEATLINE"])
        # A tenth of a millimetre on paper.
        assert shapely.hausdorff_distance(neat, mapped) < 0.0001 * scale, page


def test_the_outline_leads_to_every_part(guide):
    _told, out = guide
    with pikepdf.open(out) as document, document.open_outline() as outline:
        titles = [item.title for item in outline.root]
        numbers = [document.pages.index(pikepdf.Page(item.destination[0])) + 1 for item in outline.root]
    assert titles[0] == "工地与工程"
    at = titles.index("总图")
    assert "保护措施" in titles[:at]
    assert titles[at : at + 3] == ["总图", "图 1", "图 2"]
    assert titles[at + 3 :] == [
        "工地内及周边管段", "设施与其他管线", "横断面", "规则与来源", "探坑记录", "现场交底", "版本记录", "说明",
    ]  # fmt: skip
    first = first_map(out)
    assert numbers[at : at + 4] == [first, first + 1, first + 2, first + 3]
    assert numbers == sorted(numbers)


def test_the_tables_run_over_pages_with_their_head_and_name_every_pipe(guide):
    told, out = guide
    pages = text_of(out, "-layout").split("\f")[first_map(out) + 2 : -1]
    pages = pages[: next(i for i, page in enumerate(pages) if "横断面" in page)]
    with_pipes = [page for page in pages if re.search(r"\bP\d\d\d\b", page)]
    assert len(with_pipes) > 2
    assert all("埋设" in page and "图号" in page for page in with_pipes)
    found = re.findall(r"\bP\d\d\d\b", "".join(pages))
    assert sorted(found) == CODES == sorted(pipe["code"] for pipe in told.pipes)


def test_a_pipe_is_said_to_be_on_its_sheets(guide):
    _told, out = guide
    lines = [line.split() for line in text_of(out, "-layout").splitlines()]
    rows = {line[0]: line[-1] for line in lines if len(line) > 12 and re.fullmatch(r"P\d\d\d", line[0])}
    # The match line is in the middle, at E + 80.
    assert (rows["P000"], rows["P079"], rows["P080"], rows["P159"]) == ("1", "1", "2", "2")


def test_more_sheets_than_are_allowed_make_the_scale_coarser(place, tmp_path, jnw):
    out = tmp_path / "guide.pdf"
    options = ("--site", "S1", "--out", out, "--paper", "A4", "--most-sheets", "1")
    status, told, said = jnw("guide", "issue", place, *options)
    assert (status, told["sheets"], told["scale"]) == (0, 2, 1000)
    assert told["warnings"][0] == "按 1:500 需要的分幅图超过 1 张，因此分幅图采用 1:1000。"
    assert told["warnings"][1].startswith("未填写：")  # the site of the test has no contractor
    assert told["warnings"][0] in said
    assert "超过1张" in text_of(out).replace(" ", "").replace("\n", "")
    assert jnw("guide", "issue", place, *options[:-1], "0")[0] == 2


def test_who_is_told_no_places_gets_no_grid_and_no_georeference(place, tmp_path):
    out = tmp_path / "guide.pdf"
    with Workspace.open(place) as workspace:
        operations.issue(workspace, "S1", str(out), paper="A4", terms=Terms("某人", "公众"))
    assert not re.search(r"\b50[45]\d{3}\b|\b4059\d{3}\b", text_of(out))
    told = subprocess.run(["gdalinfo", "-json", f"PDF:2:{out}"], capture_output=True, text=True, check=True).stdout
    assert "NEATLINE" not in json.loads(told)["metadata"].get("", {})


def test_a_site_with_nothing_around_says_so(tmp_path, jnw):
    place = tmp_path / "empty.gpkg"
    with Workspace.create(place, title="空") as workspace, workspace.change("site") as change:
        change.insert(KINDS["construction_site"].table, [{"code": "S1", "geom": shapely.box(E, N, E + 5, N + 2).wkb}])
    status, told, _said = jnw("guide", "issue", place, "--site", "S1", "--out", tmp_path / "guide.pdf")
    assert (status, told["pipes"], told["sheets"], told["scale"]) == (0, [], 1, 200)
    assert "没有管段" in text_of(tmp_path / "guide.pdf").replace(" ", "")
