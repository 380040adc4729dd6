"""Where a facility is when one point must do: by it a line belongs to one district."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely


def middles(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """A point in each geometry: half way along a line, somewhere in an area."""
    lines = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    found: npt.NDArray[np.object_] = shapely.point_on_surface(shapes)
    found[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    return found
