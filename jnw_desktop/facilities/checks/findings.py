"""What checks tell: values that the window reads without what reckons them (no arrays, no geometry)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from jnw_desktop.language import N_

Severity = Literal["error", "warning", "notice"]
SEVERITIES: dict[Severity, str] = {"error": N_("Error"), "warning": N_("Warning"), "notice": N_("Notice")}


@dataclass(frozen=True)
class Finding:
    """One finding about the facility ``kind`` ``code`` (both ``None``: about the whole workspace).

    ``at``: [E, N] in the workspace's CRS or ``None``. ``other``: code of the other facility it is about.
    ``mendable``: its rule has a mend. ``waived``: the reason it is let stand.
    """

    rule: str
    severity: Severity
    kind: str | None
    code: str | None
    uid: str | None
    at: list[float] | None
    message: str
    other: str | None = None
    mendable: bool = False
    waived: str | None = None


@dataclass(frozen=True)
class Tally:
    """How much one rule found: ``title`` is an English message id; ``mendable``: it has a mend."""

    rule: str
    title: str
    severity: Severity
    count: int
    mendable: bool


@dataclass(frozen=True)
class Report:
    """``tallies`` of all findings, those that are not told included, what matters most first.

    ``waived``: how many are let stand. ``edition`` is that of the rule table, ``change`` the number of the last change
    set looked at.
    """

    findings: list[Finding]
    tallies: list[Tally]
    waived: int
    edition: str
    change: int

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings by rule, rules that found nothing left out."""
        return {tally.rule: tally.count for tally in self.tallies}


@dataclass(frozen=True)
class Preview:
    """What a mend would do: ``count`` edits, the first of them in words."""

    count: int
    lines: list[str] = field(default_factory=list)
