"""What is shut while pressures are worked out: the plan of a burst, or valves that somebody named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.graph import Network
from jnw_desktop.facilities.hydraulics.model import Model
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.shutoff import isolate
from jnw_desktop.language import _
from jnw_desktop.network.graph import Bools, Ints
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NoSuchRow


@dataclass(frozen=True)
class Closing:
    """Codes of the ``valves`` that are closed and of the ``pipes`` that are isolated by the plan of a ``burst``.

    ``uids``: of the valves. ``asked``: whether anything is shut at all; a plan may need no valve.
    """

    valves: list[str] = field(default_factory=list)
    uids: list[str] = field(default_factory=list)
    pipes: list[str] = field(default_factory=list)
    burst: str | None = None

    @property
    def asked(self) -> bool:
        """Whether there is a second state of the network to work out."""
        return bool(self.valves) or self.burst is not None

    def links(self, model: Model) -> Bools:
        """Links (k,) that are shut then."""
        valves = {f"valve:{code}" for code in self.valves}
        names = {f"pipe:{code}" for code in self.pipes} | valves
        nodes = np.array([name in valves for name in model.name], dtype=bool)
        links = np.array([name in names for name in model.link], dtype=bool)
        closed: Bools = model.closed | links | model.at(nodes)
        return closed

    def vertices(self, connection: sa.Connection, network: Network) -> Ints:
        """Vertices on every side of the valves, and the ends of the pipe that burst."""
        graph = network.graph
        at = network.vertices_of(self.uids)
        edges, _place = graph.edges_at.of(at[at >= 0])
        if self.burst is not None:
            table = KINDS["pipe"].table
            fid = connection.scalar(sa.select(table.c.fid).where(table.c.code == self.burst))
            edges = np.append(edges, network.edge[network.row_of(int(fid or -1))])
        return np.unique(np.concatenate([graph.start[edges], graph.end[edges]]))


def closing(workspace: Workspace, pipe: str | None, close: Sequence[str], stuck: Sequence[str]) -> Closing:
    """What isolating ``pipe`` or closing the valves ``close`` (codes) shuts; ``stuck`` as in ``isolate``.

    Raises UsageError where both are given, NoSuchRow, NotInNetwork.
    """
    if pipe is not None and close:
        raise UsageError(_("A pipe to isolate and valves to close cannot both be given."), _("Leave one of them out."))
    if pipe is None:
        valves = [code.removeprefix("valve:") for code in close]
        return Closing(valves, _uids(workspace, valves))
    plan = isolate(workspace, pipe=pipe, stuck=stuck)
    return Closing(plan["close"], _uids(workspace, plan["close"]), plan["pipes"], plan["burst"])


def _uids(workspace: Workspace, valves: Sequence[str]) -> list[str]:
    """Raises NoSuchRow."""
    table = KINDS["valve"].table
    with workspace.read() as connection:
        query = sa.select(table.c.code, table.c.uid).where(table.c.code.in_(list(valves)))
        known = {row.code: row.uid for row in connection.execute(query)}
    lacking = sorted(set(valves) - set(known))
    if lacking:
        raise NoSuchRow(
            _("There is no valve {code}.").format(code=lacking[0]), _("Check the code; codes tell capitals from small.")
        )
    return [known[code] for code in valves]
