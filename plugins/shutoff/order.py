"""The order sheet of the crew: a map with the valves numbered as they are closed, and a table to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import shapely
from reportlab.platypus import Flowable, Paragraph

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.rounds import Round, Stop, write_round
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_plugins.shutoff.register import shapes, show
from jnw_plugins.shutoff.titles import kind_title, shown_time

SHARES = (0.5, 1.3, 0.6, 0.7, 0.9, 2.4, 0.6, 0.8, 1.2)
SHOWN = 60  # codes of one list; of more the rest is counted


def write_order(
    workspace: Workspace,
    code: str,
    out: str,
    *,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> str:
    """Write the order sheet of the shut-off ``code`` to the PDF ``out``; returns its path.

    Raises NoSuchRow, NoFont, NoQgis, DocumentNotWritten.
    """
    told = show(workspace, code)
    isolated = shapely.from_wkb(shapes(workspace, code)["isolated"])
    title = f"{_('Valve order')} {told['code']}"
    with handing_out(workspace, out, title=title, terms=terms, who=who) as draft:
        write_round(workspace, _round(title, told, isolated, draft.coordinates), draft, task=task)
        draft.kinds = {"valve": len(told["valves"])}
    return out


def _round(title: str, told: dict[str, Any], isolated: Any, coordinates: Coordinates) -> Round:
    span = f"{shown_time(told['planned_begin'])} – {shown_time(told['planned_end'])}"
    head = [
        _("No."), _("Valve"), _("DN"), _("Turns"), _("Closing direction"), _("Place"), _("Done"), _("Time"),
        _("Result"),
    ]  # fmt: skip
    return Round(
        title,
        [kind_title(told["kind"]), told["reason"], told["road"] or "", span],
        head,
        SHARES,
        [[Stop(tuple(valve["at"]), _valve_row(valve, coordinates)) for valve in told["valves"]]],
        before=[*_lines(told["warnings"]), *_lines([_("Valves to close, in this order")], "heading")],
        after=_lines(_closing_words(told)),
        drawn=shapely.to_wkb(shapely.multilinestrings(isolated)) if len(isolated) else None,
    )


def _lines(texts: Sequence[str], name: str = "body") -> list[Flowable]:
    style = styles(chinese_font())[name]
    return [Paragraph(escape(text), style) for text in texts]


def _closing_words(told: dict[str, Any]) -> list[str]:
    """What stands under the table."""
    number = {valve["code"]: place for place, valve in enumerate(told["valves"], 1)}
    refill = [f"{number[code]} {code}" if code in number else code for code in told["refill"]]
    hydrants = told["drain_hydrants"] or told["hydrants"]
    return [
        _("Open again in this order: {valves}").format(valves=" → ".join(refill) or "–"),
        _("Closed already, keep closed: {valves}").format(valves=_short(told["already_closed"])),
        _("Cannot be closed: {valves}").format(valves=_short(told["stuck"])),
        _("{volume:.1f} m³ are to be drained at: {where}").format(
            volume=told["volume"], where=_short(told["drain"] or hydrants)
        ),
        _("Hydrants without water: {hydrants}").format(hydrants=_short(told["hydrants"])),
        _("Priority users without water: {users}").format(users=_short(told["essential"])),
        _("Signature and date") + "：" + "＿" * 16,
    ]


def _short(codes: Sequence[str]) -> str:
    shown = "、".join(codes[:SHOWN]) or "–"
    more = len(codes) - SHOWN
    return shown if more <= 0 else f"{shown} " + _("and {count} more").format(count=more)


def _valve_row(valve: dict[str, Any], coordinates: Coordinates) -> list[str]:
    place = f"{valve['road'] or ''} {coordinates.shown(*valve['at'])}".strip()
    direction = valve["closing_direction"]
    return [
        valve["code"],
        "–" if valve["dn"] is None else str(valve["dn"]),
        "–" if valve["turns"] is None else f"{valve['turns']:g}",
        label("closing_direction", direction) if direction else "–",
        place,
        "□",
        "",
        "",
    ]
