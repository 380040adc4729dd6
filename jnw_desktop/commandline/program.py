"""The command line's root: options that every command has, and the way errors leave the program."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import typer

from jnw_desktop.commandline.calendar import deadline, manage_calendar
from jnw_desktop.commandline.checks import check as check_data
from jnw_desktop.commandline.exchange import export_command, import_command
from jnw_desktop.commandline.faults import unknown_fault, wrong_usage
from jnw_desktop.commandline.field import commands as field_commands
from jnw_desktop.commandline.filters import manage_filters
from jnw_desktop.commandline.keypoints import list_key_points
from jnw_desktop.commandline.network import commands as network_commands
from jnw_desktop.commandline.plugged import PluggedGroup
from jnw_desktop.commandline.printing import print_map, print_tie_cards
from jnw_desktop.commandline.releases import list_releases, manage_roles
from jnw_desktop.commandline.workspace import WRONG
from jnw_desktop.commandline.workspace import commands as workspace_commands
from jnw_desktop.display import require
from jnw_desktop.errors import JnwError
from jnw_desktop.extension import console
from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why
from jnw_desktop.extension.registry import registry
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

# Typer brings its own copy of click and exports only the end of the family: BadParameter < UsageError.
WrongUsage: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="jnw", cls=PluggedGroup, no_args_is_help=False, add_completion=False, pretty_exceptions_enable=False
)
app.add_typer(workspace_commands, name="workspace")
app.command("import", help=_("Bring a file in: any vector file, survey tables, DXF, EPANET."))(import_command)
app.command("export", help=_("Write facilities to a file: GPKG, SHP, GeoJSON, KML, DXF, XLSX, INP."))(export_command)
app.add_typer(network_commands, name="network")
app.add_typer(field_commands, name="field")
app.command("keypoints", help=_("Where somebody has to go, and by when: key points for patrols."))(list_key_points)
app.command("check", help=_("Look for mistakes in the data; mend them with --fix."))(check_data)


@app.command("demo", help=_("Build the demonstration workspace: a made-up city at Jinan."))
def demo(where: Where, user: User = None, as_json: Json = False) -> None:
    """Build the demonstration workspace."""
    from jnw_desktop.demo.build import build  # its libraries take a second to import

    told = build(where, console.task(as_json), user)
    console.answer(as_json, told, lambda: [_("Built the demonstration city {where}.").format(where=where)])


@app.command("doctor", help=_("What was found on this machine, and how to mend what is missing."))
def doctor(as_json: Json = False) -> None:
    """Exit status 5 when something is missing."""
    from jnw_desktop.commandline.doctor import examine

    found = examine()

    def lines() -> list[str]:
        told = []
        for check in found["checks"]:
            told.append(f"{'✓' if check.ok else '✗'} {check.name}: {check.found}")
            told += [f"    → {check.mend}"] if check.mend else []
        return told

    console.answer(as_json, found, lines)
    if not found["ok"]:
        raise typer.Exit(WRONG)


@app.command("open", help=_("Open the desktop on a workspace."))
def open_desktop(where: Where) -> None:
    """Open the desktop on a workspace."""
    from jnw_desktop.desktop.application import run as run_desktop  # Qt only where there is a window

    require(f"jnw open {where}")
    raise typer.Exit(run_desktop(where))


@app.command("tour", help=_("Do the main jobs in the real window and save a screenshot of each."))
def tour(
    where: Where, out: Annotated[Path, typer.Option(help=_("Folder of the screenshots."))], as_json: Json = False
) -> None:
    """Do the main jobs in the real window."""
    from jnw_desktop.desktop.tour import take

    require(f"jnw tour {where} --out {out}")
    told = take(where, out)
    stall = _("Longest stall of the window: {stall} ms").format(stall=told["worst_stall_ms"])
    console.answer(as_json, told, lambda: [*(f"{step['file']}  {step['title']}" for step in told["steps"]), stall])


@app.command("bench", help=_("Measure the speeds the program holds itself to, on a generated city of a million pipes."))
def bench(
    name: Annotated[str | None, typer.Argument(help=_("One benchmark; all when none is named."))] = None,
    workspace: Annotated[Path | None, typer.Option(help=_("A workspace to measure on instead."))] = None,
    as_json: Json = False,
) -> None:
    """Measure; exit status 5 when something is slower than it is held to."""
    from jnw_desktop.bench import run as benches

    if name in (None, *benches.WINDOW, benches.CITY):
        require("jnw bench")
    results = benches.run(name, workspace, console.task(as_json))
    console.answer(as_json, {"results": results}, lambda: benches.lines(results))
    if not all(one.ok for one in results):
        raise typer.Exit(WRONG)


@app.command("statistics", help=_("How many facilities, and how long, by material, diameter, decade, district …"))
def statistics(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    by: Annotated[list[str], typer.Option(help=_("What is counted by; once or twice."))],
    kind: Annotated[str, typer.Option(help=_("Kind of facility."))] = "pipe",
    out: Annotated[Path | None, typer.Option(help=_("A .pdf or .xlsx to write as well."))] = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Count facilities by one or two of their fields, or by the district they lie in."""
    from jnw_desktop.documents.statistics import write_statistics
    from jnw_desktop.facilities.statistics import statistics as count

    with console.opened(where, user) if out else Workspace.open(where, read_only=True) as workspace:
        told = count(workspace, kind, by, task=console.task(as_json))
        if out is not None:
            write_statistics(workspace, kind, by, str(out), terms=Terms(recipient, role, why or ""))
    rows = [{"keys": group.keys, "count": group.count, "length": group.length} for group in told.groups]
    value = {"kind": kind, "by": by, "groups": rows, "count": told.count, "length": told.length}
    console.answer(
        as_json,
        value,
        lambda: [f"{'  '.join(group.titles)}  {group.count:,}  {group.length:,.1f} m" for group in told.groups],
    )


