"""Plan a shut-off, take its next step, plan it anew when a valve fails: each is one transaction."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
import sqlalchemy as sa

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.shutoff import isolate
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.change import Change
from jnw_plugins.shutoff import rules
from jnw_plugins.shutoff.model import FIRE, SHUTOFF, SHUTOFF_STEP, VALVE_OPERATION
from jnw_plugins.shutoff.register import FAILED, Shutoff, chosen, codes_of, kept_plan, load, show
from jnw_plugins.shutoff.table import read_table
from jnw_plugins.shutoff.titles import shown_time, state_title

VALVE = KINDS["valve"].table
SLOW_CLOCKS = datetime.timedelta(minutes=5)  # by which another machine's clock may be ahead


class StepRefused(RefusedError):
    """A step out of order, before the last one, or before the law allows it."""

    kind = "step_refused"


class PlanRefused(RefusedError):
    """A shut-off that cannot be planned anew, or a valve that is not in its plan."""

    kind = "plan_refused"


def moment(text: str | None) -> datetime.datetime:
    """A time that a person wrote; now where none is given. Raises UsageError."""
    if text is None:
        return datetime.datetime.now().astimezone()
    try:
        return rules.moment(text)
    except ValueError as error:
        raise UsageError(
            _("{text} is not a time.").format(text=text), _("Write date and time so: 2026-11-25T08:00")
        ) from error


def done_at(text: str | None) -> datetime.datetime:
    """When something was done; now where no time is given. Raises UsageError, StepRefused for a time to come."""
    when, now = moment(text), moment(None)
    if when > now + SLOW_CLOCKS:
        raise StepRefused(
            _("{at} is still to come.").format(at=shown_time(_written(when))),
            _("A step is recorded when it is done; what is to come is the plan's begin and end."),
        )
    return when


def _written(at: datetime.datetime) -> str:
    return at.isoformat(timespec="seconds")


def plan(  # noqa: PLR0913 - what an application for a shut-off says
    workspace: Workspace,
    *,
    begin: str,
    end: str,
    reason: str,
    pipe: str | None = None,
    at: tuple[float, float] | None = None,
    kind: str = "planned",
    road: str | None = None,
    supply: str | None = None,
    contact: str | None = None,
    stuck: Sequence[str] = (),
    planned_at: str | None = None,
    who: str | None = None,
    why: str | None = None,
) -> dict[str, Any]:
    """Plan a shut-off of ``pipe`` (a code), or of the pipe nearest ``at`` (E, N); returns what ``show`` tells of it.

    ``begin``, ``end``: ISO 8601. ``supply``: how emergency supply is arranged. ``stuck``: codes of valves that cannot
    be closed. ``planned_at``: when it was planned, where it is entered later. Raises UsageError, StepRefused, and what
    ``isolate`` raises.
    """
    first, last, when = moment(begin), moment(end), done_at(planned_at)
    if last <= first:
        raise UsageError(_("A shut-off ends after it begins."), _("Give a later end."))
    if kind not in rules.KINDS:
        raise UsageError(
            _("{kind} is not a kind of shut-off.").format(kind=kind),
            _("Choose one of: {names}").format(names=", ".join(rules.KINDS)),
        )
    if not reason.strip():
        raise UsageError(_("A shut-off needs its reason: it is published."), _("Say what is done, in a few words."))
    told = isolate(workspace, pipe=pipe, at=at, stuck=stuck)
    with workspace.change(why or _("Plan a shut-off of pipe {code}").format(code=told["burst"]), who) as change:
        row = {"kind": kind, "state": "planned", "reason": reason.strip(), "supply": supply, "contact": contact}
        row |= {"planned_begin": _written(first), "planned_end": _written(last)}
        row |= _planned(change.connection, told, stuck)
        row["road"] = road or _road(change.connection, told)
        (uid,) = change.insert(SHUTOFF, [row])
        _record(change, SHUTOFF_STEP, uid, when, who, state="planned")
        code = str(change.connection.scalar(sa.select(SHUTOFF.c.code).where(SHUTOFF.c.uid == uid)))
    return show(workspace, code)


def _planned(connection: sa.Connection, told: dict[str, Any], stuck: Sequence[str]) -> dict[str, Any]:
    """The columns that come of an isolation plan."""
    lines = shapely.from_wkb(queries.shapes_of(connection, "pipe", told["pipes"]))
    return {
        "plan": json.dumps(kept_plan(connection, told, stuck)),
        "customers": len(told["customers"]),
        "essential": len(told["essential"]),
        "geom": shapely.to_wkb(shapely.multilinestrings(shapely.force_2d(lines))),
    }


def _road(connection: sa.Connection, told: dict[str, Any]) -> str | None:
    """The burst pipe's road, else those of what is isolated."""
    roads = chosen(connection, "pipe", "code", [told["burst"], *told["pipes"]], "road")
    named = list(dict.fromkeys(row["road"] for row in roads if row["road"]))
    return "、".join(named[:3]) or None


