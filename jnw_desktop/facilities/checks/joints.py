"""Rules about where pipes meet, and where they should and do not."""

from __future__ import annotations

import numpy as np

from jnw_desktop.facilities.checks.city import Bools, Floats, Ints
from jnw_desktop.facilities.checks.contacts import Misses, Pairs
from jnw_desktop.facilities.checks.survey import Found, Survey
from jnw_desktop.facilities.checks.twins import alike

# Where a pipe may end with nothing after it.
TERMINALS = ("hydrant", "meter", "pump_station", "waterworks", "tank", "well", "pump_room", "spring_station")
ENDINGS = ("cap", "blank_end", "surfacing")
OUTLETS = ("air", "blow_off")
FITTINGS = {"bend": 2, "reducer": 2, "tee": 3, "cross": 4, "cap": 1, "blank_end": 1}  # pipes that meet at each
NAMES = ("joint", "target", "pipe", "along", "distance")  # of the arrays of misses
FLOW_POWER = 2.63  # Hazen-Williams: flow at one gradient goes with the diameter to this power


def _outlets(survey: Survey) -> Bools:
    column = survey.city.rows["valve"].codes["valve_kind"].among(*OUTLETS)
    which = np.zeros(len(survey.topology.at), dtype=bool)
    which[np.flatnonzero(survey.joints_of("valve"))] = column
    return which


def dangling_end(survey: Survey) -> list[Found]:
    """A pipe that ends at nothing: no other pipe, no facility that uses or gives water, no cap."""
    top = survey.topology
    return survey.about_joints(np.flatnonzero((top.degree == 1) & (top.pipe_degree == 1) & ~_meant(survey)))


def _meant(survey: Survey) -> Bools:
    """(j,) joints at which a pipe may well end with nothing after it."""
    return survey.node_kind.among(*ENDINGS) | survey.joints_of(*TERMINALS) | _outlets(survey)


def _nearest(misses: Misses) -> Misses:
    """The nearest of what each joint misses; of two as near, the one that is a joint."""
    order = np.lexsort((misses.target < 0, misses.distance, misses.joint))
    _joints, first = np.unique(misses.joint[order], return_index=True)
    return _some(misses, order[first])


def _some(misses: Misses, which: Ints | Bools) -> Misses:
    return Misses(*(getattr(misses, name)[which] for name in NAMES))


def near_miss(survey: Survey) -> list[Found]:
    """A dangling end within ``near`` of a pipe or joint, or two joints at one place, that are not joined.

    ``facts``: the joint, and the vertex to draw it to (-1 where it has to be done by hand).
    """
    end = survey.city.limits.end.value
    near = _nearest(survey.misses)
    near = _some(near, ((near.target >= 0) | (near.distance > end)) & ~_meant(survey)[near.joint])
    at_one_place = _nearest(survey.touches)
    several = survey.topology.pipe_degree[at_one_place.joint] > 0
    at_one_place = _some(at_one_place, (at_one_place.target >= 0) & several)
    both = Misses(*(np.concatenate([getattr(near, name), getattr(at_one_place, name)]) for name in NAMES))
    # Of two ends that miss each other the one is told that can be drawn to the other.
    return _told(survey, _once(_some(both, np.argsort(~_drawable(survey, both), kind="stable"))))


def _drawable(survey: Survey, misses: Misses) -> Bools:
    """Whether an end can be drawn to what it misses: a facility stands there, and at the end itself a node at most."""
    standing = (misses.target >= 0) & (misses.target < len(survey.vertices))
    plain = (misses.joint >= len(survey.vertices)) | survey.joints_of("node")[misses.joint]
    return np.asarray(standing & plain)


def _once(misses: Misses) -> Misses:
    """Of two joints that miss each other, one finding."""
    low, high = np.minimum(misses.joint, misses.target), np.maximum(misses.joint, misses.target)
    pair = np.column_stack([low, high])
    alone = misses.target < 0
    pair[alone] = np.column_stack([-1 - misses.joint[alone], misses.joint[alone]])
    _pairs, first = np.unique(pair, axis=0, return_index=True)
    return _some(misses, first)


def _told(survey: Survey, misses: Misses) -> list[Found]:
    """Findings about a pipe that ends at each joint."""
    top, pipes = survey.topology, survey.pipes
    ends = top.meeting(misses.joint, 1)[:, 0] if len(misses.joint) else np.zeros(0, dtype=np.int64)
    pipe = ends // 2
    standing = (misses.target >= 0) & (misses.target < len(survey.vertices))
    names = survey.city.names_of_vertices(np.where(standing, misses.target, -1))
    other = np.where(standing, names, pipes.code[np.maximum(misses.pipe, 0)] if len(pipes) else "")
    found = survey.about_pipes(pipe, top.at[misses.joint], distance=misses.distance)
    values = {**found.values, "other": other}
    facts = {"joint": misses.joint, "target": np.where(_drawable(survey, misses), misses.target, -1)}
    beside = np.where(standing, -1, misses.pipe)
    return [Found("pipe", pipe, found.at, values, "pipe", beside, facts)]


