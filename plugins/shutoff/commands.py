"""``jnw shutoff``: plan, advance, check and print water shut-offs without a window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.arguments import by_code, pair
from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer, opened, say, task
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_plugins.shutoff.titles import clock_lines, shown_time, state_title

commands = typer.Typer(help=_("Water shut-offs."), no_args_is_help=True, add_completion=False)

Code = Annotated[str, typer.Argument(help=_("Code of a shut-off."))]
Out = Annotated[Path, typer.Option(help=_("The PDF to write."))]
At = Annotated[str | None, typer.Option("--time", help=_("When it was done; now if not given."))]
State = Annotated[str | None, typer.Option(help=_("Only those in this state."))]
Supply = Annotated[str | None, typer.Option(help=_("How emergency supply is arranged."))]
Contact = Annotated[str | None, typer.Option(help=_("Who answers questions: name and telephone."))]
Note = Annotated[str | None, typer.Option(help=_("What is to be remembered of it: whom, how."))]
Stuck = Annotated[list[str] | None, typer.Option("--stuck", help=_("A valve that cannot be closed today."))]


def _told(as_json: bool, told: dict[str, Any]) -> None:
    for warning in told["warnings"]:
        say(_("Warning: {text}").format(text=warning))
    answer(as_json, told, lambda: _lines(told))


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [
        f"{told['code']}  {state_title(told['state'])}  {told['reason']}  {told['road'] or ''}",
        f"{shown_time(told['planned_begin'])} – {shown_time(told['planned_end'])}",
        _("{pipes} pipes isolated, {starved} starved, {customers} customers ({essential} essential)").format(
            pipes=len(told["pipes"]),
            starved=len(told["starved_pipes"]),
            customers=len(told["customers"]),
            essential=len(told["essential"]),
        ),
    ]
    lines += [
        _("{number}. close {code}").format(number=number, code=code) for number, code in enumerate(told["close"], 1)
    ]
    lines += clock_lines(told["clocks"])
    return lines + [f"{shown_time(step['at'])}  {state_title(step['state'])}  {step['who']}" for step in told["steps"]]


@commands.command("plan", help=_("Plan a shut-off: the valves to close and who loses water are worked out and kept."))
def plan_shutoff(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    begin: Annotated[str, typer.Option(help=_("Planned begin, 2026-11-25T08:00."))],
    end: Annotated[str, typer.Option(help=_("Planned end."))],
    reason: Annotated[str, typer.Option(help=_("The reason that is published."))],
    pipe: Annotated[str | None, typer.Option(help=_("Code of a pipe."))] = None,
    at: Annotated[str | None, typer.Option(help=_("East, north of a place: E,N."))] = None,
    emergency: Annotated[bool, typer.Option("--emergency", help=_("An emergency: notice at once."))] = False,
    road: Annotated[str | None, typer.Option(help=_("Road; that of the pipes if not given."))] = None,
    supply: Supply = None,
    contact: Contact = None,
    stuck: Stuck = None,
    time: At = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Plan a shut-off."""
    from jnw_plugins.shutoff import operations  # numpy and scipy only where they are wanted

    if (pipe is None) == (at is None):
        raise UsageError(_("Say what is shut off: a pipe or a place."), _("Give --pipe CODE, or --at E,N."))
    with Workspace.open(where) as workspace:
        told = operations.plan(
            workspace,
            begin=begin,
            end=end,
            reason=reason,
            pipe=pipe,
            at=None if at is None else pair(at),
            kind="emergency" if emergency else "planned",
            road=road,
            supply=supply,
            contact=contact,
            stuck=stuck or [],
            planned_at=time,
            who=user,
            why=why,
        )
    _told(as_json, told)


