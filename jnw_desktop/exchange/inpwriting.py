"""Writes the network as an EPANET input file, from the model that pressures are worked out with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.exchange.outgoing import Outgoing
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.graph import OUT_OF_SERVICE, city_of
from jnw_desktop.facilities.hydraulics.customers import drawing
from jnw_desktop.facilities.hydraulics.defaults import read_hydraulics
from jnw_desktop.facilities.hydraulics.inp import inp_lines, plain_names
from jnw_desktop.facilities.hydraulics.model import Assumption, Model
from jnw_desktop.facilities.hydraulics.reading import Reading
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY


def write_inp(
    path: Path, workspace: Workspace, outgoing: Outgoing, title: str
) -> tuple[dict[str, int], list[str], list[Assumption]]:
    """Write what is in service: how many of each kind, codes of those that join nothing, and what was assumed.

    EPANET runs no network with a node that no link reaches. Where coordinates are hidden the file has none.
    """
    connection = outgoing.connection
    city = city_of(workspace)
    network = city.network(connection)
    reading = Reading(connection, network, read_hydraulics(), strict=False)
    model = reading.model()
    who = drawing(workspace, connection, network, city.people(connection), model)
    nodes, links = plain_names(model.name), plain_names(model.link)
    lines = inp_lines(
        model,
        title,
        nodes=nodes,
        links=links,
        demand=model.demand + who.by_node(len(nodes)),
        places=() if outgoing.coordinates.hidden else _places(outgoing, model, network.pipes.fid, nodes, links),
    )
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    written: dict[str, int] = {}
    for name in (*model.name, *model.link):
        kind = name.partition(":")[0]
        written[kind] = written.get(kind, 0) + 1
    return written, _left_out(connection, {*model.name, *model.link}), reading.assumed


def _places(
    outgoing: Outgoing, model: Model, pipe_fids: np.ndarray[tuple[int], np.dtype[np.int64]], nodes: list[str],
    links: list[str],
) -> Iterator[str]:  # fmt: skip
    """Where nodes stand and pipes bend."""
    kinds = np.array([name.partition(":")[0] for name in model.name], dtype=object)
    yield "[COORDINATES]"
    for kind in ENDS:
        at = np.flatnonzero(kinds == kind)
        points = shapely.get_coordinates(
            outgoing.told(queries.shapes(outgoing.connection, KINDS[kind].table, model.fid[at].tolist()))
        )
        for number, (east, north) in zip(at.tolist(), points.tolist(), strict=True):
            yield f" {nodes[number]} {east:.4f} {north:.4f}"
    yield from ("", "[VERTICES]")
    pipes = np.flatnonzero(model.pipe >= 0)
    lines = outgoing.told(
        queries.shapes(outgoing.connection, KINDS["pipe"].table, pipe_fids[model.pipe[pipes]].tolist())
    )
    bent = shapely.get_num_points(lines) > 2
    for number, line in zip(pipes[bent].tolist(), lines[bent], strict=True):
        for east, north in shapely.get_coordinates(line)[1:-1].tolist():
            yield f" {links[number]} {east:.4f} {north:.4f}"
    yield ""


def _left_out(connection: sa.Connection, written: set[str]) -> list[str]:
    """Codes of what is in service, has a place and is not in the model."""
    left = []
    for kind in (*ENDS, "pipe"):
        table = KINDS[kind].table
        there = sa.or_(table.c.state.is_(None), table.c.state.not_in(OUT_OF_SERVICE))
        query = sa.select(table.c.code).where(there, table.c[GEOMETRY].is_not(None)).order_by(table.c.fid)
        left += [code for code in connection.scalars(query) if f"{kind}:{code}" not in written]
    return left
