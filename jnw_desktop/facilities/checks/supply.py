"""Rules about whether water gets to a pipe, and which district it belongs to."""

from __future__ import annotations

import numpy as np
import shapely

from jnw_desktop.facilities.checks.city import Bools, Floats, Unfed
from jnw_desktop.facilities.checks.survey import Found, Survey
from jnw_desktop.facilities.kinds import SOURCES

# Mains that lead past districts, and water that no district measures.
UNMEASURED = ("raw", "transmission", "reuse", "circulating")


def _fed(survey: Survey) -> Bools:
    """(parts,) whether a source in service is joined to a part."""
    top, vertices = survey.topology, survey.vertices
    sources = np.flatnonzero(vertices.of(*SOURCES) & vertices.live & (top.degree[: len(vertices)] > 0))
    fed = np.zeros(int(top.part.max(initial=-1)) + 1, dtype=bool)
    fed[top.part[sources]] = True
    return fed


def no_source(survey: Survey) -> list[Found]:
    """There are pipes, and no source that any of them is joined to: one finding about the whole workspace."""
    if survey.city.unfed is not None or not survey.pipes.live.any() or _fed(survey).any():
        return []
    return [Found("", np.array([-1]), np.full((1, 2), np.nan))]


def isolated(survey: Survey) -> list[Found]:
    """Pipes in service that no source is joined to, closed valves taken as open: one finding for each part.

    Without any source the largest part passes as supplied.
    """
    if survey.city.unfed is not None:
        return [_told_of(survey, survey.city.unfed)]
    top = survey.topology
    pipes = np.flatnonzero(top.live & (top.joint >= 0).any(axis=1))
    part = top.part[top.joint[pipes].max(axis=1)]
    fed = _fed(survey)
    length = np.bincount(part, weights=np.nan_to_num(top.length[pipes]), minlength=len(fed))
    if not fed.any() and len(fed):
        fed[np.argmax(length)] = True
    dry, first, count = np.unique(part, return_index=True, return_counts=True)
    lacking = ~fed[dry]
    rows, dry = pipes[first[lacking]], dry[lacking]
    return [survey.about_pipes(rows, count=count[lacking], length=length[dry])]


def _told_of(survey: Survey, unfed: Unfed) -> Found:
    """The parts whose first pipe is one of the rows."""
    row_of = {uid: row for row, uid in enumerate(survey.pipes.uid.tolist())}
    there = np.array([uid in row_of for uid in unfed.uid], dtype=bool)
    rows = np.array([row_of[uid] for uid in unfed.uid[there]], dtype=np.int64)
    return survey.about_pipes(rows, count=unfed.count[there], length=unfed.length[there])


def outside_dma(survey: Survey) -> list[Found]:
    """A pipe in service that gives water to customers and lies in no DMA, where there are DMAs."""
    dmas = survey.city.rows["dma"]
    areas = dmas.shape[dmas.sound & dmas.live]
    if not len(areas):
        return []
    pipes = survey.pipes
    measured = pipes.live & pipes.sound & ~pipes.codes["use"].among(*UNMEASURED)
    rows = np.flatnonzero(measured)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(pipes.shape[rows], 0.5, normalized=True))
    return [survey.about_pipes(rows[~_inside(areas, middle)])]


def _inside(areas: np.ndarray[tuple[int], np.dtype[np.object_]], places: Floats) -> Bools:
    inside = np.zeros(len(places), dtype=bool)
    for area in areas:
        low_e, low_n, high_e, high_n = shapely.bounds(area)
        east, north = places.T
        near = np.flatnonzero(~inside & (east >= low_e) & (east <= high_e) & (north >= low_n) & (north <= high_n))
        shapely.prepare(area)
        inside[near] = shapely.intersects_xy(area, places[near, 0], places[near, 1])
    return inside
