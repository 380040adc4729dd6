"""The table of what a guide demands, warns of and disclaims, with its sources."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Read(_Row):
    source: str
    verified: bool


class Validity(_Read):
    """How many months a guide holds."""

    months: int


class Start(_Read):
    """Within how many working days something is done."""

    working_days: int


class Springs(_Read):
    """Metres from a spring within which nothing is built, and no foundation is deeper than ``deep`` metres."""

    no_building: float
    no_deep_foundation: float
    deep: float


class Years(_Read):
    """A span of time."""

    years: int


class Difference(_Read):
    """What a depth may differ by: ``metres``, or a ``share`` of the depth, whichever is more."""

    metres: float
    share: float

    def allowed(self, depth: float) -> float:
        """Metres at a ``depth`` in m."""
        return max(self.metres, self.share * depth)


class Supervision(_Read):
    """What each level of supervision asks of the company."""

    standing: str
    daily: str
    none: str


class Measure(_Read):
    """What those who work must do: ``works`` (none: of every kind), ``at`` every site or only over a protected zone."""

    text: str
    works: tuple[str, ...] = ()
    at: Literal["always", "zone"] = "always"


class Disclaimer(_Row):
    """What a guide does not promise."""

    text: str


class Measures(_Row):
    """One edition of the table."""

    edition: str
    validity: Validity
    start: Start
    answer: Start
    springs: Springs
    moratorium: Years
    breaks: Years
    pit: Difference
    supervision: Supervision
    measure: list[Measure]
    disclaimer: list[Disclaimer]

    def of(self, work: str | None, in_zone: bool) -> list[Measure]:
        """What is demanded of works of the kind ``work``; where that is unknown, what is demanded of any kind."""
        return [
            row
            for row in self.measure
            if (in_zone or row.at == "always") and (not row.works or work is None or work in row.works)
        ]


def read_measures() -> Measures:
    """The edition that ships with the program."""
    text = (files("jnw_resources") / "rules" / "measures.toml").read_text("utf-8")
    return Measures.model_validate(tomllib.loads(text))
