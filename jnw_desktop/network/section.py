"""Cross-section under a drawn line: what lines it cuts, where, how deep, and what is clear between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.network.graph import Floats, Ints


@dataclass(frozen=True)
class Cuts:
    """Lines cut (c,), by offset; metres, NaN unknown.

    ``line``: number of the line. ``offset``: along the section from its start to the axis of the line. ``at`` (c, 2):
    E, N. ``depth``: to top; ``top``: elevation of top. ``angle``: degrees between line and section, 0 to 90; ``width``:
    of the cut through the line, its diameter over the sine of that angle.
    """

    line: Ints
    offset: Floats
    at: Floats
    depth: Floats
    top: Floats
    angle: Floats
    width: Floats


def cut(
    section: shapely.LineString, lines: npt.NDArray[np.object_], depth: Floats, top: Floats, diameter: Floats
) -> Cuts:
    """Cut ``lines`` (n,) by ``section``; ``depth``, ``top`` (n, 2): at both ends of each; ``diameter`` (n,): outer.

    Between the ends depth and top change evenly along the line. A line that lies along the section is not cut by it.
    """
    parts, index = shapely.get_parts(shapely.intersection(section, lines), return_index=True)
    single = shapely.get_type_id(parts) == shapely.GeometryType.POINT
    parts, index = parts[single], index[single]
    share = shapely.line_locate_point(lines[index], parts, normalized=True)
    offset = shapely.line_locate_point(section, parts)
    angle = _angles(section, lines[index], offset, share)
    sine = np.maximum(np.sin(np.radians(angle)), 1e-3)

    def between(ends: Floats) -> Floats:
        along: Floats = ends[index, 0] + share * (ends[index, 1] - ends[index, 0])
        return along

    order = np.argsort(offset, kind="stable")
    found = Cuts(
        index.astype(np.int64), offset, shapely.get_coordinates(parts), between(depth), between(top), angle,
        diameter[index] / sine,
    )  # fmt: skip
    return Cuts(*(getattr(found, name)[order] for name in Cuts.__dataclass_fields__))


def _angles(section: shapely.LineString, lines: npt.NDArray[np.object_], offset: Floats, share: Floats) -> Floats:
    """Angle between the section and each line where they meet, degrees from 0 to 90."""

    def heading(shapes: object, metres: Floats) -> Floats:
        behind = shapely.get_coordinates(shapely.line_interpolate_point(shapes, np.maximum(metres - 0.01, 0.0)))
        ahead = shapely.get_coordinates(shapely.line_interpolate_point(shapes, metres + 0.01))
        east, north = (ahead - behind).T
        return np.asarray(np.arctan2(north, east), dtype=np.float64)

    turned = heading(section, offset) - heading(lines, share * shapely.length(lines))
    angles: Floats = np.degrees(np.arcsin(np.abs(np.sin(turned))))
    return angles


def clear_between(cuts: Cuts, a: int, b: int, diameter: Floats) -> tuple[float, float]:
    """Horizontal and vertical clear distance (m, outside to outside) of the cuts ``a`` and ``b``.

    ``diameter`` (c,): outer, of each cut. Measured in the section: where lines run aslant to it, the true horizontal
    distance is less, by the sine of the angle. Negative where they overlap; NaN where a height is not known.
    """
    slant = float(np.sin(np.radians(min(cuts.angle[a], cuts.angle[b]))))
    horizontal = abs(cuts.offset[a] - cuts.offset[b]) * slant - (diameter[a] + diameter[b]) / 2
    upper, lower = (a, b) if cuts.top[a] >= cuts.top[b] else (b, a)
    return float(horizontal), float(cuts.top[upper] - diameter[upper] - cuts.top[lower])
