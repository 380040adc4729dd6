"""EPANET input files: junctions, sources, tanks, pipes, pumps and valves as facilities, read by WNTR."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from jnw_desktop.exchange.encoding import SAMPLE, choose
from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.layer import Batch, Layer, objects
from jnw_desktop.facilities.hydraulics.notes import write_note
from jnw_desktop.language import _

# EPANET's kinds of valve that are one of ours; the others (PSV, PBV, FCV, TCV, GPV) are valves of no kind we know.
_VALVES = {"PRV": "prv"}
LITRES = 1000.0  # in one m³
Row = dict[str, Any]
Place = tuple[float, ...]


def inp_layers(path: Path, encoding: str | None) -> list[Layer]:
    """Layers by kind, points first; what the file gives no coordinates of has no shape.

    Raises UnreadableFile, WrongEncoding.
    """
    model, placed = _model(path, encoding)
    notes: list[str] = []
    at = {name: tuple(node.coordinates) for name, node in model.nodes() if name in placed}
    if not at:
        raise unreadable(path, _("it gives no coordinates of its nodes"))
    kinds: dict[str, str] = {}
    rows: dict[str, list[tuple[Row, Any]]] = {}
    for kind, facilities in (
        ("node", model.junctions()), ("waterworks", model.reservoirs()), ("tank", model.tanks()),
    ):  # fmt: skip
        for name, node in facilities:
            kinds[name] = kind
            rows.setdefault(kind, []).append((_node(model, kind, name, node), _shape(at.get(name))))
    ends = {name: f"{kind}:{name}" for name, kind in kinds.items()}
    for kind, links in (("pump_station", model.pumps()), ("valve", model.valves())):
        for name, link in links:
            between = _shape(at.get(link.start_node_name), at.get(link.end_node_name))
            middle = between and between.interpolate(0.5, normalized=True)
            rows.setdefault(kind, []).append((_ended(_link(model, kind, name, link), link, ends), middle))
    rough = model.options.hydraulic.headloss == "H-W"
    for name, pipe in model.pipes():
        line = _shape(at.get(pipe.start_node_name), *map(tuple, pipe.vertices or ()), at.get(pipe.end_node_name))
        rows.setdefault("pipe", []).append((_ended(_pipe(name, pipe, rough), pipe, ends), line))
    notes += _cannot_hold(model)
    found = [_layer(path, kind, some) for kind, some in rows.items()]
    if found:
        found[-1].notes += notes
    return found


def _shape(*places: Place | None) -> Any:
    """A point or a line; ``None`` where a place is not known."""
    known = [place for place in places if place is not None]
    if len(known) < len(places):
        return None
    return shapely.Point(known[0]) if len(known) == 1 else shapely.LineString(known)


def _placed(text: str) -> set[str]:
    """Names in the section of coordinates: WNTR puts a node that is not there at nought."""
    names, inside = set(), False
    for line in text.splitlines():
        words = line.partition(";")[0].split()
        if words and words[0].startswith("["):
            inside = words[0].upper().startswith("[COOR")
        elif inside and words:
            names.add(words[0])
    return names


def _model(path: Path, encoding: str | None) -> tuple[Any, set[str]]:
    """What WNTR read, and the names of the nodes whose place the file gives."""
    import wntr  # a second and a half to import, wanted here alone

    data = path.read_bytes()
    name = choose(data[:SAMPLE], encoding).name
    if b"[" not in data or b"\0" in data[:4096]:
        raise unreadable(path, _("it is not an EPANET file"))
    with tempfile.TemporaryDirectory(prefix="jnw-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy = Path(folder) / "model.inp"
        text = data.decode(name, "replace")
        copy.write_text(text, "utf-8")
        try:
            model = wntr.network.WaterNetworkModel(str(copy))
        except Exception as error:  # WNTR raises whatever its parsing of a damaged line comes to
            raise unreadable(path, str(error).replace(str(copy), path.name)) from error
    if not model.num_nodes:
        raise unreadable(path, _("it has no nodes"))
    return model, _placed(text)


def _node(model: Any, kind: str, name: str, node: Any) -> Row:
    row: Row = {"code": name}
    if kind == "node":
        row |= {"elevation": node.elevation, "note": write_note([], {"demand": _demand(model, node) or None})}
    elif kind == "waterworks":
        row["water_head"] = node.base_head
    else:
        row |= {"bottom": node.elevation, "top": node.elevation + node.max_level}
        row["volume"] = np.pi / 4 * node.diameter**2 * node.max_level
        row["water_head"] = node.elevation + node.init_level
    return row


def _demand(model: Any, node: Any) -> float:
    """Mean demand of a junction over its patterns, L/s."""
    whole = 0.0
    for demand in node.demand_timeseries_list:
        pattern = demand.pattern.multipliers if demand.pattern is not None else [1.0]
        whole += demand.base_value * float(np.mean(pattern) if len(pattern) else 1.0)
    return float(whole * model.options.hydraulic.demand_multiplier * LITRES)


def _link(model: Any, kind: str, name: str, link: Any) -> Row:
    closed = ["CLOSED"] if _closed(link) else []
    if kind == "pump_station":
        return {"code": name} | _pump(model, link, closed)
    settable = link.valve_type not in ("GPV",)
    figures = {"setting": _setting(link) if settable else None, "minor": link.minor_loss or None}
    return {
        "code": name, "dn": round(link.diameter * 1000), "valve_kind": _VALVES.get(link.valve_type),
        "present_state": "closed" if closed else "open", "note": write_note([link.valve_type], figures),
    }  # fmt: skip


def _setting(link: Any) -> float:
    """In m or L/s."""
    value = float(link.initial_setting)
    return value * LITRES if link.valve_type == "FCV" else value


def _pump(model: Any, link: Any, flags: list[str]) -> Row:
    speed = None if link.base_speed == 1.0 else link.base_speed
    if link.pump_type == "POWER":
        return {"note": write_note(flags, {"power": link.power / 1000.0, "speed": speed})}
    points = model.get_curve(link.pump_curve_name).points
    told = ";".join(f"{flow * LITRES:.10g},{head:.10g}" for flow, head in points)
    return {"note": write_note(flags, {"curve": told, "speed": speed})}


def _pipe(name: str, pipe: Any, rough: bool) -> Row:
    said = [*(["CV"] if pipe.check_valve else []), *(["CLOSED"] if _closed(pipe) else [])]
    figures = {"roughness": pipe.roughness if rough else None, "minor": pipe.minor_loss or None}
    return {
        "code": name, "dn": round(pipe.diameter * 1000), "length": pipe.length, "note": write_note(said, figures),
    }  # fmt: skip


def _closed(link: Any) -> bool:
    return str(link.initial_status).lower().endswith("closed")


def _ended(row: Row, link: Any, ends: dict[str, str]) -> Row:
    return row | {"start_node": ends[link.start_node_name], "end_node": ends[link.end_node_name]}


def _cannot_hold(model: Any) -> list[str]:
    """What the file says that facilities cannot hold: told, and kept in the note."""
    told = []
    closed = [name for name, pipe in model.pipes() if _closed(pipe)]
    checked = [name for name, pipe in model.pipes() if pipe.check_valve]
    if closed:
        told.append(
            _("Pipes that are closed, which a pipe cannot be here (in the note): {codes}").format(codes=_some(closed))
        )
    if checked:
        told.append(
            _("Pipes with a check valve, which a pipe cannot have here (in the note): {codes}").format(
                codes=_some(checked)
            )
        )
    if model.num_controls:
        told.append(_("Controls and rules are not taken over: {count}").format(count=model.num_controls))
    return told


def _some(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" … ({len(names)})" if len(names) > 10 else "")


def _layer(path: Path, kind: str, rows: list[tuple[Row, Any]]) -> Layer:
    columns = list(rows[0][0])
    values = {name: [row[name] for row, _shape in rows] for name in columns}
    shapes = objects([shape for _row, shape in rows])
    word = "line" if kind == "pipe" else "point"
    read: Callable[[], Iterator[Batch]] = lambda: iter([Batch(np.arange(1, len(rows) + 1), values, shapes)])  # noqa: E731
    return Layer(
        f"{path.stem} {kind}",
        columns,
        read,
        None,
        word,
        "utf-8",
        kind=kind,
        fields={n: n for n in columns},
        joined=True,
    )
