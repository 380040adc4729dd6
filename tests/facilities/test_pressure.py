"""Pressures against WNTR run directly and by hand, isolation as closed pipes, what is refused, and EPANET's end."""

import sys
import threading
import time
import warnings
from importlib.resources import files
from itertools import pairwise

import pytest
import shapely
import wntr

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.exporting import export_file
from jnw_desktop.exchange.importing import import_file
from jnw_desktop.facilities.hydraulics.defaults import read_hydraulics
from jnw_desktop.facilities.hydraulics.engine import EpanetFailed, solve
from jnw_desktop.facilities.hydraulics.notes import curve, figure, read_note, write_note
from jnw_desktop.facilities.hydraulics.pressure import pressure
from jnw_desktop.facilities.hydraulics.reading import FigureNeeded
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.valuecheck import check_values
from jnw_desktop.task import Task, TaskCancelled
from jnw_desktop.workspace.errors import NoSuchRow

from .citykit import build, customer

LIBRARY = files("wntr") / "library" / "networks"
CLOSE = 0.02  # m between two ways to the same pressure: EPANET's own accuracy, and figures of ten places
P_MIN, P_REQ = 3.52, 14.06


def flattened(file):
    """The model as facilities hold it: mean demands, diameters in whole mm, no controls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = wntr.network.WaterNetworkModel(str(file))
    for name in list(model.control_name_list):
        model.remove_control(name)
    for _name, junction in model.junctions():
        mean = sum(
            one.base_value * (one.pattern.multipliers.mean() if one.pattern is not None else 1.0)
            for one in junction.demand_timeseries_list
        )
        junction.demand_timeseries_list.clear()
        junction.add_demand(mean, None)
    for _name, pipe in model.pipes():
        pipe.diameter = round(pipe.diameter * 1000) / 1000
    hydraulic = model.options.hydraulic
    hydraulic.demand_model, hydraulic.minimum_pressure, hydraulic.required_pressure = "PDD", P_MIN, P_REQ
    hydraulic.pressure_exponent, hydraulic.trials, hydraulic.accuracy = 0.5, 500, 0.0005
    model.options.time.duration = 0
    model.add_pattern("flat", [1.0])
    hydraulic.pattern = "flat"  # else EPANET lays the pattern of name 1 over the means
    return model


def run(model, tmp_path):
    """Pressure (m) and demand (m³/d) of every node, as WNTR has EPANET find them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=str(tmp_path / "oracle"))
    return found.node["pressure"].iloc[0], found.node["demand"].iloc[0] * 86400


def over(told, when="before"):
    return {row["code"]: row[when] for row in told["nodes"] if row["kind"] == "node"}


@pytest.mark.parametrize(("name", "crs"), [("Net3", "EPSG:4548"), ("ky4", "EPSG:3089"), ("Net1", "EPSG:4548")])
def test_wntr_finds_the_same_pressures(workspace, tmp_path, name, crs):
    file = LIBRARY / f"{name}.inp"
    import_file(workspace, [file], choices={"kind": "", "crs": crs}, who="test")
    wanted, drawn = run(flattened(file), tmp_path)
    told = pressure(workspace)
    mine = over(told)
    assert len(mine) == flattened(file).num_junctions
    assert max(abs(mine[code] - wanted[code]) for code in mine) < CLOSE
    model = flattened(file)
    served = sum(drawn[code] for code in model.junction_name_list)
    assert told["demand"] - told["unserved"]["before"] == pytest.approx(served, rel=1e-3)
    assert {row["what"] for row in told["assumptions"]} == set()
    drawing = [code for code in model.junction_name_list if model.get_node(code).base_demand > 0]
    low = sum(wanted[code] < P_REQ for code in drawing)
    assert told["places"] == {"all": len(drawing), "before": low, "during": None}


def test_what_is_exported_is_what_was_imported(workspace, tmp_path):
    file = LIBRARY / "Net3.inp"
    import_file(workspace, [file], choices={"kind": "", "crs": "EPSG:4548"}, who="test")
    export_file(workspace, tmp_path / "out.inp")
    (before, _), (after, _drawn) = run(flattened(file), tmp_path), run(flattened(tmp_path / "out.inp"), tmp_path)
    for code in flattened(file).junction_name_list:
        assert after[code] == pytest.approx(before[code], abs=CLOSE)


