"""The due list as a workbook to fill in, and the filled-in sheet back as records."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.workbook import write_workbook
from jnw_desktop.errors import RefusedError
from jnw_desktop.exchange.cleaning import Cleaner, Wrong, cleaner_of
from jnw_desktop.exchange.mapping import plain
from jnw_desktop.exchange.quantities import Kept
from jnw_desktop.exchange.rejects import Rejects, plain_text
from jnw_desktop.exchange.tabular import Row, Table, csv_table, workbook_tables
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.fields import Field, code, text
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.language import N_, _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.due import due
from jnw_plugins.maintenance.fields import FIELDS, choices_of, impossible, title_of
from jnw_plugins.maintenance.operations import enter
from jnw_plugins.maintenance.scope import task_of, task_title

# What says which facility and task a row is about.
CODE, TASK = text("code", N_("Code"), required=True), code("task", N_("Task"), "maintenance_task", required=True)
KEYS = (CODE, TASK)
ENDINGS = (".xlsx", ".xlsm", ".csv", ".txt", ".tsv")


class SheetRefused(RefusedError):
    """A file that is no sheet of upkeep."""

    kind = "sheet_refused"


def write_due(
    workspace: Workspace,
    out: str,
    *,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
    **wanted: Any,
) -> str:
    """Write what ``due`` finds (``wanted``: as it is asked for) to the workbook ``out``; returns its path.

    The columns to the right are for the crew: filled in, the sheet goes to :func:`take_sheet`. Raises UsageError,
    NoSuchRow, DocumentNotWritten.
    """
    told = due(workspace, **(wanted | {"limit": None}))
    task.progress(0.5, _("Writing"))
    head = [
        _(CODE.title), _("Kind"), _(TASK.title), _("DN"), _("Road"), _("Last done"), _("Due on"), _("State"), _("Plan"),
        *(title_of(one) for one in FIELDS),
    ]  # fmt: skip
    rows = [[*_known(row), *[None] * len(FIELDS)] for row in told["facilities"]]
    title = _("Upkeep that is due")
    with handing_out(workspace, out, title=title, what="export", terms=terms, who=who) as draft:
        write_workbook(str(draft.path), title, head, rows, note=draft.stamp)
        draft.kinds = Counter(row["kind"] for row in told["facilities"])
    return out


def _known(row: dict[str, Any]) -> list[str | int | None]:
    kind = _(KINDS[row["kind"]].title)
    state = label("maintenance_state", row["state"])
    last = row["last"] or _("never")
    return [row["code"], kind, task_title(row["task"]), row["dn"], row["road"], last, row["due"], state, row["plan"]]


@dataclass
class Taken:
    """What came of a sheet: rows ``read``, left ``blank``, ``written`` and ``rejected``; where the rejects are."""

    read: int = 0
    blank: int = 0
    written: int = 0
    rejected: int = 0
    facilities: int = 0
    rejects: str | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    change: int | None = None


def take_sheet(  # noqa: PLR0913 - what the command line can say of a sheet
    workspace: Workspace,
    file: str,
    *,
    of_task: str | None = None,
    by: str | None = None,
    rejects: str | None = None,
    encoding: str | None = None,
    who: str | None = None,
    why: str | None = None,
    task: Task = SILENT,
) -> Taken:
    """Record what a crew filled in, as one change set; rows left blank are passed over, others may be rejected.

    ``of_task``, ``by``: where the sheet does not say them. The rejects go to ``rejects``, else beside the file, with
    their reasons. Raises SheetRefused, UnreadableFile, WrongEncoding, CannotWrite, UsageError.
    """
    path = Path(file)
    if of_task is not None:
        task_of(of_task)
    taken = Taken()
    with Rejects() as refused:
        entries: list[rules.Entry] = []
        numbers: list[tuple[int, dict[str, Any]]] = []
        for table in _tables(path, encoding):
            for number, row, entry in _entries(table, of_task, by):
                taken.read += 1
                if entry is None:
                    taken.blank += 1
                elif isinstance(entry, str):
                    refused.add("", "", number, entry, row, None)
                else:
                    entries.append(entry)
                    numbers.append((number, row))
        task.progress(0.4, _("Writing"))
        with workspace.change(why or _("Records of upkeep from {file}").format(file=path.name), who) as change:
            entered = enter(change, entries)
            for place, reason in sorted(entered.refused.items()):
                refused.add("", "", *(numbers[place][0], reason, numbers[place][1]), None)
            taken.written, taken.rejected = len(entered.uids), refused.count
            taken.facilities = sum(bool(said) for said in entered.changed.values())
            if refused.count:
                out = Path(rejects) if rejects else path.with_name(f"{path.stem}.rejects.csv")
                refused.write(out)
                taken.rejects, taken.reasons = str(out), dict(refused.reasons)
        taken.change = change.result.id if entered.uids else None
    task.progress(1.0)
    return taken


def _tables(path: Path, encoding: str | None) -> list[Table]:
    """The tables of a file that have a column of codes and one of results."""
    if path.suffix.lower() not in ENDINGS:
        raise SheetRefused(_("A sheet of upkeep is an .xlsx or a .csv."), _("Save it as one of these."))
    if not path.is_file():
        raise SheetRefused(_("There is no file {file}.").format(file=path), _("Check the name."))
    tables = [csv_table(path, encoding)] if path.suffix.lower() not in ENDINGS[:2] else workbook_tables(path)
    fitting = [table for table in tables if {"code", "result"} <= set(_columns(table))]
    if not fitting:
        raise SheetRefused(
            _("{file} has no columns {code} and {result}.").format(
                file=path.name, code=_(CODE.title), result=_(FIELDS[2].title)
            ),
            _("Export the due list, fill in its columns and import that; headings may stay in Chinese or English."),
        )
    return fitting


def _columns(table: Table) -> dict[str, int]:
    """Which column of a table is which field: by its name, its title in the user's language, or in English."""
    heads = {plain(heading): at for at, heading in reversed(list(enumerate(table.headings)))}
    found = {}
    for one in (*KEYS, *FIELDS):
        names = (plain(one.name), plain(_(one.title)), plain(one.title))
        at = next((heads[name] for name in names if name in heads), None)
        if at is not None:
            found[one.name] = at
    return found


