"""Valve segments of the city and isolation plans, told in the codes people use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.freeing import freeings
from jnw_desktop.facilities.gaps import gap_sentences, gaps
from jnw_desktop.facilities.graph import Network, People, city_of, codes
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.nearest import nearest_pipes
from jnw_desktop.facilities.vertices import vertex_codes
from jnw_desktop.language import _
from jnw_desktop.network.criticality import hanging
from jnw_desktop.network.graph import Bools, Floats, Ints
from jnw_desktop.network.isolation import Isolator, Plan
from jnw_desktop.network.segments import Totals, totals
from jnw_desktop.network.supply import supply
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_desktop.workspace.tables import GEOMETRY

NEAR_BURST = 50.0  # m from a point to the pipe that is meant by it


class NotInNetwork(RefusedError):
    """A pipe that carries no water or ends nowhere: the graph does not have it."""

    kind = "not_in_network"


def segments(workspace: Workspace) -> dict[str, Any]:
    """Every valve segment, the one whose loss costs most first.

    ``segments``: ``pipes``, ``nodes``, ``valves`` (codes), ``length`` m, ``volume`` m³, ``customers`` and ``essential``
    (how many hang on it), ``lost_customers`` and ``lost_length`` (of what loses every source with it). ``idle``: valves
    that separate nothing.
    """
    with workspace.read() as connection:
        city = city_of(workspace)
        network, people = city.network(connection), city.people(connection)
        parts, cost = network.segments, ranked(network, people)
        sums = cost.sums
        pipes = _pipe_lists(connection, network)
        nodes, valves = _vertex_lists(connection, network)
        found = [
            {
                "pipes": pipes[number],
                "nodes": nodes[number],
                "valves": valves[number],
                "length": round(float(sums.length[number]), 3),
                "volume": round(float(sums.volume[number]), 3),
                "customers": int(cost.served[number]),
                "essential": int(cost.essential[number]),
                "lost_customers": int(cost.lost[number]),
                "lost_length": round(float(cost.lost_length[number]), 3),
            }
            for number in cost.order.tolist()
        ]
        idle = _codes_at(connection, network, parts.gates[parts.idle()])
        return {"count": parts.count, "segments": found, "idle": sorted(idle), "warnings": warnings(network, people)}


@dataclass(frozen=True)
class Ranking:
    """What the loss of each valve segment costs (s,); ``order``: their numbers, the one that costs most first.

    ``served``, ``essential``: customers on it; ``lost``, ``lost_length``: customers and metres that lose every source
    with it.
    """

    order: Ints
    sums: Totals
    served: Ints
    essential: Ints
    lost: Floats
    lost_length: Floats


def ranked(network: Network, people: People) -> Ranking:
    """Rank the valve segments by what their loss costs."""
    parts, graph = network.segments, network.graph
    sums = totals(graph, parts)
    at = np.append(parts.of_vertex, -1)[people.customer_at]
    served = np.bincount(at[at >= 0], minlength=parts.count)
    essential = np.bincount(at[(at >= 0) & people.essential], minlength=parts.count)
    hung = hanging(graph, parts)
    lost, lost_length = hung.total(served.astype(float)), hung.total(sums.length)
    order = np.lexsort((-sums.length, -lost_length, -(lost + served)))
    return Ranking(order, sums, served, essential, lost, lost_length)


def boundaries(network: Network) -> tuple[Ints, Ints]:
    """Segments and the vertices of the working valves round them that separate them from another, pair by pair."""
    parts = network.segments
    gates, place = parts.gates_of.of(np.arange(parts.count))
    bounding = ~parts.idle()[gates]
    return place[bounding], parts.gates[gates[bounding]]


def _pipe_lists(connection: sa.Connection, network: Network) -> list[list[str]]:
    edges = np.flatnonzero(network.graph.pipe >= 0)
    fids = network.pipes.fid[network.graph.pipe[edges]]
    named = codes(connection, "pipe", fids)
    return _listed(network.segments.of_edge[edges], [named[fid] for fid in fids.tolist()], network.segments.count)


def _vertex_lists(connection: sa.Connection, network: Network) -> tuple[list[list[str]], list[list[str]]]:
    """Codes of the vertices in each segment, and of the working valves round it that separate it from another."""
    parts = network.segments
    inside = np.flatnonzero(parts.of_vertex >= 0)
    named = vertex_codes(connection, network, inside)
    there = np.array([vertex in named for vertex in inside.tolist()], dtype=bool)
    nodes = _listed(parts.of_vertex[inside[there]], [named[v] for v in inside[there].tolist()], parts.count)
    place, at = boundaries(network)
    valves = codes(connection, "valve", network.device_fids(at))
    fid_at = {vertex: fid for vertex, (_kind, fid) in network.devices_at(at).items()}
    return nodes, _listed(place, [valves[fid_at[vertex]] for vertex in at.tolist()], parts.count)


def _listed(group: Ints, names: Sequence[str], count: int) -> list[list[str]]:
    """Names by group, sorted within each."""
    made: list[list[str]] = [[] for _ in range(count)]
    for number, name in zip(group.tolist(), names, strict=True):
        made[number].append(name)
    for names_of in made:
        names_of.sort()
    return made


def isolate(
    workspace: Workspace,
    *,
    pipe: str | None = None,
    at: tuple[float, float] | None = None,
    stuck: Sequence[str] = (),
) -> dict[str, Any]:
    """The plan for a burst of ``pipe`` (a code), or of the pipe nearest ``at`` (E, N); ``stuck``: codes of valves.

    All lists are codes. ``close`` is in the order to close, ``refill`` in the order to open again; ``volume`` in m³ is
    to be drained at ``drain``. ``alternative``: closed valves whose opening gives starved parts their water back, and
    the customers that are still without; ``None`` where there is none. ``freeing``: see
    :mod:`~jnw_desktop.facilities.freeing`. ``gaps``: pipes that touch what is isolated and are not joined to it, see
    :func:`~jnw_desktop.facilities.gaps.gaps`. Raises NoSuchRow, NotInNetwork.
    """
    with workspace.read() as connection:
        network = city_of(workspace).network(connection)
        burst, code = _burst(workspace, connection, network, pipe, at)
        held, unknown = _held(connection, network, stuck)
        plan = network.isolator.plan(np.array([burst]), held)
        people = city_of(workspace).people(connection)
        told = {"burst": code, **_told(connection, network, plan)}
        told |= _who(workspace, connection, network, people, plan)
        told["freeing"] = _freeing(workspace, connection, network, people, np.array([burst]), held, plan)
        told["gaps"] = gaps(workspace, connection, network, plan.edges)
        told["supplied"] = _supplied(network, burst)
        told["warnings"] = [*unknown, *warnings(network, people), *doubts(told)]
        return told


def _freeing(
    workspace: Workspace, connection: sa.Connection, network: Network, people: People, burst: Ints, held: Ints,
    plan: Plan,
) -> list[dict[str, Any]]:  # fmt: skip
    """``valves`` to free (codes), ``close`` then, and how many ``customers`` and ``essential`` would lose water."""

    def count(made: Plan) -> tuple[int, int]:
        who = _who(workspace, connection, network, people, made)
        return len(who["customers"]), len(who["essential"])

    return [
        {
            "valves": sorted(_codes_at(connection, network, valves)),
            "close": _codes_at(connection, network, made.close),
            "customers": customers,
            "essential": essential,
        }
        for valves, made, (customers, essential) in freeings(network, people, burst, held, plan, count)
    ]


def lost_together(
    workspace: Workspace, pipes: Sequence[str], *, opened: Sequence[str] = (), stuck: Sequence[str] = ()
) -> list[str]:
    """Essential customers that lose every source when ``pipes`` are all isolated, though not when any one of them is.

    ``opened``: codes of valves taken as open whatever is recorded, ``stuck``: as in :func:`isolate`. Raises NoSuchRow,
    NotInNetwork.
    """
    with workspace.read() as connection:
        city = city_of(workspace)
        network, people = city.network(connection), city.people(connection)
        bursts = [_burst(workspace, connection, network, pipe, None)[0] for pipe in pipes]
        held, _unknown = _held(connection, network, stuck)
        released, _unknown = _held(connection, network, opened)
        isolator = network.isolator
        if len(released):
            closed = network.graph.closed.copy()
            closed[released] = False
            graph = replace(network.graph, closed=closed)
            isolator = Isolator(graph, network.segments, supply(graph, network.segments))

        def dry(edges: Sequence[int]) -> set[str]:
            plan = isolator.plan(np.array(edges), held)
            return set(_who(workspace, connection, network, people, plan)["essential"])

        return sorted(dry(bursts).difference(*(dry([burst]) for burst in bursts)))


def _burst(
    workspace: Workspace, connection: sa.Connection, network: Network, pipe: str | None, at: tuple[float, float] | None
) -> tuple[int, str]:
    """The edge that burst, and the pipe's code."""
    table = KINDS["pipe"].table
    if pipe is not None:
        code = pipe.removeprefix("pipe:")
        fid = connection.scalar(sa.select(table.c.fid).where(table.c.code == code))
        if fid is None:
            raise NoSuchRow(
                _("There is no pipe {code}.").format(code=code), _("Check the code; codes tell capitals from small.")
            )
    else:
        assert at is not None
        code = pipe_at(workspace, connection, network, at)
        fid = connection.scalar(sa.select(table.c.fid).where(table.c.code == code))
        assert fid is not None
    row = network.row_of(int(fid))
    edge = int(network.edge[row]) if row >= 0 else -1
    if edge < 0:
        raise NotInNetwork(
            _("Pipe {code} is not in the network: it is not in service, or its end nodes are not known.").format(
                code=code
            ),
            _("Set its lifecycle state, its start node and its end node, then ask again."),
        )
    return edge, code


