"""How many guides there are: by month, district and contractor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY
from jnw_plugins.guide import register

KIND = "construction_site"


def counts(workspace: Workspace) -> list[dict[str, Any]]:
    """Guides ``issued`` and ``stale`` by ``month``, ``district`` (DMA) and ``contractor``."""
    districts = _districts(workspace)
    contractors = _contractors(workspace)
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for guide in register.issued(workspace):
        key = (guide["issued"][:7], districts(guide["area"]), contractors.get(guide["site_uid"]) or _("unknown"))
        row = found.setdefault(key, {"issued": 0, "stale": 0})
        row["issued"] += 1
        row["stale"] += guide["stale"]
    return [
        {"month": month, "district": district, "contractor": contractor, **row}
        for (month, district, contractor), row in sorted(found.items())
    ]


def _contractors(workspace: Workspace) -> dict[str, str | None]:
    site = KINDS[KIND].table.c
    with workspace.read() as connection:
        return {row.uid: row.contractor for row in connection.execute(sa.select(site.uid, site.contractor))}


def _districts(workspace: Workspace) -> Callable[[bytes | None], str]:
    """Which district a site (WKB) lies in, by its middle; a dash where in none."""
    dma = KINDS["dma"].table
    with workspace.read() as connection:
        rows = connection.execute(sa.select(dma.c.code, dma.c.name, dma.c[GEOMETRY])).all()
    areas = [row for row in rows if row[2] is not None]
    tree = shapely.STRtree(shapely.from_wkb([row[2] for row in areas]))

    def of(area: bytes | None) -> str:
        if area is None:
            return "–"
        met = tree.query(shapely.centroid(shapely.from_wkb(area)), "within").tolist()
        return str(areas[met[0]].name or areas[met[0]].code) if met else "–"

    return of
