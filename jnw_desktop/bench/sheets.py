"""Measures a pipeline guide of four detail sheets as the window has it made, beside a QGIS atlas of the same sheets.

``python -m jnw_desktop.bench.sheets PLACE`` prints one JSON object: seconds of both. It works on a copy of the city.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pyproj
import shapely

from jnw_desktop.bench.asking import asked_of, timed
from jnw_desktop.bench.errors import BenchFailed
from jnw_desktop.documents.mapframe import POINT_M
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.queries import within
from jnw_desktop.language import _
from jnw_desktop.mapengine import locate
from jnw_desktop.worker.client import WorkerClient
from jnw_desktop.workspace import Workspace

TIMES = 3
SITE_M = (250.0, 175.0)  # four sheets of A3 at 1:500
SHOWN = (
    "construction_site", "valve", "hydrant", "meter", "sensor", "node", "chamber", "pump_room", "pipe", "other_line",
    "road", "building", "neighbourhood",
)  # fmt: skip


def measure(place: str) -> dict[str, float]:
    """Median seconds of ``guide``, and seconds of ``atlas``. Raises BenchFailed."""
    with tempfile.TemporaryDirectory(prefix="jnw-bench-") as folder:
        city, out = Path(folder) / "city.gpkg", Path(folder) / "guide.pdf"
        shutil.copy(place, city)
        worker = WorkerClient(on_changed=lambda _result: None, on_trouble=lambda _error: None)
        worker.start()
        try:
            asked_of(worker, "workspace.open", where=str(city))
            asked_of(worker, "network.ready")  # as it is some seconds after a workspace was opened
            opened = asked_of(worker, "facilities.open_site", area=_site(city))
            (uid,) = opened.touched["construction_site"].inserted
            code = asked_of(worker, "facilities.describe", kind="construction_site", uid=uid).code
            took = [timed(worker, "guide.issue", code=code, out=str(out)) for _time in range(TIMES)]
        finally:
            worker.stop()
        sheets = sheets_of(out)
        if len(sheets) != 5:
            raise BenchFailed(_("The guide has {count} map sheets, not 5.").format(count=len(sheets)))
        return {"guide": statistics.median(took), "atlas": _atlas(city, sheets, Path(folder) / "atlas.pdf")}


def _site(city: Path) -> bytes:
    """An area around a pipe in the middle of the city."""
    with Workspace.open(city, read_only=True) as workspace:
        low_e, low_n, high_e, high_n = workspace.bounds(KINDS["pipe"].table) or (0.0, 0.0, 0.0, 0.0)
        middle = np.array([(low_e + high_e) / 2, (low_n + high_n) / 2])
        near = within(workspace, "pipe", (*(middle - 500), *(middle + 500)))
    if not near:
        raise BenchFailed(_("There is no pipe in the middle of the city."))
    lines = shapely.from_wkb(np.array([pipe.geometry for pipe in near], dtype=object))
    nearest = lines[int(np.argmin(shapely.distance(lines, shapely.Point(middle))))]
    east, north = shapely.get_coordinates(shapely.centroid(nearest))[0]
    wide, high = SITE_M
    return bytes(shapely.to_wkb(shapely.box(east - wide / 2, north - high / 2, east + wide / 2, north + high / 2)))


def sheets_of(guide: Path) -> list[dict[str, Any]]:
    """Centre, scale and size in pt of each map in a guide, from its georeference."""
    found = []
    with pikepdf.open(guide) as document:
        for page in document.pages:
            for view in page.obj.get("/VP", []):
                low_x, low_y, high_x, high_y = (float(side) for side in view.BBox)
                system = pyproj.CRS.from_wkt(str(view.Measure.GCS.WKT))
                degrees = np.array([float(value) for value in view.Measure.GPTS]).reshape(-1, 2)
                to_ground = pyproj.Transformer.from_crs(system.geodetic_crs, system, always_xy=True)
                corners = np.array(to_ground.transform(degrees[:, 1], degrees[:, 0])).T
                scale = float(np.ptp(corners[:, 0])) / ((high_x - low_x) * POINT_M)
                size = {"width_pt": high_x - low_x, "height_pt": high_y - low_y}
                found.append({"center": corners.mean(axis=0).tolist(), "scale": round(scale), **size})
    return found


def _atlas(city: Path, sheets: list[dict[str, Any]], out: Path) -> float:
    resources = Path(str(files("jnw_resources")))
    there = {layer["id"]: layer for group in layer_tree() for layer in group["layers"]}
    layers = [{"table": name, "style": there[name]["style"], "min_scale": there[name]["min_scale"]} for name in SHOWN]
    with Workspace.open(city, read_only=True) as workspace:
        crs = workspace.crs
    told = {"crs": crs, "path": str(city), "layers": layers, "sheets": sheets, "out": str(out)}
    told |= {"styles": str(resources / "styles"), "symbols": str(resources / "symbols")}
    told |= {name: sheets[0][name] for name in ("width_pt", "height_pt")}
    script = Path(__file__).with_name("atlas.py")
    command = [str(locate.find_python()), "-I", str(script)]
    done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, check=False)
    try:
        return float(json.loads(done.stdout.splitlines()[-1])["seconds"])
    except (IndexError, ValueError) as error:
        tail = done.stderr.strip().splitlines()[-1:] or [""]
        raise BenchFailed(_("A benchmark ended without an answer: {why}").format(why=tail[0])) from error


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1])) + "\n")
