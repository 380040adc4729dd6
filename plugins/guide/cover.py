"""The guide's first page: whose site, where, until when, what was found, what is demanded, whom to call."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyproj
import shapely
from reportlab.lib.colors import HexColor
from reportlab.platypus import ActionFlowable, BaseDocTemplate, Flowable, Paragraph, Spacer, TableStyle

from jnw_desktop.documents.tables import table
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.language import _
from jnw_plugins.guide.cautions import Caution
from jnw_plugins.guide.heading import Heading
from jnw_plugins.guide.mapmarks import numbered_corners
from jnw_plugins.guide.measures import Measures
from jnw_plugins.guide.outline import section
from jnw_plugins.guide.rules import supervision
from jnw_plugins.guide.struck import Plans, Struck
from jnw_plugins.guide.survey import Survey, relation_name

GRAVE = HexColor("#fff0e6")
MOST_CORNERS = 60  # told on the cover
FIRST_COLUMN = "first"  # frame of the cover's page


@dataclass(frozen=True)
class Cover:
    """What the first page tells beside its heading; ``crs``: EPSG code of the site's coordinates.

    ``begin_by``: until when the works begin; ``unknown``: years whose public holidays were not known when that was
    counted.
    """

    found: Survey
    cautions: Sequence[Caution]
    plans: Plans
    measures: Measures
    begin_by: datetime.date
    unknown: Sequence[int]
    crs: int


class SecondColumn(ActionFlowable):  # type: ignore[misc]  # ReportLab tells no types
    """What follows begins in the second column, where it is not there or beyond already."""

    def apply(self, doc: BaseDocTemplate) -> None:
        """End the first column."""
        if doc.frame.id == FIRST_COLUMN:
            doc.handle_frameEnd()


def cover_page(heading: Heading, cover: Cover, font: str, width: float) -> list[Flowable]:
    """The first page in columns ``width`` pt wide; it runs on where there is much to tell."""
    return [
        *section(_("Site and works"), font),
        _facts(heading, cover, font, width),
        *section(_("In an emergency"), font),
        *_contacts(heading, font, width),
        *section(_("Corners of the site"), font),
        *_corners(heading, cover.crs, font, width),
        *section(_("What lies in and around the site"), font),
        *_found(cover, font, width),
        *_known(cover, font, width),
        *_shut_off(cover.plans, font, width),
        SecondColumn(),
        *section(_("What must be done"), font),
        *_measures(heading, cover, font, width),
    ]


def _rows(rows: Sequence[tuple[str, Any]], font: str, width: float) -> Flowable:
    """Titles and values, no head."""
    cells = [[title, _("unknown") if value in (None, "") else str(value)] for title, value in rows]
    made = table(cells[0], cells[1:], [1, 3.2], font, width)
    made.setStyle(TableStyle([("BACKGROUND", (1, 0), (1, 0), HexColor("#ffffff"))]))
    return made


def _facts(heading: Heading, cover: Cover, font: str, width: float) -> Flowable:
    values = heading.site.values
    work, depth = values.get("work_type"), values.get("dig_depth")
    dates = " – ".join(str(values[name])[:10] if values.get(name) else "…" for name in ("start_date", "end_date"))
    validity = cover.measures.validity
    until = f"{heading.valid_until.isoformat()} ({validity.source})"
    begun = f"{cover.begin_by.isoformat()} ({cover.measures.start.source})"
    if cover.unknown:
        years = ", ".join(map(str, cover.unknown))
        begun += "; " + _("the public holidays of {years} are not known").format(years=years)
    return _rows(
        [
            (_("Site"), f"{heading.site.code}  {heading.name}"),
            (_("Road"), values.get("road")),
            (_("Applicant"), values.get("applicant")),
            (_("Contractor"), values.get("contractor")),
            (_("Contact"), " ".join(filter(None, (values.get("contact"), values.get("phone"))))),
            (_("Kind of work"), label("work_type", work) if work else None),
            (_("Depth of digging"), None if depth is None else f"{depth:g} m"),
            (_("Dates of the works"), dates if dates != "… – …" else None),
            (_("Area"), f"{shapely.from_wkb(heading.site.geometry).area:.1f} m²"),
            (_("Valid until"), until),
            (_("Works begin by"), begun),
            (_("Supervision by the company"), _watched(cover)),
        ],
        font,
        width,
    )


def _watched(cover: Cover) -> str:
    table = cover.measures.supervision
    level = supervision(one.relation.relation for one in cover.found.pipes)
    return f"{getattr(table, level)} ({table.source})"


def _contacts(heading: Heading, font: str, width: float) -> list[Flowable]:
    company, style = heading.company, styles(font)
    if not company.phone:
        told = _("The company has not said by which telephone it is reached day and night; ask before you dig.")
        return [Paragraph(escape(told), style["body"])]
    rows = [
        (_("Telephone, 24 hours"), company.phone),
        (_("Company"), company.name),
        (_("Department"), company.department),
        (_("Address"), company.address),
    ]
    return [_rows(rows, font, width)]


def _corners(heading: Heading, crs: int, font: str, width: float) -> list[Flowable]:
    """Every corner, projected and geographic, as exactly as the recipient may know it."""
    style, rule = styles(font), heading.coordinates
    if rule.hidden:
        return [Paragraph(_("Coordinates are not told to this recipient."), style["body"])]
    system = pyproj.CRS.from_epsg(crs)
    corners = numbered_corners(shapely.from_wkb(heading.site.geometry))
    told = [(name, rule.at(place) or place) for name, place in corners[:MOST_CORNERS]]
    degrees = pyproj.Transformer.from_crs(system, system.geodetic_crs, always_xy=True)
    places = np.array([place for _name, place in told])
    lon, lat = degrees.transform(*places.T)
    cells = [
        [name, *_metres(place, rule), *_degrees(east, north, rule)]
        for (name, place), east, north in zip(told, lon.tolist(), lat.tolist(), strict=True)
    ]
    head = [_("Corner"), "E (m)", "N (m)", _("Longitude"), _("Latitude")]
    made: list[Flowable] = [table(head, cells, [0.7, 1.2, 1.3, 1.4, 1.4], font, width)]
    notes = [f"EPSG:{crs} {system.name}"]
    if rule.step:
        notes.append(_("rounded to {step:g} m").format(step=rule.step))
    if len(corners) > MOST_CORNERS:
        notes.append(_("and {count} more").format(count=len(corners) - MOST_CORNERS))
    return [*made, Paragraph("; ".join(notes), style["small"])]


def _metres(place: Sequence[float], rule: Coordinates) -> list[str]:
    return [f"{value:.10g}" if rule.step else f"{value:.2f}" for value in place]


def _degrees(east: float, north: float, rule: Coordinates) -> list[str]:
    """Longitude and latitude with no more figures than the metres they stand for: a degree is about 111 km."""
    figures = 7 if not rule.step else max(0, round(np.log10(111_000.0 / rule.step)))
    return [f"{value:.{figures}f}°" for value in (east, north)]


def _found(cover: Cover, font: str, width: float) -> list[Flowable]:
    """How many pipes lie how, the largest and the shallowest of them, and what else."""
    pipes, style = cover.found.pipes, styles(font)
    if not pipes:
        return [Paragraph(escape(_("No pipe lies in or around the site.")), style["body"])]
    head = [_("Relation"), _("Pipes"), _("Largest DN"), _("Least offset (m)"), _("Least depth (m)"), _("Depth unknown")]
    rows = []
    for relation in ("inside", "touching", "protected", "near"):
        some = [one for one in pipes if one.relation.relation == relation]
        if not some:
            continue
        sizes = [one.record.values["dn"] for one in some if one.record.values["dn"] is not None]
        depths = [one.relation.depth for one in some if one.relation.depth is not None]
        rows.append(
            [
                relation_name(relation),
                str(len(some)),
                str(max(sizes)) if sizes else _("unknown"),
                f"{min(one.relation.offset for one in some):.2f}",
                f"{min(depths):.2f}" if depths else _("unknown"),
                str(len(some) - len(depths)),
            ]
        )
    exposed = [one for one in pipes if one.above is not None and one.above > 0 and one.relation.relation == "inside"]
    told = []
    if exposed:
        most = max(exposed, key=lambda one: one.above or 0.0)
        told.append(
            _("{count} pipes inside lie higher than the bottom of the pit, {code} by {metres:.2f} m.").format(
                count=len(exposed), code=most.record.code, metres=most.above
            )
        )
    others = Counter(str(one.record.values.get("line_type")) for one in cover.found.facilities if _is_line(one))
    if others:
        named = ", ".join(f"{label('line_type', name)} {count}" for name, count in others.most_common())
        told.append(_("Other owners' lines: {lines}.").format(lines=named))
    made: list[Flowable] = [table(head, rows, [1.4, 0.8, 1, 1.1, 1.1, 1], font, width)]
    return [*made, *(Paragraph(escape(text), style["small"]) for text in told)]


def _is_line(finding: Any) -> bool:
    return bool(finding.record.kind == "other_line")


def _known(cover: Cover, font: str, width: float) -> list[Flowable]:
    """Springs, roads, breaks, planned pipes and other sites."""
    if not cover.cautions:
        return []
    rows = [[one.text, one.source + ("" if one.verified else _(" (not verified)"))] for one in cover.cautions]
    made = table([_("To be known"), _("Source")], rows, [3, 1.3], font, width)
    grave = [i for i, one in enumerate(cover.cautions, start=1) if one.grave]
    made.setStyle(TableStyle([("BACKGROUND", (0, i), (-1, i), GRAVE) for i in grave]))
    return [Spacer(1, 4), made]


def _shut_off(plans: Plans, font: str, width: float) -> list[Flowable]:
    """What to shut for each stretch of pipes the works concern."""
    if not plans.plans and not plans.dry:
        return []
    head = [_("If one of these is struck"), _("shut these valves"), _("customers")]
    made = [table(head, [_plan(plan) for plan in plans.plans], [2, 2, 1], font, width)] if plans.plans else []
    notes = [_("As the valves were when the guide was issued; the company's crew shuts them, and nobody else.")]
    if plans.left:
        notes.append(_("For {count} more pipes ask the company.").format(count=plans.left))
    if plans.dry:
        notes.append(
            _("There is no plan for {count} pipes: not in service, or their ends are not known.").format(
                count=plans.dry
            )
        )
    return [*section(_("If a pipe is struck"), font), *made, Paragraph(escape(" ".join(notes)), styles(font)["small"])]


def _plan(plan: Struck) -> list[str]:
    valves = ", ".join(f"{code}?" if code in plan.doubtful else code for code in plan.close)
    if plan.unstoppable:
        valves = _("no set of valves stops it")
    customers = str(plan.customers)
    if plan.essential:
        customers += " " + _("(priority: {codes})").format(codes=", ".join(plan.essential))
    return [", ".join(plan.pipes), valves or _("none"), customers]


def _measures(heading: Heading, cover: Cover, font: str, width: float) -> list[Flowable]:
    work = heading.site.values.get("work_type")
    in_zone = any(one.relation.relation != "near" for one in cover.found.pipes)
    rows = [
        [str(number), one.text, one.source + ("" if one.verified else _(" (not verified)"))]
        for number, one in enumerate(cover.measures.of(work, in_zone), start=1)
    ]
    made: list[Flowable] = [table(["", _("Measure"), _("Article")], rows, [0.3, 3.2, 1.6], font, width)]
    notes = [_("Table of measures: edition {edition}").format(edition=cover.measures.edition)]
    if work is None:
        notes.append(_("the kind of work was not stated: the measures of every kind are listed"))
    return [*made, Paragraph(escape("; ".join(notes)), styles(font)["small"])]
