"""``jnw guide``: what happens with a site after its guide was issued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

Site = Annotated[str, typer.Argument(help=_("Code of a construction site."))]
Day = Annotated[str, typer.Option("--date", help=_("The day it happened, YYYY-MM-DD; today where none is named."))]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(_("{text} is no day.").format(text=text), "YYYY-MM-DD") from error


def extend(
    where: Where,
    guide: Annotated[str, typer.Argument(help=_("Number of the guide."))],
    why: Annotated[str, typer.Option("--why", help=_("Why it is to hold longer."))],
    months: Annotated[
        int | None, typer.Option(help=_("By how many months; as the table says where not named."))
    ] = None,
    user: User = None,
    as_json: Json = False,
) -> None:
    """Let a guide hold longer."""
    from jnw_plugins.guide import process

    with Workspace.open(where) as workspace:
        until = process.extend(workspace, guide, why, months=months, who=user)
    told = _("{guide} holds until {date}.").format(guide=guide, date=until)
    answer(as_json, {"guide": guide, "valid_until": until}, lambda: [told])


def disclose(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    site: Site,
    contractor: Annotated[str, typer.Option(help=_("Who signed for the contractor."))],
    water: Annotated[str, typer.Option(help=_("Who signed for the water company."))],
    client: Annotated[str, typer.Option(help=_("Who signed for the client."))] = "",
    supervisor: Annotated[str, typer.Option(help=_("Who signed for the supervisor."))] = "",
    scan: Annotated[str | None, typer.Option(help=_("The signed sheet, a PDF or picture; kept with the site."))] = None,
    agreement: Annotated[bool, typer.Option("--agreement", help=_("It is the protection agreement."))] = False,
    day: Day = "",
    user: User = None,
    as_json: Json = False,
) -> None:
    """Record that a guide was explained on site, or the protection agreement signed."""
    from jnw_plugins.guide import process

    named = {"client": client, "contractor": contractor, "supervisor": supervisor, "water": water}
    parties = {name: value for name, value in named.items() if value}
    step = "agreement" if agreement else "disclosed"
    with Workspace.open(where) as workspace:
        number = process.disclose(workspace, site, parties=parties, day=_day(day), scan=scan, step=step, who=user)
    answer(as_json, {"site": site, "step": number}, lambda: [_("Recorded as {number}.").format(number=number)])


def pit(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    site: Site,
    pipe: Annotated[str, typer.Option(help=_("Code of the pipe."))],
    depth: Annotated[float, typer.Option(help=_("Depth to its top that was found, metres."))],
    beside: Annotated[float | None, typer.Option(help=_("How far it lay from where it is drawn, metres."))] = None,
    by: Annotated[str, typer.Option(help=_("Who found it."))] = "",
    day: Day = "",
    user: User = None,
    as_json: Json = False,
) -> None:
    """Record what a trial pit showed."""
    from jnw_plugins.guide import process

    with Workspace.open(where) as workspace:
        found = process.dig_pit(workspace, site, pipe, depth, beside=beside, by=by, day=_day(day), who=user)
    value = {name: value for name, value in asdict(found).items() if name != "change"}
    told = (
        _("{number}: as recorded.")
        if not found.deviates
        else _("{number}: not as recorded; jnw guide settle W {number}")
    )
    answer(as_json, value, lambda: [told.format(number=found.step)])


def deviations(where: Where, as_json: Json = False) -> None:
    """What trial pits showed otherwise than recorded."""
    from jnw_plugins.guide import process

    with Workspace.open(where) as workspace:
        rows = process.deviations(workspace)
    answer(as_json, {"deviations": rows}, lambda: [_line(row) for row in rows] or [_("None.")])


def _line(row: dict[str, Any]) -> str:
    recorded = _("unknown") if row["recorded"] is None else f"{row['recorded']:.2f}"
    return f"{row['step']}  {row['day']}  {row['pipe']}  {recorded} → {row['found']:.2f} m"


def settle(
    where: Where,
    step: Annotated[str, typer.Argument(help=_("Number of the trial pit's record."))],
    accept: Annotated[bool, typer.Option("--accept/--refuse", help=_("Whether the pipe is put right by it."))] = True,
    why: Why = None,
    user: User = None,
    as_json: Json = False,
) -> None:
    """Put a pipe right by what a trial pit showed, or refuse to."""
    from jnw_plugins.guide import process

    with Workspace.open(where) as workspace:
        pipe = process.settle(workspace, step, accept, why or "", who=user)
    answer(as_json, {"step": step, "pipe": pipe, "accepted": accept}, lambda: [f"{step}  {pipe}"])


def close(where: Where, site: Site, why: Why = None, user: User = None, as_json: Json = False) -> None:
    """Close a site: its works are over."""
    from jnw_plugins.guide import process

    with Workspace.open(where) as workspace:
        process.close(workspace, site, why or "", who=user)
    answer(as_json, {"site": site, "closed": True}, lambda: [_("Closed the site {site}.").format(site=site)])


def steps(where: Where, site: Site, as_json: Json = False) -> None:
    """All that happened with a site, and its clock."""
    from jnw_plugins.guide import process

    with Workspace.open(where) as workspace:
        told = process.steps(workspace, site)
    lines = [f"{one['day']}  {one['title']}  {one['number']}  {one['who'] or ''}".rstrip() for one in told["steps"]]
    answer(as_json, told, lambda: lines)


def dossier(
    where: Where,
    site: Site,
    out: Annotated[Path, typer.Option(help=_("The PDF to write."))],
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Write the site's file as one PDF."""
    from jnw_plugins.guide.dossier import dossier as write

    with Workspace.open(where) as workspace:
        told = write(workspace, site, str(out), terms=Terms(recipient, role, why or ""), who=user)
    answer(as_json, told, lambda: [_("{count} pages: {file}").format(count=told["pages"], file=out)])


