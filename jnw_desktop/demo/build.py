"""Builds the demonstration workspace: the same recipe makes the same city."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.demo import surroundings
from jnw_desktop.demo.attributes import Columns, make_uids, pipe_columns, road_names
from jnw_desktop.demo.blocks import Blocks, build_blocks
from jnw_desktop.demo.joining import join_supply
from jnw_desktop.demo.network import Network, lay_network
from jnw_desktop.demo.recipe import Recipe, read_recipe
from jnw_desktop.demo.skeleton import elevation, read_skeleton
from jnw_desktop.demo.streets import lay_streets
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

Floats = npt.NDArray[np.float64]


def build(where: str | Path, task: Task = SILENT, who: str | None = None) -> dict[str, object]:
    """Make the workspace ``where`` and fill it. Raises what ``Workspace.create`` raises.

    Returns ``workspace`` (its place) and ``facilities`` (counts by kind).
    """
    recipe = read_recipe()
    with Workspace.build(where, crs=recipe.crs, title=recipe.title, who=who, demonstration=True) as workspace:
        tables = imagine(recipe, task)
        with workspace.change(_("Demonstration city"), who, origin=True) as change:
            for done, (kind, columns) in enumerate(tables.items()):
                task.progress(0.45 + 0.55 * done / len(tables), _("Writing"))
                change.insert_arrays(_table(kind), columns)
        task.progress(1.0)
        return {"workspace": str(workspace.location), "facilities": queries.counts(workspace)}


def _table(kind: str) -> sa.Table:
    return KINDS[kind].table


def imagine(recipe: Recipe, task: Task = SILENT) -> dict[str, Columns]:
    """Every table of the city as columns, geometry as WKB in the recipe's CRS."""
    rng = np.random.default_rng(recipe.seed)
    task.progress(0.0, _("Laying streets"))
    skeleton = read_skeleton(recipe)
    streets = lay_streets(recipe, skeleton, rng)
    task.progress(0.35, _("Laying pipes"))
    blocks = build_blocks(recipe, streets, rng)
    network = lay_network(recipe, streets, blocks, rng)
    names = road_names(recipe, streets.road, shapely.length(streets.lines))
    pipes = pipe_columns(recipe, network, names, rng)
    point_uids = make_uids(rng, len(network.points))
    pipe_uids = make_uids(rng, len(network.pipes))
    pipes |= {
        "uid": pipe_uids,
        "start_node": point_uids[network.ends[:, 0]],
        "end_node": point_uids[network.ends[:, 1]],
    }
    tables: dict[str, Columns] = {"road": surroundings.roads(streets, names), "pipe": pipes}
    tables |= _points(recipe, network, pipes, point_uids, rng)
    tables |= _people(recipe, network, blocks, pipes, point_uids, rng)
    tables["other_line"] = surroundings.other_lines(recipe, streets, names, rng)
    tables["dma"], tables["pressure_zone"] = surroundings.zones(recipe, streets, rng)
    tables["construction_site"] = surroundings.construction_sites(recipe, streets, names, rng)
    tables |= surroundings.sources(recipe, skeleton)
    tables["break"] = surroundings.breaks(network, pipes, recipe, rng)
    tables["break"]["pipe"] = pipe_uids[np.asarray(tables["break"]["pipe"])]
    city = join_supply(recipe, network, tables)
    # A uid of its own for whatever nothing refers to: one that the workspace makes is another each time.
    return {
        kind: {"uid": make_uids(rng, np.asarray(columns["geom"], dtype=object).size)} | columns
        for kind, columns in city.items()
    }


