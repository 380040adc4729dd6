"""A city to issue guides of, and the command line."""

import json
import shutil

import pytest
import shapely

from jnw_desktop.commandline.program import run
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide import operations

EAST, NORTH = 505000.0, 4059500.0


def build(place):
    """Three pipes beside a site of 40 × 20 m: through it, 3 m off, 200 m off."""
    with (
        Workspace.create(place, title="历下区管网", demonstration=True) as workspace,
        workspace.change("city") as change,
    ):
        for code, points, depth in (
            ("THROUGH", [(-20, 10), (60, 10)], 1.2),
            ("BESIDE", [(0, 23), (40, 23)], None),
            ("FAR", [(0, 220), (40, 220)], 1.0),
        ):
            line = shapely.LineString([(EAST + x, NORTH + y) for x, y in points])
            values = {"dn": 300, "material": "QM", "depth_start": depth, "depth_end": depth, "accuracy_position": "A"}
            change.insert(KINDS["pipe"].table, [{"code": code, "geom": line.wkb, **values}])
        site = shapely.box(EAST, NORTH, EAST + 40, NORTH + 20)
        fields = {"code": "S1", "name": "路口改造", "geom": site.wkb}
        change.insert(KINDS["construction_site"].table, [fields])


@pytest.fixture(autouse=True)
def _own_certificate(tmp_path, monkeypatch):
    """What guides are signed with is set for a machine: one test's company is none of the next one's."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def city(place):
    """Where the city is, on each home in turn."""
    build(place)
    return place


@pytest.fixture
def town(tmp_path):
    """The city as a file: for what has nothing to do with where it is kept."""
    build(tmp_path / "town.gpkg")
    return tmp_path / "town.gpkg"


@pytest.fixture(scope="session")
def guide_file(tmp_path_factory):
    """The file of a guide of the city that was handed to a contractor; not to be changed."""
    folder = tmp_path_factory.mktemp("guide")
    build(folder / "city.gpkg")
    with Workspace.open(folder / "city.gpkg") as workspace:
        operations.issue(workspace, "S1", str(folder / "guide.pdf"), terms=Terms("示范施工公司"))
    return folder / "guide.pdf"


@pytest.fixture
def told_town(guide_file, tmp_path):
    """A town whose site S1 has the guide JD000001, and that guide's file beside it."""
    shutil.copy(guide_file.with_name("city.gpkg"), tmp_path / "told.gpkg")
    shutil.copy(guide_file, tmp_path / "guide.pdf")
    return tmp_path / "told.gpkg"


@pytest.fixture
def jnw(capsys):
    """Exit status, the JSON printed, and what was said to people."""

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            run([*map(str, arguments), "--json"])
        told = capsys.readouterr()
        return ended.value.code, json.loads(told.out), told.err

    return call


@pytest.fixture
def square(tmp_path):
    """Writes the GeoJSON of a square in degrees with its lower left at a place; ``bow``: its edge crosses itself."""

    def write(longitude=117.0555, latitude=36.6666, *, bow=False):
        x, y, step = longitude, latitude, 0.0004
        ring = [[x, y], [x + step, y], [x + step, y + step], [x, y + step]]
        if bow:
            ring[2], ring[3] = ring[3], ring[2]
        path = tmp_path / "works.geojson"
        path.write_text(json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}))
        return path

    return write
