"""What goes out and comes into a fresh workspace is the same network, as far as the format can hold it."""

import datetime
import math
import shutil

import fiona
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jnw_desktop.exchange.exporting import export_file
from jnw_desktop.exchange.importing import import_file
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

EAST, NORTH = 500000.0, 4060000.0
WORDS = st.text("经十路ABab 0=+-&<>'\"", max_size=10).map(lambda text: f"={text}路")


def within(low, high):
    return st.none() | st.floats(low, high).map(lambda value: round(value, 3))


@st.composite
def networks(draw):
    """A tree of pipes with bends over points 50 m apart: kinds, fields, ends."""
    count = draw(st.integers(2, 6))
    kinds = ["waterworks", *(draw(st.sampled_from(["node", "valve", "hydrant", "tank"])) for _ in range(count - 1))]
    points = [
        {"kind": kind, "code": f"N{at}", "at": (EAST + 50 * at, NORTH + draw(st.integers(0, 3)) * 50),
         "name": draw(st.none() | WORDS)}
        for at, kind in enumerate(kinds)
    ]  # fmt: skip
    pipes = []
    for at in range(1, count):
        start = draw(st.integers(0, at - 1))
        bend = (points[at]["at"][0] - draw(st.floats(5, 20)), points[at]["at"][1] + draw(st.floats(5, 20)))
        pipes.append(
            {"code": f"管{at}", "ends": (start, at), "bend": bend, "dn": draw(st.none() | st.integers(20, 2000)),
             "material": draw(st.sampled_from([None, "QM", "PE"])), "road": draw(st.none() | WORDS),
             "year": draw(st.none() | st.integers(1950, 2026)), "depth_start": draw(within(0, 10)),
             "length": draw(within(1, 500)),
             "survey_date": draw(st.none() | st.dates(datetime.date(1901, 1, 1), datetime.date(2100, 1, 1)).map(str))}
        )  # fmt: skip
    return points, pipes


def fill(workspace, network):
    points, pipes = network
    uids = []
    with workspace.change("test") as change:
        for one in points:
            row = {"code": one["code"], "name": one["name"], "geom": shapely.to_wkb(shapely.Point(one["at"]))}
            uids += change.insert(KINDS[one["kind"]].table, [row])
        for one in pipes:
            start, end = one["ends"]
            line = shapely.LineString([points[start]["at"], one["bend"], points[end]["at"]])
            row = {name: value for name, value in one.items() if name not in ("ends", "bend")}
            row |= {"geom": shapely.to_wkb(line), "start_node": uids[start], "end_node": uids[end]}
            change.insert(KINDS["pipe"].table, [row])


