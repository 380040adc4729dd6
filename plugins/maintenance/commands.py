"""``jnw maintenance``: plans, what is due, records, sheets, reports without a window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer, opened, say, task
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

IN_PART = 4  # exit status: some rows were refused and are in the rejects file

commands = typer.Typer(help=_("Maintenance of facilities."), no_args_is_help=True, add_completion=False)

_TASKS = "exercise, flush, service, flow_test, verify, clean"
TaskName = Annotated[str, typer.Option("--task", help=_("The task: {names}").format(names=_TASKS))]
OfTask = Annotated[str | None, typer.Option("--task", help=_("Only this task: {names}").format(names=_TASKS))]
OfPlan = Annotated[str | None, typer.Option("--plan", help=_("Only what this plan holds."))]
OfState = Annotated[
    str | None, typer.Option("--state", help=_("overdue, due, done, later or all; overdue and due if not given."))
]
OnRoad = Annotated[str | None, typer.Option("--road", help=_("Only on this road."))]
Within = Annotated[int, typer.Option(help=_("Days ahead that are looked at."))]
AsOf = Annotated[str | None, typer.Option("--as-of", help=_("The day that is taken for today."))]
Since = Annotated[str | None, typer.Option(help=_("From this day on."))]
Until = Annotated[str | None, typer.Option(help=_("Up to this day."))]


@commands.command("plan", help=_("Make a plan: a task, its interval, the facilities it is about; or end one."))
def plan(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    of_task: OfTask = None,
    months: Annotated[int | None, typer.Option(help=_("The interval in months."))] = None,
    title: Annotated[str | None, typer.Option(help=_("What the plan is called."))] = None,
    condition: Annotated[str, typer.Option("--where", help=_("Only facilities of which this is so: dn >= 300"))] = "",
    dma: Annotated[str | None, typer.Option(help=_("Only in this DMA (code)."))] = None,
    dn_from: Annotated[int | None, typer.Option(help=_("Only from this diameter on, mm."))] = None,
    dn_to: Annotated[int | None, typer.Option(help=_("Only up to this diameter, mm."))] = None,
    road: OnRoad = None,
    start: Annotated[str | None, typer.Option(help=_("The plan's first day; today if not given."))] = None,
    end: Annotated[str | None, typer.Option(help=_("End the plan of this code instead."))] = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Make a plan, or end one."""
    from jnw_plugins.maintenance import plans  # numpy only where it is wanted

    with Workspace.open(where) as workspace:
        if end is not None:
            told = plans.end(workspace, end, who=user, why=why)
        elif of_task is None:
            raise UsageError(_("Say which task is planned."), _("--task one of: {names}").format(names=_TASKS))
        else:
            told = plans.plan(
                workspace, of_task=of_task, months=months, title=title, where=condition, dma=dma, dn_from=dn_from,
                dn_to=dn_to, road=road, start=start, who=user, why=why,
            )  # fmt: skip
    for warning in told.get("warnings", ()):
        say(_("Warning: {text}").format(text=warning))
    answer(as_json, {"plan": told}, lambda: [_plan_line(told)])


@commands.command("plans", help=_("Every plan."))
def plans(where: Where, as_json: Json = False) -> None:
    """Every plan."""
    from jnw_plugins.maintenance.plans import listed

    with Workspace.open(where, read_only=True) as workspace:
        told = listed(workspace)
    answer(as_json, {"plans": told}, lambda: [_plan_line(row) for row in told] or [_("None.")])


def _plan_line(row: dict[str, Any]) -> str:
    from jnw_plugins.maintenance.scope import task_title

    every = _("every {months} months from {start}").format(months=row["months"], start=row["start"])
    ended = "" if row["ended"] is None else "  " + _("ended {day}").format(day=row["ended"])
    return f"{row['code']}  {task_title(row['task'])}  {every}  {row['scope']}{ended}"


