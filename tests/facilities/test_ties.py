"""Tie points: well spread, near, real; hand-worked places and a brute-force look at every triple."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.ties import CANDIDATES, DEGREES_A_METRE, LEAST_M, REACH_M, NoTies, choose, ties_of

EAST, NORTH = 505000.0, 4059000.0
HERE = np.array([EAST, NORTH])


def around(*polar):
    """Points at (degrees from east, metres) about HERE."""
    return np.array([HERE + r * np.array([np.cos(np.radians(a)), np.sin(np.radians(a))]) for a, r in polar])


def test_three_that_point_apart_beat_three_in_a_row():
    points = around((0, 5), (4, 5), (8, 5), (60, 9), (120, 9))
    assert sorted(choose(HERE, points)) == [0, 3, 4]


def test_opposite_points_lie_on_one_line_and_count_as_one_direction():
    points = around((0, 10), (180, 10), (90, 10), (45, 11))
    assert 3 in choose(HERE, points)


def test_too_near_and_too_far_are_left_out():
    assert choose(HERE, around((0, 0.5), (90, 61.0), (200, 30.0))) == [2]


def score(points, triple):
    away = points - HERE
    distance = np.hypot(*away.T)
    angle = np.degrees(np.arctan2(away[:, 1], away[:, 0])) % 180
    gaps = [min(d, 180 - d) for d in (abs(angle[a] - angle[b]) for a, b in itertools.combinations(triple, 2))]
    return min(gaps) - DEGREES_A_METRE * distance[list(triple)].mean()


@given(st.lists(st.tuples(st.integers(0, 359), st.integers(2, 59)), min_size=4, max_size=CANDIDATES, unique=True))
def test_no_other_three_are_better(polar):
    points = around(*polar)
    best = max(score(points, triple) for triple in itertools.combinations(range(len(points)), 3))
    assert score(points, choose(HERE, points)) == pytest.approx(best)
    assert all(LEAST_M <= np.hypot(*(points[i] - HERE)) <= REACH_M for i in choose(HERE, points))


def test_a_valve_among_houses_and_hydrants(workspace):
    house = shapely.box(EAST + 10, NORTH + 5, EAST + 30, NORTH + 20)
    with workspace.change("in") as change:
        change.insert(KINDS["valve"].table, [{"code": "F1", "geom": shapely.Point(EAST, NORTH).wkb}])
        change.insert(KINDS["building"].table, [{"code": "L1", "name": "3号楼", "geom": house.wkb}])
        change.insert(KINDS["hydrant"].table, [
            {"code": "X1", "geom": shapely.Point(EAST - 8, NORTH + 6).wkb},
            {"code": "X2", "geom": shapely.Point(EAST + 1, NORTH - 9).wkb, "state": "removed"},
        ])  # fmt: skip
    found = ties_of(workspace, "valve", "F1")
    assert found[0].what == "消火栓 X1"
    assert found[0].distance == pytest.approx(10.0)
    assert all(tie.what in ("消火栓 X1", "3号楼 墙角") for tie in found)
    assert len(found) == 3
    with workspace.change("far") as change:
        change.insert(KINDS["valve"].table, [{"code": "F2", "geom": shapely.Point(EAST + 5000, NORTH).wkb}])
    with pytest.raises(NoTies, match="F2"):
        ties_of(workspace, "valve", "F2")
