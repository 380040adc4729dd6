"""Checks as use cases: run them, mend what they find, waive a finding with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities.checks.changed import concerned
from jnw_desktop.facilities.checks.findings import SEVERITIES, Finding, Preview, Report, Tally
from jnw_desktop.facilities.checks.limits import read_table
from jnw_desktop.facilities.checks.loading import load
from jnw_desktop.facilities.checks.mends import Edit
from jnw_desktop.facilities.checks.model import CHECK_WAIVER
from jnw_desktop.facilities.checks.nearby import load_nearby
from jnw_desktop.facilities.checks.report import tell
from jnw_desktop.facilities.checks.rules import RULES, Rule, rule_of
from jnw_desktop.facilities.checks.survey import Found, Survey
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import ChangeResult, Workspace
from jnw_desktop.workspace.change import Change
from jnw_desktop.workspace.tables import OWN_COLUMNS

READ = 0.4  # share of the time that reading takes


class NotMendable(UsageError):
    """A rule whose findings nothing can mend safely."""

    kind = "not_mendable"


class NoReason(RefusedError):
    """A waiver without a reason."""

    kind = "no_reason"


def check(
    workspace: Workspace,
    *,
    rules: Sequence[str] | None = None,
    since: int | None = None,
    waived: bool = False,
    limit: int | None = None,
    table: str | Path | None = None,
    task: Task = SILENT,
) -> Report:
    """Look at the workspace with ``rules``, or with all there are. Changes nothing.

    ``since``: only findings about what a change set after that number touched, and its neighbours; where these are few
    no more than what lies about them is read. ``waived``: those
    that are let stand too. ``limit``: of each rule at most so many findings are told; ``counts`` count all. ``table``:
    file of a rule table. Raises UsageError, RuleTableRefused.
    """
    chosen = [rule_of(name) for name in dict.fromkeys(rules)] if rules else list(RULES.values())
    figures = read_table(Path(table) if table else None)
    last = next((entry.id for entry in workspace.history(limit=1)), 0)
    about = None if since is None else load_nearby(workspace, figures, since, task)
    survey = Survey(about or load(workspace, figures, _part(task, 0.0, READ)))
    near = None if since is None else concerned(workspace, survey, since)
    reasons = _reasons(workspace)
    findings: list[Finding] = []
    tallies: list[Tally] = []
    let_stand = 0
    for done, rule in enumerate(chosen):
        task.progress(READ + (1 - READ) * done / len(chosen), _(rule.title))
        found = [one if near is None else one.only(near(one)) for one in rule.look(survey)]
        own = reasons.get(rule.id, {})
        standing = sum(len(one) - int(_open(survey, one, own).sum()) for one in found) if own else 0
        let_stand += standing
        shown = found if waived or not standing else [one.only(_open(survey, one, own)) for one in found]
        if count := sum(len(one) for one in shown):
            tallies.append(Tally(rule.id, rule.title, rule.severity, count, rule.mend is not None))
        findings += _told(rule, survey, shown, own, limit)
    task.progress(1.0)
    tallies.sort(key=lambda tally: list(SEVERITIES).index(tally.severity))
    return Report(findings, tallies, let_stand, figures.edition, last)


def _told(rule: Rule, survey: Survey, found: list[Found], reasons: dict[str, str], limit: int | None) -> list[Finding]:
    told: list[Finding] = []
    for one in found:
        some = one if limit is None else one.only(np.arange(min(len(one), limit - len(told))))
        told += tell(rule, survey, some, reasons)
    return told


def _open(survey: Survey, found: Found, reasons: dict[str, str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) whether a finding is not waived."""
    if not found.kind:
        return np.full(len(found), "" not in reasons)
    uids = survey.city.rows[found.kind].uid[found.rows]
    return np.array([uid not in reasons for uid in uids], dtype=bool)


def _part(task: Task, low: float, high: float) -> Task:
    """A task whose whole is a part of ``task``."""
    part = Task(lambda fraction, message: task.progress(low + (high - low) * fraction, message))
    part.INTERVAL = 0.0
    return part


@dataclass(frozen=True)
class Plan:
    """How a mend puts right what a rule finds: ``edits``, in the order they are made."""

    rule: str
    edits: list[Edit]

    def told(self) -> list[dict[str, str]]:
        """The edits in words: ``action`` (add, change, remove), ``kind``, ``code`` (if it has one), ``message``."""
        names = ("action", "kind", "code", "message")
        return [{name: getattr(edit, name) for name in names} for edit in self.edits]