@commands.command("due", help=_("What is overdue and due, the most pressing first; also as a sheet to fill in."))
def due(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    of_task: OfTask = None,
    of_plan: OfPlan = None,
    state: OfState = None,
    road: OnRoad = None,
    within: Within = 30,
    as_of: AsOf = None,
    limit: Annotated[int, typer.Option(help=_("No more facilities than this; all are counted."))] = 1000,
    out: Annotated[Path | None, typer.Option(help=_("The workbook to write, .xlsx, with all of them."))] = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """What is due."""
    from jnw_plugins.maintenance import due as finding

    asked: dict[str, Any] = {
        "of_task": of_task, "plan": of_plan, "state": state, "road": road, "within": within, "as_of": as_of,
    }  # fmt: skip
    with opened(where, user) if out else Workspace.open(where, read_only=True) as workspace:
        told = finding.due(workspace, **asked, limit=limit)
        if out is not None:
            from jnw_plugins.maintenance.sheet import write_due

            terms = Terms(recipient, role, why or "")
            told["file"] = write_due(workspace, str(out), terms=terms, who=user, task=task(as_json), **asked)
    answer(as_json, told, lambda: _due_lines(told))


def _due_lines(told: dict[str, Any]) -> list[str]:
    from jnw_desktop.facilities.codelists import label
    from jnw_plugins.maintenance.scope import task_title

    counts = told["counts"]
    head = _("{overdue:,} overdue, {due:,} due within {within} days, {never:,} never done").format(
        overdue=counts["overdue"], due=counts["due"], within=told["within"], never=counts["never"]
    )
    return [head] + [
        f"{row['code']}  {task_title(row['task'])}  {row['due']}  {label('maintenance_state', row['state'])}  "
        f"{_('last done')}: {row['last'] or _('never')}  {row['road'] or ''}"
        for row in told["facilities"]
    ]


@commands.command("record", help=_("Record what was done to one facility, and what came of it."))
def record(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    code: Annotated[str, typer.Argument(help=_("Code of the facility."))],
    of_task: TaskName,
    result: Annotated[str, typer.Option(help=_("ok, defect or could_not."))],
    date: Annotated[str | None, typer.Option(help=_("The day it was done; today if not given."))] = None,
    by: Annotated[str | None, typer.Option(help=_("Who did it."))] = None,
    found: Annotated[str | None, typer.Option(help=_("stuck, lost, buried or other."))] = None,
    left_as: Annotated[str | None, typer.Option(help=_("How a valve was left: open, closed or partly."))] = None,
    turns: Annotated[float | None, typer.Option(help=_("Turns to close."))] = None,
    flow: Annotated[float | None, typer.Option(help=_("Flow, L/s."))] = None,
    pressure: Annotated[float | None, typer.Option(help=_("Pressure, MPa."))] = None,
    reading: Annotated[float | None, typer.Option(help=_("Reading, m³."))] = None,
    note: Annotated[str | None, typer.Option(help=_("A remark."))] = None,
    photo: Annotated[Path | None, typer.Option(help=_("A photo, kept with the facility."))] = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Record a task."""
    from jnw_plugins.maintenance import operations

    with Workspace.open(where) as workspace:
        told = operations.record(
            workspace, of_task=of_task, result=result, code=code, date=date, by=by, found=found, left_as=left_as,
            turns=turns, flow=flow, pressure=pressure, reading=reading, note=note,
            photo=None if photo is None else _photo(photo), who=user, why=why,
        )  # fmt: skip
    changed = ", ".join(f"{name} = {value}" for name, value in told["changed"].items())
    answer(as_json, told, lambda: [f"{told['record']}  {told['facility']}  {changed}"])


def _photo(path: Path) -> tuple[str, bytes]:
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise UsageError(
            _("{path} cannot be read: {reason}").format(path=path, reason=error.strerror), _("Name another file.")
        ) from error


@commands.command("records", help=_("What was recorded, the latest first."))
def records(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    code: Annotated[str | None, typer.Option(help=_("Only of this facility."))] = None,
    of_task: OfTask = None,
    result: Annotated[str | None, typer.Option(help=_("Only with this result."))] = None,
    by: Annotated[str | None, typer.Option(help=_("Only what this person did."))] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(help=_("No more than this."))] = 1000,
    as_json: Json = False,
) -> None:
    """What was recorded."""
    from jnw_desktop.facilities.codelists import label
    from jnw_plugins.maintenance.records import listed
    from jnw_plugins.maintenance.scope import task_title

    with Workspace.open(where, read_only=True) as workspace:
        told = listed(
            workspace, code=code, of_task=of_task, result=result, by=by, since=since, until=until, limit=limit
        )

    def lines() -> list[str]:
        return [
            f"{row['date']}  {row['facility']}  {task_title(row['task'])}  "
            f"{label('maintenance_result', row['result'])}  {row['done_by']}"
            for row in told
        ] or [_("None.")]

    answer(as_json, {"records": told}, lines)


@commands.command("import", help=_("Bring in a sheet that was filled in; exit status 4 when some rows were refused."))
def import_sheet(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The sheet, .xlsx or .csv."))],
    of_task: OfTask = None,
    by: Annotated[str | None, typer.Option(help=_("Who did it, where the sheet does not say."))] = None,
    rejects: Annotated[Path | None, typer.Option(help=_("Where rows that do not fit go (CSV)."))] = None,
    encoding: Annotated[str | None, typer.Option(help=_("The encoding of its text."))] = None,
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Bring in a sheet."""
    import dataclasses

    from jnw_plugins.maintenance.sheet import take_sheet

    with Workspace.open(where) as workspace:
        done = take_sheet(
            workspace, str(file), of_task=of_task, by=by, rejects=None if rejects is None else str(rejects),
            encoding=encoding, who=user, why=why, task=task(as_json),
        )  # fmt: skip
    told = _("{written} recorded, {blank} left blank, {rejected} rejected")
    answer(as_json, dataclasses.asdict(done), lambda: [told.format_map(dataclasses.asdict(done))])
    if done.rejected:
        say(_("{count} rows did not fit; they are in {file}.").format(count=done.rejected, file=done.rejects))
        raise typer.Exit(IN_PART)


@commands.command(
    "report", help=_("How much of what was due was done: by month, task and person; also as .pdf, .xlsx.")
)
def report(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    since: Since = None,
    until: Until = None,
    of_task: OfTask = None,
    out: Annotated[Path | None, typer.Option(help=_("The file to write, .pdf or .xlsx."))] = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """How upkeep goes."""
    from jnw_plugins.maintenance import records

    asked: dict[str, Any] = {"since": since, "until": until, "of_task": of_task}
    with opened(where, user) if out else Workspace.open(where, read_only=True) as workspace:
        told = records.report(workspace, **asked)
        if out is not None:
            from jnw_plugins.maintenance.document import write_report

            terms = Terms(recipient, role, why or "")
            told["file"] = write_report(workspace, str(out), terms=terms, who=user, task=task(as_json), **asked)
    answer(as_json, told, lambda: _report_lines(told))


def _report_lines(told: dict[str, Any]) -> list[str]:
    from jnw_plugins.maintenance.scope import task_title

    lines = [
        _("{month}: {done:,} of {due:,} due").format(month=row["month"], done=row["done"], due=row["due"])
        for row in told["months"]
    ]
    text = _("{name}: {ok} in order, {defect} with a defect, {could_not} could not be done")
    lines += [text.format(name=task_title(row["task"]), **_results(row)) for row in told["tasks"]]
    return lines + [text.format(name=row["by"], **_results(row)) for row in told["people"]]


def _results(row: dict[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in ("ok", "defect", "could_not")}


@commands.command("print", help=_("Print what is due as rounds: maps with numbered places over tables to fill in."))
def print_round(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    out: Annotated[Path, typer.Option(help=_("The PDF to write."))],
    of_task: OfTask = None,
    of_plan: OfPlan = None,
    state: OfState = None,
    road: OnRoad = None,
    within: Within = 30,
    as_of: AsOf = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Print what is due."""
    from jnw_plugins.maintenance.document import print_due

    with opened(where, user) as workspace:
        file = print_due(
            workspace, str(out), terms=Terms(recipient, role, why or ""), who=user, task=task(as_json),
            of_task=of_task, plan=of_plan, state=state, road=road,
            within=within, as_of=as_of,
        )  # fmt: skip
    answer(as_json, {"file": file}, lambda: [file])
