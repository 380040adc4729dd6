"""Pressure in the network now and while a part of it is shut off, and who falls under the head that is owed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.graph import Network, city_of, codes
from jnw_desktop.facilities.hydraulics.customers import Drawing, drawing
from jnw_desktop.facilities.hydraulics.defaults import Hydraulics, read_hydraulics
from jnw_desktop.facilities.hydraulics.engine import Solved, solve
from jnw_desktop.facilities.hydraulics.inp import Driven, inp_lines
from jnw_desktop.facilities.hydraulics.model import Assumption, Model
from jnw_desktop.facilities.hydraulics.reading import FigureNeeded, Reading, some
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.facilities.shutoff import isolate, warnings
from jnw_desktop.facilities.tracing import inside_zone
from jnw_desktop.facilities.vertices import vertex_codes
from jnw_desktop.language import _
from jnw_desktop.network.graph import Bools, Floats, Ints
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import NoSuchRow

CLASSES = ("dry", "minimum", "below", "enough")  # of a pipe: by the lower pressure of its ends
MOST_HEAD = 1000.0  # m; a required head beyond it is a slip of the pen


@dataclass(frozen=True)
class State:
    """The network solved once: ``pressure`` m over the ground and demand ``met`` m³/d by node, ``dry`` nodes."""

    pressure: Floats
    met: Floats
    dry: Bools
    flow: Floats


def pressure(  # noqa: PLR0913 - what a question about pressures says
    workspace: Workspace,
    *,
    pipe: str | None = None,
    close: Sequence[str] = (),
    stuck: Sequence[str] = (),
    zone: str | None = None,
    required: float | None = None,
    heads: Mapping[str, float] | None = None,
    shapes: bool = False,
    task: Task = SILENT,
) -> dict[str, Any]:
    """Pressures at the mean day's demand, and while ``pipe`` is isolated or the valves ``close`` are closed.

    ``stuck``: as in ``isolate``. ``zone``: only what lies in it; what crosses its edge is taken as closed but where
    ``heads`` (code → m over the datum) says what stands there. ``required``: m over the ground, else the table's.
    Demand is pressure-driven. Told: ``nodes``, ``places`` (how many draw water, how many of them below the required
    head), ``customers`` below it, ``demand`` and ``unserved`` (m³/d), ``sources`` (outflow, m³/d), ``assumptions``;
    pressures in m over the ground. With ``shapes`` the pipes by class of pressure as WKB. Raises FigureNeeded,
    UsageError, NoSuchRow, NotInNetwork, EpanetFailed, TaskCancelled.
    """
    table = read_hydraulics()
    owed = _required(table, required)
    if pipe is not None and close:
        raise UsageError(_("A pipe to isolate and valves to close cannot both be given."), _("Leave one of them out."))
    plan = isolate(workspace, pipe=pipe, stuck=stuck) if pipe is not None else None
    shut = list(plan["close"]) if plan is not None else [code.removeprefix("valve:") for code in close]
    task.progress(0.0, _("Reading the network"))
    with workspace.read() as connection:
        city = city_of(workspace)
        network, people = city.network(connection), city.people(connection)
        within = None if zone is None else inside_zone(workspace, connection, network, zone)
        model, edge = _part(connection, network, table, within, _given(connection, network, heads or {}))
        who = drawing(workspace, connection, network, people, model)
        demand = model.demand + who.by_node(len(model.name))
        closed = _closed(connection, model, shut, plan["pipes"] if plan is not None else ())
        driven = Driven(table.minimum.value, owed, table.exponent.value)
        states = _solved(model, demand, [model.closed] + ([closed] if shut or plan else []), driven, task)
        told = {
            **_terms(table, required),
            "zone": zone,
            "burst": plan["burst"] if plan is not None else None,
            "close": shut,
            "pipes": plan["pipes"] if plan is not None else [],
            **_found(connection, model, demand, states, who, owed),
            "warnings": [*warnings(network, people), *edge, *_doubts(demand, states)],
        }
        if shapes:
            told["shapes"] = _shapes(connection, network, model, states[-1], owed, table.minimum.value)
    task.progress(1.0)
    return told


def _terms(table: Hydraulics, required: float | None) -> dict[str, Any]:
    """The heads that are held against, and where they come from."""
    own = required is not None
    return {
        "required": _required(table, required),
        "minimum": table.minimum.value,
        "source": "" if own else table.required.source,
        "verified": own or table.required.verified,
        "edition": table.edition,
    }


def _found(
    connection: sa.Connection, model: Model, demand: Floats, states: list[State], who: Drawing, owed: float
) -> dict[str, Any]:  # fmt: skip
    return {
        **_balance(model, demand, states),
        "places": _places(model, demand, states, owed),
        "nodes": _node_rows(model, states),
        **_customer_rows(connection, who, states, owed),
        "assumptions": [asdict(row) for row in [*model.assumed, *_undrawn(connection, who)]],
    }


def _required(table: Hydraulics, given: float | None) -> float:
    owed = table.required.value if given is None else given
    if not math.isfinite(owed) or not table.minimum.value < owed < MOST_HEAD:
        raise UsageError(
            _("{metres:g} m is not a required head.").format(metres=owed),
            _("Give more than the {metres:g} m under which a customer gets no water.").format(
                metres=table.minimum.value
            ),
        )
    return owed


def _given(connection: sa.Connection, network: Network, heads: Mapping[str, float]) -> dict[int, float]:
    """Heads by vertex. Raises NoSuchRow, UsageError for a code that several kinds share."""
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


def _part(
    connection: sa.Connection, network: Network, table: Hydraulics, within: Bools | None, heads: dict[int, float]
) -> tuple[Model, list[str]]:
    """The model, and what is to be said of the zone's edge. Raises FigureNeeded."""
    model = Reading(connection, network, table, heads).model(within)
    edge: Ints = np.zeros(0, dtype=np.int64)
    if within is not None:
        graph = network.graph
        crossing = within[graph.start] != within[graph.end]
        ends = np.concatenate([graph.start[crossing], graph.end[crossing]])
        edge = np.setdiff1d(ends[within[ends]], np.array(list(heads), dtype=np.int64))
    named = sorted(vertex_codes(connection, network, edge).values()) if len(edge) else []
    if not model.fixed.any():
        raise FigureNeeded(
            _("Nothing in this part of the network holds a head: no pressure can be worked out."),
            _("Give the head at one of its places over the datum: --head CODE=METRES. At the zone's edge are: {codes}")
            .format(codes=some([f":{code}" for code in named]) or "–"),
        )  # fmt: skip
    outside = np.setdiff1d(np.array(list(heads), dtype=np.int64), model.vertex)
    useless = sorted(vertex_codes(connection, network, outside).values()) if len(outside) else []
    told = (
        [_("Heads given outside the part are of no use: {codes}").format(codes=", ".join(useless))] if useless else []
    )
    if not named:
        return model, told
    said = _("The pipes that cross the zone's edge at {count} places are taken as closed: {codes}")
    return model, [*told, said.format(count=len(named), codes=some([f":{code}" for code in named]))]


