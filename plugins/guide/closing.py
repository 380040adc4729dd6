"""The end of a guide: rules with their sources, trial pits, signatures, its editions, and what it does not promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import shapely
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer, Table, TableStyle

from jnw_desktop.documents.tables import HEAD, LINE, table
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.language import _
from jnw_plugins.guide.measures import Measures
from jnw_plugins.guide.outline import headed
from jnw_plugins.guide.rules import place_on
from jnw_plugins.guide.survey import Finding
from jnw_plugins.guide.table import Distance, RuleTable

PITS = 8  # pipes for which a trial pit is proposed
EMPTY = 2  # rows for pits that nobody proposed
ROW = 17.0  # pt


@dataclass(frozen=True)
class Edition:
    """One guide of the site: its number, the day it was issued, until when it holds, and what became of it."""

    code: str
    issued: str
    valid_until: str
    stands: str


def closing(
    rules: RuleTable, measures: Measures, editions: Sequence[Edition], pits: Flowable, font: str, width: float
) -> list[Flowable]:
    """All of it; a heading stays with what it heads."""
    style = styles(font)
    law = [row.text + ("" if row.verified else f" ({_('not verified')})") for row in rules.law]
    head = [_("Rule"), _("Value"), _("Read in"), _("Verified")]
    sources = table(head, _rule_rows(rules), [2.2, 0.7, 4.5, 0.8], font, width)
    promises = [f"{number}. {row.text}" for number, row in enumerate(measures.disclaimer, start=1)]
    return [
        KeepTogether([*headed(_("Rules and their sources"), font), sources]),
        Spacer(1, 4),
        *[Paragraph(escape(text), style["small"]) for text in law],
        KeepTogether([*headed(_("Trial pits"), font), pits]),
        KeepTogether([*headed(_("On-site disclosure"), font), *_signatures(font, width)]),
        KeepTogether([*headed(_("Editions"), font), _editions(editions, font, width)]),
        KeepTogether(
            [*headed(_("What this guide does not promise"), font)]
            + [Paragraph(escape(text), style["small"]) for text in promises]
        ),
    ]


def _signatures(font: str, width: float) -> list[Flowable]:
    signed = [_("Signature"), _("Name"), _("Telephone"), _("Date")]
    parties = [_("Client"), _("Contractor"), _("Supervisor"), _("Water company")]
    rows = [[_("Party"), *parties], *([title, *[""] * 4] for title in signed)]
    signs = Table(rows, [0.12 * width, *[0.22 * width] * 4], [16, 34, ROW, ROW, ROW])
    signs.setStyle(boxed(font))
    told = _("The places and depths of the pipes, the measures and the telephone numbers above were explained on site.")
    return [Paragraph(escape(told), styles(font)["small"]), signs]


def boxed(font: str) -> TableStyle:
    """The look of a form that is filled in by hand."""
    boxed: list[Any] = [("GRID", (0, 0), (-1, -1), 0.4, LINE), ("FONT", (0, 0), (-1, -1), font, 8)]
    return TableStyle([*boxed, ("BACKGROUND", (0, 0), (-1, 0), HEAD), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])


def pit_table(area: shapely.Geometry, pipes: Sequence[Finding], rule: Coordinates, font: str, width: float) -> Flowable:
    """Where to dig for the pipes the works concern, what is expected there, and room for what is found."""
    head = [
        _("Trial pit"), _("Pipe"), "E (m)", "N (m)", _("Depth to top (m)"), _("Found depth (m)"), _("Found beside (m)"),
        _("Found by"), _("Date"),
    ]  # fmt: skip
    concerned = [one for one in pipes if one.relation.relation != "near"][:PITS]
    rows = []
    for number, one in enumerate(concerned, start=1):
        at = place_on(shapely.from_wkb(one.record.geometry), area)
        told = rule.at((at.x, at.y))
        place = ["–", "–"] if told is None else [f"{value:.10g}" if rule.step else f"{value:.2f}" for value in told]
        depth = one.relation.depth
        rows.append([str(number), one.record.code, *place, _("unknown") if depth is None else f"{depth:.2f}"])
    blank = [[str(len(rows) + number)] for number in range(1, EMPTY + 1)]
    cells = [head, *(row + [""] * (len(head) - len(row)) for row in (*rows, *blank))]
    shares = [0.6, 1.2, 1.2, 1.3, 1, 1, 1, 1.2, 1]
    pits = Table(cells, [width * share / sum(shares) for share in shares], ROW)
    pits.setStyle(boxed(font))
    return pits


def _editions(editions: Sequence[Edition], font: str, width: float) -> Flowable:
    head = [_("Guide"), _("Issued"), _("Valid until"), _("State")]
    rows = [[one.code, one.issued, one.valid_until, one.stands] for one in editions]
    return table(head, rows, [1, 1, 1, 3], font, width)


def _rule_rows(rules: RuleTable) -> list[list[str]]:
    """What each distance is for, its metres, where it was read, and whether anybody looked."""
    named: list[tuple[str, Distance]] = []
    for zone in rules.protection:
        use = label("pipe_use", zone.use) if zone.use else _("every other pipe")
        parts = [
            use,
            *(label("work_type", work) for work in zone.works),
            *(label("material", m) for m in zone.materials),
        ]
        if zone.dn_from is not None or zone.dn_to is not None:
            parts.append(f"DN {zone.dn_from or ''}–{zone.dn_to or ''}")
        named.append((_("Protection distance: {use}").format(use=", ".join(parts)), zone))
    named += [(_("Accuracy of position, class {name}").format(name=row.name), row) for row in rules.accuracy]
    named.append((_("How far around the site facilities are listed"), rules.search))
    return [[name, f"{row.metres:g} m", row.source, _("yes") if row.verified else _("no")] for name, row in named]
