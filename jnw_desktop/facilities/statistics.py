"""How many facilities there are of each material, diameter, year, road or district, and how long they are together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.filterrows import quoted
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.facilities.middles import middles
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.whereabouts import ALL
from jnw_desktop.language import N_, _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

# Areas a facility may lie in: a line belongs to the one that holds its middle.
DISTRICTS = ("dma", "pressure_zone", "neighbourhood")
DECADE = "decade"
MOST_KEYS = 2  # a table for people has rows and columns
_GROUPED = ("text", "integer", "boolean")


@dataclass(frozen=True)
class Group:
    """Facilities of one value of each key: ``keys`` as stored, ``titles`` as shown; ``length`` in m, 0 of points."""

    keys: tuple[Any, ...]
    titles: tuple[str, ...]
    count: int
    length: float


@dataclass(frozen=True)
class Statistics:
    """``groups`` ordered by their keys, unknown last; ``titles`` names the keys."""

    kind: str
    by: tuple[str, ...]
    titles: tuple[str, ...]
    groups: tuple[Group, ...]
    count: int
    length: float


Sums = dict[tuple[Any, ...], list[float]]


def keys_of(kind: str) -> dict[str, str]:
    """What facilities of a kind can be counted by: name and title."""
    fields = {field.name: field.title for field in kind_of(kind).fields if field.type in _GROUPED}
    decade = {DECADE: N_("Decade laid")} if "year" in fields else {}
    districts = {name: KINDS[name].title for name in DISTRICTS if name != kind}
    return fields | decade | districts


def statistics(workspace: Workspace, kind: str, by: Sequence[str], *, task: Task = SILENT) -> Statistics:
    """Count facilities of ``kind`` by one or two of :func:`keys_of`.

    The length of a line is the one recorded, and that of its geometry where none is. Raises UsageError.
    """
    declared = kind_of(kind)
    known = keys_of(kind)
    wrong = [name for name in by if name not in known]
    if wrong or not 1 <= len(by) <= MOST_KEYS:
        raise UsageError(
            _("{kind} cannot be counted by {by}.").format(kind=kind, by=", ".join(by) or "-"),
            _("Name one or two of: {names}").format(names=", ".join(known)),
        )
    sums: Sums = {}
    if set(by) & set(DISTRICTS):
        _sum_places(workspace, declared, by, sums, task)
    else:
        _sum_fields(workspace, declared, by, sums)
    groups = sorted(
        _groups(declared, by, sums), key=lambda group: [(key is None, str(type(key)), key) for key in group.keys]
    )
    total = sum(group.count for group in groups), sum(group.length for group in groups)
    return Statistics(kind, tuple(by), tuple(_(known[name]) for name in by), tuple(groups), *total)


def condition(by: Sequence[str], keys: Sequence[Any]) -> str:
    """What finds the facilities that one group of :func:`statistics` counts, in the filter language.

    Where districts overlap, the statistics count a facility in the first alone, and this finds it in each.
    """
    parts = [_part(name, key) for name, key in zip(by, keys, strict=True)]
    return " and ".join(parts)


def _part(name: str, key: Any) -> str:
    if name in DISTRICTS:
        return f"not within('{name}:{ALL}')" if key is None else f"within({quoted(f'{name}:{key}')})"
    if name == DECADE:
        return "year is null" if key is None else f"year >= {key} and year < {key + 10}"
    if key is None:
        return f"{name} is null"
    if isinstance(key, bool):
        return f"{name} = {'true' if key else 'false'}"
    return f"{name} = {quoted(key) if isinstance(key, str) else key}"


def _groups(kind: Kind, by: Sequence[str], sums: Sums) -> Iterator[Group]:
    for keys, (count, length) in sums.items():
        titles = tuple(_title(kind, name, key) for name, key in zip(by, keys, strict=True))
        yield Group(keys, titles, int(count), round(length, 3))


def _title(kind: Kind, name: str, key: Any) -> str:
    if key is None:
        return _("unknown")
    if name == DECADE:
        return _("{year}s").format(year=key)
    field = kind.field(name)
    if field is not None and field.type == "boolean":
        return _("yes") if key else _("no")
    return label(field.code_list, key) if field is not None and field.code_list else str(key)


def _column(kind: Kind, name: str) -> sa.ColumnElement[Any]:
    if name == DECADE:
        return kind.table.c.year - kind.table.c.year % 10
    return kind.table.c[name]


def _add(sums: Sums, keys: tuple[Any, ...], count: float, length: float) -> None:
    group = sums.setdefault(keys, [0, 0.0])
    group[0] += count
    group[1] += length


def _length_of(kind: Kind) -> sa.ColumnElement[Any]:
    column = kind.table.c.get("length")
    return sa.cast(sa.null(), sa.Double) if column is None else column


def _is_line(kind: Kind) -> bool:
    return "LINESTRING" in kind.geometry


def _sum_fields(workspace: Workspace, kind: Kind, by: Sequence[str], sums: Sums) -> None:
    """The database groups; only lines with no recorded length are read one by one."""
    columns = [_column(kind, name) for name in by]
    length = _length_of(kind)
    with workspace.read() as connection:
        query = sa.select(*columns, sa.func.count(), sa.func.coalesce(sa.func.sum(length), 0.0)).group_by(*columns)
        for *keys, count, metres in connection.execute(query.select_from(kind.table)):
            _add(sums, tuple(keys), count, metres)
        if _is_line(kind):
            rows = connection.execute(sa.select(*columns, kind.table.c[GEOMETRY]).where(length.is_(None))).all()
            metres = shapely.length(shapely.from_wkb(np.array([row[-1] for row in rows], dtype=object)))
            for row, part in zip(rows, np.nan_to_num(metres).tolist(), strict=True):
                _add(sums, tuple(row[:-1]), 0, part)


def _sum_places(workspace: Workspace, kind: Kind, by: Sequence[str], sums: Sums, task: Task) -> None:
    """Where a facility lies is asked of its geometry."""
    fields = [name for name in by if name not in DISTRICTS]
    columns = [_column(kind, name) for name in fields]
    with workspace.read() as connection:
        task.progress(0.1, _("Reading"))
        rows = connection.execute(sa.select(*columns, _length_of(kind), kind.table.c[GEOMETRY])).all()
        shapes = shapely.from_wkb(np.array([row[-1] for row in rows], dtype=object))
        known = np.array([row[-2] for row in rows], dtype=float)
        metres = (
            np.where(np.isnan(known), np.nan_to_num(shapely.length(shapes)), known) if _is_line(kind) else known * 0
        )
        values: dict[str, Callable[[int], Any]] = {}
        for place, name in enumerate(fields):
            values[name] = lambda index, place=place: rows[index][place]  # type: ignore[misc]
        for name in set(by) & set(DISTRICTS):
            task.progress(0.5, _("Looking for districts"))
            values[name] = district_of(connection, KINDS[name], middles(shapes)).__getitem__
    for index, part in enumerate(np.nan_to_num(metres).tolist()):
        _add(sums, tuple(values[name](index) for name in by), 1, part)


def district_of(connection: sa.Connection, kind: Kind, points: Any) -> list[str | None]:
    """Name (or code) of the district that holds each point; the first where several do."""
    table = kind.table
    rows = connection.execute(sa.select(table.c.name, table.c.code, table.c[GEOMETRY]).order_by(table.c.fid)).all()
    tree = shapely.STRtree(shapely.from_wkb(np.array([row[2] for row in rows], dtype=object)))
    found: list[str | None] = [None] * len(points)
    inside, of = tree.query(points, predicate="intersects")
    for point, district in sorted(zip(inside.tolist(), of.tolist(), strict=True), reverse=True):
        found[point] = rows[district][0] or rows[district][1]
    return found
