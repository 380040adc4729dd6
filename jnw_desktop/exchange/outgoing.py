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
from jnw_desktop.language import _
from jnw_desktop.workspace.tables import GEOMETRY

AT_ONCE = 20_000  # rows held at a time
Row = tuple[dict[str, Any], Any]  # values by field, shapely geometry


@dataclass
class Outgoing:
    """Reads facilities of one connection. ``crs`` is the one wanted, ``own`` the workspace's, both EPSG codes.

    ``count`` is how many were given out so far.
    """

    connection: sa.Connection
    own: int
    crs: int
    count: int = 0
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
            shapes = self._placed(objects([row[-1] for row in some]))
            for row, shape in zip(some, shapes, strict=True):
                values = dict(zip(names, row, strict=False))
                for name, codes in references.items():
                    if values[name] is not None:
                        values[name] = codes.get(values[name], values[name])
                self.count += 1
                yield values, shape

    def _placed(self, blobs: Objects) -> Objects:
        shapes: Objects = shapely.from_wkb(blobs)
        if self.own == self.crs:
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
