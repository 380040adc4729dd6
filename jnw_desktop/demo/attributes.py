"""What the demonstration says of its pipes and points: age, material, depth, names."""

from __future__ import annotations

import uuid

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.demo.network import Network
from jnw_desktop.demo.recipe import Recipe
from jnw_desktop.demo.skeleton import elevation

Columns = dict[str, object]
SURVEYED = "2024-09-30"


def make_uids(rng: np.random.Generator, count: int) -> npt.NDArray[np.object_]:
    """``count`` UUIDs that are the same for the same recipe."""
    raw = rng.bytes(16 * count)
    return np.array([str(uuid.UUID(bytes=raw[i * 16 : i * 16 + 16], version=4)) for i in range(count)], dtype=object)


def only_where(which: npt.NDArray[np.bool_], value: object) -> npt.NDArray[np.object_]:
    """``value`` where ``which``, else unknown."""
    column = np.full(len(which), None, dtype=object)
    column[which] = value
    return column


def years(recipe: Recipe, at: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Year laid at places ``at``: the centre in the sixties, the edge in this century, some streets renewed."""
    away = np.hypot(*(at - np.array(recipe.ground.centre)).T)
    year = 1962 + 58 * np.clip(away / 9000.0, 0, 1) + rng.normal(0, 5, len(at))
    renewed = rng.random(len(at)) < 0.22
    year[renewed] = np.maximum(year[renewed], rng.uniform(2005, 2025, renewed.sum()))
    return np.asarray(np.clip(year, 1958, 2025), dtype=np.int64)


def materials(dn: npt.NDArray[np.int64], year: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    """Material by diameter and year, as the trade bought it (codes of CJJ 61-2017)."""
    return np.select(
        [dn >= 600, (dn <= 150) & (year >= 2002), year >= 1995, (dn >= 400) & (year < 1990)],
        ["G", "PE", "QM", "T"],
        default="ZT",
    )


def pipe_columns(recipe: Recipe, network: Network, roads: npt.NDArray[np.str_], rng: np.random.Generator) -> Columns:
    """Every column of the pipes but uid and end nodes. ``roads``: name of the road of each street line."""
    count = len(network.pipes)
    street_count = int(network.street.max()) + 1
    middle = shapely.get_coordinates(shapely.line_interpolate_point(network.pipes, 0.5, normalized=True))
    # One street was laid at one time: its pipes share a year.
    place = np.zeros((street_count, 2))
    place[network.street] = middle
    year = years(recipe, place, rng)[network.street]
    cover = 0.85 + 0.0006 * network.dn + rng.normal(0, 0.08, street_count)[network.street]
    ground = elevation(recipe, network.points)
    depth = np.round(np.clip(cover[:, None] + rng.normal(0, 0.03, (count, 2)), 0.6, 4.0), 2)
    top = np.round(ground[network.ends] - depth, 2)
    unknown = rng.random(count) < 0.04
    depth[unknown] = np.nan
    top[unknown] = np.nan
    material = materials(network.dn, year)
    surveyed = (rng.random(count) < 0.6) & (year < int(SURVEYED[:4]))  # what was laid since is not surveyed yet
    return {
        "geom": shapely.to_wkb(network.pipes),
        "dn": network.dn,
        "material": material,
        "year": year,
        "use": np.where(network.service, "service", np.where(network.dn >= 600, "transmission", "distribution")),
        "joint": np.where(material == "PE", "fusion", np.where(material == "G", "welded", "socket")),
        "lining": only_where(np.isin(material, ["QM", "G"]), "cement"),
        "embedding": np.where(network.dn >= 800, "GG", "ZM"),
        "pressure_class": np.where(material == "PE", "PN1.0", only_where(material == "QM", "K9")),
        "length": np.round(shapely.length(network.pipes), 2),
        "depth_start": depth[:, 0],
        "depth_end": depth[:, 1],
        "elevation_start": top[:, 0],
        "elevation_end": top[:, 1],
        "road": roads[network.street],
        "owner": np.full(count, "示范水务"),
        "state": np.full(count, "in_service"),
        "accuracy_position": np.where(surveyed, "A", "C"),
        "accuracy_depth": np.where(surveyed & ~unknown, "B", "C"),
        "source": np.where(surveyed, "survey", "digitised"),
        "survey_date": only_where(surveyed, SURVEYED),
    }


def road_names(recipe: Recipe, road: npt.NDArray[np.int64], length: npt.NDArray[np.float64]) -> npt.NDArray[np.str_]:
    """A name for each street line, one for each road; the roads' whole lengths (m) say what kind they are."""
    whole = np.bincount(road, weights=length)
    ending = np.select([whole > 3500, whole > 900, whole > 350], [0, 1, 2], default=3)
    names = np.array(syllables(recipe, len(whole)), dtype=object)
    words = np.array(recipe.names.roads, dtype=object)
    return np.asarray((names + words[ending])[road], dtype=np.str_)


def syllables(recipe: Recipe, count: int) -> list[str]:
    """``count`` different names of two syllables, of three when those are used up."""
    first, second = recipe.names.first, recipe.names.second
    pairs = [a + b for b in second for a in first]
    stride = 149  # prime to the number of pairs, so that neighbours do not sound alike
    shuffled = [pairs[i * stride % len(pairs)] for i in range(len(pairs))]
    longer = (a + pair for a in first for pair in shuffled)
    more = [next(longer) for _ in range(max(0, count - len(shuffled)))]
    return (shuffled + more)[:count]
