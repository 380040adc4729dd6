"""A document that goes to somebody bears the name on every page, and tells places no more exactly than it may."""

import hashlib
import subprocess

import numpy as np
import openpyxl
import pikepdf
import pytest
import shapely

from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.heightsheet import print_section
from jnw_desktop.documents.mapsheet import print_map
from jnw_desktop.documents.paper import MapSheet, Sheet
from jnw_desktop.documents.releaselist import write_releases
from jnw_desktop.documents.tables import Listing, write_listing
from jnw_desktop.documents.writing import DocumentNotWritten
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.releases.register import releases
from jnw_desktop.facilities.releases.roles import set_role

WHO = Terms("山东某某设计院", why="方案设计")
EAST, NORTH = 505123.0, 4059456.0


def pages_of(path):
    told = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    return told.split("\f")[:-1]


def grey(path):
    raw = subprocess.run(["pdftoppm", "-gray", "-r", "72", "-f", "1", "-l", "1", path], capture_output=True, check=True)
    _magic, size, _most, pixels = raw.stdout.split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(pixels, dtype=np.uint8).reshape(height, width).astype(int)


@pytest.fixture
def city(workspace):
    line = shapely.LineString([(EAST - 40, NORTH), (EAST + 40, NORTH)]).wkb
    with workspace.change("in") as change:
        change.insert(KINDS["pipe"].table, [{"code": "P1", "dn": 300, "geom": line, "depth_start": 1.2}])
    set_role(workspace, "施工单位", "50")
    set_role(workspace, "公众", "hidden")
    return workspace


def listed(workspace, out, terms, rows=200):
    with handing_out(workspace, out, title="清单", terms=terms, who="li") as draft:
        write_listing(Listing("清单", [], ["a"], [[str(n)] for n in range(rows)]), str(draft.path), who=draft.who)


def test_the_name_and_the_number_stand_on_every_page(city, tmp_path):
    listed(city, tmp_path / "a.pdf", WHO)
    (row,) = releases(city)
    pages = pages_of(tmp_path / "a.pdf")
    assert len(pages) > 2
    for page in pages:
        assert page.count("山东某某设计院") == 1  # at its foot; what lies over the page is no text to search
        assert row["release"] in page
        assert "方案设计" in page
    assert row["sha256"] == hashlib.sha256((tmp_path / "a.pdf").read_bytes()).hexdigest()
    listed(city, tmp_path / "b.pdf", Terms())
    with_name, without = grey(tmp_path / "a.pdf"), grey(tmp_path / "b.pdf")
    middle = np.s_[200:-200, 100:-100]  # the foot is not what is looked at
    changed = np.abs(with_name - without)[middle] > 8
    assert 0.01 < changed.mean() < 0.3
    assert with_name[middle].min() > 120  # so light that what lies under it can be read
    fonts = subprocess.run(["pdffonts", tmp_path / "a.pdf"], capture_output=True, text=True, check=True).stdout
    assert {line.split()[-5] for line in fonts.splitlines()[2:]} == {"yes"}  # every font is within


def test_what_stays_in_the_house_bears_no_name(city, tmp_path):
    listed(city, tmp_path / "a.pdf", Terms(), rows=3)
    assert "R20" not in pages_of(tmp_path / "a.pdf")[0]
    assert releases(city)[0]["recipient"] is None


def test_a_folder_that_is_not_there_is_told_and_nothing_is_registered(city, tmp_path):
    with pytest.raises(DocumentNotWritten):
        listed(city, tmp_path / "none" / "a.pdf", WHO)
    assert releases(city) == []


def test_a_section_tells_its_ends_as_the_role_has_it(city, tmp_path):
    line = [EAST, NORTH - 10, EAST, NORTH + 10]
    found = {}
    for role in ("", "施工单位", "公众"):
        out = print_section(city, str(tmp_path / f"{role or 'all'}.pdf"), line=line, terms=Terms("x", role))
        found[role] = "".join(pages_of(out))
    assert "505123.00" in found[""]
    assert "505123" not in found["施工单位"]
    assert "E 505100" in found["施工单位"]
    assert "5051" not in found["公众"]


def test_the_register_on_paper_and_as_a_workbook(city, tmp_path):
    listed(city, tmp_path / "a.pdf", WHO, rows=1)
    write_releases(city, str(tmp_path / "r.xlsx"), text="设计院", terms=Terms("档案馆"))
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(tmp_path / "r.xlsx").active]
    assert "档案馆" in rows[0][0]
    assert rows[1][:3] == ["编号", "时间", "经办人"]
    assert (rows[2][2], rows[2][5], rows[2][6]) == ("li", "a.pdf", "山东某某设计院")
    assert len(rows) == 3
    write_releases(city, str(tmp_path / "r.pdf"))
    assert "山东某某设计院" in "".join(pages_of(tmp_path / "r.pdf")).replace("\n", "")
    with pytest.raises(UsageError):
        write_releases(city, str(tmp_path / "r.csv"))


@pytest.mark.engine
def test_a_map_has_its_grid_and_georeference_only_where_places_are_exact(city, tmp_path):
    sheet = MapSheet("图", Sheet("A4"), (EAST, NORTH), 500)
    for role, exact in (("", True), ("施工单位", False), ("公众", False)):
        out = str(tmp_path / f"{role or 'all'}.pdf")
        print_map(city, sheet, out, tree=layer_tree(), terms=Terms("x", role))
        with pikepdf.open(out) as document:
            assert ("/VP" in document.pages[0].obj) == exact
        assert ("505100" in pages_of(out)[0].replace(",", "").replace(" ", "")) == exact
    assert releases(city)[0]["kinds"] == {"pipe": 1}
    assert releases(city)[0]["bounds"][0] < EAST < releases(city)[0]["bounds"][2]
