"""Longitudinal profiles and cross-sections of what is recorded, in numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.clearances import Clearances, read_clearances
from jnw_desktop.facilities.graph import Network, city_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.shutoff import pipe_at, warnings
from jnw_desktop.facilities.tracing import NotJoined, way_between
from jnw_desktop.facilities.vertices import standing_at
from jnw_desktop.language import _
from jnw_desktop.network import section as sections
from jnw_desktop.network.graph import Floats, Ints
from jnw_desktop.network.profile import Profile, at_station, crossings
from jnw_desktop.network.profile import profile as laid_out
from jnw_desktop.workspace import Workspace

STEP = 1.0  # m between two places at which a raster is asked for the ground
MOST = 400  # such places of one drawing
BESIDE = 1.0  # m from a section to a point facility that is shown on it
POINTS = ("valve", "hydrant", "meter", "chamber", "node", "sensor")
GONE = ("removed", "planned")  # what is not in the ground


@dataclass(frozen=True)
class Ground:
    """Where ground heights come from beside the record: ``name`` of it, heights m, NaN unknown, at places (n, 2)."""

    name: str
    heights: Callable[[Floats], Floats]

    def along(self, axis: shapely.LineString, more: Floats) -> tuple[Floats, Floats]:
        """Stations (s,) along a line, those of ``more`` among them, and the ground there."""
        count = int(np.clip(np.ceil(axis.length / STEP), 2, MOST))
        stations = np.union1d(np.linspace(0.0, axis.length, count + 1), more)
        return stations, self.heights(shapely.get_coordinates(shapely.line_interpolate_point(axis, stations)))


def profile(workspace: Workspace, start: str, end: str, ground: Ground | None = None) -> dict[str, Any]:
    """The profile of the shortest way between two facilities. Metres; ``None`` is unknown.

    ``ground``: stands for what is not recorded; ``ground_line`` is then [station, height] along the way.

    ``points``: ``code``, ``kind``, ``station`` (plan distance), ``ground``, ``top``, ``bottom`` (elevations; of the
    pipe that leaves, and of the last pipe at the end), ``depth``, ``at``. ``pipes``: what lies between, each with
    ``from`` and ``to`` station. ``crossings``: other lines that cross, with the clear distance held against the rule
    table.
    Raises NotJoined, NoSuchRow, UsageError, NotInNetwork.
    """
    with workspace.read() as connection:
        network = city_of(workspace).network(connection)
        edges, vertices = way_between(workspace, network, start, end)
        edges, vertices = _without_links(network, edges, vertices)
        if not len(edges):
            raise NotJoined(
                _("There is no pipe between {start} and {end}.").format(start=start, end=end),
                _("Choose two places with a pipe between them."),
            )
        records = _records(connection, "pipe", network.pipes.fid[network.graph.pipe[edges]].tolist())
        points = _points(connection, network, vertices)
        path = _laid(network, edges, vertices, records, points)
        line, taken = _rastered(path, points, ground)
        apart = _apart(path, line)
        if taken:
            path = _laid(network, edges, vertices, records, points)
        crossing = _crossed(workspace, path, {record.uid for record in records}, records)
        return {
            "points": _point_rows(path, points),
            "pipes": _pipe_rows(path, records),
            "crossings": crossing,
            "length": round(float(path.station[-1]), 3),
            "rules": read_clearances().edition,
            "ground_line": line,
            "demonstration": workspace.is_demonstration,
            "warnings": [*warnings(network), *_gaps(path), *_from_raster(ground, line, taken, apart)],
        }


def _rastered(
    path: Profile, points: list[dict[str, Any]], ground: Ground | None
) -> tuple[list[list[float | None]], int]:  # fmt: skip
    """The ground along the path, and at how many ``points`` it now stands for what is not recorded."""
    if ground is None:
        return [], 0
    stations, height = ground.along(path.axis, path.station)
    taken = 0
    for number in np.flatnonzero(np.isnan(path.ground)).tolist():
        there = known(float(height[np.searchsorted(stations, path.station[number])]))
        points[number]["ground"] = there
        taken += there is not None
    return _line(stations, height), taken


def _line(stations: Floats, height: Floats) -> list[list[float | None]]:
    return [[round(at, 3), known(level)] for at, level in zip(stations.tolist(), height.tolist(), strict=True)]


def _apart(path: Profile, line: list[list[float | None]]) -> float:
    """The most that recorded ground (known at stations of the line) and the line differ, m."""
    heights = {at: height for at, height in line if height is not None}
    pairs = zip(path.station.tolist(), path.ground.tolist(), strict=True)
    told = (abs(heights[round(at, 3)] - here) for at, here in pairs if round(at, 3) in heights and not np.isnan(here))
    return max(told, default=0.0)


def _from_raster(
    ground: Ground | None, line: list[list[float | None]], taken: int, apart: float = 0.0
) -> list[str]:  # fmt: skip
    if ground is None:
        return []
    lacking = sum(height is None for _at, height in line)
    said = [_("Ground heights from {name}.").format(name=ground.name)]
    if taken:
        said.append(
            _("At {count} places they stand for what is not recorded: depths there are no better than they.").format(
                count=taken
            )
        )
    if lacking:
        said.append(_("At {count} of {all} places there are none.").format(count=lacking, all=len(line)))
    if apart:
        said.append(_("Recorded ground heights differ from them by up to {apart:.1f} m.").format(apart=apart))
    return [" ".join(said)]


def profile_between(
    workspace: Workspace, start: tuple[float, float], end: tuple[float, float], ground: Ground | None = None
) -> dict[str, Any]:  # fmt: skip
    """The profile between the pipes nearest to two places (E, N), with their codes ``start`` and ``end``."""
    with workspace.read() as connection:
        network = city_of(workspace).network(connection)
        first, last = (f"pipe:{pipe_at(workspace, connection, network, place)}" for place in (start, end))
    return profile(workspace, first, last, ground) | {"start": first, "end": last}


def _without_links(network: Network, edges: Ints, vertices: Ints) -> tuple[Ints, Ints]:
    """A way through pumps and valves between two nodes has no length there: both sides are one point."""
    pipe = network.graph.pipe[edges] >= 0
    return edges[pipe], np.concatenate([vertices[:1], vertices[1:][pipe]])


def _records(connection: sa.Connection, kind: str, fids: Sequence[int]) -> list[Record]:
    """Facilities by ``fid``, in that order."""
    table = KINDS[kind].table
    found: dict[int, Record] = {}
    for low in range(0, len(fids), 500):
        rows = connection.execute(sa.select(table).where(table.c.fid.in_(fids[low : low + 500]))).mappings()
        found |= {row["fid"]: queries.record_of(kind, dict(row)) for row in rows}
    return [found[fid] for fid in fids]


def _points(connection: sa.Connection, network: Network, vertices: Ints) -> list[dict[str, Any]]:
    """Kind, code and ground elevation at each vertex; empty where no facility stands."""
    standing = standing_at(connection, network, vertices)
    told: list[dict[str, Any]] = []
    for vertex in vertices.tolist():
        here = standing.get(vertex)
        if here is None:
            told.append({"code": None, "kind": None, "ground": None})
            continue
        table = KINDS[here.kind].table
        ground = (
            connection.scalar(sa.select(table.c.elevation).where(table.c.uid == here.uid))
            if "elevation" in table.c
            else None
        )
        told.append({"code": here.code, "kind": here.kind, "ground": ground})
    return told


def _laid(
    network: Network, edges: Ints, vertices: Ints, records: list[Record], points: list[dict[str, Any]]
) -> Profile:
    lines = shapely.from_wkb(np.array([record.geometry for record in records], dtype=object))
    return laid_out(
        lines,
        network.graph.start[edges] != vertices[:-1],
        _ends(records, "depth"),
        _ends(records, "elevation"),
        diameters(records),
        np.array([np.nan if point["ground"] is None else point["ground"] for point in points], dtype=float),
    )


def _ends(records: Sequence[Record], what: str) -> Floats:
    """``depth`` or ``elevation`` of the top at both ends of lines (n, 2), NaN unknown."""
    rows = [[record.values.get(f"{what}_{end}") for end in ("start", "end")] for record in records]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def diameters(records: Sequence[Record]) -> Floats:
    """Outer diameters in m (n,); the nominal one serves where the outer is unknown, NaN where both are."""
    told = [record.values.get("outer_diameter") or record.values.get("dn") for record in records]
    return np.array(told, dtype=np.float64) / 1000.0


def known(value: float, digits: int = 3) -> float | None:
    """A number for people and JSON; ``None`` for NaN."""
    return None if np.isnan(value) else round(float(value), digits)


def _point_rows(path: Profile, points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for number, point in enumerate(points):
        leaving = min(number, len(path.top) - 1)
        side = 0 if number < len(path.top) else 1
        top = path.top[leaving, side]
        at = shapely.line_interpolate_point(path.axis, path.station[number])
        rows.append(
            {
                "code": point["code"],
                "kind": point["kind"],
                "station": round(float(path.station[number]), 3),
                "ground": known(path.ground[number]),
                "top": known(top),
                "bottom": known(path.bottom[leaving, side]),
                "depth": known(path.ground[number] - top),
                "at": [round(at.x, 3), round(at.y, 3)],
            }
        )
    return rows


def _pipe_rows(path: Profile, records: list[Record]) -> list[dict[str, Any]]:
    return [
        {
            "code": record.code,
            "from": round(float(path.station[number]), 3),
            "to": round(float(path.station[number + 1]), 3),
            "dn": record.values.get("dn"),
            "material": record.values.get("material"),
            "year": record.values.get("year"),
            "top_start": known(path.top[number, 0]),
            "top_end": known(path.top[number, 1]),
            "bottom_start": known(path.bottom[number, 0]),
            "bottom_end": known(path.bottom[number, 1]),
            "slope": known(path.slope[number] * 1000.0, 2),  # per mille
            "accuracy_depth": record.values.get("accuracy_depth"),
        }
        for number, record in enumerate(records)
    ]


def _lines_near(workspace: Workspace, axis: shapely.Geometry, but: set[str]) -> list[Record]:
    """Pipes and other owners' lines in the ground whose bounds meet those of ``axis``."""
    low_e, low_n, high_e, high_n = (float(side) for side in shapely.bounds(axis))
    found = []
    for kind in ("pipe", "other_line"):
        for record in queries.within(workspace, kind, (low_e, low_n, high_e, high_n)):
            if record.uid not in but and record.values.get("state") not in GONE and record.geometry is not None:
                found.append(record)
    return found


