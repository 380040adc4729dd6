"""``jnw releases`` and ``jnw roles``: what left the house, and how exactly each recipient is told places."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, User, Where, Why, answer, opened
from jnw_desktop.facilities.releases.leaving import WHAT
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace


def list_releases(
    where: Where,
    text: Annotated[str, typer.Option("--text", help=_("Only those that hold this text."))] = "",
    out: Annotated[Path | None, typer.Option(help=_("A .pdf or .xlsx to write as well."))] = None,
    user: User = None,
    as_json: Json = False,
) -> None:
    """What left, newest first."""
    from jnw_desktop.facilities.releases.register import releases

    with opened(where, user) if out else Workspace.open(where, read_only=True) as workspace:
        told = releases(workspace, text)
        if out is not None:
            from jnw_desktop.documents.releaselist import write_releases

            write_releases(workspace, str(out), text=text)

    def lines() -> list[str]:
        return [
            f"{row['release']}  {row['at'][:16].replace('T', ' ')}  {row['who']}  {_(WHAT[row['what']])}  "
            f"{row['file'] or row['title'] or ''}  → {row['recipient'] or _('in the house')}  {row['why'] or ''}"
            for row in told
        ] or [_("Nothing has left yet.")]

    answer(as_json, {"releases": told}, lines)


def manage_roles(
    where: Where,
    name: Annotated[str | None, typer.Option("--set", help=_("The role to set."))] = None,
    coordinates: Annotated[
        str, typer.Option(help=_("exact, hidden, or the metres its coordinates are rounded to."))
    ] = "",
    default: Annotated[bool, typer.Option("--default", help=_("It is taken where no role is named."))] = False,
    remove: Annotated[str | None, typer.Option(help=_("The role to take away."))] = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """The roles of recipients; set one or take one away."""
    from jnw_desktop.facilities.releases import roles as operations

    if name is not None and remove is not None:
        raise UsageError(_("Set a role or take one away."), _("Give either --set NAME or --remove NAME."))
    if name is not None and not coordinates:
        raise UsageError(_("Say how exactly it is told places."), _("Give --coordinates exact, hidden or 10."))
    with Workspace.open(where, read_only=name is None and remove is None, who=user) as workspace:
        if name is not None:
            operations.set_role(workspace, name, coordinates, is_default=default, who=user, why=why)
        elif remove is not None:
            operations.remove_role(workspace, remove, who=user, why=why)
        there = operations.roles(workspace)
    told = [{"role": one.name, "coordinates": str(one.coordinates), "default": one.is_default} for one in there]
    answer(
        as_json,
        {"roles": told},
        lambda: (
            [f"{'*' if one.is_default else ' '} {one.name}  {one.coordinates.title}" for one in there]
            or [_("No role is set: everybody is told places exactly.")]
        ),
    )
