"""What is read about a change tells of it what the whole workspace tells."""

import numpy as np
import pytest
import shapely

from jnw_desktop.facilities.checks import operations
from jnw_desktop.facilities.checks.limits import read_table
from jnw_desktop.facilities.checks.nearby import load_nearby
from jnw_desktop.facilities.kinds import KINDS

SIDE, STEP = 18, 25.0  # a yard of 18 × 18 crossroads, 25 m apart
EAST, NORTH = 500_000.0, 4_060_000.0


def messy_city(rng, *, source):
    """Rows of a street grid in which ends hang loose, miss, cross, overlap and name what is not there."""
    at = {}
    for i in range(SIDE):
        for j in range(SIDE):
            off = rng.choice([0, 0, 0, 0.2, 0.04], 2)
            at[i, j] = (EAST + STEP * i + off[0], NORTH + STEP * j + off[1])
    nodes = {key: {"uid": f"n{key[0]}-{key[1]}", "geom": shapely.Point(place).wkb} for key, place in at.items()}
    kinds = [None, "tee", "cross", "cap", "reducer", "bend"]
    for node in nodes.values():
        node["node_kind"] = kinds[rng.integers(len(kinds))]
    pipes = []
    for (i, j), first in at.items():
        for other in ((i + 1, j), (i, j + 1), (i + 1, j + 1)):
            if other not in at or rng.random() < (0.9 if other == (i + 1, j + 1) else 0.1):
                continue
            shift = rng.choice([0, 0, 0, 0, 0.3, 1.5])  # near misses and ends apart
            line = [first, (at[other][0] + shift, at[other][1])]
            ends = [nodes[i, j]["uid"], nodes[other]["uid"]]
            for side in (0, 1):
                if rng.random() < 0.15:
                    ends[side] = rng.choice(np.array([None, "nothing"], dtype=object))
            pipes.append(wild(rng, f"p{len(pipes)}", line, ends))
    pipes += [
        wild(rng, f"q{i}", shapely.get_coordinates(shapely.from_wkb(pipes[i]["geom"])), (None, None)) for i in (3, 40)
    ]
    # A part of its own, far from the others, and a main that crosses half the yard.
    pipes.append(wild(rng, "alone", [(EAST - 300, NORTH), (EAST - 290, NORTH)], (None, None)))
    pipes.append(
        wild(rng, "main", [(EAST - 5, NORTH - 7), (EAST + 160, NORTH + 110), (EAST + 170, NORTH + 300)], (None, None))
    )
    valves = [
        {"uid": f"v{i}", "geom": shapely.Point(EAST + STEP * i + 12, NORTH + STEP * i).wkb} for i in range(SIDE - 1)
    ]
    valves[0] |= {"start_node": "n0-0", "end_node": "n5-5"}
    works = [{"uid": "w", "geom": shapely.Point(at[0, 0]).wkb}] if source else []
    if source:
        pipes.append(wild(rng, "out", [at[0, 0], at[1, 1]], ("w", "n1-1")) | {"state": "in_service"})
    dma = shapely.MultiPolygon([shapely.box(EAST - 10, NORTH - 10, EAST + 200, NORTH + 400)]).wkb
    return {
        "node": list(nodes.values()), "valve": valves, "waterworks": works, "dma": [{"uid": "d", "geom": dma}],
        "pipe": pipes,
    }  # fmt: skip


def wild(rng, uid, line, ends):
    states = ["in_service"] * 6 + ["abandoned", "planned", None]
    return {
        "uid": uid, "start_node": ends[0], "end_node": ends[1], "geom": shapely.LineString(line).wkb,
        "dn": [100, 200, 300, 133, None][rng.integers(5)], "material": ["QM", "PE", None][rng.integers(3)],
        "state": states[rng.integers(len(states))], "use": ["distribution", "raw", None][rng.integers(3)],
        "year": [1990, 2050, None][rng.integers(3)],
    }  # fmt: skip


def edit(rng, change):
    """A few changes at one place of the yard."""
    i, j = rng.integers(2, SIDE - 2, 2)
    place = (EAST + STEP * i, NORTH + STEP * j)
    change.update(KINDS["node"].table, f"n{i}-{j}", {"geom": shapely.Point(place[0] + 0.3, place[1]).wkb})
    change.update(KINDS["pipe"].table, f"p{rng.integers(300)}", {"dn": 400})
    line = shapely.LineString([place, (place[0] + 31, place[1] + 12.2)]).wkb
    change.insert(KINDS["pipe"].table, [{"uid": "new", "geom": line, "start_node": f"n{i}-{j}"}])
    change.insert(KINDS["valve"].table, [{"uid": "nv", "geom": shapely.Point(place[0] + 7, place[1]).wkb}])
    change.delete(KINDS["pipe"].table, f"p{300 + rng.integers(100)}")


def told(report):
    return sorted((f.rule, f.kind or "", f.uid or "", f.message, f.other or "", str(f.at)) for f in report.findings)


@pytest.mark.parametrize("seed", range(4))
def test_of_a_change_little_is_read_and_the_same_is_found(workspace, monkeypatch, seed):
    rng = np.random.default_rng(seed)
    with workspace.change("city") as change:
        for kind, rows in messy_city(rng, source=seed % 4 != 3).items():
            change.insert(KINDS[kind].table, rows)
    with workspace.change("edit") as change:
        edit(rng, change)
    since = change.result.id - 1
    about = load_nearby(workspace, read_table(), since)
    if seed % 4 == 3:  # with no source at all the largest part passes as supplied: the whole is read
        assert about is None
    else:
        assert 0 < len(about.pipes) < SIDE * SIDE  # of twice as many
    found = operations.check(workspace, since=since)
    monkeypatch.setattr(operations, "load_nearby", lambda *_args: None)
    whole = operations.check(workspace, since=since)
    assert told(found) == told(whole)
    assert found.counts == whole.counts
    assert len(whole.findings) > 10


def test_a_part_without_source_is_told_with_all_its_pipes(workspace):
    rng = np.random.default_rng(1)
    with workspace.change("city") as change:
        for kind, rows in messy_city(rng, source=True).items():
            change.insert(KINDS[kind].table, rows)
    with workspace.change("edit") as change:
        change.update(KINDS["pipe"].table, "alone", {"state": "in_service"})
        for piece in range(6):  # the last lie farther than any rule looks
            east = EAST - 300 - 50 * piece
            line = shapely.LineString([(east, NORTH), (east - 50, NORTH)]).wkb
            change.insert(KINDS["pipe"].table, [{"uid": f"a{piece}", "geom": line}])
    with workspace.change("first of them") as change:
        change.update(KINDS["pipe"].table, "alone", {"note": "!"})
    since = change.result.id - 1
    (found,) = [one for one in operations.check(workspace, since=since).findings if one.rule == "isolated"]
    assert found.uid == "alone"
    assert "7 段，310 m" in found.message
