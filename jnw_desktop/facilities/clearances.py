"""The rule table of clear distances between water pipes and other lines, with its sources."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Distance(BaseModel):
    """Metres that must be clear between a water pipe and a line of a type; ``dn_to``: of pipes up to that diameter."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    line_type: str
    metres: float
    source: str
    verified: bool
    dn_to: int | None = None


@dataclass(frozen=True)
class Verdict:
    """A clear distance held against the table. ``ok`` is ``None`` where either is not known; metres."""

    clear: float | None
    required: float | None
    ok: bool | None
    source: str
    verified: bool


class Clearances(BaseModel):
    """One edition of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: str
    horizontal: list[Distance]
    vertical: list[Distance]

    def judge(self, way: str, clear: float | None, line_type: str | None, dn: int | None) -> Verdict:
        """``clear`` (m) between a water pipe of ``dn`` and a line, ``way`` horizontal or vertical."""
        rows: list[Distance] = self.horizontal if way == "horizontal" else self.vertical
        for row in rows:
            if row.line_type == line_type and (row.dn_to is None or (dn is not None and dn <= row.dn_to)):
                ok = None if clear is None else clear >= row.metres - 1e-6
                return Verdict(clear, row.metres, ok, row.source, row.verified)
        return Verdict(clear, None, None, "", False)


def read_clearances() -> Clearances:
    """The edition that ships with the program."""
    text = (files("jnw_resources") / "rules" / "clearances.toml").read_text("utf-8")
    return Clearances.model_validate(tomllib.loads(text))