#   S1 -p1- a -p2- V1 -p3- b -p4- V2 -p5- c -p6- S2
#           |              |              |
#           M1             M2             M3
CITY = "S1 -p1- a -p2- V1 -p3- b -p4- V2 -p5- c -p6- S2\na -s1- M1\nb -s2- M2\nc -s3- M3"


def heads(**metres):
    return {code: {"note": f"EPANET head={value}"} for code, value in metres.items()}


def ground(workspace, uids, level, **fields):
    """Every vertex at ``level`` m, and more of some."""
    with workspace.change("ground") as change:
        for code, uid in uids.items():
            kind = {
                "S": "waterworks",
                "T": "tank",
                "V": "valve",
                "X": "valve",
                "M": "meter",
                "p": "pipe",
                "s": "pipe",
            }.get(code[0], "node")
            if kind != "pipe":
                change.update(KINDS[kind].table, uid, {"elevation": level} | fields.get(code, {}))


@pytest.fixture
def city(workspace):
    uids = build(workspace, CITY)
    ground(workspace, uids, 10.0, **heads(S1=60, S2=55))
    with workspace.change("people") as change:
        for code, use in (("1", 2000.0), ("2", 3000.0), ("3", 1000.0)):
            customer(change, f"C{code}", (500100.0, 4059900.0), uids[f"M{code}"], daily_use=use)
    return workspace


def by_hand(closed=()):
    """The same network built with WNTR's own calls."""
    model = wntr.network.WaterNetworkModel()
    for code, head in (("S1", 60), ("S2", 55)):
        model.add_reservoir(code, base_head=head)
    use = {"M1": 2000.0, "M2": 3000.0, "M3": 1000.0}
    for code in ("a", "V1", "b", "V2", "c", "M1", "M2", "M3"):
        model.add_junction(code, base_demand=use.get(code, 0.0) / 86400, elevation=10.0)
    chain = ["S1", "a", "V1", "b", "V2", "c", "S2"]
    links = [(f"p{i + 1}", *pair) for i, pair in enumerate(pairwise(chain))]
    links += [("s1", "a", "M1"), ("s2", "b", "M2"), ("s3", "c", "M3")]
    for code, one, other in links:
        length = 100.0 if code[0] == "p" else None
        status = "CLOSED" if code in closed else "OPEN"
        model.add_pipe(code, one, other, length=length or 0, diameter=0.2, roughness=100, initial_status=status)
    hydraulic = model.options.hydraulic
    hydraulic.demand_model, hydraulic.minimum_pressure, hydraulic.required_pressure = "PDD", P_MIN, P_REQ
    hydraulic.trials, hydraulic.accuracy, hydraulic.headloss = 500, 0.0005, "H-W"
    return model


def lengths(workspace, model):
    """The lengths of the pipes as they lie."""
    with workspace.read() as connection:
        table = KINDS["pipe"].table
        for code, wkb in connection.execute(table.select().with_only_columns(table.c.code, table.c.geom)):
            model.get_link(code).length = shapely.from_wkb(wkb).length
    return model


def test_isolation_is_closed_pipes_in_wntr(city, tmp_path):
    told = pressure(city, pipe="p3")
    assert sorted(told["close"]) == ["V1", "V2"]
    was, _ = run(lengths(city, by_hand()), tmp_path)
    now, drawn = run(lengths(city, by_hand(closed=("p2", "p3", "p4", "p5"))), tmp_path)
    for code in ("a", "c"):
        assert over(told)[code] == pytest.approx(was[code], abs=CLOSE)
        assert over(told, "during")[code] == pytest.approx(now[code], abs=CLOSE)
    assert over(told, "during")["b"] == 0.0
    assert {row["code"] for row in told["nodes"] if row["dry"]} == {"b", "M2"}
    assert [(row["code"], row["was_below"]) for row in told["customers"]] == [("C2", False)]
    assert told["unserved"]["before"] == pytest.approx(0.0, abs=1.0)
    assert told["unserved"]["during"] == pytest.approx(3000.0, abs=1.0)
    assert drawn["M1"] == pytest.approx(2000.0, abs=1.0)