def _points(
    recipe: Recipe, network: Network, pipes: Columns, uids: npt.NDArray[np.object_], rng: np.random.Generator
) -> dict[str, Columns]:
    """Nodes, valves, hydrants, chambers and sensors: what stands where pipes end."""
    count = len(network.points)
    degree = np.bincount(network.ends.ravel(), minlength=count)
    widest, year = np.zeros(count, dtype=int), np.zeros(count, dtype=int)
    np.maximum.at(widest, network.ends.ravel(), np.repeat(network.dn, 2))
    np.maximum.at(year, network.ends.ravel(), np.repeat(np.asarray(pipes["year"]), 2))
    road = np.empty(count, dtype=object)
    road[network.ends.ravel()] = np.repeat(np.asarray(pipes["road"], dtype=object), 2)
    ground = np.round(elevation(recipe, network.points), 2)
    shared: Columns = {
        "geom": shapely.to_wkb(shapely.points(network.points)),
        "uid": uids,
        "road": road,
        "elevation": ground,
        "depth": np.round(rng.normal(1.1, 0.15, count).clip(0.6), 2),
        "state": np.full(count, "in_service", dtype=object),
        "source": np.full(count, "survey", dtype=object),
    }

    def those(kind: str) -> npt.NDArray[np.intp]:
        return np.flatnonzero(network.kind == kind)

    def part(chosen: npt.NDArray[np.intp]) -> Columns:
        return {name: np.asarray(values)[chosen] for name, values in shared.items()}

    nodes, valves, hydrants = those("node"), those("valve"), those("hydrant")
    narrowest = np.full(count, np.iinfo(int).max)
    np.minimum.at(narrowest, network.ends.ravel(), np.repeat(network.dn, 2))
    big = valves[widest[valves] >= 300]
    chamber_uids = dict(zip(big.tolist(), make_uids(rng, len(big)), strict=True))
    chance = rng.random(len(valves))
    sensors = rng.choice(nodes, recipe.facilities.sensors, replace=False)
    return {
        "node": part(nodes) | {"node_kind": _node_kinds(degree, narrowest < widest)[nodes]},
        "valve": part(valves)
        | _valves(widest[valves], year[valves], chance)
        | {"chamber": [chamber_uids.get(int(valve)) for valve in valves]},
        "hydrant": part(hydrants) | _hydrants(year[hydrants], rng),
        "chamber": part(big)
        | {
            "uid": list(chamber_uids.values()),
            "chamber_kind": np.full(len(big), "valve"),
            "size": np.full(len(big), "1200×1200"),
        },
        "sensor": {name: value for name, value in part(sensors).items() if name != "uid"} | _sensors(len(sensors)),
    }


def _node_kinds(degree: npt.NDArray[np.int_], narrows: npt.NDArray[np.bool_]) -> npt.NDArray[np.str_]:
    """What kind of fitting a node is, by how many pipes end there and whether one is narrower than another."""
    kinds = np.array(["blank_end", "cap", "bend", "tee", "cross"])[degree.clip(0, 4)]
    return np.where((degree == 2) & narrows, "reducer", kinds)


def _hydrants(year: npt.NDArray[np.int_], rng: np.random.Generator) -> Columns:
    return {
        "dn": np.full(len(year), 100),
        "year": year,
        "hydrant_kind": np.where(rng.random(len(year)) < 0.7, "underground", "pillar"),
        "operability": np.full(len(year), "operable"),
    }


def _sensors(count: int) -> Columns:
    """Pressure, flow and quality in turn."""
    return {
        "sensor_kind": np.array(["pressure", "flow", "quality"])[np.arange(count) % 3],
        "tag": [f"T{i + 1:03d}" for i in range(count)],
    }


def _valves(dn: npt.NDArray[np.int_], year: npt.NDArray[np.int_], chance: npt.NDArray[np.float64]) -> Columns:
    """What is known of valves; ``chance`` (0 to 1) says of each what became of it."""
    return {
        "dn": dn,
        "year": year,
        "valve_kind": np.where(dn >= 400, "butterfly", "gate"),
        "normal_state": np.full(len(dn), "open"),
        "present_state": np.where(chance < 0.985, "open", "closed"),
        "operability": np.select(
            [chance < 0.90, chance < 0.94, chance < 0.96, chance < 0.985],
            ["operable", "stuck", "buried", "unknown"],
            default="operable",
        ),
        "turns": np.round(dn / 12.0),
        "closing_direction": np.full(len(dn), "clockwise"),
    }


