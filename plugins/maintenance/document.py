"""Upkeep on paper: the round of what is due with its maps, and the report with its bars."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from reportlab.platypus import Flowable, Paragraph

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.rounds import Round, Stop, write_round
from jnw_desktop.documents.tables import Bar, Listing, write_listing
from jnw_desktop.documents.text import styles
from jnw_desktop.documents.workbook import Bars, Value, write_workbook
from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.due import due
from jnw_plugins.maintenance.records import report
from jnw_plugins.maintenance.scope import task_title

MOST_STOPS = 600  # of one document
ON_MAP = 18  # stops of one map: so many rows fit under it
SHARES = (0.65, 1.4, 1.3, 0.6, 1.5, 1.1, 1.1, 0.8, 0.9, 1.2)


class RoundRefused(RefusedError):
    """A round with nothing to do, or with too much for one document."""

    kind = "round_refused"


def print_due(
    workspace: Workspace,
    out: str,
    *,
    code: str = "",
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
    **wanted: Any,
) -> str:
    """Print what ``due`` finds (``wanted``: as it is asked for) to the PDF ``out``; returns its path.

    ``code`` stands in the title. Facilities that lie together share a map. Raises UsageError, NoSuchRow, RoundRefused,
    NoFont, NoQgis, DocumentNotWritten.
    """
    told = due(workspace, **(wanted | {"limit": MOST_STOPS + 1}))
    rows = [row for row in told["facilities"] if row["at"] is not None]
    if not rows:
        raise RoundRefused(_("Nothing is due of what was asked for."), _("Look further ahead, or at other plans."))
    if told["total"] > MOST_STOPS:
        raise RoundRefused(
            _("{count:,} facilities are due; a round takes {most}.").format(count=told["total"], most=MOST_STOPS),
            _("Ask for a plan, a road or a task, or export the list as a workbook."),
        )
    groups = rules.tours(np.array([row["at"] for row in rows]), ON_MAP)
    asked = [task_title(wanted["of_task"]) if wanted.get("of_task") else "", wanted.get("plan"), wanted.get("road")]
    facts = [*(part for part in asked if part), _("as of {day}").format(day=told["as_of"])]
    facts.append(_("{count} facilities").format(count=len(rows)))
    head = [
        _("No."), _("Code"), _("Task"), _("DN"), _("Road"), _("Last done"), _("Due on"), _("Date done"), _("Result"),
        _("Measured"),
    ]  # fmt: skip
    style = styles(chinese_font())["body"]
    sign: list[Flowable] = [Paragraph(_("Signature and date") + "：" + "＿" * 16, style)]
    title = _("Upkeep that is due") + (f"  {code}" if code else "")
    with handing_out(workspace, out, title=title, terms=terms, who=who) as draft:
        stops = [
            [Stop(tuple(rows[at]["at"]), _row(rows[at], draft.coordinates)) for at in group.tolist()]
            for group in groups
        ]
        write_round(workspace, Round(title, facts, head, SHARES, stops, after=sign), draft, task=task)
        draft.kinds = Counter(row["kind"] for row in rows)
    return out


def _row(row: dict[str, Any], coordinates: Coordinates) -> list[str]:
    late = row["state"] == "overdue"
    when = row["due"] + (f" {_('overdue')}" if late else "")
    place = row["road"] or coordinates.shown(*row["at"])
    dn = "–" if row["dn"] is None else str(row["dn"])
    return [row["code"], task_title(row["task"]), dn, place, row["last"] or _("never"), when, "", "", ""]


def write_report(
    workspace: Workspace,
    out: str,
    *,
    code: str = "",
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
    **wanted: Any,
) -> str:
    """Write what ``report`` tells (``wanted``: as it is asked for) to ``out``, a .pdf or .xlsx; returns its path.

    Raises UsageError, NoFont, DocumentNotWritten.
    """
    ending = Path(out).suffix.lower()
    if ending not in (".pdf", ".xlsx"):
        raise UsageError(_("A report is written as .pdf or .xlsx."), _("Give the file one of these endings."))
    told = report(workspace, **wanted)
    task.progress(0.5, _("Writing"))
    title = _("Upkeep {since} to {until}").format(since=told["since"], until=told["until"]) + (
        f" {code}" if code else ""
    )
    results = [label("maintenance_result", result) for result in rules.RESULTS]
    head = [_("Grouped by"), _("Value"), _("To do"), _("Done"), _("Completion (%)"), *results]
    rows = _report_rows(told)
    what = "print" if ending == ".pdf" else "export"
    with handing_out(workspace, out, title=title, what=what, terms=terms, who=who) as draft:
        if ending == ".xlsx":
            bars = Bars(_("Completion (%)"), 1, 4, len(told["months"]))
            write_workbook(str(draft.path), title, head, rows, bars, note=draft.stamp)
        else:
            listing = _listing(told, title, head, rows)
            write_listing(listing, str(draft.path), who=draft.who, demonstration=workspace.is_demonstration)
    return out


def _listing(told: dict[str, Any], title: str, head: list[str], rows: list[list[Value]]) -> Listing:
    bars = [Bar(month["month"], round(100 * (month["completion"] or 0), 1)) for month in told["months"]]
    facts = [_("Due: by the end of the month, as it began; of the facilities and plans as they are now.")]
    shown = [["" if value is None else f"{value:,}" if isinstance(value, int) else str(value) for value in row]
             for row in rows]  # fmt: skip
    return Listing(title, facts, head, shown, (0.9, 1.6, 1, 1, 1, 1, 1, 1.1), bars, _("Completion (%)"))


def _report_rows(told: dict[str, Any]) -> list[list[Value]]:
    """Months, tasks and people, one under the other."""
    rows: list[list[Value]] = []
    for month in told["months"]:
        share = None if month["completion"] is None else round(100 * month["completion"], 1)
        rows.append([_("Month"), month["month"], month["due"], month["done"], share, None, None, None])
    for row in told["tasks"]:
        results = [row[result] for result in rules.RESULTS]
        rows.append([_("Task"), task_title(row["task"]), None, row["done"], None, *results])
    for row in told["people"]:
        rows.append([_("Person"), row["by"] or _("unknown"), None, None, None, *(row[one] for one in rules.RESULTS)])
    return rows
