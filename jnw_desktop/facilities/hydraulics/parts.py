"""Which part of the network pressures are worked out of, and the heads that are given for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.graph import Network
from jnw_desktop.facilities.hydraulics.closing import Closing
from jnw_desktop.facilities.hydraulics.defaults import Hydraulics
from jnw_desktop.facilities.hydraulics.model import Model
from jnw_desktop.facilities.hydraulics.reading import FigureNeeded, Reading, some
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.facilities.tracing import inside_zone
from jnw_desktop.facilities.vertices import vertex_codes
from jnw_desktop.language import _
from jnw_desktop.network.graph import Bools, Graph, Ints
from jnw_desktop.network.traces import connected
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NoSuchRow


@dataclass(frozen=True)
class Part:
    """Vertices ``within`` (n,), of the whole network ``None``; ``edge``: those at which a zone's edge is crossed.

    ``share``: how many of all pipes are in it.
    """

    within: Bools | None = None
    edge: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    share: tuple[int, int] | None = None


def part_of(
    workspace: Workspace, connection: sa.Connection, network: Network, zone: str | None, shut: Closing
) -> Part:  # fmt: skip
    """What lies in ``zone``; without one, what is joined through open valves with what is shut: all it can change.

    Raises UsageError, NoSuchRow.
    """
    graph = network.graph
    if zone is not None:
        within = inside_zone(workspace, connection, network, zone)
        crossing = within[graph.start] != within[graph.end]
        ends = np.concatenate([graph.start[crossing], graph.end[crossing]])
        return Part(within, np.unique(ends[within[ends]]))
    if not shut.asked:
        return Part()
    within = np.zeros(graph.size, dtype=bool)
    within[connected(graph, shut.vertices(connection, network)).vertices] = True
    return Part(within, share=_share(graph, within))


def _share(graph: Graph, within: Bools) -> tuple[int, int]:
    pipes = graph.pipe >= 0
    return int(np.sum(pipes & within[graph.start] & within[graph.end])), int(np.sum(pipes))


def heads_given(connection: sa.Connection, network: Network, heads: Mapping[str, float]) -> dict[int, float]:
    """Heads, m over the datum, by vertex. Raises NoSuchRow, UsageError for a code that several kinds share."""
    found: dict[int, float] = {}
    for name, metres in heads.items():
        kind, _colon, code = name.rpartition(":")
        kinds = [kind] if kind in ENDS else ENDS
        hits = [
            (one, uid)
            for one in kinds
            for uid in connection.scalars(sa.select(KINDS[one].table.c.uid).where(KINDS[one].table.c.code == code))
        ]
        vertices = network.vertices_of(uid for _kind, uid in hits)
        if not hits or (len(hits) == 1 and vertices[0] < 0):
            raise NoSuchRow(
                _("{code} is not in the network: no pipe in service ends there.").format(code=name),
                _("Check the code; codes tell capitals from small."),
            )
        if len(hits) > 1:
            raise UsageError(
                _("{code} is the code of several facilities: {names}").format(
                    code=code, names=", ".join(f"{one}:{code}" for one, _uid in hits)
                ),
                _("Write it with its kind."),
            )
        found[int(vertices[0])] = metres
    return found


def model_of(
    connection: sa.Connection, network: Network, table: Hydraulics, part: Part, heads: dict[int, float],
    task: Task = SILENT,
) -> tuple[Model, list[str]]:  # fmt: skip
    """The model, and what is to be said of the part. Raises FigureNeeded, TaskCancelled."""
    model = Reading(connection, network, table, heads, task=task).model(part.within)
    given = np.array(list(heads), dtype=np.int64)
    edge = _codes(connection, network, np.setdiff1d(part.edge, given))
    if not model.fixed.any():
        raise FigureNeeded(
            _("Nothing in this part of the network holds a head: no pressure can be worked out."),
            _("Give the head at one of its places over the datum: --head CODE=METRES. At the zone's edge are: {codes}")
            .format(codes=some([f":{code}" for code in edge]) or "–"),
        )  # fmt: skip
    said = []
    useless = _codes(connection, network, np.setdiff1d(given, model.vertex))
    if useless:
        said.append(_("Heads given outside the part are of no use: {codes}").format(codes=", ".join(useless)))
    if edge:
        crossed = _("The pipes that cross the zone's edge at {count} places are taken as closed: {codes}")
        said.append(crossed.format(count=len(edge), codes=some([f":{code}" for code in edge])))
    if part.share is not None and part.share[0] < part.share[1]:
        joined = _(
            "Worked out for the {pipes:,} of {all:,} pipes that are joined with what is shut: no other is touched."
        )
        said.append(joined.format(pipes=part.share[0], all=part.share[1]))
    return model, said


def _codes(connection: sa.Connection, network: Network, vertices: Ints) -> list[str]:
    return sorted(vertex_codes(connection, network, vertices).values()) if len(vertices) else []
