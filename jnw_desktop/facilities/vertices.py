"""What stands at the vertices of the network: codes, kinds and places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from jnw_desktop.facilities.columns import key_columns
from jnw_desktop.facilities.graph import Network
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.network.graph import Ints, places_of

FEW = 5_000  # vertices looked up one by one; of more, whole tables are read
_CHUNK = 500


@dataclass(frozen=True)
class Standing:
    """A facility at a vertex."""

    kind: str
    uid: str
    code: str


def vertex_codes(connection: sa.Connection, network: Network, vertices: Ints) -> dict[int, str]:
    """The code at each of ``vertices``; one that no facility stands at has none."""
    if len(vertices) <= FEW:
        return {vertex: standing.code for vertex, standing in standing_at(connection, network, vertices).items()}
    wanted = np.zeros(network.graph.size, dtype=bool)
    wanted[vertices] = True
    named: dict[int, str] = {}
    for kind in ENDS:
        table = KINDS[kind].table
        keys, told = key_columns(connection, table, {"key": table.c.uid}, {})
        at = places_of(network.keys, keys["key"])
        there = np.flatnonzero((at >= 0) & np.append(wanted, False)[at])
        vertex_of = dict(zip(told["fid"][there].astype(np.int64).tolist(), at[there].tolist(), strict=True))
        for fid, code in connection.execute(sa.select(table.c.fid, table.c.code)):
            if fid in vertex_of:
                named[vertex_of[fid]] = code
    return named


def standing_at(connection: sa.Connection, network: Network, vertices: Ints) -> dict[int, Standing]:
    """The facility at each of ``vertices``, found through the pipes that end there and the devices themselves."""
    uids = _uids(connection, network, vertices)
    found: dict[int, Standing] = {}
    listed = sorted(uids)
    for few in (listed[at : at + _CHUNK] for at in range(0, len(listed), _CHUNK)):
        for kind in ENDS:
            lacking = [uid for uid in few if uids[uid] not in found]
            if not lacking:
                break
            table = KINDS[kind].table
            query = sa.select(table.c.uid, table.c.code).where(table.c.uid.in_(lacking))
            for uid, code in connection.execute(query):
                found[uids[uid]] = Standing(kind, uid, code or "")
    return found


def _uids(connection: sa.Connection, network: Network, vertices: Ints) -> dict[str, int]:
    """Vertex by uid."""
    graph = network.graph
    edges = graph.edges_at.of(vertices)[0]
    pipe = graph.pipe[edges]
    rows = {int(network.pipes.fid[p]): int(e) for p, e in zip(pipe, edges, strict=True) if p >= 0}
    wanted = set(vertices.tolist())
    table = KINDS["pipe"].table
    uids: dict[str, int] = {}
    listed = sorted(rows)
    for few in (listed[at : at + _CHUNK] for at in range(0, len(listed), _CHUNK)):
        query = sa.select(table.c.fid, table.c.start_node, table.c.end_node).where(table.c.fid.in_(few))
        for fid, start, end in connection.execute(query):
            for uid, vertex in ((start, int(graph.start[rows[fid]])), (end, int(graph.end[rows[fid]]))):
                if vertex in wanted:
                    uids[uid] = vertex
    lacking = np.setdiff1d(vertices, np.array(list(uids.values()), dtype=np.int64))
    for vertex, (kind, fid) in network.devices_at(lacking).items():
        device = KINDS[kind].table
        uid = connection.scalar(sa.select(device.c.uid).where(device.c.fid == fid))
        if uid is not None:
            uids[uid] = vertex
    return uids
