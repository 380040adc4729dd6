"""Changes to facilities: each is one transaction and returns what changed."""

from __future__ import annotations

from typing import Any

import shapely

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace


class AreaRefused(RefusedError):
    """An area that is no area: empty, crossing itself beyond repair, or without extent."""

    kind = "area_refused"


def add_facility(
    workspace: Workspace,
    kind: str,
    values: dict[str, Any],
    geometry: bytes,
    *,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Add one facility; ``geometry`` is WKB in the workspace's CRS. Raises ValueRefused."""
    declared = kind_of(kind)
    why = why or _("Add {kind}").format(kind=_(declared.title))
    with workspace.change(why, who) as change:
        change.insert(declared.table, [values | {"geom": geometry}])
    return change.result


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
    """Change fields of one facility read at ``version``. Raises NoSuchRow, ValueRefused, Clash."""
    declared = kind_of(kind)
    with workspace.change(why or _("Edit {kind}").format(kind=_(declared.title)), who) as change:
        change.update(declared.table, uid, values, version)
    return change.result


def remove_facility(
    workspace: Workspace, kind: str, uid: str, *, who: str | None = None, why: str | None = None
) -> ChangeResult:
    """Remove a facility that was recorded by mistake; what is taken out of the ground gets the state removed."""
    declared = kind_of(kind)
    with workspace.change(why or _("Remove {kind}").format(kind=_(declared.title)), who) as change:
        change.delete(declared.table, uid)
    return change.result


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
