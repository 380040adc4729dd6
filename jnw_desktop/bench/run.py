"""``jnw bench``: every figure beside what it is held to, and beside its peer of the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jnw_desktop.bench import edits
from jnw_desktop.bench.bigcity import big_city
from jnw_desktop.bench.errors import BenchFailed
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.checks.operations import check
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.overview import overview
from jnw_desktop.language import _
from jnw_desktop.mapengine import locate
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace


@dataclass(frozen=True)
class Result:
    """``value`` in ``unit``. With a ``peer`` (same unit, same run) ``hold`` bounds the ratio, else the value."""

    name: str
    value: float
    unit: str
    peer: float | None
    ratio: float | None
    hold: float
    ok: bool


def result(name: str, value: float, unit: str, hold: float, peer: float | None = None) -> Result:
    """A figure judged."""
    ratio = None if peer is None else value / peer
    judged = value if ratio is None else ratio
    return Result(name, _plain(value), unit, peer and _plain(peer), ratio and _plain(ratio), hold, judged <= hold)


def _plain(value: float) -> float:
    """Four figures that count: a plan of half a millisecond is not nought."""
    return float(f"{value:.4g}")


# Figures of the window by name: key of what the window's process tells, unit, what is to be held.
WINDOW: dict[str, tuple[str, str, float]] = {
    "start": ("start", "s", 2.0),
    "pan-median": ("pan_median", "s", 0.016),
    "pan-p95": ("pan_p95", "s", 0.050),
    "stall": ("stall", "s", 0.050),
    "edit-to-map": ("edit", "s", 0.300),
    "table-first-page": ("table_first", "s", 0.3),
    "table-sorted": ("table_sorted", "s", 0.3),
    "plan-on-map": ("plan", "s", 0.1),
    "memory": ("memory", "GB", 1.2),
    "engine-restart": ("restart", "s", 2.0),
}
CITY = "whole-city"
CHECKS = "checks"
EDITS = "edit-commit"
# Figures of the network by name: key of what its process tells, unit, what is to be held, key of the peer's figure.
GRAPH: dict[str, tuple[str, str, float, str | None]] = {
    "graph-load": ("load", "s", 3.0, None),
    "graph-memory": ("memory", "MB", 500.0, None),
    "segments": ("segments", "s", 1.0, None),
    "segments-wntr": ("part_segments", "s", 0.01, "wntr_segments"),
    "isolation": ("isolation", "s", 0.020, None),
    "isolation-networkx": ("part_isolation", "s", 0.1, "networkx"),
}
# Figures of the import, likewise.
IMPORT: dict[str, tuple[str, str, float, str | None]] = {
    "import": ("import", "s", 3.0, "ogr2ogr"),
    "import-memory": ("memory", "GB", 1.5, None),
}
# Figures of the guide: as long as the atlas of the same sheets, twice over, for all that is more than its sheets.
GUIDE: dict[str, tuple[str, str, float, str | None]] = {
    "guide": ("guide", "s", 2.0, None),
    "guide-atlas": ("guide", "s", 2.0, "atlas"),
}
NAMES = (*WINDOW, CITY, *GRAPH, CHECKS, EDITS, *IMPORT, *GUIDE)


def run(name: str | None = None, place: Path | None = None, task: Task = SILENT) -> list[Result]:
    """Measure ``name``, or everything, on ``place`` or on a generated city of a million pipes (made once).

    Raises UsageError for an unknown name, BenchFailed.
    """
    if name is not None and name not in NAMES:
        raise UsageError(
            _("There is no benchmark {name}.").format(name=name), _("There are: {names}").format(names=", ".join(NAMES))
        )
    place = place or big_city(task=task)
    found = [] if name in (*GRAPH, CHECKS, EDITS, *IMPORT, *GUIDE) else _seen(place, name)
    found += _graph(place, name) if name in (None, *GRAPH) else []
    found += [_checks(place)] if name in (None, CHECKS) else []
    found += [_edits(place)] if name in (None, EDITS) else []
    found += _import(place, name) if name in (None, *IMPORT) else []
    return found + (_guide(place, name) if name in (None, *GUIDE) else [])


def _seen(place: Path, name: str | None) -> list[Result]:
    """The figures of the window, and of the whole city beside a stock canvas."""
    with Workspace.open(place) as workspace:
        overview(workspace)  # as it is when a workspace is opened for the second time
    told = _window(place)
    found = []
    for known, (key, unit, hold) in WINDOW.items():
        if name in (None, known) and key in told:
            found.append(result(known, told[key], unit, hold))
    if name in (None, CITY):
        found.append(result(CITY, told["city"], "s", 0.25, _stock(place, told["view"])))
    return found


def _checks(place: Path) -> Result:
    """Every check over the city, from the file to the findings in words."""
    with Workspace.open(place, read_only=True) as workspace:
        began = time.perf_counter()
        check(workspace)
        return result(CHECKS, time.perf_counter() - began, "s", 30.0)


def _edits(place: Path) -> Result:
    """The slowest kind of edit: attributes saved, a node moved with its pipes, a valve put on a pipe, a pipe drawn."""
    return result(EDITS, max(edits.measure(place).values()), "s", 0.1)


def _graph(place: Path, name: str | None) -> list[Result]:
    """The figures of the network."""
    told = _ask([sys.executable, "-m", "jnw_desktop.bench.network", str(place)], "")
    told["memory"] /= 1e6
    return _judged(GRAPH, told, name)


def _import(place: Path, name: str | None) -> list[Result]:
    """The figures of the import of the city's pipes."""
    told = _ask([sys.executable, "-m", "jnw_desktop.bench.intake", str(place)], "")
    told["memory"] /= 1e9
    return _judged(IMPORT, told, name)


