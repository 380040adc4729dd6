"""The asset ledger as a workbook or on paper: a block for each road or neighbourhood, with its sums."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.tables import Listing, write_listing
from jnw_desktop.documents.workbook import Value, write_workbook
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.ledger import LISTED, Entry, Ledger, ledger
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

SHARES = (2.2, 1.0, 0.7, 1.3, 0.8, 1.1, 2.2, 1.3)
CARDS_ON_PAPER, CARDS_IN_CELL = 4, 200


@dataclass(frozen=True)
class Written:
    """What was written: ``places`` of the ledger, and in all of them ``pipes``, their ``length`` (m), ``value``."""

    file: str
    places: int
    pipes: int
    length: float
    value: float


def write_ledger(
    workspace: Workspace,
    out: str,
    by: str,
    *,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> Written:
    """Write the ledger by ``road`` or ``neighbourhood`` to ``out``, a .xlsx or a .pdf.

    Raises UsageError, NoFont, DocumentNotWritten.
    """
    ending = Path(out).suffix.lower()
    if ending not in (".pdf", ".xlsx"):
        raise UsageError(_("A ledger is written as .pdf or .xlsx."), _("Give the file one of these endings."))
    told = ledger(workspace, by, task=task)
    title = _("Asset ledger by {by}").format(by=_(KINDS[by].title))
    head = [
        _(KINDS[by].title), _("Kind"), _("DN"), _("Material"), _("Count"), _("Length (m)"), _("Fixed-asset cards"),
        _("Original value (yuan)"),
    ]  # fmt: skip
    with handing_out(
        workspace, out, title=title, what="print" if ending == ".pdf" else "export", terms=terms, who=who
    ) as draft:
        if ending == ".xlsx":
            write_workbook(str(draft.path), title, head, _rows(told, CARDS_IN_CELL), note=draft.stamp)
        else:
            facts = [
                f"{workspace.properties().get('title', '')} · {datetime.date.today().isoformat()}",
                _("What is planned or removed is left out. Values are the sum of those that are known."),
            ]
            lines = [[_shown(value) for value in row] for row in _rows(told, CARDS_ON_PAPER)]
            write_listing(Listing(title, facts, head, lines, SHARES), str(draft.path), who=draft.who)
        draft.kinds = {kind: sum(entry.count for entry in told.entries() if entry.kind == kind) for kind in LISTED}
    pipes = _sum("", (entry for entry in told.entries() if entry.kind == "pipe"))
    value = sum(entry.value for entry in told.entries())
    return Written(out, len(told.places), pipes.count, round(pipes.length, 3), round(value, 2))


def _rows(told: Ledger, most_cards: int) -> list[list[Value]]:
    rows: list[list[Value]] = []
    for place in told.places:
        name = place.name or _("unknown")
        lines = [[name, _(KINDS[entry.kind].title), *_figures(entry, most_cards)] for entry in place.entries]
        pipes = list(_pipes(place.entries))  # they come first
        subtotal = [name, _("Subtotal of pipes"), *_figures(_sum("pipe", pipes), 0)]
        rows += [*lines[: len(pipes)], *([subtotal] if pipes else []), *lines[len(pipes) :]]
    rows += [
        [_("Total"), _(KINDS[kind].title), *_figures(_sum(kind, (e for e in told.entries() if e.kind == kind)), 0)]
        for kind in LISTED
    ]
    return rows


def _pipes(entries: Iterable[Entry]) -> Iterable[Entry]:
    return (entry for entry in entries if entry.kind == "pipe")


def _sum(kind: str, entries: Iterable[Entry]) -> Entry:
    whole = Entry(kind)
    for entry in entries:
        whole.count += entry.count
        whole.length += entry.length
        whole.value += entry.value
        whole.valued += entry.valued
    return whole


def _figures(entry: Entry, most_cards: int) -> list[Value]:
    cards = list(entry.cards)
    more = f" … ({len(cards)})" if len(cards) > most_cards and most_cards else ""
    return [
        entry.dn,
        label("material", entry.material) if entry.material else None,
        entry.count,
        round(entry.length, 2) if entry.kind == "pipe" else None,
        (", ".join(cards[:most_cards]) + more) or None,
        round(entry.value, 2) if entry.valued else None,
    ]


def _shown(value: Value) -> str:
    return "" if value is None else f"{value:,.2f}" if isinstance(value, float) else str(value)