def pipe_at(workspace: Workspace, connection: sa.Connection, network: Network, at: tuple[float, float]) -> str:
    """The code of the pipe in service nearest to ``at`` (E, N). Raises NotInNetwork."""
    near = nearest_pipes(workspace, connection, network, [at], NEAR_BURST)[0]
    if near < 0:
        raise NotInNetwork(
            _("No pipe in service lies within {metres:g} m of that place.").format(metres=NEAR_BURST),
            _("Give east and north in the workspace's CRS, nearer the pipe."),
        )
    fid = int(network.pipes.fid[near])
    return codes(connection, "pipe", [fid])[fid]


def _held(connection: sa.Connection, network: Network, stuck: Sequence[str]) -> tuple[Ints, list[str]]:
    """Vertices of valves named as stuck; a warning for each that no pipe ends at. Raises NoSuchRow."""
    table = KINDS["valve"].table
    wanted = [code.removeprefix("valve:") for code in stuck]
    rows = connection.execute(sa.select(table.c.code, table.c.uid).where(table.c.code.in_(wanted))).all()
    lacking = sorted(set(wanted) - {row.code for row in rows})
    if lacking:
        raise NoSuchRow(
            _("There is no valve {code}.").format(code=lacking[0]),
            _("Check the code; codes tell capitals from small."),
        )
    vertices = network.vertices_of(row.uid for row in rows)
    loose = [row.code for row, vertex in zip(rows, vertices, strict=True) if vertex < 0]
    said = [_("No pipe ends at valve {code}.").format(code=code) for code in loose]
    return vertices[vertices >= 0], said


