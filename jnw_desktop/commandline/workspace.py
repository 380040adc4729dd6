"""``jnw workspace``: make, look at, keep and prove a workspace."""

from __future__ import annotations

import dataclasses
import unicodedata
from pathlib import Path
from typing import Annotated, Any

import pyproj
import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer, opened, say, task
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import N_, _
from jnw_desktop.workspace import Workspace, restore
from jnw_desktop.workspace.birth import require_projected
from jnw_desktop.workspace.history import called
from jnw_desktop.workspace.location import Location

commands = typer.Typer(help=_(N_("Make, look at, keep and prove a workspace.")))

Change = Annotated[int | None, typer.Option("--change", metavar="N", help=_("Number of the change, from the history."))]
Limit = Annotated[int, typer.Option(help=_("How many at most."))]
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
    answer(as_json, value, lambda: _told(value))


def _told(value: dict[str, Any]) -> list[str]:
    """What a workspace holds, as a table for people: first what it is, then the kinds it has any of."""
    head = [
        (_("Workspace"), value["workspace"]),
        (_("Title"), value["title"]),
        (_("Reference system"), f"{value['crs']}  {pyproj.CRS(value['crs']).name}"),
        (_("Made"), value["created"] or ""),
        (_("Schema"), ", ".join(value["schema"])),
    ]
    counts = [(_(KINDS[kind].title), f"{count:>12,}") for kind, count in value["counts"].items() if count]
    wide = max(_columns(name) for name, _shown in head + counts) + 2
    lines = [name + " " * (wide - _columns(name)) + shown for name, shown in head + counts]
    return [*lines[: len(head)], "", *(lines[len(head) :] or [_("It holds no facility yet.")])]


def _columns(text: str) -> int:
    """The width of a text on a terminal: Chinese characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


@commands.command("history", help=_("What was changed, by whom, when and why; newest first."))
def history(where: Where, code: str | None = None, limit: Limit = 50, as_json: Json = False) -> None:
    """What was changed, newest first."""
    if limit < 1:
        raise UsageError(_("{name} wants {kind}.").format(name="--limit", kind=_("a whole number from 1 on")))
    with Workspace.open(where, read_only=True) as opened:
        uid = queries.find(opened, code).uid if code else None
        changes = opened.history(uid=uid, limit=limit)
    answer(
        as_json,
        {"changes": changes},
        lambda: [f"{entry.id}  {entry.at}  {entry.who}  {called(entry.kind, entry.why)}" for entry in changes],
    )


@commands.command("undo", help=_("Take back the newest change, or one past change that nothing later depends on."))
def undo(where: Where, change: Change = None, user: User = None, as_json: Json = False) -> None:
    """Take back the newest change, or a single past one."""
    with Workspace.open(where) as opened:
        done = task(as_json)
        result = opened.undo(user, done) if change is None else opened.undo_one(change, user, done)
    undone = result.why if result else None
    answer(
        as_json,
        {"undone": undone},
        lambda: [_("Undone: {why}").format(why=undone) if undone is not None else _("There is nothing to undo.")],
    )


@commands.command("redo", help=_("Make the change again that was taken back last."))
def redo(where: Where, user: User = None, as_json: Json = False) -> None:
    """Make the change again that was taken back last."""
    with Workspace.open(where) as opened:
        result = opened.redo(user, task(as_json))
    redone = result.why if result else None
    answer(
        as_json,
        {"redone": redone},
        lambda: [_("Done again: {why}").format(why=redone) if redone is not None else _("There is nothing to redo.")],
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


@commands.command("backup", help=_("Copy a workspace to one file, while it is in use; it is recorded as a copy."))
def backup(
    where: Where,
    file: Path,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Copy a workspace to one file, while it is in use."""
    from jnw_desktop.facilities.releases.backing import back_up
    from jnw_desktop.facilities.releases.leaving import Terms

    with opened(where, user) as workspace:
        made = back_up(workspace, file, terms=Terms(recipient, role, why or ""), task=task(as_json))
    if made.release is None:
        say(_("The workspace can only be read: that this left is not recorded."))
    answer(as_json, dataclasses.asdict(made), lambda: [_("Copied to {file}.").format(file=made.backup)])


@commands.command("qgis", help=_("Put the company's styles and a project into the file, for QGIS Desktop."))
def for_qgis(where: Where, user: User = None, as_json: Json = False) -> None:
    """Styles and a project for QGIS Desktop."""
    from jnw_desktop.mapengine.forqgis import give_to_qgis  # wanted here alone
    from jnw_desktop.worker.sessions import shown_layers

    with Workspace.open(where, who=user) as opened:
        given = give_to_qgis(opened, tree=shown_layers(), task=task(as_json))
    if not given.layers:
        say(_("There is no QGIS on this machine: styles are in the file, a project is not."))
    told = _("{styles} styles and a project of {layers} layers are in the file.")
    answer(as_json, dataclasses.asdict(given), lambda: [told.format(**dataclasses.asdict(given))])


@commands.command("restore", help=_("Make a workspace from a backup."))
def restore_backup(file: Path, where: Where, as_json: Json = False) -> None:
    """Make a workspace from a backup."""
    restore(file.expanduser().absolute(), where, task(as_json))
    where = str(Location.parse(where))  # without its password
    answer(as_json, {"workspace": where}, lambda: [_("Restored {where}.").format(where=where)])
