"""Rules about what a facility says it is joined to."""

from __future__ import annotations

from typing import Any

import numpy as np

from jnw_desktop.facilities.checks.city import REFERS_TO, UNKNOWN, UNSET, Floats, Ints
from jnw_desktop.facilities.checks.survey import Found, Survey
from jnw_desktop.facilities.checks.topology import LINKS
from jnw_desktop.facilities.kinds import KINDS, SOURCES
from jnw_desktop.language import N_

SIDES = np.array([N_("start"), N_("end")], dtype=object)


def _ends(survey: Survey, pipe: Ints, side: Ints, **values: Any) -> Found:
    """Findings about ends of pipes; ``facts``: the side and the joint the end belongs to by its place."""
    top = survey.topology
    found = survey.about_pipes(pipe, top.ends[pipe, side], side=SIDES[side], **values)
    facts = {"side": side, "joint": top.joint[pipe, side]}
    return Found(found.kind, found.rows, found.at, found.values, facts=facts)


def end_unset(survey: Survey) -> list[Found]:
    """A pipe's end without a reference, where something stands that it can end at."""
    top = survey.topology
    standing = (top.joint >= 0) & (top.joint < len(survey.vertices))
    pipe, side = np.nonzero((top.reference == UNSET) & standing)
    return [_ends(survey, pipe, side, other=survey.city.names_of_vertices(top.joint[pipe, side]))]


def end_without_node(survey: Survey) -> list[Found]:
    """A pipe's end without a reference, where nothing stands."""
    top = survey.topology
    pipe, side = np.nonzero((top.reference == UNSET) & (top.joint >= len(survey.vertices)))
    return [_ends(survey, pipe, side)]


def end_unknown(survey: Survey) -> list[Found]:
    """A pipe's end whose reference names nothing that is there."""
    pipe, side = np.nonzero(survey.topology.reference == UNKNOWN)
    return [_ends(survey, pipe, side)]


def _distances(survey: Survey, turned: bool = False) -> Floats:
    """(p, 2) metres from each end of a line to what the end names, or with ``turned`` the other end; NaN unknown."""
    top = survey.topology
    reference = top.reference[:, ::-1] if turned else top.reference
    to = survey.vertices.xy[np.maximum(reference, 0)] if len(survey.vertices) else np.full(top.ends.shape, np.nan)
    distance = np.hypot(*np.moveaxis(top.ends - to, -1, 0))
    return np.asarray(np.where(reference >= 0, distance, np.nan))


def _reversed(survey: Survey) -> Ints:
    limit = survey.city.limits.end.value
    # Unknown distances are NaN and compare false.
    return np.flatnonzero((_distances(survey) > limit).all(axis=1) & (_distances(survey, True) <= limit).all(axis=1))


def end_apart(survey: Survey) -> list[Found]:
    """The node a pipe's end names stands somewhere else than where the line ends."""
    distance = _distances(survey)
    wrong = distance > survey.city.limits.end.value
    wrong[_reversed(survey)] = False
    pipe, side = np.nonzero(wrong)
    named = survey.topology.reference[pipe, side]
    return [_ends(survey, pipe, side, distance=distance[wrong], other=survey.city.names_of_vertices(named))]


def ends_reversed(survey: Survey) -> list[Found]:
    """The line begins at the node recorded as its end, and ends at the one recorded as its start."""
    return [survey.about_pipes(_reversed(survey))]


def same_ends(survey: Survey) -> list[Found]:
    """Both ends of a pipe name the same node."""
    reference = survey.topology.reference
    rows = np.flatnonzero((reference[:, 0] >= 0) & (reference[:, 0] == reference[:, 1]))
    return [survey.about_pipes(rows)]


def link_broken(survey: Survey) -> list[Found]:
    """A valve or pump station that joins two nodes names only one of them, or one that is not there."""
    found = []
    for kind in LINKS:
        rows = survey.city.rows[kind]
        start, end = rows.references["start_node"], rows.references["end_node"]
        wrong = (start == UNKNOWN) | (end == UNKNOWN) | ((start == UNSET) != (end == UNSET))
        wrong |= (start >= 0) & (start == end)
        which = np.flatnonzero(wrong)
        found.append(Found(kind, which, rows.middle[which]))
    return found


def reference_unknown(survey: Survey) -> list[Found]:
    """Another facility that is named is not there."""
    found = []
    for kind, rows in survey.city.rows.items():
        for name, number in rows.references.items():
            which = np.flatnonzero(number == UNKNOWN)
            if name in REFERS_TO and len(which):
                field = KINDS[kind].field(name)
                told = np.full(len(which), field.title if field else name, dtype=object)
                found.append(Found(kind, which, rows.middle[which], {"field": told}))
    return found


def unused_node(survey: Survey) -> list[Found]:
    """A node at which no pipe ends, in service or not."""
    vertices, top = survey.vertices, survey.topology
    unused = vertices.of("node") & vertices.live & (top.degree_of_all[: len(vertices)] == 0)
    return survey.about_vertices(np.flatnonzero(unused))


def _off(survey: Survey, *kinds: str) -> Ints:
    vertices = survey.vertices
    bare = survey.topology.degree_of_all[: len(vertices)] == 0
    return np.flatnonzero(vertices.of(*kinds) & vertices.live & bare)


def off_pipe(survey: Survey) -> list[Found]:
    """A valve or hydrant at which no pipe ends. ``facts``: the pipe it stands on (or -1), and where along it."""
    off, misses = _off(survey, "valve", "hydrant"), survey.touches
    inside = np.flatnonzero((misses.target < 0) & (misses.pipe >= 0))
    pipe, along = np.full(len(survey.topology.at), -1), np.zeros(len(survey.topology.at))
    pipe[misses.joint[inside]], along[misses.joint[inside]] = misses.pipe[inside], misses.along[inside]
    found = survey.about_vertices(off, pipe=pipe[off], along=along[off], joint=off)
    return [Found(one.kind, one.rows, one.at, facts=one.values) for one in found]


def source_off_pipe(survey: Survey) -> list[Found]:
    """A waterworks, well, tank or pump station at which no pipe ends."""
    return survey.about_vertices(_off(survey, *SOURCES, "pump_station"))