def plan(
    workspace: Workspace,
    rule: str,
    *,
    uids: Sequence[str] | None = None,
    table: str | Path | None = None,
    task: Task = SILENT,
) -> Plan:
    """How what ``rule`` finds can be put right; nothing is written.

    ``uids``: only findings about these facilities. Waived findings are left alone. Raises UsageError, NotMendable.
    """
    chosen = rule_of(rule)
    if chosen.mend is None:
        able = ", ".join(name for name, other in RULES.items() if other.mend is not None)
        raise NotMendable(
            _("What {rule} finds has to be put right by hand.").format(rule=chosen.id),
            _("These can be mended: {names}").format(names=able),
        )
    survey = Survey(load(workspace, read_table(Path(table) if table else None), task))
    own = _reasons(workspace).get(chosen.id, {})
    found = [one.only(_open(survey, one, own)) for one in chosen.look(survey)]
    if uids is not None:
        found = [one.only(np.isin(survey.city.rows[one.kind].uid[one.rows], list(uids))) for one in found]
    return Plan(chosen.id, list(chosen.mend(survey, found)))


def preview(
    workspace: Workspace, rule: str, *, uids: Sequence[str] | None = None, limit: int = 500, task: Task = SILENT
) -> Preview:
    """What :func:`mend` would do; the first ``limit`` edits in words. Raises what :func:`plan` raises."""
    edits = plan(workspace, rule, uids=uids, task=task).edits
    return Preview(len(edits), [edit.message for edit in edits[:limit]])


def mend(
    workspace: Workspace,
    rule: str,
    *,
    uids: Sequence[str] | None = None,
    who: str | None = None,
    why: str | None = None,
    task: Task = SILENT,
) -> ChangeResult | None:
    """Put right what ``rule`` finds, as one change set; ``None`` where there is nothing to do.

    Raises what :func:`plan` and :func:`carry_out` raise.
    """
    planned = plan(workspace, rule, uids=uids, task=_part(task, 0.0, READ))
    return carry_out(workspace, planned, who=who, why=why, task=_part(task, READ, 1.0))


def carry_out(
    workspace: Workspace, planned: Plan, *, who: str | None = None, why: str | None = None, task: Task = SILENT
) -> ChangeResult | None:
    """Make the edits of a plan, as one change set. Raises Clash when a facility has changed since it was looked at."""
    if not planned.edits:
        return None
    title = _(RULES[planned.rule].title)
    with workspace.change(why or _("Mend: {rule}").format(rule=title), who) as change:
        for done, edit in enumerate(planned.edits):
            task.progress(done / len(planned.edits), title)
            _apply(change, edit)
    return change.result


def _apply(change: Change, edit: Edit) -> None:
    table = KINDS[edit.kind].table
    if edit.action == "remove":
        change.delete(table, edit.uid)
    elif edit.action == "change":
        change.update(table, edit.uid, edit.values, edit.version)
    else:
        change.insert(table, [_copied(change, table, edit.like) | edit.values])


def _copied(change: Change, table: sa.Table, uid: str) -> dict[str, object]:
    """The fields of the row a new one is like, without what only one row can have."""
    if not uid:
        return {}
    row = change.connection.execute(sa.select(table).where(table.c.uid == uid)).mappings().one()
    return {name: value for name, value in row.items() if name not in OWN_COLUMNS}


def _reasons(workspace: Workspace) -> dict[str, dict[str, str]]:
    """Reasons by rule and uid of the facility."""
    reasons: dict[str, dict[str, str]] = {}
    with workspace.read() as connection:
        if sa.inspect(connection).has_table(CHECK_WAIVER.name):  # not in an older workspace that is only read
            for row in connection.execute(sa.select(CHECK_WAIVER)):
                reasons.setdefault(row.rule, {})[row.facility or ""] = row.reason
    return reasons


def waive(
    workspace: Workspace,
    rule: str,
    uids: Sequence[str],
    reason: str,
    *,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Let findings of ``rule`` about these facilities stand, for ``reason``. Raises UsageError, NoReason."""
    chosen, reason = rule_of(rule), reason.strip()
    if not reason:
        raise NoReason(_("A finding is let stand for a reason."), _("Say why it is right as it is."))
    with workspace.change(why or _("Let stand: {rule}").format(rule=_(chosen.title)), who) as change:
        known = _waivers(change.connection, chosen.id)
        for uid in dict.fromkeys(uids):
            if uid in known:
                change.update(CHECK_WAIVER, known[uid], {"reason": reason})
            else:
                change.insert(CHECK_WAIVER, [{"rule": chosen.id, "facility": uid, "reason": reason}])
    return change.result


def unwaive(
    workspace: Workspace, rule: str, uids: Sequence[str], *, who: str | None = None, why: str | None = None
) -> ChangeResult:
    """Take back that findings of ``rule`` about these facilities stand; others are left alone."""
    chosen = rule_of(rule)
    with workspace.change(why or _("Let stand no more: {rule}").format(rule=_(chosen.title)), who) as change:
        known = _waivers(change.connection, chosen.id)
        for uid in dict.fromkeys(uids):
            if uid in known:
                change.delete(CHECK_WAIVER, known[uid])
    return change.result


def _waivers(connection: sa.Connection, rule: str) -> dict[str, str]:
    """Uid of the waiver by uid of the facility."""
    query = sa.select(CHECK_WAIVER.c.facility, CHECK_WAIVER.c.uid).where(CHECK_WAIVER.c.rule == rule)
    return {row.facility or "": row.uid for row in connection.execute(query)}
