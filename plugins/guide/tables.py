"""The guide's tables of pipes and facilities."""

from __future__ import annotations

from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, Paragraph, TableStyle

from jnw_desktop.documents.tables import table
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_plugins.guide.sheets import Plan
from jnw_plugins.guide.survey import Finding, relation_name

ALERT = HexColor("#fff0e6")


def _metres(value: float | None) -> str:
    return _("unknown") if value is None else f"{value:.2f}"


def _named(code_list: str, value: str | None) -> str:
    return _("unknown") if not value else label(code_list, value)


def pipe_table(pipes: list[Finding], plan: Plan, font: str, width: float) -> list[Flowable]:
    """Every pipe with its offset and depth, and the detail sheets it is on; those the work concerns are shaded."""
    if not pipes:
        return [Paragraph(_("No pipe lies in or around the site."), styles(font)["body"])]
    head = [
        _("Code"), "DN (mm)", _("Material"), _("Year laid"), _("Embedding"), _("Lifecycle state"), _("Relation"),
        _("Offset (m)"), _("Clear distance (m)"), _("Required (m)"), _("Length inside (m)"), _("Depth to top (m)"),
        _("Above pit bottom (m)"), _("Accuracy of position"), _("Accuracy of depth"), _("Source, surveyed"),
    ]  # fmt: skip
    rows = [_pipe_row(finding) for finding in pipes]
    shares = [1.3, 0.95, 1.1, 0.8, 0.9, 0.8, 1.0, 0.9, 0.9, 0.8, 0.9, 0.9, 0.9, 1.1, 0.8, 1.3]
    made = table(*_with_sheets(head, rows, shares, pipes, plan), font, width)
    shaded = [i for i, finding in enumerate(pipes, start=1) if finding.relation.relation != "near"]
    made.setStyle(TableStyle([("BACKGROUND", (0, i), (-1, i), ALERT) for i in shaded]))
    note = _("Clear distance = offset − half the outer diameter − accuracy of position. Shaded: the work concerns it.")
    note += " " + _("Above pit bottom: how far the top of the pipe lies over the bottom of the works as stated.")
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
        f"{finding.rule.metres:g}",
        _metres(relation.length_inside),
        _metres(relation.depth),
        _metres(finding.above),
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
