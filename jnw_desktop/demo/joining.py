"""Joins what supplies the demonstration city to its mains: a short main with a valve from each to the nearest node."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.demo.attributes import SURVEYED, Columns, make_uids
from jnw_desktop.demo.network import Network
from jnw_desktop.demo.recipe import Recipe
from jnw_desktop.demo.skeleton import elevation

SUPPLY = ("waterworks", "tank", "pump_station")
MAIN_DN = 300  # mm; smaller mains take no waterworks
COVER = 1.4  # m
YEAR = 2008
KINDS_BY_DEGREE = np.array(["blank_end", "cap", "bend", "tee", "cross"])


def join_supply(recipe: Recipe, network: Network, tables: dict[str, Columns]) -> dict[str, Columns]:
    """``tables`` with uids for what supplies the city, and for each two pipes and the valve between them.

    Draws from a generator of its own, so that the rest of the city is what it was without.
    """
    rng = np.random.default_rng([recipe.seed, 1])
    counts = [len(np.asarray(tables[kind]["geom"])) for kind in SUPPLY]
    supply_uids = make_uids(rng, sum(counts))
    shapes = shapely.from_wkb(np.concatenate([np.asarray(tables[kind]["geom"], dtype=object) for kind in SUPPLY]))
    at = shapely.get_coordinates(shapes)
    node, dn = _nearest(network, at)
    joint = network.points[node]
    middle = np.round((at + joint) / 2, 2)
    node_uids = np.concatenate([np.asarray(tables["pipe"]["start_node"]), np.asarray(tables["pipe"]["end_node"])])
    # Pipes name their ends in the order of the network's points.
    uid_of = dict(zip(network.ends.T.ravel().tolist(), node_uids.tolist(), strict=True))
    joint_uids = np.array([uid_of[int(number)] for number in node], dtype=object)
    valve_uids = make_uids(rng, len(at))
    lines = shapely.linestrings(np.concatenate([np.stack([at, middle], 1), np.stack([middle, joint], 1)]))
    road = _road(network, tables["pipe"], node)
    made = dict(tables)
    parts = np.split(supply_uids, np.cumsum(counts)[:-1])
    made |= {kind: tables[kind] | {"uid": part} for kind, part in zip(SUPPLY, parts, strict=True)}
    pipes = _pipes(recipe, lines, np.tile(dn, 2), np.tile(road, 2))
    pipes |= {
        "uid": make_uids(rng, len(lines)),
        "start_node": np.concatenate([supply_uids, valve_uids]),
        "end_node": np.concatenate([valve_uids, joint_uids]),
    }
    made["pipe"] = _appended(tables["pipe"], pipes)
    made["valve"] = _appended(tables["valve"], _valves(recipe, middle, dn, road) | {"uid": valve_uids})
    made["node"] = tables["node"] | {"node_kind": _node_kinds(network, tables["node"], joint_uids, node)}
    return made


def _nearest(network: Network, at: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """The nearest node of a large main to each place, and the diameter of that main."""
    widest = np.zeros(len(network.points), dtype=np.int64)
    np.maximum.at(widest, network.ends.ravel(), np.repeat(network.dn, 2))
    on_main = np.flatnonzero((network.kind == "node") & (widest >= MAIN_DN))
    tree = shapely.STRtree(shapely.points(network.points[on_main]))
    _, hit = tree.query_nearest(shapely.points(at), all_matches=False)
    return on_main[hit], widest[on_main[hit]]


def _road(network: Network, pipes: Columns, node: npt.NDArray[np.intp]) -> npt.NDArray[np.object_]:
    """The road of a pipe at each node."""
    road = np.empty(len(network.points), dtype=object)
    road[network.ends.ravel()] = np.repeat(np.asarray(pipes["road"], dtype=object), 2)
    return np.asarray(road[node], dtype=object)


def _pipes(
    recipe: Recipe, lines: npt.NDArray[np.object_], dn: npt.NDArray[np.int64], road: npt.NDArray[np.object_]
) -> Columns:
    count = len(lines)
    ends = [shapely.get_coordinates(shapely.get_point(lines, vertex)) for vertex in (0, -1)]
    top = [np.round(elevation(recipe, end) - COVER, 2) for end in ends]
    return {
        "geom": shapely.to_wkb(lines),
        "dn": dn,
        "material": np.full(count, "QM"),
        "year": np.full(count, YEAR),
        "use": np.where(dn >= 600, "transmission", "distribution"),
        "joint": np.full(count, "socket"),
        "lining": np.full(count, "cement", dtype=object),
        "embedding": np.full(count, "ZM"),
        "pressure_class": np.full(count, "K9"),
        "length": np.round(shapely.length(lines), 2),
        "depth_start": np.full(count, COVER),
        "depth_end": np.full(count, COVER),
        "elevation_start": top[0],
        "elevation_end": top[1],
        "road": road,
        "owner": np.full(count, "示范水务"),
        "state": np.full(count, "in_service"),
        "accuracy_position": np.full(count, "A"),
        "accuracy_depth": np.full(count, "B"),
        "source": np.full(count, "survey"),
        "survey_date": np.full(count, SURVEYED, dtype=object),
    }


def _valves(
    recipe: Recipe, at: npt.NDArray[np.float64], dn: npt.NDArray[np.int64], road: npt.NDArray[np.object_]
) -> Columns:
    count = len(at)
    return {
        "geom": shapely.to_wkb(shapely.points(at)),
        "road": road,
        "elevation": np.round(elevation(recipe, at), 2),
        "depth": np.full(count, COVER),
        "state": np.full(count, "in_service", dtype=object),
        "source": np.full(count, "survey", dtype=object),
        "dn": dn,
        "year": np.full(count, YEAR),
        "valve_kind": np.where(dn >= 400, "butterfly", "gate"),
        "normal_state": np.full(count, "open"),
        "present_state": np.full(count, "open"),
        "operability": np.full(count, "operable"),
        "turns": np.round(dn / 12.0),
        "closing_direction": np.full(count, "clockwise"),
        "chamber": np.full(count, None, dtype=object),
    }


def _node_kinds(
    network: Network, nodes: Columns, joined: npt.NDArray[np.object_], number: npt.NDArray[np.intp]
) -> npt.NDArray[np.str_]:
    """Kinds of all nodes after one more pipe ends at each of ``joined``: a bend becomes a tee."""
    degree = np.bincount(network.ends.ravel(), minlength=len(network.points))
    np.add.at(degree, number, 1)
    kinds = np.array(nodes["node_kind"])
    place = {uid: row for row, uid in enumerate(np.asarray(nodes["uid"]).tolist())}
    for uid, at in zip(joined.tolist(), number.tolist(), strict=True):
        kinds[place[uid]] = KINDS_BY_DEGREE[min(int(degree[at]), 4)]
    return kinds


def _appended(columns: Columns, more: Columns) -> Columns:
    """Rows after those of ``columns``; both name the same columns."""
    missing = set(columns) ^ set(more)
    if missing:
        raise KeyError(sorted(missing))
    return {name: np.concatenate([np.asarray(values), np.asarray(more[name])]) for name, values in columns.items()}
