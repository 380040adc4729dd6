"""The rule table guides are made by: protection distances, accuracy classes, articles of law, with their sources."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    verified: bool


class Distance(_Row):
    """A length in metres and where it was read."""

    metres: float
    source: str


class Protection(Distance):
    """Metres beside pipes of a use; the empty use is every other one.

    A row may be for works of some kinds, for pipes of some materials, or for diameters (mm) between two only.
    """

    use: str
    works: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    dn_from: int | None = None
    dn_to: int | None = None

    def is_for(self, use: str | None, dn: int | None, material: str | None, work: str | None) -> bool:
        """Whether the row is about such a pipe and such works; of what is not known the row may be about it."""
        return (
            self.use in ("", use)
            and (not self.works or work is None or work in self.works)
            and (not self.materials or material is None or material in self.materials)
            and (dn is None or (self.dn_from or 0) <= dn <= (self.dn_to or dn))
        )


class Accuracy(Distance):
    """The error of position an accuracy class allows, metres."""

    name: str = Field(alias="class")


class Search(Distance):
    """How far beyond the area facilities are listed, metres."""


class Law(_Row):
    """An article that is printed."""

    text: str


class RuleTable(BaseModel):
    """One edition of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: str
    protection: list[Protection]
    accuracy: list[Accuracy]
    search: Search
    law: list[Law]

    @property
    def reach(self) -> float:
        """How far around the area anything may concern the works, metres."""
        return max(self.search.metres, *(row.metres for row in self.protection))

    def protection_of(
        self, use: str | None, dn: int | None = None, material: str | None = None, work: str | None = None
    ) -> Protection:
        """The first row that is about such a pipe (``dn`` in mm) and works of such a kind."""
        return next(row for row in self.protection if row.is_for(use, dn, material, work))

    def accuracy_of(self, name: str | None) -> float:
        """Metres a class allows; the last row's for an unknown class."""
        by_class = {row.name: row.metres for row in self.accuracy}
        return by_class.get(name or "", self.accuracy[-1].metres)


def read_table() -> RuleTable:
    """The edition that ships with the program."""
    text = (files("jnw_resources") / "rules" / "protection.toml").read_text("utf-8")
    return RuleTable.model_validate(tomllib.loads(text))
