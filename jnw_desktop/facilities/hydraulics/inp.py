"""An EPANET input file of a model: L/s, metres, millimetres (EPANET 2.2 user manual, appendix C)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from jnw_desktop.facilities.hydraulics.model import DAY_LITRES, PIPE, PUMP, Model
from jnw_desktop.network.graph import Bools, Floats

LONGEST_NAME = 31  # bytes EPANET takes


@dataclass(frozen=True)
class Driven:
    """Pressure-driven demand: no water below ``minimum`` m, all of it from ``required`` m on."""

    minimum: float
    required: float
    exponent: float


def plain_names(keys: Iterable[str]) -> list[str]:
    """EPANET's names for ``kind:code``: the code without what EPANET does not take, each once."""
    used: set[str] = set()
    names = []
    for key in keys:
        plain = re.sub(r"[\s;\"'\[\]]+", "_", key.partition(":")[2]) or "_"
        name, number = _cut(plain, LONGEST_NAME), 1
        while name in used:
            number += 1
            name = f"{_cut(plain, LONGEST_NAME - 8)}_{number}"
        used.add(name)
        names.append(name)
    return names


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")


def inp_lines(
    model: Model,
    title: str,
    *,
    nodes: Sequence[str] | None = None,
    links: Sequence[str] | None = None,
    closed: Bools | None = None,
    demand: Floats | None = None,
    driven: Driven | None = None,
    places: Iterable[str] = (),
) -> Iterator[str]:
    """The file, line by line. ``nodes``, ``links``: names; else the numbers EPANET gives them, from 1.

    ``closed`` (k,) and ``demand`` (n,), m³/d, stand in for the model's. ``places``: the sections of where it lies.
    """
    node = nodes or [str(number + 1) for number in range(len(model.name))]
    link = links or [str(number + 1) for number in range(len(model.link))]
    closed = model.closed if closed is None else closed
    demand = model.demand if demand is None else demand
    yield from ("[TITLE]", " " + title.replace("\n", " ").lstrip(" ["), "")
    yield from _nodes(model, node, demand)
    yield from _pipes(model, node, link, closed)
    yield from _through(model, node, link, closed)
    yield from ("[OPTIONS]", " Units LPS", " Headloss H-W")
    if driven is not None:
        yield " Demand Model PDA"
        yield f" Minimum Pressure {driven.minimum:.10g}"
        yield f" Required Pressure {driven.required:.10g}"
        yield f" Pressure Exponent {driven.exponent:.10g}"
        yield from (" Trials 500", " Accuracy 0.0005", " Unbalanced Continue 50")
    yield from ("", "[TIMES]", " Duration 0:00", "", *places, "[END]")


def _nodes(model: Model, node: Sequence[str], demand: Floats) -> Iterator[str]:
    held = np.flatnonzero(model.fixed).tolist()
    yield "[JUNCTIONS]"
    litres = (demand / DAY_LITRES).tolist()
    for at, level in enumerate(model.elevation.tolist()[: len(node) - len(held)]):
        yield f" {node[at]} {level:.10g} {litres[at]:.10g}"
    yield from ("", "[RESERVOIRS]")
    yield from (f" {node[at]} {model.head[at]:.10g}" for at in held if at not in model.tanks)
    yield from ("", "[TANKS]")
    for at in held:
        tank = model.tanks.get(at)
        if tank is not None:
            yield f" {node[at]} {tank.bottom:.10g} {tank.level:.10g} 0 {tank.high:.10g} {tank.diameter:.10g} 0"
    yield ""


def _pipes(model: Model, node: Sequence[str], link: Sequence[str], closed: Bools) -> Iterator[str]:
    yield "[PIPES]"
    columns = (model.start, model.end, model.length, model.dn, model.roughness, model.minor, closed, model.check)
    pipes = model.sort == PIPE
    rows = zip(*(column[pipes].tolist() for column in columns), strict=True)
    for name, (start, end, length, dn, c, minor, shut, check) in zip(link, rows, strict=False):
        status = "CLOSED" if shut else "CV" if check else "OPEN"
        yield f" {name} {node[start]} {node[end]} {length:.10g} {dn:g} {c:.10g} {minor:.10g} {status}"
    yield ""


def _through(model: Model, node: Sequence[str], link: Sequence[str], closed: Bools) -> Iterator[str]:
    pumps, valves, curves, status = [], [], [], []
    for at, told in model.word.items():
        ends = f" {link[at]} {node[model.start[at]]} {node[model.end[at]]}"
        if model.sort[at] == PUMP:
            words = told.words
            if told.curve:
                name = f"C{at + 1}"
                curves += [f" {name} {flow:.10g} {head:.10g}" for flow, head in told.curve]
                words = f"HEAD {name}{told.words}"
            pumps.append(f"{ends} {words}")
        else:
            valves.append(f"{ends} {model.dn[at]:g} {told.words}")
        if closed[at] or told.forced_open:
            status.append(f" {link[at]} {'Closed' if closed[at] else 'Open'}")
    sections = {"PUMPS": pumps, "VALVES": valves, "CURVES": curves, "STATUS": status}
    for name, lines in sections.items():
        yield from (f"[{name}]", *lines, "")
