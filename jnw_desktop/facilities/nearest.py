"""The pipe in service nearest to a place, found through the spatial index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.graph import Network
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.network.graph import Ints
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY


def nearest_pipes(
    workspace: Workspace,
    connection: sa.Connection,
    network: Network,
    places: Sequence[Sequence[float]],
    reach: float,
) -> Ints:
    """Row of the nearest pipe of the network for each place (E, N), -1 where none lies within ``reach`` metres."""
    at = np.asarray(places, dtype=float).reshape(-1, 2)
    low, high = at.min(axis=0) - reach, at.max(axis=0) + reach
    table = KINDS["pipe"].table
    inside = workspace.fids_within(table, (float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    rows = connection.execute(sa.select(table.c.fid, table.c[GEOMETRY]).where(table.c.fid.in_(inside))).all()
    fids = np.array([row[0] for row in rows], dtype=np.int64)
    shapes = shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))
    number = np.array([network.row_of(fid) for fid in fids.tolist()], dtype=np.int64)
    carrying = np.flatnonzero(network.edge[number] >= 0) if len(number) else number
    found = np.full(len(at), -1)
    if not len(carrying):
        return found
    tree = shapely.STRtree(shapes[carrying])
    place, hit = tree.query_nearest(shapely.points(at), max_distance=reach, all_matches=False)
    found[place] = number[carrying[hit]]
    return found