def end_on_pipe(survey: Survey) -> list[Found]:
    """Pipes end on the middle of another, which is not cut there. ``facts``: that pipe, the joint, and where along."""
    misses = survey.touches
    used = survey.topology.degree[misses.joint] > 0
    misses = _some(misses, used & (misses.target < 0) & (misses.pipe >= 0))
    _places, first = np.unique(np.column_stack([misses.joint, misses.pipe]), axis=0, return_index=True)
    misses = _some(misses, first)
    top = survey.topology
    ends = top.meeting(misses.joint, 1)[:, 0] if len(first) else np.zeros(0, dtype=np.int64)
    linked = top.pipe_degree[misses.joint] > 0
    found = survey.about_pipes(ends[linked] // 2, top.at[misses.joint[linked]], beside=misses.pipe[linked])
    facts = {"pipe": misses.pipe[linked], "joint": misses.joint[linked], "along": misses.along[linked]}
    return [Found("pipe", found.rows, found.at, found.values, "pipe", found.other, facts)]


def crossing(survey: Survey) -> list[Found]:
    """Two pipes in service cross in plan and are not joined there, unless one is known to pass over the other."""
    pairs = survey.crossings
    lying = np.sort(survey.overlaps.pipe, axis=1)
    size = max(len(survey.pipes), 1)
    alongside = np.isin(pairs.pipe @ np.array([size, 1]), lying @ np.array([size, 1]))
    pairs = pairs.only(~alongside & ~_passes_over(survey, pairs))
    return [survey.about_pipes(pairs.pipe[:, 0], pairs.at, beside=pairs.pipe[:, 1])]


def _passes_over(survey: Survey, pairs: Pairs) -> Bools:
    """Whether the lower pipe's top is known to lie below the upper one's bottom."""
    numbers, length = survey.pipes.numbers, survey.topology.length
    part = pairs.along / length[pairs.pipe]

    def along(column: str) -> Floats:
        first, last = numbers[f"{column}_start"][pairs.pipe], numbers[f"{column}_end"][pairs.pipe]
        return np.asarray(first + (last - first) * part)

    top, depth = along("elevation"), along("depth")
    # Depths of two pipes at one place are below the same ground.
    known = np.asarray(np.isfinite(top).all(axis=1))
    height = np.where(known[:, None], top, -depth)
    bore = np.where(np.isfinite(numbers["outer_diameter"]), numbers["outer_diameter"], numbers["dn"])[pairs.pipe] / 1000
    upper = np.argmax(np.nan_to_num(height), axis=1)
    thickness = np.take_along_axis(bore, upper[:, None], axis=1)[:, 0]
    thickness = np.where(np.isfinite(thickness), thickness, survey.city.limits.clear.value)
    return np.asarray(np.abs(height[:, 0] - height[:, 1]) > thickness)


def duplicate_point(survey: Survey) -> list[Found]:
    """Two points a pipe can end at stand at one place. ``facts``: whether no pipe ends at the one found."""
    vertices, top = survey.vertices, survey.topology
    some = np.flatnonzero(vertices.live & ~vertices.of("sensor") & np.isfinite(vertices.xy).all(axis=1))
    place = np.round(vertices.xy[some] / survey.city.limits.join.value).astype(np.int64)
    which, group = alike(place)
    some = some[which]
    # The one that pipes end at is the one that stays.
    order = np.lexsort((some, top.degree_of_all[some] == 0, group))
    later = np.flatnonzero(group[order[1:]] == group[order[:-1]]) + 1
    doubled, first = some[order[later]], some[order[later - 1]]
    idle = (top.degree_of_all[doubled] == 0) & vertices.of("node")[doubled]
    found = survey.about_vertices(doubled, other=survey.city.names_of_vertices(first), idle=idle)
    return [_fact(one, "idle") for one in found]


def _fact(found: Found, *names: str) -> Found:
    values = {name: value for name, value in found.values.items() if name not in names}
    facts = {name: found.values[name] for name in names}
    return Found(found.kind, found.rows, found.at, values, found.other_kind, found.other, facts)


def fitting_degree(survey: Survey) -> list[Found]:
    """A fitting at which another number of pipes meet than its kind says."""
    degree, found = survey.topology.degree, []
    for kind, wanted in FITTINGS.items():
        which = np.flatnonzero(survey.node_kind.among(kind) & (degree != wanted) & (degree > 0))
        live = which[survey.vertices.live[which]]
        values = {"count": degree[live], "wanted": np.full(len(live), wanted)}
        found += survey.about_vertices(live, fitting=np.full(len(live), kind, dtype=object), **values)
    return found


def node_kind_unset(survey: Survey) -> list[Found]:
    """A node of no recorded kind at which three or four pipes meet: a tee or a cross. ``facts``: which."""
    degree = survey.topology.degree[: len(survey.vertices)]
    nodes = survey.vertices.of("node") & survey.vertices.live & ~survey.city.node_kind.given
    found = []
    for count, kind in ((3, "tee"), (4, "cross")):
        which = np.flatnonzero(nodes & (degree == count))
        fitting = np.full(len(which), kind, dtype=object)
        found += survey.about_vertices(which, count=degree[which], fitting=fitting)
    return found


def _through(survey: Survey) -> tuple[Ints, Ints]:
    """Joints where just two pipes meet and nothing else, and those pipes (n, 2); a pipe bent onto itself left out."""
    top = survey.topology
    joints = np.flatnonzero((top.degree == 2) & (top.pipe_degree == 2))
    pipes = top.meeting(joints, 2) // 2
    two = pipes[:, 0] != pipes[:, 1]
    return joints[two], pipes[two]


def dn_jump(survey: Survey) -> list[Found]:
    """The diameter changes from pipe to pipe where there is no reducer."""
    joints, pipes = _through(survey)
    dn = survey.pipes.numbers["dn"][pipes]
    passing = ~survey.joints_of(*TERMINALS, "sensor")[joints] & ~survey.node_kind.among("reducer")[joints]
    which = np.flatnonzero(passing & (np.abs(dn[:, 0] - dn[:, 1]) > 0))
    return survey.about_joints(joints[which], first=dn[which].min(axis=1), last=dn[which].max(axis=1))


def reducer_without_change(survey: Survey) -> list[Found]:
    """A reducer between pipes of one diameter."""
    joints, pipes = _through(survey)
    dn = survey.pipes.numbers["dn"][pipes]
    which = np.flatnonzero(survey.node_kind.among("reducer")[joints] & (dn[:, 0] == dn[:, 1]))
    return survey.about_joints(joints[which], first=dn[which, 0])


def material_jump(survey: Survey) -> list[Found]:
    """The material changes from pipe to pipe at a plain node."""
    joints, pipes = _through(survey)
    material = survey.pipes.codes["material"]
    number = material.number[pipes]
    plain = ~survey.joints_of("valve", *TERMINALS)[joints]
    which = np.flatnonzero(plain & (number >= 0).all(axis=1) & (number[:, 0] != number[:, 1]))
    first, last = material.text(pipes[which, 0]), material.text(pipes[which, 1])
    return survey.about_joints(joints[which], material=first, other_material=last)


def tee_impossible(survey: Survey) -> list[Found]:
    """A tee whose widest pipe can pass on less than the share ``tee`` of what it can carry."""
    top = survey.topology
    joints = np.flatnonzero((top.degree == 3) & (top.pipe_degree == 3))
    dn = np.sort(survey.pipes.numbers["dn"][top.meeting(joints, 3) // 2], axis=1)
    carries = dn**FLOW_POWER
    little = carries[:, 0] + carries[:, 1] < survey.city.limits.tee.value * carries[:, 2]
    which = np.flatnonzero(little & np.isfinite(dn).all(axis=1))
    return survey.about_joints(joints[which], first=dn[which, 1], last=dn[which, 2])


def abandoned_joined(survey: Survey) -> list[Found]:
    """An abandoned pipe that still hangs on pipes in service, with no closed valve between and no cap recorded."""
    pipes, top = survey.pipes, survey.topology
    gone = pipes.codes["state"].among("abandoned")
    valves = survey.city.rows["valve"]
    present = valves.codes["present_state"]
    closed = present.among("closed") | (~present.given & valves.codes["normal_state"].among("closed"))
    shut = survey.node_kind.among("cap")
    shut[np.flatnonzero(survey.joints_of("valve"))] = closed
    wet = (top.pipe_degree > 0) & ~shut
    joint = np.where(gone[:, None], top.joint, -1)
    pipe, side = np.nonzero((joint >= 0) & wet[joint])
    return [survey.about_pipes(pipe, top.ends[pipe, side])]


# What may be joined: water to drink, and water that must never reach it.
DRINKABLE = ("transmission", "distribution", "service", "direct_drinking")
FOUL = ("raw", "reuse", "circulating")
TREATMENT = ("waterworks", "tank", "pump_station")


def mixed_water(survey: Survey) -> list[Found]:
    """Pipes of drinking water and of raw, reuse or circulating water meet outside a works."""
    top, use = survey.topology, survey.pipes.codes["use"]
    clean = top.count(top.joint[top.live & use.among(*DRINKABLE)]) > 0
    foul = top.count(top.joint[top.live & use.among(*FOUL)]) > 0
    return survey.about_joints(np.flatnonzero(clean & foul & ~survey.joints_of(*TREATMENT)))