def _codes_at(connection: sa.Connection, network: Network, vertices: Ints) -> list[str]:
    """Codes of the valves at ``vertices``, in their order."""
    found = network.devices_at(vertices)
    named = codes(connection, "valve", (fid for _kind, fid in found.values()))
    return [named[found[vertex][1]] for vertex in vertices.tolist()]


def _pipes(connection: sa.Connection, network: Network, edges: Ints) -> list[str]:
    fids = network.fids(edges)
    named = codes(connection, "pipe", fids)
    return [named[fid] for fid in fids.tolist()]


def _told(connection: sa.Connection, network: Network, plan: Plan) -> dict[str, Any]:
    graph = network.graph
    close = _codes_at(connection, network, plan.close)
    needless = set(_codes_at(connection, network, plan.needless))
    # Water is let in by the smallest valve under pressure, the others follow; needless ones last.
    refill = [code for code in reversed(close) if code not in needless]
    refill += [code for code in close if code in needless]
    return {
        "close": close,
        "valves": _valves(connection, close, needless),
        "needless": sorted(needless),
        "already_closed": sorted(_codes_at(connection, network, plan.already_closed)),
        "widened": _reasons(connection, network, plan.widened),
        "doubtful": sorted(_codes_at(connection, network, network.flagged(network.devices.doubtful, plan.close))),
        "pipes": sorted(_pipes(connection, network, plan.edges)),
        "starved_pipes": sorted(_pipes(connection, network, plan.starved_edges)),
        "length": round(float(graph.length[plan.edges].sum()), 3),
        "volume": round(float(graph.volume[plan.edges].sum()), 3),
        "drain": sorted(_drains(connection, network, plan)),
        "refill": refill,
        "unstoppable": plan.unstoppable,
        "witness": _pipes(connection, network, plan.witness),
    }


