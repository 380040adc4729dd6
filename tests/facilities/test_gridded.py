"""Lines of a city in squares: nothing is lost, nothing is twice, and each shape lies in its square."""

import numpy as np
import shapely

from jnw_desktop.facilities.gridded import MANY, SIDE, gridded


def lines(count, side):
    at = np.random.default_rng(3).uniform(0, side, (count, 2))
    ends = np.stack([at, at + 10.0], axis=1)
    return shapely.linestrings(np.concatenate([ends, np.zeros((count, 2, 1))], axis=2))


def test_few_lines_are_one_shape():
    (one,) = gridded(lines(100, 10_000))
    assert shapely.get_num_geometries(shapely.from_wkb(one)) == 100
    assert gridded(lines(0, 1.0)) == []


def test_the_lines_of_a_city_are_a_shape_for_each_square():
    drawn = lines(MANY + 1, 10_000)
    shapes = shapely.from_wkb(gridded(drawn))
    assert len(shapes) == 25
    low_e, low_n, high_e, high_n = shapely.bounds(shapes).T
    assert (np.maximum(high_e - low_e, high_n - low_n) <= SIDE + 10.0).all()
    parts = shapely.get_parts(shapes)
    assert not shapely.has_z(parts).any()
    assert set(shapely.to_wkt(parts)) == set(shapely.to_wkt(shapely.force_2d(drawn)))
    assert len(parts) == len(drawn)
