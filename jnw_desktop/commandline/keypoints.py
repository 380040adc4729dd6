"""``jnw keypoints``: where somebody has to go, of all businesses, as a list and as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer, opened
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace


def list_key_points(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    within: Annotated[int, typer.Option(help=_("Days ahead that are looked at."))] = 30,
    as_of: Annotated[str | None, typer.Option("--as-of", help=_("The day that is taken for today."))] = None,
    out: Annotated[Path | None, typer.Option(help=_("The file to write, .gpx or .geojson."))] = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """List key points; with ``--out`` they leave as a file too."""
    from jnw_desktop.extension.keypoints import key_points, write_key_points  # numpy only where it is wanted

    with opened(where, user) if out else Workspace.open(where, read_only=True) as workspace:
        found = key_points(workspace, within=within, as_of=as_of)
        written = None
        if out is not None:
            terms = Terms(recipient, role, why or "")
            written = write_key_points(workspace, out, within=within, as_of=as_of, terms=terms, who=user)
    lines = [f"{one.due}  {_(KINDS[one.kind].title)} {one.code}  {one.what}" for one in found]
    answer(as_json, {"points": found, "total": len(found), "file": written}, lambda: lines or [_("None.")])
