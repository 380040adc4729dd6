"""Pressure in the network now and while a part of it is shut off, and who falls under the head that is owed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.graph import city_of
from jnw_desktop.facilities.hydraulics.answer import answer, doubts, shapes_by_class
from jnw_desktop.facilities.hydraulics.closing import Closing, closing
from jnw_desktop.facilities.hydraulics.customers import drawing
from jnw_desktop.facilities.hydraulics.defaults import Hydraulics, read_hydraulics
from jnw_desktop.facilities.hydraulics.inp import Driven
from jnw_desktop.facilities.hydraulics.parts import heads_given, model_of, part_of
from jnw_desktop.facilities.hydraulics.states import solved
from jnw_desktop.facilities.shutoff import warnings
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

MOST_HEAD = 1000.0  # m; a required head beyond it is a slip of the pen


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
    ``heads`` (code → m over the datum) says what stands there. Without a zone, where something is shut: only what is
    joined with it through open valves. ``required``: m over the ground, else the table's. Demand is pressure-driven.
    Told: ``nodes``, ``places`` (how many draw water, how many of them below the required head), ``customers`` below it,
    ``demand`` and ``unserved`` (m³/d), ``sources`` (outflow, m³/d), ``assumptions``; pressures in m over the ground.
    With ``shapes`` the pipes by class of pressure as WKB. Raises FigureNeeded, UsageError, NoSuchRow, NotInNetwork,
    EpanetFailed, TaskCancelled.
    """
    table = read_hydraulics()
    owed = _required(table, required)
    shut = closing(workspace, pipe, close, stuck)
    task.progress(0.0, _("Reading the network"))
    with workspace.read() as connection:
        city = city_of(workspace)
        network, people = city.network(connection), city.people(connection)
        given = heads_given(connection, network, heads or {})
        part = part_of(workspace, connection, network, zone, shut)
        model, said = model_of(connection, network, table, part, given, task.part(0.0, 0.3))
        task.progress(0.3, _("Reading customers"))
        who = drawing(workspace, connection, network, people, model)
        demand = model.demand + who.by_node(len(model.name))
        driven = Driven(table.minimum.value, owed, table.exponent.value)
        closings = [model.closed, *([shut.links(model)] if shut.asked else [])]
        states = solved(model, demand, closings, driven, task.part(0.4, 0.9))
        task.progress(0.9, _("Telling the pressures"))
        told = {
            **_terms(table, required, zone, shut),
            **answer(connection, model, demand, states, who, owed),
            "warnings": [*warnings(network, people), *said, *doubts(demand, states)],
        }
        if shapes:
            task.progress(0.95, _("Reading pipes"))
            told["shapes"] = shapes_by_class(connection, network, model, states[-1], driven)
    task.progress(1.0)
    return told


def _terms(table: Hydraulics, required: float | None, zone: str | None, shut: Closing) -> dict[str, Any]:
    """What is asked: the heads that are held against and where they come from, the part, what is shut."""
    own = required is not None
    return {
        "required": _required(table, required),
        "minimum": table.minimum.value,
        "source": "" if own else table.required.source,
        "verified": own or table.required.verified,
        "edition": table.edition,
        "zone": zone,
        "burst": shut.burst,
        "close": shut.valves,
        "pipes": shut.pipes,
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
