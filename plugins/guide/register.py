"""The guides that were issued: which are valid, which are stale and why, which were withdrawn or replaced."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import record_of
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY, ROW_CHANGES
from jnw_plugins.guide.difference import Difference, compare
from jnw_plugins.guide.model import GUIDE
from jnw_plugins.guide.record import Row, rows, short
from jnw_plugins.guide.survey import KINDS_LISTED, NOT_LISTED, TooMuch, survey
from jnw_plugins.guide.table import RuleTable, read_table

SITE = KINDS["construction_site"]


@dataclass(frozen=True)
class Standing:
    """The number of the guide a site has now, and whether it is stale."""

    guide: str
    stale: bool


Shown = dict[str, dict[str, int]]


def issued(workspace: Workspace) -> list[dict[str, Any]]:
    """Every guide, newest first, with its site, when it was issued, and how it stands.

    It is ``stale`` when something it showed has changed since, or something new lies in or around its site, and it was
    neither withdrawn nor replaced, nor its site ``closed``; ``expired`` when the last day it holds has gone by.
    ``changed`` are the codes of those, ``changes`` tells how each differs; ``mark`` is what stands on its pages;
    ``area`` the site's, WKB, ``None`` where the site is gone.
    """
    own = [column for column in GUIDE.c if column.name != "content"]  # as large as the guide; few of them are needed
    site = SITE.table.c
    query = sa.select(*own, site.code.label("site_code"), site.name.label("site_name"), site[GEOMETRY].label("area"))
    query = query.add_columns(site.state.label("site_state"))
    query = query.outerjoin(SITE.table, SITE.table.c.uid == GUIDE.c.site).order_by(GUIDE.c.fid.desc())
    table = read_table()
    with workspace.read() as connection:
        guides = [dict(row) for row in connection.execute(query).mappings()]
        codes = {guide["uid"]: guide["code"] for guide in guides}
        replaced = {guide["replaces"]: guide["code"] for guide in guides if guide["replaces"]}
        told = [_entry(workspace, connection, guide, codes, replaced, table) for guide in guides]
    for entry in told:
        differences = _differences(workspace, entry, table) if entry["stale"] else []
        entry["changes"] = [_told(difference) for difference in differences]
    return told


def standing(workspace: Workspace, sites: Sequence[str]) -> dict[str, Standing]:
    """The newest guide of each of ``sites`` (uids) that was neither withdrawn nor replaced."""
    table, told = read_table(), {}
    site, later = SITE.table.c, GUIDE.alias()
    own = [column for column in GUIDE.c if column.name != "content"]
    query = sa.select(*own, site[GEOMETRY].label("area")).join(SITE.table, site.uid == GUIDE.c.site)
    query = query.outerjoin(later, later.c.replaces == GUIDE.c.uid).order_by(GUIDE.c.fid)
    query = query.where(GUIDE.c.withdrawn.is_(None), later.c.uid.is_(None))
    with workspace.read() as connection:
        for low in range(0, len(sites), 500):
            newest = {
                guide["site"]: dict(guide)
                for guide in connection.execute(query.where(GUIDE.c.site.in_(sites[low : low + 500]))).mappings()
            }
            for uid, guide in newest.items():
                shown = json.loads(guide["shown"] or "{}")
                stale = bool(_changed(connection, shown) or _new(workspace, connection, guide, table))
                told[uid] = Standing(guide["code"], stale)
    return told


def _entry(
    workspace: Workspace,
    connection: sa.Connection,
    guide: Mapping[str, Any],
    codes: Mapping[str, str],
    replaced: Mapping[str, str],
    table: RuleTable,
) -> dict[str, Any]:
    """One guide as it is listed; ``codes`` of all guides by uid, and of those that replace one."""
    closed = guide["site_state"] == "removed"
    over = guide["withdrawn"] is not None or guide["uid"] in replaced or closed
    changed, today = _changed(connection, json.loads(guide["shown"] or "{}")), datetime.date.today().isoformat()
    if not over:
        changed += _new(workspace, connection, guide, table)
    return {
        "guide": guide["code"],
        "site_uid": guide["site"],
        "site": guide["site_code"] or _code_of_removed(connection, guide["site"]),
        "name": guide["site_name"],
        "issued": guide["issued"],
        "pages": guide["pages"],
        "mark": short(guide["mark"]) if guide["mark"] else None,
        "replaces": codes.get(guide["replaces"]),
        "replaced_by": replaced.get(guide["uid"]),
        "closed": closed,
        "valid_until": guide["valid_until"],
        "expired": bool(guide["valid_until"] and guide["valid_until"] < today and not over),
        "withdrawn": guide["withdrawn"],
        "withdrawn_why": guide["withdrawn_why"],
        "stale": bool(changed) and not over,
        "changed": sorted(changed),
        "area": guide["area"],
    }


def _told(difference: Difference) -> dict[str, Any]:
    fields = {name: [old, new] for name, old, new in difference.fields if name != "place"}
    return {
        "kind": difference.kind,
        "code": difference.code,
        "how": difference.how,
        "fields": fields,
        "moved": any(name == "place" for name, _old, _new in difference.fields),
        "text": str(difference),
    }


def rows_now(workspace: Workspace, site_uid: str, table: RuleTable) -> list[Row]:
    """What a guide of the site would tell now; nothing where the site is gone or has no area."""
    with workspace.read() as connection:
        row = connection.execute(sa.select(SITE.table).where(SITE.table.c.uid == site_uid)).mappings().first()
    if row is None or row[GEOMETRY] is None:
        return []
    site = record_of(SITE.id, dict(row))
    return rows(survey(workspace, site, table), site)


def _differences(workspace: Workspace, guide: Mapping[str, Any], table: RuleTable) -> list[Difference]:
    """How what a stale guide told differs from what is now; of a guide that kept no record only which."""
    with workspace.read() as connection:
        content = connection.scalar(sa.select(GUIDE.c.content).where(GUIDE.c.code == guide["guide"]))
    if not content:
        return []
    try:
        now = rows_now(workspace, guide["site_uid"], table)
    except TooMuch:  # a city was imported since; that the guide is stale is told all the same
        return []
    return compare(json.loads(content)["rows"], now)


def _changed(connection: sa.Connection, shown: Shown) -> list[str]:
    """Codes of shown facilities whose version is another now, or that are gone."""
    changed: list[str] = []
    for kind, versions in shown.items():
        table = KINDS[kind].table
        found: dict[str, tuple[str, int]] = {}
        uids = list(versions)
        for low in range(0, len(uids), 500):  # SQLite's old limit of variables is 999
            now = sa.select(table.c.uid, table.c.code, table.c.version).where(table.c.uid.in_(uids[low : low + 500]))
            found |= {row.uid: (row.code, row.version) for row in connection.execute(now)}
        for uid, version in versions.items():
            code, current = found.get(uid, (None, None))
            if current != version:
                changed.append(code or _code_of_removed(connection, uid))
    return changed


def _new(workspace: Workspace, connection: sa.Connection, guide: Mapping[str, Any], table: RuleTable) -> Sequence[str]:
    """Codes of facilities in or around a guide's site that it does not show."""
    bounds = None if guide["area"] is None else queries.bounds_of(guide["area"])
    if bounds is None:
        return []
    low_e, low_n, high_e, high_n = bounds
    reach, area = table.reach, shapely.from_wkb(guide["area"])
    shown: Shown = json.loads(guide["shown"] or "{}")
    found: list[str] = []
    for kind in KINDS_LISTED:
        there = KINDS[kind].table
        near = workspace.fids_within(there, (low_e - reach, low_n - reach, high_e + reach, high_n + reach))
        columns = [there.c.uid, there.c.code, there.c[GEOMETRY], there.c.get("state", sa.null().label("state"))]
        known = shown.get(kind, {})
        others = [
            row
            for row in connection.execute(sa.select(*columns).where(there.c.fid.in_(near)))
            if row.uid not in known and row.state not in NOT_LISTED
        ]
        shapes = shapely.from_wkb(np.array([row[2] for row in others], dtype=object))
        close = shapely.distance(shapes, area) <= reach
        found += [row.code for row, is_close in zip(others, close, strict=True) if is_close]
    return found


def _code_of_removed(connection: sa.Connection, uid: str) -> str:
    """The code a row had when it was removed; its uid where the record does not say."""
    query = sa.select(ROW_CHANGES.c.before).where(ROW_CHANGES.c.uid == uid, ROW_CHANGES.c.operation == "delete")
    before = connection.scalar(query.order_by(ROW_CHANGES.c.id.desc()).limit(1))
    return str(json.loads(before or "{}").get("code") or uid)
