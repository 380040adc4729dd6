"""Statistics on paper and as a workbook, each with its chart."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.tables import Bar, Listing, write_listing
from jnw_desktop.documents.workbook import Bars, Value, write_workbook
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Draft, Terms
from jnw_desktop.facilities.statistics import Group, Statistics, statistics
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace


def write_statistics(
    workspace: Workspace,
    kind: str,
    by: Sequence[str],
    out: str,
    *,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> str:
    """Count as :func:`jnw_desktop.facilities.statistics.statistics` does and write ``out``, a .pdf or a .xlsx.

    Returns its path. Raises UsageError, NoFont, DocumentNotWritten.
    """
    ending = Path(out).suffix.lower()
    if ending not in (".pdf", ".xlsx"):
        raise UsageError(_("Statistics are written as .pdf or .xlsx."), _("Give the file one of these endings."))
    told = statistics(workspace, kind, by, task=task)
    title = _("{kind}: statistics by {by}").format(kind=_(KINDS[kind].title), by=" × ".join(told.titles))
    what = "print" if ending == ".pdf" else "export"
    with handing_out(workspace, out, title=title, what=what, terms=terms, who=who) as draft:
        _write(workspace, told, title, draft)
        draft.kinds = {kind: told.count}
    return out


def _write(workspace: Workspace, told: Statistics, title: str, draft: Draft) -> None:
    by, out, long = told.by, str(draft.path), told.length > 0
    head = [*told.titles, _("Count"), *([_("Length (km)"), _("Share (%)")] if long else [])]
    if draft.path.suffix.lower() == ".xlsx":
        rows = [[*group.titles, *_figures(told, group)] for group in told.groups]
        total: list[Value] = [_("Total"), *[""] * (len(by) - 1), *_figures(told, None)]
        bars = Bars(title, 0, len(by) + (1 if long else 0), len(rows)) if len(by) == 1 else None
        write_workbook(out, title, head, [*rows, total], bars, note=draft.stamp)
        return
    facts = [
        f"{workspace.properties().get('title', '')} · EPSG:{workspace.crs} · {datetime.date.today().isoformat()}",
        _("The length of a pipe is the one recorded, and that of its geometry where none is."),
    ]
    lines = [[*group.titles, *map(_shown, _figures(told, group))] for group in told.groups]
    lines.append([_("Total"), *[""] * (len(by) - 1), *map(_shown, _figures(told, None))])
    chart = [
        Bar(" · ".join(group.titles), round(group.length / 1000, 3) if long else group.count) for group in told.groups
    ]
    listing = Listing(title, facts, head, lines, bars=chart, bars_title=head[len(by) + (1 if long else 0)])
    write_listing(listing, out, who=draft.who, demonstration=workspace.is_demonstration)


def _figures(told: Statistics, group: Group | None) -> list[Value]:
    """Count, and of lines the length in km and its share; of all of them without a group."""
    count, length = (told.count, told.length) if group is None else (group.count, group.length)
    if not told.length:
        return [count]
    return [count, round(length / 1000, 3), round(100 * length / told.length, 2)]


def _shown(value: Value) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
