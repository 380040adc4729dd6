"""What was found, as people and programs read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jnw_desktop.facilities.checks.rules import Rule
from jnw_desktop.facilities.checks.survey import Found, Survey
from jnw_desktop.facilities.codelists import label
from jnw_desktop.language import _


@dataclass(frozen=True)
class Finding:
    """One finding about the facility ``kind`` ``code`` (both ``None``: about the whole workspace).

    ``at``: [E, N] in the workspace's CRS or ``None``. ``other``: code of the other facility it is about.
    ``mendable``: its rule has a mend. ``waived``: the reason it is let stand.
    """

    rule: str
    severity: str
    kind: str | None
    code: str | None
    uid: str | None
    at: list[float] | None
    message: str
    other: str | None = None
    mendable: bool = False
    waived: str | None = None


@dataclass(frozen=True)
class Report:
    """``counts`` of all findings by rule, those that are not told included; ``waived``: how many are let stand.

    ``edition`` is that of the rule table, ``change`` the number of the last change set looked at.
    """

    findings: list[Finding]
    counts: dict[str, int]
    waived: int
    edition: str
    change: int


Words = Callable[[Any], str]
# How the values of a message that are words are said in the user's language.
_WORDS: Mapping[str, Words] = {
    "side": _,
    "field": _,
    "fields": lambda titles: ", ".join(_(title) for title in titles.split("\n")),
    "fitting": lambda code: label("node_kind", code),
    "material": lambda code: label("material", code),
    "other_material": lambda code: label("material", code),
}


def tell(rule: Rule, survey: Survey, found: Found, reasons: Mapping[str, str]) -> Iterator[Finding]:
    """The findings in words; ``reasons`` by uid of what is waived."""
    message = _(rule.message)
    words = {name: _said(values, _WORDS.get(name)) for name, values in found.values.items()}
    filled = [message.format(**dict(zip(words, row, strict=True))) for row in zip(*words.values(), strict=True)]
    filled = filled or [message] * len(found)
    if not found.kind:
        reason = reasons.get("")
        yield from (Finding(rule.id, rule.severity, None, None, None, None, text, waived=reason) for text in filled)
        return
    rows = survey.city.rows[found.kind]
    placed = np.isfinite(found.at).all(axis=1).tolist()
    other = words.get("other") or [None] * len(found)
    columns: tuple[Any, ...] = (
        rows.code[found.rows],
        rows.uid[found.rows],
        np.round(found.at, 3).tolist(),
        placed,
        filled,
        other,
    )
    for code, uid, place, there, text, beside in zip(*columns, strict=True):
        spot = place if there else None
        reason = reasons.get(uid)
        yield Finding(
            rule.id, rule.severity, found.kind, code, uid, spot, text, beside or None, rule.mend is not None, reason
        )


def _said(values: np.ndarray[Any, Any], word: Words | None) -> list[Any]:
    plain: list[Any] = values.tolist()
    if word is None:
        return plain
    known = {value: word(value) for value in set(plain)}
    return [known[value] for value in plain]
