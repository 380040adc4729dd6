"""Profiles and sections worked by hand."""

import numpy as np
import pytest
import shapely

from jnw_desktop.network.profile import at_station, crossings, profile
from jnw_desktop.network.section import clear_between, cut

NAN = np.nan


def lines(*chains):
    return np.array([shapely.LineString(chain) for chain in chains], dtype=object)


def test_stations_tops_bottoms_and_slopes():
    #  (0,0) --30-- (30,0) --40-- (30,40), the second pipe drawn against the path
    path = profile(
        lines([(0, 0), (30, 0)], [(30, 40), (30, 0)]),
        np.array([False, True]),
        depth=np.array([[1.0, 1.2], [1.4, 1.2]]),
        top=np.array([[9.0, NAN], [NAN, NAN]]),
        diameter=np.array([0.2, 0.3]),
        ground=np.array([NAN, 10.0, 10.4]),
    )
    assert path.station.tolist() == [0.0, 30.0, 70.0]
    assert path.ground.tolist() == [10.0, 10.0, 10.4]  # the first from 9.0 + 1.0
    assert path.top == pytest.approx(np.array([[9.0, 8.8], [8.8, 9.0]]))
    assert path.bottom == pytest.approx(np.array([[8.8, 8.6], [8.5, 8.7]]))
    assert path.slope == pytest.approx([-0.2 / 30, 0.2 / 40])
    ground, top, bottom = at_station(path, np.array([15.0, 30.0, 50.0]))
    assert ground == pytest.approx([10.0, 10.0, 10.2])
    assert top == pytest.approx([8.9, 8.8, 8.9])
    assert bottom == pytest.approx([8.7, 8.5, 8.6])


def test_what_is_not_known_stays_unknown():
    path = profile(
        lines([(0, 0), (10, 0)]), np.array([False]), np.array([[1.0, NAN]]), np.array([[NAN, NAN]]),
        np.array([NAN]), np.array([5.0, 5.0]),
    )  # fmt: skip
    assert path.top[0, 0] == 4.0
    assert np.isnan(path.top[0, 1])
    assert np.isnan(path.bottom).all()


def test_crossings_are_found_where_they_are_and_ends_that_touch_are_none():
    path = profile(
        lines([(0, 0), (100, 0)]), np.array([False]), np.full((1, 2), 1.0), np.full((1, 2), NAN), np.array([0.2]),
        np.array([5.0, 5.0]),
    )  # fmt: skip
    met = crossings(path, lines([(40, -30), (40, 10)], [(70, 0), (70, 50)], [(10, 5), (20, 5)], [(20, -1), (20, 1)]))
    assert met.line.tolist() == [3, 0]
    assert met.station.tolist() == [20.0, 40.0]
    assert met.share.tolist() == [0.5, 0.75]


def test_a_section_tells_offset_depth_and_the_width_of_the_cut():
    #  section from (0,0) to (10,0); one line square to it at 2, one at 45 degrees through 6
    made = cut(
        shapely.LineString([(0, 0), (10, 0)]),
        lines([(2, -5), (2, 15)], [(4, -2), (8, 2)], [(0, 3), (10, 3)]),
        depth=np.array([[1.0, 2.0], [1.5, NAN], [1.0, 1.0]]),
        top=np.array([[10.0, 9.0], [9.5, 9.5], [1.0, 1.0]]),
        diameter=np.array([0.2, 0.3, 0.1]),
    )
    assert made.line.tolist() == [0, 1]
    assert made.offset == pytest.approx([2.0, 6.0])
    assert made.depth[0] == pytest.approx(1.25)
    assert np.isnan(made.depth[1])
    assert made.top == pytest.approx([9.75, 9.5])
    assert made.angle == pytest.approx([90.0, 45.0])
    assert made.width == pytest.approx([0.2, 0.3 * np.sqrt(2)])
    horizontal, vertical = clear_between(made, 0, 1, np.array([0.2, 0.3]))
    assert horizontal == pytest.approx(4.0 * np.sqrt(0.5) - 0.25)
    assert vertical == pytest.approx(9.75 - 0.2 - 9.5)
