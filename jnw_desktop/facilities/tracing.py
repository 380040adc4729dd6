"""Traces through the city, told in the codes people use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.graph import Network, city_of, codes
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.facilities.shutoff import NotInNetwork, pipe_at, warnings
from jnw_desktop.facilities.vertices import vertex_codes
from jnw_desktop.language import _
from jnw_desktop.network import traces
from jnw_desktop.network.graph import Bools, Floats, Ints
from jnw_desktop.network.traces import Trace
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

DIRECTIONS = ("up", "down", "connected", "source")
ZONES = ("dma", "pressure_zone", "neighbourhood")


class NotJoined(RefusedError):
    """Two places that no pipes join."""

    kind = "not_joined"


@dataclass(frozen=True)
class Place:
    """Where a trace begins: the vertices, and the edge where it is a pipe."""

    code: str
    vertices: Ints
    edge: int | None


def place_of(workspace: Workspace, network: Network, name: str) -> Place:
    """The pipe or facility people mean by ``code`` or ``kind:code``. Raises NoSuchRow, UsageError, NotInNetwork."""
    record = queries.find(workspace, name)
    if record.kind == "pipe":
        row = network.row_of(record.fid)
        edge = int(network.edge[row]) if row >= 0 else -1
        vertices = np.array([network.graph.start[edge], network.graph.end[edge]])
        there = edge >= 0
    elif record.kind in ENDS:
        edge = -1
        vertices = network.vertices_of([record.uid])
        there = bool(vertices[0] >= 0 and len(network.graph.edges_at.of(vertices)[0]))
    else:
        raise UsageError(
            _("A {kind} is no part of the pipe network.").format(kind=_(KINDS[record.kind].title)),
            _("Name a pipe, or a facility that pipes end at."),
        )
    if not there:
        raise NotInNetwork(
            _("{code} is not in the network: no pipe in service ends there.").format(code=record.code),
            _("Set the lifecycle state, start node and end node of its pipes, then ask again."),
        )
    return Place(record.code, np.unique(vertices), edge if edge >= 0 else None)


def trace(
    workspace: Workspace, start: Sequence[str], direction: str = "connected", zone: str | None = None
) -> dict[str, Any]:
    """What is reached from the facilities ``start``: ``pipes``, ``nodes`` (codes, valves too), ``length`` in m.

    ``direction``: ``up`` (of several starts, what is upstream of all), ``down``, ``connected``, ``source`` (the
    shortest way from each to its nearest source, in order). ``zone``: code of a DMA, pressure zone or neighbourhood;
    what crosses its edge is the last that is reached.
    Raises UsageError, NoSuchRow, NotInNetwork.
    """
    if direction not in DIRECTIONS:
        raise UsageError(
            _("{name} is no direction of a trace.").format(name=direction),
            _("Choose one of: {names}").format(names=", ".join(DIRECTIONS)),
        )
    with workspace.read() as connection:
        network = city_of(workspace).network(connection)
        places = [place_of(workspace, network, name) for name in start]
        within = None if zone is None else inside_zone(workspace, connection, network, zone)
        said = list(warnings(network))
        to_source = direction == "source"
        found = _ways_up(network, places, within) if to_source else _traced(network, places, direction, within)
        if direction == "up" and len(places) > 1 and not len(found.vertices):
            said.append(_("Nothing lies upstream of all these places: each has its water from another side."))
        if to_source and within is not None and not network.graph.source[found.vertices].any():
            said.append(_("The way leaves the zone before it reaches a source."))
        if direction != "connected" and not _fed(network, places):
            said.append(_("No source reaches the place: which way water runs there is not known."))
        return told(connection, network, found) | {"warnings": said}


def trace_places(
    workspace: Workspace, places: Sequence[tuple[float, float]], direction: str = "connected", zone: str | None = None
) -> dict[str, Any]:
    """The same from the pipes nearest to places (E, N): upstream, what feeds all of them; ``from`` their codes.

    Raises NotInNetwork, UsageError, NoSuchRow.
    """
    with workspace.read() as connection:
        network = city_of(workspace).network(connection)
        named = list(dict.fromkeys(pipe_at(workspace, connection, network, place) for place in places))
    return trace(workspace, [f"pipe:{code}" for code in named], direction, zone) | {"from": ", ".join(named)}


def way_between_places(
    workspace: Workspace, start: tuple[float, float], end: tuple[float, float]
) -> dict[str, Any]:  # fmt: skip
    """The shortest way between the pipes nearest to two places (E, N). Raises NotInNetwork, NotJoined."""
    with workspace.read() as connection:
        network = city_of(workspace).network(connection)
        first, last = (pipe_at(workspace, connection, network, place) for place in (start, end))
    return way(workspace, f"pipe:{first}", f"pipe:{last}") | {"from": f"{first} – {last}"}


def _ways_up(network: Network, places: list[Place], within: Bools | None) -> Trace:
    """The ways of all places one after the other; what several have in common comes once, each to the zone's edge."""
    ways = [_to_edge(_way_up(network, place), within) for place in places]
    edges, vertices = (np.concatenate([getattr(way, name) for way in ways]) for name in ("edges", "vertices"))
    return Trace(_once(edges), _once(vertices))


