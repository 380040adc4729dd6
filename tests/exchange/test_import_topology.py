"""What files become as a network: who ends where, whatever comes first. Hand-worked cases on both homes."""

import pytest
from shapely import LineString

from jnw_desktop.workspace.tables import GEOMETRY

from .importfiles import at, bring, ends, everything, geojson, line, point, rows, sound


def pipes(tmp_path, *lines, name="pipes.geojson", **more):
    return geojson(tmp_path / name, [({"code": code, "dn": 100} | more, shape) for code, shape in lines])


def valves(tmp_path, *places, name="valves.geojson"):
    return geojson(tmp_path / name, [({"code": code}, point(*place)) for code, place in places])


def test_shared_ends_make_one_node(workspace, tmp_path):
    file = pipes(
        tmp_path, ("A", line((0, 0), (100, 0))), ("B", line((100, 0), (200, 0))), ("C", line((100, 0), (100, 50)))
    )
    done = bring(workspace, file, "pipe")
    assert (done.read, done.written, done.rejected) == (3, 3, 0)
    joined = ends(workspace)
    assert joined["A"][1] == joined["B"][0] == joined["C"][0]
    nodes = rows(workspace, "node")
    assert len(nodes) == done.topology["nodes_made"] == 4
    assert {row["uid"] for row in nodes.values()} == {uid for pair in joined.values() for uid in pair}
    assert {row[GEOMETRY].coords[0] for row in nodes.values()} == {at(0, 0), at(100, 0), at(200, 0), at(100, 50)}
    assert sound(workspace)


@pytest.mark.parametrize(("gap", "nodes"), [(0.009, 3), (0.02, 4)])
def test_ends_within_the_tolerance_share_a_node(workspace, tmp_path, gap, nodes):
    bring(workspace, pipes(tmp_path, ("A", line((0, 0), (100, 0))), ("B", line((100 + gap, 0), (200, 0)))), "pipe")
    assert len(rows(workspace, "node")) == nodes


def test_the_tolerance_can_be_widened(workspace, tmp_path):
    file = pipes(tmp_path, ("A", line((0, 0), (100, 0))), ("B", line((100.4, 0), (200, 0))))
    bring(workspace, file, "pipe", tolerance=0.5)
    joined = ends(workspace)
    assert joined["A"][1] == joined["B"][0]


def test_a_later_pipe_takes_the_node_that_is_there(workspace, tmp_path):
    bring(workspace, pipes(tmp_path, ("A", line((0, 0), (100, 0)))), "pipe")
    done = bring(workspace, pipes(tmp_path, ("B", line((100, 0), (200, 0))), name="more.geojson"), "pipe")
    joined = ends(workspace)
    assert joined["A"][1] == joined["B"][0]
    assert (done.topology["ends_joined"], done.topology["nodes_made"]) == (1, 1)


def test_a_valve_on_an_end_takes_the_place_of_a_made_node(workspace, tmp_path):
    bring(workspace, pipes(tmp_path, ("A", line((0, 0), (100, 0))), ("B", line((100, 0), (200, 0)))), "pipe")
    done = bring(workspace, valves(tmp_path, ("V", (100, 0))), "valve")
    valve = rows(workspace, "valve")["V"]["uid"]
    assert ends(workspace)["A"][1] == ends(workspace)["B"][0] == valve
    assert len(rows(workspace, "node")) == 2
    assert (done.topology["nodes_replaced"], done.topology["pipes_split"]) == (1, 0)
    assert sound(workspace)


def test_a_valve_does_not_erase_a_node_that_people_know(workspace, tmp_path):
    bring(workspace, geojson(tmp_path / "n.geojson", [({"code": "三通7", "note": "见照片"}, point(100, 0))]), "node")
    bring(workspace, pipes(tmp_path, ("A", line((0, 0), (100, 0)))), "pipe")
    assert ends(workspace)["A"][1] == rows(workspace, "node")["三通7"]["uid"]
    bring(workspace, valves(tmp_path, ("V", (100, 0))), "valve")
    assert ends(workspace)["A"][1] == rows(workspace, "valve")["V"]["uid"]
    assert "三通7" in rows(workspace, "node")


@pytest.mark.parametrize("valves_first", [False, True])
def test_a_valve_on_a_pipe_cuts_it_and_the_longest_piece_stays_the_pipe(workspace, tmp_path, valves_first):
    pipe = pipes(tmp_path, ("A", line((0, 0), (100, 0))), length=102.0, depth_start=1.0, depth_end=2.0)
    valve = valves(tmp_path, ("V", (30, 0)))
    if valves_first:
        bring(workspace, valve, "valve")
    bring(workspace, pipe, "pipe")
    uid = None if valves_first else rows(workspace, "pipe")["A"]["uid"]
    if not valves_first:
        assert bring(workspace, valve, "valve").topology["pipes_split"] == 1
    found = rows(workspace, "pipe")
    assert len(found) == 2
    longest = found.pop("A")
    (other,) = found.values()
    assert uid in (None, longest["uid"])
    middle = rows(workspace, "valve")["V"]["uid"]
    assert (longest["start_node"], other["end_node"]) == (middle, middle)
    assert longest[GEOMETRY].equals(line((30, 0), (100, 0)))
    assert other[GEOMETRY].equals(line((0, 0), (30, 0)))
    assert (longest["dn"], other["dn"]) == (100, 100)
    assert longest["length"] == pytest.approx(71.4)  # the measured length is shared, not the drawn one
    assert other["length"] == pytest.approx(30.6)
    assert (longest["depth_start"], longest["depth_end"]) == pytest.approx((1.3, 2.0))
    assert (other["depth_start"], other["depth_end"]) == pytest.approx((1.0, 1.3))
    assert sound(workspace)


