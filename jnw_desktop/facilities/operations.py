"""Changes to facilities: each is one transaction and returns what changed."""

from __future__ import annotations

from typing import Any

import shapely

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities.editing.ground import editing
from jnw_desktop.facilities.editing.guard import settled
from jnw_desktop.facilities.editing.lifecycle import delete_mistake
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.valuecheck import refuse_wrong
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace


class AreaRefused(RefusedError):
    """An area that is no area: empty, crossing itself beyond repair, or without extent."""

    kind = "area_refused"


def add_facility(
    workspace: Workspace,
    kind: str,
    values: dict[str, Any],
    geometry: bytes | None,
    *,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Add one facility; ``geometry`` is WKB in the workspace's CRS.

    Raises ValueRefused, ValuesRefused, ConnectionRefused for a pipe that does not end at what it names.
    """
    declared = kind_of(kind)
    refuse_wrong(kind, values)
    with editing(workspace, why or _("Add {kind}").format(kind=_(declared.title)), who) as ground:
        ground.change.insert(declared.table, [settled(ground, kind, None, values | {"geom": geometry})])
    return ground.change.result


def update_facility(
    workspace: Workspace,
    kind: str,
    uid: str,
    values: dict[str, Any],
    *,
    version: int | None = None,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Change fields of one facility read at ``version``. Where its place changes, the pipes that end at it follow.

    Raises NoSuchRow, ValueRefused, ValuesRefused, Clash, and ConnectionRefused or StateRefused where the network would
    come apart.
    """
    declared = kind_of(kind)
    with editing(workspace, why or _("Edit {kind}").format(kind=_(declared.title)), who) as ground:
        before = ground.row(kind, uid)
        refuse_wrong(kind, values, before=before)
        if version is None or version == before["version"]:
            values = settled(ground, kind, before, values)
        ground.change.update(declared.table, uid, values, version)
    return ground.change.result


def remove_facility(
    workspace: Workspace,
    kind: str,
    uid: str,
    *,
    cascade: bool = False,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Remove a facility that was recorded by mistake: see :func:`delete_mistake`."""
    return delete_mistake(workspace, kind, uid, cascade=cascade, who=who, why=why)


def open_site(
    workspace: Workspace, area: bytes, *, who: str | None = None, why: str | None = None, **fields: Any
) -> ChangeResult:
    """Open a construction site over ``area`` (WKB polygon). Raises AreaRefused, ValueRefused."""
    shape = shapely.from_wkb(area)
    if not shape.is_valid:
        shape = shapely.buffer(shape, 0)
    if shape.is_empty or shape.area < 0.01:
        raise AreaRefused(
            _("The construction site has no area."), _("Draw at least three corners that are not in one line.")
        )
    values = {"state": "in_service", "supervised": True} | fields
    return add_facility(
        workspace,
        "construction_site",
        values,
        shapely.to_wkb(shape),
        who=who,
        why=why or _("Open a construction site"),
    )
