"""Questions about facilities: how many, which, where, what is known of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.columns import rows_of
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.facilities.whereabouts import condition_of
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_desktop.workspace.migrations.steps import stamped
from jnw_desktop.workspace.tables import GEOMETRY

Bounds = tuple[float, float, float, float]
MOST_TOLD = 50_000  # facilities that are told one by one


@dataclass(frozen=True)
class Record:
    """One facility: ``values`` by field name, ``geometry`` as WKB in the workspace's CRS."""

    kind: str
    fid: int
    uid: str
    code: str
    version: int
    values: dict[str, Any]
    geometry: bytes | None


@dataclass(frozen=True)
class Page:
    """Some rows of a kind's table: ``columns`` names them, ``total`` counts all rows that match."""

    columns: list[str]
    rows: list[list[Any]]
    total: int


@dataclass(frozen=True)
class Found:
    """Facilities that were asked for: their ``fids``, :data:`MOST_TOLD` at most, and what these lie in; ``total``."""

    fids: list[int]
    total: int
    bounds: Bounds | None


@dataclass(frozen=True)
class Hit:
    """Something a search found, and where it is: bounds in the workspace's CRS."""

    kind: str
    uid: str
    code: str
    name: str
    bounds: Bounds | None


def counts(workspace: Workspace) -> dict[str, int]:
    """Number of facilities by kind, all kinds named."""
    with workspace.read() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(kind.table)) or 0
            for name, kind in KINDS.items()
        }


def info(workspace: Workspace) -> dict[str, Any]:
    """What a workspace says of itself: title, crs, counts, schema."""
    properties = workspace.properties()
    with workspace.read() as connection:
        schema = sorted(stamped(connection))
    return {
        "workspace": str(workspace.location),
        "title": properties.get("title", ""),
        "crs": f"EPSG:{workspace.crs}",
        "created": properties.get("created"),
        "schema": schema,
        "counts": counts(workspace),
    }


def kind_of(name: str) -> Kind:
    """The kind of that id. Raises UsageError naming those there are."""
    if name not in KINDS:
        raise UsageError(
            _("There is no kind of facility {name}.").format(name=name),
            _("The kinds are: {kinds}").format(kinds=", ".join(KINDS)),
        )
    return KINDS[name]


def page(  # noqa: PLR0913 - what an attribute table can ask for, by name
    workspace: Workspace,
    kind: str,
    *,
    text: str = "",
    sort: str | None = None,
    descending: bool = False,
    offset: int = 0,
    limit: int = 200,
    uids: Sequence[str] | None = None,
    where: str = "",
) -> Page:
    """Rows ``offset`` to ``offset + limit`` of a kind, sorted by the column ``sort``.

    ``text`` keeps rows whose code begins with it, or whose name or road contains it; ``uids`` only those rows;
    ``where`` is a condition as in ``filters.py``. Raises UsageError.
    """
    table = kind_of(kind).table
    names = ["fid", "uid", "code", *(field.name for field in KINDS[kind].fields), "version"]
    conditions, order = _conditions(workspace, kind, text, where), _order(kind, sort, descending)
    if uids is not None:
        conditions.append(table.c.uid.in_(uids))
    # Which rows first, and then what they hold: a database that sorts whole rows of a city takes five times as long.
    which = sa.select(table.c.fid).where(*conditions).order_by(*order).offset(offset).limit(limit)
    query = sa.select(*(table.c[name] for name in names)).where(table.c.fid.in_(which)).order_by(*order)
    with workspace.read() as connection:
        rows = [list(row) for row in connection.execute(query)]
        total = connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0
    return Page(names, rows, total)


def places(
    workspace: Workspace,
    kind: str,
    fids: Sequence[int],
    *,
    text: str = "",
    sort: str | None = None,
    descending: bool = False,
    where: str = "",
) -> list[int]:
    """Where facilities stand among the rows of :func:`page`, from 0, ascending; without those it leaves out.

    Raises UsageError.
    """
    table = kind_of(kind).table
    place = sa.func.row_number().over(order_by=_order(kind, sort, descending)) - 1
    rows = sa.select(table.c.fid, place.label("place")).where(*_conditions(workspace, kind, text, where)).subquery()
    query = sa.select(rows.c.place).where(rows.c.fid.in_(fids)).order_by(rows.c.place)
    with workspace.read() as connection:
        return list(connection.scalars(query))


def _conditions(workspace: Workspace, kind: str, text: str, where: str) -> list[sa.ColumnElement[bool]]:
    conditions = [_matches(KINDS[kind].table, text)] if text else []
    if where.strip():
        conditions.append(condition_of(workspace, KINDS[kind], where))
    return conditions


