"""``jnw network``: what the pipes as a graph can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.arguments import by_code, numbers, pair
from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer, opened, say, task
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.trade import why_passed
from jnw_desktop.language import N_, _
from jnw_desktop.workspace import Workspace

Xlsx = Annotated[Path | None, typer.Option("--xlsx", help=_("Write every row to this workbook too."))]
Raster = Annotated[Path | None, typer.Option("--ground", help=_("Elevation raster the ground is taken from, GeoTIFF."))]
Heads = Annotated[list[str] | None, typer.Option("--head", help=_("Head held at a place, m over the datum: CODE=M."))]

commands = typer.Typer(help=_(N_("Valve segments, isolation plans, traces, profiles.")), no_args_is_help=True)

Pdf = Annotated[Path | None, typer.Option("--pdf", help=_("Write the sheet to this file too."))]


def _path(raster: Path | None) -> str:
    return "" if raster is None else str(raster)


def _metres(texts: list[str]) -> dict[str, float]:
    """``CODE=M`` as heads by code. Raises UsageError."""
    return by_code(texts, _("{text} does not say a place and its head."), _("Write CODE=METRES: SC000001=95.5"))


def _written(
    workspace: Workspace, what: str, told: dict[str, Any], pdf: Path | None, xlsx: Path | None, terms: Terms
) -> None:
    """Write what an analysis told as it is wanted; the files are named in ``told``."""
    if pdf is None and xlsx is None:
        return
    from jnw_desktop.documents.foundsheet import list_found, print_found
    from jnw_desktop.facilities.found import found
    from jnw_desktop.facilities.segmenttable import segments_found

    made = segments_found(workspace) if what == "segments" else found(workspace, what, dict(told))
    if pdf is not None:
        told["file"] = print_found(workspace, str(pdf), found=made, terms=terms)
    if xlsx is not None:
        told["workbook"] = list_found(workspace, made, str(xlsx), terms=terms)


def _warn(told: dict[str, Any]) -> None:
    for warning in told.get("warnings", ()):
        say(_("Warning: {text}").format(text=warning))


@commands.command("segments", help=_("Valve segments of the whole network, the one whose loss costs most first."))
def segments(
    where: Where,
    pdf: Pdf = None,
    xlsx: Xlsx = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Valve segments."""
    from jnw_desktop.facilities import shutoff  # numpy and scipy only where they are wanted

    with opened(where, user) if pdf or xlsx else Workspace.open(where, read_only=True) as workspace:
        told = shutoff.segments(workspace)
        _written(workspace, "segments", told, pdf, xlsx, Terms(recipient, role, why or ""))
    _warn(told)

    def lines() -> list[str]:
        head = [_("{count} valve segments; {idle} valves separate nothing").format(**_counts(told))]
        shown = [
            _("{length:9.1f} m  {pipes} pipes  {customers} customers, {lost} more behind  valves: {valves}").format(
                length=part["length"],
                pipes=len(part["pipes"]),
                customers=part["customers"],
                lost=part["lost_customers"],
                valves=", ".join(part["valves"]),
            )
            for part in told["segments"][:20]
        ]
        return head + shown

    answer(as_json, told, lines)


def _counts(told: dict[str, Any]) -> dict[str, int]:
    return {"count": told["count"], "idle": len(told["idle"])}


