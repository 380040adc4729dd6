"""The protection agreement (供水设施保护协议) of a site, to be signed: parties, pipes concerned, terms."""

from __future__ import annotations

from xml.sax.saxutils import escape

from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer, Table

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.paper import paper_size
from jnw_desktop.documents.tables import table, write_story
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.closing import boxed
from jnw_plugins.guide.company import Company, company
from jnw_plugins.guide.measures import read_measures
from jnw_plugins.guide.survey import Finding, relation_name, survey
from jnw_plugins.guide.table import read_table

KIND = "construction_site"
EDGE = 80.0  # pt of both margins


def agreement(workspace: Workspace, code: str, out: str, *, terms: Terms = IN_HOUSE, who: str | None = None) -> str:
    """Write the agreement about the site ``code`` to the PDF ``out``; returns its path.

    That it was signed is recorded by :func:`jnw_plugins.guide.process.disclose`. Raises NoSuchRow, NoFont,
    DocumentNotWritten.
    """
    site = queries.find(workspace, code, KIND)
    concerned = [one for one in survey(workspace, site, read_table()).pipes if one.relation.relation != "near"]
    title = _("Agreement on the protection of water supply facilities")
    size = paper_size("A4", landscape=False)
    with handing_out(workspace, out, title=f"{title} {site.code}", terms=terms, who=who) as draft:
        story = _story(title, site, concerned, company(workspace), size[0] - EDGE)
        write_story(title, story, str(draft.path), who=draft.who, size=size, demonstration=workspace.is_demonstration)
        draft.kinds, draft.bounds = {"pipe": len(concerned), KIND: 1}, queries.bounds_of(site.geometry)
    return out


def _story(title: str, site: Record, pipes: list[Finding], ours: Company, width: float) -> list[Flowable]:
    font = chinese_font()
    style, values = styles(font), site.values
    work, depth = values.get("work_type"), values.get("dig_depth")
    works = [label("work_type", work) if work else _("unknown"), "" if depth is None else f"{depth:g} m"]
    facts = [
        [_("Site"), f"{site.code} {values.get('name') or ''}".strip()],
        [_("Water company"), " ".join(filter(None, (ours.name, ours.department))) or "　"],
        [_("Telephone, 24 hours"), ours.phone or "　"],
        [_("Client"), values.get("applicant") or "　"],
        [_("Contractor"), values.get("contractor") or "　"],
        [_("Kind of work"), " ".join(filter(None, works))],
    ]
    measures = read_measures().of(work, in_zone=bool(pipes))
    clauses = [
        f"{number}. {row.text}（{row.source}{'' if row.verified else _(' (not verified)')}）"
        for number, row in enumerate(measures, start=1)
    ]
    return [
        Paragraph(escape(title), style["heading"]),
        table(facts[0], facts[1:], [1, 3.4], font, width),
        Paragraph(escape(_("The facilities")), style["heading"]),
        *_facilities(pipes, font, width),
        Paragraph(escape(_("What is agreed")), style["heading"]),
        *[Paragraph(escape(clause), style["body"]) for clause in clauses],
        Spacer(1, 8),
        KeepTogether([_signatures(font, width)]),
    ]


def _facilities(pipes: list[Finding], font: str, width: float) -> list[Flowable]:
    if not pipes:
        return [Paragraph(escape(_("No pipe lies in the site or is protected from it.")), styles(font)["body"])]
    rows = []
    for one in pipes:
        values, depth = one.record.values, one.relation.depth
        material = values.get("material")
        rows.append(
            [
                one.record.code,
                _("unknown") if values["dn"] is None else f"DN{values['dn']}",
                label("material", material) if material else _("unknown"),
                relation_name(one.relation.relation),
                f"{one.relation.offset:.2f}",
                _("unknown") if depth is None else f"{depth:.2f}",
            ]
        )
    head = [_("Code"), "DN", _("Material"), _("Relation"), _("Offset (m)"), _("Depth to top (m)")]
    return [table(head, rows, [1.3, 0.8, 1.1, 1.2, 1, 1.1], font, width)]


def _signatures(font: str, width: float) -> Flowable:
    parties = [_("Water company"), _("Client"), _("Contractor"), _("Supervisor")]
    rows = [parties, [_("(seal)")] * 4, [_("Signature and date")] * 4]
    made = Table(rows, [width / 4] * 4, [16, 70, 30])
    made.setStyle(boxed(font))
    return made