@pytest.mark.parametrize("valves_first", [False, True])
def test_several_valves_on_one_pipe(workspace, tmp_path, valves_first):
    shape = line((0, 0), (50, 0), (50, 50))
    files = [
        (pipes(tmp_path, ("A", shape)), "pipe"),
        (valves(tmp_path, ("V3", (50, 30)), ("V1", (20, 0)), ("V2", (50.02, 0))), "valve"),
    ]
    for file, kind in reversed(files) if valves_first else files:
        bring(workspace, file, kind)
    uid = {row["uid"]: code for code, row in rows(workspace, "valve").items()}
    found = list(rows(workspace, "pipe").values())
    chain = {uid.get(row["start_node"], "first"): uid.get(row["end_node"], "last") for row in found}
    assert chain == {"first": "V1", "V1": "V2", "V2": "V3", "V3": "last"}
    assert sum(row[GEOMETRY].length for row in found) == pytest.approx(100, abs=0.1)
    assert max(found, key=lambda row: row[GEOMETRY].length)["code"] == "A"
    assert sound(workspace)


def test_nodes_that_come_later_take_the_made_ones_places(workspace, tmp_path):
    bring(workspace, pipes(tmp_path, ("A", line((0, 0), (100, 0))), ("B", line((100, 0), (200, 0)))), "pipe")
    places = {"N1": (0, 0), "N2": (100, 0), "N3": (200, 0)}
    file = geojson(tmp_path / "n.geojson", [({"code": c, "elevation": 30.5}, point(*p)) for c, p in places.items()])
    done = bring(workspace, file, "node")
    assert (done.topology["nodes_replaced"], done.topology["unconnected"]) == (3, 0)
    nodes = rows(workspace, "node")
    assert set(nodes) == set(places)
    uid = {code: row["uid"] for code, row in nodes.items()}
    assert ends(workspace) == {"A": (uid["N1"], uid["N2"]), "B": (uid["N2"], uid["N3"])}
    assert sound(workspace)


def test_a_node_on_a_pipe_between_its_ends_cuts_nothing(workspace, tmp_path):
    bring(workspace, pipes(tmp_path, ("A", line((0, 0), (100, 0)))), "pipe")
    done = bring(workspace, geojson(tmp_path / "n.geojson", [({"code": "N"}, point(50, 0))]), "node")
    assert list(rows(workspace, "pipe")) == ["A"]
    assert done.topology["unconnected"] == 1


def test_pipes_that_cross_stay_unjoined(workspace, tmp_path):
    bring(workspace, pipes(tmp_path, ("A", line((0, 50), (100, 50))), ("B", line((50, 0), (50, 100)))), "pipe")
    assert len({uid for pair in ends(workspace).values() for uid in pair}) == len(rows(workspace, "node")) == 4


def test_a_branch_that_ends_on_a_main_does_not_cut_it(workspace, tmp_path):
    bring(workspace, pipes(tmp_path, ("A", line((0, 0), (100, 0))), ("B", line((50, 0), (50, 40)))), "pipe")
    assert set(rows(workspace, "pipe")) == {"A", "B"}  # `jnw check` tells of it, and mends it


def test_again_the_same_changes_nothing(workspace, tmp_path):
    files = [
        (pipes(tmp_path, ("A", line((0, 0), (100, 0))), ("B", line((100, 0), (200, 0)))), "pipe"),
        (valves(tmp_path, ("V", (30, 0)), ("W", (100, 0))), "valve"),
    ]
    for file, kind in files:
        bring(workspace, file, kind)
    before = everything(workspace)
    for file, kind in files:
        done = bring(workspace, file, kind)
        assert (done.inserted, done.updated, done.change) == (0, 0, None)
    assert everything(workspace) == before


def test_a_pipe_that_moved_ends_where_it_now_ends(workspace, tmp_path):
    bring(workspace, pipes(tmp_path, ("A", line((0, 0), (100, 0))), ("B", line((100, 0), (200, 0)))), "pipe")
    bring(workspace, pipes(tmp_path, ("B", line((0, 0), (0, 80)))), "pipe")
    joined = ends(workspace)
    assert joined["B"][0] == joined["A"][0]
    assert rows(workspace, "pipe")["B"][GEOMETRY].equals(LineString([at(0, 0), at(0, 80)]))
    assert sound(workspace)


def test_undo_takes_the_whole_import_back(workspace, tmp_path):
    bring(workspace, pipes(tmp_path, ("A", line((0, 0), (100, 0))), ("B", line((100, 0), (200, 0)))), "pipe")
    before = everything(workspace)
    bring(workspace, valves(tmp_path, ("V", (30, 0)), ("W", (100, 0)), ("X", (10, 40))), "valve")
    assert everything(workspace) != before
    workspace.undo()
    after = everything(workspace)
    assert {name: len(some) for name, some in after.items()} == {name: len(some) for name, some in before.items()}
    assert ends(workspace)["A"][1] == ends(workspace)["B"][0]
    assert rows(workspace, "pipe")["A"][GEOMETRY].equals(line((0, 0), (100, 0)))
    assert sound(workspace)
    workspace.undo()
    assert all(not some for some in everything(workspace).values())
    assert sound(workspace)
