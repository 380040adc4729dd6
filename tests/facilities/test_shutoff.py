"""Isolation and valve segments on small workspaces of both homes, and how the graph follows edits."""

import math

import numpy as np
import pytest
import shapely

from jnw_desktop.facilities.columns import key_of
from jnw_desktop.facilities.graph import city_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.planlists import plan_lists
from jnw_desktop.facilities.shutoff import NotInNetwork, isolate, segments
from jnw_desktop.workspace.errors import NoSuchRow

from .citykit import build, customer

#   S1 - V1 - a - V2 - b - V3 - c
#             |        |
#             M1       H1
CITY = "S1 -p1- V1 -p2- a -p3- V2 -p4- b -p5- V3 -p6- c\na -p7- M1\nb -p8- H1"


@pytest.fixture
def uids(workspace):
    made = build(workspace, CITY)
    with workspace.change("people") as change:
        customer(change, "C1", (500100.0, 4059900.0), made["M1"], households=12, priority="hospital")
        customer(change, "C2", (500420.0, 4060005.0), households=3)
    return made


def test_a_plan_is_told_in_codes(workspace, uids):
    told = isolate(workspace, pipe="p3")
    assert told["close"] == ["V1", "V2"]
    assert told["needless"] == ["V2"]
    assert told["pipes"] == ["p2", "p3", "p7"]
    assert told["starved_pipes"] == ["p4", "p5", "p6", "p8"]
    assert told["customers"] == ["C1", "C2"]
    assert told["essential"] == ["C1"]
    assert told["households"] == 15
    assert told["hydrants"] == ["H1"]
    assert not told["unstoppable"]
    assert told["refill"] == ["V1", "V2"]
    assert told["length"] == pytest.approx(200.0 + np.hypot(100, 100), abs=0.001)
    assert told["volume"] == pytest.approx(np.pi / 4 * 0.04 * told["length"], abs=0.001)


def test_a_customer_without_a_meter_hangs_on_the_nearest_pipe(workspace, uids):
    told = isolate(workspace, pipe="p5")
    assert told["customers"] == ["C2"]
    assert any("1" in said for said in told["warnings"])


def test_a_burst_at_a_place_is_of_the_pipe_nearest_to_it(workspace, uids):
    assert isolate(workspace, at=(500250.0, 4060003.0))["burst"] == "p3"
    with pytest.raises(NotInNetwork):
        isolate(workspace, at=(0.0, 0.0))


def test_valves_named_as_stuck_widen_and_say_why(workspace, uids):
    told = isolate(workspace, pipe="p5", stuck=["V2"])
    assert told["close"] == ["V1", "V3"]
    assert told["widened"] == [{"valve": "V2", "reason": "named"}]
    with pytest.raises(NoSuchRow):
        isolate(workspace, pipe="p5", stuck=["V77"])


def test_the_graph_follows_edits_undo_and_new_pipes(workspace, uids):
    city = city_of(workspace)
    assert isolate(workspace, pipe="p5")["close"] == ["V2", "V3"]
    with workspace.read() as connection:
        before = city.network(connection)
        assert city.network(connection) is before
    with workspace.change("stuck") as change:
        change.update(KINDS["valve"].table, uids["V2"], {"operability": "buried"})
    told = isolate(workspace, pipe="p5")
    assert told["close"] == ["V1", "V3"]
    assert told["widened"] == [{"valve": "V2", "reason": "buried"}]
    workspace.undo()
    assert isolate(workspace, pipe="p5")["close"] == ["V2", "V3"]
    with workspace.change("a second way in") as change:
        line = shapely.to_wkb(shapely.LineString([(500500.0, 4060000.0), (500600.0, 4060000.0)]))
        row = {"code": "p9", "geom": line, "start_node": uids["c"], "end_node": uids["S1"]}
        change.insert(KINDS["pipe"].table, [row])
    assert isolate(workspace, pipe="p3")["starved_pipes"] == []
    with workspace.change("away") as change:
        change.update(KINDS["pipe"].table, uids["p6"], {"state": "abandoned"})
    assert isolate(workspace, pipe="p3")["starved_pipes"] == ["p4", "p5", "p8"]
    with pytest.raises(NotInNetwork):
        isolate(workspace, pipe="p6")
    workspace.undo()
    workspace.undo()
    with workspace.change("drawn by mistake") as change:
        change.delete(KINDS["pipe"].table, uids["p6"])
    assert isolate(workspace, pipe="p3")["starved_pipes"] == ["p4", "p5", "p8"]


