"""Writes gathered rows into the workspace: new ones inserted, known ones compared and updated, topology built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.exchange.differences import Differences, title
from jnw_desktop.exchange.gathering import Gathered
from jnw_desktop.exchange.layer import Objects
from jnw_desktop.exchange.matching import FAR, SAME_PLACE, Match, match, resolve
from jnw_desktop.exchange.recognising import recognise
from jnw_desktop.facilities.kinds import ENDS, KINDS, Kind
from jnw_desktop.facilities.topology import Builder, Points
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.change import Change
from jnw_desktop.workspace.tables import GEOMETRY

Bools = npt.NDArray[np.bool_]
PIPE_ENDS = ("start_node", "end_node")


@dataclass
class Stored:
    """Rows by what became of them."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass
class _Counted:
    """What is told of rows: names that mean nothing, by ``kind.field``; rows that moved far, or have no code."""

    lost: Counter[str] = field(default_factory=Counter)
    far: int = 0
    recognised: int = 0
    beside: int = 0

    def lines(self) -> Iterator[str]:
        """It in words."""
        for name, count in self.lost.items():
            yield _("{field}: {count} names mean no facility that is here.").format(field=title(name), count=count)
        if self.far:
            yield _(
                "{count} facilities that were known by their codes moved more than {far:.0f} m. If the codes of "
                "the file are of another place, undo the import and leave the code out with --mapping."
            ).format(count=self.far, far=FAR)
        if self.recognised:
            yield _(
                "{count} rows without a code are there already, in the same place with the same attributes."
            ).format(count=self.recognised)
        if self.beside:
            yield _(
                "{count} rows without a code lie exactly where facilities of their kind are, with other "
                "attributes; they came in beside them."
            ).format(count=self.beside)


