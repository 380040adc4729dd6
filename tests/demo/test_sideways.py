"""Lines beside roads: at an even distance, on one side all along, meeting where the road goes on."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.demo.sideways import beside, follow


def lines(*chains):
    return np.array([shapely.LineString(chain) for chain in chains], dtype=object)


def points(line):
    return [tuple(np.round(at, 2).tolist()) for at in shapely.get_coordinates(line)]


def test_two_streets_of_a_road_drawn_against_each_other_keep_one_side():
    """
    0 ──> 1 <── 2    one road; nodes 0, 1, 2
    """
    streets = lines([(0, 0), (100, 0)], [(200, 0), (100, 0)])
    run = follow(np.array([[0, 1], [2, 1]]), np.array([7, 7]))
    assert run.sign.tolist() == [1, -1]
    first, second = beside(streets, run, 3.0)
    assert points(first) == [(0, 3), (100, 3)]
    assert points(second) == [(200, 3), (100, 3)]


def test_a_corner_is_mitred_where_the_road_goes_on_and_another_road_is_not_followed():
    """
              2
              |
    0 ──────> 1 ──────> 3 (another road)
    """
    streets = lines([(0, 0), (100, 0)], [(100, 0), (100, 80)], [(100, 0), (200, 0)])
    run = follow(np.array([[0, 1], [1, 2], [1, 3]]), np.array([0, 0, 1]))
    first, second, third = beside(streets, run, 2.0)
    assert points(first) == [(0, 2), (98, 2)]
    assert points(second) == [(98, 2), (98, 80)]
    assert points(third) == [(100, 2), (200, 2)]
    assert points(beside(streets, run, -2.0)[0]) == [(0, -2), (102, -2)]


@given(st.floats(0, 6.28), st.floats(-0.5, 0.5), st.sampled_from([-4.0, -1.5, 2.0, 6.0]))
def test_whatever_way_a_street_runs_the_distance_is_kept(turn, bend, distance):
    way = np.array([[np.cos(turn), np.sin(turn)], [np.cos(turn + bend), np.sin(turn + bend)]])
    street = shapely.linestrings(np.cumsum(np.vstack([[0, 0], 60 * way]), axis=0))
    (laid,) = beside(np.array([street]), follow(np.array([[0, 1]]), np.array([0])), distance)
    gap = shapely.distance(shapely.line_interpolate_point(laid, np.linspace(0, 1, 21), normalized=True), street)
    assert gap == pytest.approx(abs(distance), abs=0.02)
