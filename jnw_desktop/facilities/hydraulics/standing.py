"""What is recorded of the facilities at the vertices of the network, as far as EPANET asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse
import sqlalchemy as sa
from scipy.sparse.csgraph import dijkstra

from jnw_desktop.facilities.columns import key_columns, rows_of
from jnw_desktop.facilities.graph import Network
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.language import _
from jnw_desktop.network.graph import Bools, Floats, Graph, Ints, places_of
from jnw_desktop.task import SILENT, Task

# Fields that only some kinds have; all are asked for where they are.
_FIELDS = (
    "elevation", "note", "bottom", "top", "volume", "head", "water_head", "capacity", "valve_kind", "present_state",
    "normal_state", "dn",
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """By vertex (n,): ``name`` (``kind:code``, empty where nothing stands), ``fid``, ``elevation`` m, NaN unknown.

    ``rows``: the fields of those of which EPANET asks more, by vertex.
    """

    name: npt.NDArray[np.object_]
    fid: Ints
    elevation: Floats
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)


def read_standing(connection: sa.Connection, network: Network, wanted: Bools, task: Task = SILENT) -> Standing:
    """What stands at the vertices that are ``wanted`` (n,). Raises TaskCancelled."""
    size = network.graph.size
    found = Standing(np.full(size, "", dtype=object), np.zeros(size, dtype=np.int64), np.full(size, np.nan))
    flags = np.append(wanted, False)
    for number, kind in enumerate(ENDS):  # the nodes come first, and are most of them
        step = task.part(0.0, 0.8) if not number else task.part(0.8 + 0.02 * (number - 1), 0.8 + 0.02 * number)
        table = KINDS[kind].table
        keys, told = key_columns(connection, table, {"key": table.c.uid}, {})
        at = places_of(network.keys, keys["key"])
        vertex_of = dict(zip(told["fid"][flags[at]].astype(np.int64).tolist(), at[flags[at]].tolist(), strict=True))
        names = [name for name in _FIELDS if name in table.c]
        columns = (table.c.code, *(table.c[name] for name in names))
        rows = rows_of(connection, table, columns, list(vertex_of))
        for fid, code, *values in step.each(rows, len(vertex_of), _("Reading places")):
            vertex = vertex_of[fid]
            row = dict(zip(names, values, strict=True))
            found.name[vertex], found.fid[vertex] = f"{kind}:{code}", fid
            if row.get("elevation") is not None:
                found.elevation[vertex] = row["elevation"]
            if kind != "node" or row["note"]:
                found.rows[vertex] = row
    return found


def fill_elevations(graph: Graph, known: Floats) -> tuple[Floats, Bools]:
    """Elevations (n,) with unknown ones taken from the nearest known along the pipes; and which were so taken.

    What no pipe joins to a known one stays NaN.
    """
    sources = np.flatnonzero(~np.isnan(known))
    filled = known.copy()
    if len(sources) in (0, len(known)):
        return filled, np.zeros(len(known), dtype=bool)
    cost = np.maximum(graph.length, 1e-3)
    lengths = scipy.sparse.coo_matrix((cost, (graph.start, graph.end)), shape=(len(known), len(known))).tocsr()
    _far, _before, origin = dijkstra(lengths, directed=False, indices=sources, min_only=True, return_predecessors=True)
    lacking = np.isnan(known) & (origin >= 0)
    filled[lacking] = known[origin[lacking]]
    return filled, lacking
