"""What was found of pressures as plain values: the balance, places, customers, and pipes by class of pressure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np
import sqlalchemy as sa

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.graph import Network, codes
from jnw_desktop.facilities.gridded import gridded
from jnw_desktop.facilities.hydraulics.customers import Drawing
from jnw_desktop.facilities.hydraulics.inp import Driven
from jnw_desktop.facilities.hydraulics.model import Assumption, Model
from jnw_desktop.facilities.hydraulics.states import State
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.network.graph import Floats

CLASSES = ("dry", "minimum", "below", "enough")  # of a pipe: by the lower pressure of its ends


def answer(
    connection: sa.Connection, model: Model, demand: Floats, states: list[State], who: Drawing, owed: float
) -> dict[str, Any]:  # fmt: skip
    """Balance, places, nodes, customers and what was assumed; ``states``: before, and during where it is asked for."""
    return {
        **_balance(model, demand, states),
        "places": _places(model, demand, states, owed),
        "nodes": _node_rows(model, states),
        **_customer_rows(connection, who, states, owed),
        "assumptions": [asdict(row) for row in [*model.assumed, *_undrawn(connection, who)]],
    }


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
    counts = {"below": len(rows), "fresh": sum(not row["was_below"] for row in rows)}
    return {"customers": rows, "customers_all": len(who.fid), "below_before": int(was.sum())} | counts


def _undrawn(connection: sa.Connection, who: Drawing) -> list[Assumption]:
    lacking = who.fid[~who.known]
    if not len(lacking):
        return []
    named = codes(connection, "customer", lacking[:10])
    what = _("The mean daily use of customers is not known: none")
    return [Assumption(what, len(lacking), [named[int(fid)] for fid in lacking[:10]])]


def doubts(demand: Floats, states: list[State]) -> Iterable[str]:
    """What makes the figures doubtful."""
    if not demand.any():
        yield _("No demand is known: the pressures are those of still water. Fill in the mean daily use of customers.")
    lowest = min(float(state.pressure.min()) for state in states)
    if lowest < 0:
        yield _("Some places lie above the head of the water that reaches them: pressures under 0 m.")


def shapes_by_class(
    connection: sa.Connection, network: Network, model: Model, state: State, driven: Driven
) -> dict[str, list[bytes]]:
    """Pipes by class of pressure, each class as few shapes (WKB)."""
    pipes = model.pipe >= 0
    over = np.where(state.dry, np.inf, state.pressure)
    low = np.minimum(over[model.start], over[model.end])[pipes]
    grade = np.select([np.isinf(low), low < driven.minimum, low < driven.required], [0, 1, 2], default=3)
    fids = network.pipes.fid[model.pipe[pipes]]
    lines = queries.shapes(connection, KINDS["pipe"].table, fids.tolist())
    return {name: gridded(lines[grade == number]) for number, name in enumerate(CLASSES)}