@commands.command("isolate", help=_("Which valves to close for a burst, and who loses water."))
def isolate(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    pipe: Annotated[str | None, typer.Option("--pipe", help=_("Code of the pipe that burst."))] = None,
    at: Annotated[str | None, typer.Option("--at", help=_("East, north of the burst: E,N."))] = None,
    stuck: Annotated[list[str] | None, typer.Option("--stuck", help=_("A valve that cannot be closed today."))] = None,
    pdf: Pdf = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Isolation plan."""
    from jnw_desktop.facilities import shutoff

    if (pipe is None) == (at is None):
        raise UsageError(_("Say where it burst: a pipe or a place."), _("Give --pipe CODE, or --at E,N."))
    place = None if at is None else pair(at)
    with opened(where, user) if pdf else Workspace.open(where, read_only=True) as workspace:
        told = shutoff.isolate(workspace, pipe=pipe, at=place, stuck=stuck or [])
        if pdf is not None:
            from jnw_desktop.documents.plansheet import write_plan

            told["file"] = write_plan(workspace, told, str(pdf), Terms(recipient, role, why or ""))
    _warn(told)
    answer(as_json, told, lambda: _plan_lines(told))


def _plan_lines(told: dict[str, Any]) -> list[str]:
    needless = set(told["needless"])
    lines = [_("Burst: pipe {code}").format(code=told["burst"])]
    for number, code in enumerate(told["close"], 1):
        note = _("  (no source behind it)") if code in needless else ""
        lines.append(_("{number}. close {code}").format(number=number, code=code) + note)
    lines += [
        _("passed: {valve} ({reason})").format(valve=row["valve"], reason=why_passed(row["reason"]))
        for row in told["widened"]
    ]
    lines.append(
        _("{pipes} pipes isolated, {starved} starved, {customers} customers ({essential} essential)").format(
            pipes=len(told["pipes"]),
            starved=len(told["starved_pipes"]),
            customers=len(told["customers"]),
            essential=len(told["essential"]),
        )
    )
    lines.append(
        _("drain {volume:.1f} m³ at {where}").format(
            volume=told["volume"], where=", ".join(told["drain"] or told["drain_hydrants"]) or "–"
        )
    )
    if told["alternative"] is not None:
        lines.append(
            _("or open {valves}: {customers} customers").format(
                valves=", ".join(told["alternative"]["open"]), customers=len(told["alternative"]["customers"])
            )
        )
    lines += [
        _("or free {valves} first: {customers} customers").format(
            valves=", ".join(one["valves"]), customers=one["customers"]
        )
        for one in told["freeing"]
    ]
    if told["unstoppable"]:
        lines.append(_("cannot be isolated; way from the source: {pipes}").format(pipes=" – ".join(told["witness"])))
    return lines


@commands.command("pressure", help=_("Pressures now and during an isolation, and who is under the required head."))
def pressure(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    pipe: Annotated[str | None, typer.Option("--isolate", help=_("Code of a pipe that is isolated."))] = None,
    close: Annotated[list[str] | None, typer.Option("--close", help=_("A valve that is closed."))] = None,
    stuck: Annotated[list[str] | None, typer.Option("--stuck", help=_("A valve that cannot be closed today."))] = None,
    zone: Annotated[str | None, typer.Option("--zone", help=_("Only this zone: a DMA, a pressure zone."))] = None,
    required: Annotated[float | None, typer.Option("--required", help=_("Required head over the ground, m."))] = None,
    heads: Heads = None,
    pdf: Pdf = None,
    xlsx: Xlsx = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Pressures."""
    from jnw_desktop.documents.pressuresheet import list_pressure, print_pressure
    from jnw_desktop.facilities.hydraulics.pressure import pressure as work_out
    from jnw_desktop.facilities.hydraulics.telling import summary

    given = _metres(heads or [])
    with opened(where, user) if pdf or xlsx else Workspace.open(where, read_only=True) as workspace:
        told = work_out(
            workspace,
            pipe=pipe,
            close=close or [],
            stuck=stuck or [],
            zone=zone,
            required=required,
            heads=given,
            shapes=pdf is not None,
            task=task(as_json),
        )
        terms = Terms(recipient, role, why or "")
        if pdf is not None:
            told["file"] = print_pressure(workspace, str(pdf), told=told, terms=terms)
            told.pop("shapes")
        if xlsx is not None:
            told["workbook"] = list_pressure(workspace, told, str(xlsx), terms=terms)
    _warn(told)
    assumed = _("{what} ({count})")
    answer(
        as_json,
        told,
        lambda: [
            *summary(told),
            *(assumed.format(what=row["what"], count=row["count"]) for row in told["assumptions"]),
        ],
    )


@commands.command("trace", help=_("What lies upstream, downstream or is connected."))
def trace(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    start: Annotated[
        list[str], typer.Option("--from", help=_("Where to begin: a pipe, node, valve …; may be given again."))
    ],
    direction: Annotated[str, typer.Option("--direction", help=_("up, down, connected, or source."))] = "connected",
    zone: Annotated[str | None, typer.Option("--zone", help=_("Code of a zone that is not left."))] = None,
    pdf: Pdf = None,
    xlsx: Xlsx = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Trace."""
    from jnw_desktop.facilities import tracing

    with opened(where, user) if pdf or xlsx else Workspace.open(where, read_only=True) as workspace:
        told = tracing.trace(workspace, start, direction, zone)
        _written(workspace, "trace", told, pdf, xlsx, Terms(recipient, role, why or ""))
    _warn(told)
    answer(as_json, told, lambda: _way_lines(told))


def _way_lines(told: dict[str, Any]) -> list[str]:
    counted = _("{pipes} pipes, {nodes} nodes, {length:.1f} m").format(
        pipes=len(told["pipes"]), nodes=len(told["nodes"]), length=told["length"]
    )
    return [counted, *told["pipes"]]


@commands.command("way", help=_("The shortest way along the pipes between two facilities."))
def way(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    start: Annotated[str, typer.Option("--from", help=_("Code of the facility it begins at."))],
    end: Annotated[str, typer.Option("--to", help=_("Code of the facility it ends at."))],
    pdf: Pdf = None,
    xlsx: Xlsx = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Shortest way."""
    from jnw_desktop.facilities import tracing

    with opened(where, user) if pdf or xlsx else Workspace.open(where, read_only=True) as workspace:
        told = tracing.way(workspace, start, end)
        _written(workspace, "way", told, pdf, xlsx, Terms(recipient, role, why or ""))
    answer(as_json, told, lambda: _way_lines(told))


@commands.command("form", help=_("Loops, bridges and dead ends of the network."))
def form(
    where: Where,
    pdf: Pdf = None,
    xlsx: Xlsx = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Loops and dead ends."""
    from jnw_desktop.facilities import tracing

    with opened(where, user) if pdf or xlsx else Workspace.open(where, read_only=True) as workspace:
        told = tracing.form(workspace)
        _written(workspace, "form", told, pdf, xlsx, Terms(recipient, role, why or ""))
    _warn(told)
    lines = _("{loops} loops, {bridges} pipes whose loss parts the network ({length:.0f} m), {ends} dead ends")
    answer(
        as_json,
        told,
        lambda: [
            lines.format(
                loops=told["loops"],
                bridges=len(told["bridges"]),
                length=told["bridge_length"],
                ends=len(told["dead_ends"]),
            )
        ],
    )


@commands.command("profile", help=_("Longitudinal profile along the shortest way between two facilities."))
def profile(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    start: Annotated[str, typer.Option("--from", help=_("Code of the facility it begins at."))],
    end: Annotated[str, typer.Option("--to", help=_("Code of the facility it ends at."))],
    ground: Raster = None,
    pdf: Pdf = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Longitudinal profile."""
    from jnw_desktop.mapengine import terrain

    with opened(where, user) if pdf else Workspace.open(where, read_only=True) as workspace:
        told = terrain.profile(workspace, start, end, _path(ground))
        if pdf is not None:
            from jnw_desktop.documents.heightsheet import write_profile

            terms = Terms(recipient, role, why or "")
            told["file"] = write_profile(workspace, told, str(pdf), terms=terms)
    _warn(told)
    answer(as_json, told, lambda: _profile_lines(told))


def _profile_lines(told: dict[str, Any]) -> list[str]:
    lines = [
        f"{mark['station']:10.2f}  {mark['code'] or '–'}  {_height(mark['ground'])}  {_height(mark['top'])}  "
        f"{_height(mark['depth'])}"
        for mark in told["points"]
    ]
    head = _("   station  code  ground  top of pipe  depth to top")
    crossing = [
        _("crosses {code} at {station:.2f}: clear {clear}, required {required}").format(
            code=row["code"],
            station=row["station"],
            clear=_height(row["clear"]),
            required=_height(row["required"]),
        )
        for row in told["crossings"]
    ]
    return [head, *lines, *crossing]


def _height(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


@commands.command("section", help=_("Cross-section under a line: what it cuts, how deep, and what is clear between."))
def section(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    line: Annotated[str, typer.Option("--line", help=_("Both ends of the line: E1,N1,E2,N2."))],
    ground: Raster = None,
    pdf: Pdf = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Cross-section."""
    from jnw_desktop.mapengine import terrain

    ends = numbers(line, 4)
    with opened(where, user) if pdf else Workspace.open(where, read_only=True) as workspace:
        told = terrain.section(workspace, ends, _path(ground))
        if pdf is not None:
            from jnw_desktop.documents.heightsheet import write_section

            terms = Terms(recipient, role, why or "")
            told["file"] = write_section(workspace, told, str(pdf), terms=terms)
    _warn(told)
    answer(
        as_json,
        told,
        lambda: [
            f"{row['offset']:8.2f}  {row['code']}  {_height(row['depth'])}  {_height(row['top'])}"
            for row in sorted([*told["pipes"], *told["lines"]], key=lambda row: row["offset"])
        ],
    )
