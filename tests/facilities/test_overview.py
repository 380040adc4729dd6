"""The overview shows what the styles show at small scales, no farther off than a pixel, and follows the changes."""

import os
import sqlite3
from contextlib import closing

import numpy as np
import pytest
import shapely

from jnw_desktop.facilities import overview as module
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.overview import SNAP_M, overview
from jnw_desktop.workspace.geometry import from_blob

PIPE, ROAD = KINDS["pipe"].table, KINDS["road"].table
EAST, NORTH = 500000.0, 4057000.0


@pytest.fixture
def city(workspace, monkeypatch):
    """A grid of streets: every fifth pipe DN 600, some without DN, some small, some abandoned; roads of two classes."""
    monkeypatch.setattr(module, "FEWEST", 10)
    rng = np.random.default_rng(3)
    lines, dns, states = [], [], []
    for row in range(30):
        for column in range(30):
            x, y = EAST + 100 * column + rng.uniform(-3, 3), NORTH + 100 * row + rng.uniform(-3, 3)
            lines += [shapely.LineString([(x, y), (x + 100, y)]), shapely.LineString([(x, y), (x, y + 100)])]
            dns += [600 if row % 5 == 0 else 100, 300 if column % 7 else np.nan]
            states += ["in_service", "abandoned" if column == 3 else None]
    with workspace.change("city") as change:
        values = {"geom": shapely.to_wkb(lines), "dn": np.array(dns), "state": states}
        change.insert_arrays(PIPE, values)
        for kind, y in (("arterial", 0), ("lane", 50)):
            road = shapely.MultiLineString([[(EAST, NORTH + y), (EAST + 3000, NORTH + y)]])
            change.insert(ROAD, [{"road_class": kind, "geom": road.wkb}])
    return workspace


def rows(path, kind, column):
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(f"SELECT {column}, geom FROM {kind} ORDER BY fid").fetchall()
    return [(value, shapely.from_wkb(from_blob(geom))) for value, geom in found]


def drawn(city, dn_test):
    with city.read() as connection:
        found = connection.execute(PIPE.select()).mappings().all()
    live = [row for row in found if row["state"] in (None, "in_service") and dn_test(row["dn"])]
    return shapely.union_all([shapely.from_wkb(row["geom"]) for row in live])


def test_every_class_is_there_and_nowhere_else(city, tmp_path):
    made = overview(city, tmp_path)
    assert made.layers == ("road", "pipe")
    found = rows(made.path, "pipe", "dn")
    assert [value for value, _ in found] == sorted((v for v, _ in found), key=lambda v: v or 0)  # large mains on top
    # The classes alone: what coincides with a larger main is not drawn twice.
    whole = shapely.union_all([shape for _value, shape in found])
    real = drawn(city, lambda dn: dn is None or dn >= 300)
    reach = SNAP_M * 0.75  # half of a cell's diagonal, and a little for straight lines between snapped ends
    assert shapely.hausdorff_distance(whole, real, densify=0.05) <= reach
    large = shapely.union_all([shape for value, shape in found if value == 600])
    assert shapely.hausdorff_distance(large, drawn(city, lambda dn: dn == 600), densify=0.05) <= reach
    ((road_class, road),) = rows(made.path, "road", "road_class")
    assert road_class == "arterial"
    assert road.length == pytest.approx(3000, abs=SNAP_M)


def test_it_is_made_once_and_again_after_a_change(city, tmp_path):
    first = overview(city, tmp_path)
    assert overview(city, tmp_path) == first
    with city.change("more") as change:
        line = shapely.LineString([(EAST - 5000, NORTH), (EAST - 4000, NORTH)])
        change.insert(PIPE, [{"dn": 800, "geom": line.wkb}])
    second = overview(city, tmp_path)
    assert second.path != first.path
    assert min(shape.bounds[0] for _value, shape in rows(second.path, "pipe", "dn")) == pytest.approx(
        EAST - 5000, abs=12
    )


def test_a_small_network_needs_none(workspace, tmp_path):
    assert overview(workspace, tmp_path) is None
    assert list(tmp_path.glob("*-*.gpkg")) == []


def test_overviews_of_workspaces_not_opened_for_long_are_forgotten(tmp_path, monkeypatch):
    for number in range(5):
        (tmp_path / f"{number}-1.gpkg").touch()
        os.utime(tmp_path / f"{number}-1.gpkg", (1000 + number, 1000 + number))
    monkeypatch.setattr(module, "KEPT", 2)
    module._forget(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["3-1.gpkg", "4-1.gpkg"]
