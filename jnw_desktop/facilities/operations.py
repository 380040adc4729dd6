"""Changes to facilities: each is one transaction and returns what changed."""

from __future__ import annotations

from typing import Any

from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace


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
