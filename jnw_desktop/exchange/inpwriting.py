"""Writes the network as an EPANET input file: L/s, metres, millimetres (EPANET 2.2 user manual, appendix C)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import pi, sqrt
from pathlib import Path
from typing import Any

import shapely

from jnw_desktop.exchange.outgoing import Row
from jnw_desktop.facilities.kinds import ENDS

# What EPANET must have and we do not know. Stated to the user before the file is written.
ROUGHNESS = 100.0  # Hazen-Williams
TANK_LEVEL = 5.0  # metres from bottom to overflow
TANK_DIAMETER = 10.0  # metres
PUMP_POWER = 1.0  # kW
LONGEST_NAME = 31  # bytes EPANET takes
DAY_LITRES = 86.4  # m³/d in one L/s


class Names:
    """EPANET's names: of a code without what it does not take, each once among its own."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self.of: dict[str, str] = {}

    def give(self, key: str) -> str:
        """The name for ``kind:code``: the code where it is free."""
        plain = re.sub(r"[\s;\"'\[\]]+", "_", key.partition(":")[2]) or "_"
        name, number = _cut(plain, LONGEST_NAME), 1
        while name in self._used:
            number += 1
            name = f"{_cut(plain, LONGEST_NAME - 8)}_{number}"
        self._used.add(name)
        self.of[key] = name
        return name


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")


def write_inp(path: Path, rows: Mapping[str, Iterable[Row]], title: Sequence[str]) -> tuple[int, list[str]]:
    """Write what is in service; returns how many facilities, and the codes of those that join nothing.

    ``rows`` by kind, references as ``kind:code``; a row without a geometry gets no coordinates.
    EPANET runs no network with a node that no link reaches.
    """
    sections: dict[str, list[str]] = {name: [] for name in _SECTIONS}
    nodes, links = Names(), Names()
    sections["TITLE"] += [" " + line.replace("\n", " ").lstrip(" [") for line in title]
    points: dict[str, tuple[str, Row]] = {}
    joining: list[tuple[str, Row]] = []
    for kind in (*ENDS, "pipe"):
        for row in rows.get(kind, ()):
            values = row[0]
            if values["state"] not in (None, "in_service"):
                continue
            if kind == "pipe" or (values.get("start_node") and values.get("end_node")):
                joining.append((kind, row))
            else:
                points[f"{kind}:{values['code']}"] = kind, row
    ends = [(values.get("start_node"), values.get("end_node")) for _kind, (values, _shape) in joining]
    fit = [start != end and start in points and end in points for start, end in ends]
    reached = {name for pair, fits in zip(ends, fit, strict=True) if fits for name in pair}
    for name, (kind, (values, shape)) in points.items():
        if name in reached:
            _node(sections, kind, values, shape, nodes)
    for (kind, (values, shape)), fits in zip(joining, fit, strict=True):
        if fits and kind == "pipe":
            _pipe(sections, values, shape, nodes, links)
        elif fits:
            _link(sections, kind, values, nodes, links)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_lines(sections))
    left_out = [name.partition(":")[2] for name in points if name not in reached]
    left_out += [row[0]["code"] for (_kind, row), fits in zip(joining, fit, strict=True) if not fits]
    return len(nodes.of) + len(links.of), left_out


_SECTIONS = ("TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "CURVES", "STATUS", "OPTIONS",
             "TIMES", "COORDINATES", "VERTICES")  # fmt: skip


def _lines(sections: dict[str, list[str]]) -> Iterator[str]:
    sections["OPTIONS"] = [" Units LPS", " Headloss H-W"]
    sections["TIMES"] = [" Duration 0:00"]
    for name, lines in sections.items():
        yield f"[{name}]\n"
        yield from (f"{line}\n" for line in lines)
        yield "\n"
    yield "[END]\n"


def _number(value: Any, otherwise: float = 0.0) -> float:
    return otherwise if value is None else float(value)


def _node(sections: dict[str, list[str]], kind: str, values: dict[str, Any], shape: Any, names: Names) -> None:
    name = names.give(f"{kind}:{values['code']}")
    level = _number(values.get("elevation"))
    if kind in ("waterworks", "well"):
        sections["RESERVOIRS"].append(f" {name} {level:.10g}")
    elif kind == "tank":
        bottom = _number(values["bottom"], level)
        high = _number(values["top"], bottom + TANK_LEVEL) - bottom
        high = high if high > 0 else TANK_LEVEL
        volume = values["volume"]
        wide = sqrt(4 * volume / (pi * high)) if volume else TANK_DIAMETER
        sections["TANKS"].append(f" {name} {bottom:.10g} {high / 2:.10g} 0 {high:.10g} {wide:.10g} 0")
    else:
        sections["JUNCTIONS"].append(f" {name} {level:.10g} 0")
    if shape is not None:
        sections["COORDINATES"].append(f" {name} {shape.x:.4f} {shape.y:.4f}")


def _pipe(sections: dict[str, list[str]], values: dict[str, Any], shape: Any, nodes: Names, links: Names) -> None:
    ends = [nodes.of[values[end]] for end in ("start_node", "end_node")]
    name = links.give(f"pipe:{values['code']}")
    length = values["length"] or shape.length
    note = values.get("note") or ""
    status = "CV" if "EPANET CV" in note else "CLOSED" if "EPANET CLOSED" in note else "OPEN"
    sections["PIPES"].append(
        f" {name} {ends[0]} {ends[1]} {length:.10g} {_number(values['dn'], 100):g} {ROUGHNESS:g} 0 {status}"
    )
    for east, north in shapely.get_coordinates(shape)[1:-1].tolist():  # none of what is not told
        sections["VERTICES"].append(f" {name} {east:.4f} {north:.4f}")


def _link(sections: dict[str, list[str]], kind: str, values: dict[str, Any], nodes: Names, links: Names) -> None:
    ends = [nodes.of[values[end]] for end in ("start_node", "end_node")]
    name = links.give(f"{kind}:{values['code']}")
    if kind == "pump_station":
        head, capacity = values["head"], values["capacity"]
        power = f"POWER {PUMP_POWER:g}"
        if head and capacity:
            curve = f"C{len(sections['CURVES']) + 1}"
            sections["CURVES"].append(f" {curve} {capacity / DAY_LITRES:.6g} {head:.6g}")
            power = f"HEAD {curve}"
        sections["PUMPS"].append(f" {name} {ends[0]} {ends[1]} {power}")
        return
    word = "PRV" if values["valve_kind"] == "prv" else "TCV"
    sections["VALVES"].append(f" {name} {ends[0]} {ends[1]} {_number(values['dn'], 100):g} {word} 0 0")
    if (values["present_state"] or values["normal_state"]) == "closed":
        sections["STATUS"].append(f" {name} Closed")
