"""The past of facilities: what was changed of one, by whom and why, and a kind as it stood at a date."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.queries import Bounds, kind_of
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

UNSHOWN = ("fid", "uid", "version", "born", GEOMETRY)


@dataclass(frozen=True)
class FeatureChange:
    """One change of one facility.

    ``what``: made, changed or deleted; ``fields``: {name: (before, after)} of those that differ; geometry as WKB before
    and after, ``None`` where there was none; ``names``: codes of what the fields refer to, by uid.
    """

    change_set: int
    who: str
    at: str
    why: str
    kind: str
    what: str
    fields: dict[str, tuple[Any, Any]]
    geometry_before: bytes | None
    geometry_after: bytes | None
    names: dict[str, str]

    @property
    def moved(self) -> bool:
        """Whether its geometry changed."""
        return self.geometry_before != self.geometry_after


def feature_history(workspace: Workspace, kind: str, uid: str) -> list[FeatureChange]:
    """Every change of a facility, newest first; also of one that is deleted."""
    table = kind_of(kind).table
    shown = [name for name in table.c.keys() if name not in UNSHOWN]  # noqa: SIM118 - a ColumnCollection
    told: list[FeatureChange] = []
    for change in reversed(workspace.row_history(table, uid)):
        before, after = change.before or {}, change.after or {}
        fields = {name: (before.get(name), after.get(name)) for name in shown if before.get(name) != after.get(name)}
        what = "made" if change.before is None else "deleted" if change.after is None else "changed"
        about = change.change_set, change.who, change.at, change.why, change.kind
        told.append(FeatureChange(*about, what, fields, before.get(GEOMETRY), after.get(GEOMETRY), {}))
    return _named(workspace, kind, told)


def _named(workspace: Workspace, kind: str, changes: list[FeatureChange]) -> list[FeatureChange]:
    """The same changes with the codes of what they refer to, as far as it is still there."""
    codes: dict[str, str] = {}
    for field in (field for field in kind_of(kind).fields if field.type == "reference"):
        uids = {uid for change in changes for uid in change.fields.get(field.name, ()) if uid is not None}
        for other in field.kinds if uids else ():
            table = kind_of(other).table
            with workspace.read() as connection:
                query = sa.select(table.c.uid, table.c.code).where(table.c.uid.in_(uids - set(codes)))
                codes |= {row.uid: row.code for row in connection.execute(query)}
    return [replace(change, names=codes) for change in changes]


def as_of(workspace: Workspace, kind: str, date: str) -> dict[str, npt.NDArray[np.object_]]:
    """A kind as it was recorded at the end of ``date`` (``YYYY-MM-DD``), or at a moment (``YYYY-MM-DDThh:mm:ss``).

    Column name to an array (n,), geometry as WKB, rows by ``fid``. Raises UsageError for what is no date.
    """
    table = kind_of(kind).table
    rows = workspace.as_of(table, _moment(date))
    columns = {}
    for name in table.c.keys():  # noqa: SIM118
        values = np.empty(len(rows), dtype=object)
        values[:] = [row.get(name) for row in rows]
        columns[name] = values
    return columns


def shapes_as_of(workspace: Workspace, kind: str, date: str, bounds: Bounds) -> list[bytes]:
    """The geometries (WKB) of a kind as they were recorded at ``date``, of those that meet ``bounds``; none removed."""
    rows = workspace.as_of(kind_of(kind).table, _moment(date), bounds)
    placed = [row[GEOMETRY] for row in rows if row.get(GEOMETRY) is not None and row.get("state") != "removed"]
    shapes = shapely.from_wkb(np.array(placed, dtype=object))
    meets = shapely.intersects(shapes, shapely.box(*bounds))
    return [wkb for wkb, there in zip(placed, meets, strict=True) if there]


def _moment(date: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(date)
    except ValueError as error:
        raise UsageError(
            _("{date} is not a date.").format(date=date), _("Write it as 2026-01-31 or 2026-01-31T16:30:00.")
        ) from error
    whole_day = len(date) == len("2026-01-31")
    return moment + datetime.timedelta(days=1, microseconds=-1) if whole_day else moment
