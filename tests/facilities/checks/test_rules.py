"""Every rule: a case that it finds, and a near one that it does not."""

import struct

import pytest
import shapely

from jnw_desktop.facilities.checks.report import tell
from jnw_desktop.facilities.checks.rules import RULES
from jnw_desktop.facilities.checks.survey import Survey

from .small import city, found_by, joined, node, pipe, point, row

A, B, C, D, E = (0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (10.0, 10.0), (10.0, -10.0)


def straight(first=None, last=None, middle=None):
    """a──b──c: two pipes p, q."""
    made = joined(("p", "a", A, "b", B, first or {}), ("q", "b", B, "c", C, last or {}))
    for kind, values in made:
        if kind == "node" and values["code"] == "b":
            values |= middle or {}
    return made


def star(count, middle=None, **values):
    """``count`` pipes p0, p1 … that meet at m."""
    places = [A, C, D, E, (17.0, 7.0)][:count]
    made = joined(*((f"p{i}", "m", B, f"n{i}", place, dict(values)) for i, place in enumerate(places)))
    made[0][1].update(middle or {})
    return made


def widths(*diameters):
    made = star(len(diameters))
    for number, dn in enumerate(diameters):
        next(values for kind, values in made if values["code"] == f"p{number}")["dn"] = dn
    return made


def cross(**values):
    """Two pipes across each other, joined nowhere."""
    return joined(
        ("p", "a", A, "c", C, {k: v[0] for k, v in values.items()}),
        ("q", "d", D, "e", E, {k: v[1] for k, v in values.items()}),
    )


def heights(top_p, top_q, **more):
    both = {f"elevation_{side}": (top_p, top_q) for side in ("start", "end")}
    return cross(**both, **{name: (value, value) for name, value in more.items()})


RING = [(-5, -5), (30, -5), (30, 5), (-5, 5)]
BOW = shapely.MultiPolygon([shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])]).wkb
NAN = shapely.from_wkt("LINESTRING EMPTY").wkb

