"""The network solved: once as it is, and once for each way it is shut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jnw_desktop.facilities.hydraulics.engine import Solved, solve
from jnw_desktop.facilities.hydraulics.inp import Driven, inp_lines
from jnw_desktop.facilities.hydraulics.model import Model
from jnw_desktop.network.graph import Bools, Floats
from jnw_desktop.task import Task


@dataclass(frozen=True)
class State:
    """The network solved once: ``pressure`` m over the ground and demand ``met`` m³/d by node, ``dry`` nodes."""

    pressure: Floats
    met: Floats
    dry: Bools
    flow: Floats


def solved(model: Model, demand: Floats, closings: list[Bools], driven: Driven, task: Task) -> list[State]:
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
