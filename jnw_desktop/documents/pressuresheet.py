"""Pressures on paper and as a workbook: who is under the required head, what was assumed, the map by pressure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.platypus import Flowable, Paragraph

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.foundsheet import Drawn, write_with_map
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.paper import MARGIN, paper_size
from jnw_desktop.documents.tables import table
from jnw_desktop.documents.text import styles
from jnw_desktop.documents.workbook import Value, write_workbook
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.hydraulics.held import whole
from jnw_desktop.facilities.hydraulics.telling import summary
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.facilities.trade import PRESSURES, pressure_title
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

ROUND = 300.0  # m shown about what is isolated
SHOWN = 400  # rows of the list; of more the rest is counted


def print_pressure(
    workspace: Workspace,
    out: str,
    *,
    told: dict[str, Any],
    code: str = "",  # noqa: ARG001 - only names the document
    terms: Terms = IN_HOUSE,
    who: str | None = None,
) -> str:
    """Write what ``pressure`` told, ``shapes`` and all, or what is held of it, to the PDF ``out``; returns its path.

    Raises UsageError for a role, ResultGone, NoFont, DocumentNotWritten.
    """
    told = whole(workspace, told)
    shapes = {PRESSURES[name]: parts for name, parts in told["shapes"].items()}
    legend = [(colour, pressure_title(name, told)) for name, colour in PRESSURES.items()]
    shut = _shut(workspace, told)
    drawn = Drawn(shapes, legend, about=shut, beside=ROUND if shut else 0.0, kinds=_counted(told))
    return write_with_map(workspace, _title(told), _story(told), out, drawn, terms=terms, who=who)


def _counted(told: dict[str, Any]) -> dict[str, int]:
    counted = Counter(row["kind"] for row in told["nodes"])
    return dict(counted + Counter(customer=len(told["customers"])))


def list_pressure(
    workspace: Workspace, told: dict[str, Any], out: str, *, terms: Terms = IN_HOUSE, who: str | None = None
) -> str:
    """Write every node and every customer under the required head to the workbook ``out``; returns its path.

    Raises UsageError for a role, DocumentNotWritten.
    """
    told = whole(workspace, told)
    head = [_("List"), _("Kind"), _("Code"), _("Elevation (m)"), _("Pressure before (m)"), _("Pressure during (m)"),
            _("Mean daily use (m³/d)"), _("Priority user")]  # fmt: skip
    below, places = _("Customers under the required head"), _("Places")
    rows: list[list[Value]] = [
        [below, _(KINDS["customer"].title), row["code"], None, row["before"], row["during"], row["use"],
         _("yes") if row["essential"] else None]
        for row in told["customers"]
    ]  # fmt: skip
    rows += [
        [places, _(KINDS[row["kind"]].title), row["code"], row["elevation"], row["before"], row["during"], None, None]
        for row in told["nodes"]
    ]
    rows += [[_("Assumed"), None, ", ".join(row["codes"]), None, None, None, row["count"], row["what"]]
             for row in told["assumptions"]]  # fmt: skip
    with handing_out(workspace, out, title=_title(told), what="export", terms=terms, who=who) as draft:
        write_workbook(str(draft.path), _title(told), head, rows, note=draft.stamp)
        draft.kinds = _counted(told)
    return out


def _title(told: dict[str, Any]) -> str:
    if told["burst"] is not None:
        return _("Pressures while pipe {code} is isolated").format(code=told["burst"])
    return _("Pressures while valves are closed") if told["close"] else _("Pressures of the network")


def _shut(workspace: Workspace, told: dict[str, Any]) -> list[bytes]:
    """What is isolated, else the valves that are closed."""
    kind, codes = ("pipe", told["pipes"]) if told["pipes"] else ("valve", told["close"])
    with workspace.read() as connection:
        return queries.shapes_of(connection, kind, codes)


def _story(told: dict[str, Any]) -> list[Flowable]:
    font, size = chinese_font(), paper_size("A4", landscape=False)
    style, width = styles(font), size[0] - 2 * MARGIN
    title = _title(told)

    def lines(texts: Sequence[str], name: str = "body") -> list[Flowable]:
        return [Paragraph(escape(text), style[name]) for text in texts]

    story = lines([title], "heading") + lines(summary(told)) + lines(told["warnings"], "small")
    story += lines([_("Assumed, because it is not known")], "heading")
    rows = [
        [row["what"], str(row["count"]), ", ".join(row["codes"][:3]), row["source"], "" if row["verified"] else _("no")]
        for row in told["assumptions"]
    ]
    head = [_("What"), _("Count"), _("The first"), _("Source"), _("Verified")]
    story += [table(head, rows, [3, 0.7, 1.8, 2, 0.8], font, width)] if rows else lines([_("None.")])
    story += lines([_("Sources")], "heading")
    head = [_("Code"), _("Kind"), _("Head (m)"), _("Outflow before (m³/d)"), _("Outflow during (m³/d)")]
    rows = [
        [row["code"], _(KINDS[row["kind"]].title), f"{row['head']:.2f}", *_both(row, "{:.0f}")]
        for row in told["sources"]
    ]
    story.append(table(head, rows, [1.5, 1, 1, 1.4, 1.4], font, width))
    below = told["customers"]
    story += lines([_("Customers under the required head ({count})").format(count=len(below))], "heading")
    if below:
        head = [_("Code"), _("Before (m)"), _("During (m)"), _("Mean daily use (m³/d)"), _("Priority user")]
        rows = [
            [row["code"], *_both(row, "{:.1f}"), "–" if row["use"] is None else f"{row['use']:g}",
             _("yes") if row["essential"] else ""]
            for row in below[:SHOWN]
        ]  # fmt: skip
        story.append(table(head, rows, [1.5, 1, 1, 1.2, 1], font, width))
        if len(below) > SHOWN:
            story += lines([_("and {count} more").format(count=len(below) - SHOWN)], "small")
    return story


def _both(row: dict[str, Any], form: str) -> list[str]:
    return ["–" if row.get(name) is None else form.format(row[name]) for name in ("before", "during")]
