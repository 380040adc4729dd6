"""The water network under the streets: pipes cut at valves, hydrants and house connections, and the points there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

from jnw_desktop.demo.blocks import Blocks
from jnw_desktop.demo.recipe import Recipe
from jnw_desktop.demo.streets import Streets, graph_of

OFFSET = np.array([3.4, -2.7])  # m from the street's axis to the main; one vector for all, so the graph stays joined
VALVE_FROM_JUNCTION = 7.0
CLEAR = 4.0  # m between two cuts of a line
HOUSE_APART = 0.6  # m between two house connections
LEAD = 2.6  # m from the main to a hydrant
SERVICE_DN = 100


@dataclass(frozen=True)
class Network:
    """``pipes`` (n,) with ``dn``, ``street`` (line above), ``service``; ``ends`` (n, 2) indices into ``points``.

    ``kind`` (m,) of each point: node, valve, hydrant or meter; ``block`` (m,) neighbourhood of a meter, else -1.
    """

    pipes: npt.NDArray[np.object_]
    dn: npt.NDArray[np.int64]
    street: npt.NDArray[np.int64]
    service: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.int64]
    points: npt.NDArray[np.float64]
    kind: npt.NDArray[np.str_]
    block: npt.NDArray[np.int64]


def lay_network(recipe: Recipe, streets: Streets, blocks: Blocks, rng: np.random.Generator) -> Network:
    """All pipes of the city."""
    degree = np.bincount(streets.ends.ravel(), minlength=len(streets.points))
    served: dict[int, list[int]] = {}
    for block, line in enumerate(blocks.line):
        served.setdefault(int(line), []).append(block)
    pieces: list[tuple[shapely.Geometry, int, int, bool]] = []
    marks: list[tuple[tuple[float, float], str, int]] = []
    for number, line in enumerate(streets.lines):
        cuts = _cuts(recipe, streets, number, degree, rng)
        services = [(float(blocks.along[block]), "service", block) for block in served.get(number, ())]
        length = float(line.length)
        cuts = _apart(services + cuts, length)
        main = shapely.transform(line, lambda at: np.round(at + OFFSET, 2))
        stops = [0.0, *(cut[0] for cut in cuts), length]
        for start, end in itertools.pairwise(stops):
            pieces.append(
                (
                    substring(main, start * main.length / length, end * main.length / length),
                    int(streets.dn[number]),
                    number,
                    False,
                )
            )
        for along, what, block in cuts:
            at = shapely.line_interpolate_point(main, along * main.length / length)
            here = (float(at.x), float(at.y))
            if what == "valve":
                marks.append((here, "valve", -1))
                continue
            there = _beside(main, along, here) if what == "hydrant" else tuple(blocks.entry[block].tolist())
            pieces.append((_service(main, along, here, there), SERVICE_DN, number, True))
            marks.append((there, "hydrant" if what == "hydrant" else "meter", block))
    return _joined(pieces, marks)


def _cuts(
    recipe: Recipe, streets: Streets, number: int, degree: npt.NDArray[np.int64], rng: np.random.Generator
) -> list[tuple[float, str, int]]:
    """Valves beside junctions and hydrants along the street: (m along, what, -1)."""
    length = float(streets.lines[number].length)
    cuts: list[tuple[float, str, int]] = []
    begin, end = streets.ends[number]
    if length > 4 * VALVE_FROM_JUNCTION:
        if degree[begin] >= 3 and rng.random() < 0.8:
            cuts.append((VALVE_FROM_JUNCTION, "valve", -1))
        if degree[end] >= 3 and rng.random() < 0.45:
            cuts.append((length - VALVE_FROM_JUNCTION, "valve", -1))
    every = recipe.facilities.hydrant_every
    cuts += [(along, "hydrant", -1) for along in np.arange(every / 2, length - 15.0, every).tolist()]
    return cuts


def _apart(cuts: list[tuple[float, str, int]], length: float) -> list[tuple[float, str, int]]:
    """The cuts in order along the line; one too near another or an end gives way, house connections last of all."""
    kept: list[tuple[float, str, int]] = []
    for along, what, block in cuts:
        if what == "service":
            kept.append((_house_place(along, length, [other[0] for other in kept]), what, block))
        elif all(abs(along - other[0]) >= CLEAR for other in kept):
            kept.append((along, what, block))
    return sorted(kept)


def _house_place(along: float, length: float, taken: list[float]) -> float:
    """Where a house is connected: the nearest place free of other connections and, on a long street, of its ends."""
    room = min(CLEAR, length / 3)
    wanted = min(max(along, room), length - room)
    steps = [wanted + sign * HOUSE_APART * step for step in range(int(length / HOUSE_APART) + 1) for sign in (1, -1)]
    free = (
        place
        for place in steps
        if room <= place <= length - room and all(abs(place - other) >= HOUSE_APART - 0.01 for other in taken)
    )
    return next(free, wanted)


def _service(
    main: shapely.Geometry, along: float, here: tuple[float, float], there: tuple[float, float]
) -> shapely.Geometry:
    """From the main to a hydrant or a house; where the house lies straight beyond the end, round that end."""
    line = shapely.LineString([here, there])
    if shapely.distance(line, shapely.get_point(main, [0, -1])).min() > CLEAR / 8:
        return line
    return shapely.LineString([here, _beside(main, along, here), there])


def _beside(main: shapely.Geometry, along: float, here: tuple[float, float]) -> tuple[float, float]:
    ahead = shapely.line_interpolate_point(main, along + 0.5)
    way = np.array([ahead.x - here[0], ahead.y - here[1]])
    way = LEAD * way / max(float(np.hypot(*way)), 1e-9)
    left, right = (here[0] - float(way[1]), here[1] + float(way[0])), (here[0] + float(way[1]), here[1] - float(way[0]))
    beyond = shapely.LineString([(np.array(here) + 0.2 * (np.array(left) - np.array(here))).tolist(), left])
    return left if shapely.distance(beyond, main) > LEAD / 8 else right  # a sharp bend of the main is in the way


def _joined(
    pieces: list[tuple[shapely.Geometry, int, int, bool]], marks: list[tuple[tuple[float, float], str, int]]
) -> Network:
    lines = shapely.transform(np.array([piece[0] for piece in pieces], dtype=object), lambda at: np.round(at, 2))
    lines = shapely.remove_repeated_points(lines, 0.0)
    lines_ok = shapely.length(lines) > 0.0
    lines = lines[lines_ok]
    points, ends = graph_of(lines)
    whole = {key: index for index, key in enumerate(map(tuple, np.round(points * 100).astype(np.int64).tolist()))}
    kind = np.full(len(points), "node", dtype="<U8")
    block = np.full(len(points), -1)
    for at, what, owner in marks:
        index = whole.get((round(at[0] * 100), round(at[1] * 100)))
        if index is not None:
            kind[index], block[index] = what, owner
    columns = [np.array(column)[lines_ok] for column in list(zip(*pieces, strict=True))[1:]]
    return Network(lines, columns[0], columns[1], columns[2], ends, points, kind, block)
