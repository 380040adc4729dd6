"""``jnw check``: look at the data, mend what can be mended, let stand what is right as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, User, Where, Why, answer, task
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.checks import operations
from jnw_desktop.facilities.checks.operations import Plan
from jnw_desktop.facilities.checks.report import Report
from jnw_desktop.facilities.checks.rules import RULES, SEVERITIES
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

ALL = "all"  # of --fix: everything that can be mended
SHOWN = 20  # findings of one rule that people are shown; --json has them all

Rules = Annotated[list[str] | None, typer.Option("--rule", help=_("Only this check; may be given again."))]
Fix = Annotated[
    list[str] | None, typer.Option("--fix", help=_("Mend what this check finds, or all; may be given again."))
]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("With --fix: only say what would be done."))]
Since = Annotated[
    int | None, typer.Option("--since", help=_("Only what was changed after this change set, and its neighbours."))
]
Waived = Annotated[bool, typer.Option("--waived", help=_("Findings that are let stand too."))]
Limit = Annotated[int | None, typer.Option("--limit", min=0, help=_("At most so many findings of each check."))]
Table = Annotated[Path | None, typer.Option("--rules", help=_("A rule table of your own (TOML)."))]
Waive = Annotated[str | None, typer.Option("--waive", help=_("Let findings of this check stand; needs --code, --why."))]
Unwaive = Annotated[str | None, typer.Option("--unwaive", help=_("Let findings of this check stand no more."))]
Codes = Annotated[
    list[str] | None,
    typer.Option("--code", help=_("A facility it is about; may be given again.")),
]


def check(  # noqa: PLR0913, PLR0917 - a command has its options
    where: Where,
    rule: Rules = None,
    fix: Fix = None,
    dry_run: DryRun = False,
    since: Since = None,
    waived: Waived = False,
    limit: Limit = None,
    rules: Table = None,
    waive: Waive = None,
    unwaive: Unwaive = None,
    code: Codes = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Look at the data of a workspace; exit status 0 whatever is found."""
    if dry_run and not fix:
        raise UsageError(_("--dry-run says what --fix would do."), _("Give --fix RULE as well."))
    if (waive or unwaive) and not code:
        raise UsageError(_("--waive and --unwaive are about facilities."), _("Name them: --code CODE."))
    running = task(as_json)
    writes = bool((fix and not dry_run) or waive or unwaive)
    with Workspace.open(where, read_only=not writes) as opened:
        uids = [queries.find(opened, name).uid for name in code or ()]
        if waive:
            operations.waive(opened, waive, uids, why or "", who=user)
        if unwaive:
            operations.unwaive(opened, unwaive, uids, who=user, why=why)
        plans = []
        for name in _mendable(fix or []):
            plans.append(operations.plan(opened, name, table=rules, task=running))
            if not dry_run:
                operations.carry_out(opened, plans[-1], who=user, why=why, task=running)
        report = operations.check(
            opened, rules=rule, since=since, waived=waived, limit=limit, table=rules, task=running
        )
    value: dict[str, Any] = {
        "findings": report.findings,
        "counts": report.counts,
        "waived": report.waived,
        "edition": report.edition,
    }
    if fix:
        value["mended"] = [{"rule": one.rule, "applied": not dry_run, "edits": one.told()} for one in plans]
    answer(as_json, value, lambda: [*_mends(plans, dry_run), *_lines(report)])


def _mendable(names: list[str]) -> list[str]:
    if ALL in names:
        return [name for name, rule in RULES.items() if rule.mend is not None]
    return list(dict.fromkeys(names))


def _mends(plans: list[Plan], dry_run: bool) -> list[str]:
    lines = []
    for one in plans:
        said = _("Would be mended: {title} ({count})") if dry_run else _("Mended: {title} ({count})")
        lines.append(said.format(title=_(RULES[one.rule].title), count=len(one.edits)))
        lines += [f"  {edit.message}" for edit in one.edits[:SHOWN]]
        lines += [_("  … and {count} more").format(count=len(one.edits) - SHOWN)] if len(one.edits) > SHOWN else []
    return lines


def _lines(report: Report) -> list[str]:
    lines = []
    for name, count in report.counts.items():
        rule = RULES[name]
        lines.append(f"{_(SEVERITIES[rule.severity])}  {_(rule.title)} ({name}): {count}")
        those = [one for one in report.findings if one.rule == name]
        for one in those[:SHOWN]:
            place = "" if one.at is None else f" [{one.at[0]:.2f}, {one.at[1]:.2f}]"
            lines.append(f"  {one.code or '–'}{place}  {one.message}")
        lines += [_("  … and {count} more").format(count=count - SHOWN)] if len(those) > SHOWN else []
    total = sum(report.counts.values())
    lines.append(_("{count} findings; {waived} are let stand.").format(count=total, waived=report.waived))
    return lines
