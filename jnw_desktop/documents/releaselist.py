"""The register of releases as a workbook or on paper."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.tables import Listing, write_listing
from jnw_desktop.documents.workbook import Value, write_workbook
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.facilities.releases.register import releases
from jnw_desktop.facilities.releases.telling import HEAD, cells
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

SHARES = (1.7, 1.5, 0.8, 0.7, 1.8, 1.8, 1.4, 1.0, 1.2, 1.6, 0.8)


def write_releases(
    workspace: Workspace, out: str, *, text: str = "", terms: Terms = IN_HOUSE, who: str | None = None
) -> str:
    """Write the releases that hold ``text`` to ``out``, a .pdf or a .xlsx; returns its path.

    Raises UsageError, NoFont, DocumentNotWritten.
    """
    ending = Path(out).suffix.lower()
    if ending not in (".pdf", ".xlsx"):
        raise UsageError(_("The register is written as .pdf or .xlsx."), _("Give the file one of these endings."))
    rows = [cells(row) for row in releases(workspace, text)]
    head, title = [_(name) for name in HEAD], _("Register of releases")
    what = "print" if ending == ".pdf" else "export"
    with handing_out(workspace, out, title=title, what=what, terms=terms, who=who) as draft:
        if ending == ".xlsx":
            sums = [_("Kinds"), "SHA-256"]
            more: list[list[Value]] = [[_kinds(row), row["sha256"]] for row in releases(workspace, text)]
            whole = [[*row, *extra] for row, extra in zip(rows, more, strict=True)]
            write_workbook(str(draft.path), title, [*head, *sums], whole, note=draft.stamp)
        else:
            facts = [f"{workspace.properties().get('title', '')} · {datetime.date.today().isoformat()}"]
            lines = [["" if value is None else str(value) for value in row] for row in rows]
            listing = Listing(title, facts, head, lines, SHARES)
            write_listing(listing, str(draft.path), who=draft.who, landscape=True)
    return out


def _kinds(row: dict[str, Any]) -> str:
    return ", ".join(f"{_(KINDS[kind].title) if kind in KINDS else kind} {n:,}" for kind, n in row["kinds"].items())
