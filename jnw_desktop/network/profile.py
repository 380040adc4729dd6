"""Longitudinal profile along pipes laid end to end: stations, ground, top and bottom of the pipe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.network.graph import Bools, Floats

TOUCH = 1e-6  # m; lines that meet nearer than this to an end of the path are joined to it, not crossing


@dataclass(frozen=True)
class Profile:
    """A path of ``k`` pipes between ``k + 1`` points; metres, NaN unknown.

    ``station`` (k + 1,): plan distance from the start. ``ground`` (k + 1,): elevation of the ground. ``top``,
    ``bottom`` (k, 2): elevation of the pipe's outer top and bottom where it begins and ends along the path. ``slope``
    (k,): rise of the pipe per metre. ``axis``: the path as one line in plan.
    """

    station: Floats
    ground: Floats
    top: Floats
    bottom: Floats
    slope: Floats
    axis: shapely.LineString


def profile(
    lines: npt.NDArray[np.object_],
    backwards: Bools,
    depth: Floats,
    top: Floats,
    diameter: Floats,
    ground: Floats,
) -> Profile:
    """Lay out ``lines`` (k,) in order; ``backwards`` (k,): drawn against the path.

    ``depth`` and ``top`` (k, 2): depth to top and elevation of top at both ends as drawn; ``diameter`` (k,): outer;
    ``ground`` (k + 1,): at the points, all NaN where unknown. What one of ground, depth and top lacks is worked out of
    the other two: top = ground - depth.
    """
    along = np.where(backwards[:, None], depth[:, ::-1], depth)
    height = np.where(backwards[:, None], top[:, ::-1], top)
    told = ground.copy()
    for end, points in ((0, slice(0, -1)), (1, slice(1, None))):
        worked_out = height[:, end] + along[:, end]
        told[points] = np.where(np.isnan(told[points]), worked_out, told[points])
    sides = np.stack([told[:-1], told[1:]], axis=1)
    height = np.where(np.isnan(height), sides - along, height)
    length = shapely.length(lines)
    station = np.concatenate([[0.0], np.cumsum(length)])
    coordinates = [
        shapely.get_coordinates(line)[:: -1 if back else 1] for line, back in zip(lines, backwards, strict=True)
    ]
    kept = [coordinates[0], *(part[1:] for part in coordinates[1:])]
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(length > 0, (height[:, 1] - height[:, 0]) / length, np.nan)
    return Profile(station, told, height, height - diameter[:, None], slope, shapely.LineString(np.concatenate(kept)))


@dataclass(frozen=True)
class Crossings:
    """Where lines cross the path (c,): ``line``: number of the line, ``station`` m, ``share`` of the line's length."""

    line: npt.NDArray[np.int64]
    station: Floats
    share: Floats


def crossings(path: Profile, lines: npt.NDArray[np.object_]) -> Crossings:
    """Every place where one of ``lines`` (c,) crosses the path in plan, by station; ends that touch it do not count."""
    points = shapely.intersection(path.axis, lines)
    parts, index = shapely.get_parts(points, return_index=True)
    single = shapely.get_type_id(parts) == shapely.GeometryType.POINT
    parts, index = parts[single], index[single]
    share = shapely.line_locate_point(lines[index], parts, normalized=True)
    station = shapely.line_locate_point(path.axis, parts)
    length = shapely.length(lines[index])
    inner = (share * length > TOUCH) & ((1 - share) * length > TOUCH)
    order = np.argsort(station[inner], kind="stable")
    return Crossings(index[inner][order].astype(np.int64), station[inner][order], share[inner][order])


def at_station(path: Profile, station: Floats) -> tuple[Floats, Floats, Floats]:
    """Ground, top and bottom of the pipe at stations (s,), straight between the points; NaN unknown."""
    pipe = np.clip(np.searchsorted(path.station, station, side="right") - 1, 0, len(path.top) - 1)
    begin, end = path.station[pipe], path.station[pipe + 1]
    share = np.divide(station - begin, end - begin, out=np.zeros(len(station)), where=end > begin)

    def between(low: Floats, high: Floats) -> Floats:
        return low + share * (high - low)

    ground = between(path.ground[pipe], path.ground[pipe + 1])
    return (
        ground,
        between(path.top[pipe, 0], path.top[pipe, 1]),
        between(path.bottom[pipe, 0], path.bottom[pipe, 1]),
    )
