"""Cross-sections of the site: where they are cut so that they show most, and what each cuts, in depths below ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.facilities.profiles import section
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.rules import place_on, square_to
from jnw_plugins.guide.survey import Survey

MOST = 3
TRIED = 80  # pipes at which a cut is tried, the nearest
HALF = 15.0  # m on either side of the pipe a cut goes through
OVERHANG = 0.5  # m left and right of all that is cut
LEAST = 4.0  # m, the shortest section

Lines = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Cut:
    """One section: its ``line`` on the ground, what it cuts (as ``profiles.section`` tells it, heights below ground).

    ``pit`` are the stretches of it (from, to; m along it) that lie in the site.
    """

    line: shapely.LineString
    told: dict[str, Any]
    pit: tuple[tuple[float, float], ...]


def best_lines(area: shapely.Geometry, found: Survey) -> list[shapely.LineString]:
    """At most :data:`MOST` straight lines across pipes, each with the most that the ones before it do not cut.

    A line is square to a pipe where that lies in the site, or nearest to it, and no longer than what it cuts.
    """
    pipes = [one for one in found.pipes if one.relation.relation != "near"] or found.pipes[:1]
    if not pipes:
        return []
    others = [one.record for one in found.facilities if one.record.kind == "other_line"]
    records = [*(one.record for one in found.pipes), *others]
    lines = shapely.from_wkb(np.array([record.geometry for record in records], dtype=object))
    tried = np.array([_across(area, shapely.from_wkb(one.record.geometry)) for one in pipes[:TRIED]], dtype=object)
    which, cut = shapely.STRtree(lines).query(tried, "intersects")
    weight = np.where(np.arange(len(lines)) < len(found.pipes), 2, 1)  # water counts more than what others own
    left = np.ones(len(lines), dtype=bool)
    chosen: list[shapely.LineString] = []
    while len(chosen) < MOST:
        gain = np.bincount(which, weights=(weight * left)[cut], minlength=len(tried))
        best = int(np.argmax(gain))
        if gain[best] < 2:
            break
        met = cut[which == best]
        left[met] = False
        chosen.append(_shortened(tried[best], lines[met]))
    return chosen


def _across(area: shapely.Geometry, pipe: shapely.Geometry) -> shapely.LineString:
    """The line square to ``pipe`` at the middle of its longest stretch in the area, or where it is nearest."""
    at = place_on(pipe, area)
    square = square_to(pipe, at)
    if (square[0], square[1]) < (0.0, 0.0):  # from west to east, as a map is read
        square = -square
    middle = shapely.get_coordinates(at)[0]
    return shapely.LineString([middle - HALF * square, middle + HALF * square])


def _shortened(line: shapely.LineString, cut: Lines) -> shapely.LineString:
    """``line`` from a little before the first of what it cuts to a little after the last."""
    points = shapely.get_parts(shapely.get_parts(shapely.intersection(cut, line)))
    at = shapely.line_locate_point(line, shapely.centroid(points))
    low, high = float(np.min(at)) - OVERHANG, float(np.max(at)) + OVERHANG
    more = max(0.0, LEAST - (high - low)) / 2
    ends = [max(low - more, 0.0), min(high + more, line.length)]
    return shapely.LineString(shapely.get_coordinates(shapely.line_interpolate_point(line, ends)))


def cuts(workspace: Workspace, area: shapely.Geometry, found: Survey) -> list[Cut]:
    """The sections of a site with what each cuts."""
    made = []
    for line in best_lines(area, found):
        told = section(workspace, shapely.get_coordinates(line).ravel().tolist())
        made.append(Cut(line, _below_ground(told), _pit(area, line)))
    return made


def _below_ground(told: dict[str, Any]) -> dict[str, Any]:
    """The same with heights below ground: who digs begins there, and more depths than heights are known."""

    def sunk(row: dict[str, Any]) -> dict[str, Any]:
        depth, size = row["depth"], row["diameter"] or 0.0
        known = depth is not None
        heights = {"top": -depth, "bottom": -depth - size, "ground": 0.0} if known else dict.fromkeys(_HEIGHTS)
        return row | heights

    rows = {name: [sunk(row) for row in told[name]] for name in ("pipes", "lines")}
    return told | rows | {"ground_line": [[0.0, 0.0], [told["length"], 0.0]]}


_HEIGHTS = ("top", "bottom", "ground")


def _pit(area: shapely.Geometry, line: shapely.LineString) -> tuple[tuple[float, float], ...]:
    parts: Sequence[Any] = shapely.get_parts(shapely.intersection(line, area))
    stretches = []
    for part in parts:
        if shapely.length(part) > 0:
            ends = shapely.line_locate_point(line, shapely.points(shapely.get_coordinates(part)))
            stretches.append((float(np.min(ends)), float(np.max(ends))))
    return tuple(sorted(stretches))
