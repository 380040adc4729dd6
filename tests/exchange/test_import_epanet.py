"""EPANET files: what WNTR counts is what comes in, codes that node and pipe share keep their ends."""

from importlib.resources import files

import pytest
import wntr

from jnw_desktop.exchange.errors import NoCrs, UnreadableFile
from jnw_desktop.workspace.tables import GEOMETRY

from .importfiles import EAST, NORTH, bring, everything, rows, sound

LIBRARY = files("wntr") / "library" / "networks"
SMALL = f"""[TITLE]
两个水源
[JUNCTIONS]
1 30.5 10
2 31 0
3 32 5
[RESERVOIRS]
R 60
[TANKS]
T 50 2 1 5 10 0
[PIPES]
1 1 2 100 300 130 0 Open
2 2 T 80 200 130 0 Closed
3 3 T 60 200 130 0 CV
[PUMPS]
P R 1 POWER 5
[VALVES]
V 2 3 200 PRV 40 0
W 1 3 150 TCV 1 0
[COORDINATES]
1 {EAST} {NORTH}
2 {EAST + 100} {NORTH}
3 {EAST + 200} {NORTH}
R {EAST - 50} {NORTH}
T {EAST + 100} {NORTH + 80}
[VERTICES]
1 {EAST + 50} {NORTH + 20}
[OPTIONS]
Units LPS
Headloss H-W
[END]
"""


def inp(tmp_path, text=SMALL):
    path = tmp_path / "模型 一.inp"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(("name", "crs"), [("Net3", "EPSG:4548"), ("ky4", "EPSG:3089")])
def test_counts_are_the_files(workspace, name, crs):
    file = LIBRARY / f"{name}.inp"
    model = wntr.network.WaterNetworkModel(str(file))
    done = bring(workspace, file, crs=crs)
    assert done.rejected == 0
    wanted = {
        "node": model.num_junctions, "waterworks": model.num_reservoirs, "tank": model.num_tanks,
        "pump_station": model.num_pumps, "valve": model.num_valves, "pipe": model.num_pipes,
    }  # fmt: skip
    assert {kind: len(rows(workspace, kind)) for kind in wanted} == wanted
    uid = {code: r["uid"] for kind in ("node", "waterworks", "tank") for code, r in rows(workspace, kind).items()}
    pipes = rows(workspace, "pipe")
    for code, pipe in model.pipes():
        found = pipes[code]
        assert (found["start_node"], found["end_node"]) == (uid[pipe.start_node_name], uid[pipe.end_node_name])
        assert found["length"] == pytest.approx(pipe.length)
        assert found["dn"] == round(pipe.diameter * 1000)
    for code, pump in model.pumps():
        found = rows(workspace, "pump_station")[code]
        assert (found["start_node"], found["end_node"]) == (uid[pump.start_node_name], uid[pump.end_node_name])
    assert sound(workspace)


def test_pumps_and_valves_join_what_the_file_says(workspace, tmp_path):
    done = bring(workspace, inp(tmp_path), crs="EPSG:4548")
    assert (done.read, done.written, done.topology["nodes_made"]) == (11, 11, 0)
    node, tank, source = rows(workspace, "node"), rows(workspace, "tank"), rows(workspace, "waterworks")
    pipe, valve, pump = rows(workspace, "pipe"), rows(workspace, "valve"), rows(workspace, "pump_station")
    assert set(node) & set(pipe) == {"1", "2", "3"}
    assert (pump["P"]["start_node"], pump["P"]["end_node"]) == (source["R"]["uid"], node["1"]["uid"])
    assert (valve["V"]["start_node"], valve["V"]["end_node"]) == (node["2"]["uid"], node["3"]["uid"])
    assert (valve["V"]["valve_kind"], valve["W"]["valve_kind"]) == ("prv", None)
    assert "TCV" in valve["W"]["note"]
    assert (source["R"]["water_head"], source["R"]["elevation"], source["R"]["note"]) == (60.0, None, None)
    assert (tank["T"]["water_head"], tank["T"]["bottom"], tank["T"]["top"]) == (52.0, 50.0, 55.0)
    assert (pipe["2"]["start_node"], pipe["2"]["end_node"]) == (node["2"]["uid"], tank["T"]["uid"])
    assert list(pipe["1"][GEOMETRY].coords) == [(EAST, NORTH), (EAST + 50, NORTH + 20), (EAST + 100, NORTH)]
    assert "CLOSED" in pipe["2"]["note"]
    assert "CV" in pipe["3"]["note"]
    assert sum("2" in text or "3" in text for text in done.warnings) == 2
    assert sound(workspace)
    assert bring(workspace, inp(tmp_path), crs="EPSG:4548").change is None


def test_an_epanet_file_has_no_crs(workspace, tmp_path):
    before = everything(workspace)
    with pytest.raises(NoCrs):
        bring(workspace, inp(tmp_path))
    with pytest.raises(UnreadableFile):  # before it is asked where it lies
        bring(workspace, inp(tmp_path, SMALL.replace("2 2 T 80", "2 2 nowhere 80")))
    with pytest.raises(UnreadableFile):
        bring(workspace, inp(tmp_path, SMALL[:40]))
    assert everything(workspace) == before


def test_what_the_file_does_not_place_is_refused(workspace, tmp_path):
    unplaced = SMALL.replace(f"3 {EAST + 200} {NORTH}\n", "")
    done = bring(workspace, inp(tmp_path, unplaced), crs="EPSG:4548")
    assert (done.written, done.rejected) == (7, 4)  # node 3, pipe 3, the valves V and W
    assert set(rows(workspace, "node")) == {"1", "2"}
    assert set(rows(workspace, "pipe")) == {"1", "2"}
    assert not rows(workspace, "valve")


def test_a_file_without_coordinates_is_refused(workspace, tmp_path):
    nowhere = SMALL.partition("[COORDINATES]")[0] + "[OPTIONS]\nUnits LPS\n[END]\n"
    with pytest.raises(UnreadableFile, match="坐标"):
        bring(workspace, inp(tmp_path, nowhere), crs="EPSG:4548")


def test_one_kind_of_a_model(workspace, tmp_path):
    done = bring(workspace, inp(tmp_path), "node", crs="EPSG:4548")
    assert done.kinds == {"node": 3}
    assert not rows(workspace, "pipe")
