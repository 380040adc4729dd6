"""Tie points: the three fixed points near a valve or hydrant by whose distances it is found again on the ground."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

REACH_M = 60.0  # a tape's length, about
LEAST_M = 1.0  # nearer a point tells no direction
CANDIDATES = 14  # nearest points of which three are chosen
DEGREES_A_METRE = 0.5  # of angle that a metre of distance is worth
STANDING = ("hydrant", "chamber", "pump_room", "valve")  # that can be seen from the street

Floats = npt.NDArray[np.float64]


class NoTies(RefusedError):
    """Nothing that stands fast is near enough."""

    kind = "no_ties"


@dataclass(frozen=True)
class Tie:
    """One fixed point: what it is, where (E, N), how far (m)."""

    what: str
    at: tuple[float, float]
    distance: float


def choose(at: Floats, points: Floats) -> list[int]:
    """Indices of three of ``points`` (n, 2) that fix the place ``at`` (2,) best; fewer where there are fewer.

    Two arcs fix a place well where they cross at a right angle, so the directions should differ: the smallest angle
    between any two of the three lines counts, less what the distances cost.
    """
    away = points - at
    distance = np.hypot(away[:, 0], away[:, 1])
    near = np.argsort(distance, kind="stable")
    near = near[(distance[near] >= LEAST_M) & (distance[near] <= REACH_M)][:CANDIDATES]
    if len(near) <= 3:
        return [int(index) for index in near]
    triples = np.array(list(itertools.combinations(range(len(near)), 3)))
    # A line's direction is the same either way: 0 to 180 degrees.
    direction = np.degrees(np.arctan2(away[near, 1], away[near, 0])) % 180.0
    pairs = [(0, 1), (0, 2), (1, 2)]
    apart = np.stack([np.abs(direction[triples[:, a]] - direction[triples[:, b]]) for a, b in pairs], axis=1)
    smallest = np.minimum(apart, 180.0 - apart).min(axis=1)
    score = smallest - DEGREES_A_METRE * distance[near][triples].mean(axis=1)
    best = triples[int(np.argmax(score))]
    return [int(near[index]) for index in best]


def ties_of(workspace: Workspace, kind: str, code: str) -> list[Tie]:
    """The tie points of one facility, the nearest first. Raises NoSuchRow, NoTies."""
    record = queries.describe(workspace, kind, code=code)
    at = shapely.get_coordinates(shapely.from_wkb(record.geometry))[:1]
    if not len(at):
        raise NoTies(_("{code} has no place.").format(code=code), _("Draw it on the map first."))
    words, points = _fixed_points(workspace, record, at[0])
    chosen = choose(at[0], points) if len(points) else []
    if not chosen:
        raise NoTies(
            _("Nothing that stands fast lies within {reach:g} m of {code}.").format(reach=REACH_M, code=code),
            _("Record buildings, hydrants or chambers near it first."),
        )
    found = [
        Tie(words[i], (float(points[i, 0]), float(points[i, 1])), float(np.hypot(*(points[i] - at[0])))) for i in chosen
    ]
    return sorted(found, key=lambda tie: tie.distance)


def _fixed_points(workspace: Workspace, record: queries.Record, at: Floats) -> tuple[list[str], Floats]:
    """What each fixed point within reach is, and where: corners of buildings, and what stands in the street."""
    box = (at[0] - REACH_M, at[1] - REACH_M, at[0] + REACH_M, at[1] + REACH_M)
    words: list[str] = []
    places: list[Floats] = []
    for building in queries.within(workspace, "building", box):
        shape = shapely.remove_repeated_points(shapely.simplify(shapely.from_wkb(building.geometry), 0.3))
        corners = np.unique(shapely.get_coordinates(shape), axis=0)
        name = building.values.get("name") or building.code
        words += [_("corner of {building}").format(building=name)] * len(corners)
        places.append(corners)
    for kind in STANDING:
        for other in queries.within(workspace, kind, box):
            if other.uid != record.uid and other.values.get("state") not in ("planned", "removed"):
                words.append(f"{_(KINDS[kind].title)} {other.code}")
                places.append(shapely.get_coordinates(shapely.from_wkb(other.geometry))[:1])
    return words, np.concatenate(places) if places else np.empty((0, 2))
