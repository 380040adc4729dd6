"""The table of hydraulics: the head customers are owed, and what stands for what is not known, with sources."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Figure(BaseModel):
    """One figure and where it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: float
    source: str
    verified: bool


class Roughness(Figure):
    """Hazen-Williams C of pipes of a ``material`` (a code of CJJ 61); of every other where none is named."""

    material: str | None = None


class Hydraulics(BaseModel):
    """One edition of the table: heads in m over the ground, the exponent of pressure-driven demand."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: str
    required: Figure
    minimum: Figure
    exponent: Figure
    roughness: list[Roughness]

    def roughness_of(self, material: str | None) -> Roughness:
        """The row for pipes of ``material``."""
        return next(row for row in self.roughness if row.material in (material, None))


def read_hydraulics() -> Hydraulics:
    """The edition that ships with the program."""
    text = (files("jnw_resources") / "rules" / "hydraulics.toml").read_text("utf-8")
    return Hydraulics.model_validate(tomllib.loads(text))
