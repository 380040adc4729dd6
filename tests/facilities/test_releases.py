"""Whatever leaves is written down, and a role is told places as exactly as was set, and no more."""

import hashlib
import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import NothingUnrecorded, Terms, leaving, record_copy, united
from jnw_desktop.facilities.releases.register import releases
from jnw_desktop.facilities.releases.roles import remove_role, role_of, roles, set_role
from jnw_desktop.workspace import Workspace

from .citykit import build

NUMBER = st.floats(-1e6, 1e7, allow_nan=False)


@given(NUMBER, NUMBER, st.floats(0.01, 1000))
def test_a_rounded_place_is_within_half_a_step_and_on_the_grid(east, north, step):
    (told,) = Coordinates(step).masked(np.array([shapely.Point(east, north)]))
    assert abs(told.x - east) <= step / 2 * (1 + 1e-6) + 1e-6
    assert told.x / step == pytest.approx(round(told.x / step), abs=1e-4)
    assert Coordinates(step).at((east, north)) == pytest.approx((told.x, told.y))


def test_a_height_is_not_rounded_and_an_exact_place_is_untouched():
    line = np.array([shapely.from_wkt("LINESTRING Z (4.4 5.6 1.23, 14.4 15.6 2.34)")])
    assert shapely.to_wkt(Coordinates(10).masked(line)[0], trim=True) == "LINESTRING Z (0 10 1.23, 10 20 2.34)"
    assert Coordinates().masked(line) is line
    assert list(Coordinates(None).masked(line)) == [None]


def test_a_place_in_words():
    assert Coordinates().shown(505123.456, 4059001.5) == "E 505123.46, N 4059001.50"
    assert Coordinates(10).shown(505123.456, 4059001.5) == "E 505120, N 4059000"
    assert Coordinates(None).shown(505123.456, 4059001.5) == "–"


@pytest.mark.parametrize("text", ["", "0", "-1", "ten", "nan", "inf", "1e9"])
def test_no_rule(text):
    with pytest.raises(UsageError):
        Coordinates.parse(text)


@pytest.mark.parametrize("text", ["exact", "hidden", "10", "0.5"])
def test_a_rule_is_kept_as_it_was_written(text):
    assert str(Coordinates.parse(text)) == text


def test_roles_are_set_changed_and_taken_away_and_undo_leaves_them(workspace):
    assert role_of(workspace, "").coordinates.exact
    set_role(workspace, "施工单位", "10", who="li", why="保密")
    set_role(workspace, "公众", "hidden", is_default=True)
    set_role(workspace, "设计院", "exact", is_default=True)  # only one is the default
    assert {(role.name, str(role.coordinates), role.is_default) for role in roles(workspace)} == {
        ("公众", "hidden", False),
        ("施工单位", "10", False),
        ("设计院", "exact", True),
    }
    assert role_of(workspace, "").name == "设计院"
    set_role(workspace, "施工单位", "100")
    assert workspace.undo() is None
    assert str(role_of(workspace, "施工单位").coordinates) == "100"
    first = workspace.history()[-1]
    assert (first.who, first.why.endswith("保密")) == ("li", True)
    remove_role(workspace, "施工单位")
    for refused in (
        lambda: role_of(workspace, "施工单位"),
        lambda: remove_role(workspace, "施工单位"),
        lambda: set_role(workspace, " ", "10"),
    ):
        with pytest.raises(UsageError):
            refused()
    assert workspace.verify() == []


def test_what_leaves_is_recorded_with_its_digest_and_its_area(workspace, tmp_path):
    terms = Terms("山东某设计院", why="方案设计")
    with leaving(workspace, "export", tmp_path / "a.txt", title="图", terms=terms, who="li") as draft:
        draft.path.write_bytes(b"abc")
        draft.kinds, draft.bounds = {"pipe": 2, "valve": 1}, (0.0, 0.0, 5.0, 6.0)
        assert not (tmp_path / "a.txt").exists()
        assert "山东某设计院" in draft.stamp
        assert draft.number in draft.stamp
    (row,) = releases(workspace)
    assert (tmp_path / "a.txt").read_bytes() == b"abc"
    assert row["sha256"] == hashlib.sha256(b"abc").hexdigest()
    assert (row["who"], row["recipient"], row["why"]) == ("li", "山东某设计院", "方案设计")
    assert (row["what"], row["format"], row["file"], row["facilities"]) == ("export", "txt", "a.txt", 3)
    assert (row["kinds"], row["bounds"], row["coordinates"]) == ({"pipe": 2, "valve": 1}, (0, 0, 5, 6), "exact")
    assert not list(tmp_path.glob(".jnw*"))
    assert workspace.undo() is None  # it is out of the house
    assert json.dumps(row)


def test_several_files_have_one_digest(workspace, tmp_path):
    with leaving(workspace, "export", tmp_path / "a.shp") as draft:
        draft.path.write_bytes(b"1")
        (draft.folder / "a.dbf").write_bytes(b"2")
    lines = "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in (("a.dbf", b"2"), ("a.shp", b"1")))
    (row,) = releases(workspace)
    assert row["sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    assert (row["file"], row["bounds"]) == ("a.dbf, a.shp", None)


def test_what_fails_leaves_nothing(workspace, tmp_path):
    def fail():
        with leaving(workspace, "print", tmp_path / "a.pdf") as draft:
            draft.path.write_bytes(b"abc")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert releases(workspace) == []
    assert not [*tmp_path.glob(".jnw*"), *tmp_path.glob("a.pdf*")]
    with pytest.raises(UsageError), leaving(workspace, "print", tmp_path / "a.pdf", terms=Terms(role="?")):
        pass
    with pytest.raises(FileNotFoundError), leaving(workspace, "print", tmp_path / "none" / "a.pdf"):
        pass


def test_a_copy_counts_what_is_in_the_view(workspace):
    build(workspace, "S1 -p1- V1 -p2- a -p3- b")
    record_copy(workspace, "view", ["pipe", "valve", "tank"], (500050.0, 4059999.0, 500120.0, 4060001.0))
    record_copy(workspace, "rows", ["pipe"], count=7)
    rows, view = releases(workspace)
    assert view["kinds"] == {"pipe": 2, "valve": 1}
    assert (rows["kinds"], rows["bounds"]) == ({"pipe": 7}, None)
    assert [row["title"] for row in releases(workspace, "VIEW")] == ["view"]
    assert releases(workspace, "nowhere") == []


def test_of_a_workspace_that_can_only_be_read_nothing_restricted_leaves(tmp_path):
    place = tmp_path / "city.gpkg"
    Workspace.create(place).close()
    with Workspace.open(place, read_only=True) as workspace:
        with leaving(workspace, "export", tmp_path / "a.txt") as draft:
            draft.path.write_bytes(b"abc")
        assert not draft.recorded
        assert record_copy(workspace, "view", ["pipe"], (0, 0, 1, 1)) is None
    with Workspace.open(place) as workspace:
        set_role(workspace, "公众", "hidden")
    with Workspace.open(place, read_only=True) as workspace:
        with pytest.raises(NothingUnrecorded), leaving(workspace, "export", tmp_path / "b.txt"):
            pass
        with pytest.raises(NothingUnrecorded):
            record_copy(workspace, "view", ["pipe"], (0, 0, 1, 1))
    assert not (tmp_path / "b.txt").exists()


def test_boxes_together():
    assert united([(0, 1, 2, 3), (-1, 2, 1, 9)]) == (-1, 1, 2, 9)
    assert united([]) is None
