"""Profiles and sections of small workspaces of both homes."""

import pytest
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.clearances import read_clearances
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.profiles import profile, section
from jnw_desktop.facilities.tracing import NotJoined

from .citykit import build

DEEP = {"depth_start": 1.0, "depth_end": 1.4, "outer_diameter": 222.0, "material": "QM"}


@pytest.fixture
def uids(workspace):
    #  a (500000) -- p1 -- V1 (500100) -- p2 -- b (500200), a sewer and a gas main across
    made = build(workspace, "a -p1- V1 -p2- b\nc -p3- d", p1=DEEP, p2={"depth_start": 1.4})
    with workspace.change("heights") as change:
        for code, kind, height in (("a", "node", 30.0), ("V1", "valve", 31.0), ("b", "node", 32.0)):
            change.update(KINDS[kind].table, made[code], {"elevation": height})
        for code, east, kind, depth, dn in (("Q1", 500050.0, "sewer", 1.8, 400), ("Q2", 500025.0, "gas", 0.6, 110)):
            line = shapely.to_wkb(shapely.LineString([(east, 4059990.0), (east, 4060010.0)]))
            row = {"code": code, "geom": line, "line_type": kind, "dn": dn, "depth_start": depth, "depth_end": depth}
            change.insert(KINDS["other_line"].table, [row])
    return made


def test_a_profile_in_numbers(workspace, uids):
    told = profile(workspace, "a", "b")
    assert told["length"] == 200.0
    assert [(p["code"], p["kind"], p["station"], p["ground"]) for p in told["points"]] == [
        ("a", "node", 0.0, 30.0), ("V1", "valve", 100.0, 31.0), ("b", "node", 200.0, 32.0),
    ]  # fmt: skip
    assert [(p["code"], p["from"], p["to"], p["top_start"], p["top_end"]) for p in told["pipes"]] == [
        ("p1", 0.0, 100.0, 29.0, 29.6), ("p2", 100.0, 200.0, 29.6, None),
    ]  # fmt: skip
    assert told["pipes"][0]["bottom_start"] == pytest.approx(29.0 - 0.222)
    assert told["pipes"][0]["slope"] == 6.0
    assert len([said for said in told["warnings"] if "1" in said]) == 1


def test_a_profile_tells_what_crosses_and_whether_enough_is_clear(workspace, uids):
    gas, sewer = profile(workspace, "a", "b")["crossings"]
    # At 25 m: ground 30.25, pipe top 29.15; gas top 29.65, bottom 29.54: 0.39 m above the pipe.
    assert (gas["code"], gas["station"], gas["clear"], gas["required"], gas["ok"]) == ("Q2", 25.0, 0.39, 0.15, True)
    # At 50 m: pipe bottom 29.3 - 0.222 = 29.078; sewer top 30.5 - 1.8 = 28.7: 0.378 m below it, 0.40 wanted.
    assert (sewer["code"], sewer["clear"], sewer["required"], sewer["ok"]) == ("Q1", 0.378, 0.40, False)
    assert sewer["verified"]
    assert sewer["source"]


def test_the_other_way_round_is_the_mirror(workspace, uids):
    there, back = profile(workspace, "a", "b"), profile(workspace, "b", "a")
    assert [p["code"] for p in back["points"]] == [p["code"] for p in there["points"]][::-1]
    assert back["pipes"][1]["top_end"] == there["pipes"][0]["top_start"]
    assert [c["station"] for c in back["crossings"]] == [150.0, 175.0]


def test_places_that_nothing_joins_are_refused(workspace, uids):
    with pytest.raises(NotJoined):
        profile(workspace, "a", "c")
    with pytest.raises(NotJoined):
        profile(workspace, "a", "a")


def test_a_section_tells_what_it_cuts_and_what_is_clear_between(workspace, uids):
    #  along the pipe's north side, across the sewer and the gas main; and across p1
    told = section(workspace, [500030.0, 4059995.0, 500030.0, 4060005.0])
    assert [(p["code"], p["offset"], p["depth"]) for p in told["pipes"]] == [("p1", 5.0, 1.12)]
    across = section(workspace, [500020.0, 4060001.0, 500060.0, 4060001.0])
    assert [(line["code"], line["offset"], line["depth"]) for line in across["lines"]] == [
        ("Q2", 5.0, 0.6), ("Q1", 30.0, 1.8),
    ]  # fmt: skip
    assert across["clearances"] == []  # no water pipe is cut
    slant = section(workspace, [500040.0, 4059996.0, 500060.0, 4060004.0])
    (pair,) = slant["clearances"]
    assert (pair["pipe"], pair["other"], pair["required"]) == ("p1", "Q1", 1.0)
    assert told["points"] == []
    near = section(workspace, [500099.5, 4059995.0, 500099.5, 4060005.0])["points"]
    assert [(p["code"], p["offset"], p["beside"]) for p in near] == [("V1", 5.0, 0.5)]


def test_a_section_without_length_is_wrong_usage(workspace, uids):
    with pytest.raises(UsageError):
        section(workspace, [1.0, 1.0, 1.0, 1.0])


def test_every_rule_names_its_source():
    table = read_clearances()
    assert all(row.source for row in (*table.horizontal, *table.vertical))
    assert table.judge("horizontal", 1.2, "sewer", 200).ok
    assert not table.judge("horizontal", 1.2, "sewer", 300).ok
    assert not table.judge("horizontal", 1.2, "sewer", None).ok  # of an unknown diameter the larger is assumed
    assert table.judge("vertical", None, "gas", 200).ok is None
    assert table.judge("vertical", 1.0, None, 200).required is None
