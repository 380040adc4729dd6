"""The register of shut-offs, told in the codes people use."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.calendar.years import calendar_from
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.shutoff import doubts
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_desktop.workspace.tables import GEOMETRY
from jnw_plugins.shutoff import rules
from jnw_plugins.shutoff.clocks import clocks
from jnw_plugins.shutoff.model import FIRE, SHUTOFF, SHUTOFF_STEP, VALVE_OPERATION
from jnw_plugins.shutoff.table import read_table

CHUNK = 500  # SQLite's old limit of variables is 999
# The lists of a plan and the kind of facility each holds.
LISTS = {
    "close": "valve",
    "needless": "valve",
    "already_closed": "valve",
    "stuck": "valve",
    "drain": "valve",
    "refill": "valve",
    "pipes": "pipe",
    "starved_pipes": "pipe",
    "customers": "customer",
    "essential": "customer",
    "hydrants": "hydrant",
    "drain_hydrants": "hydrant",
}
FAILED = ("stuck", "lost")  # what a valve is found as that cannot be closed
HEADING = (
    "code", "kind", "state", "reason", "road", "planned_begin", "planned_end", "actual_begin", "actual_end", "supply",
    "contact", "essential",
)  # fmt: skip


@dataclass(frozen=True)
class Shutoff:
    """One shut-off as it is kept: its row, its plan by uid, and what happened to it, in order.

    ``fire``: when the fire brigade was told; ``operations``: of its valves.
    """

    row: dict[str, Any]
    plan: dict[str, Any]
    steps: list[dict[str, Any]]
    fire: list[dict[str, Any]]
    operations: list[dict[str, Any]]

    @property
    def uid(self) -> str:
        """Of the row."""
        return str(self.row["uid"])

    @property
    def course(self) -> rules.Course:
        """What the rules need of it."""
        return rules.Course(
            self.row["kind"],
            [rules.Step(step["state"], rules.moment(step["at"])) for step in self.steps],
            rules.moment(self.row["planned_begin"]),
            rules.moment(self.row["planned_end"]),
            bool(self.row["supply"]),
            bool(self.plan["hydrants"]),
            self.fire_told,
        )

    @property
    def fire_told(self) -> datetime.datetime | None:
        """When the fire brigade was last told; of a plan that was made anew since, it was not told."""
        anew = [rules.moment(row["at"]) for row in self.operations if row["result"] in FAILED]
        told = [at for at in (rules.moment(row["at"]) for row in self.fire) if not anew or at >= max(anew)]
        return max(told, default=None)


def load(connection: sa.Connection, code: str) -> Shutoff:
    """The shut-off ``code``. Raises NoSuchRow."""
    row = connection.execute(sa.select(SHUTOFF).where(SHUTOFF.c.code == code)).mappings().first()
    if row is None:
        raise NoSuchRow(
            _("There is no shut-off {code}.").format(code=code), _("jnw shutoff list shows those there are.")
        )
    steps = _log(connection, SHUTOFF_STEP, row["uid"])
    return Shutoff(
        dict(row),
        json.loads(row["plan"]),
        [step for step in steps if step["state"] != FIRE],
        [step for step in steps if step["state"] == FIRE],
        _log(connection, VALVE_OPERATION, row["uid"]),
    )


def _log(connection: sa.Connection, table: sa.Table, uid: str) -> list[dict[str, Any]]:
    """What a log holds of a shut-off, in order."""
    query = sa.select(table).where(table.c.shutoff == uid).order_by(table.c.fid)
    return [dict(row) for row in connection.execute(query).mappings()]


def chosen(connection: sa.Connection, kind: str, key: str, values: Sequence[str], *names: str) -> list[dict[str, Any]]:
    """Columns ``names`` of facilities whose column ``key`` is one of ``values``, in the order of ``values``."""
    table = KINDS[kind].table
    found: dict[str, dict[str, Any]] = {}
    for low in range(0, len(values), CHUNK):
        query = sa.select(*(table.c[name] for name in {key, *names})).where(table.c[key].in_(values[low : low + CHUNK]))
        found |= {row[key]: dict(row) for row in connection.execute(query).mappings()}
    return [found[value] for value in values if value in found]


def uids_of(connection: sa.Connection, kind: str, codes: Sequence[str]) -> list[str]:
    """Uids of facilities by code, in their order."""
    return [row["uid"] for row in chosen(connection, kind, "code", codes, "uid")]


def codes_of(connection: sa.Connection, kind: str, uids: Sequence[str]) -> list[str]:
    """Codes of facilities by uid, in their order; of one that is gone the uid."""
    named = {row["uid"]: row["code"] for row in chosen(connection, kind, "uid", uids, "code")}
    return [named.get(uid, uid) for uid in uids]


def kept_plan(connection: sa.Connection, told: dict[str, Any], stuck: Sequence[str]) -> dict[str, Any]:
    """A plan that ``isolate`` told in codes, by uid."""
    plan: dict[str, Any] = {
        name: uids_of(connection, kind, told[name]) for name, kind in LISTS.items() if name != "stuck"
    }
    plan["stuck"] = uids_of(connection, "valve", stuck)
    (plan["burst"],) = uids_of(connection, "pipe", [told["burst"]])
    plan["doubts"] = doubts(told)
    return plan | {name: told[name] for name in ("households", "volume", "length", "unstoppable")}


def told_plan(connection: sa.Connection, plan: dict[str, Any]) -> dict[str, Any]:
    """A kept plan in codes, ``valves`` with what a crew needs to know of each, in the order to close them."""
    told = plan | {name: codes_of(connection, kind, plan[name]) for name, kind in LISTS.items()}
    (told["burst"],) = codes_of(connection, "pipe", [plan["burst"]])
    known = (
        "uid", "code", "dn", "turns", "closing_direction", "operability", "present_state", "normal_state", "road",
        "last_operated",
    )  # fmt: skip
    valves = chosen(connection, "valve", "uid", plan["close"], *known, GEOMETRY)
    for valve in valves:
        at = shapely.from_wkb(valve.pop(GEOMETRY))
        valve["at"] = [round(at.x, 3), round(at.y, 3)]
    return told | {"valves": valves}


def listed(workspace: Workspace, state: str | None = None) -> list[dict[str, Any]]:
    """Every shut-off, or those in ``state``, newest first. Raises UsageError for a state there is not."""
    if state is not None and state not in rules.STATES:
        raise UsageError(
            _("{state} is not a state of a shut-off.").format(state=state),
            _("Choose one of: {names}").format(names=", ".join(rules.STATES)),
        )
    columns = [SHUTOFF.c[name] for name in (*HEADING, "customers", "uid")]
    query = sa.select(*columns).order_by(SHUTOFF.c.fid.desc())
    if state is not None:
        query = query.where(SHUTOFF.c.state == state)
    with workspace.read() as connection:
        return [
            dict(row) | {"next": list(rules.next_states(row["kind"], row["state"]))}
            for row in connection.execute(query).mappings()
        ]


def show(workspace: Workspace, code: str) -> dict[str, Any]:
    """All that is known of one shut-off; facilities by code. Raises NoSuchRow."""
    with workspace.read() as connection:
        kept = load(connection, code)
        rows = kept.operations
        valves = codes_of(connection, "valve", [row["valve"] for row in rows])
        told = {name: kept.row[name] for name in HEADING} | told_plan(connection, kept.plan)
        days = calendar_from(connection)
    told["steps"] = [{name: step[name] for name in ("state", "at", "who", "note")} for step in kept.steps]
    told["fire_notices"] = [{name: row[name] for name in ("at", "who", "note")} for row in kept.fire]
    logged = ("action", "at", "who", "turns", "result", "before", "after")
    told["operations"] = [
        {"valve": valve} | {name: row[name] for name in logged} for valve, row in zip(valves, rows, strict=True)
    ]
    told["next"] = list(rules.next_states(kept.row["kind"], kept.row["state"]))
    now = datetime.datetime.now().astimezone()
    told["clocks"] = clocks(kept.course, kept.row["actual_begin"], kept.row["actual_end"], days, now)
    told["warnings"] = warnings(kept)
    return told


def warnings(kept: Shutoff) -> list[str]:
    """What whoever is in charge must still see to."""
    figures = read_table().figures
    said = []
    since = kept.row["actual_begin"] if kept.row["state"] in rules.IN_FORCE else None
    now = datetime.datetime.now().astimezone()
    running = since is not None and rules.hours_between(rules.moment(since), now) > figures.supply_hours
    long = rules.needs_supply(kept.course, figures) or running
    if kept.row["state"] not in rules.OVER and long and not kept.row["supply"]:
        said.append(
            _("The outage lasts over {hours:g} h: emergency supply must be arranged.").format(
                hours=figures.supply_hours
            )
        )
    if kept.row["state"] not in rules.OVER and kept.plan["hydrants"] and kept.fire_told is None:
        said.append(
            _("{count} hydrants lose their water: the fire brigade must be told.").format(
                count=len(kept.plan["hydrants"])
            )
        )
    begun = kept.row["actual_begin"]
    if kept.row["kind"] == "planned" and begun and rules.moment(begun) < rules.moment(kept.row["planned_begin"]):
        said.append(_("It was closed before the time that was announced to the users."))
    return said + _doubts(kept.plan)


def _doubts(plan: dict[str, Any]) -> list[str]:
    """What was doubtful of the plan when it was made; plans of an earlier edition kept only the worst."""
    if "doubts" in plan:
        return list(plan["doubts"])
    return [_("No set of valves isolates this burst: see the way from the source.")] if plan["unstoppable"] else []


def shapes(workspace: Workspace, code: str) -> dict[str, Any]:
    """WKB of what a shut-off's plan concerns: ``isolated`` and ``starved`` pipes, ``close`` valves."""
    with workspace.read() as connection:
        plan = load(connection, code).plan
        wanted = {"isolated": "pipes", "starved": "starved_pipes", "close": "close"}
        return {
            name: [row[GEOMETRY] for row in chosen(connection, LISTS[key], "uid", plan[key], GEOMETRY)]
            for name, key in wanted.items()
        }