def _closed(connection: sa.Connection, model: Model, shut: Sequence[str], pipes: Iterable[str]) -> Bools:
    """Links that are shut while the valves ``shut`` are closed and ``pipes`` are isolated. Raises NoSuchRow."""
    table = KINDS["valve"].table
    known = set(connection.scalars(sa.select(table.c.code).where(table.c.code.in_(list(shut)))))
    lacking = sorted(set(shut) - known)
    if lacking:
        raise NoSuchRow(
            _("There is no valve {code}.").format(code=lacking[0]), _("Check the code; codes tell capitals from small.")
        )
    valves = {f"valve:{code}" for code in shut}
    names = {f"pipe:{code}" for code in pipes} | valves
    nodes = np.array([name in valves for name in model.name], dtype=bool)
    links = np.array([name in names for name in model.link], dtype=bool)
    closed: Bools = model.closed | links | model.at(nodes)
    return closed


def _solved(model: Model, demand: Floats, closings: list[Bools], driven: Driven, task: Task) -> list[State]:
    """The network with each of ``closings`` (k,). EPANET gets what has water: of a part cut off it cannot solve any."""
    dry = [model.dry(closed) for closed in closings]
    files = [
        inp_lines(model.part(~none, ~closed), "jnw", closed=None, demand=demand[~none], driven=driven)
        for closed, none in zip(closings, dry, strict=True)
    ]
    found = solve(files, task)
    return [_state(model, one, none, closed) for one, none, closed in zip(found, dry, closings, strict=True)]


def _state(model: Model, solved: Solved, dry: Bools, closed: Bools) -> State:
    """A closed valve has the pressure of the side that has water."""
    head, met = np.full(len(dry), -np.inf), np.zeros(len(dry))
    head[~dry], met[~dry] = solved.head, solved.met
    flow = np.zeros(len(closed))
    flow[~closed & ~dry[model.start] & ~dry[model.end]] = solved.flow
    beside = head.copy()
    for one, other in ((model.start, model.end), (model.end, model.start)):
        np.maximum.at(beside, one[closed], head[other[closed]])
    shut = model.valve & dry
    head[shut] = beside[shut]
    dry = np.isneginf(head)
    over = np.where(dry, 0.0, head - model.elevation)
    return State(over, np.where(model.fixed, 0.0, met), dry, flow)