def held(workspace):
    """All facilities by kind and code, references by code, without what is local to one copy."""
    found, names = {}, {}
    with workspace.read() as connection:
        for kind in KINDS.values():
            for row in connection.execute(sa.select(kind.table)).mappings():
                names[row["uid"]] = f"{kind.id}:{row['code']}"
                found[f"{kind.id}:{row['code']}"] = {
                    name: value for name, value in row.items() if name not in ("fid", "version", "born", "uid")
                }
    for row in found.values():
        row[GEOMETRY] = shapely.from_wkb(row[GEOMETRY])
        for name in ("start_node", "end_node"):
            if row.get(name):
                row[name] = names[row[name]]
    return found, set(names)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An empty workspace to copy: making one takes longer than all else an example does."""
    place = tmp_path_factory.mktemp("empty") / "empty.gpkg"
    with Workspace.create(place):
        pass
    return place


@pytest.fixture
def rounded(empty, tmp_path):
    return lambda network, ending: there_and_back(empty, tmp_path, network, ending)


def there_and_back(empty, folder, network, ending):
    """The network before and after, and the uids."""
    for old in folder.iterdir():
        old.unlink()
    for name in ("before.gpkg", "after.gpkg"):
        shutil.copy(empty, folder / name)
    with Workspace.open(folder / "before.gpkg") as before, Workspace.open(folder / "after.gpkg") as after:
        fill(before, network)
        done = export_file(before, folder / f"out{ending}")
        for file in sorted(done.files, key=lambda name: name.endswith(f"_pipe{ending}")):
            kind = file.removesuffix(ending).rpartition("out_")[2] if "out_" in file else ""
            choices = {"kind": kind, "crs": "EPSG:4548" if ending in (".dxf", ".inp") else ""}
            read = import_file(after, [file], choices=choices)
            assert read.rejected == 0, read.reasons
        return held(before), held(after)


def same(before, after, metres=0.0, but=()):
    assert before.keys() == after.keys()
    for name, row in before.items():
        other = after[name]
        assert shapely.equals_exact(row[GEOMETRY], other[GEOMETRY], metres), name
        wanted = {field: value for field, value in row.items() if field != GEOMETRY and field not in but}
        got = {field: other[field] for field in wanted}
        assert got == wanted, name


SETTINGS = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("ending", [".gpkg", ".geojson"])
def test_geopackage_and_geojson_bring_all_of_it_back(rounded, ending):
    @SETTINGS
    @given(networks())
    def check(network):
        (before, uids), (after, others) = rounded(network, ending)
        same(before, after)
        assert uids == others

    check()


@pytest.mark.parametrize(("ending", "metres"), [(".shp", 0.0), (".kml", 1e-4), (".xlsx", 0.0)])
def test_shapefile_kml_and_workbook_bring_back_what_they_can_hold(rounded, ending, metres):
    @SETTINGS
    @given(networks())
    def check(network):
        (before, _uids), (after, _others) = rounded(network, ending)
        same(before, after, metres)

    check()


def test_a_drawing_brings_back_what_it_can_hold(rounded):
    @SETTINGS
    @given(networks())
    def check(network):
        (before, _uids), (after, _others) = rounded(network, ".dxf")
        same(before, after, 1e-6)

    check()


def test_epanet_brings_back_the_network(rounded):
    @SETTINGS
    @given(networks())
    def check(network):
        (before, _uids), (after, _others) = rounded(network, ".inp")
        pipes = {name: row for name, row in before.items() if name.startswith("pipe:")}
        assert pipes.keys() == {name for name in after if name.startswith("pipe:")}
        assert len(before) == len(after)
        for name, row in pipes.items():
            other = after[name]
            assert shapely.equals_exact(row[GEOMETRY], other[GEOMETRY], 1e-4)
            assert other["dn"] == (row["dn"] or 100)
            assert math.isclose(other["length"], row["length"] or row[GEOMETRY].length, rel_tol=1e-6)
            ends = [one[end].partition(":")[2] for one in (row, other) for end in ("start_node", "end_node")]
            assert ends[:2] == ends[2:]

    check()


@pytest.mark.parametrize("ending", ["gpkg", "xlsx"])
def test_a_valve_that_stands_on_a_pipe_uncut_does_not_cut_the_copy(workspace, tmp_path, ending):
    points = [{"kind": kind, "code": f"N{at}", "at": (EAST + 50 * at, NORTH), "name": None}
              for at, kind in enumerate(["waterworks", "valve", "node"])]  # fmt: skip
    line = {"code": "管1", "ends": (0, 2), "bend": (EAST + 70, NORTH), "dn": 200}
    fill(workspace, (points, [line]))
    out = tmp_path / f"city.{ending}"
    made = export_file(workspace, out)
    with Workspace.create(tmp_path / "copy.gpkg") as copy:
        for file in made.files:
            import_file(copy, [file])
        assert held(copy) == held(workspace)
    with Workspace.create(tmp_path / "other.gpkg") as other:
        import_file(other, [geojson_point(tmp_path, "V9", EAST + 20)])
        done = import_file(other, made.files)
        assert done.topology["pipes_split"] == 1  # what did not come with the copy cuts


def geojson_point(folder, code, east):
    """A valve in a file of its own."""
    file = folder / "valve.geojson"
    with fiona.open(file, "w", driver="GeoJSON", schema={"geometry": "Point", "properties": {"code": "str"}},
                    crs="EPSG:4548") as out:  # fmt: skip
        out.write({"properties": {"code": code}, "geometry": {"type": "Point", "coordinates": (east, NORTH)}})
    return file
