"""The network as one edit under way sees it: what ends where, what is near, and the change that it will become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from jnw_desktop.facilities.editing.lines import Place, measure_of, place_of, points_of
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.tolerances import DRAWN
from jnw_desktop.language import _
from jnw_desktop.workspace import Change, Workspace
from jnw_desktop.workspace.change import ASK_AT_ONCE
from jnw_desktop.workspace.errors import NoSuchRow

Row = dict[str, Any]
GONE = ("abandoned", "removed")  # states of what nothing new is joined to
DRY = ("planned", *GONE)  # states in which a pipe carries no water; unknown counts as in service
PIPE = KINDS["pipe"].table


@dataclass(frozen=True)
class End:
    """A facility that pipes end at."""

    kind: str
    row: Row

    @property
    def uid(self) -> str:
        """Its uid."""
        return str(self.row["uid"])

    @property
    def place(self) -> Place:
        """Where it is."""
        return place_of(self.row["geom"])

    def __str__(self) -> str:
        return f"{_(KINDS[self.kind].title)} {self.row['code']}"


class Ground:
    """Questions to the workspace within one open change, and that change."""

    def __init__(self, workspace: Workspace, change: Change) -> None:
        self.workspace = workspace
        self.change = change

    def row(self, kind: str, uid: str) -> Row:
        """The row of a facility. Raises NoSuchRow."""
        table = kind_of(kind).table
        found = self._rows(sa.select(table).where(table.c.uid == uid))
        if not found:
            raise NoSuchRow(
                _("There is no {kind} {value}.").format(kind=_(KINDS[kind].title), value=uid),
                _("It may have been removed; look at the history."),
            )
        return found[0]

    def pipe(self, uid: str) -> Row:
        """The row of a pipe. Raises NoSuchRow."""
        return self.row("pipe", uid)

    def end(self, uid: str) -> End | None:
        """The facility of that uid, where it is of a kind that pipes end at."""
        for kind in ENDS:
            table = KINDS[kind].table
            found = self._rows(sa.select(table).where(table.c.uid == uid))
            if found:
                return End(kind, found[0])
        return None

    def pipes_at(self, uid: str) -> list[Row]:
        """The pipes that end at a facility, by fid."""
        ending = sa.or_(PIPE.c.start_node == uid, PIPE.c.end_node == uid)
        return self._rows(sa.select(PIPE).where(ending).order_by(PIPE.c.fid))

    def pipes_of(self, uids: Sequence[str]) -> Iterator[Row]:
        """The pipes that end at any of many facilities."""
        for some in _portions(uids):
            yield from self._rows(sa.select(PIPE).where(sa.or_(PIPE.c.start_node.in_(some), PIPE.c.end_node.in_(some))))

    def removed_ends(self, uids: Sequence[str]) -> Iterator[End]:
        """Those of many facilities that are removed."""
        for some in _portions(uids):
            for kind in ENDS:
                table = KINDS[kind].table
                for row in self._rows(sa.select(table).where(table.c.uid.in_(some), table.c.state == "removed")):
                    yield End(kind, row)

    def rows(self, kind: str, uids: Sequence[str]) -> Iterator[Row]:
        """The rows of many facilities of a kind, as far as they are there."""
        table = kind_of(kind).table
        for some in _portions(uids):
            yield from self._rows(sa.select(table).where(table.c.uid.in_(some)))

    def end_near(self, place: Place, tolerance: float = DRAWN) -> End | None:
        """The nearest facility that a pipe can end at, no farther than ``tolerance`` metres; none that is gone."""
        found: list[tuple[float, int, End]] = []
        for order, kind in enumerate(ENDS):
            for row in self._near(KINDS[kind].table, place, tolerance):
                east, north = place_of(row["geom"])
                distance = ((east - place[0]) ** 2 + (north - place[1]) ** 2) ** 0.5
                if distance <= tolerance and row["state"] not in GONE:
                    found.append((distance, order, End(kind, row)))
        return min(found, key=lambda item: item[:2])[2] if found else None

    def pipe_near(self, place: Place, tolerance: float = DRAWN) -> Row | None:
        """The nearest pipe, no farther than ``tolerance`` metres; none that is gone."""
        found = [
            (measure_of(points_of(row["geom"]), place)[1], row["fid"], row)
            for row in self._near(PIPE, place, tolerance)
            if row["state"] not in GONE
        ]
        near = [item for item in found if item[0] <= tolerance]
        return min(near, key=lambda item: item[:2])[2] if near else None

    def naming(self, uid: str) -> Iterator[tuple[str, str, Row]]:
        """What refers to a facility: kind, field and row of each."""
        for kind, declared in KINDS.items():
            for field in declared.fields:
                if field.type == "reference":
                    for row in self._rows(sa.select(declared.table).where(declared.table.c[field.name] == uid)):
                        yield kind, field.name, row

    def update(self, kind: str, uid: str, values: Mapping[str, Any]) -> None:
        """Change fields of a facility within the edit."""
        self.change.update(KINDS[kind].table, uid, values)

    def insert(self, kind: str, values: Mapping[str, Any]) -> Row:
        """Add a facility within the edit; its row."""
        (uid,) = self.change.insert(KINDS[kind].table, [values])
        return self.row(kind, uid)

    def _near(self, table: sa.Table, place: Place, tolerance: float) -> list[Row]:
        east, north = place
        bounds = (east - tolerance, north - tolerance, east + tolerance, north + tolerance)
        return self._rows(sa.select(table).where(table.c.fid.in_(self.workspace.fids_within(table, bounds))))

    def _rows(self, query: sa.Select[Any]) -> list[Row]:
        return [dict(row) for row in self.change.connection.execute(query).mappings()]


def _portions(uids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Few enough at a time for one question."""
    return (uids[start : start + ASK_AT_ONCE] for start in range(0, len(uids), ASK_AT_ONCE))


@contextmanager
def editing(workspace: Workspace, why: str, who: str | None) -> Iterator[Ground]:
    """One edit: one change set, kept whole when the block ends well, else as if it had never begun."""
    with workspace.change(why, who) as change:
        yield Ground(workspace, change)