def _valves(connection: sa.Connection, close: list[str], needless: set[str]) -> list[dict[str, Any]]:
    """What a crew needs to know of each valve to close, in order."""
    table = KINDS["valve"].table
    known = ("code", "uid", "dn", "turns", "closing_direction", "operability", "road")
    query = sa.select(*(table.c[name] for name in known), table.c[GEOMETRY]).where(table.c.code.in_(close))
    rows = {row["code"]: dict(row) for row in connection.execute(query).mappings()}
    told = []
    for code in close:
        row = rows[code]
        at = shapely.from_wkb(row.pop(GEOMETRY))
        told.append(row | {"needless": code in needless, "at": [round(at.x, 3), round(at.y, 3)]})
    return told


def _reasons(connection: sa.Connection, network: Network, vertices: Ints) -> list[dict[str, str]]:
    """Why the search went past each valve: its recorded operability, or that it was named as stuck today."""
    table = KINDS["valve"].table
    found = {fid: vertex for vertex, (_kind, fid) in network.devices_at(vertices).items()}
    rows = connection.execute(
        sa.select(table.c.fid, table.c.code, table.c.operability).where(table.c.fid.in_(list(found)))
    )
    by_vertex = {
        found[row.fid]: {
            "valve": row.code,
            "reason": row.operability if network.graph.stuck[found[row.fid]] else "named",
        }
        for row in rows
    }
    return [by_vertex[vertex] for vertex in vertices.tolist()]


def _drains(connection: sa.Connection, network: Network, plan: Plan) -> list[str]:
    """Blow-off valves in what is isolated."""
    return _codes_at(connection, network, network.flagged(network.devices.blow_off, plan.vertices))


def _who(
    workspace: Workspace, connection: sa.Connection, network: Network, people: People, plan: Plan
) -> dict[str, Any]:
    """Customers without water, and hydrants."""
    isolated, starved = _marked(network, plan.vertices), _marked(network, plan.starved_vertices)
    dry = isolated | starved
    rows = np.union1d(network.graph.pipe[plan.edges], network.graph.pipe[plan.starved_edges])
    without = dry[people.customer_at]
    stray = _strays(workspace, connection, network, people, rows)
    without[stray] = True
    named = codes(connection, "customer", people.customer[without])
    hydrants = people.hydrant[dry[people.hydrant_at]]
    drain_at = people.hydrant[isolated[people.hydrant_at]]
    hydrant_codes = codes(connection, "hydrant", hydrants)

    def listed(which: Bools) -> list[str]:
        return sorted(named[fid] for fid in people.customer[which].tolist())

    told: dict[str, Any] = {
        "customers": listed(without),
        "essential": listed(without & people.essential),
        "households": int(people.households[without].sum()),
        "hydrants": sorted(hydrant_codes[fid] for fid in hydrants.tolist()),
        "drain_hydrants": sorted(hydrant_codes[fid] for fid in drain_at.tolist()),
        "alternative": None,
    }
    if len(plan.reopen):
        again = _marked(network, plan.fed_vertices)[people.customer_at]
        told["alternative"] = {
            "open": sorted(_codes_at(connection, network, plan.reopen)),
            "pipes": sorted(_pipes(connection, network, plan.fed_edges)),
            "customers": listed(without & ~again),
        }
    return told


def _marked(network: Network, vertices: Ints) -> Bools:
    """Flags by vertex, and one more that is down: the place of what hangs nowhere (-1)."""
    flags = np.zeros(network.graph.size + 1, dtype=bool)
    flags[vertices] = True
    return flags


def plan_shapes(workspace: Workspace, told: dict[str, Any]) -> dict[str, list[bytes]]:
    """Geometry (WKB) of a plan that :func:`isolate` told.

    ``isolated``, ``starved`` and ``witness`` are pipes, ``close``, ``passed`` and ``open`` valves, ``gap`` places.
    """
    wanted = {
        "isolated": ("pipe", told["pipes"]),
        "starved": ("pipe", told["starved_pipes"]),
        "witness": ("pipe", told["witness"]),
        "close": ("valve", told["close"]),
        "passed": ("valve", [row["valve"] for row in told["widened"]]),
        "open": ("valve", (told["alternative"] or {"open": []})["open"]),
    }
    with workspace.read() as connection:
        shapes = {name: queries.shapes_of(connection, kind, codes) for name, (kind, codes) in wanted.items()}
    return shapes | {"gap": [shapely.Point(gap["at"]).wkb for gap in told["gaps"]]}