@app.command("ledger", help=_("The asset ledger: what lies in each road or neighbourhood, as .xlsx or .pdf."))
def ledger(
    where: Where,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("A .xlsx or .pdf to write."))],
    by: Annotated[str, typer.Option(help=_("road or neighbourhood."))] = "road",
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Write the asset ledger."""
    from jnw_desktop.documents.ledger import write_ledger

    terms = Terms(recipient, role, why or "")
    with console.opened(where, user) as workspace:
        made = write_ledger(workspace, str(file), by, terms=terms, task=console.task(as_json))
    told = _("Wrote {places} places, {pipes:,} pipes, {length:,.1f} m to {file}.")
    console.answer(as_json, dataclasses.asdict(made), lambda: [told.format(**dataclasses.asdict(made))])


app.command("releases", help=_("What left the house: who took what, for whom and why."))(list_releases)
app.command("roles", help=_("How exactly each role of recipients is told where things lie."))(manage_roles)
app.command("filters", help=_("Filters saved under a name, for --where @NAME and the map."))(manage_filters)
app.command("calendar", help=_("Public holidays, year by year, and weekend days worked instead."))(manage_calendar)
app.command("deadline", help=_("Until when a deadline of the law is kept, in hours, days or working days."))(deadline)
app.command("print", help=_("Print a sheet of the map, or an atlas, as a PDF."))(print_map)
app.command("tiecards", help=_("Print the tie cards of valves or hydrants."))(print_tie_cards)


@app.command("plugins", help=_("Every plugin that was found, and why one cannot be used."))
def plugins(as_json: Json = False) -> None:
    """Every plugin that was found; exit status 5 when one cannot be used."""
    from jnw_desktop.worker.sessions import plugin_rows

    rows = plugin_rows()
    console.answer(
        as_json,
        {"plugins": rows},
        lambda: [f"{'✗' if row.reason else '✓'} {row.id} {row.version}  {row.reason or row.folder}" for row in rows],
    )
    if any(row.reason for row in rows):
        raise typer.Exit(WRONG)


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """济南水务管网一张图 · JNW Desktop."""
    if context.invoked_subcommand is None:
        from jnw_desktop.desktop.application import run as run_desktop

        require("jnw")
        raise typer.Exit(run_desktop(None))


def run(arguments: list[str] | None = None) -> None:
    """Run one command and end the process with its exit status (see ``docs/commands.md``)."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    try:
        registry()  # a workspace is opened with the tables of every plugin declared
        try:
            status = app(args=given, prog_name="jnw", standalone_mode=False)
        except WrongUsage as error:
            raise wrong_usage(error) from error
    except JnwError as error:
        status = console.fail(as_json, error).exit_code
    except (typer.Abort, KeyboardInterrupt):
        status = 130
    except BrokenPipeError:  # who read the answer has gone
        sys.stdout = sys.stderr
        status = 1
    except Exception as fault:  # noqa: BLE001 - the boundary of the process: nothing else would tell the user
        status = console.fail(as_json, unknown_fault(fault)).exit_code
    sys.exit(status if isinstance(status, int) else 0)
