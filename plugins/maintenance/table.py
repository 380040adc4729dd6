"""The rule table of upkeep: the longest intervals that a law or a standard gives, with their sources."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Interval(BaseModel):
    """No more than ``months`` between two times that a task is done, and where that was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    task: str
    months: int
    source: str
    verified: bool


class RuleTable(BaseModel):
    """One edition of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: str
    interval: list[Interval]

    def of(self, task: str) -> Interval | None:
        """What is given for a task; ``None`` where nothing is."""
        return next((row for row in self.interval if row.task == task), None)


def read_table() -> RuleTable:
    """The edition that ships with the program."""
    text = (files("jnw_resources") / "rules" / "maintenance.toml").read_text("utf-8")
    return RuleTable.model_validate(tomllib.loads(text))
