"""Who draws water where: customers of the network as demands of EPANET's nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.columns import key_columns
from jnw_desktop.facilities.graph import Network, People
from jnw_desktop.facilities.hydraulics.model import Model
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.nearest import nearest_pipes
from jnw_desktop.facilities.shutoff import NEAR_BURST
from jnw_desktop.network.graph import Bools, Floats, Ints
from jnw_desktop.workspace import Workspace


@dataclass(frozen=True)
class Drawing:
    """Customers (c,) of the part: ``fid``, ``use`` m³/d (0 unknown), ``known``, and the two nodes that feed each.

    The nodes are the same where a meter says where it hangs; else the ends of the nearest pipe.
    """

    fid: Ints
    use: Floats
    known: Bools
    essential: Bools
    one: Ints
    other: Ints

    def by_node(self, count: int) -> Floats:
        """Demand (n,), m³/d: half at either node."""
        half = np.bincount(self.one, self.use / 2, count) + np.bincount(self.other, self.use / 2, count)
        return np.asarray(half, dtype=np.float64)


def drawing(workspace: Workspace, connection: sa.Connection, network: Network, people: People, model: Model) -> Drawing:
    """The customers that hang on the nodes of ``model``."""
    table = KINDS["customer"].table
    _keys, told = key_columns(connection, table, {}, {"use": sa.func.coalesce(table.c.daily_use, -1.0)})
    node = np.full(network.graph.size + 1, -1)
    node[model.vertex] = np.arange(len(model.vertex))
    one = node[people.customer_at]
    other = one.copy()
    if len(people.nowhere):
        one[people.nowhere], other[people.nowhere] = _strays(workspace, connection, network, people, model)
    here = (one >= 0) & (other >= 0)
    return Drawing(
        fid=people.customer[here],
        use=np.maximum(told["use"], 0.0)[here],
        known=told["use"][here] >= 0,
        essential=people.essential[here],
        one=one[here],
        other=other[here],
    )


def _strays(
    workspace: Workspace, connection: sa.Connection, network: Network, people: People, model: Model
) -> tuple[Ints, Ints]:
    """Both nodes of the nearest pipe of customers whose meter is not in the graph; -1 where none is near.

    A valve feeds nobody: where one end is a valve, the other counts.
    """
    one, other = np.full(len(people.nowhere), -1), np.full(len(people.nowhere), -1)
    shapes = queries.shapes(connection, KINDS["customer"].table, people.customer[people.nowhere].tolist())
    there = np.flatnonzero(~shapely.is_empty(shapes) & ~shapely.is_missing(shapes))
    if not len(there):
        return one, other
    at = shapely.get_coordinates(shapely.centroid(shapes[there]))
    row = nearest_pipes(workspace, connection, network, at.tolist(), NEAR_BURST)
    link_of = np.full(len(network.pipes.fid) + 1, -1)
    pipes = np.flatnonzero(model.pipe >= 0)
    link_of[model.pipe[pipes]] = pipes
    link = link_of[row]
    found = link >= 0
    start, end = model.start[link[found]], model.end[link[found]]
    one[there[found]] = np.where(model.valve[start], end, start)
    other[there[found]] = np.where(model.valve[end], start, end)
    return one, other
