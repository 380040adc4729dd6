"""Dimension lines and section lines: worked out by hand, and what holds for any site."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from jnw_plugins.guide.mapmarks import numbered_corners
from jnw_plugins.guide.rules import place_on, square_to
from jnw_plugins.guide.ties import FARTHEST, MOST, SIMILAR, ties

AREA = shapely.box(0, 0, 40, 20)


def lines(*points):
    return np.array([shapely.LineString(some) for some in points], dtype=object)


def told(*points, area=AREA):
    return [
        [tuple(at) for at in shapely.get_coordinates(tie.line).round(6).tolist()] for tie in ties(area, lines(*points))
    ]


def test_a_pipe_that_crosses_is_measured_along_both_edges_from_the_nearer_corner():
    #      ┌──────┬───────────┐ 20
    #      │      │           │         the pipe comes in 13 m from the lower left corner
    #      └──────┴───────────┘ 0
    assert sorted(told([(13, -5), (13, 25)])) == [[(0, 0), (13, 0)], [(0, 20), (13, 20)]]
    assert sorted(told([(30, -5), (30, 25)])) == [[(40, 0), (30, 0)], [(40, 20), (30, 20)]]


def test_a_pipe_inside_is_measured_square_to_it_from_the_edge_that_is_met_first():
    assert told([(10, 6), (30, 6)]) == [[(20, 0), (20, 6)]]
    assert told([(10, 15), (30, 15)]) == [[(20, 20), (20, 15)]]
    assert told([(10, 6), (12, 6)]) == []  # a branch of two metres


def test_a_pipe_outside_is_measured_the_shortest_way():
    (tie,) = ties(AREA, lines([(43, -10), (43, 30)]))
    assert tie.length == pytest.approx(3.0)
    (corner,) = ties(AREA, lines([(43, 24), (50, 24)]))
    assert corner.length == pytest.approx(5.0)


def test_one_in_a_hole_is_measured_to_the_edge_of_the_hole():
    holed = AREA.difference(shapely.box(10, 5, 30, 15))
    (tie,) = ties(holed, lines([(14, 12), (26, 12)]))
    assert tie.length == pytest.approx(3.0)


def test_what_lies_on_another_is_measured_once_and_what_touches_not_at_all():
    assert len(told([(13, -5), (13, 25)], [(13.5, -5), (13.5, 25)])) == 2
    assert told([(40, 0), (40, 20)]) == []
    assert told([(200, 0), (200, 20)]) == []  # beyond a tape


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-30, 70) for _corner in range(4)]), min_size=1, max_size=30))
def test_every_dimension_begins_at_the_site_and_ends_at_a_pipe(ends):
    pipes = lines(*([(a, b), (c + 100.0 * (a == c and b == d), d)] for a, b, c, d in ends))
    found = ties(AREA, pipes)
    assert len(found) <= MOST
    edge = shapely.boundary(AREA)
    for tie in found:
        assert 0 < tie.length <= FARTHEST + 1e-9
        first, last = (shapely.Point(at) for at in shapely.get_coordinates(tie.line))
        assert shapely.distance(first, edge) < 1e-6
        assert shapely.distance(pipes, last).min() < 1e-6
    middles = np.array([shapely.get_coordinates(tie.line).mean(axis=0) for tie in found])
    for i in range(len(middles)):
        others = np.delete(middles, i, axis=0)
        assert not len(others) or np.hypot(*(others - middles[i]).T).min() >= SIMILAR - 1e-9


def test_where_a_pipe_concerns_a_site():
    bent = shapely.LineString([(-10, 10), (10, 10), (10, 30)])
    assert place_on(bent, AREA).coords[0] == pytest.approx((10.0, 10.0))  # 20 m of it lie inside
    assert place_on(shapely.LineString([(45, 5), (60, 5)]), AREA).coords[0] == (45.0, 5.0)
    assert square_to(shapely.LineString([(0, 0), (3, 4)]), shapely.Point(1.5, 2)) == pytest.approx([0.8, -0.6])


def test_corners_are_numbered_by_ring():
    holed = shapely.MultiPolygon([AREA.difference(shapely.box(1, 1, 2, 2)), shapely.box(100, 0, 110, 10)])
    names = [name for name, _place in numbered_corners(holed)]
    assert names == [f"{ring}{number}" for ring in ("", "A", "B") for number in (1, 2, 3, 4)]


@given(st.lists(st.tuples(*[st.floats(1, 39) for _corner in range(4)]), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_no_dimension_line_crosses_another(ends):
    found = ties(AREA, lines(*([(a, b / 2), (c + 10.0, d / 2)] for a, b, c, d in ends)))
    for i, one in enumerate(found):
        assert not any(shapely.crosses(one.line, other.line) for other in found[i + 1 :])
