"""Relations of pipes to an area: hand-worked cases, brute force, and what never changes."""

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from jnw_plugins.guide.rules import relate, shallowest
from jnw_plugins.guide.table import read_table

AREA = shapely.box(0, 0, 10, 10)


def one(pipe, area=AREA, outer=0.0, accuracy=0.0, protection=2.0, depths=(1.0, 1.0)):
    (found,) = relate(
        area,
        np.array([pipe], dtype=object),
        np.array([outer]),
        np.array([accuracy]),
        np.array([protection]),
        np.array([depths]),
    )
    return found


@pytest.mark.parametrize(
    ("points", "offset", "inside", "relation"),
    [
        ([(-5, 5), (15, 5)], 0.0, 10.0, "inside"),
        ([(2, 2), (8, 2)], 0.0, 6.0, "inside"),
        ([(10, 10), (20, 20)], 0.0, 0.0, "touching"),
        ([(11.999, 0), (11.999, 10)], 1.999, 0.0, "protected"),
        ([(12.0, 0), (12.0, 10)], 2.0, 0.0, "protected"),
        ([(12.001, 0), (12.001, 10)], 2.001, 0.0, "near"),
        ([(13, 14), (13, 30)], 5.0, 0.0, "near"),
    ],
)
def test_by_hand(points, offset, inside, relation):
    found = one(shapely.LineString(points))
    assert found.offset == pytest.approx(offset, abs=1e-9)
    assert found.length_inside == pytest.approx(inside, abs=1e-9)
    assert found.relation == relation


def test_half_the_pipe_and_its_accuracy_come_off_the_clear_distance():
    found = one(shapely.LineString([(13, 0), (13, 10)]), outer=0.6, accuracy=0.4)
    assert (found.offset, found.clear) == (3.0, pytest.approx(2.3))
    assert found.relation == "near"
    assert one(shapely.LineString([(12.7, 0), (12.7, 10)]), outer=0.6, accuracy=0.4).relation == "protected"


def test_a_pipe_in_the_hole_of_an_area_is_outside():
    #  ┌────────────┐
    #  │  ┌──────┐  │
    #  │  │ ──── │  │   the pipe keeps 3 m to the hole's edge
    #  │  └──────┘  │
    #  └────────────┘
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    area = shapely.MultiPolygon([ring, shapely.box(100, 0, 110, 10)])
    found = one(shapely.LineString([(13, 15), (17, 15)]), area)
    assert (found.offset, found.length_inside, found.relation) == (3.0, 0.0, "near")


def test_a_curved_pipe_is_inside_by_its_own_length():
    quarter = [(10 * math.sin(a), 10 * math.cos(a)) for a in np.linspace(0, math.pi / 2, 200)]
    found = one(shapely.LineString(quarter), shapely.box(-1, -1, 11, 11))
    assert found.length_inside == pytest.approx(5 * math.pi, rel=1e-4)


@pytest.mark.parametrize(
    ("depths", "expected"),
    [((1.0, 2.0), 1.25), ((2.0, 1.0), 1.25), ((np.nan, 1.0), None), ((1.0, np.nan), None)],
)
def test_depth_is_the_least_inside_or_unknown(depths, expected):
    # The pipe runs from -5 to 15; the part inside from a quarter to three quarters of it.
    found = one(shapely.LineString([(-5, 5), (15, 5)]), depths=depths)
    assert found.depth == (None if expected is None else pytest.approx(expected))


def test_depth_outside_is_that_of_the_nearest_point():
    pipe = shapely.LineString([(12, 0), (12, 40)])
    part = shapely.Point(12, 10)
    assert shallowest(pipe, part, 1.0, 2.0) == pytest.approx(1.25)


coordinate = st.floats(-50, 50).map(lambda x: round(x, 3))
chain = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6, unique=True)


@given(chain, st.floats(0, 2 * math.pi), st.tuples(coordinate, coordinate))
def test_offset_equals_brute_force_and_nothing_depends_on_order_or_place(points, turn, shift):
    pipe = shapely.LineString(points)
    assume(pipe.is_simple)  # overlay counts an overlap once
    found = one(pipe)
    # Brute force: the least of many points' distances is no less, and near the true one.
    along = shapely.line_interpolate_point(pipe, np.linspace(0, 1, 2000), normalized=True)
    brute = shapely.distance(along, AREA).min()
    assert found.offset <= brute + 1e-9
    assert brute - found.offset <= pipe.length / 1999 + 1e-6
    back = one(shapely.reverse(pipe))
    assert (back.offset, back.length_inside) == pytest.approx((found.offset, found.length_inside), abs=1e-6)
    outside = pipe.difference(AREA).length
    assert found.length_inside + outside == pytest.approx(pipe.length, abs=1e-6)
    cos, sin = math.cos(turn), math.sin(turn)

    def move(at):
        return at @ np.array([[cos, sin], [-sin, cos]]) + np.array(shift)

    moved = one(shapely.transform(pipe, move), shapely.transform(AREA, move))
    assert moved.offset == pytest.approx(found.offset, abs=1e-6)


def test_the_table_says_source_and_falls_back():
    table = read_table()
    assert [table.protection_of(use).metres for use in ("raw", "distribution", None)] == [5.0, 2.0, 2.0]
    assert (table.accuracy_of("A"), table.accuracy_of(None)) == (0.4, 1.5)
    assert all(row.source for row in [*table.protection, *table.accuracy])


def test_neither_zone_nor_order_of_vertices_makes_a_difference():
    """EPSG:4548 and 4527 are one projection with other eastings; an area and a pipe may begin anywhere."""
    move = pyproj.Transformer.from_crs(4548, 4527, always_xy=True)
    rng = np.random.default_rng(4)
    for _round in range(30):
        at = np.array([505000.0, 4059500.0])
        hull = shapely.convex_hull(shapely.multipoints(at + rng.uniform(0, 60, (7, 2))))
        area = hull.difference(shapely.buffer(shapely.centroid(hull), 3.0, quad_segs=4))
        pipe = shapely.LineString(at + rng.uniform(-20, 80, (4, 2)))
        here = one(pipe, area)
        there = one(*(shapely.transform(shape, move.transform, interleaved=False) for shape in (pipe, area)))
        turned = one(shapely.reverse(pipe), shapely.reverse(area))
        for other in (there, turned):
            assert (other.relation, other.depth) == (here.relation, pytest.approx(here.depth))
            assert other.offset == pytest.approx(here.offset, abs=1e-6)
            assert other.length_inside == pytest.approx(here.length_inside, abs=1e-6)
