"""A guide knows when it has gone stale, says what has changed, and has a new edition."""

import json
import re
import subprocess

import pikepdf
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.difference import compare
from jnw_plugins.guide.model import GUIDE
from jnw_plugins.guide.record import mark_of

from .conftest import EAST, NORTH

pytestmark = pytest.mark.engine


@pytest.fixture
def issued(city, jnw, tmp_path):
    """The number of a guide of S1: THROUGH at 0 m, BESIDE at 3 m; 10 m are looked around."""
    return jnw("guide", "issue", city, "--site", "S1", "--out", tmp_path / "guide.pdf")[1]["guide"]


def edit(place, code, values, kind="pipe"):
    table = KINDS[kind].table
    with Workspace.open(place) as workspace, workspace.change("edit") as change:
        uid = change.connection.scalar(table.select().with_only_columns(table.c.uid).where(table.c.code == code))
        change.update(table, uid, values)


def add(place, kind, code, shape, **values):
    with Workspace.open(place) as workspace, workspace.change("add") as change:
        change.insert(KINDS[kind].table, [{"code": code, "geom": shape.wkb, **values}])


def stale(jnw, place):
    return jnw("guide", "stale", place)[1]["guides"]


def test_what_changed_is_told_field_by_field(city, jnw, issued):
    # The depth in the site is the least of 1.2 at both ends; half of 0.1 m of diameter goes off the clear distance.
    edit(city, "THROUGH", {"dn": 200, "material": "PE", "depth_start": 0.8, "depth_end": 0.8})
    (guide,) = stale(jnw, city)
    assert (guide["guide"], guide["changed"]) == (issued, ["THROUGH"])
    (change,) = guide["changes"]
    assert (change["kind"], change["how"], change["moved"]) == ("pipe", "changed", False)
    assert change["fields"] == {
        "dn": [300, 200],
        "material": ["QM", "PE"],
        "depth": [1.2, 0.8],
        "clear": [-0.55, -0.5],
    }
    assert "公称直径 300 → 200" in change["text"]
    assert "聚乙烯" in change["text"]


def test_a_move_is_told_and_so_is_what_it_does_to_the_offset(told_town, jnw):
    edit(told_town, "BESIDE", {"geom": shapely.LineString([(EAST, NORTH + 24), (EAST + 40, NORTH + 24)]).wkb})
    ((change,),) = [guide["changes"] for guide in stale(jnw, told_town)]
    assert (change["moved"], change["fields"]) == (True, {"offset": [3.0, 4.0], "clear": [2.45, 3.45]})


def test_what_the_guide_does_not_tell_makes_it_stale_too(told_town, jnw):
    edit(told_town, "THROUGH", {"note": "阀门井盖松动"})
    ((change,),) = [guide["changes"] for guide in stale(jnw, told_town)]
    assert (change["how"], change["fields"], change["text"]) == ("changed", {}, "THROUGH: 修改")


def test_what_is_new_around_the_site_makes_it_stale(city, jnw, issued):
    def line(x):
        return shapely.LineString([(EAST + x, NORTH + 10), (EAST + x, NORTH + 15)])

    add(city, "valve", "FAR", shapely.Point(EAST + 50.1, NORTH + 10))
    add(city, "pipe", "PLANNED", line(45), state="planned")
    assert stale(jnw, city) == []
    add(city, "pipe", "NEW", line(45))
    add(city, "valve", "NEAR", shapely.Point(EAST + 49.9, NORTH + 10))
    add(city, "other_line", "GAS", line(46), line_type="gas")
    (guide,) = stale(jnw, city)
    assert guide["changed"] == ["GAS", "NEAR", "NEW"]
    assert sorted((change["code"], change["how"]) for change in guide["changes"]) == [
        ("GAS", "added"),
        ("NEAR", "added"),
        ("NEW", "added"),
    ]


def test_what_was_removed_or_moved_away_is_no_longer_there(told_town, jnw):
    edit(told_town, "BESIDE", {"state": "removed"})
    edit(told_town, "THROUGH", {"geom": shapely.LineString([(EAST, NORTH + 200), (EAST + 40, NORTH + 200)]).wkb})
    (guide,) = stale(jnw, told_town)
    assert [(change["code"], change["how"]) for change in guide["changes"]] == [("THROUGH", "gone"), ("BESIDE", "gone")]
    assert guide["changed"] == ["BESIDE", "THROUGH"]


