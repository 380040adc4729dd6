"""What a new form can know from the map: values of the pipe a new facility is joined to, and its road."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import shapely

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record, around, kind_of
from jnw_desktop.facilities.valuecheck import defaults
from jnw_desktop.workspace import Workspace

TOUCHING = 0.1  # m
AT_ROAD = 30.0  # m
FROM_PIPE = ("use", "dn", "material", "lining", "joint", "pressure_class", "embedding", "owner", "height_datum")


def form_defaults(workspace: Workspace, kind: str, geometry: bytes) -> dict[str, Any]:
    """Values for the form of a new ``kind`` at ``geometry`` (WKB): what the pipe there has, the nearest road's name."""
    declared = kind_of(kind)
    shape = shapely.from_wkb(geometry)
    found = defaults(kind)
    if shape.geom_type == "LineString":
        ends = [shapely.Point(shape.coords[0]), shapely.Point(shape.coords[-1])]
    else:
        ends = [shape.centroid]
    pipe = next((near for end in ends for near in _nearest(workspace, "pipe", end, TOUCHING)), None)
    if pipe is not None and declared.group == "network":
        wanted = (name for name in FROM_PIPE if declared.field(name) is not None)
        found |= {name: pipe.values[name] for name in wanted if pipe.values[name] is not None}
    road = next((near.values["name"] for near in _nearest(workspace, "road", shape.centroid, AT_ROAD)), None)
    if road is None and pipe is not None:
        road = pipe.values["road"]
    return found | ({"road": road} if road and KINDS[kind].field("road") else {})


def _nearest(workspace: Workspace, kind: str, place: Any, distance: float) -> Iterable[Record]:
    near = around(workspace, kind, shapely.to_wkb(place), distance)
    return sorted(near, key=lambda record: shapely.distance(shapely.from_wkb(record.geometry), place))
