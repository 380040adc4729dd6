"""Opening a construction site: what cannot be is refused, an edge that crosses itself is mended and said."""

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.sites import AreaElsewhere, AreaRefused, WorksRefused, mend_area, open_site

EAST, NORTH = 505000.0, 4059500.0


def at(points):
    return shapely.Polygon([(EAST + x, NORTH + y) for x, y in points])


def test_both_wings_of_a_bow_tie_are_kept_and_it_is_said(workspace):
    #  \\  /    two triangles of 10 m by 10 m by half: 50 m² together
    #   \\/
    #   /\\
    opened = open_site(workspace, at([(0, 0), (10, 10), (10, 0), (0, 10)]).wkb, dig_depth=99.9, work_type="piling")
    (warning,) = opened.warnings
    assert "50.0 m²" in warning
    (uid,) = opened.touched["construction_site"].inserted
    record = queries.describe(workspace, "construction_site", uid=uid)
    shape = shapely.from_wkb(record.geometry)
    assert shape.is_valid
    assert (shape.area, record.values["dig_depth"]) == (pytest.approx(50.0), 99.9)


def test_a_sound_area_is_kept_as_it_is(workspace):
    area = at([(0, 0), (10, 0), (10, 10)])
    opened = open_site(workspace, area.wkb)
    assert opened.warnings == []
    (uid,) = opened.touched["construction_site"].inserted
    assert shapely.from_wkb(queries.describe(workspace, "construction_site", uid=uid).geometry).equals(area)


@pytest.mark.parametrize(
    ("shift", "fields", "error"),
    [
        (300_000.0, {}, AreaElsewhere),  # 3.3 degrees east of the zone's middle
        (0.0, {"dig_depth": -3.0}, WorksRefused),
        (0.0, {"dig_depth": 0.0}, WorksRefused),
        (0.0, {"dig_depth": 100.0}, WorksRefused),
        (0.0, {"work_type": "nonsense"}, WorksRefused),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_recorded(workspace, shift, fields, error):
    area = shapely.box(EAST + shift, NORTH, EAST + shift + 10, NORTH + 10)
    with pytest.raises(error) as refused:
        open_site(workspace, area.wkb, **fields)
    assert refused.value.hint
    assert workspace.history() == []


coordinate = st.integers(0, 40)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=4, max_size=9, unique=True))
def test_a_mended_area_is_valid_and_covers_what_the_edge_goes_round(points):
    shape = shapely.Polygon(points)
    assume(shapely.make_valid(shape).area > 0.01)
    mended, warnings = mend_area(shape)
    assert mended.is_valid
    assert shapely.get_dimensions(mended) == 2
    assert mended.area == pytest.approx(shapely.make_valid(shape).area)
    assert bool(warnings) == (not shape.is_valid)


def test_a_line_is_no_area():
    with pytest.raises(AreaRefused):
        mend_area(at([(0, 0), (5, 0), (10, 0)]))
    with pytest.raises(RefusedError):
        mend_area(shapely.Polygon())
