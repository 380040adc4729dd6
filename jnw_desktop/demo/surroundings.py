"""What stands round the pipes: roads, other owners' lines, zones, sites, sensors, sources, customers, breaks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.demo.attributes import Columns, syllables
from jnw_desktop.demo.blocks import Blocks
from jnw_desktop.demo.network import OFFSET, Network
from jnw_desktop.demo.recipe import Recipe
from jnw_desktop.demo.sideways import beside, follow
from jnw_desktop.demo.skeleton import Skeleton, elevation
from jnw_desktop.demo.streets import Streets
from jnw_desktop.facilities.kinds import SOURCES

# Other owners' lines: kind, metres beside the water main, depth to top, size, material, share of streets.
OTHERS = (
    ("sewer", 3.2, 2.4, 400, "T", 0.9),
    ("storm", 5.4, 1.9, 600, "T", 0.8),
    ("gas", 7.0, 1.1, 160, "PE", 0.75),
    ("power", -3.4, 0.8, 150, None, 0.7),
    ("telecom", -4.6, 0.7, 110, None, 0.7),
    ("heat", -1.8, 1.3, 300, "G", 0.25),
)
YEARS_OF_RECORD = (2014, 2026)
SUPPLY_HEAD = 140.0  # m over the datum: the highest houses of the made-up city are at 114 m


def roads(streets: Streets, names: npt.NDArray[np.str_]) -> Columns:
    """One road for each chain of street lines."""
    order = np.argsort(streets.road, kind="stable")
    number = streets.road[order]
    geometry = shapely.multilinestrings(streets.lines[order], indices=number)
    first = np.searchsorted(number, np.arange(number[-1] + 1))
    length = shapely.length(geometry)
    grade = np.select([length > 3500, length > 900, length > 350], ["arterial", "secondary", "branch"], default="lane")
    return {
        "geom": shapely.to_wkb(geometry),
        "name": names[order][first],
        "road_class": grade,
        "width": np.select([length > 3500, length > 900, length > 350], [40.0, 24.0, 16.0], default=9.0),
        "traffic": np.select([length > 3500, length > 900], ["heavy", "medium"], default="light"),
    }


def other_lines(recipe: Recipe, streets: Streets, names: npt.NDArray[np.str_], rng: np.random.Generator) -> Columns:
    """Sewers, gas, cables and heat beside the water mains."""
    parts: list[dict[str, npt.NDArray[np.generic]]] = []
    ground = elevation(recipe, streets.points)[streets.ends]
    mains = shapely.transform(streets.lines, lambda at: at + OFFSET)
    run = follow(streets.ends, streets.road)
    for kind, distance, depth, size, material, share in OTHERS:
        chosen = rng.random(len(streets.lines)) < share
        moved = beside(mains, run, distance)[chosen]
        cover = np.round(depth + rng.normal(0, 0.15, (chosen.sum(), 2)).clip(-0.3, 0.3), 2)
        top = np.round(ground[chosen] - cover, 2)
        count = len(moved)
        parts.append(
            {
                "geom": shapely.to_wkb(moved),
                "line_type": np.full(count, kind, dtype=object),
                "dn": np.full(count, size),
                "material": np.full(count, material, dtype=object),
                "depth_start": cover[:, 0],
                "depth_end": cover[:, 1],
                "elevation_start": top[:, 0],
                "elevation_end": top[:, 1],
                "road": names[chosen].astype(object),
                "state": np.full(count, "in_service", dtype=object),
                "source": np.full(count, "owner", dtype=object),
            }
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def neighbourhoods(recipe: Recipe, blocks: Blocks, year: npt.NDArray[np.int64]) -> Columns:
    """The built-up blocks."""
    names = syllables(recipe, len(blocks.areas))
    words = recipe.names.neighbourhoods
    houses = np.bincount(blocks.owner, minlength=len(blocks.areas))
    return {
        "geom": shapely.to_wkb(blocks.areas),
        "name": [name + words[i % len(words)] for i, name in enumerate(names)],
        "households": houses * blocks.floors * 4,
        "year": year,
        "old": year < 2000,
        "state": np.full(len(names), "in_service"),
    }


def buildings(blocks: Blocks, uids: npt.NDArray[np.object_]) -> Columns:
    """The houses of the neighbourhoods whose ``uids`` are given."""
    floors = blocks.floors[blocks.owner]
    start = np.r_[True, blocks.owner[1:] != blocks.owner[:-1]]
    rank = np.arange(len(floors)) - np.maximum.accumulate(np.where(start, np.arange(len(floors)), 0))
    return {
        "geom": shapely.to_wkb(blocks.houses),
        "name": [f"{number + 1}号楼" for number in rank],
        "floors": floors,
        "households": floors * 4,
        "neighbourhood": uids[blocks.owner],
    }


def zones(recipe: Recipe, streets: Streets, rng: np.random.Generator) -> tuple[Columns, Columns]:
    """DMAs and pressure zones that tile the built-up area."""
    low_e, low_n, high_e, high_n = shapely.bounds(streets.built_up)
    seeds = rng.uniform([low_e, low_n], [high_e, high_n], (recipe.facilities.dmas * 4, 2))
    seeds = seeds[shapely.contains_xy(streets.built_up, seeds[:, 0], seeds[:, 1])][: recipe.facilities.dmas]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=streets.built_up))
    areas = shapely.intersection(cells, streets.built_up)
    dmas: Columns = {
        "geom": shapely.to_wkb(areas),
        "name": [f"DMA-{i + 1:02d} 计量区" for i in range(len(areas))],
        "level": np.full(len(areas), 1),
    }
    cut = np.linspace(low_n, high_n, 4)
    bands = shapely.intersection(shapely.box(low_e, cut[:-1], high_e, cut[1:]), streets.built_up)
    pressure: Columns = {
        "geom": shapely.to_wkb(bands),
        "name": ["高区", "中区", "低区"],
        "head": [95.0, 75.0, 60.0],
    }
    return dmas, pressure


def construction_sites(
    recipe: Recipe, streets: Streets, names: npt.NDArray[np.str_], rng: np.random.Generator
) -> Columns:
    """Open sites on long streets."""
    count = recipe.facilities.construction_sites
    length = shapely.length(streets.lines)
    chosen = rng.choice(np.flatnonzero(length > 180.0), count, replace=False)
    works = ["excavation", "trench", "bridge", "piling", "road", "trenchless", "excavation", "trench", "road"]
    titles = [
        "热力管沟",
        "雨污分流",
        "人行天桥",
        "基坑支护",
        "道路大修",
        "电力顶管",
        "燃气改造",
        "通信管道",
        "路口拓宽",
    ]
    areas = []
    for line in streets.lines[chosen]:
        from_m = float(line.length) * 0.3
        piece = shapely.ops.substring(line, from_m, from_m + rng.uniform(60.0, 120.0))
        areas.append(shapely.buffer(piece, rng.uniform(6.0, 11.0), cap_style="flat", join_style="mitre"))
    return {
        "geom": shapely.to_wkb(np.array(areas, dtype=object)),
        "name": [f"{names[line]}{title}工程" for line, title in zip(chosen, titles, strict=False)],
        "road": names[chosen],
        "applicant": ["示范建设单位"] * count,
        "contractor": ["示范施工单位"] * count,
        "work_type": works[:count],
        "dig_depth": np.round(rng.uniform(1.5, 6.0, count), 1),
        "start_date": ["2026-10-08"] * count,
        "end_date": ["2027-03-31"] * count,
        "supervised": [True] * count,
        "state": ["in_service"] * count,
    }


def sources(recipe: Recipe, skeleton: Skeleton) -> dict[str, Columns]:
    """Waterworks at the published reservoirs, tanks and pump stations where the published ones are."""
    places = {"waterworks": skeleton.reservoirs, "tank": skeleton.tanks, "pump_station": skeleton.pumps}
    words = {"waterworks": "水厂", "tank": "高位水池", "pump_station": "加压泵站"}
    made: dict[str, Columns] = {}
    for number, (kind, at) in enumerate(places.items()):
        names = syllables(recipe, 60)[number * 20 :]
        made[kind] = {
            "geom": shapely.to_wkb(shapely.points(at)),
            "name": [f"{names[i]}{words[kind]}" for i in range(len(at))],
            "elevation": np.round(elevation(recipe, at), 2),
            "state": ["in_service"] * len(at),
        }
        if kind in SOURCES:
            made[kind]["water_head"] = [SUPPLY_HEAD] * len(at)
    return made


def breaks(network: Network, columns: Columns, recipe: Recipe, rng: np.random.Generator) -> Columns:
    """Recorded breaks: more on old, small, grey iron pipe."""
    length = np.asarray(columns["length"], dtype=float)
    age = 2026 - np.asarray(columns["year"], dtype=float)
    grey = np.where(np.asarray(columns["material"]) == "ZT", 3.0, 1.0)
    weight = length * (0.3 + age / 25.0) * grey * np.where(network.dn <= 200, 1.6, 0.7)
    span = YEARS_OF_RECORD[1] - YEARS_OF_RECORD[0]
    count = int(recipe.facilities.break_rate * length.sum() / 1000.0 * span)
    pipe = rng.choice(len(length), count, p=weight / weight.sum())
    at = shapely.line_interpolate_point(network.pipes[pipe], rng.random(count), normalized=True)
    day = np.datetime64(f"{YEARS_OF_RECORD[0]}-01-01") + rng.integers(0, span * 365, count)
    cause = rng.choice(
        ["corrosion", "settlement", "third_party", "frost", "joint"], count, p=[0.35, 0.2, 0.2, 0.1, 0.15]
    )
    return {
        "geom": shapely.to_wkb(at),
        "date": day.astype(str),
        "cause": cause,
        "pipe": pipe,
        "road": np.asarray(columns["road"])[pipe],
    }
