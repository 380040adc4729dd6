"""Ground from an elevation raster under profiles and sections. The map engine reads it: whatever GDAL reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities import profiles
from jnw_desktop.language import _
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.network.graph import Floats
from jnw_desktop.workspace import Workspace


class GroundRefused(RefusedError):
    """A file that is no raster of elevations, or one that states no CRS."""

    kind = "ground_refused"


def heights(
    path: str, crs: int, points: Floats, *, own: int | None = None, make: Callable[[], MapEngine] = MapEngine
) -> Floats:
    """Height of the raster's cell at ``points`` (n, 2) in EPSG:``crs``; NaN outside it and where it holds nothing.

    ``own``: EPSG code of a raster that states none; ``make``: the engine. Raises GroundRefused, NoQgis, EngineFailed.
    """
    file = Path(path).expanduser().absolute()
    told: dict[str, Any] = {"valid": False}
    if file.is_file():
        engine = make()
        engine.start()
        try:
            told = engine.call("raster.sample", path=str(file), crs=crs, points=points.tolist(), own=own)
        finally:
            engine.stop()
    if not told["valid"]:
        raise GroundRefused(
            _("{file} cannot be read as an elevation raster.").format(file=file),
            _("Name a GeoTIFF of ground heights in metres."),
        )
    if told["crs"] is None:
        raise GroundRefused(
            _("{file} states no CRS.").format(file=file),
            _("Write it into the file: gdal_edit.py -a_srs EPSG:4548 FILE"),
        )
    return np.array([np.nan if value is None else value for value in told["values"]], dtype=np.float64)


def ground_of(workspace: Workspace, path: str) -> profiles.Ground | None:
    """The raster ``path`` as the ground of profiles; none where no path is given."""
    if not path:
        return None
    return profiles.Ground(Path(path).name, lambda points: heights(path, workspace.crs, points))


def profile(workspace: Workspace, start: str, end: str, ground: str = "") -> dict[str, Any]:
    """As ``profiles.profile``; ``ground``: path of the raster. Raises GroundRefused, NoQgis, EngineFailed too."""
    return profiles.profile(workspace, start, end, ground_of(workspace, ground))


def profile_between(
    workspace: Workspace, start: tuple[float, float], end: tuple[float, float], ground: str = ""
) -> dict[str, Any]:
    """As ``profiles.profile_between``, with the raster ``ground``."""
    return profiles.profile_between(workspace, start, end, ground_of(workspace, ground))


def section(workspace: Workspace, line: Sequence[float], ground: str = "") -> dict[str, Any]:
    """As ``profiles.section``, with the raster ``ground``."""
    return profiles.section(workspace, line, ground_of(workspace, ground))
