"""Other shut-offs at the same time that share valves or customers, or that together leave an essential user dry."""

from __future__ import annotations

import datetime
import json
from typing import Any

import sqlalchemy as sa

from jnw_desktop.facilities.shutoff import NotInNetwork, lost_together
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_plugins.shutoff import rules
from jnw_plugins.shutoff.model import SHUTOFF
from jnw_plugins.shutoff.register import codes_of, load


def overlaps(workspace: Workspace, code: str) -> list[dict[str, Any]]:
    """Those of the other shut-offs that are not over and meet ``code`` in time and space; facilities by code.

    ``valves`` both close or rely on, ``customers`` both hit, ``essential`` users that neither alone but both together
    leave without any source. Raises NoSuchRow.
    """
    with workspace.read() as connection:
        own = load(connection, code)
        query = sa.select(SHUTOFF).where(SHUTOFF.c.uid != own.uid, SHUTOFF.c.state.not_in(rules.OVER))
        rows = [dict(row) for row in connection.execute(query.order_by(SHUTOFF.c.code)).mappings()]
        span = _span(own.row)
        others = [row for row in rows if rules.meet(span, _span(row))]
        in_force = [row for row in (own.row, *others) if row["state"] in rules.IN_FORCE]
        closed = [uid for row in in_force for uid in json.loads(row["plan"])["close"]]
        opened = codes_of(connection, "valve", closed)
        found = [_common(connection, own.plan, row) for row in others]
        bursts = codes_of(connection, "pipe", [own.plan["burst"], *(json.loads(r["plan"])["burst"] for r in others)])
        stuck = [codes_of(connection, "valve", plan["stuck"]) for plan in _plans(own.row, *others)]
    for meeting, burst, cannot in zip(found, bursts[1:], stuck[1:], strict=True):
        meeting["essential"] = _dry_together(workspace, [bursts[0], burst], opened, [*stuck[0], *cannot])
    return [meeting for meeting in found if meeting["valves"] or meeting["customers"] or meeting["essential"]]


def _plans(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(row["plan"]) for row in rows]


def _span(row: dict[str, Any]) -> tuple[datetime.datetime, datetime.datetime]:
    """From its beginning to its end: as it was where that is known; while in force it has not ended before now."""
    begin = rules.moment(row["actual_begin"] or row["planned_begin"])
    end = rules.moment(row["actual_end"] or row["planned_end"])
    if row["state"] in rules.IN_FORCE:
        end = max(end, datetime.datetime.now().astimezone())
    return begin, end


def _common(connection: sa.Connection, own: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    other = json.loads(row["plan"])
    valves = {*own["close"], *own["already_closed"]} & {*other["close"], *other["already_closed"]}
    customers = set(own["customers"]) & set(other["customers"])
    return {
        **{name: row[name] for name in ("code", "kind", "state", "road", "planned_begin", "planned_end")},
        "valves": sorted(codes_of(connection, "valve", sorted(valves))),
        "customers": sorted(codes_of(connection, "customer", sorted(customers))),
    }


def _dry_together(workspace: Workspace, bursts: list[str], opened: list[str], stuck: list[str]) -> list[str]:
    """Empty where one of the pipes has left the network since it was planned."""
    try:
        return lost_together(workspace, bursts, opened=opened, stuck=stuck)
    except (NotInNetwork, NoSuchRow):
        return []
