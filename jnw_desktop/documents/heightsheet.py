"""Longitudinal profile and cross-section as PDFs: the drawing at its scales, then every figure in tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.platypus import Flowable, PageBreak, Paragraph

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.heights import ProfileDrawing, SectionDrawing, shown
from jnw_desktop.documents.paper import MARGIN, paper_size
from jnw_desktop.documents.tables import table, write_story
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.facilities.trade import named
from jnw_desktop.language import _
from jnw_desktop.mapengine.terrain import profile, section
from jnw_desktop.workspace import Workspace

LONG = 45.0  # m, a section that fits A4 at 1:200
TITLE = 40.0  # pt above a drawing


def print_profile(
    workspace: Workspace,
    out: str,
    *,
    start: str,
    end: str,
    ground: str = "",
    code: str = "",  # noqa: ARG001 - only names the document
    terms: Terms = IN_HOUSE,
) -> str:
    """Work out a profile, over the raster ``ground`` where there is one, and write it. Raises what these two raise."""
    return write_profile(workspace, profile(workspace, start, end, ground), out, terms=terms)


def print_section(
    workspace: Workspace,
    out: str,
    *,
    line: Sequence[float],
    ground: str = "",
    code: str = "",  # noqa: ARG001 - only names the document
    terms: Terms = IN_HOUSE,
) -> str:
    """Work out a section, over the raster ``ground`` where there is one, and write it. Raises what these two raise."""
    return write_section(workspace, section(workspace, line, ground), out, terms=terms)


def write_profile(
    workspace: Workspace,
    told: dict[str, Any],
    out: str,
    *,
    paper: str = "A3",
    terms: Terms = IN_HOUSE,
    who: str | None = None,
) -> str:
    """Write a profile that ``facilities.profiles.profile`` told to the PDF ``out``; returns its path.

    Raises NoFont, UsageError for the paper, DocumentNotWritten.
    """
    first, last = told["points"][0]["code"] or "–", told["points"][-1]["code"] or "–"
    title = _("Longitudinal profile {start} – {end}").format(start=first, end=last)
    size = paper_size(paper)
    with handing_out(workspace, out, title=title, terms=terms, who=who) as draft:
        story, made_up = _profile_story(told, title, size), workspace.is_demonstration
        write_story(title, story, str(draft.path), who=draft.who, size=size, demonstration=made_up)
        draft.kinds = {"pipe": len(told["pipes"])}
    return out


def _profile_story(told: dict[str, Any], title: str, size: tuple[float, float]) -> list[Flowable]:
    font = chinese_font()
    room = _room(size)
    story: list[Flowable] = [_heading(title, font), ProfileDrawing(told, font, room), PageBreak()]
    head = [
        _("Code"),
        _("Kind"),
        _("Station (m)"),
        _("Ground (m)"),
        _("Top of pipe (m)"),
        _("Bottom of pipe (m)"),
        _("Depth to top (m)"),
    ]
    rows = [
        [
            mark["code"] or "–",
            _kind(mark["kind"]),
            *(shown(mark[key]) for key in ("station", "ground", "top", "bottom", "depth")),
        ]
        for mark in told["points"]
    ]
    story.append(table(head, rows, [1] * len(head), font, room[0]))
    head = [_("Pipe"), _("DN"), _("Material"), _("Year laid"), _("From (m)"), _("To (m)"), _("Slope (‰)")]
    rows = [
        [pipe["code"], str(pipe["dn"] or "–"), _listed("material", pipe["material"]), str(pipe["year"] or "–"),
         *(shown(pipe[key]) for key in ("from", "to", "slope"))]
        for pipe in told["pipes"]
    ]  # fmt: skip
    story += [_heading(_("Pipes"), font), table(head, rows, [1] * len(head), font, room[0])]
    if told["crossings"]:
        story += [_heading(_("Crossings"), font), _judged(told["crossings"], "station", font, room[0])]
    return story + _notes(told, font)


def write_section(
    workspace: Workspace,
    told: dict[str, Any],
    out: str,
    *,
    paper: str = "",
    terms: Terms = IN_HOUSE,
    who: str | None = None,
) -> str:
    """Write a section that ``facilities.profiles.section`` told to the PDF ``out``; returns its path.

    ``paper``: where none is named A4, of a long section A3. Raises NoFont, UsageError for the paper,
    DocumentNotWritten.
    """
    ends = told["line"]
    size = paper_size(paper or ("A4" if told["length"] <= LONG else "A3"))
    with handing_out(workspace, out, title=_section_title(ends, Coordinates()), terms=terms, who=who) as draft:
        title = _section_title(ends, draft.coordinates)
        story, made_up = _section_story(told, title, size), workspace.is_demonstration
        write_story(title, story, str(draft.path), who=draft.who, size=size, demonstration=made_up)
        draft.kinds = {"pipe": len(told["pipes"]), "other_line": len(told["lines"])}
        draft.bounds = min(ends[::2]), min(ends[1::2]), max(ends[::2]), max(ends[1::2])
    return out


def _section_title(ends: Sequence[float], coordinates: Coordinates) -> str:
    return _("Cross-section {start} – {end}").format(
        start=f"({coordinates.shown(ends[0], ends[1])})", end=f"({coordinates.shown(ends[2], ends[3])})"
    )


def _section_story(told: dict[str, Any], title: str, size: tuple[float, float]) -> list[Flowable]:
    font = chinese_font()
    room = _room(size)
    story: list[Flowable] = [_heading(title, font), SectionDrawing(told, font, room), PageBreak()]
    head = [
        _("Code"),
        _("Kind"),
        _("Offset (m)"),
        _("Depth to top (m)"),
        _("Top (m)"),
        _("Bottom (m)"),
        _("Angle (°)"),
        _("Accuracy of depth"),
    ]
    rows = [
        [row["code"], named(row), *(shown(row[key]) for key in ("offset", "depth", "top", "bottom", "angle")),
         _listed("accuracy_depth", row["accuracy_depth"])]
        for row in sorted([*told["pipes"], *told["lines"]], key=lambda row: row["offset"])
    ]  # fmt: skip
    story.append(table(head, rows, [1] * len(head), font, room[0]))
    if told["points"]:
        head = [_("Code"), _("Kind"), _("Offset (m)"), _("Beside the line (m)"), _("Ground (m)"), _("Depth to top (m)")]
        rows = [
            [mark["code"], _kind(mark["kind"]), *(shown(mark[key]) for key in ("offset", "beside", "ground", "depth"))]
            for mark in told["points"]
        ]
        story += [_heading(_("Facilities beside the line"), font), table(head, rows, [1] * len(head), font, room[0])]
    if told["clearances"]:
        story += [_heading(_("Clear distances"), font), _judged(told["clearances"], "vertical", font, room[0])]
    return story + _notes(told, font)


def _room(size: tuple[float, float]) -> tuple[float, float]:
    return size[0] - 2 * MARGIN, size[1] - 2 * MARGIN - TITLE


def _heading(text: str, font: str) -> Paragraph:
    return Paragraph(escape(text), styles(font)["heading"])


def _kind(kind: str | None) -> str:
    return "–" if kind is None else _(KINDS[kind].title)


def _listed(code_list: str, code: str | None) -> str:
    return "–" if code is None else label(code_list, code)


def _judged(rows: Sequence[dict[str, Any]], second: str, font: str, width: float) -> Flowable:
    """Clear distances and what the rule table asks; ``second``: the figure told beside the pair."""
    seconds = {"station": _("Station (m)"), "vertical": _("Vertical (m)")}
    head = [
        _("Pipe"),
        _("Other line"),
        _("Kind"),
        seconds[second],
        _("Clear (m)"),
        _("Required (m)"),
        _("Verdict"),
        _("Source"),
    ]
    verdicts = {True: _("enough"), False: _("too little"), None: _("not known")}
    cells = []
    for row in rows:
        doubt = _(" (not verified)") if row["source"] and not row["verified"] else ""
        figures = [shown(row[key]) for key in (second, "clear", "required")]
        pair = [row["pipe"], row.get("other") or row["code"], named(row | {"dn": None})]
        cells.append([*pair, *figures, verdicts[row["ok"]], row["source"] + doubt])
    return table(head, cells, [1.2, 1.2, 1, 0.8, 0.8, 0.8, 0.8, 3], font, width)


def _notes(told: dict[str, Any], font: str) -> list[Flowable]:
    small = styles(font)["small"]
    said = [
        *told.get("warnings", ()),
        _("Rule table of clear distances: edition {edition}").format(edition=told["rules"]),
    ]
    return [Paragraph(escape(text), small) for text in said]