def _balance(model: Model, demand: Floats, states: list[State]) -> dict[str, Any]:
    wanted = float(demand[~model.fixed].sum())
    lacking = [round(max(0.0, wanted - float(state.met.sum())), 3) for state in states]  # EPANET's own error is no want
    given = []
    for state in states:
        flow = np.bincount(model.start, state.flow, len(model.name)) - np.bincount(
            model.end, state.flow, len(model.name)
        )
        given.append(flow)
    sources = [
        {
            "code": model.name[at].partition(":")[2],
            "kind": model.name[at].partition(":")[0],
            "head": round(float(model.head[at]), 3),
            **{name: round(float(flow[at]), 1) for name, flow in zip(("before", "during"), given, strict=False)},
        }
        for at in np.flatnonzero(model.fixed).tolist()
    ]
    unserved = dict(zip(("before", "during"), lacking, strict=False))
    return {"demand": round(wanted, 3), "unserved": {"during": None} | unserved, "sources": sources}


def _places(model: Model, demand: Floats, states: list[State], owed: float) -> dict[str, int | None]:
    """Nodes at which water is drawn, ``all`` and those below the required head."""
    drawn = (demand > 0) & ~model.fixed
    below = [int((drawn & (state.pressure < owed)).sum()) for state in states]
    return {"all": int(drawn.sum()), "during": None} | dict(zip(("before", "during"), below, strict=False))


def _node_rows(model: Model, states: list[State]) -> list[dict[str, Any]]:
    before, during = states[0], states[-1] if len(states) > 1 else None
    columns = [np.round(state.pressure, 3).tolist() for state in states]
    rows = []
    for at, name in enumerate(model.name):
        kind, _colon, code = name.partition(":")
        rows.append(
            {
                "code": code,
                "kind": kind,
                "elevation": round(float(model.elevation[at]), 3),
                "before": columns[0][at],
                "during": columns[1][at] if during is not None else None,
                "dry": bool((during or before).dry[at]),
            }
        )
    return rows


def _customer_rows(connection: sa.Connection, who: Drawing, states: list[State], owed: float) -> dict[str, Any]:
    """Customers below the required head in the last state: first those that were not before, the worst off first."""
    over = [np.minimum(state.pressure[who.one], state.pressure[who.other]) for state in states]
    was, now = over[0] < owed, over[-1] < owed
    low = np.flatnonzero(now)
    low = low[np.lexsort((over[-1][low], was[low] & (len(states) > 1)))]
    named = codes(connection, "customer", who.fid[low])
    rows = [
        {
            "code": named[int(who.fid[at])],
            "before": round(float(over[0][at]), 3),
            "during": round(float(over[-1][at]), 3) if len(states) > 1 else None,
            "was_below": bool(was[at]),
            "essential": bool(who.essential[at]),
            "use": round(float(who.use[at]), 3) if who.known[at] else None,
        }
        for at in low.tolist()
    ]
    return {"customers": rows, "customers_all": len(who.fid), "below_before": int(was.sum())}


def _undrawn(connection: sa.Connection, who: Drawing) -> list[Assumption]:
    lacking = who.fid[~who.known]
    if not len(lacking):
        return []
    named = codes(connection, "customer", lacking[:10])
    what = _("The mean daily use of customers is not known: none")
    return [Assumption(what, len(lacking), [named[int(fid)] for fid in lacking[:10]])]


def _doubts(demand: Floats, states: list[State]) -> Iterable[str]:
    if not demand.any():
        yield _("No demand is known: the pressures are those of still water. Fill in the mean daily use of customers.")
    lowest = min(float(state.pressure.min()) for state in states)
    if lowest < 0:
        yield _("Some places lie above the head of the water that reaches them: pressures under 0 m.")


def _shapes(
    connection: sa.Connection, network: Network, model: Model, state: State, owed: float, minimum: float
) -> dict[str, list[bytes]]:
    """Pipes by class of pressure, each class one geometry."""
    pipes = model.pipe >= 0
    over = np.where(state.dry, np.inf, state.pressure)
    low = np.minimum(over[model.start], over[model.end])[pipes]
    grade = np.select([np.isinf(low), low < minimum, low < owed], [0, 1, 2], default=3)
    fids = network.pipes.fid[model.pipe[pipes]]
    lines = shapely.force_2d(queries.shapes(connection, KINDS["pipe"].table, fids.tolist()))
    return {
        name: [shapely.to_wkb(shapely.multilinestrings(lines[grade == number]))] if (grade == number).any() else []
        for number, name in enumerate(CLASSES)
    }
