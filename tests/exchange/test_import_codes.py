"""Which column is the code: a file that numbers its rows overwrites no other that does, and none comes in twice."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.exchange.coding import numbers_rows
from jnw_desktop.exchange.importing import import_file
from jnw_desktop.exchange.layer import BATCH
from jnw_desktop.exchange.mapping import Mapping
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

from .importfiles import bring, csv_file, geojson, line, point, rows, sound, with_gdal


@pytest.fixture
def city(tmp_path):
    """An empty workspace in a file, where the home makes no difference."""
    with Workspace.create(tmp_path / "city.gpkg", who="test") as made:
        yield made


def pipes(name, numbers, north=0, **more):
    """Pipes 10 m apart, each with a number under ``name``."""
    return [
        ({name: number, "dn": 100 + i} | more, line((i * 10, north), (i * 10, north + 9)))
        for i, number in enumerate(numbers)
    ]


@given(st.integers(1, 300), st.integers(0, 1), st.randoms(use_true_random=False), st.booleans())
def test_what_numbers_the_rows_is_known_in_any_order_as_text_or_number_and_with_gaps(count, first, random, as_text):
    numbers = list(range(first, first + count))
    random.shuffle(numbers)
    left = numbers[: max(1, (count + first + 1) // 2 + 1)]
    told = [str(number) if as_text else float(number) for number in left]
    assert numbers_rows([*told, None])


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50, unique=True), st.text("ABC甲", min_size=1))
def test_text_and_wide_gaps_number_nothing(numbers, mark):
    assert not numbers_rows([f"{mark}{number}" for number in numbers])
    assert not numbers_rows([*numbers, 10**9 + len(numbers)])
    assert not numbers_rows([f"0{number}" for number in numbers])


@pytest.mark.parametrize("name", ["id", "gid", "fid", "OBJECTID", "序号"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_second_file_numbered_from_the_start_leaves_the_first_alone(city, tmp_path, name, first):
    numbers = range(first, first + 5)
    bring(city, geojson(tmp_path / "east.geojson", pipes(name, numbers)), "pipe")
    before = rows(city, "pipe")
    done = bring(city, geojson(tmp_path / "west.geojson", pipes(name, numbers, north=500)), "pipe")
    assert (done.inserted, done.updated) == (5, 0)
    after = rows(city, "pipe")
    assert {code: after[code] for code in before} == before
    assert len(after) == 10
    assert all(code.startswith("GD") for code in after)  # made
    assert any(name in text and "--mapping" in text for text in done.warnings)


@pytest.mark.parametrize("name", ["gid", "fid", "OBJECTID", "ogc_fid"])
def test_a_gis_programs_row_keys_are_no_codes_even_with_gaps(city, tmp_path, name):
    done = bring(city, geojson(tmp_path / "a.geojson", pipes(name, [17, 230, 10_290])), "pipe")
    assert all(code.startswith("GD") for code in rows(city, "pipe"))
    assert any(name in text for text in done.warnings)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("id", [100_231, 100_977, 214_055]),  # a register's, with gaps
        ("id", ["P-1", "P-2", "P-3"]),
        ("id", ["001", "002", "003"]),
        ("gid", ["{A0-1}", "{A0-2}", "{A0-3}"]),
        ("arc_id", [1, 2, 3]),  # named as the pipe's code, whatever its values
        ("AssetID", [1, 2, 3]),
        ("管段编号", ["1", "2", "3"]),
        ("编号", [1, 2, 3]),
        ("code", [1, 2, 3]),
    ],
)
def test_a_real_code_comes_in_again_as_an_update(city, tmp_path, name, numbers):
    file = geojson(tmp_path / "a.geojson", pipes(name, numbers))
    assert bring(city, file, "pipe").inserted == 3
    assert set(rows(city, "pipe")) == {str(number) for number in numbers}
    again = bring(city, file, "pipe")
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 3)
    changed = bring(city, geojson(tmp_path / "b.geojson", pipes(name, numbers, material="PE")), "pipe")
    assert (changed.inserted, changed.updated) == (0, 3)


def test_the_user_says_that_row_numbers_are_the_code(city, tmp_path):
    file = geojson(tmp_path / "a.geojson", pipes("id", [1, 2, 3]))
    told = Mapping("pipe", {"code": "id", "dn": "dn"})
    assert import_file(city, [file], choices={"mapping": told}).inserted == 3
    assert set(rows(city, "pipe")) == {"1", "2", "3"}
    assert import_file(city, [file], choices={"mapping": told}).unchanged == 3


def guessed(city, file, choices):
    """The columns that an import which is told no more would take."""
    return import_file(city, [file], choices=choices, dry_run=True).mappings[0].columns


def test_a_code_beside_a_row_number_is_the_code(city, tmp_path):
    file = csv_file(
        tmp_path / "v.csv", "OBJECTID,id,FACILITYID,x,y", "1,1,WM-7,510000,4057000", "2,2,WM-8,510010,4057000"
    )
    assert guessed(city, file, {"kind": "valve", "crs": "EPSG:4548"})["code"] == "FACILITYID"
    file = csv_file(tmp_path / "w.csv", "OBJECTID,label,x,y", "1,V-7,510000,4057000", "2,V-8,510010,4057000")
    assert guessed(city, file, {"kind": "valve", "crs": "EPSG:4548"})["code"] == "label"


def test_rows_numbered_in_another_order_than_they_stand_are_known_by_all_of_them(city, tmp_path):
    count = BATCH + 100
    numbers = [(i * 7919) % count + 1 for i in range(count)]  # 7919 is prime and no factor: a permutation
    assert not numbers_rows(numbers[:100])
    lines = [f"{number},{510000 + i % 300},{4057000 + i // 300}" for i, number in enumerate(numbers)]
    file = csv_file(tmp_path / "n.csv", "id,x,y", *lines)
    assert "code" not in guessed(city, file, {"kind": "customer", "crs": "EPSG:4548"})


# -- a file without codes that comes in again ------------------------------------------------------------------------


def test_a_file_without_codes_comes_in_once(workspace, tmp_path):
    file = geojson(tmp_path / "a.geojson", pipes("id", [1, 2, 3], material="PE"))
    bring(workspace, file, "pipe")
    before = rows(workspace, "pipe")
    again = bring(workspace, file, "pipe")
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 3)
    assert any("已在库中" in text for text in again.warnings)
    assert rows(workspace, "pipe") == before
    more = bring(workspace, geojson(tmp_path / "b.geojson", pipes("id", [1, 2, 3, 4], material="PE")), "pipe")
    assert (more.inserted, more.unchanged) == (1, 3)
    other = bring(workspace, geojson(tmp_path / "c.geojson", pipes("id", [1, 2], material="QM")), "pipe")
    assert (other.inserted, other.unchanged) == (2, 0)
    assert any("另行导入" in text for text in other.warnings)
    assert sound(workspace)


def test_many_customers_in_one_house_are_counted_not_merged(workspace, tmp_path):
    house = [({"name": name, "households": 1}, point(0, 0)) for name in ("甲", "甲", "甲", "乙")]
    assert bring(workspace, geojson(tmp_path / "a.geojson", house), "customer").inserted == 4
    again = bring(workspace, geojson(tmp_path / "b.geojson", [*house, house[0]]), "customer")
    assert (again.inserted, again.unchanged) == (1, 4)


def test_a_row_that_says_less_is_still_known(city, tmp_path):
    both = [({"name": "甲", "households": 1}, point(0, 0)), ({"name": "甲"}, point(0, 0))]
    bring(city, geojson(tmp_path / "a.geojson", both), "customer")
    again = bring(city, geojson(tmp_path / "b.geojson", both[::-1]), "customer")
    assert (again.inserted, again.unchanged) == (0, 2)


@pytest.mark.parametrize("valves_first", [False, True])
def test_pipes_without_codes_that_valves_cut_come_in_once(workspace, tmp_path, valves_first):
    mains = geojson(tmp_path / "p.geojson", [({"dn": 300, "length": 100.0}, line((0, 0), (100, 0)))])
    valves = geojson(tmp_path / "v.geojson", [({"dn": 300}, point(30, 0)), ({"dn": 300}, point(70, 0))])
    order = [(valves, "valve"), (mains, "pipe")] if valves_first else [(mains, "pipe"), (valves, "valve")]
    for file, kind in order:
        bring(workspace, file, kind)
    before = rows(workspace, "pipe") | rows(workspace, "valve") | rows(workspace, "node")
    for file, kind in order:
        again = bring(workspace, file, kind)
        assert (again.inserted, again.updated) == (0, 0)
    assert rows(workspace, "pipe") | rows(workspace, "valve") | rows(workspace, "node") == before
    assert len(rows(workspace, "pipe")) == 3


def test_the_same_places_through_another_format_and_crs_are_known(city, tmp_path):
    shape = line((0, 0), (40, 9), (80, 0))
    bring(city, geojson(tmp_path / "a.geojson", [({"dn": 300}, shape)]), "pipe")
    schema = {"geometry": "LineString", "properties": {"dn": "int"}}
    rounded = shapely.set_precision(shape, 1e-6)
    file = with_gdal(tmp_path / "b.gpkg", "GPKG", schema, [({"dn": 300}, rounded)])
    assert bring(city, file, "pipe").unchanged == 1


def test_codes_that_mean_facilities_elsewhere_are_told(city, tmp_path):
    bring(city, geojson(tmp_path / "a.geojson", pipes("code", ["P1", "P2"])), "pipe")
    done = bring(city, geojson(tmp_path / "b.geojson", pipes("code", ["P1", "P2"], north=2000)), "pipe")
    assert done.updated == 2
    assert any("2" in text and "撤销" in text for text in done.warnings)


def test_a_piece_that_needs_a_code_takes_none_that_the_file_gives(workspace, tmp_path):
    bring(workspace, geojson(tmp_path / "valve.geojson", [({"code": "V1"}, point(50, 0))]))
    pipes = [({"code": f"GD{number:06d}"}, line((0, 10 * number), (100, 10 * number))) for number in range(4)]
    done = bring(workspace, geojson(tmp_path / "pipe.geojson", pipes))
    assert (done.inserted, done.rejected) == (4, 0)
    assert set(rows(workspace, "pipe")) == {"GD000000", "GD000001", "GD000002", "GD000003", "GD000004"}


def test_rows_with_and_without_codes_come_in_together(workspace):
    table = KINDS["hydrant"].table
    with workspace.change("in") as change:
        change.insert(table, [{}, {"code": "XHS000001"}, {}, {"code": "XHS000003"}])
        change.insert_arrays(table, {"code": [None, "XHS000005", None, "XHS000006"]})
    assert set(rows(workspace, "hydrant")) == {f"XHS00000{n}" for n in range(1, 9)}
