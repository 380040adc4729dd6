"""The whole city at small scales: mains and main roads merged into few long lines, in a file of their own.

What costs time on a map of a million pipes is the number of features, not their length. So what the
styles draw at small scales is snapped to less than a pixel, freed of what coincides, and merged by class and cell.
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
from jnw_desktop.workspace.geopackage import GeoPackageHome, remove_file
from jnw_desktop.workspace.tables import CHANGE_SETS, GEOMETRY, PROPERTIES

SCALE = 60_000  # the overview is drawn at this scale and smaller
FORMAT = 2  # of the file, counted up when what is in it changes
SNAP_M = 12.0  # 0.2 mm on the screen at SCALE
CELLS = 16  # along each side of the city
KEPT = 40  # files, of the workspaces opened last; each of at most some megabytes
FEWEST = 20_000  # pipes; with fewer the map is quick without

_PIPE, _ROAD = KINDS["pipe"].table, KINDS["road"].table
_LIVE = sa.func.coalesce(_PIPE.c.state, "in_service") == "in_service"
# What the styles draw at small scales: for each kind its classes, the most important last, with the values by which the
# style knows the class.
_DRAWN: dict[str, tuple[tuple[sa.ColumnElement[bool], dict[str, object]], ...]] = {
    "road": tuple((_ROAD.c.road_class == name, {"road_class": name}) for name in ("secondary", "arterial")),
    "pipe": (
        (sa.and_(_LIVE, _PIPE.c.dn.is_(None)), {"dn": None, "state": "in_service"}),
        (sa.and_(_LIVE, _PIPE.c.dn.between(300, 599)), {"dn": 300, "state": "in_service"}),
        (sa.and_(_LIVE, _PIPE.c.dn >= 600), {"dn": 600, "state": "in_service"}),
    ),
}


def _table(kind: str) -> sa.Table:
    source = KINDS[kind].table
    columns = [sa.Column(name, source.c[name].type) for name in _DRAWN[kind][0][1]]
    key = sa.Column("fid", sa.Integer, primary_key=True)
    return sa.Table(kind, _METADATA, key, *columns, sa.Column(GEOMETRY, Geometry("MULTILINESTRING")))


_METADATA = sa.MetaData()
_TABLES = {kind: _table(kind) for kind in _DRAWN}


@dataclass(frozen=True)
class Overview:
    """A GeoPackage whose layers are to be drawn, at 1:``scale`` and smaller, in place of those of the same name."""

    path: str
    scale: int
    layers: tuple[str, ...]


def overview(workspace: Workspace, folder: Path | None = None, task: Task = SILENT) -> Overview | None:
    """The overview of the workspace as it is now, made when it is not there; ``None`` for a small network.

    Its layers have the columns that the styles ask for. The file may be deleted at any time.
    """
    with workspace.read() as connection:
        if (connection.scalar(sa.select(sa.func.max(_PIPE.c.fid))) or 0) < FEWEST:
            return None
        last = connection.scalar(sa.select(sa.func.max(CHANGE_SETS.c.id))) or 0
        created = connection.scalar(sa.select(PROPERTIES.c.value).where(PROPERTIES.c.key == "created"))
    name = hashlib.sha256(f"{FORMAT} {workspace.location} {created}".encode()).hexdigest()[:16]
    folder = folder or Path(platformdirs.user_cache_dir("jnw-desktop")) / "overview"
    place = folder / f"{name}-{last}.gpkg"
    ready = Overview(str(place), SCALE, tuple(_DRAWN))
    if place.exists():
        place.touch()  # it is in use, see _forget
        return ready
    task.progress(0.1, _("Drawing the overview"))
    folder.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(".part")
    partial.unlink(missing_ok=True)
    home = GeoPackageHome(partial, workspace.crs)
    try:
        home.create(list(_TABLES.values()))
        for number, (kind, table) in enumerate(_TABLES.items(), start=1):
            rows = _merged(workspace, kind)
            task.progress(number / len(_TABLES), _("Drawing the overview"))
            if rows:
                bounds = shapely.total_bounds(shapely.from_wkb([row[GEOMETRY] for row in rows])).tolist()
                with home.writing() as connection, connection.begin():
                    connection.execute(sa.insert(table), rows)
                    home.changed(connection, {kind: tuple(bounds)})
    finally:
        home.settle()
    partial.replace(place)
    for old in folder.glob(f"{name}-*.gpkg"):
        # An engine that has the one before open keeps it until it is told of this one; on Windows it cannot be deleted.
        if old != place and int(old.stem.rpartition("-")[2]) < last - 1:
            remove_file(old)
    _forget(folder)
    return ready


def _forget(folder: Path) -> None:
    """Remove the overviews of workspaces that were not opened for long: there is one for every file ever seen."""
    by_use = sorted(folder.glob("*.gpkg"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in by_use[KEPT:]:
        remove_file(file)


def _merged(workspace: Workspace, kind: str) -> list[dict[str, object]]:
    geometry = KINDS[kind].table.c[GEOMETRY]
    rank_of = sa.case(*((condition, number) for number, (condition, _values) in enumerate(_DRAWN[kind])))
    query = sa.select(rank_of, geometry).where(sa.or_(*(condition for condition, _values in _DRAWN[kind])))
    with workspace.read() as connection:
        found = connection.execute(query).all()
    lines, of = shapely.get_parts(
        shapely.from_wkb(np.array([row[1] for row in found], dtype=object)), return_index=True
    )
    ranks = np.fromiter((row[0] for row in found), dtype=np.int64, count=len(found))[of]
    starts, ends, of = _segments(lines)
    starts, ends, rank = _without_doubles(starts, ends, ranks[of])
    if not len(starts):
        return []
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
    # What is important is written last, so that it is drawn on top.
    return [
        _DRAWN[kind][rank][1] | {GEOMETRY: wkb}
        for rank, wkb in zip((groups // (CELLS * CELLS)).tolist(), shapely.to_wkb(merged, flavor="iso"), strict=True)
    ]


Ints = npt.NDArray[np.int64]


def _segments(lines: npt.NDArray[np.object_]) -> tuple[Ints, Ints, Ints]:
    """Both ends of every segment in steps of SNAP_M, and the line each belongs to."""
    points, of = shapely.get_coordinates(lines, return_index=True)
    snapped = np.round(points / SNAP_M).astype(np.int64)
    inside = (of[1:] == of[:-1]) & (snapped[1:] != snapped[:-1]).any(axis=1)
    return snapped[:-1][inside], snapped[1:][inside], of[:-1][inside]


def _without_doubles(starts: Ints, ends: Ints, rank: Ints) -> tuple[Ints, Ints, Ints]:
    """Of segments that coincide only the most important is kept."""
    turned = (starts[:, 0] > ends[:, 0]) | ((starts[:, 0] == ends[:, 0]) & (starts[:, 1] > ends[:, 1]))
    starts, ends = np.where(turned[:, None], ends, starts), np.where(turned[:, None], starts, ends)
    order = np.lexsort((-rank, ends[:, 1], ends[:, 0], starts[:, 1], starts[:, 0]))
    starts, ends, rank = starts[order], ends[order], rank[order]
    fresh = np.ones(len(starts), dtype=bool)
    fresh[1:] = (starts[1:] != starts[:-1]).any(axis=1) | (ends[1:] != ends[:-1]).any(axis=1)
    return starts[fresh], ends[fresh], rank[fresh]
