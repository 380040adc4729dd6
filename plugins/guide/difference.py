"""What is another between two content records of one site: added, gone, or told otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import N_, _
from jnw_plugins.guide.record import Row
from jnw_plugins.guide.survey import relation_name

IDENTITY = ("kind", "uid", "code", "version")
MEASURED = {
    "offset": N_("Offset (m)"),
    "clear": N_("Clear distance (m)"),
    "length_inside": N_("Length inside (m)"),
    "depth": N_("Depth to top (m)"),
    "relation": N_("Relation"),
    "place": N_("Position"),
}
HOW = {"added": N_("new"), "gone": N_("no longer there"), "changed": N_("changed")}


@dataclass(frozen=True)
class Difference:
    """One facility: ``how`` it differs (a key of :data:`HOW`), and ``fields`` told otherwise: (name, before, now).

    ``changed`` without fields: something the guide does not tell has changed.
    """

    kind: str
    code: str
    how: str
    fields: tuple[tuple[str, Any, Any], ...] = ()

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """The fields in the user's language: title, before, now. A move is told without places."""
        return [
            (self._title(name), *(("", "") if name == "place" else (self._shown(name, old), self._shown(name, new))))
            for name, old, new in self.fields
        ]

    def __str__(self) -> str:
        """One line: the code, and what is another."""
        parts = [f"{title} {old} → {new}" if old or new else title for title, old, new in self.told]
        return f"{self.code}: {', '.join(parts) or _(HOW[self.how])}"

    def _title(self, name: str) -> str:
        field = KINDS[self.kind].field(name)
        return _(MEASURED[name]) if name in MEASURED else _(field.title) if field else name

    def _shown(self, name: str, value: Any) -> str:
        field = KINDS[self.kind].field(name)
        if value is None:
            return _("unknown")
        if name == "relation":
            return relation_name(str(value))
        if field is not None and field.code_list:
            return label(field.code_list, str(value))
        return f"{value:.2f}" if name in MEASURED else f"{value:g}" if isinstance(value, float) else str(value)


def compare(before: Iterable[Row], now: Iterable[Row]) -> list[Difference]:
    """What differs between two lists of :func:`jnw_plugins.guide.record.rows`; those told first come first."""
    old, new = ({(row["kind"], row["uid"]): row for row in told} for told in (before, now))
    found = []
    for key, row in old.items():
        other = new.get(key)
        if other is None:
            found.append(Difference(row["kind"], row["code"], "gone"))
        elif other != row:
            names = [name for name in row if name not in IDENTITY and other.get(name) != row[name]]
            fields = tuple((name, row[name], other.get(name)) for name in names)
            found.append(Difference(row["kind"], other["code"], "changed", fields))
    return found + [Difference(row["kind"], row["code"], "added") for key, row in new.items() if key not in old]