def test_a_loop_that_is_cut_off_does_not_spoil_the_rest(workspace):
    """Two loops behind a valve: EPANET finds their equations singular when they hold no head."""
    uids = build(workspace, "S1 -p1- a -p2- V1 -p3- b -p4- c -p5- d -p6- b\nd -p7- e -p8- c\na -p9- M1")
    ground(workspace, uids, 0.0, **heads(S1=50))
    with workspace.change("people") as change:
        customer(change, "C1", (500050.0, 4060000.0), uids["M1"], daily_use=500.0)
    told = pressure(workspace, pipe="p5")
    assert {row["code"] for row in told["nodes"] if row["dry"]} == {"b", "c", "d", "e"}
    assert over(told, "during")["a"] == pytest.approx(over(told)["a"], abs=CLOSE)
    assert told["unserved"] == {"before": pytest.approx(0.0, abs=0.1), "during": pytest.approx(0.0, abs=0.1)}


def test_valves_named_by_hand_leave_the_other_source(city):
    told = pressure(city, close=["V1"])
    assert not told["customers"]
    assert over(told, "during")["b"] < over(told)["b"]
    valve = next(row for row in told["nodes"] if row["code"] == "V1")
    assert not valve["dry"]
    assert valve["during"] == pytest.approx(over(told, "during")["a"], abs=CLOSE)  # the side with the higher head


def test_one_pipe_by_hand(workspace):
    """h = 10.67 L Q^1.852 / (C^1.852 d^4.871); Q = 0.05 m³/s, d = 0.2 m, C = 100: 2.09 m on 100 m."""
    uids = build(workspace, "S1 -p1- M1")
    ground(workspace, uids, 0.0, **heads(S1=50))
    with workspace.change("people") as change:
        customer(change, "C1", (500050.0, 4060000.0), uids["M1"], daily_use=4320.0)
    told = pressure(workspace)
    lost = 10.67 * 100.0 * 0.05**1.852 / (100**1.852 * 0.2**4.871)
    meter = next(row for row in told["nodes"] if row["code"] == "M1")
    assert meter["before"] == pytest.approx(50 - lost, abs=0.03)
    assert told["sources"] == [{"code": "S1", "kind": "waterworks", "head": 50.0, "before": 4320.0}]
    (guess,) = told["assumptions"]
    assert (guess["count"], guess["codes"]) == (1, ["p1"])
    assert guess["source"] == read_hydraulics().roughness_of(None).source


def test_demand_falls_with_the_pressure(workspace):
    """Midway between the least and the required pressure √½ of the demand is met; the head is that of still water."""
    uids = build(workspace, "S1 -p1- M1", p1={"dn": 2000})
    ground(workspace, uids, 0.0, **heads(S1=(P_MIN + P_REQ) / 2))
    with workspace.change("people") as change:
        customer(change, "C1", (500050.0, 4060000.0), uids["M1"], daily_use=100.0, priority="hospital")
    told = pressure(workspace)
    assert told["unserved"]["before"] == pytest.approx(100 * (1 - 0.5**0.5), abs=0.1)
    assert [(row["code"], row["essential"], row["use"]) for row in told["customers"]] == [("C1", True, 100.0)]
    assert not pressure(workspace, required=8.0)["customers"]


def test_what_is_needed_and_not_known_is_refused(workspace):
    uids = build(workspace, "S1 -p1- a -p2- M1", p2={"dn": None})
    with pytest.raises(FigureNeeded) as refused:
        pressure(workspace)
    assert "S1" in refused.value.message
    assert "--head" in refused.value.hint
    with pytest.raises(FigureNeeded) as refused:
        pressure(workspace, heads={"S1": 50.0})
    assert {"a", "M1"} == set(refused.value.message.rpartition("：")[2].split(", "))  # now the elevation
    ground(workspace, uids, 5.0)
    with pytest.raises(FigureNeeded) as refused:
        pressure(workspace, heads={"S1": 50.0})
    assert "p2" in refused.value.message
    with workspace.change("dn") as change:
        change.update(KINDS["pipe"].table, uids["p2"], {"dn": 150})
    told = pressure(workspace, heads={"S1": 50.0})
    assert over(told)["a"] == pytest.approx(45.0, abs=CLOSE)
    assert any("日用水量" in text for text in told["warnings"])


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"required": 3.0}, UsageError),
        ({"required": float("nan")}, UsageError),
        ({"pipe": "p1", "close": ["V1"]}, UsageError),
        ({"close": ["nowhere"]}, NoSuchRow),
        ({"pipe": "nowhere"}, NoSuchRow),
        ({"heads": {"nowhere": 3.0}}, NoSuchRow),
        ({"zone": "nowhere"}, NoSuchRow),
    ],
)
def test_bad_questions(city, asked, error):
    with pytest.raises(error):
        pressure(city, **asked)


