"""``jnw import`` and ``jnw export``: files in and out of a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer, opened, say, task
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

IN_PART = 4  # exit status: some rows were refused and are in the rejects file

Text = Annotated[str, typer.Option()]


def import_command(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help=_("The file; a survey's two tables are two."))],
    layer: Annotated[str, typer.Option(help=_("The layer, where the file has several."))] = "",
    kind: Annotated[str, typer.Option(help=_("The kind of facility its rows are."))] = "",
    mapping: Annotated[Path | None, typer.Option(help=_("A saved mapping (TOML)."))] = None,
    save_mapping: Annotated[Path | None, typer.Option(help=_("Save the mapping that was used."))] = None,
    crs: Annotated[str, typer.Option(help=_("The CRS of the file, e.g. EPSG:4548."))] = "",
    unit: Annotated[str, typer.Option(help=_("The unit of its coordinates: mm, ft, us-ft."))] = "",
    encoding: Annotated[str, typer.Option(help=_("The encoding of its text."))] = "",
    rejects: Annotated[Path | None, typer.Option(help=_("Where rows that do not fit go (CSV)."))] = None,
    tolerance: Annotated[float, typer.Option(help=_("Metres between a pipe's end and what it ends at."))] = 0.01,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Tell what would happen; write nothing."))] = False,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Bring a file in; exit status 4 when some rows were refused."""
    from jnw_desktop.exchange.importing import Choices, import_file  # its libraries take a second to import
    from jnw_desktop.exchange.mapping import read_mapping, write_mapping

    if save_mapping is not None and not save_mapping.absolute().parent.is_dir():
        raise UsageError(_("There is no folder {folder}.").format(folder=save_mapping.absolute().parent))
    told = Choices(kind, layer, read_mapping(mapping) if mapping else None, crs, unit, encoding, tolerance)
    with Workspace.open(where) as workspace:
        done = import_file(
            workspace, files, choices=told, rejects=rejects, dry_run=dry_run, who=user, why=why, task=task(as_json),
        )  # fmt: skip
    for line in (*done.mapping_lines(), *done.warnings):
        say(line)
    if save_mapping is not None and done.mappings:
        write_mapping(done.mappings[0], save_mapping)
    answer(as_json, done.as_dict(), done.lines)
    if done.rejected:
        say(_("{count} rows did not fit; they are in {file}.").format(count=done.rejected, file=done.rejects))
        raise typer.Exit(IN_PART)


def export_command(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The file to make; its ending says the format."))],
    kind: Annotated[list[str] | None, typer.Option(help=_("Only this kind of facility; may be given again."))] = None,
    condition: Annotated[
        str, typer.Option("--where", help=_("Only facilities of which this is so: dn >= 300 and material = 'QM'."))
    ] = "",
    crs: Annotated[str, typer.Option(help=_("The CRS to write, where the format leaves a choice."))] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help=_("Write over a file that is there."))] = False,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Write facilities to a file."""
    from jnw_desktop.exchange.exporting import export_file, losses

    with opened(where, user) as workspace:
        for line in losses(file, kinds=kind or ()):
            say(line)
        done = export_file(
            workspace, file, kinds=kind or (), where=condition, crs=crs, overwrite=overwrite,
            terms=Terms(recipient, role, why or ""), task=task(as_json),
        )  # fmt: skip
    for line in done.warnings:
        say(line)
    answer(as_json, done.as_dict(), done.lines)
