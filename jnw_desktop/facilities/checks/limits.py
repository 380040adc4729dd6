"""The figures checks measure by: one edition of a table, with the source of each figure."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _


class RuleTableRefused(RefusedError):
    """A rule table that cannot be read, or that lacks a figure."""

    kind = "rule_table_refused"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str
    verified: bool


class Limit(_Row):
    """One figure in ``unit`` and where it was read."""

    value: float
    unit: str


class Nominal(_Row):
    """Nominal diameters (mm) there are."""

    list: tuple[int, ...]


class Limits(BaseModel):
    """Every figure; what each is for is said in ``resources/rules/checks.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    short: Limit
    long: Limit
    slope: Limit
    join: Limit
    end: Limit
    near: Limit
    overlap: Limit
    doubling: Limit
    height: Limit
    depth: Limit
    clear: Limit
    length: Limit
    tee: Limit
    year: Limit


class RuleTable(BaseModel):
    """One edition of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: str
    nominal: Nominal
    limits: Limits


def read_table(file: Path | None = None) -> RuleTable:
    """The edition that ships with the program, or a user's own. Raises RuleTableRefused."""
    try:
        text = (file or files("jnw_resources") / "rules" / "checks.toml").read_text("utf-8")
        return RuleTable.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise RuleTableRefused(
            _("The rule table {file} cannot be used: {reason}").format(file=file, reason=error),
            _("Start from a copy of the table that ships with the program (resources/rules/checks.toml)."),
        ) from error