def test_a_new_edition_says_what_changed_and_takes_the_place_of_the_old(city, jnw, issued, tmp_path):
    edit(city, "THROUGH", {"dn": 200})
    add(city, "hydrant", "XHS1", shapely.Point(EAST + 5, NORTH + 5))
    edit(city, "S1", {"dig_depth": 3.5}, "construction_site")
    out = tmp_path / "second.pdf"
    status, told, _said = jnw("guide", "reissue", city, issued, "--out", out)
    assert (status, told["replaces"], told["site"]) == (0, issued, "S1")
    assert len(told["changes"]) == 3
    text = subprocess.run(["pdftotext", "-layout", out, "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")[:-1]
    assert all(f"代替 {issued}" in page for page in pages)
    part = text[text.index(f"与 {issued} 相比的变化") : text.index("工地内及周边管段")]
    assert re.search(r"THROUGH +修改 +公称直径 +300 +200", part)
    assert re.search(r"XHS1 +新增", part)
    assert re.search(r"S1 +修改 +开挖深度 +不详 +3.5", part)
    listed = {guide["guide"]: guide for guide in jnw("guide", "list", city)[1]["guides"]}
    assert (listed[issued]["replaced_by"], listed[issued]["stale"]) == (told["guide"], False)
    assert (listed[told["guide"]]["replaces"], listed[told["guide"]]["stale"]) == (issued, False)
    assert jnw("guide", "reissue", city, issued, "--out", out)[1]["error"]["kind"] == "already_replaced"
    # And the new one goes stale in its turn.
    edit(city, "BESIDE", {"dn": 100})
    assert [guide["guide"] for guide in stale(jnw, city)] == [told["guide"]]
    assert jnw("guide", "verify", out)[0] == 0


def test_an_edition_of_the_same_says_that_nothing_has_changed(told_town, jnw, tmp_path):
    status, told, _said = jnw("guide", "reissue", told_town, "JD000001", "--out", tmp_path / "b.pdf")
    assert (status, told["changes"]) == (0, [])
    text = subprocess.run(["pdftotext", tmp_path / "b.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "所列内容没有变化" in text


def test_what_cannot_have_a_new_edition(told_town, jnw, tmp_path):
    out = tmp_path / "new.pdf"
    assert jnw("guide", "reissue", told_town, "JD000009", "--out", out)[1]["error"]["kind"] == "no_such_row"
    jnw("guide", "withdraw", told_town, "JD000001", "--why", "x")
    assert jnw("guide", "reissue", told_town, "JD000001", "--out", out)[1]["error"]["kind"] == "already_withdrawn"
    assert not out.exists()


def test_a_guide_of_an_earlier_version_has_an_edition_that_says_it_cannot_compare(told_town, jnw, tmp_path):
    with Workspace.open(told_town) as workspace, workspace.change("as it was", event=True) as change:
        uid = change.connection.scalar(GUIDE.select().with_only_columns(GUIDE.c.uid))
        change.update(GUIDE, uid, {"content": None, "mark": None})
    edit(told_town, "THROUGH", {"dn": 200})
    ((changed, changes),) = [(guide["changed"], guide["changes"]) for guide in stale(jnw, told_town)]
    assert (changed, changes) == (["THROUGH"], [])
    assert jnw("guide", "reissue", told_town, "JD000001", "--out", tmp_path / "b.pdf")[0] == 0
    text = subprocess.run(["pdftotext", tmp_path / "b.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "没有保存所列内容" in text


def test_the_mark_is_on_every_page_in_the_list_and_in_the_code(told_town, jnw):
    out = told_town.with_name("guide.pdf")
    (listed,) = jnw("guide", "list", told_town)[1]["guides"]
    assert re.fullmatch(r"([0-9A-F]{4} ){3}[0-9A-F]{4}", listed["mark"])
    assert jnw("guide", "verify", out)[1]["mark"] == listed["mark"]
    text = subprocess.run(["pdftotext", "-layout", out, "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) == listed["pages"]
    for number, page in enumerate(pages, start=1):
        assert f"JD000001 第 {number} 页" in page
        assert f"内容校验码 {listed['mark']}" in page
        assert f"全单共 {len(pages)} 页" in page


def test_the_record_in_the_file_tells_no_places(guide_file):
    with pikepdf.open(guide_file) as document:
        held = document.attachments["jnw-guide.json"].get_file().read_bytes().decode()
    assert {row["code"] for row in json.loads(held)["rows"]} == {"S1", "THROUGH", "BESIDE"}
    assert not re.search(r"50[45]\d{3}\.|40[56]\d{4}\.", held)


rows = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.just("pipe"),
            "uid": st.sampled_from("abcdef"),
            "code": st.just("P"),
            "version": st.integers(1, 3),
            "dn": st.sampled_from([100, 200, None]),
        }
    ),
    unique_by=lambda row: row["uid"],
)


@given(rows, rows)
def test_a_comparison_tells_each_facility_once(before, now):
    found = compare(before, now)
    old, new = ({row["uid"]: row for row in told} for told in (before, now))
    assert sum(d.how == "added" for d in found) == len(new.keys() - old.keys())
    assert sum(d.how == "gone" for d in found) == len(old.keys() - new.keys())
    both = old.keys() & new.keys()
    assert sum(d.how == "changed" for d in found) == sum(old[uid] != new[uid] for uid in both)
    assert sum(len(d.fields) for d in found) == sum(old[uid]["dn"] != new[uid]["dn"] for uid in both)
    assert compare(before, before) == []
    back = compare(now, before)
    turned = {"added": "gone", "gone": "added", "changed": "changed"}
    assert sorted(turned[d.how] for d in back) == sorted(d.how for d in found)


@given(st.dictionaries(st.text(max_size=5), st.integers(), min_size=1), st.randoms())
def test_a_mark_depends_on_what_is_said_and_not_on_its_order(content, chance):
    members = list(content.items())
    chance.shuffle(members)
    assert mark_of(dict(members)) == mark_of(content)
    name, value = members[0]
    assert mark_of(content | {name: value + 1}) != mark_of(content)