def _once(numbers: Ints) -> Ints:
    """The same in order, what comes again left out."""
    return numbers[np.sort(np.unique(numbers, return_index=True)[1])]


def _to_edge(way: Trace, within: Bools | None) -> Trace:
    """A way as far as the first vertex after its beginning that is not ``within``."""
    if within is None:
        return way
    outside = np.flatnonzero(~within[way.vertices[1:]]) + 1
    if not len(outside):
        return way
    return Trace(way.edges[: outside[0]], way.vertices[: outside[0] + 1])


def _way_up(network: Network, place: Place) -> Trace:
    """The way to the nearest source, in order; a pipe it begins at comes first."""
    begins = _ends(network, place, "up")
    if not len(begins):
        return Trace(np.array([place.edge], dtype=np.int64), place.vertices)
    edges, vertices = traces.to_source(network.graph, network.flow, int(begins[0]))
    if place.edge is None or not len(vertices):
        return Trace(edges, vertices)
    other = place.vertices[~np.isin(place.vertices, vertices)]
    return Trace(np.concatenate([[place.edge], edges]), np.concatenate([other, vertices]))


def _fed(network: Network, places: list[Place]) -> bool:
    return all(bool(np.isfinite(_potentials(network, place)).any()) for place in places)


def _traced(network: Network, places: list[Place], direction: str, within: Bools | None) -> Trace:
    graph = network.graph
    seeds = [_ends(network, place, direction) for place in places]
    own = np.array([place.edge for place in places if place.edge is not None], dtype=np.int64)
    ends = np.concatenate([place.vertices for place in places])
    if direction == "connected":
        found = traces.connected(graph, np.concatenate(seeds), within)
    elif direction == "down":
        found = traces.downstream(graph, network.flow, np.concatenate(seeds), within)
    else:
        found = traces.common_upstream(graph, network.flow, seeds, within)
        if len(places) > 1:
            return found  # the points themselves are not upstream of each other
    return Trace(np.union1d(found.edges, own), np.union1d(found.vertices, ends))


def _ends(network: Network, place: Place, direction: str) -> Ints:
    """Of a pipe the end the trace goes on from: the nearer to the source upstream, the farther downstream.

    None where no water comes into the pipe.
    """
    if place.edge is None or direction == "connected":
        return place.vertices
    potential = _potentials(network, place)
    wanted = potential.min() if direction in ("up", "source") else potential.max()
    ends: Ints = place.vertices[(potential == wanted) & np.isfinite(potential)]
    return ends


def _potentials(network: Network, place: Place) -> Floats:
    """Of the vertices of a place; of a pipe as the water in it has them."""
    ends = place.vertices
    if place.edge is None:
        return network.flow.potential[ends]
    edge = np.full(len(ends), place.edge)
    other = network.graph.start[edge] + network.graph.end[edge] - ends
    return network.flow.at_end(network.graph, edge, ends, other)