class Store:
    """Puts gathered rows of one import after the other into one change."""

    def __init__(self, workspace: Workspace, change: Change, tolerance: float, differences: Differences) -> None:
        self._workspace = workspace
        self._change = change
        self._differences = differences
        self._counted = _Counted()
        self._copied: set[str] = set()  # devices that came in new under a uid of their own
        self.builder = Builder(workspace, change, tolerance)

    def put(self, gathered: Gathered, joined: bool) -> Stored:
        """Write the rows; ``joined``: the file itself says what ends where."""
        kind = KINDS[gathered.kind]
        if not len(gathered.shapes):
            return Stored()
        columns = self._resolved(kind, gathered.columns)
        if kind.id == "pipe":
            return self._put_pipes(kind, columns, gathered.shapes, joined)
        found = self._matched(kind, columns, gathered.shapes)
        new = ~found.known
        uids = self._insert(kind, _picked(columns, new), gathered.shapes[new])
        self._update(kind, found)
        if kind.id in ENDS and kind.id != "node" and "uid" in columns:
            self._copied.update(uid for uid in columns["uid"][new].tolist() if uid is not None)
        linked = columns.get("start_node") is not None and kind.id != "pipe"
        if kind.id in ENDS and not linked and not joined:
            moved = [at for at, changed in found.changes.items() if GEOMETRY in changed]
            shapes = np.concatenate([gathered.shapes[new], gathered.shapes[moved]])
            at = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
            self.builder.place_points(kind.id, np.concatenate([uids, found.uid[moved]]), at)
        return _told(found)

    def _resolved(self, kind: Kind, columns: dict[str, Any]) -> dict[str, Any]:
        """Columns with the names of other facilities turned into their uids; a name that means none is told."""
        resolved = dict(columns)
        for declared in kind.fields:
            if declared.type != "reference" or declared.name not in columns:
                continue
            names = columns[declared.name]
            resolved[declared.name] = resolve(self._change.connection, declared.kinds, names.tolist())
            if kind.id in declared.kinds and "uid" in columns:  # one that comes in with it
                inside = np.isin(names.astype(str), columns["uid"].astype(str))
                resolved[declared.name][inside] = names[inside]
            lost = sum(n is not None and u is None for n, u in zip(names, resolved[declared.name], strict=True))
            if lost and not (kind.id == "pipe" and declared.name in PIPE_ENDS):
                self._counted.lost[f"{kind.id}.{declared.name}"] += lost
        return resolved

    def _matched(self, kind: Kind, columns: dict[str, Any], shapes: Objects) -> Match:
        """Which rows are there already: by uid or code, and those without by place and attributes."""
        found = match(self._change.connection, kind, columns, shapes)
        self._counted.far += found.far
        said = np.zeros(len(shapes), dtype=bool)
        for name in ("uid", "code"):
            if name in columns:
                said |= columns[name] != None  # noqa: E711 - elementwise
        bare = np.flatnonzero(~said)
        if not len(bare) or self._change.connection.scalar(sa.select(kind.table.c.fid).limit(1)) is None:
            return found
        taken = {uid for uid in found.uid.tolist() if uid is not None}
        uids, beside = recognise(self._workspace, self._change, kind, _rows_of(columns, bare), shapes[bare], taken)
        found.uid[bare] = uids
        self._counted.recognised += int((uids != None).sum())  # noqa: E711 - elementwise
        self._counted.beside += beside
        return found

    def told(self) -> list[str]:
        """What there is to say of the rows put since it was asked last."""
        counted, self._counted = self._counted, _Counted()
        return list(counted.lines())

    def _insert(self, kind: Kind, columns: dict[str, Any], shapes: Objects) -> Objects:
        return self._change.insert_arrays(kind.table, columns | {GEOMETRY: shapes})

    def _update(self, kind: Kind, found: Match) -> None:
        """Rows that set the same fields go together."""
        self._differences.note(self._change.connection, kind, found)
        groups: dict[tuple[str, ...], list[int]] = {}
        for at, changed in found.changes.items():
            groups.setdefault(tuple(sorted(changed)), []).append(at)
        for names, rows in groups.items():
            columns = {name: [found.changes[at][name] for at in rows] for name in names}
            self._change.update_arrays(kind.table, [found.uid[at] for at in rows], columns)

    # -- pipes -------------------------------------------------------------------------------------------------------

    def _put_pipes(self, kind: Kind, columns: dict[str, Any], lines: Objects, joined: bool) -> Stored:
        points = self.builder.around(lines)
        count = len(lines)
        parents = np.zeros(0, np.int64)
        if not joined:
            columns, lines, parents = self.builder.cut_pipes(columns, lines, self._cutting(columns, points))
        compared = {name: values[:count] for name, values in columns.items() if name not in PIPE_ENDS}
        found = self._matched(kind, compared, lines[:count])
        pieces = self._new_pieces(found, lines, count)
        new = np.concatenate([~found.known, pieces])
        self.builder.count_cuts(len(np.unique(parents[pieces])), int(pieces.sum()))
        self.builder.lay_pipes(_picked(columns, new), lines[new], points)
        self._move(found, lines, columns, points)
        self._update(kind, found)
        return _told(found)

    def _cutting(self, columns: dict[str, Any], points: Points) -> Points:
        """The points that cut pipes: of a copy of a workspace none of those that stood on them uncut there."""
        told = all(name in columns and (columns[name] != None).all() for name in ("uid", *PIPE_ENDS))  # noqa: E711
        if not told or not self._copied:
            return points
        own = ~np.isin(points.uid.astype(str), list(self._copied))
        return Points(points.uid[own], points.at[own], points.rank[own])

    def _new_pieces(self, found: Match, lines: Objects, count: int) -> Bools:
        """Which of the pieces beside the pipes given are not in the workspace from an earlier import."""
        pieces = lines[count:]
        if not len(pieces) or not found.known.any():
            return np.ones(len(pieces), dtype=bool)
        there = self.builder.pipe_lines(pieces)
        near, other = shapely.STRtree(there).query(pieces, predicate="intersects")
        same = shapely.equals_exact(pieces[near], there[other], SAME_PLACE)
        new = np.ones(len(pieces), dtype=bool)
        new[near[same]] = False
        return new

    def _move(self, found: Match, lines: Objects, columns: dict[str, Any], points: Points) -> None:
        """Known pipes whose line is another now end where it ends."""
        moved = [at for at, changed in found.changes.items() if GEOMETRY in changed]
        if not moved:
            return
        named = [columns[name][moved] if name in columns else None for name in PIPE_ENDS]
        for name, uids in zip(PIPE_ENDS, self.builder.ends(lines[moved], points, *named), strict=True):
            for at, uid in zip(moved, uids, strict=True):
                found.changes[at][name] = uid


def _picked(columns: dict[str, Any], which: Bools) -> dict[str, Any]:
    return columns if which.all() else _rows_of(columns, which)


def _rows_of(columns: dict[str, Any], which: Any) -> dict[str, Any]:
    return {name: values[which] for name, values in columns.items()}


def _told(found: Match) -> Stored:
    known = int(found.known.sum())
    return Stored(len(found.uid) - known, len(found.changes), known - len(found.changes))