def _order(kind: str, sort: str | None, descending: bool) -> tuple[sa.ColumnElement[Any], ...]:
    table = KINDS[kind].table
    column = table.c.get(sort) if sort else table.c.fid
    if column is None:
        raise UsageError(_("{table} has no field {name}.").format(table=kind, name=sort))
    return column.desc().nulls_last() if descending else column.asc().nulls_first(), table.c.fid


def describe(
    workspace: Workspace, kind: str, *, uid: str | None = None, fid: int | None = None, code: str | None = None
) -> Record:
    """All that is known of one facility, named by ``uid``, ``fid`` or ``code``. Raises NoSuchRow."""
    table = kind_of(kind).table
    wanted = {"uid": uid, "fid": fid, "code": code}
    name, value = next((item for item in wanted.items() if item[1] is not None), ("uid", None))
    with workspace.read() as connection:
        row = connection.execute(sa.select(table).where(table.c[name] == value)).mappings().first()
    if row is None:
        raise NoSuchRow(
            _("There is no {kind} {value}.").format(kind=_(KINDS[kind].title), value=value),
            _("It may have been removed; look at the history."),
        )
    return _record(KINDS[kind], dict(row))


def codes(workspace: Workspace, hits: Sequence[tuple[str, int]]) -> list[str | None]:
    """The codes of facilities named by kind and ``fid``, in their order; ``None`` of one that is gone."""
    wanted: dict[str, list[int]] = {}
    for kind, fid in hits:
        wanted.setdefault(kind, []).append(fid)
    found: dict[tuple[str, int], str | None] = {}
    with workspace.read() as connection:
        for kind, fids in wanted.items():
            table = kind_of(kind).table
            rows = connection.execute(sa.select(table.c.fid, table.c.code).where(table.c.fid.in_(fids)))
            found |= {(kind, row.fid): row.code for row in rows}
    return [found.get(hit) for hit in hits]


NAMED_FIRST = ("neighbourhood", "road")  # of what bears the same name: the place before the meter at its door
SUMMED = ("name", "dn", "material", "year", "road", "state")  # of a facility, what people ask first


def summary(workspace: Workspace, kind: str, *, uid: str | None = None, fid: int | None = None) -> str:
    """A few lines about a facility for a map tip. Raises NoSuchRow."""
    record = describe(workspace, kind, uid=uid, fid=fid)
    lines = [f"{_(KINDS[kind].title)} {record.code}"]
    for field in KINDS[kind].fields:
        value = record.values[field.name]
        if field.name in SUMMED and value is not None:
            shown = label(field.code_list, value) if field.code_list else value
            unit = f" {field.unit}" if field.unit else ""
            lines.append(_("{title}: {value}").format(title=_(field.title), value=f"{shown}{unit}"))
    return "\n".join(lines)


def find(workspace: Workspace, name: str, kind: str | None = None) -> Record:
    """The facility people mean by ``code`` or ``kind:code``; with ``kind`` only that kind is meant.

    Raises NoSuchRow, and UsageError when two kinds share the code or another kind is named.
    """
    said, colon, code = name.partition(":")
    if colon and said in KINDS:
        if kind not in (None, said):
            raise UsageError(
                _("{name} is no {kind}.").format(name=name, kind=_(KINDS[str(kind)].title)),
                _("Give the code of one, or {kind}:CODE.").format(kind=kind),
            )
        return describe(workspace, said, code=code)
    if kind is not None:
        return describe(workspace, kind, code=name)
    with workspace.read() as connection:
        found = [
            kind
            for kind, declared in KINDS.items()
            if connection.scalar(sa.select(declared.table.c.fid).where(declared.table.c.code == name)) is not None
        ]
    if len(found) > 1:
        raise UsageError(
            _("{code} names more than one facility.").format(code=name),
            _("Say which: {names}").format(names=", ".join(f"{kind}:{name}" for kind in found)),
        )
    if not found:
        raise NoSuchRow(
            _("There is no facility {code}.").format(code=name), _("Check the code; codes tell capitals from small.")
        )
    return describe(workspace, found[0], code=name)


def search(workspace: Workspace, text: str, limit: int = 20, kinds: Sequence[str] = ()) -> list[Hit]:
    """Facilities, of ``kinds`` or any, whose code begins with ``text`` or whose name contains it; codes first."""
    text = text.strip()
    if not text:
        return []
    hits: list[Hit] = []
    with workspace.read() as connection:
        for kind in kinds or KINDS:
            table = kind_of(kind).table
            columns = (table.c.uid, table.c.code, table.c.name, table.c[GEOMETRY])
            query = sa.select(*columns).where(_matches(table, text, road=False)).order_by(table.c.code).limit(limit)
            hits += [
                Hit(kind, uid, code, name or "", bounds_of(geom)) for uid, code, name, geom in connection.execute(query)
            ]
    hits.sort(
        key=lambda hit: (not hit.code.startswith(text), not hit.name.startswith(text), hit.kind not in NAMED_FIRST)
    )
    return hits[:limit]