# rule: (what it finds, the city it finds it in, a city so near that it finds nothing)
CASES = {
    "no_geometry": (["p"], [("pipe", row("pipe", "p", None))], straight()),
    "outside_area": (["v"], [point("valve", "v", 2000.0, 0.0)], [point("valve", "v", 900.0, 0.0)]),
    "zero_length": (["p"], [pipe("p", A, (0.04, 0))], [pipe("p", A, (0.06, 0))]),
    "duplicate_pipe": (
        ["q"],
        [pipe("p", A, B, C), pipe("q", C, B, A)],
        [pipe("p", A, B, C), pipe("q", C, (10, 0.1), A)],
    ),
    "end_unset": (["p"], [node("a", *A), pipe("p", A, B)], [node("a", 0.0, 0.2), pipe("p", A, B)]),
    "end_without_node": (["p"], [node("a", *A), pipe("p", A, B, start="a")], straight()),
    "end_unknown": (["p"], [pipe("p", A, B, start="gone")], [pipe("p", A, B)]),
    "end_apart": (
        ["p"],
        [node("a", 0, 0.06), node("b", *B), pipe("p", A, B, start="a", end="b")],
        [node("a", 0, 0.04), node("b", *B), pipe("p", A, B, start="a", end="b")],
    ),
    "ends_reversed": (["p"], [node("a", *A), node("b", *B), pipe("p", B, A, start="a", end="b")], straight()),
    "same_ends": (["p"], [node("a", *A), pipe("p", A, B, start="a", end="a")], straight()),
    "link_broken": (
        ["v"],
        [*straight(), point("valve", "v", 5, 5, start_node="a")],
        [*straight(), point("valve", "v", 5, 5, start_node="a", end_node="c")],
    ),
    "reference_unknown": (
        ["y"],
        [point("customer", "y", 1, 1, meter="gone")],
        [point("meter", "m", 0, 0), point("customer", "y", 1, 1, meter="m")],
    ),
    "near_miss": (
        ["q"],
        [*joined(("p", "a", A, "c", C, {}), ("q", "d", D, "e", (10.0, 0.4), {}))],
        [*joined(("p", "a", A, "c", C, {}), ("q", "d", D, "e", (10.0, 0.6), {}))],
    ),
    "end_on_pipe": (
        ["q"],
        joined(("p", "a", A, "c", C, {}), ("q", "b", B, "d", D, {})),
        joined(("p", "a", A, "b", B, {}), ("q", "b", B, "d", D, {})),
    ),
    "crossing": (
        ["p"],
        cross(),
        joined(("p", "a", A, "b", B, {}), ("q", "b", B, "d", D, {}), ("r", "b", B, "e", E, {})),
    ),
    "overlap": (
        ["p"],
        joined(("p", "a", A, "b", B, {}), ("q", "x", (9.4, 0), "c", C, {})),
        joined(("p", "a", A, "b", B, {}), ("q", "x", (9.6, 0), "c", C, {})),
    ),
    "parallel_pipe": (
        ["q"],
        [
            node("a", *A),
            node("b", *B),
            pipe("p", A, B, start="a", end="b"),
            pipe("q", B, (5, 3), A, start="b", end="a"),
        ],
        straight(),
    ),
    "duplicate_point": (["v"], [*straight(), point("valve", "v", *B)], [*straight(), point("valve", "v", 10.0, 0.5)]),
    "unused_node": (["x"], [*straight(), node("x", 5, 5)], straight()),
    "off_pipe": (
        ["h"],
        [*straight(), point("hydrant", "h", 5, 0)],
        [point("hydrant", "h", *A), pipe("p", A, B, start="h")],
    ),
    "source_off_pipe": (["w"], [point("well", "w", 3, 3)], [point("well", "w", *A), pipe("p", A, B, start="w")]),
    "dangling_end": (
        ["a", "c"],
        straight(),
        [node("a", *A, node_kind="cap"), point("hydrant", "h", *B), pipe("p", A, B, start="a", end="h")],
    ),
    "isolated": (
        ["q"],
        [point("tank", "t", *A), pipe("p", A, B, start="t"), pipe("q", D, (30, 30))],
        [point("tank", "t", *A), pipe("p", A, B, start="t"), pipe("q", B, (30, 30))],
    ),
    "no_source": ([None], straight(), [point("tank", "t", *A), pipe("p", A, B, start="t")]),
    "repeated_vertex": (["p"], [pipe("p", A, B, B, C)], [pipe("p", A, B, C)]),
    "doubling_back": (["p"], [pipe("p", A, C, (0, 2))], [pipe("p", A, C, (0, 12))]),
    "self_crossing": (["p"], [pipe("p", A, C, D, E)], [pipe("p", A, C, D, A)]),
    "invalid_area": (["z"], [("dma", row("dma", "z", BOW))], [("dma", row("dma", "z", RING))]),
    "long_pipe": (["p"], [pipe("p", A, (75.1, 0))], [pipe("p", A, (74.9, 0))]),
    "steep": (
        ["p"],
        [pipe("p", A, B, elevation_start=0, elevation_end=5.8)],
        [pipe("p", A, B, elevation_start=0, elevation_end=5.7)],
    ),
    "length_differs": (["p"], [pipe("p", A, B, length=10.6)], [pipe("p", A, B, length=10.4)]),
    "height_disagrees": (
        ["p"],
        [node("a", *A, elevation=30.0), pipe("p", A, B, start="a", depth_start=1.0, elevation_start=28.85)],
        [node("a", *A, elevation=30.0), pipe("p", A, B, start="a", depth_start=1.0, elevation_start=28.95)],
    ),
    "height_missing": (
        ["p"],
        [node("a", *A, elevation=30.0), pipe("p", A, B, start="a", elevation_start=28.8)],
        [node("a", *A), pipe("p", A, B, start="a", elevation_start=28.8)],
    ),
    "depth_doubtful": (["p"], [pipe("p", A, B, depth_end=10.1)], [pipe("p", A, B, depth_end=-0.5, embedding="JK")]),
    "fitting_degree": (["b"], straight(middle={"node_kind": "tee"}), straight(middle={"node_kind": "bend"})),
    "node_kind_unset": (["m"], star(3), star(3, {"node_kind": "tee"})),
    "dn_jump": (
        ["b"],
        straight({"dn": 200}, {"dn": 100}),
        straight({"dn": 200}, {"dn": 100}, {"node_kind": "reducer"}),
    ),
    "reducer_without_change": (
        ["b"],
        straight({"dn": 200}, {"dn": 200}, {"node_kind": "reducer"}),
        straight({"dn": 200}, {"dn": 100}, {"node_kind": "reducer"}),
    ),
    "material_jump": (["b"], straight({"material": "PE"}, {"material": "QM"}), straight({"material": "PE"}, {})),
    "tee_impossible": (["m"], widths(600, 100, 100), widths(600, 400, 100)),
    "mixed_water": (
        ["b"],
        straight({"use": "reuse"}, {"use": "service"}),
        straight({"use": "transmission"}, {"use": "service"}),
    ),
    "abandoned_joined": (
        ["p"],
        straight({"state": "abandoned"}),
        straight({"state": "abandoned"}, middle={"node_kind": "cap"}),
    ),
    "attribute_missing": (["p"], [pipe("p", A, B, dn=100)], [pipe("p", A, B, dn=100, material="PE")]),
    "value_unlisted": (["p"], [pipe("p", A, B, material="铅")], [pipe("p", A, B, material="PE")]),
    "dn_unlisted": (["p"], [pipe("p", A, B, dn=110)], [pipe("p", A, B, dn=100)]),
    "diameter_disagrees": (
        ["p"],
        [pipe("p", A, B, outer_diameter=110, wall=60)],
        [pipe("p", A, B, outer_diameter=110, wall=6.6, dn=100)],
    ),
    "year_doubtful": (["p"], [pipe("p", A, B, year=2027)], [pipe("p", A, B, year=2026), pipe("q", A, C, year=1880)]),
    "date_doubtful": (
        ["p"],
        [pipe("p", A, B, year=2020, survey_date="2019-12-31")],
        [pipe("p", A, B, year=2020, survey_date="2020-01-01")],
    ),
    "outside_dma": (
        ["q"],
        [("dma", row("dma", "z", RING)), pipe("p", A, B), pipe("q", (10, 6), (20, 6))],
        [("dma", row("dma", "z", RING)), pipe("p", A, B), pipe("q", (10, 6), (20, 6), use="transmission")],
    ),
}
AREA = (-1000.0, -1000.0, 1000.0, 1000.0)