def drawn_plan(workspace: Workspace, **asked: Any) -> tuple[dict[str, Any], dict[str, list[bytes]]]:
    """What :func:`isolate` tells, and its :func:`plan_shapes`: the map need not wait for a second question."""
    told = isolate(workspace, **asked)
    return told, plan_shapes(workspace, told)


def _strays(workspace: Workspace, connection: sa.Connection, network: Network, people: People, rows: Ints) -> Ints:
    """Customers with no meter in the graph whose nearest pipe is one of ``rows``."""
    rows = rows[rows >= 0]
    if not len(people.nowhere) or not len(rows):
        return np.zeros(0, dtype=np.int64)
    table, pipe = KINDS["customer"].table, KINDS["pipe"].table
    low_e, low_n, high_e, high_n = _bounds(connection, pipe, network.pipes.fid[rows])
    reach = NEAR_BURST
    query = sa.select(table.c.fid, table.c[GEOMETRY]).where(
        table.c.fid.in_(workspace.fids_within(table, (low_e - reach, low_n - reach, high_e + reach, high_n + reach)))
    )
    stray = set(people.customer[people.nowhere].tolist())
    near = [row for row in connection.execute(query) if row[0] in stray and row[1] is not None]
    if not near:
        return np.zeros(0, dtype=np.int64)
    at = shapely.get_coordinates(shapely.centroid(queries.decoded([row[1] for row in near])))
    found = nearest_pipes(workspace, connection, network, at.tolist(), reach)
    fids = np.array([row[0] for row in near])[np.isin(found, rows)]
    return np.flatnonzero(np.isin(people.customer, fids))


def _bounds(connection: sa.Connection, table: sa.Table, fids: Ints) -> tuple[float, float, float, float]:
    shapes = queries.shapes(connection, table, fids.tolist())
    low_e, low_n, high_e, high_n = shapely.total_bounds(shapes)
    return float(low_e), float(low_n), float(high_e), float(high_n)


def warnings(network: Network, people: People | None = None) -> list[str]:
    """What the data lack that the answer depends on, in the user's language."""
    said = []
    if network.loose:
        said.append(
            _("{count} pipes in service have no start or end node; they are left out of the network.").format(
                count=network.loose
            )
        )
    if not network.graph.source.any():
        said.append(
            _("No waterworks, well or tank is recorded: no valve has a source behind it; what starves cannot be told.")
        )
    elif not network.sourced:
        said.append(_("No pipe ends at any waterworks, well or tank: the network has no source."))
    elif network.bare_sources:
        said.append(_("No pipe ends at {count} of the waterworks, wells and tanks.").format(count=network.bare_sources))
    if network.bare_valves:
        said.append(
            _("No pipe in service ends at {count} valves: they are in no plan.").format(count=network.bare_valves)
        )
    if people is not None and len(people.nowhere):
        said.append(
            _(
                "{count} customers have no meter that a pipe ends at; the nearest pipe within {metres:g} m counts."
            ).format(count=len(people.nowhere), metres=NEAR_BURST)
        )
    return said


def _supplied(network: Network, edge: int) -> bool:
    """Whether a source reaches the pipe now; where no source is recorded at all, nobody can tell."""
    return not network.sourced or bool(network.supply.reached[network.supply.cells.of_edge[edge]])


def doubts(told: dict[str, Any]) -> list[str]:
    """What makes this one plan doubtful, in the user's language: of what :func:`isolate` told."""
    said = []
    if told["doubtful"]:
        said.append(
            _("It is not known whether these valves can be operated: {valves}").format(
                valves=", ".join(told["doubtful"])
            )
        )
    if told["unstoppable"]:
        said.append(_("No set of valves isolates this burst: see the way from the source."))
    if not told["supplied"]:
        said.append(
            _(
                "By the record no source reaches pipe {code}: a joint or a source is not recorded, or a valve is "
                "recorded as closed that is open."
            ).format(code=told["burst"])
        )
    return said + gap_sentences(told["gaps"])