def within(workspace: Workspace, kind: str, bounds: Bounds) -> list[Record]:
    """Facilities of a kind whose bounds meet ``bounds`` (xmin, ymin, xmax, ymax), found through the spatial index."""
    declared = kind_of(kind)
    table = declared.table
    with workspace.read() as connection:
        query = sa.select(table).where(table.c.fid.in_(workspace.fids_within(table, bounds))).order_by(table.c.fid)
        return [_record(declared, dict(row)) for row in connection.execute(query).mappings()]


def shapes(connection: sa.Connection, table: sa.Table, fids: Sequence[int]) -> npt.NDArray[np.object_]:
    """Geometries of rows, in the order of ``fids``; a row that is not there is left out."""
    found: dict[int, bytes] = dict(map(tuple, rows_of(connection, table, (table.c[GEOMETRY],), fids)))
    return decoded([found.get(fid) for fid in fids])


def decoded(wkb: Sequence[bytes | None]) -> npt.NDArray[np.object_]:
    """Geometries of WKB. A coordinate that is no number stays one: whoever measures leaves such a shape out."""
    with np.errstate(invalid="ignore"):
        made: npt.NDArray[np.object_] = shapely.from_wkb(np.array(wkb, dtype=object))
    return made


def shapes_of(connection: sa.Connection, kind: str, codes: Sequence[str]) -> list[bytes]:
    """Geometries (WKB) of facilities by code, in no order."""
    table = KINDS[kind].table
    found: list[bytes] = []
    if len(codes) > MOST_TOLD:  # one way through the table is faster than many questions
        wanted = set(codes)
        rows = connection.execute(sa.select(table.c.code, table.c[GEOMETRY]))
        return [wkb for code, wkb in rows if wkb is not None and code in wanted]
    for low in range(0, len(codes), 500):
        query = sa.select(table.c[GEOMETRY]).where(table.c.code.in_(codes[low : low + 500]))
        found += [wkb for wkb in connection.scalars(query) if wkb is not None]
    return found


def around(workspace: Workspace, kind: str, area: bytes, distance: float) -> list[Record]:
    """Facilities of a kind no farther than ``distance`` metres from the WKB geometry ``area``."""
    shape = shapely.from_wkb(area)
    low_e, low_n, high_e, high_n = shapely.bounds(shape)
    near = within(workspace, kind, (low_e - distance, low_n - distance, high_e + distance, high_n + distance))
    shapes = shapely.from_wkb(np.array([record.geometry for record in near], dtype=object))
    keep = shapely.distance(shapes, shape) <= distance
    return [record for record, is_near in zip(near, keep, strict=True) if is_near]


def matching(workspace: Workspace, kind: str, where: str) -> Found:
    """Facilities of which ``where`` is so, all without one. Raises UsageError."""
    table = kind_of(kind).table
    condition = condition_of(workspace, KINDS[kind], where) if where.strip() else sa.true()
    with workspace.read() as connection:
        total = connection.scalar(sa.select(sa.func.count()).select_from(table).where(condition)) or 0
        query = sa.select(table.c.fid, table.c[GEOMETRY]).where(condition).order_by(table.c.fid).limit(MOST_TOLD)
        rows = connection.execute(query).all()
    sides = shapely.total_bounds(shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))).tolist()
    low_e, low_n, high_e, high_n = sides
    return Found([row[0] for row in rows], total, None if np.isnan(low_e) else (low_e, low_n, high_e, high_n))


def bounds(workspace: Workspace, kind: str) -> Bounds | None:
    """What all facilities of a kind lie in (xmin, ymin, xmax, ymax); ``None`` when there are none."""
    return workspace.bounds(kind_of(kind).table)


def bounds_of(geometry: bytes | None) -> Bounds | None:
    """Bounds of a WKB geometry; ``None`` for an empty or missing one."""
    low_e, low_n, high_e, high_n = shapely.bounds(shapely.from_wkb(geometry)).tolist()
    return None if np.isnan(low_e) else (low_e, low_n, high_e, high_n)


def record_of(kind: str, row: Mapping[str, Any]) -> Record:
    """A whole row of a kind's table as a record."""
    return _record(KINDS[kind], row)


def _matches(table: sa.Table, text: str, road: bool = True) -> sa.ColumnElement[bool]:
    # A range instead of LIKE for the code: it goes through the index.
    tests = [
        sa.and_(table.c.code >= text, table.c.code < text + "\U0010ffff"),
        table.c.name.icontains(text, autoescape=True),
    ]
    if road:
        tests.append(table.c.road.icontains(text, autoescape=True))
    return sa.or_(*tests)


def _record(kind: Kind, row: Mapping[str, Any]) -> Record:
    values = {field.name: row[field.name] for field in kind.fields}
    return Record(kind.id, row["fid"], row["uid"], row["code"] or "", row["version"], values, row[GEOMETRY])