def test_a_followed_graph_is_the_graph_read_anew(workspace, uids):
    """Whatever is changed, following the record gives what a fresh read gives."""
    isolate(workspace, pipe="p3")
    with workspace.change("many") as change:
        change.update(KINDS["pipe"].table, uids["p2"], {"dn": 300})
        change.delete(KINDS["pipe"].table, uids["p8"])
        change.update(KINDS["valve"].table, uids["V3"], {"present_state": "closed"})
    fresh = type(city_of(workspace))(workspace)
    with workspace.read() as connection:
        followed, anew = city_of(workspace).network(connection), fresh.network(connection)
        for name in ("start", "end", "pipe", "length", "dn", "valve", "closed", "stuck", "source"):
            assert np.array_equal(getattr(followed.graph, name), getattr(anew.graph, name)), name


def test_what_another_program_changed_is_followed_too(workspace, uids, elsewhere):
    isolate(workspace, pipe="p3")
    elsewhere("DELETE FROM pipe WHERE code = 'p6'")
    elsewhere("UPDATE valve SET present_state = 'closed' WHERE code = 'V2'")
    workspace.adopt_outside()
    told = isolate(workspace, pipe="p3")
    assert (told["close"], told["already_closed"], told["starved_pipes"]) == (["V1"], ["V2"], [])
    fresh = type(city_of(workspace))(workspace)
    with workspace.read() as connection:
        assert len(fresh.network(connection).pipes.fid) == len(city_of(workspace).network(connection).pipes.fid)


def test_valves_and_sources_that_no_pipe_ends_at_are_told(workspace, uids):
    with workspace.change("beside") as change:
        at = shapely.to_wkb(shapely.Point(500150.0, 4060000.0))
        change.insert(KINDS["valve"].table, [{"code": "V9", "geom": at}])
        change.insert(KINDS["tank"].table, [{"code": "T9", "geom": at}])
    told = isolate(workspace, pipe="p3")
    assert told["close"] == ["V1", "V2"]
    assert [said for said in told["warnings"] if "1 座阀门" in said]
    assert [said for said in told["warnings"] if "有 1 处" in said]


def test_pipes_without_ends_and_a_city_without_source_are_warned_of(workspace):
    build(workspace, "V1 -p1- a -p2- V2")
    with workspace.change("loose") as change:
        change.insert(
            KINDS["pipe"].table, [{"code": "loose", "geom": shapely.to_wkb(shapely.LineString([(0, 0), (1, 1)]))}]
        )
    told = isolate(workspace, pipe="p1")
    assert told["close"] == []
    assert len(told["warnings"]) == 2
    with pytest.raises(NotInNetwork):
        isolate(workspace, pipe="loose")
    with pytest.raises(NoSuchRow):
        isolate(workspace, pipe="p99")


def test_an_unknown_operability_is_flagged_and_works(workspace):
    uids = build(workspace, "S1 -p1- V1 -p2- a")
    with workspace.change("forget") as change:
        change.update(KINDS["valve"].table, uids["V1"], {"operability": None})
    told = isolate(workspace, pipe="p2")
    assert (told["close"], told["doubtful"]) == (["V1"], ["V1"])
    assert "V1" in told["warnings"][-1]


def test_air_valves_blow_offs_and_check_valves_do_not_part_the_network(workspace):
    uids = build(workspace, "S1 -p1- V1 -p2- B1 -p3- V2 -p4- a")
    told = isolate(workspace, pipe="p2")
    assert (told["close"], told["pipes"], told["drain"]) == (["V1", "V2"], ["p2", "p3"], ["B1"])
    with workspace.change("kind") as change:
        change.update(KINDS["valve"].table, uids["V2"], {"valve_kind": "check"})
    assert isolate(workspace, pipe="p2")["pipes"] == ["p2", "p3", "p4"]


