"""``jnw field``: a package for QField, what was edited in it, and its way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer, opened, task
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import N_, _
from jnw_desktop.workspace import Workspace

IN_PART = 4  # exit status: some differences were left

commands = typer.Typer(help=_(N_("Field work with QField: a package out, its edits back.")), no_args_is_help=True)
Returned = Annotated[Path, typer.Argument(metavar="FILE", help=_("The package that came back, or the .gpkg from it."))]


@commands.command("pack", help=_("Write a package for QField: a project and a copy of the workspace."))
def pack_package(
    where: Where,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The package to write, .zip."))],
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Write the package."""
    from jnw_desktop.exchange.fieldwork import pack
    from jnw_desktop.worker.sessions import shown_layers

    with opened(where, user) as workspace:
        terms = Terms(recipient, role, why or "")
        made = pack(workspace, file, tree=shown_layers(), terms=terms, task=task(as_json))
    answer(as_json, {"file": made}, lambda: [_("Wrote {path}.").format(path=made)])


@commands.command("diff", help=_("What was edited in the field and is not here yet."))
def show_differences(where: Where, file: Returned, as_json: Json = False) -> None:
    """Differences, those in conflict marked."""
    from jnw_desktop.exchange.fieldwork import differences

    with Workspace.open(where, read_only=True) as workspace:
        found = differences(workspace, file)
    told = [_plain(one) for one in found]
    answer(as_json, {"differences": told}, lambda: _lines(found) or [_("None.")])


@commands.command("apply", help=_("Take what was edited in the field; what is in conflict only when it is named."))
def apply_differences(
    where: Where,
    file: Returned,
    only: Annotated[list[str] | None, typer.Option("--only", help=_("Key of one; give it again for more."))] = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Take differences; exit status 4 when some are left because they are in conflict."""
    from jnw_desktop.exchange.fieldwork import bring_back

    with Workspace.open(where, who=user) as workspace:
        done = bring_back(workspace, file, keys=only, who=user, why=why)
    value = {"taken": done.taken, "left": [_plain(one) for one in done.left]}
    told = _("{taken} taken, {left} left.").format(taken=done.taken, left=len(done.left))
    answer(as_json, value, lambda: [told, *_lines(done.left)])
    if only is None and done.left:
        raise typer.Exit(IN_PART)


def _plain(one: Any) -> dict[str, Any]:
    from jnw_desktop.exchange.fieldwork import shown
    from jnw_desktop.workspace.tables import GEOMETRY

    fields = [
        {
            "name": each.name,
            **{
                side: shown(one.kind, each, value) if each.name == GEOMETRY and value is not None else value
                for side, value in (("before", each.before), ("field", each.theirs), ("here", each.ours))
            },
            "conflict": each.conflict,
        }
        for each in one.fields
    ]
    named = {name: getattr(one, name) for name in ("key", "kind", "code", "operation", "conflict")}
    return named | {"fields": fields}


def _lines(found: Any) -> list[str]:
    from jnw_desktop.exchange.fieldwork import shown

    lines = []
    for one in found:
        mark = "!" if one.conflict else " "
        lines.append(f"{mark} {one.key}  {one.operation}  {_(KINDS[one.kind].title)} {one.code}")
        lines += [
            f"      {each.name}: {shown(one.kind, each, each.before)} → {shown(one.kind, each, each.theirs)}"
            + (f"  ({_('here')}: {shown(one.kind, each, each.ours)})" if each.conflict else "")
            for each in one.fields
        ]
    return lines