def _entries(
    table: Table, of_task: str | None, by: str | None
) -> Iterator[tuple[int, dict[str, Any], rules.Entry | str | None]]:
    """Each row with its number: an entry, why it is none, or ``None`` for one that nobody filled in."""
    columns = _columns(table)
    cleaners = {one.name: cleaner_of(one) for one in (*KEYS, *FIELDS)}
    for number, row in table.rows():
        raw = {name: plain_text(value) for name, value in zip(table.headings, row, strict=True)}
        yield number, raw, _entry(row, columns, cleaners, of_task, by)


def _entry(
    row: Row, columns: dict[str, int], cleaners: dict[str, Cleaner], of_task: str | None, by: str | None
) -> rules.Entry | str | None:
    if all(row[columns[name]] is None for name in ("date", "result") if name in columns):
        return None
    values: dict[str, Any] = {"task": of_task, "done_by": by}
    for one in (*KEYS, *FIELDS):
        value = cleaners[one.name][row[columns[one.name]]] if one.name in columns else None
        if isinstance(value, Wrong | Kept):
            return _wrong(one, value)
        if value is not None:
            values[one.name] = value
    missing = [_(one.title) for one in (*KEYS, *FIELDS) if one.required and not values.get(one.name)]
    if missing:
        return _("It does not say: {fields}").format(fields="、".join(missing))
    strange = [title_of(one) for one in FIELDS if one.type == "number" and impossible(one, values.get(one.name))]
    if strange:
        return _("This cannot be measured: {fields}").format(fields="、".join(strange))
    return rules.Entry(**(values | {"date": datetime.date.fromisoformat(values["date"])}))


def _wrong(one: Field, value: Wrong | Kept) -> str:
    if isinstance(value, Wrong):
        return f"{_(one.title)}: {value.why}"
    return _("{field}: {value} is none of {choices}").format(
        field=_(one.title), value=value.text, choices=choices_of(one)
    )