def _shapes(records: Sequence[Record]) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.from_wkb(np.array([record.geometry for record in records], dtype=object)))


def _crossed(workspace: Workspace, path: Profile, own: set[str], pipes: list[Record]) -> list[dict[str, Any]]:
    near = _lines_near(workspace, path.axis, own)
    met = crossings(path, _shapes(near))
    if not len(met.line):
        return []
    ground, top, bottom = at_station(path, met.station)
    rules, rows = read_clearances(), []
    sizes, depths, tops = diameters(near), _ends(near, "depth"), _ends(near, "elevation")
    for i, number in enumerate(met.line.tolist()):
        other, share = near[number], met.share[i]
        deep = float(depths[number, 0] + share * (depths[number, 1] - depths[number, 0]))
        high = float(tops[number, 0] + share * (tops[number, 1] - tops[number, 0]))
        high = ground[i] - deep if np.isnan(high) else high
        clear = high - sizes[number] - top[i] if high >= top[i] else bottom[i] - high
        pipe = pipes[min(int(np.searchsorted(path.station, met.station[i], side="right")) - 1, len(pipes) - 1)]
        rows.append(
            {
                "code": other.code,
                "kind": other.kind,
                "line_type": _type(other),
                "station": round(float(met.station[i]), 3),
                "top": known(high),
                "bottom": known(high - sizes[number]),
                "depth": known(ground[i] - high),
                "dn": other.values.get("dn"),
                "pipe": pipe.code,
                **_judged(rules, "vertical", clear, _type(other), pipe),
            }
        )
    return rows


