"""The demonstration city is one whole, repeatable network."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.csgraph
import shapely

from jnw_desktop.demo.build import build, imagine
from jnw_desktop.demo.recipe import read_recipe
from jnw_desktop.facilities.checks.operations import check
from jnw_desktop.facilities.graph import city_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace


@pytest.fixture(scope="module")
def tables():
    return imagine(read_recipe())


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The city built, and what building it told."""
    told = build(tmp_path_factory.mktemp("city") / "demo.gpkg")
    return Path(str(told["workspace"])), told


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
    expected = {"cap": 1, "bend": 2, "reducer": 2, "tee": 3, "cross": 4}
    named = zip(tables["node"]["uid"], tables["node"]["node_kind"], strict=True)
    assert all(degree[uid] == expected[kind] or (kind == "cross" and degree[uid] > 4) for uid, kind in named)


def test_every_source_is_joined_to_the_network(tables):
    ends = {*tables["pipe"]["start_node"], *tables["pipe"]["end_node"]}
    for kind in ("waterworks", "tank", "pump_station"):
        assert set(tables[kind]["uid"]) <= ends


def test_a_burst_can_be_isolated_and_most_of_the_city_keeps_its_water(city):
    with Workspace.open(city[0], read_only=True) as workspace, workspace.read() as connection:
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
    for kind, columns in tables.items():
        assert list(again[kind]["geom"]) == list(columns["geom"])
        assert list(again[kind]["uid"]) == list(columns["uid"])


def test_the_workspace_holds_all_of_it_in_one_change_set(city, tables):
    place, told = city
    assert told["facilities"]["pipe"] == len(tables["pipe"]["geom"]) > 30000
    assert all(told["facilities"][kind] for kind in KINDS if kind not in ("well", "spring", "spring_station"))
    with Workspace.open(place, read_only=True) as workspace:
        assert [entry.kind for entry in workspace.history()] == ["origin"]
        assert workspace.verify() == []
        assert "演示" in workspace.properties()["title"]


def test_the_checks_find_what_was_left_on_purpose_and_nothing_else(city):
    with Workspace.open(city[0], read_only=True) as workspace:
        counts = check(workspace).counts
    few = {"crossing", "parallel_pipe", "doubling_back", "fitting_degree", "tee_impossible", "outside_dma"}
    assert set(counts) <= few | {"long_pipe", "material_jump"}
    assert sum(counts.get(rule, 0) for rule in few) < 15


def test_other_owners_lines_keep_clear_of_the_mains(tables):
    """Along nine tenths of their length no line of another owner is nearer than a metre to the main of its street."""
    pipe = tables["pipe"]
    mains = shapely.from_wkb(np.array(pipe["geom"], dtype=object))[np.asarray(pipe["use"]) != "service"]
    others = shapely.from_wkb(np.array(tables["other_line"]["geom"], dtype=object))
    places = shapely.line_interpolate_point(
        np.repeat(others, 5), np.tile(np.linspace(0.1, 0.9, 5), len(others)), normalized=True
    )
    _place, gap = shapely.STRtree(mains).query_nearest(places, return_distance=True, all_matches=False)
    assert np.mean(gap < 1.0) < 0.05


def test_a_diameter_changes_at_a_reducer(tables):
    pipe, node = tables["pipe"], tables["node"]
    ends = np.concatenate([pipe["start_node"], pipe["end_node"]]).astype(str)
    dn = np.tile(np.asarray(pipe["dn"]), 2)
    kinds = dict(zip(node["uid"], node["node_kind"], strict=True))
    order = np.argsort(ends, kind="stable")
    uids, first, count = np.unique(ends[order], return_index=True, return_counts=True)
    for uid, begin in zip(uids[count == 2], first[count == 2], strict=True):
        if uid in kinds:
            one, other = dn[order[begin : begin + 2]]
            assert (kinds[uid] == "reducer") == (one != other)