def _guide(place: Path, name: str | None) -> list[Result]:
    """A pipeline guide of four sheets, and a QGIS atlas of the same."""
    return _judged(GUIDE, _ask([sys.executable, "-m", "jnw_desktop.bench.sheets", str(place)], ""), name)


def _judged(
    figures: dict[str, tuple[str, str, float, str | None]], told: dict[str, Any], name: str | None
) -> list[Result]:
    return [
        result(known, told[key], unit, hold, told[peer] if peer else None)
        for known, (key, unit, hold, peer) in figures.items()
        if name in (None, known)
    ]


def _window(place: Path) -> dict[str, Any]:
    began = time.time()
    told = _ask([sys.executable, "-m", "jnw_desktop.bench.window", str(place)], "")
    told["start"] = told["first_frame_at"] - began
    if "memory" in told:
        told["memory"] /= 1e9
    return told


def _stock(place: Path, view: dict[str, Any]) -> float:
    """The same extent, size, tables and styles on a QGIS canvas with nothing of ours; the median of three."""
    resources = Path(str(files("jnw_resources")))
    layers = [
        {"table": layer["id"], "style": layer["style"], "min_scale": layer["min_scale"]}
        for group in layer_tree()
        for layer in group["layers"]
        if layer["visible"]
    ]
    with Workspace.open(place) as workspace:
        asked = {"crs": workspace.crs, "path": str(place), "layers": layers, "times": 3}
    asked |= {"styles": str(resources / "styles"), "symbols": str(resources / "symbols")}
    script = Path(__file__).with_name("stock.py")
    told = _ask([str(locate.find_python()), "-I", str(script)], json.dumps(asked | view))
    return float(sorted(told["seconds"])[1])


def _ask(command: list[str], content: str) -> dict[str, Any]:
    done = subprocess.run(command, input=content, capture_output=True, text=True, check=False)
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError) as error:
        tail = done.stderr.strip().splitlines()[-1:] or [""]
        raise BenchFailed(_("A benchmark ended without an answer: {why}").format(why=tail[0])) from error
    return answer


def lines(results: list[Result]) -> list[str]:
    """The results for people."""

    def told(one: Result) -> str:
        beside = "" if one.ratio is None else f"  {_('peer')} {one.peer:.3f} {one.unit}, {one.ratio:.2f} ×"
        mark = "✓" if one.ok else "✗"
        return f"{mark} {one.name:<18} {one.value:8.4g} {one.unit:<3}{beside}  ({_('hold')} {one.hold:g})"

    return [told(one) for one in results]
