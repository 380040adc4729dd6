"""An isolation plan on paper: valves in the order to close, who loses water, draining and refilling."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pikepdf
import shapely
from reportlab.platypus import Flowable, PageBreak, Paragraph

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.mapframe import MapFrame, MapPrinter, lay_under
from jnw_desktop.documents.paper import MARGIN, fitting_scale, paper_size
from jnw_desktop.documents.tables import table, write_story
from jnw_desktop.documents.text import styles
from jnw_desktop.documents.workbook import write_workbook
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.planlists import PlanList, plan_lists
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Draft, Terms
from jnw_desktop.facilities.shutoff import isolate, plan_shapes
from jnw_desktop.language import _
from jnw_desktop.mapengine.errors import EngineFailed, NoQgis
from jnw_desktop.workspace import Workspace

ROOM = 1.2  # of the map about what is isolated
HEADING = 40.0  # pt above the map
IN_SUMMARY = ("drain", "refill", "open", "witness")  # lists that a sentence gives already
SHOWN = 400  # codes of one list; of more the rest is counted


def print_plan(
    workspace: Workspace,
    out: str,
    *,
    pipe: str | None = None,
    at: tuple[float, float] | None = None,
    stuck: Sequence[str] = (),
    code: str | None = None,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
) -> str:
    """Work out the plan and write it to the PDF ``out``; returns its path. ``code`` names the pipe as well as ``pipe``.

    Raises what ``isolate`` raises, NoFont, DocumentNotWritten.
    """
    return write_plan(workspace, isolate(workspace, pipe=pipe or code, at=at, stuck=stuck), out, terms, who)


def list_plan(workspace: Workspace, told: dict[str, Any], out: str, terms: Terms = IN_HOUSE) -> str:
    """Write every facility of a plan to the workbook ``out``, a row each; returns its path.

    Raises DocumentNotWritten.
    """
    rows: list[list[str | int | None]] = [
        [_("Valves to close, in this order"), number, valve["code"]] for number, valve in enumerate(told["valves"], 1)
    ]
    rows += [[each.title, None, code] for each in plan_lists(told) for code in _remarked(each)]
    title = _("Isolation plan for pipe {code}").format(code=told["burst"])
    with handing_out(workspace, out, title=title, what="export", terms=terms) as draft:
        write_workbook(str(draft.path), title, [_("List"), _("No."), _("Code")], rows, note=draft.stamp)
        draft.kinds = _counted(told)
    return out


def _counted(told: dict[str, Any]) -> dict[str, int]:
    return {
        "pipe": len(told["pipes"]) + len(told["starved_pipes"]),
        "valve": len(told["valves"]),
        "customer": len(told["customers"]),
    }


def write_plan(
    workspace: Workspace, told: dict[str, Any], out: str, terms: Terms = IN_HOUSE, who: str | None = None
) -> str:
    """Write a plan that ``isolate`` told to the PDF ``out``, with a map where QGIS can draw one; returns its path.

    Raises NoFont, DocumentNotWritten.
    """
    title = _("Isolation plan for pipe {code}").format(code=told["burst"])
    with handing_out(workspace, out, title=title, terms=terms, who=who) as draft:
        _set(workspace, told, draft)
        draft.kinds = _counted(told)
    return out


def _set(workspace: Workspace, told: dict[str, Any], draft: Draft) -> None:
    with tempfile.TemporaryDirectory(prefix="jnw-plan-") as folder:
        frame: MapFrame | str
        try:
            frame = _map(workspace, told, Path(folder))
        except (NoQgis, EngineFailed) as error:
            frame = error.message  # the lists are what the crew needs first; the sheet says why there is no map
        pages = str(Path(folder) / "plan.pdf")
        _write_lists(told, pages, draft, frame, demonstration=workspace.is_demonstration)
        with pikepdf.open(pages) as document:
            if not isinstance(frame, str):
                lay_under(document, len(document.pages) - 1, frame, MARGIN, MARGIN)
                draft.bounds = frame.bounds
            document.save(draft.path)


def _map(workspace: Workspace, told: dict[str, Any], folder: Path) -> MapFrame:
    """What is isolated and starved, and the valves to close, on the map. Raises NoQgis, EngineFailed."""
    width, height = paper_size("A4", landscape=False)
    size = int(width - 2 * MARGIN), int(height - 2 * MARGIN - HEADING)
    shapes = plan_shapes(workspace, told)
    wanted = [wkb for name in ("isolated", "close", "passed") for wkb in shapes[name]]
    low_e, low_n, high_e, high_n = shapely.total_bounds(shapely.from_wkb(np.array(wanted, dtype=object)))
    scale = fitting_scale((high_e - low_e) * ROOM, (high_n - low_n) * ROOM, size)
    roles = {"close": "highlight", "passed": "selection", "isolated": "result", "starved": "draft"}  # topmost first
    features = [{"wkb": wkb.hex(), "role": role} for name, role in roles.items() for wkb in shapes[name]]
    tree = layer_tree()
    names = [layer["id"] for group in tree for layer in group["layers"] if layer["visible"]]
    with MapPrinter(workspace.source, workspace.crs, tree, folder) as printer:
        center = float(low_e + high_e) / 2, float(low_n + high_n) / 2
        return printer.frame(center, scale, size, names, features)


def _write_lists(told: dict[str, Any], out: str, draft: Draft, frame: MapFrame | str, *, demonstration: bool) -> str:
    """The lists, and an empty last page for the map, or why there is none."""
    font = chinese_font()
    size = paper_size("A4", landscape=False)
    style, width = styles(font), size[0] - 2 * MARGIN
    title = _("Isolation plan for pipe {code}").format(code=told["burst"])

    def lines(texts: Sequence[str], name: str = "body") -> list[Flowable]:
        return [Paragraph(escape(text), style[name]) for text in texts]

    story = lines([title], "heading") + lines(_summary(told)) + lines(told["warnings"], "small")
    story += lines([_("Valves to close, in this order")], "heading")
    head = [_("No."), _("Valve"), _("DN"), _("Turns"), _("Closing direction"), _("Operability"), _("Remarks")]
    rows = [_valve_row(number, valve, draft.coordinates) for number, valve in enumerate(told["valves"], 1)]
    story.append(table(head, rows, [0.5, 1.4, 0.6, 0.7, 1.0, 1.0, 2.0], font, width))
    for each in plan_lists(told):
        if each.name not in IN_SUMMARY:
            story += lines([_("{title} ({count})").format(title=each.title, count=len(each.rows))], "heading")
            story += lines([_shortened(_remarked(each))], "small")
    text = (files("jnw_resources") / "rules" / "shutoff.toml").read_text("utf-8")
    story += lines([row["text"] for row in tomllib.loads(text)["law"]], "small")
    if isinstance(frame, str):
        story += lines([_("The map is left out: {reason}").format(reason=frame)], "small")
    else:
        scale = _("Scale 1:{scale}").format(scale=round(frame.scale))
        story += [PageBreak(), *lines([f"{title}  {scale}"], "heading")]
    return write_story(title, story, out, who=draft.who, size=size, demonstration=demonstration)


def _summary(told: dict[str, Any]) -> list[str]:
    said = [
        _("{pipes} pipes ({length:.0f} m) are isolated, {starved} more lose every source.").format(
            pipes=len(told["pipes"]), length=told["length"], starved=len(told["starved_pipes"])
        ),
        _("{customers} customers ({households} households) lose water, {essential} of them essential.").format(
            customers=len(told["customers"]), households=told["households"], essential=len(told["essential"])
        ),
        _("{volume:.1f} m³ are to be drained at: {where}").format(
            volume=told["volume"], where=_shortened(told["drain"] or told["drain_hydrants"])
        ),
        _("Open again in this order: {valves}").format(valves=_shortened(told["refill"])),
    ]
    if told["alternative"] is not None:
        said.append(
            _("If {valves} are opened, {customers} customers lose water.").format(
                valves=_shortened(told["alternative"]["open"]), customers=len(told["alternative"]["customers"])
            )
        )
    if told["unstoppable"]:
        said.append(_("Cannot be isolated. Way from the source: {pipes}").format(pipes=_shortened(told["witness"])))
    return said


def _valve_row(number: int, valve: dict[str, Any], coordinates: Coordinates) -> list[str]:
    def shown(value: Any, code_list: str = "") -> str:
        return "–" if value is None else label(code_list, value) if code_list else f"{value:g}"

    remarks = [_("no source behind it")] if valve["needless"] else []
    return [
        str(number),
        valve["code"],
        shown(valve["dn"]),
        shown(valve["turns"]),
        shown(valve["closing_direction"], "closing_direction"),
        shown(valve["operability"], "operability"),
        "；".join([*remarks, coordinates.shown(*valve["at"])]),
    ]


def _remarked(each: PlanList) -> list[str]:
    return [f"{code} ({remark})" if remark else code for code, remark in each.rows]


def _shortened(codes: Sequence[str]) -> str:
    shown = "、".join(codes[:SHOWN]) or "–"
    more = len(codes) - SHOWN
    return shown if more <= 0 else f"{shown} " + _("and {count} more").format(count=more)