def test_every_rule_has_its_case():
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_finds_its_case_and_lets_the_near_one_be(rule):
    found, wrong, right = CASES[rule]
    assert found_by(rule, city(*wrong, area=AREA)) == found
    assert found_by(rule, city(*right, area=AREA)) == []


@pytest.mark.parametrize("rule", CASES)
def test_a_finding_says_where_and_what_to_do(rule):
    survey = Survey(city(*CASES[rule][1], area=AREA))
    told = [told for one in RULES[rule].look(survey) for told in tell(RULES[rule], survey, one, {})]
    assert told
    for one in told:
        assert one.severity in ("error", "warning", "notice")
        assert "{" not in one.message
        assert (one.at is None) == (rule in ("no_geometry", "no_source"))


# Every kind of hole that data has: the rules go over it, and none of them stops.
HOLES = [
    ("pipe", row("pipe", "none", None, start_node="", end_node=None)),
    ("pipe", row("pipe", "empty", NAN, dn=float("nan"), year=float("nan"))),
    ("pipe", row("pipe", "broken", b"\x01\x02")),
    ("pipe", row("pipe", "dot", shapely.LineString([A, A]).wkb, dn=-1, elevation_start=float("inf"))),
    ("pipe", row("pipe", "nan", struct.pack("<BII4d", 1, 2, 2, float("nan"), 0.0, *B), dn="word")),
    ("pipe", row("pipe", "day", shapely.LineString([A, B]).wkb, survey_date="yesterday", state="?")),
    ("pipe", row("pipe", None, shapely.LineString([A, B]).wkb, start_node="spot", end_node="spot")),
    ("node", row("node", "spot", None)),
    ("valve", row("valve", "v", shapely.Point().wkb, start_node="spot", end_node="gone")),
    ("dma", row("dma", "z", None)),
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("facilities", [[], HOLES, [*HOLES, *straight(), *cross()]], ids=["nothing", "holes", "both"])
def test_imperfect_data_stops_no_rule(rule, facilities):
    survey = Survey(city(*facilities, area=AREA))
    for one in RULES[rule].look(survey):
        list(tell(RULES[rule], survey, one, {}))


def test_a_pipe_known_to_pass_over_does_not_cross():
    assert found_by("crossing", city(*heights(30.0, 29.0, dn=300))) == []
    assert found_by("crossing", city(*heights(30.0, 29.8, dn=300))) == ["p"]  # 0.2 m apart, the upper is 0.3 m thick
    assert found_by("crossing", city(*heights(30.0, 29.8))) == []  # of unknown thickness: more than 0.1 m
    assert found_by("crossing", city(*heights(30.0, None, dn=300))) == ["p"]  # one unknown: to be looked at
    both = {f"depth_{side}": (1.0, 2.0) for side in ("start", "end")}
    assert found_by("crossing", city(*cross(**both, dn=(300, 300)))) == []  # below the same ground


@pytest.mark.parametrize("state", ["planned", "abandoned", "removed"])
def test_only_what_is_in_service_crosses_or_dangles(state):
    out = {"state": state}
    made = cross(state=(state, "in_service"))
    assert found_by("crossing", city(*made)) == []
    assert found_by("dangling_end", city(*joined(("p", "a", A, "b", B, out)))) == []


def test_pipes_without_nodes_are_joined_where_they_meet():
    made = city(pipe("p", A, B), pipe("q", (10.0, 0.004), C), pipe("r", D, (10.0, 0.03)))
    assert found_by("dangling_end", made) == ["p", "q", "r", "r"]  # p and q meet; the end of r is 3 cm away
    assert found_by("near_miss", made) == ["r"]


def test_ends_that_miss_each_other_are_one_finding():
    made = joined(("p", "a", A, "b", (9.8, 0), {}), ("q", "x", (10.0, 0), "c", C, {}))
    assert len(found_by("near_miss", city(*made))) == 1


def test_a_short_pipe_does_not_miss_what_it_branches_from():
    made = joined(("p", "a", A, "b", B, {}), ("q", "b", B, "c", C, {}), ("r", "b", B, "d", (10.2, 0.3), {}))
    assert found_by("near_miss", city(*made)) == []


def test_an_abandoned_pipe_behind_a_closed_valve_is_cut_off():
    def made(**valve):
        return city(
            point("valve", "v", *B, **valve),
            pipe("p", A, B, end="v", state="abandoned"),
            pipe("q", B, C, start="v"),
        )

    assert found_by("abandoned_joined", made(present_state="closed")) == []
    assert found_by("abandoned_joined", made(normal_state="closed")) == []
    assert found_by("abandoned_joined", made(normal_state="closed", present_state="open")) == ["p"]
    assert found_by("abandoned_joined", made()) == ["p"]


def test_a_pump_between_two_nodes_joins_their_parts():
    parts = joined(("p", "a", A, "b", B, {}), ("q", "c", C, "d", (30.0, 0.0), {}))
    tank = [point("tank", "t", -10, 0), pipe("r", (-10, 0), A, start="t", end="a")]
    assert found_by("isolated", city(*parts, *tank)) == ["q"]
    pump = point("pump_station", "s", 15, 0, start_node="b", end_node="c")
    assert found_by("isolated", city(*parts, *tank, pump)) == []


def test_without_any_source_the_largest_part_passes():
    made = joined(("p", "a", A, "b", (100.0, 0.0), {}), ("q", "c", (0.0, 50.0), "d", (10.0, 50.0), {}))
    assert found_by("isolated", city(*made)) == ["q"]


def test_points_without_any_pipe():
    alone = city(node("A", 0, 0), node("B", 0.1, 0), point("valve", "V", 5, 0), point("hydrant", "H", 9, 0))
    found = {rule: codes for rule in RULES if (codes := found_by(rule, alone))}
    assert {code for codes in found.values() for code in codes} == {"A", "B", "V", "H"}


def test_nothing():
    assert [rule for rule in RULES if found_by(rule, city())] == []