def test_a_pump_between_two_nodes_joins_them(workspace):
    uids = build(workspace, "S1 -p1- V1 -p2- a\nb -p3- V2 -p4- c")
    with workspace.change("pump") as change:
        at = shapely.to_wkb(shapely.Point(500300.0, 4059950.0))
        row = {"code": "P1", "geom": at, "start_node": uids["a"], "end_node": uids["b"]}
        change.insert(KINDS["pump_station"].table, [row])
    told = isolate(workspace, pipe="p3")
    assert (told["close"], told["pipes"], told["starved_pipes"]) == (["V1", "V2"], ["p2", "p3"], ["p4"])


def test_segments_are_told_with_what_their_loss_costs(workspace, uids):
    told = segments(workspace)
    assert told["count"] == 4
    assert {frozenset(part["pipes"]) for part in told["segments"]} == {
        frozenset({"p1"}), frozenset({"p2", "p3", "p7"}), frozenset({"p4", "p5", "p8"}), frozenset({"p6"}),
    }  # fmt: skip
    by_pipe = {part["pipes"][0]: part for part in told["segments"]}
    assert by_pipe["p2"]["valves"] == ["V1", "V2"]
    assert by_pipe["p2"]["nodes"] == ["M1", "a"]
    assert (by_pipe["p2"]["customers"], by_pipe["p2"]["lost_customers"]) == (1, 0)
    assert by_pipe["p1"]["lost_customers"] == 1
    assert by_pipe["p4"]["lost_length"] == pytest.approx(100.0)
    assert told["segments"][0]["pipes"] == ["p1"]
    assert told["idle"] == []


def test_lengths_that_nobody_wrote_are_measured_on_the_map(workspace, uids):
    with workspace.change("say") as change:
        change.update(KINDS["pipe"].table, uids["p6"], {"length": 42.0})
    lengths = {part["pipes"][0]: part["length"] for part in segments(workspace)["segments"]}
    assert lengths["p6"] == 42.0
    assert lengths["p1"] == pytest.approx(100.0)


def test_uids_of_any_form_have_keys():
    uid = "6a1c9b1e-0000-4000-8000-000000000001"
    assert key_of(f"{uid}\n{uid}").tolist() == [key_of(uid)[0]] * 2
    assert key_of(f"{uid}\nshort\n{' ' * 36}")[[0, 2]].tolist() == [key_of(uid)[0], 0]
    assert key_of(f"short\n{uid}\nlonger than any uid that a program would make by itself")[0] == key_of("short")[0]
    many = [f"{n:08x}-0000-4000-8000-00000000{n % 97:04x}" for n in range(20000)]
    assert len(set(key_of("\n".join(many)).tolist())) == 20000


def lay(workspace, code, start, end, **fields):
    """A pipe drawn on the map; ``fields`` say what it ends at."""
    with workspace.change("lay") as change:
        row = {"code": code, "geom": shapely.to_wkb(shapely.LineString([start, end])), **fields}
        return change.insert(KINDS["pipe"].table, [row])[0]


# Of CITY: a stands at 500200, 4060000; p3 runs from there to V2 at 500300.
@pytest.mark.parametrize(
    ("start", "end", "ends", "lacks"),
    [
        ((500200.0, 4060000.0), (500200.0, 4060080.0), {}, ["start", "end"]),  # begins where a is, and does not say so
        ((500250.0, 4060000.3), (500250.0, 4060080.0), {}, ["start", "end"]),  # nearly on the middle of p3
        ((500250.0, 4060080.0), (500250.0, 4060000.0), {"start_node": "b"}, ["end"]),
        ((500250.0, 4060000.0), (500300.0, 4060080.0), {"start_node": "c", "end_node": "b"}, []),
    ],
)
def test_a_pipe_that_touches_and_is_not_joined_is_a_gap(workspace, uids, start, end, ends, lacks):
    lay(workspace, "g1", start, end, **{name: uids[code] for name, code in ends.items()})
    told = isolate(workspace, pipe="p3")
    assert {(gap["pipe"], *gap["lacks"]) for gap in told["gaps"]} == {("g1", *lacks)}
    assert "p3" in [gap["touches"] for gap in told["gaps"]]
    assert [said for said in told["warnings"] if "g1" in said]
    assert told["close"] == ["V1", "V2"]