@commands.command("list", help=_("Every shut-off, newest first; also as .xlsx."))
def list_shutoffs(
    where: Where,
    state: State = None,
    out: Annotated[Path | None, typer.Option(help=_("The workbook to write, .xlsx."))] = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Every shut-off."""
    from jnw_plugins.shutoff import register

    with opened(where, user) if out else Workspace.open(where, read_only=True) as workspace:
        value: dict[str, Any] = {"shutoffs": register.listed(workspace, state)}
        if out is not None:
            from jnw_plugins.shutoff.document import write_list

            value["file"] = write_list(workspace, str(out), state=state, terms=Terms(recipient, role, why or ""))

    def lines() -> list[str]:
        return [
            f"{row['code']}  {state_title(row['state'])}  {shown_time(row['planned_begin'])}  {row['reason']}"
            for row in value["shutoffs"]
        ] or [_("None.")]

    answer(as_json, value, lines)


@commands.command("show", help=_("All that is known of a shut-off: plan, steps, valve operations."))
def show_shutoff(where: Where, code: Code, as_json: Json = False) -> None:
    """One shut-off."""
    from jnw_plugins.shutoff import register

    with Workspace.open(where, read_only=True) as workspace:
        told = register.show(workspace, code)
    _told(as_json, told)


@commands.command("advance", help=_("Take the next step: approved, notified, closed, repaired, restored, cancelled."))
def advance_shutoff(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    code: Code,
    to: Annotated[str, typer.Argument(help=_("The step."))],
    time: At = None,
    note: Annotated[str | None, typer.Option(help=_("What is to be remembered of the step."))] = None,
    supply: Supply = None,
    turns: Annotated[list[str] | None, typer.Option(help=_("Turns made of a valve: VALVE=TURNS."))] = None,
    user: User = None,
    as_json: Json = False,
) -> None:
    """Take the next step."""
    from jnw_plugins.shutoff import operations

    made = by_code(turns or [], _("{text} does not say a valve and its turns."), _("Write VALVE=TURNS: FM12=24.5"))
    with Workspace.open(where) as workspace:
        told = operations.advance(workspace, code, to, at=time, who=user, note=note, supply=supply, turns=made)
    _told(as_json, told)


@commands.command("fire", help=_("Record that the fire brigade was told of the hydrants that lose their water."))
def fire(
    where: Where, code: Code, time: At = None, note: Note = None, user: User = None, as_json: Json = False
) -> None:  # fmt: skip
    """The fire brigade was told."""
    from jnw_plugins.shutoff import operations

    with Workspace.open(where) as workspace:
        told = operations.tell_fire(workspace, code, at=time, who=user, note=note)
    _told(as_json, told)


@commands.command("arrange", help=_("Say how emergency supply is arranged, and who answers questions."))
def arrange(
    where: Where,
    code: Code,
    supply: Supply = None,
    contact: Contact = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Emergency supply and contact."""
    from jnw_plugins.shutoff import operations

    with Workspace.open(where) as workspace:
        told = operations.arrange(workspace, code, supply=supply, contact=contact, who=user, why=why)
    _told(as_json, told)


@commands.command("replan", help=_("A valve was found stuck or lost: record it and plan the shut-off anew."))
def replan_shutoff(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    code: Code,
    valve: Annotated[str, typer.Option(help=_("Code of the valve."))],
    found: Annotated[str, typer.Option(help=_("stuck or lost."))] = "stuck",
    turns: Annotated[float | None, typer.Option(help=_("Turns that could be made."))] = None,
    time: At = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Plan anew."""
    from jnw_plugins.shutoff import operations

    with Workspace.open(where) as workspace:
        told = operations.replan(workspace, code, valve, found, turns=turns, at=time, who=user, why=why)
    _told(as_json, told)


@commands.command("overlaps", help=_("Other shut-offs that meet this one in time and space."))
def overlapping(where: Where, code: Code, as_json: Json = False) -> None:
    """Other shut-offs that meet this one."""
    from jnw_plugins.shutoff.overlaps import overlaps

    with Workspace.open(where, read_only=True) as workspace:
        found = overlaps(workspace, code)

    def lines() -> list[str]:
        text = _("{code}: {valves} shared valves, {customers} customers hit twice, {essential} essential users dry")
        return [
            text.format(
                code=row["code"],
                valves=len(row["valves"]),
                customers=len(row["customers"]),
                essential=len(row["essential"]),
            )
            for row in found
        ] or [_("None.")]

    answer(as_json, {"shutoff": code, "overlaps": found}, lines)


@commands.command("notice", help=_("Write the notice to users and the fire brigade as a PDF."))
def notice(
    where: Where,
    code: Code,
    out: Out,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """The notice."""
    from jnw_plugins.shutoff.document import write_notice

    terms = Terms(recipient, role, why or "")
    with opened(where, user) as workspace:
        file = write_notice(workspace, code, str(out), terms=terms, who=user)
    answer(as_json, {"shutoff": code, "file": file}, lambda: [file])


@commands.command("order", help=_("Write the valve order for the crew as a PDF, with a map."))
def order(
    where: Where,
    code: Code,
    out: Out,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """The order sheet."""
    from jnw_plugins.shutoff.order import write_order

    terms = Terms(recipient, role, why or "")
    with opened(where, user) as workspace:
        file = write_order(workspace, code, str(out), terms=terms, who=user, task=task(as_json))
    answer(as_json, {"shutoff": code, "file": file}, lambda: [file])
