"""The valve segments of a city as a table and as colours, without naming every pipe in them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.found import CRITICAL, TINTS, Found, Glance, Value, glance, some
from jnw_desktop.facilities.graph import Network, city_of, codes
from jnw_desktop.facilities.gridded import gridded
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.shutoff import Ranking, boundaries, ranked, warnings
from jnw_desktop.language import _
from jnw_desktop.network.graph import Ints
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace


def segments_found(workspace: Workspace, task: Task = SILENT) -> Found:
    """Valve segments, the one whose loss costs most first. Raises TaskCancelled."""
    task.progress(0.0, _("Reading the network"))
    with workspace.read() as connection:
        city = city_of(workspace)
        network, people = city.network(connection), city.people(connection)
        task.progress(0.2, _("Finding the valve segments"))
        order = ranked(network, people)
        task.progress(0.3, _("Reading codes"))
        rows, named = _rows(connection, network, order)
        task.progress(0.6, _("Reading pipes"))
        shapes = _shapes(connection, network, order)
        said = warnings(network, people)
    task.progress(1.0)
    head = [_("No."), _("Customers"), _("Priority users"), _("Customers behind"), _("Length (m)"),
            _("Length behind (m)"), _("Volume (m³)"), _("Pipes"), _("Valves"), _("First pipe")]  # fmt: skip
    legend = [(CRITICAL, _("others lose water with it")), (TINTS[0], _("other segments, by turns"))]
    return Found(_("Valve segments"), [*_facts(network, order), *said], head, rows, named, legend, shapes)


def segments_glance(workspace: Workspace, task: Task = SILENT) -> Glance:
    """The same, held for the window. Raises TaskCancelled."""
    return glance(workspace, segments_found(workspace, task))


def _facts(network: Network, order: Ranking) -> list[str]:
    parts = network.segments
    critical = int(np.sum((order.lost > 0) | (order.lost_length > 0)))
    return [
        _("{count} valve segments; {idle} valves separate nothing").format(
            count=parts.count, idle=int(parts.idle().sum())
        ),
        _("{count} segments are single points of failure: with them others lose every source.").format(count=critical),
    ]


def _rows(
    connection: sa.Connection, network: Network, order: Ranking
) -> tuple[list[list[Value]], list[tuple[str, str] | None]]:  # fmt: skip
    by = order.order
    sums = order.sums
    first = _first_pipes(connection, network)
    valves = _valves(connection, network)
    figures = [
        order.served[by].tolist(), order.essential[by].tolist(), order.lost[by].astype(np.int64).tolist(),
        np.round(sums.length[by], 3).tolist(), np.round(order.lost_length[by], 3).tolist(),
        np.round(sums.volume[by], 3).tolist(), sums.pipes[by].tolist(),
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [number, *values, some(valves[part]), first[part]]
        for number, (part, *values) in enumerate(zip(by.tolist(), *figures, strict=True), 1)
    ]
    return rows, [None if (code := first[part]) is None else ("pipe", code) for part in by.tolist()]


def _first_pipes(connection: sa.Connection, network: Network) -> list[str | None]:
    """The code of the first pipe recorded of each segment; ``None`` of one that is no pipe's."""
    edges = np.flatnonzero(network.graph.pipe >= 0)
    fid = network.pipes.fid[network.graph.pipe[edges]]
    part = network.segments.of_edge[edges]
    along = np.lexsort((fid, part))
    parts, at = np.unique(part[along], return_index=True)
    chosen = fid[along][at]
    named = codes(connection, "pipe", chosen)
    found: list[str | None] = [None] * network.segments.count
    for number, pipe in zip(parts.tolist(), chosen.tolist(), strict=True):
        found[number] = named[pipe]
    return found


def _valves(connection: sa.Connection, network: Network) -> list[list[str]]:
    """Codes, sorted, of the working valves round each segment that separate it from another."""
    part, vertices = boundaries(network)
    named = codes(connection, "valve", network.device_fids(vertices))
    fid_at = {vertex: fid for vertex, (_kind, fid) in network.devices_at(np.unique(vertices)).items()}
    found: list[list[str]] = [[] for _ in range(network.segments.count)]
    for number, vertex in zip(part.tolist(), vertices.tolist(), strict=True):
        found[number].append(named[fid_at[vertex]])
    for listed in found:
        listed.sort()
    return found


def _shapes(connection: sa.Connection, network: Network, order: Ranking) -> dict[str, list[bytes]]:
    """The pipes by colour: segments that take others' water with them apart, the rest by turns."""
    edges = np.flatnonzero(network.graph.pipe >= 0)
    fid = network.pipes.fid[network.graph.pipe[edges]]
    lines = queries.shapes(connection, KINDS["pipe"].table, fid.tolist())
    rank: Ints = np.empty(len(order.order), dtype=np.int64)
    rank[order.order] = np.arange(len(rank))
    part = network.segments.of_edge[edges]
    tint = np.where(order.lost[part] > 0, len(TINTS), rank[part] % len(TINTS))
    made: dict[str, list[bytes]] = {}
    for number, colour in enumerate((*TINTS, CRITICAL)):
        some_lines: npt.NDArray[np.object_] = lines[tint == number]
        if len(some_lines):
            made[colour] = gridded(some_lines)
    return made