def _record(
    change: Change, log: sa.Table, shutoff: str, when: datetime.datetime, who: str | None, **values: Any
) -> None:  # fmt: skip
    """Add to one of the logs of a shut-off."""
    change.insert(log, [{"shutoff": shutoff, "at": _written(when), "who": who or change.result.who} | values])


def advance(
    workspace: Workspace,
    code: str,
    to: str,
    *,
    at: str | None = None,
    who: str | None = None,
    note: str | None = None,
    supply: str | None = None,
    turns: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Take the step ``to`` of a shut-off; returns what ``show`` tells of it then.

    ``turns``: turns made, by code of valve, where they are not those on record. ``closed`` closes the plan's valves and
    logs each; ``restored`` brings them back, but for those another shut-off in force needs. Raises NoSuchRow,
    StepRefused, UsageError.
    """
    when = done_at(at)
    if to not in rules.STATES:
        raise UsageError(
            _("{state} is not a state of a shut-off.").format(state=to),
            _("Choose one of: {names}").format(names=", ".join(rules.STATES)),
        )
    why = _("Shut-off {code}: {state}").format(code=code, state=state_title(to))
    with workspace.change(why, who) as change:
        kept = load(change.connection, code)
        if supply:
            kept.row["supply"] = supply
        _refuse(kept, to, when)
        values: dict[str, Any] = {"state": to, "supply": kept.row["supply"]}
        if to == "closed":
            values["actual_begin"] = _written(when)
            _close(change, kept, when, who, turns or {})
        if to == "restored":
            values["actual_end"] = _written(when)
            _restore(change, kept, when, who, turns or {})
        change.update(SHUTOFF, kept.uid, values)
        _record(change, SHUTOFF_STEP, kept.uid, when, who, state=to, note=note)
    return show(workspace, code)


def tell_fire(
    workspace: Workspace, code: str, *, at: str | None = None, who: str | None = None, note: str | None = None
) -> dict[str, Any]:
    """Record that the fire brigade was told of the hydrants that lose their water; returns what ``show`` tells.

    ``note``: whom, and how. Raises NoSuchRow, StepRefused where it is over or no hydrant is hit, UsageError.
    """
    when = done_at(at)
    with workspace.change(_("Shut-off {code}: the fire brigade is told").format(code=code), who) as change:
        kept = load(change.connection, code)
        if not kept.plan["hydrants"] or kept.row["state"] in rules.OVER:
            raise StepRefused(
                _("Shut-off {code} is over, or takes no hydrant's water.").format(code=code),
                _("There is nothing to tell the fire brigade."),
            )
        _record(change, SHUTOFF_STEP, kept.uid, when, who, state=FIRE, note=note)
    return show(workspace, code)


def arrange(
    workspace: Workspace,
    code: str,
    *,
    supply: str | None = None,
    contact: str | None = None,
    who: str | None = None,
    why: str | None = None,
) -> dict[str, Any]:
    """Say how emergency supply is arranged and who answers questions; what is ``None`` stays as it is.

    Returns what ``show`` tells. Raises NoSuchRow, StepRefused where it is over, UsageError where nothing is said.
    """
    values = {"supply": supply, "contact": contact}
    said = {name: value.strip() or None for name, value in values.items() if value is not None}
    if not said:
        raise UsageError(_("Nothing is said."), _("Say how supply is arranged, or who answers questions."))
    with workspace.change(why or _("Shut-off {code}: supply and contact").format(code=code), who) as change:
        kept = load(change.connection, code)
        if kept.row["state"] in rules.OVER:
            raise StepRefused(_("Shut-off {code} is over.").format(code=code), _("It is over; plan another."))
        change.update(SHUTOFF, kept.uid, said)
    return show(workspace, code)


def _refuse(kept: Shutoff, to: str, when: datetime.datetime) -> None:
    """Raise StepRefused where the rules do not allow the step."""
    table = read_table()
    course, code = kept.course, kept.row["code"]
    reason = rules.breach(course, to, when, table.figures)
    if reason == "order":
        ways = rules.next_states(course.kind, course.state)
        raise StepRefused(
            _("Shut-off {code} is {state}; {to} cannot follow.").format(
                code=code, state=state_title(course.state), to=state_title(to)
            ),
            _("Next may be: {names}").format(names=", ".join(ways)) if ways else _("It is over; plan another."),
        )
    if reason == "time":
        raise StepRefused(
            _("The step before was taken later, at {at}.").format(at=shown_time(_written(course.steps[-1].at))),
            _("Give the time at which it was done."),
        )
    if reason == "notice":
        raise StepRefused(
            _("Users and the fire brigade must have notice {hours:g} h before a planned closing: {source}").format(
                hours=table.notice.amount, source=table.notice.source
            ),
            _("Close later, or plan an emergency shut-off."),
        )
    if reason == "fire":
        raise StepRefused(
            _("Hydrants lose their water, and the fire brigade was not told of it {hours:g} h before: {source}").format(
                hours=table.notice.amount, source=table.notice.source
            ),
            _("Record when it was told, with jnw shutoff fire; close no sooner than that allows."),
        )
    if reason == "supply":
        raise StepRefused(
            _("The outage lasts over {hours:g} h and needs emergency supply: {source}").format(
                hours=table.supply.amount, source=table.supply.source
            ),
            _("Say with --supply how it is arranged."),
        )


def _turned(
    change: Change, kept: Shutoff, valve: dict[str, Any], when: datetime.datetime, who: str | None, **values: Any
) -> None:
    """Log an operation of a valve."""
    row = {"valve": valve["uid"], "before": valve["present_state"]} | values
    _record(change, VALVE_OPERATION, kept.uid, when, who, **row)


def _valves(change: Change, kept: Shutoff) -> list[dict[str, Any]]:
    """The valves of the plan that are still recorded, in the order to close them."""
    names = ("uid", "code", "turns", "present_state", "normal_state")
    return chosen(change.connection, "valve", "uid", kept.plan["close"], *names)


def _close(change: Change, kept: Shutoff, when: datetime.datetime, who: str | None, turns: Mapping[str, float]) -> None:
    valves = _valves(change, kept)
    _known(valves, turns)
    for valve in valves:
        made = turns.get(valve["code"], valve["turns"])
        _turned(change, kept, valve, when, who, action="close", turns=made, result="done", after="closed")
        change.update(VALVE, valve["uid"], {"present_state": "closed", "last_operated": when.date().isoformat()})


def _known(valves: list[dict[str, Any]], turns: Mapping[str, float]) -> None:
    stray = sorted(set(turns) - {valve["code"] for valve in valves})
    if stray:
        raise UsageError(
            _("Valve {code} is not one to close in this plan.").format(code=stray[0]),
            _("The valves are: {valves}").format(valves=", ".join(valve["code"] for valve in valves)),
        )


def _restore(
    change: Change, kept: Shutoff, when: datetime.datetime, who: str | None, turns: Mapping[str, float]
) -> None:
    """Back to the normal state, in the order to refill; what another shut-off in force closed stays closed."""
    held = _held_by_others(change.connection, kept)
    before = _before_closing(change.connection, kept)
    by_uid = {valve["uid"]: valve for valve in _valves(change, kept)}
    _known(list(by_uid.values()), turns)
    for valve in (by_uid[uid] for uid in kept.plan["refill"] if uid in by_uid):
        if valve["uid"] in held:
            _turned(change, kept, valve, when, who, action="open", turns=None, result="held", after="closed")
            continue
        after = valve["normal_state"] or before.get(valve["uid"]) or "open"
        made = turns.get(valve["code"], valve["turns"])
        _turned(change, kept, valve, when, who, action="open", turns=made, result="done", after=after)
        change.update(VALVE, valve["uid"], {"present_state": after, "last_operated": when.date().isoformat()})


def _held_by_others(connection: sa.Connection, kept: Shutoff) -> set[str]:
    """Valves that other shut-offs in force closed, or rely on as closed already."""
    others = sa.select(SHUTOFF.c.plan).where(SHUTOFF.c.state.in_(rules.IN_FORCE), SHUTOFF.c.uid != kept.uid)
    plans = [json.loads(text) for text in connection.scalars(others)]
    return {uid for other in plans for uid in (*other["close"], *other["already_closed"])}


def _before_closing(connection: sa.Connection, kept: Shutoff) -> dict[str, str | None]:
    """The state each valve had before this shut-off closed it, or before another that had it closed already."""
    log = VALVE_OPERATION.c
    mine = sa.select(log.valve).where(log.shutoff == kept.uid, log.action == "close", log.result == "done")
    query = sa.select(log.valve, log.shutoff, log.action, log.before).where(log.result == "done", log.valve.in_(mine))
    first: dict[str, str | None] = {}  # before the first of closings that nothing opened between
    before: dict[str, str | None] = {}
    for row in connection.execute(query.order_by(log.fid)):
        if row.action == "open":
            first.pop(row.valve, None)
        elif row.before != "closed" or row.valve not in first:
            first[row.valve] = row.before
        if row.shutoff == kept.uid:
            before[row.valve] = first.get(row.valve)
    return before


def replan(
    workspace: Workspace,
    code: str,
    valve: str,
    found: str,
    *,
    turns: float | None = None,
    at: str | None = None,
    who: str | None = None,
    why: str | None = None,
) -> dict[str, Any]:
    """A valve of the plan was found ``stuck`` or ``lost``: log it, record its operability, plan the shut-off anew.

    A notified planned shut-off that now hits further customers is to be notified again. Returns what ``show`` tells,
    with ``more_customers``. Raises NoSuchRow, PlanRefused, UsageError.
    """
    when = done_at(at)
    if found not in FAILED:
        raise UsageError(
            _("{found} is not what a valve is found as.").format(found=found),
            _("Choose one of: {names}").format(names=", ".join(FAILED)),
        )
    with workspace.read() as connection:
        kept = load(connection, code)
        burst, *stuck = codes_of(connection, "pipe", [kept.plan["burst"]]) + codes_of(
            connection, "valve", kept.plan["stuck"]
        )
        rows = chosen(connection, "valve", "code", [valve], "uid", "code", "present_state")
    _refuse_replan(kept, valve, rows)
    stuck = [*stuck, valve]
    told = isolate(workspace, pipe=burst, stuck=stuck)
    why = why or _("Valve {valve} cannot be closed: plan shut-off {code} anew").format(valve=valve, code=code)
    with workspace.change(why, who) as change:
        row = _planned(change.connection, told, stuck)
        more = len(set(json.loads(row["plan"])["customers"]) - set(kept.plan["customers"]))
        state = rules.state_after_replan(kept.row["kind"], kept.row["state"], more)
        after = rows[0]["present_state"]
        _turned(change, kept, rows[0], when, who, action="close", turns=turns, result=found, after=after)
        change.update(VALVE, rows[0]["uid"], {"operability": found, "last_operated": when.date().isoformat()})
        change.update(SHUTOFF, kept.uid, row | {"state": state}, kept.row["version"])
        if state != kept.row["state"]:
            note = _("Planned anew: {count} further customers need notice").format(count=more)
            after_last = max(when, kept.course.steps[-1].at)
            _record(change, SHUTOFF_STEP, kept.uid, after_last, who, state=state, note=note)
    return show(workspace, code) | {"more_customers": more}


def _refuse_replan(kept: Shutoff, valve: str, rows: list[dict[str, Any]]) -> None:
    if kept.row["state"] in (*rules.IN_FORCE, *rules.OVER):
        raise PlanRefused(
            _("Shut-off {code} is {state}: its plan is carried out.").format(
                code=kept.row["code"], state=state_title(kept.row["state"])
            ),
            _("Record a valve that cannot be closed before the closing is recorded."),
        )
    if not rows or rows[0]["uid"] not in kept.plan["close"]:
        raise PlanRefused(
            _("Valve {code} is not one to close in this plan.").format(code=valve),
            _("jnw shutoff show lists the valves of the plan."),
        )
