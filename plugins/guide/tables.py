"""The guide's tables: pipes, facilities, trial pits, signatures."""

from __future__ import annotations

from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, Spacer, Table, TableStyle

from jnw_desktop.documents.tables import HEAD, LINE, table
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_plugins.guide.sheets import Plan
from jnw_plugins.guide.survey import Finding, relation_name
from jnw_plugins.guide.table import Distance, RuleTable

ALERT = HexColor("#fff0e6")
LEAD = 18.0  # pt above a heading's foot that a bookmark shows
LEAST = 90.0  # pt of room for a heading and the first of what follows


def _metres(value: float | None) -> str:
    return _("unknown") if value is None else f"{value:.2f}"


def _named(code_list: str, value: str | None) -> str:
    return _("unknown") if not value else label(code_list, value)


class Bookmark(Flowable):  # type: ignore[misc]
    """A place in the document's outline; takes no room."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """No size."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Put the place where it is set."""
        self.canv.bookmarkHorizontal(self._title, 0, LEAD)
        self.canv.addOutlineEntry(self._title, self._title)


def section(title: str, font: str) -> list[Flowable]:
    """A heading that is in the outline, and has some of what it heads on its page."""
    return [CondPageBreak(LEAST), *_headed(title, font)]


def _headed(title: str, font: str) -> list[Flowable]:
    return [Bookmark(title), Paragraph(title, styles(font)["heading"])]


def pipe_table(pipes: list[Finding], plan: Plan, font: str, width: float) -> list[Flowable]:
    """Every pipe with its offset and depth, and the detail sheets it is on; those the work concerns are shaded."""
    if not pipes:
        return [Paragraph(_("No pipe lies in or around the site."), styles(font)["body"])]
    head = [
        _("Code"), "DN (mm)", _("Material"), _("Year laid"), _("Embedding"), _("Lifecycle state"), _("Relation"),
        _("Offset (m)"), _("Clear distance (m)"), _("Length inside (m)"), _("Depth to top (m)"),
        _("Accuracy of position"), _("Accuracy of depth"), _("Source, surveyed"),
    ]  # fmt: skip
    rows = [_pipe_row(finding) for finding in pipes]
    shares = [1.3, 0.8, 1.1, 0.9, 0.9, 0.9, 1.2, 0.9, 1, 1, 1, 1.2, 0.9, 1.2]
    made = table(*_with_sheets(head, rows, shares, pipes, plan), font, width)
    shaded = [i for i, finding in enumerate(pipes, start=1) if finding.relation.relation != "near"]
    made.setStyle(TableStyle([("BACKGROUND", (0, i), (-1, i), ALERT) for i in shaded]))
    note = _("Clear distance = offset − half the outer diameter − accuracy of position. Shaded: the work concerns it.")
    return [made, Paragraph(note, styles(font)["small"])]


def _with_sheets(
    head: list[str], rows: list[list[str]], shares: list[float], findings: list[Finding], plan: Plan
) -> tuple[list[str], list[list[str]], list[float]]:
    """A table with a last column that says on which detail sheets a facility is, where there are any."""
    if not plan.details:
        return head, rows, shares
    numbers = plan.sheets_of([finding.record.geometry for finding in findings])
    sheets = [", ".join(map(str, on)) for on in numbers]
    return [*head, _("Sheet")], [[*row, on] for row, on in zip(rows, sheets, strict=True)], [*shares, 0.7]


def _pipe_row(finding: Finding) -> list[str]:
    values: dict[str, Any] = finding.record.values
    relation = finding.relation
    return [
        finding.record.code,
        _("unknown") if values["dn"] is None else str(values["dn"]),
        _named("material", values["material"]),
        _("unknown") if values["year"] is None else str(values["year"]),
        _named("embedding", values["embedding"]),
        _named("state", values["state"]),
        relation_name(relation.relation),
        _metres(relation.offset),
        _metres(relation.clear),
        _metres(relation.length_inside),
        _metres(relation.depth),
        f"{values['accuracy_position'] or _('unknown')} (±{finding.accuracy:g} m)",
        values["accuracy_depth"] or _("unknown"),
        ", ".join([_named("source", values["source"]), *filter(None, [values["survey_date"]])]),
    ]


def facility_table(facilities: list[Finding], plan: Plan, font: str, width: float) -> list[Flowable]:
    """Valves, hydrants and the rest, other owners' lines included."""
    if not facilities:
        return [Paragraph(_("No other facility lies in or around the site."), styles(font)["body"])]
    head = [_("Kind"), _("Code"), _("What"), _("Relation"), _("Offset (m)"), _("Depth to top (m)"), _("Road")]
    rows = []
    for finding in facilities:
        record, relation = finding.record, finding.relation
        values = record.values
        what = label("line_type", values["line_type"]) if values.get("line_type") else (values.get("name") or "")
        dn = f"DN{values['dn']}" if values.get("dn") else ""
        rows.append(
            [
                _(KINDS[record.kind].title), record.code, f"{what} {dn}".strip(), relation_name(relation.relation),
                _metres(relation.offset), _metres(relation.depth), values.get("road") or "",
            ]
        )  # fmt: skip
    return [table(*_with_sheets(head, rows, [1.2, 1.2, 1.4, 1.2, 1, 1, 1.6], facilities, plan), font, width)]


def closing(rules: RuleTable, font: str, width: float) -> list[Flowable]:
    """Rules with their sources, articles of law, trial pits and signatures; those two stay on one page."""
    style = styles(font)
    law = [row.text + ("" if row.verified else f" ({_('not verified')})") for row in rules.law]
    head = [_("Rule"), _("Value"), _("Read in"), _("Verified")]
    sources = table(head, _rule_rows(rules), [2.2, 0.7, 4.5, 0.8], font, width)
    pits = Table(
        [[_("Trial pit"), "E", "N", _("Depth to top (m)"), _("Found by"), _("Date")], *[[""] * 6 for _row in range(4)]],
        [width / 6] * 6,
        16,
    )
    parties = [_("Client"), _("Contractor"), _("Supervisor"), _("Water company")]
    signs = Table([parties, [""] * 4, [_("Signature and date")] * 4], [width / 4] * 4, [16, 40, 14])
    boxed: list[Any] = [("GRID", (0, 0), (-1, -1), 0.4, LINE), ("FONT", (0, 0), (-1, -1), font, 8)]
    boxed += [("BACKGROUND", (0, 0), (-1, 0), HEAD)]
    pits.setStyle(TableStyle(boxed))
    signs.setStyle(TableStyle(boxed))
    return [
        KeepTogether([*_headed(_("Rules and their sources"), font), sources]),
        Spacer(1, 4),
        *[Paragraph(text, style["small"]) for text in law],
        KeepTogether(
            [*_headed(_("Trial pits"), font), pits, Spacer(1, 6), *_headed(_("On-site disclosure"), font), signs]
        ),
    ]


def _rule_rows(rules: RuleTable) -> list[list[str]]:
    """What each distance is for, its metres, where it was read, and whether anybody looked."""
    named: list[tuple[str, Distance]] = []
    for zone in rules.protection:
        use = label("pipe_use", zone.use) if zone.use else _("every other pipe")
        named.append((_("Protection distance: {use}").format(use=use), zone))
    named += [(_("Accuracy of position, class {name}").format(name=row.name), row) for row in rules.accuracy]
    named.append((_("How far around the site facilities are listed"), rules.search))
    return [[name, f"{row.metres:g} m", row.source, _("yes") if row.verified else _("no")] for name, row in named]
