"""Ground from a raster under profiles and sections, by the real engine: nodata, another CRS, what is no raster."""

import functools

import numpy as np
import pyproj
import pytest

from jnw_desktop.documents.heightsheet import write_profile, write_section
from jnw_desktop.facilities import profiles
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.mapengine import terrain
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.mapengine.terrain import GroundRefused, heights

from ..facilities.citykit import build

pytestmark = pytest.mark.engine
EAST, NORTH = 500_000.0, 4_060_000.0


def raster(path, *, degrees=False):
    """A slope of 1 m in 100 m east, in cells of 10 m from 50 m west of the place; the last 100 m hold nothing."""
    wide, tall, size, low_e, low_n = 60, 20, 10.0, EAST - 50, NORTH - 100
    if degrees:
        to = pyproj.Transformer.from_crs(4548, 4490, always_xy=True)
        (low_e, low_n), (high_e, _n) = to.transform(low_e, low_n), to.transform(low_e + wide * size, low_n)
        size = (high_e - low_e) / wide
        tall = 40
    row = [100 + (i * 10 - 45) / 100 if i < 50 else -9999 for i in range(wide)]
    head = f"ncols {wide}\nnrows {tall}\nxllcorner {low_e}\nyllcorner {low_n}\ncellsize {size}\nNODATA_value -9999\n"
    path.write_text(head + "\n".join([" ".join(f"{value:.4f}" for value in row)] * tall))
    path.with_suffix(".prj").write_text(pyproj.CRS.from_epsg(4490 if degrees else 4548).to_wkt("WKT1_ESRI"))
    return path


@pytest.fixture
def make(qgis_python):
    return functools.partial(MapEngine, python=qgis_python)


@pytest.fixture
def ground(make, tmp_path):
    file = raster(tmp_path / "ground.asc")
    return profiles.Ground(file.name, lambda points: heights(str(file), 4548, points, make=make))


@pytest.mark.parametrize("degrees", [False, True])
def test_heights_are_those_of_the_cells(make, tmp_path, degrees):
    file = raster(tmp_path / "ground.asc", degrees=degrees)
    places = np.array([[EAST + 5, NORTH], [EAST + 205, NORTH], [EAST + 500, NORTH], [EAST - 500, NORTH]])
    found = heights(str(file), 4548, places, make=make)
    assert found[:2] == pytest.approx([100.05, 102.05], abs=0.11 if degrees else 1e-4)
    assert np.isnan(found[2:]).all()


def test_what_is_no_raster_or_has_no_crs_is_refused(make, tmp_path):
    file = raster(tmp_path / "ground.asc")
    at = np.array([[EAST, NORTH]])
    file.with_suffix(".prj").unlink()
    for name in ("nothing.tif", file.name):
        with pytest.raises(GroundRefused):
            heights(str(tmp_path / name), 4548, at, make=make)
    assert not np.isnan(heights(str(file), 4548, at, own=4548, make=make)).any()
    file.write_text("no raster")
    with pytest.raises(GroundRefused):
        heights(str(file), 4548, at, make=make)


def test_a_profile_takes_the_ground_it_lacks(workspace, ground, tmp_path):
    depths = {"depth_start": 1.0, "depth_end": 1.5}
    uids = build(workspace, "a -p1- b -p2- c", p1=depths, p2=depths)
    with workspace.change("known") as change:
        change.update(KINDS["node"].table, uids["b"], {"elevation": 111.0})
    told = profiles.profile(workspace, "a", "c", ground)
    assert [row["ground"] for row in told["points"]] == [99.95 + 0.1, 111.0, 102.05]  # what is recorded stays
    assert told["pipes"][0]["top_start"] == pytest.approx(99.05, abs=1e-3)
    assert len(told["ground_line"]) >= 200
    assert "ground.asc" in told["warnings"][-1]
    assert "2 处" in told["warnings"][-1]
    assert "10.0 m" in told["warnings"][-1]  # 111 recorded, 101.05 there
    assert write_profile(workspace, told, str(tmp_path / "p.pdf")).endswith("p.pdf")
    plain = terrain.profile(workspace, "a", "c")
    assert (plain["ground_line"], plain["points"][0]["ground"]) == ([], None)


def test_a_section_takes_the_ground_it_lacks(workspace, ground, tmp_path):
    build(workspace, "a -p1- b", p1={"depth_start": 1.0, "depth_end": 1.0})
    told = profiles.section(workspace, [EAST + 55, NORTH - 20, EAST + 55, NORTH + 20], ground)
    (row,) = told["pipes"]
    assert (row["ground"], row["depth"], row["top"]) == pytest.approx((100.55, 1.0, 99.55), abs=1e-3)
    assert write_section(workspace, told, str(tmp_path / "s.pdf")).endswith("s.pdf")
    far = profiles.section(workspace, [EAST + 45, NORTH - 20, EAST + 45, NORTH - 10])
    assert (far["ground_line"], far["pipes"], far["warnings"]) == ([], [], [])
