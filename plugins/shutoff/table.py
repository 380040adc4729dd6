"""The rule table of shut-offs: its deadlines, which are the core's, and the articles that are printed."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from jnw_desktop.facilities.calendar.clauses import Clause, clause_of
from jnw_plugins.shutoff.rules import Figures


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    verified: bool


class Law(_Row):
    """An article that is printed."""

    text: str


class RuleTable(BaseModel):
    """One edition of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: str
    law: list[Law]

    @property
    def notice(self) -> Clause:
        """Of users and fire brigade, before a planned closing; in hours, which run by the clock."""
        return clause_of("shutoff_notice")

    @property
    def supply(self) -> Clause:
        """After the closing: an outage that is longer needs emergency supply."""
        return clause_of("shutoff_supply")

    @property
    def figures(self) -> Figures:
        """What the rules need of it."""
        return Figures(self.notice.amount, self.supply.amount)


def read_table() -> RuleTable:
    """The edition that ships with the program."""
    text = (files("jnw_resources") / "rules" / "shutoff.toml").read_text("utf-8")
    return RuleTable.model_validate(tomllib.loads(text))
