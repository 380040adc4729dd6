"""Conditions that look at the workspace: in an area, near something, saved under a name; and as a map layer's SQL."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.filters import Condition, parse_filter
from jnw_desktop.facilities.filtertable import SAVED_FILTER
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.facilities.middles import middles
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

ALL = "*"  # every area of a kind


def condition_of(workspace: Workspace, kind: Kind, where: str, name: str = "") -> Condition:
    """The condition ``where`` on facilities of ``kind``, as this workspace answers it now.

    ``name``: what it is saved under. Raises UsageError.
    """
    return parse_filter(where, kind, Whereabouts(workspace), name)


def layer_condition(workspace: Workspace, kind: Kind, where: str) -> str:
    """The condition as SQL that the map engine gives to its layer: columns unqualified, values written out."""
    dialects: dict[str, Any] = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}
    dialect = dialects[workspace.engine.dialect.name](paramstyle="named")  # else % would be doubled
    compiled = condition_of(workspace, kind, where).compile(
        dialect=dialect, compile_kwargs={"literal_binds": True, "include_table": False}
    )
    return str(compiled)


class Whereabouts:
    """Answers what a condition asks of one workspace: places are looked up in its spatial index, then exactly."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def saved(self, name: str, kind: Kind) -> str:
        """The condition saved under ``name``. Raises UsageError."""
        query = sa.select(SAVED_FILTER.c.kind, SAVED_FILTER.c.condition).where(SAVED_FILTER.c.code == name)
        with self._workspace.read() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise no_filter(name)
        if found.kind != kind.id:
            raise UsageError(
                _("The saved filter {name} is about another kind: {kind}.").format(
                    name=name, kind=_(KINDS[found.kind].title)
                ),
                _("Name that kind, or another filter."),
            )
        return str(found.condition)

    def meeting(self, kind: Kind, area: str, distance: float) -> Condition:
        """Facilities that touch the area, or lie no farther than ``distance`` metres from it."""
        shape = self._area(area)
        fids, shapes = self._near(kind, shape, distance)
        keep = shapely.dwithin(shapes, shape, distance) if distance else shapely.intersects(shapes, shape)
        return self._among(kind, fids[keep])

    def inside(self, kind: Kind, area: str) -> Condition:
        """Facilities whose middle lies in the area or on its edge."""
        shape = self._area(area)
        fids, shapes = self._near(kind, shape, 0.0)
        return self._among(kind, fids[shapely.intersects(middles(shapes), shape)])

    def _near(self, kind: Kind, area: Any, distance: float) -> tuple[Any, Any]:
        """Facilities whose bounds lie near the area: fids and geometries. The area is made ready for many questions."""
        low_e, low_n, high_e, high_n = shapely.bounds(area).tolist()
        table = kind.table
        box = low_e - distance, low_n - distance, high_e + distance, high_n + distance
        rows: list[Any] = []
        if np.isfinite(low_e):
            query = sa.select(table.c.fid, table.c[GEOMETRY]).where(
                table.c.fid.in_(self._workspace.fids_within(table, box))
            )
            with self._workspace.read() as connection:
                rows = list(connection.execute(query))
        shapely.prepare(area)
        fids = np.array([row[0] for row in rows], dtype=np.int64)
        return fids, shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))

    def _among(self, kind: Kind, fids: Any) -> Condition:
        told = sa.literal(json.dumps(fids.tolist()), sa.Text())  # one value, however many they are
        if self._workspace.engine.dialect.name == "sqlite":
            listed = sa.select(sa.func.json_each(told).table_valued("value").c.value)
        else:
            each = sa.func.jsonb_array_elements_text(sa.cast(told, postgresql.JSONB))
            listed = sa.select(sa.cast(each, sa.BigInteger))
        return kind.table.c.fid.in_(listed)

    def _area(self, text: str) -> Any:
        name, colon, code = text.partition(":")
        if colon and name in KINDS:
            return self._facilities(KINDS[name], code)
        try:
            shape = shapely.from_wkt(text)
        except shapely.GEOSException as error:
            raise _no_area(text) from error
        if shape is None or shape.is_empty or not np.isfinite(shapely.bounds(shape)).all():
            raise _no_area(text)
        return shapely.make_valid(shape)

    def _facilities(self, kind: Kind, code: str) -> Any:
        """What the facilities of that code, or of that name where no code is it, cover together."""
        table = kind.table
        wanted = [sa.true()] if code == ALL else [table.c.code == code, table.c.name == code]
        with self._workspace.read() as connection:
            for condition in wanted:
                query = sa.select(table.c[GEOMETRY]).where(condition, table.c[GEOMETRY].is_not(None))
                blobs = list(connection.scalars(query))
                if blobs or code == ALL:
                    return shapely.union_all(shapely.make_valid(shapely.from_wkb(np.array(blobs, dtype=object))))
        raise UsageError(
            _("There is no {kind} {value}.").format(kind=_(kind.title), value=code),
            _("An area is named by kind and code, as in within('dma:D1')."),
        )


def _no_area(text: str) -> UsageError:
    return UsageError(
        _("{text} is no area.").format(text=text[:60]),
        _("Write kind and code, as in within('dma:D1'), or WKT: 'POLYGON((0 0, 9 0, 9 9, 0 0))'."),
    )


def no_filter(name: str) -> UsageError:
    """What to tell where no filter has that name."""
    return UsageError(
        _("There is no saved filter {name}.").format(name=name), _("Those there are: jnw filters W lists them.")
    )
