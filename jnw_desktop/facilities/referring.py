"""What facilities refer to, told in the words of people: codes and names in place of uids, and the areas at a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import kind_of, within
from jnw_desktop.workspace import Workspace

AREAS = ("dma", "pressure_zone", "neighbourhood")  # kinds that a facility belongs to by lying in them


@dataclass(frozen=True)
class Named:
    """A facility that another refers to."""

    kind: str
    uid: str
    code: str
    name: str

    def __str__(self) -> str:
        return f"{self.code}  {self.name}".rstrip()


def referred(workspace: Workspace, kind: str, values: Mapping[str, Any]) -> dict[str, Named]:
    """What the reference fields in ``values`` of a ``kind`` name, by uid; what is not there any more is left out."""
    found: dict[str, Named] = {}
    with workspace.read() as connection:
        for field in kind_of(kind).fields:
            uid = values.get(field.name)
            if field.type != "reference" or uid is None or uid in found:
                continue
            for other in field.kinds:
                table = KINDS[other].table
                query = sa.select(table.c.code, table.c.name).where(table.c.uid == uid)
                if (row := connection.execute(query).first()) is not None:
                    found[str(uid)] = Named(other, str(uid), row.code or "", row.name or "")
                    break
    return found


def areas_at(workspace: Workspace, geometry: bytes) -> list[Named]:
    """The DMA, pressure zone and neighbourhood that the middle of a WKB geometry (workspace CRS) lies in."""
    shape = shapely.from_wkb(geometry)
    if shape.is_empty:
        return []
    place = shape.interpolate(0.5, normalized=True) if shape.geom_type == "LineString" else shape.representative_point()
    bounds = (place.x, place.y, place.x, place.y)
    return [
        Named(kind, record.uid, record.code, str(record.values["name"] or ""))
        for kind in AREAS
        for record in within(workspace, kind, bounds)
        if shapely.covers(shapely.from_wkb(record.geometry), place)
    ]