def _people(
    recipe: Recipe,
    network: Network,
    blocks: Blocks,
    pipes: Columns,
    uids: npt.NDArray[np.object_],
    rng: np.random.Generator,
) -> dict[str, Columns]:
    """Neighbourhoods, their houses, the meter at each entry, pump rooms of the tall ones, a customer in each house."""
    count = len(blocks.areas)
    meters = np.flatnonzero(network.kind == "meter")
    block = network.block[meters]
    laid = np.zeros(int(network.street.max()) + 1, dtype=int)
    laid[network.street] = np.asarray(pipes["year"])
    year = np.clip(laid[blocks.line] + rng.integers(-3, 12, count), 1965, 2025)
    area_uids = make_uids(rng, count)
    areas = surroundings.neighbourhoods(recipe, blocks, year) | {"uid": area_uids}
    houses = surroundings.buildings(blocks, area_uids)
    names = np.asarray(areas["name"], dtype=object)
    meter_of = np.full(count, None, dtype=object)
    meter_of[block] = uids[meters]
    priority = np.full(len(blocks.houses), None, dtype=object)
    chosen = rng.choice(len(priority), 60, replace=False)
    priority[chosen] = np.resize(["hospital", "school", "dialysis", "food"], 60)
    return {
        "neighbourhood": areas,
        "building": houses,
        "meter": {
            "geom": shapely.to_wkb(shapely.points(network.points[meters])),
            "uid": uids[meters],
            "meter_kind": np.full(len(meters), "district"),
            "dn": np.full(len(meters), 100),
            "name": names[block],
            "year": year[block],
            "remote": rng.random(len(meters)) < 0.7,
            "state": np.full(len(meters), "in_service"),
            "elevation": np.round(elevation(recipe, network.points[meters]), 2),
        },
        "pump_room": _pump_rooms(blocks, names, np.asarray(areas["households"]), year, rng),
        "customer": _customers(blocks, houses, names, meter_of, priority),
    }


def _pump_rooms(
    blocks: Blocks,
    names: npt.NDArray[np.object_],
    households: npt.NDArray[np.int_],
    year: npt.NDArray[np.int_],
    rng: np.random.Generator,
) -> Columns:
    """One beside the entry of each neighbourhood of tall houses."""
    tall = np.flatnonzero(blocks.floors > 7)
    return {
        "geom": shapely.to_wkb(shapely.points(blocks.entry[tall] + np.array([3.0, 3.0]))),
        "name": names[tall] + "泵房",
        "households": households[tall],
        "supply_mode": np.where(blocks.floors[tall] > 20, "tank", "direct"),
        "tank_volume": np.full(len(tall), 60.0),
        "year": year[tall],
        "handed_over": rng.random(len(tall)) < 0.6,
        "state": np.full(len(tall), "in_service"),
    }


def _customers(
    blocks: Blocks,
    houses: Columns,
    names: npt.NDArray[np.object_],
    meter_of: npt.NDArray[np.object_],
    priority: npt.NDArray[np.object_],
) -> Columns:
    """One in each house, on the meter of its neighbourhood; those with a ``priority`` are public."""
    households = np.asarray(houses["households"])
    in_house = zip(blocks.owner, np.asarray(houses["name"]), strict=True)
    return {
        "geom": shapely.to_wkb(shapely.centroid(blocks.houses)),
        "households": households,
        "name": [f"{names[owner]}{house}" for owner, house in in_house],
        "customer_kind": np.where(priority.astype(bool), "public", "household"),
        "priority": priority,
        "meter": meter_of[blocks.owner],
        "daily_use": np.round(households * 0.32, 1),
    }
