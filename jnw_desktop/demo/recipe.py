"""The demonstration city's recipe: every figure the generator uses, read from ``resources/demo`` and checked."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ground(_Part):
    """Where the published network is put; metres and degrees."""

    scale: float
    turn: float
    centre: tuple[float, float]
    plain_elevation: float
    hill_slope: float


class StreetRules(_Part):
    """How streets fill the space between the published mains; metres."""

    reach: float
    block: tuple[float, float]
    districts: int
    clear: float


class BlockRules(_Part):
    """How blocks are built up; metres and square metres."""

    smallest: float
    largest: float
    built: float
    setback: float
    row_gap: tuple[float, float]
    house: list[tuple[float, float]]


class FacilityRules(_Part):
    """How many facilities stand along the streets."""

    hydrant_every: float
    construction_sites: int
    sensors: int
    dmas: int
    break_rate: float


class Names(_Part):
    """Syllables of which roads and neighbourhoods are named."""

    first: list[str]
    second: list[str]
    roads: list[str]
    neighbourhoods: list[str]


class Recipe(_Part):
    """The whole recipe; the same recipe makes the same city."""

    seed: int
    crs: int
    title: str
    ground: Ground
    streets: StreetRules
    dn: dict[int, int]
    blocks: BlockRules
    facilities: FacilityRules
    names: Names


def read_recipe() -> Recipe:
    """The recipe that ships with the program."""
    text = (files("jnw_resources") / "demo" / "recipe.toml").read_text("utf-8")
    return Recipe.model_validate(tomllib.loads(text))