def test_a_part_stands_on_the_heads_at_its_edge(city):
    with city.change("zone") as change:
        parts = [shapely.box(500150, 4059990, 500450, 4060010), shapely.box(500090, 4059790, 500110, 4059810)]
        area = shapely.MultiPolygon(parts)  # V1, b, V2; M2
        change.insert(KINDS["dma"].table, [{"code": "D1", "geom": shapely.to_wkb(area)}])
    with pytest.raises(FigureNeeded) as refused:
        pressure(city, zone="D1")
    assert "V1" in refused.value.hint
    whole = {row["code"]: row for row in pressure(city)["nodes"]}
    part = pressure(city, zone="D1", heads={"V1": whole["V1"]["before"] + 10, "V2": whole["V2"]["before"] + 10})
    assert over(part)["b"] == pytest.approx(whole["b"]["before"], abs=CLOSE)
    assert "c" not in over(part)
    assert not part["warnings"]
    held = {"V1": 60.0, "V2": 60.0, "c": 50.0}
    assert any(text.endswith("c") for text in pressure(city, zone="D1", heads=held)["warnings"])


def test_an_unknown_elevation_is_the_nearest_along_the_pipes(workspace):
    uids = build(workspace, "S1 -p1- a -p2- b")
    ground(workspace, uids, 7.0, **heads(S1=50))
    with workspace.change("unknown") as change:
        change.update(KINDS["node"].table, uids["b"], {"elevation": None})
        change.update(KINDS["node"].table, uids["a"], {"elevation": 9.0})
    told = pressure(workspace)
    assert over(told)["b"] == pytest.approx(41.0, abs=CLOSE)
    assert [row["codes"] for row in told["assumptions"] if "高程" in row["what"]] == [["b"]]


def test_words_of_a_note():
    note = write_note(["CV"], {"roughness": 130.0, "minor": None, "curve": "0,50;10.5,40"})
    assert note == "EPANET CV roughness=130 curve=0,50;10.5,40"
    said = read_note(f"老管。{note} 已核")
    assert (figure(said, "roughness"), "CV" in said, curve(said)) == (130.0, True, [(0.0, 50.0), (10.5, 40.0)])
    assert not read_note("普通备注")
    assert figure(read_note("EPANET roughness=粗"), "roughness") is None


SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


def test_a_cancel_ends_the_process():
    asked = threading.Event()
    task = Task(lambda _fraction, _text: asked.set(), asked.is_set)
    with pytest.raises(TaskCancelled):
        solve([["x"]], task, child=SLEEP)
    begin = time.monotonic()
    with pytest.raises(EpanetFailed):
        solve([["x"]], child=SLEEP, patience=0.2)
    assert time.monotonic() - begin < 60


def test_the_end_of_epanet_is_told():
    with pytest.raises(EpanetFailed) as failed:
        solve([["x"]], child=(sys.executable, "-c", "import os; os.abort()"))
    assert "-6" in failed.value.message
    with pytest.raises(EpanetFailed) as failed:
        solve([["[JUNCTIONS]", " a 0 0", "[END]"]])
    assert "EPANET" in failed.value.message


def test_only_what_is_joined_with_what_is_shut_is_worked_out(workspace):
    """S1 and S2 feed parts that a closed valve keeps apart: what is shut in one changes nothing in the other."""
    uids = build(workspace, "S1 -p1- a -p2- V1 -p3- b -p4- X1 -p5- c -p6- V2 -p7- S2\na -p8- M1\nc -p9- M2")
    ground(workspace, uids, 0.0, **heads(S1=50, S2=40))
    with workspace.change("people") as change:
        customer(change, "C1", (500050.0, 4060000.0), uids["M1"], daily_use=500.0)
        customer(change, "C2", (500050.0, 4060000.0), uids["M2"], daily_use=700.0)
    whole = over(pressure(workspace))
    for asked in ({"pipe": "p3"}, {"close": ["V1"]}):
        told = pressure(workspace, **asked)
        assert {row["code"] for row in told["nodes"]} == {"S1", "a", "V1", "b", "X1", "M1"}
        assert over(told) == pytest.approx({code: whole[code] for code in over(told)}, abs=CLOSE)
        assert told["demand"] == 500.0
        assert [row["code"] for row in told["sources"]] == ["S1"]
        assert "5" in told["warnings"][-1]
        assert "9" in told["warnings"][-1]
    both = pressure(workspace, close=["V1", "V2"])
    assert set(over(both)) == set(whole)
    assert set(over(pressure(workspace, close=["X1"]))) == set(whole)  # either side of it