def inside_zone(workspace: Workspace, connection: sa.Connection, network: Network, zone: str) -> Bools:
    """Vertices in the DMA, pressure zone or neighbourhood of code ``zone``, placed by the ends of their pipes.

    Raises UsageError, NoSuchRow.
    """
    record = queries.find(workspace, zone)
    if record.kind not in ZONES or record.geometry is None:
        raise UsageError(
            _("{code} is no zone.").format(code=zone), _("Name a DMA, a pressure zone or a neighbourhood.")
        )
    area = shapely.from_wkb(record.geometry)
    shapely.prepare(area)
    table = KINDS["pipe"].table
    near = workspace.fids_within(table, tuple(float(side) for side in shapely.bounds(area)))  # type: ignore[arg-type]
    rows = connection.execute(sa.select(table.c.fid, table.c[GEOMETRY]).where(table.c.fid.in_(near))).all()
    shapes = shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))
    edges = network.edge[[network.row_of(row[0]) for row in rows]]
    within = np.zeros(network.graph.size, dtype=bool)
    for ends, vertex in ((network.graph.start, 0), (network.graph.end, -1)):
        inside = shapely.intersects(area, shapely.get_point(shapes, vertex)) & (edges >= 0)
        within[ends[edges[inside]]] = True
    return within


def told(connection: sa.Connection, network: Network, found: Trace) -> dict[str, Any]:
    """A trace in codes, in the order it has."""
    fids = network.fids(found.edges)
    named = codes(connection, "pipe", fids)
    nodes = vertex_codes(connection, network, found.vertices)
    return {
        "pipes": [named[fid] for fid in fids.tolist()],
        "nodes": [nodes[vertex] for vertex in found.vertices.tolist() if vertex in nodes],
        "length": round(float(network.graph.length[found.edges].sum()), 3),
    }


def way(workspace: Workspace, start: str, end: str) -> dict[str, Any]:
    """The shortest way along the pipes between two facilities: ``pipes``, ``nodes`` in order, ``length`` in m.

    Raises NotJoined, NoSuchRow, UsageError, NotInNetwork.
    """
    with workspace.read() as connection:
        network = city_of(workspace).network(connection)
        edges, vertices = way_between(workspace, network, start, end)
        return told(connection, network, Trace(edges, vertices))


def way_between(workspace: Workspace, network: Network, start: str, end: str) -> tuple[Ints, Ints]:
    """Edges and vertices of the shortest way; a pipe named at either end is on it. Raises NotJoined."""
    places = [place_of(workspace, network, name) for name in (start, end)]
    found = traces.shortest_ways(network.graph, network.ways, *(place.vertices for place in places))
    joined = [each for each in found if len(each[1])]
    if not joined:
        raise NotJoined(
            _("No pipes join {start} and {end}.").format(start=start, end=end),
            _("Check with jnw network trace which part of the network each is in."),
        )
    return min(joined, key=lambda each: _rank(network, each[0], places))


def _rank(network: Network, edges: Ints, places: list[Place]) -> tuple[bool, float]:
    """Of the ways between the ends of pipes first those that take in the pipes, then the shortest."""
    lacking = any(place.edge is not None and place.edge not in edges for place in places)
    return lacking, float(network.graph.length[edges].sum())


def form(workspace: Workspace) -> dict[str, Any]:
    """The form of the network: ``loops`` (how many), ``bridges`` (pipes whose loss parts it), ``dead_ends`` (codes)."""
    with workspace.read() as connection:
        network = city_of(workspace).network(connection)
        found = traces.shape(network.graph)
        bridges = told(connection, network, Trace(np.flatnonzero(found.bridge), np.zeros(0, dtype=np.int64)))
        ends = vertex_codes(connection, network, found.dead_ends)
        return {
            "loops": found.loops,
            "bridges": sorted(bridges["pipes"]),
            "bridge_length": bridges["length"],
            "dead_ends": sorted(ends.values()),
            "warnings": warnings(network),
        }
