"""What touches what, held against brute force on random small networks."""

import itertools

import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jnw_desktop.facilities.checks.rules import RULES
from jnw_desktop.facilities.checks.survey import Survey

from .small import city, pipe

END, NEAR, JOIN, OVERLAP = 0.05, 0.5, 0.01, 0.5  # the figures of the table

# Places on a grid of 0.3 m in a yard of 6 m: crossings, near misses, touching ends and overlaps are all frequent.
places = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda at: (at[0] * 0.3, at[1] * 0.3))
lines = st.lists(places, min_size=2, max_size=4, unique=True)
networks = st.lists(lines, min_size=2, max_size=8)


def made(network):
    return Survey(city(*(pipe(f"p{number}", *line) for number, line in enumerate(network))))


def pairs(rule, survey):
    codes = survey.pipes.code
    return {
        frozenset((codes[a], codes[b]))
        for one in RULES[rule].look(survey)
        for a, b in zip(one.rows, one.other, strict=True)
    }


def shapes(network):
    return {f"p{number}": shapely.LineString(line) for number, line in enumerate(network)}


def parts(geometry):
    return list(getattr(geometry, "geoms", [geometry]))


def ends(line):
    return [shapely.get_point(line, 0), shapely.get_point(line, -1)]


def beside(one, other, reach):
    """Metres of ``other`` that lie within ``reach`` of ``one``."""
    return shapely.intersection(shapely.buffer(one, reach, cap_style="flat"), other).length


@settings(max_examples=100, deadline=None)
@given(networks)
def test_overlaps_are_those_of_brute_force(network):
    survey = made(network)
    assume(not len(survey.twins[0]))  # of a pipe recorded twice that alone is told
    found = pairs("overlap", survey)
    for (a, one), (b, other) in itertools.combinations(shapes(network).items(), 2):
        if one.length > OVERLAP and beside(one, other, 1e-6) > OVERLAP + 0.01:
            assert {a, b} in found
        if max(beside(one, other, 2 * JOIN), beside(other, one, 2 * JOIN)) < OVERLAP:
            assert {a, b} not in found


@settings(max_examples=100, deadline=None)
@given(networks)
def test_crossings_are_those_of_brute_force(network):
    survey = made(network)
    expected = set()
    for (a, one), (b, other) in itertools.combinations(shapes(network).items(), 2):
        common = shapely.intersection(one, other)
        tips = shapely.multipoints([*ends(one), *ends(other)])
        points = [part for part in parts(common) if part.geom_type == "Point" and not part.is_empty]
        # A vertex that lies on the other line but for rounding.
        points += [at for at in map(shapely.Point, one.coords) if shapely.distance(at, other) < 1e-10]
        points += [at for at in map(shapely.Point, other.coords) if shapely.distance(at, one) < 1e-10]
        if any(shapely.distance(point, tips) > END + 1e-6 for point in points):
            expected.add(frozenset((a, b)))
    lying = {
        frozenset((a, b))
        for (a, one), (b, other) in itertools.combinations(shapes(network).items(), 2)
        if beside(one, other, JOIN) > 0.1
    }
    # Of two that lie on one another anywhere, the overlap is what is told.
    assert pairs("crossing", survey) - lying == expected - lying


@settings(max_examples=100, deadline=None)
@given(networks)
def test_ends_that_miss_are_those_of_brute_force(network):
    survey = made(network)
    drawn = shapes(network)
    tips = [(code, side, point) for code, line in drawn.items() for side, point in enumerate(ends(line))]
    missing = set()
    for code, _side, tip in tips:
        alone = sum(shapely.distance(tip, other) <= JOIN for _c, _s, other in tips) == 1
        if not alone or drawn[code].length <= 4 * NEAR:
            continue  # joined, or so short that its neighbours are near because they must be
        if any(shapely.distance(tip, line) <= NEAR - 1e-6 for other, line in drawn.items() if other != code):
            missing.add((round(tip.x, 3), round(tip.y, 3)))
    found = set()
    for rule in ("near_miss", "end_on_pipe"):
        for one in RULES[rule].look(survey):
            found |= {tuple(at) for at in np.round(one.at, 3).tolist()}
    # An end whose partner of the same pair is told is told by it.
    partners = {
        (round(other.x, 3), round(other.y, 3))
        for code, _s, tip in tips
        for _c, _t, other in tips
        if (round(tip.x, 3), round(tip.y, 3)) in found and shapely.distance(tip, other) <= NEAR
    }
    assert missing <= found | partners


@settings(max_examples=100, deadline=None)
@given(networks)
def test_nothing_is_said_to_miss_that_is_far_or_joined(network):
    survey = made(network)
    drawn = shapes(network)
    for one in RULES["near_miss"].look(survey):
        for row, at, distance in zip(one.rows.tolist(), one.at, one.values["distance"].tolist(), strict=True):
            code = survey.pipes.code[row]
            others = [line for other, line in drawn.items() if other != code]
            assert shapely.distance(shapely.Point(at), shapely.union_all(others)) <= distance + 1e-6 <= NEAR + 2e-6


@settings(max_examples=100, deadline=None)
@given(networks, st.permutations(range(8)), st.booleans())
def test_duplicates_are_found_whatever_their_order_and_direction(network, order, turned):
    twin = network[0][::-1] if turned else network[0]
    every = [*network, twin]
    shuffled = [every[number] for number in order if number < len(every)]
    survey = made(shuffled)
    drawn = list(shapes(shuffled).values())
    groups = {}
    for line in drawn:
        points = tuple(line.coords)
        groups.setdefault(min(points, points[::-1]), []).append(line)
    expected = sum(len(group) - 1 for group in groups.values())
    assert sum(len(one) for one in RULES["duplicate_pipe"].look(survey)) == expected


@settings(max_examples=100, deadline=None)
@given(networks)
def test_parts_without_source_are_the_connected_parts(network):
    """Against a plain flood over shared end places; without a source the longest part passes."""
    drawn = shapes(network)
    left, components = dict(drawn), []
    while left:
        reached = [left.popitem()]
        for _code, line in reached:
            for other in [
                other
                for other, shape in left.items()
                if min(shapely.distance(a, b) for a in ends(line) for b in ends(shape)) <= JOIN
            ]:
                reached.append((other, left.pop(other)))
        components.append({code for code, _line in reached})
    found = [one for one in RULES["isolated"].look(made(network)) if len(one)]
    assert sum(len(one) for one in found) == len(components) - 1
    assert {count for one in found for count in one.values["count"].tolist()} <= {len(part) for part in components}
