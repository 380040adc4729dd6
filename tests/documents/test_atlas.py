"""An atlas: the sheets cover the extent edge to edge, each once, and name their neighbours."""

import re
import subprocess

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.documents.atlas import AtlasRefused, print_atlas, sheets_with_pipes
from jnw_desktop.documents.paper import Atlas, Sheet, cut
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.workspace import Workspace

EAST, NORTH = 505000.0, 4059500.0
A4 = Sheet("A4")


@given(
    wide=st.floats(1, 5000),
    high=st.floats(1, 5000),
    scale=st.sampled_from([500, 1000, 5000]),
    paper=st.sampled_from(["A4", "A1"]),
)
def test_the_sheets_cover_the_extent_edge_to_edge(wide, high, scale, paper):
    sheet = Sheet(paper)
    cells = list(cut((EAST, NORTH, EAST + wide, NORTH + high), sheet, scale))
    whole = shapely.union_all([shapely.box(*cell.box) for cell in cells])
    assert whole.buffer(1e-6).contains(shapely.box(EAST, NORTH, EAST + wide, NORTH + high))
    width, height = sheet.ground(scale)
    assert whole.area == pytest.approx(len(cells) * width * height, rel=1e-9)
    assert len({cell.name for cell in cells}) == len(cells)


@pytest.fixture
def city(workspace):
    """One pipe 600 m to the east from (EAST, NORTH), one of 100 m far to the north."""
    with workspace.change("in") as change:
        lines = [[(EAST, NORTH), (EAST + 600, NORTH)], [(EAST, NORTH + 3000), (EAST + 100, NORTH + 3000)]]
        change.insert(KINDS["pipe"].table, [{"geom": shapely.LineString(line).wkb} for line in lines])
    return workspace


def test_sheets_without_pipes_are_left_out(city):
    extent = (EAST, NORTH, EAST + 600, NORTH + 3000)
    found = sheets_with_pipes(city, extent, A4, 1000)
    every = list(cut(extent, A4, 1000))
    assert 0 < len(found) < len(every)
    lines = shapely.MultiLineString(
        [[(EAST, NORTH), (EAST + 600, NORTH)], [(EAST, NORTH + 3000), (EAST + 100, NORTH + 3000)]]
    )
    assert {cell.name for cell in found} == {cell.name for cell in every if shapely.box(*cell.box).intersects(lines)}


def test_too_large_or_empty_is_refused(city):
    with pytest.raises(AtlasRefused):
        sheets_with_pipes(city, (EAST, NORTH, EAST + 1e6, NORTH + 1e6), A4, 500)
    with pytest.raises(AtlasRefused):
        sheets_with_pipes(city, (EAST - 9000, NORTH, EAST - 8000, NORTH + 10), A4, 500)


@pytest.mark.engine
def test_a_key_map_and_a_page_for_each_sheet(tmp_path):
    with Workspace.create(tmp_path / "city.gpkg", title="图册") as workspace:
        with workspace.change("in") as change:
            line = shapely.LineString([(EAST, NORTH), (EAST + 600, NORTH)])
            change.insert(KINDS["pipe"].table, [{"geom": line.wkb}])
        out = str(tmp_path / "atlas.pdf")
        names = print_atlas(workspace, Atlas("图册", A4, 1000), out, tree=layer_tree())
    text = subprocess.run(["pdftotext", "-layout", out, "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) == len(names) + 1
    assert "接合图表" in pages[0]
    assert all(name in pages[0] for name in names)
    for name, page in zip(names, pages[1:], strict=True):
        row, column = (int(part) for part in name.split("-"))
        joined = set(re.findall(r"接 ?(\d\d-\d\d)", page))
        assert joined == {f"{row:02d}-{c:02d}" for c in (column - 1, column + 1)} & set(names)
