"""A facility added and its fields changed: each is one transaction and returns what changed."""

from __future__ import annotations

from typing import Any

from jnw_desktop.facilities.editing.ground import editing
from jnw_desktop.facilities.editing.guard import settled
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.valuecheck import refuse_wrong
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace


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
