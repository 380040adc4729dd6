"""Rules about ground, depth and elevation of top at the ends of pipes."""

from __future__ import annotations

import numpy as np

from jnw_desktop.facilities.checks.city import Floats
from jnw_desktop.facilities.checks.references import SIDES
from jnw_desktop.facilities.checks.survey import Found, Survey


def _heights(survey: Survey) -> tuple[Floats, Floats, Floats]:
    """(p, 2) metres each: ground at what stands at an end, depth to top there, elevation of top there."""
    numbers, reference = survey.pipes.numbers, survey.topology.reference
    ground = np.append(survey.city.of_vertices("elevation"), np.nan)
    there = np.where(reference >= 0, reference, len(ground) - 1)
    depth = np.stack([numbers["depth_start"], numbers["depth_end"]], axis=1)
    top = np.stack([numbers["elevation_start"], numbers["elevation_end"]], axis=1)
    return ground[there], depth, top


def height_disagrees(survey: Survey) -> list[Found]:
    """Ground elevation is not depth plus elevation of top, by more than ``height``."""
    ground, depth, top = _heights(survey)
    off = np.abs(ground - depth - top)
    pipe, side = np.nonzero(off > survey.city.limits.height.value)
    at = survey.topology.ends[pipe, side]
    values = {"side": SIDES[side], "ground": ground[pipe, side], "depth": depth[pipe, side], "top": top[pipe, side]}
    return [Found("pipe", pipe, at, values)]


def height_missing(survey: Survey) -> list[Found]:
    """Depth or elevation of top is unknown where the other and the ground say it. ``facts``: side, column, value."""
    ground, depth, top = _heights(survey)
    found = []
    for column, missing, known in (("depth", depth, top), ("elevation", top, depth)):
        pipe, side = np.nonzero(np.isnan(missing) & np.isfinite(ground) & np.isfinite(known))
        value = np.round(ground - known, 3)[pipe, side]
        name = np.char.add(f"{column}_", np.array(["start", "end"])[side]).astype(object)
        told = survey.about_pipes(pipe, survey.topology.ends[pipe, side], side=SIDES[side], value=value)
        facts = {"column": name, "value": value}
        found.append(Found("pipe", told.rows, told.at, told.values, facts=facts))
    return found


def depth_doubtful(survey: Survey) -> list[Found]:
    """The top of a pipe lies above ground, or deeper than ``depth``; what hangs or stands is let be."""
    _ground, depth, _top = _heights(survey)
    above = survey.pipes.codes["embedding"].among("JK", "DM", "SJ")  # overhead, on ground, on a rack
    wrong = (depth > survey.city.limits.depth.value) | ((depth < 0) & ~above[:, None])
    pipe, side = np.nonzero(wrong)
    found = survey.about_pipes(pipe, survey.topology.ends[pipe, side], side=SIDES[side], depth=depth[wrong])
    return [found]
