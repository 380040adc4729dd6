"""``jnw filters``: the filters saved in a workspace; save one, take one away."""

from __future__ import annotations

from typing import Annotated

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, User, Where, Why, answer
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace


def manage_filters(
    where: Where,
    name: Annotated[str | None, typer.Option("--save", help=_("The name to save a filter under."))] = None,
    kind: Annotated[str, typer.Option(help=_("Kind of facility."))] = "pipe",
    condition: Annotated[
        str, typer.Option("--where", help=_("The condition, as in docs/commands.md: dn >= 300 and meets('dma:D1')."))
    ] = "",
    remove: Annotated[str | None, typer.Option(help=_("The filter to take away."))] = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Every saved filter, with how many facilities it finds."""
    from jnw_desktop.facilities import queries, savedfilters

    if name is not None and remove is not None:
        raise UsageError(_("Save a filter or take one away."), _("Give either --save NAME or --remove NAME."))
    with Workspace.open(where, read_only=name is None and remove is None, who=user) as workspace:
        if name is not None:
            savedfilters.save_filter(workspace, name, kind, condition, who=user, why=why)
        elif remove is not None:
            savedfilters.remove_filter(workspace, remove, who=user, why=why)
        told = []
        for one in savedfilters.saved_filters(workspace):
            try:
                count: int | None = queries.page(workspace, one.kind, where=one.condition, limit=1).total
            except UsageError:
                count = None  # its area is gone
            told.append({"filter": one.name, "kind": one.kind, "where": one.condition, "count": count})
    answer(
        as_json,
        {"filters": told},
        lambda: [f"@{one['filter']}  {one['kind']}  {one['count']}  {one['where']}" for one in told] or [_("None.")],
    )
