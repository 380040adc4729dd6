"""The notice of a shut-off to those it hits, and the register as a workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import shapely
from reportlab.platypus import Flowable, Paragraph, Spacer

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.foundsheet import Drawn, write_with_map
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.paper import MARGIN, paper_size
from jnw_desktop.documents.tables import table
from jnw_desktop.documents.text import styles
from jnw_desktop.documents.workbook import write_workbook
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY
from jnw_plugins.shutoff.register import Shutoff, chosen, listed, load
from jnw_plugins.shutoff.table import read_table
from jnw_plugins.shutoff.titles import kind_title, shown_time, state_title

AREA_INK = "#c92a2a"
BENEATH = ("road", "building", "neighbourhood")  # of a map that everybody sees
BESIDE = 60.0  # m shown round the area
ABOUT_CUSTOMER, GROWN = 40.0, 30.0  # m; nearer than twice both together, places are one area


def write_notice(workspace: Workspace, code: str, out: str, *, terms: Terms = IN_HOUSE, who: str | None = None) -> str:
    """Write the notice of the shut-off ``code`` to the PDF ``out``; returns its path.

    Says the reason, the time and the area, as the law asks, and shows the area: no pipe, no valve. Raises NoSuchRow,
    NoFont, DocumentNotWritten.
    """
    with workspace.read() as connection:
        kept = load(connection, code)
        customers = chosen(connection, "customer", "uid", kept.plan["customers"], "code", "name", "priority", GEOMETRY)
    places, elsewhere = _neighbourhoods(workspace, [row[GEOMETRY] for row in customers])
    font = chinese_font()
    size = paper_size("A4", landscape=False)
    style, width = styles(font), size[0] - 2 * MARGIN
    title = _("Notice of a water shut-off") + f" {code}"

    def lines(texts: Sequence[str], name: str = "body") -> list[Flowable]:
        return [Paragraph(escape(text), style[name]) for text in texts]

    story = lines([title], "heading") + lines([_("To the users concerned and the fire brigade:")])
    story.append(table([_("Item"), _("Content")], _facts(kept, len(customers)), [1, 4], font, width))
    story += lines([_("Area without water")], "heading")
    rows = [[name, str(count)] for name, count in places]
    if elsewhere:
        rows.append([_("Outside any neighbourhood"), str(elsewhere)])
    if rows:
        story.append(table([_("Neighbourhood"), _("Customers")], rows, [3, 1], font, width))
    else:
        story += lines([_("No customer is recorded on the pipes that are shut off.")])
    essential = [row for row in customers if row["priority"]]
    if essential:
        story += lines([_("Priority users without water")], "heading")
        rows = [[row["code"], row["name"] or "", label("priority", row["priority"])] for row in essential]
        story.append(table([_("Code"), _("Name"), _("Priority user")], rows, [1, 2, 1], font, width))
    story += lines([_("Please store water. After it is back, let the tap run until the water is clear.")])
    story += [Spacer(1, 8), *lines([row.text for row in read_table().law], "small")]
    area = _area([row[GEOMETRY] for row in customers])
    legend, kinds = [(AREA_INK, _("Area without water"))], {"customer": len(customers)}
    drawn = Drawn({AREA_INK: area}, legend, beside=BESIDE, layers=BENEATH, kinds=kinds)
    return write_with_map(workspace, title, story, out, drawn, terms=terms, who=who)


def _area(points: Sequence[bytes | None]) -> list[bytes]:
    """What lies about the customers at ``points`` (WKB) as one outline (WKB); none where no place is known."""
    there = shapely.from_wkb(np.array([wkb for wkb in points if wkb is not None], dtype=object))
    if not len(there):
        return []
    return [shapely.to_wkb(shapely.union_all(shapely.buffer(there, ABOUT_CUSTOMER)).buffer(GROWN).buffer(-GROWN))]


def _facts(kept: Shutoff, customers: int) -> list[list[str]]:
    row = kept.row
    hours = _("{hours:.1f} h").format(hours=kept.course.hours)
    span = f"{shown_time(row['planned_begin'])} – {shown_time(row['planned_end'])}"
    return [
        [_("Kind"), kind_title(row["kind"])],
        [_("Reason"), row["reason"]],
        [_("Time"), f"{span} ({hours})"],
        [_("Road"), row["road"] or "–"],
        [
            _("Extent"),
            _("{customers} customers, {households} households").format(
                customers=customers, households=kept.plan["households"]
            ),
        ],
        [_("Hydrants without water"), str(len(kept.plan["hydrants"]))],
        [_("Fire brigade told"), _fire(kept)],
        [_("Emergency supply"), row["supply"] or "–"],
        [_("Contact"), row["contact"] or "–"],
    ]


def _fire(kept: Shutoff) -> str:
    told = [f"{shown_time(row['at'])} {row['who']} {row['note'] or ''}".strip() for row in kept.fire]
    return "；".join(told) or "–"


def _neighbourhoods(workspace: Workspace, points: list[bytes | None]) -> tuple[list[tuple[str, int]], int]:
    """Neighbourhoods in which customers at ``points`` (WKB) lie, most first, with how many; how many lie in none."""
    there = shapely.centroid(shapely.from_wkb(np.array([wkb for wkb in points if wkb is not None], dtype=object)))
    if not len(there):
        return [], len(points)
    low_e, low_n, high_e, high_n = shapely.total_bounds(there).tolist()
    near = queries.within(workspace, "neighbourhood", (low_e, low_n, high_e, high_n))
    tree = shapely.STRtree(shapely.from_wkb(np.array([record.geometry for record in near], dtype=object)))
    point, area = tree.query(there, predicate="intersects")
    _points, first = np.unique(point, return_index=True)  # where two areas overlap the first counts
    named = [str(record.values["name"] or record.code) for record in near]
    counted = Counter(named[at] for at in area[first].tolist())
    return counted.most_common(), len(points) - len(first)


def write_list(workspace: Workspace, out: str, *, state: str | None = None, terms: Terms = IN_HOUSE) -> str:
    """Write the register, or what is in ``state``, to the workbook ``out``; returns its path.

    Raises UsageError, DocumentNotWritten.
    """
    head = [
        _("Code"), _("Kind"), _("State"), _("Reason"), _("Road"), _("Planned begin"), _("Planned end"),
        _("Actual begin"), _("Actual end"), _("Customers"), _("Priority users"), _("Emergency supply"), _("Contact"),
    ]  # fmt: skip
    rows = [_list_row(row) for row in listed(workspace, state)]
    title = _("Water shut-offs")
    with handing_out(workspace, out, title=title, what="export", terms=terms) as draft:
        write_workbook(str(draft.path), title, head, rows, note=draft.stamp)
    return out


def _list_row(row: dict[str, Any]) -> list[str | int | None]:
    times = [shown_time(row[name]) for name in ("planned_begin", "planned_end", "actual_begin", "actual_end")]
    named = [row["code"], kind_title(row["kind"]), state_title(row["state"]), row["reason"], row["road"]]
    return [*named, *times, row["customers"], row["essential"], row["supply"], row["contact"]]