def _type(record: Record) -> str | None:
    return "water" if record.kind == "pipe" else record.values.get("line_type")


def _judged(rules: Clearances, way: str, clear: float, line_type: str | None, pipe: Record) -> dict[str, Any]:
    return asdict(rules.judge(way, known(clear), line_type, pipe.values.get("dn")))


def _gaps(path: Profile) -> list[str]:
    lacking = int(np.isnan(path.top).any(axis=1).sum())
    if not lacking:
        return []
    return [_("The depth of {count} pipes is not known; they are not drawn in height.").format(count=lacking)]


def section(workspace: Workspace, line: Sequence[float], ground: Ground | None = None) -> dict[str, Any]:
    """What a straight line E1, N1, E2, N2 cuts. Metres; ``None`` is unknown; ``offset`` is along the line.

    ``pipes`` and ``lines`` (other owners'): ``offset``, ``at``, ``depth`` to top, ``top``, ``bottom``, ``ground``,
    ``angle`` (degrees to the section), ``width`` (of the cut). ``points``: point facilities within a metre.
    ``clearances``: for each neighbouring pair with a water pipe what is clear between, held against the rule table.
    ``ground``: stands for what is not recorded; ``ground_line`` is then [offset, height].
    Raises UsageError.
    """
    if len(line) != 4 or not np.isfinite(line).all() or np.hypot(line[2] - line[0], line[3] - line[1]) < 0.01:
        raise UsageError(_("The section has no length."), _("Give two places: E1,N1,E2,N2 in the workspace's CRS."))
    axis = shapely.LineString([line[:2], line[2:]])
    near = _lines_near(workspace, axis, set())
    sizes = diameters(near)
    cuts = sections.cut(axis, _shapes(near), _ends(near, "depth"), _ends(near, "elevation"), sizes)
    drawn: list[list[float | None]] = []
    taken = 0
    if ground is not None:
        cuts, drawn, taken = _over_cuts(cuts, axis, ground)
    cut = [near[number] for number in cuts.line.tolist()]
    rows = [_cut_row(cuts, i, record, float(sizes[cuts.line[i]])) for i, record in enumerate(cut)]
    return {
        "length": round(float(axis.length), 3),
        "line": [round(float(value), 3) for value in line],
        "pipes": [row for row in rows if row["kind"] == "pipe"],
        "lines": [row for row in rows if row["kind"] != "pipe"],
        "points": _beside(workspace, axis),
        "clearances": _pairs(cuts, cut, sizes[cuts.line]),
        "rules": read_clearances().edition,
        "ground_line": drawn,
        "demonstration": workspace.is_demonstration,
        "warnings": _from_raster(ground, drawn, taken),
    }


