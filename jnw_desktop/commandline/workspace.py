"""``jnw workspace``: make, look at, keep and prove a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, User, Where, answer, task
from jnw_desktop.facilities import queries
from jnw_desktop.language import N_, _
from jnw_desktop.workspace import Workspace, restore
from jnw_desktop.workspace.birth import require_projected
from jnw_desktop.workspace.location import Location

commands = typer.Typer(help=_(N_("Make, look at, keep and prove a workspace.")), no_args_is_help=True)

Change = Annotated[int | None, typer.Option("--change", metavar="N", help=_("Number of the change, from the history."))]
WRONG = 5  # exit status: looked and found wrong


def parse_crs(text: str) -> int:
    """``EPSG:4548`` or ``4548`` as a number. Raises UsageError."""
    code = text.upper().removeprefix("EPSG:")
    if not code.isdigit():
        raise UsageError(_("{text} is not a CRS.").format(text=text), _("Write it as EPSG:4548."))
    require_projected(int(code))
    return int(code)


@commands.command("create", help=_("Make a new, empty workspace."))
def create(where: Where, crs: str = "EPSG:4548", user: User = None, as_json: Json = False) -> None:
    """Make a new, empty workspace."""
    with Workspace.create(where, crs=parse_crs(crs), who=user) as made:
        value = {"workspace": str(made.location), "crs": f"EPSG:{made.crs}"}
    answer(as_json, value, lambda: [_("Made the workspace {where}.").format(where=value["workspace"])])


@commands.command("info", help=_("What a workspace holds."))
def info(where: Where, as_json: Json = False) -> None:
    """What a workspace holds."""
    with Workspace.open(where, read_only=True) as opened:
        value = queries.info(opened)
    answer(as_json, value, lambda: [f"{name}: {shown}" for name, shown in value.items()])


@commands.command("history", help=_("What was changed, by whom, when and why; newest first."))
def history(where: Where, code: str | None = None, limit: int = 50, as_json: Json = False) -> None:
    """What was changed, newest first."""
    with Workspace.open(where, read_only=True) as opened:
        uid = queries.find(opened, code).uid if code else None
        changes = opened.history(uid=uid, limit=limit)
    answer(
        as_json,
        {"changes": changes},
        lambda: [f"{entry.id}  {entry.at}  {entry.who}  {entry.why}" for entry in changes],
    )


@commands.command("undo", help=_("Take back the newest change, or one past change that nothing later depends on."))
def undo(where: Where, change: Change = None, user: User = None, as_json: Json = False) -> None:
    """Take back the newest change, or a single past one."""
    with Workspace.open(where) as opened:
        result = opened.undo(user) if change is None else opened.undo_one(change, user)
    undone = result.why if result else None
    answer(
        as_json,
        {"undone": undone},
        lambda: [_("Undone: {why}").format(why=undone) if undone is not None else _("There is nothing to undo.")],
    )


@commands.command(
    "migrate", help=_("Carry a workspace forward to this version of the program; a backup is made first.")
)
def migrate_workspace(where: Where, as_json: Json = False) -> None:
    """Carry a workspace forward to this version of the program."""
    from jnw_desktop.workspace.migrations.carry import migrate  # Alembic is wanted here alone

    done = migrate(where, task=task(as_json))
    where = str(Location.parse(where))  # without its password
    told = _("Carried {where} forward; it was copied to {backup} first.").format(where=where, backup=done.backup)
    current = _("{where} is at this program's version already.").format(where=where)
    answer(
        as_json,
        {"before": done.before, "after": done.after, "backup": done.backup and str(done.backup)},
        lambda: [told if done.backup else current],
    )


@commands.command("verify", help=_("Prove integrity: storage, history, rows."))
def verify(where: Where, as_json: Json = False) -> None:
    """Prove integrity; exit status 5 when something is wrong."""
    with Workspace.open(where, read_only=True) as opened:
        problems = opened.verify(task(as_json))
    answer(
        as_json,
        {"ok": not problems, "problems": problems},
        lambda: [f"{p.part} {p.where}: {p.message}" for p in problems] or [_("The workspace is whole.")],
    )
    if problems:
        raise typer.Exit(WRONG)


@commands.command("backup", help=_("Copy a workspace to one file, while it is in use."))
def backup(where: Where, file: Path, as_json: Json = False) -> None:
    """Copy a workspace to one file, while it is in use."""
    with Workspace.open(where, read_only=True) as opened:
        opened.backup(file, task(as_json))
    answer(as_json, {"backup": str(file)}, lambda: [_("Copied to {file}.").format(file=file)])


@commands.command("restore", help=_("Make a workspace from a backup."))
def restore_backup(file: Path, where: Where, as_json: Json = False) -> None:
    """Make a workspace from a backup."""
    restore(file.expanduser().absolute(), where, task(as_json))
    where = str(Location.parse(where))  # without its password
    answer(as_json, {"workspace": where}, lambda: [_("Restored {where}.").format(where=where)])
