"""``jnw calendar`` and ``jnw deadline``: which days are worked, and until when a deadline of the law is kept."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, User, Where, Why, answer
from jnw_desktop.facilities.calendar import clauses, years
from jnw_desktop.facilities.calendar.workingdays import Calendar
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace


def manage_calendar(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    year: Annotated[int | None, typer.Option("--set", help=_("The year to enter."))] = None,
    off: Annotated[list[str] | None, typer.Option(help=_("Days off: 2027-10-01, or 2027-10-01/2027-10-07."))] = None,
    worked: Annotated[list[str] | None, typer.Option(help=_("Weekend days that are worked in their place."))] = None,
    source: Annotated[str, typer.Option(help=_("The announcement they were read in."))] = "",
    verified: Annotated[bool, typer.Option("--verified", help=_("The announcement itself was read."))] = False,
    remove: Annotated[int | None, typer.Option(help=_("The year to take away."))] = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """The years whose public holidays are known; enter one or take one away."""
    if year is not None and remove is not None:
        raise UsageError(_("Enter a year or take one away."), _("Give either --set YEAR or --remove YEAR."))
    with Workspace.open(where, read_only=year is None and remove is None, who=user) as workspace:
        if year is not None:
            years.set_year(
                workspace, year, off=off or [], worked=worked or [], source=source, verified=verified, who=user, why=why
            )
        elif remove is not None:
            years.remove_year(workspace, remove, who=user, why=why)
        told = years.told(workspace)
    answer(as_json, told, lambda: _lines(told))


def _lines(told: dict[str, Any]) -> list[str]:
    if not told["years"]:
        return [_("No year's public holidays are known: weekends alone are counted. Enter one with --set YEAR.")]
    text = _("{year}: {off} days off, {worked} weekend days worked  {source}")
    return [
        text.format(year=row["year"], off=len(row["off"]), worked=len(row["worked"]), source=row["source"])
        + ("" if row["verified"] else "  " + _("not verified"))
        for row in told["years"]
    ]


def deadline(
    where: Where,
    name: Annotated[str | None, typer.Argument(metavar="[CLAUSE]", help=_("A deadline; all when none."))] = None,
    event: Annotated[str | None, typer.Option("--from", help=_("When the event is; now when not given."))] = None,
    as_json: Json = False,
) -> None:
    """Until when deadlines of the law are kept, where their event is at a time."""
    try:
        at = datetime.datetime.now() if event is None else datetime.datetime.fromisoformat(event)
    except ValueError as error:
        raise UsageError(
            _("{text} is not a time.").format(text=event), _("Write date and time so: 2026-11-25T08:00")
        ) from error
    at = at if at.tzinfo else at.astimezone()
    with Workspace.open(where, read_only=True) as workspace:
        days = years.calendar_of(workspace)
    wanted = list(clauses.read_clauses().values()) if name is None else [clauses.clause_of(name)]
    rows = [_due(clause, at, days) for clause in wanted]

    def lines() -> list[str]:
        return [
            f"{row['due'][:16].replace('T', ' ')}  {row['clause']}  {row['what']}（{row['event']}）  {row['source']}"
            + (f"  {row['warning']}" if row["warning"] else "")
            for row in rows
        ]

    answer(as_json, {"from": at.isoformat(timespec="seconds"), "deadlines": rows}, lines)


def _due(clause: clauses.Clause, at: datetime.datetime, days: Calendar) -> dict[str, Any]:
    due = clause.due(at, days)
    named = {"clause": clause.id, **clause.model_dump(include={"amount", "unit", "before", "what", "event"})}
    return named | {
        "due": due.at.isoformat(timespec="seconds"),
        "source": clause.source,
        "verified": clause.verified,
        "unknown_years": list(due.unknown),
        "warning": years.told_unknown(due.unknown),
    }
