"""The demonstration city is one whole, repeatable network."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.csgraph
import shapely

from jnw_desktop.demo.build import build, imagine
from jnw_desktop.demo.recipe import read_recipe
from jnw_desktop.facilities.graph import city_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace


@pytest.fixture(scope="module")
def tables():
    return imagine(read_recipe())


def test_every_pipe_ends_where_its_end_points_stand(tables):
    """Start and end node are named by uid; their places are the first and last vertex to the bit."""
    place = {}
    for kind in ("node", "valve", "hydrant", "meter", "waterworks", "tank", "pump_station"):
        at = shapely.get_coordinates(shapely.from_wkb(np.array(tables[kind]["geom"], dtype=object)))
        place |= dict(zip(tables[kind]["uid"], map(tuple, at.tolist()), strict=True))
    pipes = shapely.from_wkb(np.array(tables["pipe"]["geom"], dtype=object))
    for column, vertex in (("start_node", 0), ("end_node", -1)):
        at = shapely.get_coordinates(shapely.get_point(pipes, vertex))
        assert np.abs(np.array([place[uid] for uid in tables["pipe"][column]]) - at).max() < 1e-6


def test_the_network_is_one_and_its_nodes_are_named_by_their_pipes(tables):
    pipe = tables["pipe"]
    uids, index = np.unique(np.concatenate([pipe["start_node"], pipe["end_node"]]).astype(str), return_inverse=True)
    ends = index.reshape(2, -1)
    graph = scipy.sparse.coo_matrix((np.ones(ends.shape[1]), ends), shape=(len(uids),) * 2)
    assert scipy.sparse.csgraph.connected_components(graph, directed=False)[0] == 1
    degree = dict(zip(uids, np.bincount(index), strict=True))
    expected = {"cap": 1, "bend": 2, "tee": 3, "cross": 4}
    named = zip(tables["node"]["uid"], tables["node"]["node_kind"], strict=True)
    assert all(degree[uid] == expected[kind] or (kind == "cross" and degree[uid] > 4) for uid, kind in named)


def test_every_source_is_joined_to_the_network(tables):
    ends = {*tables["pipe"]["start_node"], *tables["pipe"]["end_node"]}
    for kind in ("waterworks", "tank", "pump_station"):
        assert set(tables[kind]["uid"]) <= ends


def test_a_burst_can_be_isolated_and_most_of_the_city_keeps_its_water(tmp_path):
    build(tmp_path / "demo.gpkg")
    with Workspace.open(tmp_path / "demo.gpkg", read_only=True) as workspace, workspace.read() as connection:
        network = city_of(workspace).network(connection)
        reached = network.supply.reached[: network.segments.count]
        assert (
            np.bincount(reached[network.segments.of_edge], network.graph.length)[1] > 0.9 * network.graph.length.sum()
        )
        stopped = [network.isolator.plan(np.array([edge])) for edge in range(0, len(network.graph.start), 997)]
        assert sum(plan.unstoppable for plan in stopped) < len(stopped) / 10
        assert all(len(plan.edges) < 0.2 * len(network.graph.start) for plan in stopped)


def test_a_city_can_be_built_twice_the_same(tables):
    again = imagine(read_recipe())
    assert list(again) == list(tables)
    for kind in ("pipe", "building", "construction_site", "break"):
        assert list(again[kind]["geom"]) == list(tables[kind]["geom"])
    assert list(again["pipe"]["uid"]) == list(tables["pipe"]["uid"])


def test_the_workspace_holds_all_of_it_in_one_change_set(tmp_path: Path, tables):
    told = build(tmp_path / "demo.gpkg")
    assert told["facilities"]["pipe"] == len(tables["pipe"]["geom"]) > 30000
    assert all(told["facilities"][kind] for kind in KINDS if kind not in ("well", "spring", "spring_station"))
    with Workspace.open(tmp_path / "demo.gpkg", read_only=True) as workspace:
        assert [entry.kind for entry in workspace.history()] == ["change"]
        assert workspace.verify() == []
        assert "演示" in workspace.properties()["title"]