def test_a_coordinate_that_is_no_number_does_not_keep_a_plan_from_being_told(workspace, uids):
    with np.errstate(invalid="ignore"):
        lay(workspace, "bad", (500250.0, math.nan), (500250.0, 4060080.0))
        line = shapely.LineString([(500100.0, 4060000.0), (500200.0, math.nan)])
        with workspace.change("damage") as change:
            change.update(KINDS["pipe"].table, uids["p2"], {"geom": line.wkb})
    for pipe in ("p3", "p2"):
        assert isolate(workspace, pipe=pipe)["close"]


def test_what_crosses_or_is_joined_or_out_of_service_is_no_gap(workspace, uids):
    lay(workspace, "over", (500250.0, 4059950.0), (500250.0, 4060050.0))
    lay(workspace, "old", (500200.0, 4060000.0), (500200.0, 4060080.0), state="abandoned")
    lay(workspace, "twin", (500300.0, 4060000.0), (500400.0, 4060000.0), start_node=uids["V2"], end_node=uids["b"])
    told = isolate(workspace, pipe="p3")
    assert told["gaps"] == []
    assert "twin" in told["starved_pipes"]


def test_an_end_at_a_facility_that_is_not_recorded_is_a_gap(workspace, uids):
    lay(workspace, "g1", (500200.0, 4060000.0), (500200.0, 4060080.0), start_node=uids["a"], end_node="gone")
    told = isolate(workspace, pipe="p3")
    assert told["gaps"] == [{"pipe": "g1", "touches": None, "at": [500200.0, 4060080.0], "lacks": []}]
    assert "g1" in told["pipes"]


def test_a_part_that_no_source_reaches_is_told(workspace, uids):
    assert isolate(workspace, pipe="p3")["supplied"]
    with workspace.change("closed") as change:
        change.update(KINDS["valve"].table, uids["V1"], {"present_state": "closed"})
    told = isolate(workspace, pipe="p3")
    assert not told["supplied"]
    assert (told["already_closed"], told["close"], told["needless"]) == (["V1"], ["V2"], ["V2"])
    assert "p3" in told["warnings"][-1]


def test_all_valves_stuck_names_every_one_and_the_way_of_the_water(workspace, uids):
    told = isolate(workspace, pipe="p5", stuck=["V1", "V2", "V3"])
    assert (told["close"], told["unstoppable"]) == ([], True)
    assert {row["valve"] for row in told["widened"]} == {"V1", "V2", "V3"}
    assert told["witness"] == ["p1", "p2", "p3", "p4", "p5"]


def test_loops_of_one_pipe_no_length_and_twins_are_isolated_with_the_rest(workspace, uids):
    lay(workspace, "loop", (500200.0, 4060000.0), (500200.0, 4060000.0), start_node=uids["a"], end_node=uids["a"])
    lay(workspace, "dot", (500200.0, 4060000.0), (500200.0, 4060000.0), start_node=uids["a"], end_node=uids["M1"])
    lay(workspace, "twin", (500200.0, 4060000.0), (500300.0, 4060000.0), start_node=uids["a"], end_node=uids["V2"])
    for burst in ("p3", "loop", "dot", "twin"):
        told = isolate(workspace, pipe=burst)
        assert told["close"] == ["V1", "V2"]
        assert told["pipes"] == ["dot", "loop", "p2", "p3", "p7", "twin"]
        assert told["gaps"] == []


