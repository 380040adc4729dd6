"""The plans of upkeep: made, ended, listed; and which facilities each is about."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities.filters import parse_filter
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import find
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.holding import hold
from jnw_plugins.maintenance.model import PLAN
from jnw_plugins.maintenance.scope import day_of, no_plan, scope_title, task_of, task_title
from jnw_plugins.maintenance.table import read_table

MOST_MONTHS = 600
TOLD = ("code", "title", "task", "months", "source", "condition", "dn_from", "dn_to", "road", "start", "ended")


class PlanRefused(RefusedError):
    """A plan that cannot be ended."""

    kind = "plan_refused"


def plan(  # noqa: PLR0913 - what a plan says
    workspace: Workspace,
    *,
    of_task: str,
    months: int | None = None,
    title: str | None = None,
    where: str = "",
    dma: str | None = None,
    dn_from: int | None = None,
    dn_to: int | None = None,
    road: str | None = None,
    start: str | None = None,
    who: str | None = None,
    why: str | None = None,
) -> dict[str, Any]:
    """Make a plan: ``of_task`` every ``months`` from ``start`` (today) on.

    Returns what ``listed`` tells of it, how many ``facilities`` it holds now, and ``warnings``.
    ``where``: a condition as in ``filters.py``; ``dma``: code of a DMA; DN in mm, both ends included. With none of them
    the plan is about the whole city. Without ``months`` the interval is the law's; where it gives none the user must
    say it. A longer interval than the law's is kept and warned of. Raises UsageError, NoSuchRow.
    """
    asked = task_of(of_task)
    figure = read_table().of(of_task)
    row: dict[str, Any] = {"task": of_task, "months": _interval(asked, months), "condition": where.strip() or None}
    if where.strip():
        parse_filter(where, KINDS[asked.kind])
    if dn_from is not None or dn_to is not None:
        _refuse_dn(asked, dn_from, dn_to)
    row |= {"dn_from": dn_from, "dn_to": dn_to, "road": (road or "").strip() or None, "title": title or None}
    row["source"] = figure.source if figure is not None and months in (None, figure.months) else None
    row["dma"] = find(workspace, dma, "dma").uid if dma else None
    row["start"] = day_of(start).isoformat()
    with workspace.change(why or _("Plan of upkeep: {task}").format(task=task_title(of_task)), who) as change:
        (uid,) = change.insert(PLAN, [row])
    told = next(one for one in listed(workspace) if one["uid"] == uid)
    with workspace.read() as connection:
        count = len(hold(workspace, connection, asked, [row]).fids)
    return told | {"facilities": count, "warnings": _warnings(row, count)}


def _interval(task: rules.Task, months: int | None) -> int:
    figure = read_table().of(task.id)
    if months is None and figure is not None:
        return figure.months
    if months is None:
        raise UsageError(
            _("No law or standard on record gives an interval for: {task}").format(task=task_title(task.id)),
            _("State the interval in months: --months 12"),
        )
    if not 1 <= months <= MOST_MONTHS:
        raise UsageError(
            _("An interval is 1 to {most} months.").format(most=MOST_MONTHS), _("State it in whole months.")
        )
    return months


def _refuse_dn(task: rules.Task, low: int | None, high: int | None) -> None:
    if KINDS[task.kind].field("dn") is None:
        raise UsageError(
            _("{kind} has no nominal diameter.").format(kind=_(KINDS[task.kind].title)), _("Leave it out of the plan.")
        )
    if low is not None and high is not None and low > high:
        raise UsageError(_("The range of diameters ends before it begins."), _("Give the smaller one first."))


def _warnings(row: dict[str, Any], count: int) -> list[str]:
    figure = read_table().of(row["task"])
    said = []
    if figure is not None and row["months"] > figure.months:
        told = _("The interval is longer than the {months} months allowed: {source}")
        said.append(told.format(months=figure.months, source=figure.source))
    if not count:
        said.append(_("No facility in service is such as the plan says."))
    return said


def end(
    workspace: Workspace, code: str, *, on: str | None = None, who: str | None = None, why: str | None = None
) -> dict[str, Any]:
    """End a plan; its last day is ``on`` (today). The records stay. Raises NoSuchRow, PlanRefused, UsageError."""
    day = day_of(on).isoformat()
    with workspace.change(why or _("End plan {code}").format(code=code), who) as change:
        row = change.connection.execute(sa.select(PLAN).where(PLAN.c.code == code)).mappings().first()
        if row is None:
            raise no_plan(code)
        if row["ended"] is not None:
            raise PlanRefused(
                _("Plan {code} ended on {day}.").format(code=code, day=row["ended"]), _("Make another plan.")
            )
        change.update(PLAN, row["uid"], {"ended": day}, row["version"])
    return next(one for one in listed(workspace) if one["code"] == code)


def listed(workspace: Workspace) -> list[dict[str, Any]]:
    """Every plan, those that go on first; ``kind`` of facility, ``dma`` by code, ``scope`` in the user's language."""
    dma = KINDS["dma"].table
    query = sa.select(PLAN, dma.c.code.label("dma_code")).outerjoin(dma, dma.c.uid == PLAN.c.dma)
    with workspace.read() as connection:
        rows = [dict(row) for row in connection.execute(query.order_by(PLAN.c.fid)).mappings()]
    told = [{name: row[name] for name in ("uid", *TOLD)} | _more(row) for row in rows]
    return sorted(told, key=lambda row: row["ended"] is not None)


def _more(row: dict[str, Any]) -> dict[str, Any]:
    return {"kind": rules.TASKS[row["task"]].kind, "dma": row["dma_code"], "scope": scope_title(row)}
