"""The roles of recipients: how exactly each is told where things lie. Kept in the workspace, every change recorded."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.model import RECIPIENT_ROLE
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace


@dataclass(frozen=True)
class Role:
    """A role by its name; ``is_default``: it is taken where none is named."""

    name: str
    coordinates: Coordinates
    is_default: bool = False


def roles(workspace: Workspace) -> list[Role]:
    """The roles there are, by name."""
    with workspace.read() as connection:
        rows = connection.execute(sa.select(RECIPIENT_ROLE).order_by(RECIPIENT_ROLE.c.code)).all()
    return [Role(row.code, Coordinates.parse(row.coordinates), bool(row.is_default)) for row in rows]


def role_of(workspace: Workspace, name: str) -> Role:
    """The role of that name; without a name the default one, else one that is told everything. Raises UsageError."""
    there = roles(workspace)
    if not name:
        return next((role for role in there if role.is_default), Role("", Coordinates()))
    for role in there:
        if role.name == name:
            return role
    raise UsageError(
        _("There is no role {name}.").format(name=name),
        _("The roles are: {names}").format(names=", ".join(role.name for role in there) or "–")
        + " "
        + _("Set one: jnw roles W --set NAME --coordinates 10"),
    )


def set_role(
    workspace: Workspace,
    name: str,
    coordinates: str,
    *,
    is_default: bool = False,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Say how exactly a role is told places: ``exact``, ``hidden``, or metres they are rounded to.

    Undo leaves it alone: a restriction is lifted by name or not at all. Raises UsageError.
    """
    name = name.strip()
    if not name:
        raise UsageError(_("A role has a name."), _("Name who receives, e.g. 施工单位."))
    rule = Coordinates.parse(coordinates)
    told = _("Role {name}: {rule}").format(name=name, rule=rule.title)
    with workspace.change(f"{told}: {why}" if why else told, who, event=True) as change:
        known = {
            row.code: row
            for row in change.connection.execute(
                sa.select(RECIPIENT_ROLE.c.code, RECIPIENT_ROLE.c.uid, RECIPIENT_ROLE.c.is_default)
            )
        }
        for row in known.values():
            if is_default and row.is_default and row.code != name:
                change.update(RECIPIENT_ROLE, row.uid, {"is_default": False})
        values = {"coordinates": str(rule), "is_default": is_default}
        if name in known:
            change.update(RECIPIENT_ROLE, known[name].uid, values)
        else:
            change.insert(RECIPIENT_ROLE, [values | {"code": name}])
    return change.result


def remove_role(workspace: Workspace, name: str, *, who: str | None = None, why: str | None = None) -> ChangeResult:
    """Take a role away; what was released to it stays in the register. Raises UsageError."""
    role_of(workspace, name or "?")
    told = _("Take the role {name} away").format(name=name)
    with workspace.change(f"{told}: {why}" if why else told, who, event=True) as change:
        uid = change.connection.scalar(sa.select(RECIPIENT_ROLE.c.uid).where(RECIPIENT_ROLE.c.code == name))
        change.delete(RECIPIENT_ROLE, str(uid))
    return change.result
