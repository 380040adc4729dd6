"""Facilities on their way out: rows of one kind after the other, references as codes, in the CRS that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyproj
import shapely
import sqlalchemy as sa

from jnw_desktop.exchange.errors import CannotWrite
from jnw_desktop.exchange.layer import Objects, objects
from jnw_desktop.facilities.filters import Condition
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import united
from jnw_desktop.language import _
from jnw_desktop.workspace.home import Bounds
from jnw_desktop.workspace.tables import GEOMETRY

AT_ONCE = 20_000  # rows held at a time
Row = tuple[dict[str, Any], Any]  # values by field, shapely geometry


@dataclass
class Outgoing:
    """Reads facilities of one connection. ``crs`` is the one wanted, ``own`` the workspace's, both EPSG codes.

    ``coordinates`` says how exactly places are told: geometries are ``None`` where they are hidden. ``count`` is how
    many were given out so far, ``bounds`` what they lie in, in the workspace's CRS.
    """

    connection: sa.Connection
    own: int
    crs: int
    coordinates: Coordinates = field(default_factory=Coordinates)
    count: int = 0
    bounds: Bounds | None = None
    _names: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    def rows(self, kind: Kind, condition: Condition | None) -> Iterator[Row]:
        """Facilities of a kind that have a geometry: ``code``, ``uid`` and fields, and where they are.

        Raises CannotWrite where a place cannot be given in the CRS wanted.
        """
        table = kind.table
        names = ["code", "uid", *(one.name for one in kind.fields)]
        query = sa.select(*(table.c[name] for name in (*names, GEOMETRY))).where(table.c[GEOMETRY].is_not(None))
        if condition is not None:
            query = query.where(condition)
        references = {one.name: self._codes(one.kinds) for one in kind.fields if one.type == "reference"}
        result = self.connection.execute(query.order_by(table.c.fid), execution_options={"yield_per": AT_ONCE})
        for some in result.partitions():
            real = shapely.from_wkb(objects([row[-1] for row in some]))
            shapes = self.told(real)
            for row, shape, true in zip(some, shapes, real, strict=True):
                values = dict(zip(names, row, strict=False))
                if not self.coordinates.exact and "length" in values and values["length"] is None:
                    values["length"] = round(true.length, 3)  # that of the line we tell would be another
                for name, codes in references.items():
                    if values[name] is not None:
                        values[name] = codes.get(values[name], values[name])
                self.count += 1
                yield values, shape

    def told(self, real: Objects) -> Objects:
        """Geometries of the workspace as exactly as they are told, in the CRS wanted. Raises CannotWrite."""
        self._spread(real)
        return self._placed(self.coordinates.masked(real))

    def _spread(self, shapes: Objects) -> None:
        low_e, low_n, high_e, high_n = shapely.total_bounds(shapes).tolist() if len(shapes) else [np.nan] * 4
        if np.isfinite(low_e):
            box = low_e, low_n, high_e, high_n
            self.bounds = united([box] if self.bounds is None else [box, self.bounds])

    def _placed(self, shapes: Objects) -> Objects:
        if self.own == self.crs or self.coordinates.hidden:
            return shapes
        move = pyproj.Transformer.from_crs(self.own, self.crs, always_xy=True)
        moved: Objects = shapely.transform(shapes, move.transform, interleaved=False)
        if not np.isfinite(shapely.get_coordinates(moved)).all():
            raise CannotWrite(
                _("A facility lies where EPSG:{crs} does not reach.").format(crs=self.crs),
                _("Take another CRS, or leave out --crs."),
            )
        return moved

    def _codes(self, kinds: tuple[str, ...]) -> Mapping[str, str]:
        """Uid to ``kind:code`` of the facilities of these kinds."""
        if kinds not in self._names:
            found: dict[str, str] = {}
            for kind in kinds:
                table = KINDS[kind].table
                for uid, code in self.connection.execute(sa.select(table.c.uid, table.c.code)):
                    found[uid] = f"{kind}:{code}"
            self._names[kinds] = found
        return self._names[kinds]
