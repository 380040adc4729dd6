"""Writes the network as an EPANET input file: litres per second, metres, millimetres (EPANET 2.2 user manual, app. C)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
LONGEST_NAME = 31
DAY_LITRES = 86.4  # m³/d in one L/s


class Names:
    """EPANET's names: of a code without what it does not take, each once among its own."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self.of: dict[str, str] = {}

    def give(self, key: str) -> str:
        """The name for ``kind:code``: the code where it is free."""
        plain = re.sub(r"[\s;\"']+", "_", key.partition(":")[2])[:LONGEST_NAME] or "_"
        name, number = plain, 1
        while name in self._used:
            number += 1
            name = f"{plain[: LONGEST_NAME - 5]}_{number}"
        self._used.add(name)
        self.of[key] = name
        return name


def write_inp(path: Path, rows: Mapping[str, Iterable[Row]], title: str) -> int:
    """Write what is in service; returns how many facilities. ``rows`` by kind, references as ``kind:code``."""
    sections: dict[str, list[str]] = {name: [] for name in _SECTIONS}
    nodes, links = Names(), Names()
    sections["TITLE"].append(title.replace("\n", " "))
    linked = []
    for kind in ENDS:
        for values, shape in rows.get(kind, ()):
            if values.get("start_node") and values.get("end_node"):
                linked.append((kind, values, shape))
            elif values["state"] in (None, "in_service"):
                _node(sections, kind, values, shape, nodes)
    for values, shape in rows.get("pipe", ()):
        if values["state"] in (None, "in_service"):
            _pipe(sections, values, shape, nodes, links)
    for kind, values, _shape in linked:
        _link(sections, kind, values, nodes, links)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_lines(sections))
    return len(nodes.of) + len(links.of)


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
        sections["RESERVOIRS"].append(f" {name} {level:g}")
    elif kind == "tank":
        bottom = _number(values["bottom"], level)
        high = _number(values["top"], bottom + TANK_LEVEL) - bottom
        high = high if high > 0 else TANK_LEVEL
        volume = values["volume"]
        wide = sqrt(4 * volume / (pi * high)) if volume else TANK_DIAMETER
        sections["TANKS"].append(f" {name} {bottom:.10g} {high / 2:.10g} 0 {high:.10g} {wide:.10g} 0")
    else:
        sections["JUNCTIONS"].append(f" {name} {level:.10g} 0")
    sections["COORDINATES"].append(f" {name} {shape.x:.4f} {shape.y:.4f}")


def _pipe(sections: dict[str, list[str]], values: dict[str, Any], shape: Any, nodes: Names, links: Names) -> None:
    ends = [nodes.of.get(values[end]) for end in ("start_node", "end_node")]
    if None in ends or ends[0] == ends[1]:
        return
    name = links.give(f"pipe:{values['code']}")
    length = values["length"] or shape.length
    note = values.get("note") or ""
    status = "CV" if "EPANET CV" in note else "CLOSED" if "EPANET CLOSED" in note else "OPEN"
    sections["PIPES"].append(
        f" {name} {ends[0]} {ends[1]} {length:.10g} {_number(values['dn'], 100):g} {ROUGHNESS:g} 0 {status}"
    )
    for east, north in shapely.get_coordinates(shape)[1:-1].tolist():
        sections["VERTICES"].append(f" {name} {east:.4f} {north:.4f}")


def _link(sections: dict[str, list[str]], kind: str, values: dict[str, Any], nodes: Names, links: Names) -> None:
    ends = [nodes.of.get(values[end]) for end in ("start_node", "end_node")]
    if None in ends:
        return
    name = links.give(f"{kind}:{values['code']}")
    if kind == "pump_station":
        head, capacity = values["head"], values["capacity"]
        if head and capacity:
            sections["CURVES"].append(f" C_{name} {capacity / DAY_LITRES:.6g} {head:.6g}")
        sections["PUMPS"].append(
            f" {name} {ends[0]} {ends[1]} " + (f"HEAD C_{name}" if head and capacity else f"POWER {PUMP_POWER:g}")
        )
        return
    word = "PRV" if values["valve_kind"] == "prv" else "TCV"
    sections["VALVES"].append(f" {name} {ends[0]} {ends[1]} {_number(values['dn'], 100):g} {word} 0 0")
    if values["present_state"] == "closed":
        sections["STATUS"].append(f" {name} Closed")