def agreement(
    where: Where,
    site: Site,
    out: Annotated[Path, typer.Option(help=_("The PDF to write."))],
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Write the protection agreement of a site, to be signed."""
    from jnw_plugins.guide.agreement import agreement as write

    with Workspace.open(where) as workspace:
        write(workspace, site, str(out), terms=Terms(recipient, role, why or ""), who=user)
    answer(as_json, {"site": site, "file": str(out)}, lambda: [str(out)])


def statistics(where: Where, as_json: Json = False) -> None:
    """Guides by month, district and contractor."""
    from jnw_plugins.guide.counting import counts

    with Workspace.open(where) as workspace:
        rows = counts(workspace)
    lines = [f"{row['month']}  {row['district']}  {row['contractor']}  {row['issued']}" for row in rows]
    answer(as_json, {"rows": rows}, lambda: lines or [_("None.")])


def add(commands: typer.Typer) -> None:
    """Make them commands of ``jnw guide``."""
    named: dict[str, tuple[Callable[..., None], str]] = {
        "extend": (extend, _("Let a guide hold longer.")),
        "disclose": (disclose, _("Record that a guide was explained on site, or the protection agreement signed.")),
        "pit": (pit, _("Record what a trial pit showed of a pipe.")),
        "deviations": (deviations, _("What trial pits showed otherwise than recorded, still open.")),
        "settle": (settle, _("Put a pipe right by what a trial pit showed, or refuse to.")),
        "close": (close, _("Close a site: its works are over.")),
        "steps": (steps, _("All that happened with a site, and its clock.")),
        "agreement": (agreement, _("Write the protection agreement of a site, to be signed.")),
        "dossier": (dossier, _("Write the site's file as one PDF.")),
        "statistics": (statistics, _("Guides by month, district and contractor.")),
    }
    for name, (run, told) in named.items():
        commands.command(name, help=told)(run)