def test_a_second_plan_opens_a_closed_valve_and_leaves_fewer_without_water(workspace):
    #  S1 - V1 - V2 - b - X1 - S2     X1 is closed; with p2 isolated, opening it feeds b and M1, but not M2
    #                |    |
    #                M2   M1
    uids = build(workspace, "S1 -p1- V1 -p2- V2 -p3- b -p4- X1 -p5- S2\nb -p6- M1\nV2 -p7- M2")
    with workspace.change("people") as change:
        for code, meter in (("C1", "M1"), ("C2", "M2")):
            customer(change, code, (500100.0, 4059900.0), uids[meter])
    told = isolate(workspace, pipe="p2")
    assert (told["close"], told["starved_pipes"]) == (["V1", "V2"], ["p3", "p4", "p6", "p7"])
    assert told["customers"] == ["C1", "C2"]
    assert told["alternative"] == {"open": ["X1"], "pipes": ["p3", "p4", "p6"], "customers": ["C2"]}
    assert isolate(workspace, pipe="p2", stuck=["X1"])["alternative"] is None


def test_what_freeing_a_valve_first_would_spare_is_weighed_and_told(workspace):
    #  S1 - V1 - a - K1 - b - K2 - c - V2 - S2     p4, between the stuck valves K1 and K2, bursts
    #            |        |        |
    #            M1       M2       M3
    picture = "S1 -p1- V1 -p2- a -p3- K1 -p4- b -p5- K2 -p6- c -p7- V2 -p8- S2\na -s1- M1\nb -s2- M2\nc -s3- M3"
    uids = build(workspace, picture)
    with workspace.change("people") as change:
        for code, meter in (("C1", "M1"), ("C2", "M1"), ("C3", "M2"), ("C4", "M3")):
            priority = "hospital" if code == "C4" else None
            customer(change, code, (500100.0, 4059900.0), uids[meter], priority=priority)
    told = isolate(workspace, pipe="p4")
    assert (sorted(told["close"]), len(told["customers"]), told["essential"]) == (["V1", "V2"], 4, ["C4"])
    assert [one | {"close": sorted(one["close"])} for one in told["freeing"]] == [
        {"valves": ["K1"], "close": ["K1", "V2"], "customers": 2, "essential": 1},
        {"valves": ["K2"], "close": ["K2", "V1"], "customers": 3, "essential": 0},
        {"valves": ["K1", "K2"], "close": ["K1", "K2"], "customers": 1, "essential": 0},
    ]
    rows = next(each.rows for each in plan_lists(told) if each.name == "freeing")
    assert [code for code, _remark in rows] == ["K1", "K2", "K1", "K2"]
    assert isolate(workspace, pipe="p1")["freeing"] == []  # nothing was passed
    named = isolate(workspace, pipe="p1", stuck=["V1"])  # the first step of a chain to V2
    assert (named["close"], named["freeing"][0]["valves"], named["freeing"][0]["customers"]) == (["V2"], ["V1"], 0)


def test_the_table_of_segments_says_what_the_report_says(workspace):
    from jnw_desktop.facilities.found import CRITICAL
    from jnw_desktop.facilities.segmenttable import segments_found

    uids = build(workspace, "S1 -p1- V1 -p2- a -p3- V2 -p4- b\na -p5- V3 -p6- M1\na -p7- V4 -p8- M2")
    with workspace.change("people") as change:
        for number, meter in enumerate(("M1", "M2"), 1):
            customer(change, f"C{number}", (500100.0, 4059900.0), uids[meter], priority=None)
    told, made = segments(workspace), segments_found(workspace)
    assert len(made.rows) == told["count"] == 5
    for row, part in zip(made.rows, told["segments"], strict=True):
        assert row[1:8] == [
            part["customers"], part["essential"], part["lost_customers"], part["length"], part["lost_length"],
            part["volume"], len(part["pipes"]),
        ]  # fmt: skip
        assert row[8] == ", ".join(part["valves"])
        assert row[9] in part["pipes"]
    assert made.named == [("pipe", row[9]) for row in made.rows]
    drawn = {colour: sum(len(shapely.from_wkb(wkb).geoms) for wkb in parts) for colour, parts in made.shapes.items()}
    assert sum(drawn.values()) == 8
    behind = [part for part in told["segments"] if part["lost_customers"]]
    assert drawn[CRITICAL] == sum(len(part["pipes"]) for part in behind) > 0
