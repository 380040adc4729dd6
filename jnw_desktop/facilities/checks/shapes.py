"""Rules about the lines, points and areas themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.facilities.checks.city import Floats, Ints
from jnw_desktop.facilities.checks.survey import Found, Survey
from jnw_desktop.facilities.checks.twins import alike
from jnw_desktop.facilities.kinds import KINDS

AT_ONCE = 50_000  # of shapely's lines made


def no_geometry(survey: Survey) -> list[Found]:
    """A facility without a place: geometry missing, empty, or with a coordinate that is no number."""
    found = []
    for kind, rows in survey.city.rows.items():
        which = np.flatnonzero(~rows.sound)
        found.append(Found(kind, which, rows.middle[which]))
    return found


def outside_area(survey: Survey) -> list[Found]:
    """A facility far outside the area that the CRS is made for."""
    if survey.city.area is None:
        return []
    low_e, low_n, high_e, high_n = survey.city.area
    found = []
    for kind, rows in survey.city.rows.items():
        east, north = rows.middle.T
        away = (east < low_e) | (east > high_e) | (north < low_n) | (north > high_n)
        which = np.flatnonzero(away)
        found.append(Found(kind, which, rows.middle[which]))
    return found


def invalid_area(survey: Survey) -> list[Found]:
    """An area whose outline crosses itself."""
    found = []
    for kind, rows in survey.city.rows.items():
        if KINDS[kind].geometry == "MULTIPOLYGON":
            which = np.flatnonzero(rows.sound & ~shapely.is_valid(rows.areas))
            found.append(Found(kind, which, rows.middle[which]))
    return found


def length_in_space(survey: Survey) -> Floats:
    """(p,) metres along each pipe, the difference of its tops' elevations taken in where both are known."""
    numbers = survey.pipes.numbers
    drop = np.nan_to_num(numbers["elevation_end"] - numbers["elevation_start"], posinf=0.0, neginf=0.0)
    return np.asarray(np.hypot(survey.topology.length, drop))


def zero_length(survey: Survey) -> list[Found]:
    """A pipe shorter in space than ``short``."""
    length = length_in_space(survey)
    rows = np.flatnonzero(length < survey.city.limits.short.value)
    return [survey.about_pipes(rows, length=length[rows])]


def long_pipe(survey: Survey) -> list[Found]:
    """A pipe longer in space than ``long``."""
    length = length_in_space(survey)
    rows = np.flatnonzero(length > survey.city.limits.long.value)
    limit = np.full(len(rows), survey.city.limits.long.value)
    return [survey.about_pipes(rows, length=length[rows], limit=limit)]


def steep(survey: Survey) -> list[Found]:
    """A pipe that rises or falls at more than ``slope``."""
    numbers = survey.pipes.numbers
    drop = np.abs(numbers["elevation_end"] - numbers["elevation_start"])
    angle = np.degrees(np.arctan2(drop, survey.topology.length))
    rows = np.flatnonzero(angle > survey.city.limits.slope.value)
    return [survey.about_pipes(rows, angle=angle[rows])]


def _corners(survey: Survey) -> tuple[Ints, Floats, npt.NDArray[np.bool_]]:
    """Vertices of lines of three points and more: pipe (k,), place (k, 2), whether it repeats the one before."""
    pipes = survey.pipes
    chosen = np.flatnonzero(pipes.sound & (pipes.lines.counts > 2))
    points, of = pipes.lines.coordinates(chosen)
    again = np.zeros(len(points), dtype=bool)
    again[1:] = (of[1:] == of[:-1]) & (points[1:] == points[:-1]).all(axis=1)
    return chosen[of], points, again


def repeated_vertex(survey: Survey) -> list[Found]:
    """A line with the same vertex twice, one after the other, and yet of some length."""
    pipe, _points, again = _corners(survey)
    rows = np.unique(pipe[again])
    return [survey.about_pipes(rows[survey.topology.length[rows] > 0])]


def doubling_back(survey: Survey) -> list[Found]:
    """A line that turns back on itself, leaving an angle smaller than ``doubling``."""
    pipe, points, again = _corners(survey)
    pipe, points = pipe[~again], points[~again]
    ways = np.diff(points, axis=0)
    inner = np.flatnonzero((pipe[2:] == pipe[:-2]) if len(pipe) > 2 else np.zeros(0, dtype=bool))
    back, on = -ways[inner], ways[inner + 1]
    cosine = (back * on).sum(axis=1) / (np.hypot(*back.T) * np.hypot(*on.T))
    angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    sharp = np.flatnonzero(angle < survey.city.limits.doubling.value)
    rows, first = np.unique(pipe[inner[sharp]], return_index=True)
    place = points[inner[sharp] + 1][first]
    return [survey.about_pipes(rows, place, angle=angle[sharp][first])]


def self_crossing(survey: Survey) -> list[Found]:
    """A line that crosses itself."""
    pipes = survey.pipes
    some = np.flatnonzero(pipes.sound & (pipes.lines.counts > 3))
    crossed = [part[~shapely.is_simple(pipes.lines[part])] for part in np.array_split(some, len(some) // AT_ONCE + 1)]
    return [survey.about_pipes(np.concatenate(crossed))]


def duplicate_pipe(survey: Survey) -> list[Found]:
    """A pipe recorded twice: the same line as another, forwards or backwards."""
    later, earlier = survey.twins
    return [survey.about_pipes(later, beside=earlier)]


def parallel_pipe(survey: Survey) -> list[Found]:
    """Two pipes in service between the same two joints on different lines."""
    pipes, top = survey.pipes, survey.topology
    some = np.flatnonzero(pipes.live & (top.joint >= 0).all(axis=1) & (top.joint[:, 0] != top.joint[:, 1]))
    some = some[~np.isin(some, survey.twins[0])]
    which, group = alike(np.sort(top.joint[some], axis=1))
    follows = np.flatnonzero(group[1:] == group[:-1]) + 1
    return [survey.about_pipes(some[which[follows]], beside=some[which[follows - 1]])]


def overlap(survey: Survey) -> list[Found]:
    """Two pipes in service that lie on one another for longer than ``overlap``."""
    pairs = survey.overlaps
    doubled = np.isin(pairs.pipe, survey.twins[0]).any(axis=1)
    pairs = pairs.only(~doubled)
    return [survey.about_pipes(pairs.pipe[:, 0], pairs.at, beside=pairs.pipe[:, 1], length=pairs.length)]


def length_differs(survey: Survey) -> list[Found]:
    """The recorded length differs from the line's by more than the share ``length``, and by more than half a metre."""
    said, drawn = survey.pipes.numbers["length"], length_in_space(survey)
    off = np.abs(said - drawn)
    rows = np.flatnonzero((off > survey.city.limits.length.value * drawn) & (off > 0.5))
    return [survey.about_pipes(rows, said=said[rows], drawn=drawn[rows])]