def test_a_part_without_a_head_says_so(workspace):
    uids = build(workspace, "S1 -p1- a\nb -p2- V1 -p3- c")
    ground(workspace, uids, 0.0, **heads(S1=50))
    with pytest.raises(FigureNeeded) as refused:
        pressure(workspace, pipe="p3")
    assert "--head" in refused.value.hint


#   S1 -p1- a -p2- T1      a source and a tank, by the head of each
HEADS = "S1 -p1- a -p2- T1\na -s1- M1"


def found_heads(workspace, uids, **fields):
    """Fields of S1 and T1; the heads that were taken for them."""
    with workspace.change("heads") as change:
        for code, kind in (("S1", "waterworks"), ("T1", "tank")):
            blank = dict.fromkeys(("water_head", "note", *(("bottom", "top") if kind == "tank" else ())))
            change.update(KINDS[kind].table, uids[code], blank | fields.get(code, {}))
    return {row["code"]: row["head"] for row in pressure(workspace)["sources"]}


def test_the_head_that_is_recorded_is_taken(workspace):
    uids = build(workspace, HEADS)
    ground(workspace, uids, 10.0)
    field = {"S1": {"water_head": 61.5}, "T1": {"water_head": 58.0, "bottom": 55.0, "top": 60.0}}
    assert found_heads(workspace, uids, **field) == {"S1": 61.5, "T1": 58.0}
    old = {"S1": {"note": "EPANET head=50"}, "T1": {"bottom": 55.0, "top": 60.0}}
    assert found_heads(workspace, uids, **old) == {"S1": 50.0, "T1": 57.5}
    both = {"S1": {"water_head": 61.5, "note": "EPANET head=50"}, "T1": {"water_head": 58.0, "note": "EPANET head=40"}}
    assert found_heads(workspace, uids, **both) == {"S1": 61.5, "T1": 58.0}
    given = pressure(workspace, heads={"S1": 70.0})["sources"]
    assert {row["code"]: row["head"] for row in given} == {"S1": 70.0, "T1": 58.0}


def test_a_tank_keeps_its_shape_while_the_water_is_in_it(workspace, tmp_path):
    uids = build(workspace, HEADS)
    ground(workspace, uids, 10.0)
    found_heads(workspace, uids, S1={"water_head": 60.0}, T1={"water_head": 58.0, "bottom": 55.0, "top": 60.0})
    export_file(workspace, tmp_path / "a.inp")
    model = wntr.network.WaterNetworkModel(str(tmp_path / "a.inp"))
    tank = model.get_node("T1")
    assert (tank.elevation, tank.init_level, tank.max_level) == (55.0, pytest.approx(3.0), 5.0)
    assert model.get_node("S1").base_head == 60.0
    found_heads(workspace, uids, S1={"water_head": 60.0}, T1={"water_head": 50.0, "bottom": 55.0, "top": 60.0})
    export_file(workspace, tmp_path / "b.inp")  # below its bottom: no tank of EPANET's could hold that
    assert wntr.network.WaterNetworkModel(str(tmp_path / "b.inp")).get_node("T1").base_head == 50.0


def test_a_source_without_a_head_is_told_where_to_write_it(workspace):
    uids = build(workspace, HEADS)
    ground(workspace, uids, 10.0)
    with pytest.raises(FigureNeeded) as refused:
        found_heads(workspace, uids, T1={"water_head": 50.0})
    assert "S1" in refused.value.message
    assert "T1" not in refused.value.message


def test_levels_of_a_tank_that_cannot_be_are_told():
    found = check_values("tank", {"bottom": 55.0, "top": 60.0, "water_head": 61.0})
    assert set(found) == {"water_head"}
    assert not found["water_head"].error
    assert set(check_values("tank", {"bottom": 55.0, "top": 50.0})) == {"top"}
    assert not check_values("tank", {"bottom": 55.0, "top": 60.0, "water_head": 57.0})
