"""Areas from corners, and from a road and two stations."""

import pytest
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.sites import AreaElsewhere, AreaRefused
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_plugins.guide.areas import area_along, area_of_places

from .conftest import EAST, NORTH


def test_corners_make_an_area_and_a_bow_is_mended():
    area, warnings = area_of_places(f"{EAST},{NORTH};{EAST + 10},{NORTH}; {EAST + 10},{NORTH + 5}", 4548)
    assert (shapely.from_wkb(area).area, warnings) == (pytest.approx(25.0), [])
    bow = ";".join(f"{EAST + x},{NORTH + y}" for x, y in ((0, 0), (10, 10), (10, 0), (0, 10)))
    area, warnings = area_of_places(bow, 4548)
    assert (shapely.from_wkb(area).area, len(warnings)) == (pytest.approx(50.0), 1)


@pytest.mark.parametrize("text", ["", "1,2;3,4", "1,2;3,4;x,5", "1,2,3;4,5,6;7,8,9"])
def test_what_is_no_list_of_corners(text):
    with pytest.raises(UsageError):
        area_of_places(text, 4548)


def test_corners_without_extent_or_in_degrees():
    with pytest.raises(AreaRefused):
        area_of_places(f"{EAST},{NORTH};{EAST + 10},{NORTH};{EAST + 20},{NORTH}", 4548)
    with pytest.raises(AreaElsewhere):
        area_of_places("117.0,36.6;117.1,36.6;117.1,36.7", 4548)


@pytest.fixture
def roads(town):
    """A road that bends after 40 m and is in two parts, 60 and 40 m; one of no width; two of one name."""
    bent = shapely.MultiLineString(
        [[(EAST, NORTH), (EAST + 40, NORTH), (EAST + 40, NORTH + 20)], [(EAST + 100, NORTH), (EAST + 140, NORTH)]]
    )
    straight = shapely.MultiLineString([[(EAST, NORTH + 50), (EAST + 100, NORTH + 50)]])
    rows = [("R1", "弯路", 12.0, bent), ("R2", "无宽路", None, straight), ("R3", "同名路", 5.0, straight)]
    rows.append(("R4", "同名路", 5.0, straight))
    with Workspace.open(town) as workspace, workspace.change("roads") as change:
        told = [{"code": code, "name": name, "width": width, "geom": line.wkb} for code, name, width, line in rows]
        change.insert(KINDS["road"].table, told)
    return town


@pytest.mark.parametrize(
    ("begin", "end", "width", "area"),
    [
        (10, 30, None, 20 * 12.0),
        (30, 10, 4.0, 20 * 4.0),
        (0, 60, 6.0, 60 * 6.0),  # the corner that is gained outside is lost inside
        (50, 70, 10.0, 20 * 10.0),  # ten metres at the end of one part, ten at the beginning of the next
    ],
)
def test_a_stretch_of_road(roads, begin, end, width, area):
    with Workspace.open(roads) as workspace:
        made = shapely.from_wkb(area_along(workspace, "弯路", begin, end, width))
        assert made.area == pytest.approx(area)
        assert made.is_valid
        assert made.equals(shapely.from_wkb(area_along(workspace, "R1", begin, end, width)))


@pytest.mark.parametrize(
    ("road", "begin", "end", "error"),
    [
        ("弯路", 0, 101, UsageError),
        ("弯路", -1, 5, UsageError),
        ("弯路", 5, 5, UsageError),
        ("无宽路", 0, 5, UsageError),
        ("同名路", 0, 5, UsageError),
        ("没有", 0, 5, NoSuchRow),
    ],
)
def test_what_is_no_stretch(roads, road, begin, end, error):
    with Workspace.open(roads) as workspace, pytest.raises(error):
        area_along(workspace, road, begin, end, None)


@pytest.mark.engine
def test_a_guide_of_a_stretch(roads, jnw, tmp_path):
    asked = ("guide", "issue", roads, "--out", tmp_path / "g.pdf", "--road", "弯路")
    status, told, _said = jnw(*asked, "--stations", "0,40", "--work", "trench")
    assert status == 0
    assert jnw("guide", "steps", roads, told["site"])[1]["answered"] is not None
    assert jnw(*asked, "--stations", "40")[0] == 2
    assert jnw(*asked, "--site", "S1", "--stations", "0,40")[0] == 2
