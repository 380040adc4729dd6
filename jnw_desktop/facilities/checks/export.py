"""Findings as a table that a spreadsheet opens."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities.checks.findings import SEVERITIES
from jnw_desktop.facilities.checks.operations import check
from jnw_desktop.facilities.checks.rules import RULES
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms, leaving
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace


class ListNotWritten(RefusedError):
    """The file cannot be written."""

    kind = "list_not_written"


def export(
    workspace: Workspace,
    file: str,
    *,
    rules: Sequence[str] | None = None,
    terms: Terms = IN_HOUSE,
    task: Task = SILENT,
) -> int:
    """Check, and write every finding to ``file`` (CSV, UTF-8 with a mark that spreadsheets know); returns how many.

    Raises ListNotWritten, and what :func:`check` raises.
    """
    report = check(workspace, rules=rules, task=task)
    heads = (_("Severity"), _("Check"), _("Kind"), _("Code"), _("East"), _("North"), _("What to do"))
    try:
        with (
            leaving(workspace, "export", file, title=_("Findings"), terms=terms) as draft,
            draft.path.open("w", encoding="utf-8-sig", newline="") as out,
        ):
            writer = csv.writer(out)
            if draft.stamp:
                writer.writerow([draft.stamp])
            writer.writerow(heads)
            for one in report.findings:
                rule = RULES[one.rule]
                kind = _(KINDS[one.kind].title) if one.kind else ""
                place = draft.coordinates.at(one.at) or ("", "")
                severity = _(SEVERITIES[rule.severity])
                writer.writerow([severity, _(rule.title), kind, one.code or "", *place, one.message])
    except OSError as error:
        raise ListNotWritten(
            _("The list cannot be written to {file}: {reason}").format(file=file, reason=error.strerror),
            _("Choose another place, or close the program that has the file open."),
        ) from error
    return len(report.findings)