def _over_cuts(
    cuts: sections.Cuts, axis: shapely.LineString, ground: Ground
) -> tuple[sections.Cuts, list[list[float | None]], int]:  # fmt: skip
    """Cuts whose depth or top is worked out of the ground over them where one of the two is not known."""
    stations, height = ground.along(axis, cuts.offset)
    over = height[np.searchsorted(stations, cuts.offset)]
    top = np.where(np.isnan(cuts.top), over - cuts.depth, cuts.top)
    depth = np.where(np.isnan(cuts.depth), over - cuts.top, cuts.depth)
    new = (np.isnan(cuts.top) & ~np.isnan(top)) | (np.isnan(cuts.depth) & ~np.isnan(depth))
    return replace(cuts, top=top, depth=depth), _line(stations, height), int(new.sum())


def _cut_row(cuts: sections.Cuts, i: int, record: Record, size: float) -> dict[str, Any]:
    depth, top = float(cuts.depth[i]), float(cuts.top[i])
    values = record.values
    return {
        "code": record.code,
        "kind": record.kind,
        "line_type": _type(record),
        "offset": round(float(cuts.offset[i]), 3),
        "at": [round(float(value), 3) for value in cuts.at[i]],
        "depth": known(depth),
        "top": known(top),
        "bottom": known(top - size),
        "ground": known(top + depth),
        "dn": values.get("dn"),
        "diameter": known(size),
        "width": known(float(cuts.width[i])),
        "angle": round(float(cuts.angle[i]), 1),
        "material": values.get("material"),
        "state": values.get("state"),
        "accuracy_position": values.get("accuracy_position"),
        "accuracy_depth": values.get("accuracy_depth"),
    }


def _beside(workspace: Workspace, axis: shapely.LineString) -> list[dict[str, Any]]:
    rows = []
    for kind in POINTS:
        for record in queries.around(workspace, kind, shapely.to_wkb(axis), BESIDE):
            at = shapely.from_wkb(record.geometry)
            rows.append(
                {
                    "code": record.code,
                    "kind": kind,
                    "offset": round(float(axis.project(at)), 3),
                    "beside": round(float(axis.distance(at)), 3),
                    "ground": record.values.get("elevation"),
                    "depth": record.values.get("depth"),
                }
            )
    return sorted(rows, key=lambda row: (row["offset"], row["code"]))


def _pairs(cuts: sections.Cuts, cut: list[Record], sizes: Floats) -> list[dict[str, Any]]:
    """Each water pipe with the next line on either side of it, and with every line nearer than the table may ask."""
    rules = read_clearances()
    reach = max(row.metres for row in rules.horizontal)
    rows = []
    for a in range(len(cut)):
        for b in range(a + 1, len(cut)):
            pipe, other = (a, b) if cut[a].kind == "pipe" else (b, a)
            if cut[pipe].kind != "pipe":
                continue
            horizontal, vertical = sections.clear_between(cuts, a, b, np.nan_to_num(sizes))
            if b > a + 1 and horizontal > reach:
                continue
            rows.append(
                {
                    "pipe": cut[pipe].code,
                    "other": cut[other].code,
                    "line_type": _type(cut[other]),
                    "vertical": known(vertical),
                    **_judged(rules, "horizontal", horizontal, _type(cut[other]), cut[pipe]),
                }
            )
    return rows
