"""What analyses of the network found, as rows to list and as shapes to draw, the same on screen and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.gridded import gridded
from jnw_desktop.facilities.holding import Held, Table, held_value, hold
from jnw_desktop.facilities.kinds import ENDS
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

Value = str | int | float | None
CRITICAL, ENDING, WAY = "#c92a2a", "#f08c00", "#1971c2"
# Of valve segments that take nobody's water but their own: neighbours seldom share a tint.
TINTS = ("#1971c2", "#2b8a3e", "#0c8599", "#5c940d", "#6741d9", "#099268", "#364fc7")
SHOWN_CODES = 20  # of one cell


@dataclass(frozen=True)
class Glance:
    """What the window gets of a ``Found`` that is held: its sentences and what its table and shapes are."""

    title: str
    facts: list[str]
    head: list[str]
    legend: list[tuple[str, str]]
    held: Held


@dataclass
class Found:
    """``title``, sentences, a table of ``rows`` as wide as ``head``, and ``shapes``: WKB by colour.

    ``named``: kind and code of the facility each row is about (an empty kind: whichever has the code), ``None`` where
    it is about none. ``legend`` says what the colours mean.
    """

    title: str
    facts: list[str]
    head: list[str]
    rows: list[list[Value]]
    named: list[tuple[str, str] | None]
    legend: list[tuple[str, str]]
    shapes: dict[str, list[bytes]] = field(default_factory=dict)


def found(workspace: Workspace, what: str, told: dict[str, Any]) -> Found:
    """``told`` by ``tracing.trace``, ``way`` or ``form``; ``what`` says which.

    Raises UsageError.
    """
    if what == "form":
        made, coloured = _form(told)
    elif what in ("trace", "way"):
        made, coloured = _way(what, told)
    else:
        raise UsageError(_("There is no analysis {name}.").format(name=what))
    made.facts += told.get("warnings", [])
    with workspace.read() as connection:
        for colour, (kind, codes) in coloured:
            kinds = [kind] if kind else list(ENDS)
            shapes = [wkb for one in kinds for wkb in queries.shapes_of(connection, one, codes)]
            if shapes:
                made.shapes.setdefault(colour, []).extend(_merged(shapes))
    return made


def glance(workspace: Workspace, made: Found) -> Glance:
    """Hold what was found, for the window to read what it shows of it."""
    held = hold(workspace, made, [Table(made.rows, made.named)], made.shapes)
    return Glance(made.title, made.facts, made.head, made.legend, held)


def whole(workspace: Workspace, made: Found | Glance) -> Found:
    """All of what was found. Raises ResultGone."""
    if isinstance(made, Found):
        return made
    kept: Found = held_value(workspace, made.held)
    return kept


def _merged(shapes: list[bytes]) -> list[bytes]:
    """Many shapes of one type as few."""
    parts = shapely.from_wkb(np.array(shapes, dtype=object))
    if shapely.get_type_id(parts[0]) == shapely.GeometryType.POINT:
        return [shapely.to_wkb(shapely.multipoints(shapely.force_2d(parts)))]
    return gridded(parts)


Coloured = list[tuple[str, tuple[str, list[str]]]]


def _form(told: dict[str, Any]) -> tuple[Found, Coloured]:
    facts = [
        _("{loops} loops, {bridges} pipes whose loss parts the network ({length:.0f} m), {ends} dead ends").format(
            loops=told["loops"],
            bridges=len(told["bridges"]),
            length=told["bridge_length"],
            ends=len(told["dead_ends"]),
        )
    ]
    parting, ending = _("Pipe whose loss parts the network"), _("Dead end")
    rows: list[list[Value]] = [[parting, code] for code in told["bridges"]]
    rows += [[ending, code] for code in told["dead_ends"]]
    named: list[tuple[str, str] | None] = [("pipe", code) for code in told["bridges"]]
    named += [("", code) for code in told["dead_ends"]]
    legend = [(CRITICAL, parting), (ENDING, ending)]
    coloured: Coloured = [(CRITICAL, ("pipe", told["bridges"])), (ENDING, ("", told["dead_ends"]))]
    return Found(_("Loops and dead ends"), facts, [_("What"), _("Code")], rows, named, legend), coloured


def _way(what: str, told: dict[str, Any]) -> tuple[Found, Coloured]:
    title = _("Shortest way") if what == "way" else _("Trace")
    facts = [
        _("{pipes} pipes, {nodes} nodes, {length:.1f} m").format(
            pipes=len(told["pipes"]), nodes=len(told["nodes"]), length=told["length"]
        )
    ]
    if told.get("from"):
        facts.insert(0, told["from"])
    rows: list[list[Value]] = [[_("Pipe"), code] for code in told["pipes"]]
    rows += [[_("Node"), code] for code in told["nodes"]]
    named: list[tuple[str, str] | None] = [("pipe", code) for code in told["pipes"]]
    named += [("", code) for code in told["nodes"]]
    coloured: Coloured = [(WAY, ("pipe", told["pipes"]))]
    return Found(title, facts, [_("What"), _("Code")], rows, named, [(WAY, title)]), coloured


def some(codes: list[str]) -> str:
    """Codes in one cell: the first, and how many."""
    more = len(codes) - SHOWN_CODES
    return ", ".join(codes[:SHOWN_CODES]) + (f" … ({len(codes)})" if more > 0 else "")


def way_found(workspace: Workspace, start: tuple[float, float], end: tuple[float, float]) -> Glance:
    """The shortest way between the pipes nearest to two places (E, N)."""
    from jnw_desktop.facilities.tracing import way_between_places

    return glance(workspace, found(workspace, "way", way_between_places(workspace, start, end)))


def trace_found(
    workspace: Workspace, places: Sequence[tuple[float, float]], direction: str = "connected", zone: str | None = None
) -> Glance:
    """The trace from the pipes nearest to ``places`` (E, N), the ``zone`` not left."""
    from jnw_desktop.facilities.tracing import trace_places

    return glance(workspace, found(workspace, "trace", trace_places(workspace, places, direction, zone)))


FIRST = 2000  # facilities of each kind that the side panel lists


def trace_told(
    workspace: Workspace, at: tuple[float, float], direction: str = "connected", zone: str | None = None
) -> dict[str, Any]:  # fmt: skip
    """The trace from the pipe nearest to ``at`` (E, N) for the side panel.

    ``from``, ``length``, ``warnings``; ``pipes`` and ``nodes``: the first codes, ``counts``: how many there are of
    either; ``found``: all of it, held. Raises NotInNetwork, UsageError, NoSuchRow.
    """
    from jnw_desktop.facilities.tracing import trace_places

    told = trace_places(workspace, [at], direction, zone)
    return {
        **{name: told[name] for name in ("from", "length", "warnings")},
        **{name: told[name][:FIRST] for name in ("pipes", "nodes")},
        "counts": {name: len(told[name]) for name in ("pipes", "nodes")},
        "found": glance(workspace, found(workspace, "trace", told)),
    }


def form_found(workspace: Workspace) -> Glance:
    """Loops, bridges and dead ends."""
    from jnw_desktop.facilities.tracing import form

    return glance(workspace, found(workspace, "form", form(workspace)))
