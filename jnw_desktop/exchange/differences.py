"""What an import changes in facilities that are known already: which fields, of how many, and some one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import shapely
import sqlalchemy as sa

from jnw_desktop.exchange.matching import ASKED, Match, plain_value
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.language import _
from jnw_desktop.workspace.tables import GEOMETRY

LISTED = 1000  # facilities that are told one by one; all are counted


@dataclass(frozen=True)
class Difference:
    """One field of one facility, ``before`` and ``after``; of a geometry ``after`` is how far it moved, in metres."""

    kind: str
    code: str
    field: str
    before: Any
    after: Any


@dataclass
class Differences:
    """``counts``: facilities by ``kind.field`` that is set; ``rows``: of the first of them, what it was and becomes."""

    counts: dict[str, int] = field(default_factory=dict)
    rows: list[Difference] = field(default_factory=list)
    facilities: int = 0

    def note(self, connection: sa.Connection, kind: Kind, found: Match) -> None:
        """Take in what ``found`` is about to change, before it is changed; ends follow the line and are not told."""
        told = {"code", GEOMETRY} | {one.name for one in kind.fields if one.type != "reference"}
        for changed in found.changes.values():
            for name in changed:
                if name in told:
                    self.counts[f"{kind.id}.{name}"] = self.counts.get(f"{kind.id}.{name}", 0) + 1
        some = list(islice(found.changes, max(0, LISTED - self.facilities)))
        self.facilities += len(found.changes)
        before = _rows(connection, kind.table, [found.uid[at] for at in some])
        for at in some:
            row = before[found.uid[at]]
            self.rows += [
                _difference(kind.id, row, name, value) for name, value in found.changes[at].items() if name in told
            ]

    def lines(self) -> list[str]:
        """The counts for people."""
        if not self.counts:
            return []
        told = ", ".join(f"{title(name)} {count}" for name, count in self.counts.items())
        return [_("Fields that change: {fields}").format(fields=told)]


def title(name: str) -> str:
    """What ``kind.field`` is called."""
    kind, _dot, own = name.partition(".")
    return f"{_(KINDS[kind].title)} · {field_title(kind, own)}"


def field_title(kind: str, name: str) -> str:
    """What a field is called, the code and the geometry among them."""
    declared = KINDS[kind].field(name)
    return _(declared.title) if declared is not None else _("Geometry") if name == GEOMETRY else _("Code")


def _rows(connection: sa.Connection, table: sa.Table, uids: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for first in range(0, len(uids), ASKED):
        query = sa.select(table).where(table.c.uid.in_(uids[first : first + ASKED]))
        found |= {row["uid"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _difference(kind: str, row: dict[str, Any], name: str, value: Any) -> Difference:
    if name != GEOMETRY:
        return Difference(kind, row["code"], name, plain_value(row[name]), value)
    there = None if row[GEOMETRY] is None else shapely.from_wkb(row[GEOMETRY])
    moved = None if there is None else round(float(shapely.hausdorff_distance(there, shapely.from_wkb(value))), 3)
    return Difference(kind, row["code"], name, None, moved)
