"""The asset ledger: what lies in each road or neighbourhood, pipes by diameter and material, with cards and values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.facilities.middles import middles
from jnw_desktop.facilities.statistics import district_of
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

BY = ("road", "neighbourhood")
LISTED = ("pipe", "valve", "hydrant")
NOT_YET_OR_NO_MORE = ("planned", "removed")  # states of what does not stand in the ground


@dataclass
class Entry:
    """Facilities of one sort: ``length`` in m (0 of points), ``value`` in yuan of the ``valued`` that have one."""

    kind: str
    dn: int | None = None
    material: str | None = None
    count: int = 0
    length: float = 0.0
    value: float = 0.0
    valued: int = 0
    cards: dict[str, None] = field(default_factory=dict)

    def add(self, length: float, card: str | None, value: float | None) -> None:
        """One facility more."""
        self.count += 1
        self.length += length
        if card:
            self.cards[card] = None
        if value is not None:
            self.value += value
            self.valued += 1


@dataclass(frozen=True)
class Place:
    """What lies in one road or neighbourhood; ``name`` is ``None`` for what lies in none or is not known."""

    name: str | None
    entries: list[Entry]


@dataclass(frozen=True)
class Ledger:
    """The places in the order of their names, the unknown last."""

    by: str
    places: list[Place]

    def entries(self) -> Iterator[Entry]:
        """Every entry of every place."""
        for place in self.places:
            yield from place.entries


def ledger(workspace: Workspace, by: str, *, task: Task = SILENT) -> Ledger:
    """What stands in the ground by ``road`` (as recorded) or ``neighbourhood`` (that holds the facility's middle).

    What is planned or removed is left out; an unknown state counts as standing. Of a pipe with no recorded length that
    of its geometry is taken. Raises UsageError.
    """
    if by not in BY:
        raise UsageError(
            _("There is no ledger by {by}.").format(by=by or "-"), _("Name one of: {names}").format(names=", ".join(BY))
        )
    found: dict[str | None, dict[tuple[Any, ...], Entry]] = {}
    with workspace.read() as connection:
        for step, kind in enumerate(LISTED):
            task.progress(step / len(LISTED), _("Reading"))
            _collect(connection, KINDS[kind], by, found)
    order = sorted(found, key=lambda name: (name is None, name or ""))
    task.progress(1.0)
    return Ledger(by, [Place(name, sorted(found[name].values(), key=_sorted)) for name in order])


def _collect(
    connection: sa.Connection, kind: Kind, by: str, found: dict[str | None, dict[tuple[Any, ...], Entry]]
) -> None:
    table, is_pipe = kind.table, kind.id == "pipe"
    fields = ["road", "asset_card", "original_value", *(("dn", "material", "length") if is_pipe else ())]
    standing = sa.or_(table.c.state.is_(None), table.c.state.not_in(NOT_YET_OR_NO_MORE))
    whole = by == "neighbourhood"
    shape = table.c[GEOMETRY] if whole or not is_pipe else sa.case((table.c.length.is_(None), table.c[GEOMETRY]))
    columns = [table.c[name] for name in fields]
    rows = connection.execute(sa.select(*columns, *([shape] if whole or is_pipe else [])).where(standing)).all()
    if not rows:
        return
    shapes = _shapes(rows) if whole or is_pipe else np.empty(0, dtype=object)
    lengths = _lengths(rows, shapes) if is_pipe else np.zeros(len(rows))
    names = district_of(connection, KINDS[by], middles(shapes)) if whole else [row.road or None for row in rows]
    for row, name, length in zip(rows, names, lengths.tolist(), strict=True):
        key = (kind.id, row.dn, row.material) if is_pipe else (kind.id, None, None)
        entries = found.setdefault(name, {})
        entry = entries.get(key)
        if entry is None:
            entry = entries[key] = Entry(*key)
        entry.add(length, row.asset_card, row.original_value)


def _shapes(rows: Sequence[Any]) -> Any:
    return shapely.from_wkb(np.array([row[-1] for row in rows], dtype=object))


def _lengths(rows: Sequence[Any], shapes: Any) -> Any:
    known = np.array([row.length for row in rows], dtype=float)
    return np.where(np.isnan(known), np.nan_to_num(shapely.length(shapes)), known)


def _sorted(entry: Entry) -> tuple[Any, ...]:
    unknown = entry.dn is None, entry.material is None
    return LISTED.index(entry.kind), unknown[0], entry.dn or 0, unknown[1], entry.material or ""
