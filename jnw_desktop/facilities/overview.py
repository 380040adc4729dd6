"""The whole city at small scales: the mains that can be read there, merged into few long lines in a file of its own.

What costs time on a map of a million pipes is the number of features, not their length. So the classes of pipe that the
style draws at small scales are snapped to less than a pixel, freed of what coincides, and merged by class and cell.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.geometry import Geometry
from jnw_desktop.workspace.geopackage import GeoPackageHome
from jnw_desktop.workspace.tables import CHANGE_SETS, GEOMETRY, PROPERTIES

SCALE = 60_000  # the overview is drawn at this scale and smaller; the style hides pipes under DN 300 there
SNAP_M = 12.0  # 0.2 mm on the screen at SCALE
CELLS = 16  # along each side of the city
DN_CLASSES = (300, 600)  # lower bounds of the classes that the style draws at small scales, beside the unknown
FEWEST = 20_000  # pipes; with fewer the map is quick without

_TABLE = sa.Table(
    "pipe",
    sa.MetaData(),
    sa.Column("fid", sa.Integer, primary_key=True),
    sa.Column("dn", sa.Integer),
    sa.Column("state", sa.Text),
    sa.Column(GEOMETRY, Geometry("MULTILINESTRING")),
)


@dataclass(frozen=True)
class Overview:
    """A GeoPackage with one layer named ``layer``, to be drawn in that one's place at 1:``scale`` and smaller."""

    layer: str
    path: str
    scale: int


def overview(workspace: Workspace, folder: Path | None = None, task: Task = SILENT) -> Overview | None:
    """The overview of the workspace as it is now, made when it is not there; ``None`` for a small network.

    It has the columns that the style of pipes asks for. The file may be deleted at any time.
    """
    pipe = KINDS["pipe"].table
    with workspace.read() as connection:
        if (connection.scalar(sa.select(sa.func.max(pipe.c.fid))) or 0) < FEWEST:
            return None
        last = connection.scalar(sa.select(sa.func.max(CHANGE_SETS.c.id))) or 0
        created = connection.scalar(sa.select(PROPERTIES.c.value).where(PROPERTIES.c.key == "created"))
    name = hashlib.sha256(f"{workspace.location} {created}".encode()).hexdigest()[:16]
    folder = folder or Path(platformdirs.user_cache_dir("jnw-desktop")) / "overview"
    place = folder / f"{name}-{last}.gpkg"
    ready = Overview("pipe", str(place), SCALE)
    if place.exists():
        return ready
    task.progress(0.1, _("Drawing the overview"))
    rows = _merged(workspace, task)
    folder.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(".part")
    partial.unlink(missing_ok=True)
    home = GeoPackageHome(partial, workspace.crs)
    try:
        home.create([_TABLE])
        with home.writing() as connection, connection.begin():
            connection.execute(sa.insert(_TABLE), rows)
            bounds = shapely.total_bounds(shapely.from_wkb([row[GEOMETRY] for row in rows])).tolist()
            home.changed(connection, {"pipe": None if not rows else tuple(bounds)})
    finally:
        home.close()
    partial.replace(place)
    for old in folder.glob(f"{name}-*.gpkg"):
        # An engine that has the one before open keeps it until it is told of this one; on Windows it cannot be deleted.
        if old != place and int(old.stem.rpartition("-")[2]) < last - 1:
            old.unlink(missing_ok=True)
    return ready


def _merged(workspace: Workspace, task: Task) -> list[dict[str, object]]:
    pipe = KINDS["pipe"].table
    live = sa.func.coalesce(pipe.c.state, "in_service") == "in_service"
    drawn = sa.or_(pipe.c.dn >= DN_CLASSES[0], pipe.c.dn.is_(None))
    query = sa.select(sa.func.coalesce(pipe.c.dn, 0), pipe.c[GEOMETRY]).where(drawn, live)
    with workspace.read() as connection:
        found = connection.execute(query).all()
    task.progress(0.5, _("Drawing the overview"))
    if not found:
        return []
    dn = np.fromiter((row[0] for row in found), dtype=np.int64, count=len(found))
    starts, ends, of = _segments(shapely.from_wkb(np.array([row[1] for row in found], dtype=object)))
    rank = np.searchsorted(DN_CLASSES, dn[of], side="right")
    starts, ends, rank = _without_doubles(starts, ends, rank)
    task.progress(0.7, _("Drawing the overview"))
    low, high = starts.min(axis=0), starts.max(axis=0)
    cell = ((starts - low) * CELLS // np.maximum(high - low + 1, 1)).astype(np.int64)
    group = (rank * CELLS + cell[:, 0]) * CELLS + cell[:, 1]
    order = np.argsort(group, kind="stable")
    lines = shapely.linestrings(np.stack([starts, ends], axis=1)[order] * SNAP_M)
    groups, first = np.unique(group[order], return_index=True)
    indices = np.repeat(np.arange(len(groups)), np.diff([*first, len(lines)]))
    merged = shapely.line_merge(shapely.multilinestrings(lines, indices=indices))
    single = shapely.get_type_id(merged) == shapely.GeometryType.LINESTRING
    merged[single] = shapely.multilinestrings(merged[single][:, None]) if single.any() else merged[single]
    ranks = groups // (CELLS * CELLS)
    # Large mains are written last, so that they are drawn on top.
    return [
        {"dn": DN_CLASSES[rank - 1] if rank else None, "state": "in_service", GEOMETRY: wkb}
        for rank, wkb in zip(ranks.tolist(), shapely.to_wkb(merged, flavor="iso"), strict=True)
    ]


Ints = npt.NDArray[np.int64]


def _segments(lines: npt.NDArray[np.object_]) -> tuple[Ints, Ints, Ints]:
    """Both ends of every segment in steps of SNAP_M, and the line each belongs to."""
    points, of = shapely.get_coordinates(lines, return_index=True)
    snapped = np.round(points / SNAP_M).astype(np.int64)
    inside = (of[1:] == of[:-1]) & (snapped[1:] != snapped[:-1]).any(axis=1)
    return snapped[:-1][inside], snapped[1:][inside], of[:-1][inside]


def _without_doubles(starts: Ints, ends: Ints, rank: Ints) -> tuple[Ints, Ints, Ints]:
    """Of segments that coincide only the largest main is kept."""
    turned = (starts[:, 0] > ends[:, 0]) | ((starts[:, 0] == ends[:, 0]) & (starts[:, 1] > ends[:, 1]))
    starts, ends = np.where(turned[:, None], ends, starts), np.where(turned[:, None], starts, ends)
    order = np.lexsort((-rank, ends[:, 1], ends[:, 0], starts[:, 1], starts[:, 0]))
    starts, ends, rank = starts[order], ends[order], rank[order]
    fresh = np.ones(len(starts), dtype=bool)
    fresh[1:] = (starts[1:] != starts[:-1]).any(axis=1) | (ends[1:] != ends[:-1]).any(axis=1)
    return starts[fresh], ends[fresh], rank[fresh]
