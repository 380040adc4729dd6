"""Measures the import of a city's pipes in a process of its own, beside ``ogr2ogr`` on the same file.

``python -m jnw_desktop.bench.intake PLACE`` prints one JSON object: seconds of both, and bytes of memory ours took.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jnw_desktop.bench.errors import BenchFailed
from jnw_desktop.bench.memory import most_held
from jnw_desktop.exchange.importing import import_file
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

# What a pipe layer of another program has: no uid, nothing that names what a pipe ends at.
FIELDS = "code,state,road,use,dn,material,embedding,year,length,depth_start,depth_end,source,survey_date"


def measure(place: str) -> dict[str, float]:
    """Both figures for the pipes of the workspace at ``place``. Raises BenchFailed when there is no ``ogr2ogr``."""
    tool = shutil.which("ogr2ogr")
    if tool is None:
        raise BenchFailed(_("There is no ogr2ogr to compare with."), _("Install GDAL's tools: apt install gdal-bin"))
    with tempfile.TemporaryDirectory(prefix="jnw-") as folder:
        source, copy, own = (Path(folder, name) for name in ("pipes.gpkg", "copy.gpkg", "city.gpkg"))
        _converted(tool, source, Path(place), ["pipe", "-select", FIELDS])
        began = time.perf_counter()
        _converted(tool, copy, source, [])
        peer = time.perf_counter() - began
        copy.unlink()
        with Workspace.open(place, read_only=True) as city:
            crs = city.crs
        with Workspace.create(own, crs=crs) as workspace:
            began = time.perf_counter()
            done = import_file(workspace, [source], choices={"kind": "pipe"})
            seconds = time.perf_counter() - began
        if done.rejected:
            raise BenchFailed(_("{count} rows were refused.").format(count=done.rejected))
    return {"import": seconds, "ogr2ogr": peer, "memory": most_held()}


def _converted(tool: str, target: Path, source: Path, more: list[str]) -> None:
    done = subprocess.run(
        [tool, "-f", "GPKG", str(target), str(source), *more], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchFailed(_("ogr2ogr failed: {why}").format(why=done.stderr.strip()))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1])) + "\n")
