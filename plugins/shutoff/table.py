"""The rule table of shut-offs: hours of notice and of outage, articles that are printed, with their sources."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from jnw_plugins.shutoff.rules import Figures


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    verified: bool


class Law(_Row):
    """An article that is printed."""

    text: str


class Hours(_Row):
    """A span in hours, what it says, and where it was read."""

    hours: float
    source: str


class RuleTable(BaseModel):
    """One edition of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: str
    notice: Hours
    supply: Hours
    law: list[Law]

    @property
    def figures(self) -> Figures:
        """What the rules need of it."""
        return Figures(self.notice.hours, self.supply.hours)


def read_table() -> RuleTable:
    """The edition that ships with the program."""
    text = (files("jnw_resources") / "rules" / "shutoff.toml").read_text("utf-8")
    return RuleTable.model_validate(tomllib.loads(text))
