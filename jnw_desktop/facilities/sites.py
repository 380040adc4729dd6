"""Construction sites: opened over an area that is looked at first, with works that can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace

DEEPEST = 100.0  # m; deeper than any pit of a city: a slip of the pen, or a depth in another unit
LEAST_AREA = 0.01  # m²


class AreaRefused(RefusedError):
    """An area that is no area: empty, or without extent."""

    kind = "area_refused"


class AreaElsewhere(AreaRefused):
    """An area where the workspace's CRS does not hold."""

    kind = "area_elsewhere"


class WorksRefused(RefusedError):
    """Works that cannot be: a depth above the ground, a kind nobody knows."""

    kind = "works_refused"


def open_site(
    workspace: Workspace, area: bytes, *, who: str | None = None, why: str | None = None, **fields: Any
) -> ChangeResult:
    """Open a construction site over ``area`` (WKB in the workspace's CRS); an edge that crosses itself is mended.

    What was mended is in the result's ``warnings``. Raises AreaRefused, AreaElsewhere, WorksRefused, ValueRefused.
    """
    refuse_unfit_works(fields.get("work_type"), fields.get("dig_depth"))
    shape, mended = mend_area(shapely.from_wkb(area))
    refuse_elsewhere(shape, workspace.crs, workspace.crs)
    values = {"state": "in_service", "supervised": True} | fields
    with workspace.change(why or _("Open a construction site"), who) as change:
        change.insert(KINDS["construction_site"].table, [values | {"geom": shapely.to_wkb(shape)}])
    change.result.warnings.extend(mended)
    return change.result


def mend_area(shape: shapely.Geometry) -> tuple[shapely.Geometry, list[str]]:
    """``shape`` as valid polygons, and what had to be said about it. Raises AreaRefused where nothing is left."""
    warnings: list[str] = []
    if not shape.is_valid:
        reason = shapely.is_valid_reason(shape)
        shape = polygons_of(shapely.make_valid(shape))
        told = _("The area's edge crossed itself and was mended; it is {area:.1f} m² now. Look at it on the map.")
        if "Self-intersection" not in reason:
            told = _("The area's edge was not sound and was mended; it is {area:.1f} m² now. Look at it on the map.")
        warnings.append(told.format(area=shape.area))
    if shape.is_empty or shape.area < LEAST_AREA:
        raise AreaRefused(
            _("The construction site has no area."), _("Draw at least three corners that are not in one line.")
        )
    return shape, warnings


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a geometry as one; lines and points that mending left over are dropped."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def refuse_elsewhere(shape: shapely.Geometry, crs: int | str | pyproj.CRS, workspace_crs: int) -> None:
    """Raise AreaElsewhere unless ``shape``, in ``crs``, lies within the area of use of EPSG:``workspace_crs``.

    Beyond it a projection gives coordinates that look like others and mean nothing.
    """
    use = pyproj.CRS.from_epsg(workspace_crs).area_of_use
    if use is None:
        return
    degrees = pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
    east, north = np.array(degrees.transform(*shapely.get_coordinates(shape).T))
    within = (east >= use.west) & (east <= use.east) & (north >= use.south) & (north <= use.north)
    if not within.all():
        where = f"{east[~within][0]:.4f}°, {north[~within][0]:.4f}°"
        raise AreaElsewhere(
            _(
                "The area lies at {where} (longitude, latitude); EPSG:{crs} holds from {west}° to {east}°"
                " and from {south}° to {north}°."
            ).format(where=where, crs=workspace_crs, west=use.west, east=use.east, south=use.south, north=use.north),
            _("Check the order of its coordinates (longitude first) and the CRS the file states."),
        )


def refuse_unfit_works(work_type: str | None, dig_depth: float | None) -> None:
    """Raise WorksRefused for a kind of work that is not in the list, or a depth (m) that cannot be; unknown is fit."""
    kinds = [entry.code for entry in code_list("work_type")]
    if work_type is not None and work_type not in kinds:
        raise WorksRefused(
            _("{work} is not a kind of work.").format(work=work_type),
            _("Choose one of: {names}").format(names=", ".join(kinds)),
        )
    if dig_depth is not None and not 0 < float(dig_depth) < DEEPEST:
        raise WorksRefused(
            _("A depth of digging of {depth:g} m cannot be.").format(depth=float(dig_depth)),
            _("Give metres below the ground, more than 0 and less than {deepest:g}.").format(deepest=DEEPEST),
        )
