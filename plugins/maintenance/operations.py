"""Record what was done: the records, and what they say of the facilities, in one change."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities.attachments import add_file, plain_name
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import describe, find
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.change import Change
from jnw_desktop.workspace.tables import GEOMETRY
from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.due import CHUNK
from jnw_plugins.maintenance.fields import FIELDS, NUMBERS, choices_of, impossible, title_of
from jnw_plugins.maintenance.model import RECORD
from jnw_plugins.maintenance.rules import Entry
from jnw_plugins.maintenance.scope import day_of, task_of, task_title

Photo = tuple[str, bytes]  # a file's name and what it holds
Row = dict[str, Any]


class RecordRefused(RefusedError):
    """A record that contradicts itself, the facility, or what is recorded already."""

    kind = "record_refused"


@dataclass(frozen=True)
class Entered:
    """``uids`` and facilities' new values by place in the entries; ``refused``: why an entry was not recorded."""

    uids: dict[int, str]
    changed: dict[str, Row]
    refused: dict[int, str]


def record(  # noqa: PLR0913 - what a crew writes down
    workspace: Workspace,
    *,
    of_task: str,
    result: str,
    code: str | None = None,
    uid: str | None = None,
    date: str | None = None,
    by: str | None = None,
    found: str | None = None,
    left_as: str | None = None,
    turns: float | None = None,
    flow: float | None = None,
    pressure: float | None = None,
    reading: float | None = None,
    note: str | None = None,
    photo: Photo | None = None,
    who: str | None = None,
    why: str | None = None,
) -> dict[str, Any]:
    """Record that ``of_task`` was done, or tried, on the facility ``code`` (or ``uid``); a photo is attached to it.

    Returns the ``record``'s code, the ``facility``'s, and what ``changed`` of the facility. Raises UsageError,
    NoSuchRow, RecordRefused, FileRefused.
    """
    asked = task_of(of_task)
    facility = describe(workspace, asked.kind, uid=uid) if uid else find(workspace, code or "", asked.kind)
    _refuse_unknown({"result": result, "found": found or None, "left_as": left_as or None})
    entry = Entry(
        facility.code,
        of_task,
        day_of(date),
        (by or who or workspace.who).strip(),
        result,
        found or None,
        left_as or None,
        turns=turns,
        flow=flow,
        pressure=pressure,
        reading=reading,
        note=(note or "").strip() or None,
    )
    title = task_title(of_task)
    with workspace.change(why or f"{title} {facility.code}", who) as change:
        if photo is not None:
            name, content = plain_name(*photo), photo[1]
            kept = add_file(change, asked.kind, facility.uid, name, content, f"{title} {entry.date}")
            entry = replace(entry, photo=kept)
        entered = enter(change, [entry])
        if entered.refused:
            raise RecordRefused(entered.refused[0], _("Correct the record and enter it again."))
        made = change.connection.scalar(sa.select(RECORD.c.code).where(RECORD.c.uid == entered.uids[0]))
    return {"record": made, "facility": facility.code, "changed": entered.changed.get(facility.uid, {})}


def _refuse_unknown(said: dict[str, Any]) -> None:
    for field in FIELDS:
        value = said.get(field.name)
        if value is not None and value not in {entry.code for entry in code_list(field.code_list)}:
            raise UsageError(
                _("{value} is not one of the values of {field}.").format(value=value, field=_(field.title)),
                _("Choose one of: {names}").format(names=", ".join(one.code for one in code_list(field.code_list))),
            )


def enter(change: Change, entries: Sequence[Entry], today: datetime.date | None = None) -> Entered:
    """Record ``entries`` as part of ``change``; those that cannot stand are left out, with the reason.

    A facility takes what an entry says unless something later is known of it.
    """
    today = today or datetime.date.today()
    by_kind: dict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        by_kind[rules.TASKS[entry.task].kind].append(place)
    entered = Entered({}, {}, {})
    for kind, places in by_kind.items():
        rows = _facilities(change.connection, kind, [entries[place].code for place in places])
        known = _recorded(change.connection, [row["uid"] for row in rows.values()])
        latest = _latest(known)
        good: list[int] = []
        for place in places:
            entry = entries[place]
            reason = _reason(entry, rows.get(entry.code), known, today)
            if reason is not None:
                entered.refused[place] = reason
                continue
            known.add((rows[entry.code]["uid"], entry.task, entry.date.isoformat()))
            good.append(place)
        stored = change.insert(RECORD, [_stored(kind, entries[place], rows[entries[place].code]) for place in good])
        entered.uids.update(zip(good, stored, strict=True))
        entered.changed.update(_follow(change, kind, [entries[place] for place in good], rows, latest))
    return entered


def _facilities(connection: sa.Connection, kind: str, codes: Sequence[str]) -> dict[str, Row]:
    """Rows by code, without their geometry."""
    table = KINDS[kind].table
    columns = [column for column in table.c if column.name != GEOMETRY]
    wanted = list(dict.fromkeys(codes))
    found: dict[str, Row] = {}
    for low in range(0, len(wanted), CHUNK):
        query = sa.select(*columns).where(table.c.code.in_(wanted[low : low + CHUNK]))
        found |= {row["code"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _recorded(connection: sa.Connection, uids: Sequence[str]) -> set[tuple[str, str, str]]:
    """Facility, task and day of what is recorded of facilities."""
    found: set[tuple[str, str, str]] = set()
    columns = (RECORD.c.facility, RECORD.c.task, RECORD.c.date)
    for low in range(0, len(uids), CHUNK):
        query = sa.select(*columns).where(RECORD.c.facility.in_(uids[low : low + CHUNK]))
        found.update((row[0], row[1], row[2]) for row in connection.execute(query))
    return found


def _latest(known: set[tuple[str, str, str]]) -> dict[str, str]:
    """The last day on which anything is recorded of each facility."""
    found: dict[str, str] = {}
    for uid, _task, day in known:
        found[uid] = max(day, found.get(uid, ""))
    return found


def _reason(entry: Entry, row: Row | None, known: set[tuple[str, str, str]], today: datetime.date) -> str | None:
    """Why an entry cannot stand, in the user's language; ``None`` where it can."""
    task = rules.TASKS[entry.task]
    if row is None:
        return _("There is no {kind} {value}.").format(kind=_(KINDS[task.kind].title), value=entry.code)
    if not task.suits(row):
        return _("{code} is not a facility for: {task}").format(code=entry.code, task=task_title(entry.task))
    if not entry.done_by:
        return _("It does not say by whom.")
    for field in NUMBERS:
        if impossible(field, getattr(entry, field.name)):
            told = _("{value} cannot be measured: {field}")
            return told.format(value=getattr(entry, field.name), field=title_of(field))
    if (row["uid"], entry.task, entry.date.isoformat()) in known:
        return _("{task} of {code} on {day} is recorded already.").format(
            task=task_title(entry.task), code=entry.code, day=entry.date
        )
    breach = rules.breach(entry, today)
    return None if breach is None else _breach_title(breach)


def _breach_title(breach: str) -> str:
    return {
        "future": _("The day it was done is not yet here."),
        "found": _("What could not be done says why: {choices}").format(choices=choices_of(FIELDS[3])),
        "fine": _("What is in order has nothing found."),
        "left": _("Only a valve that was turned is left open or closed."),
        "measured": _("A value is given that this task does not measure."),
    }[breach]


def _stored(kind: str, entry: Entry, row: Row) -> Row:
    said = {field.name: getattr(entry, field.name) for field in FIELDS}
    named = {"facility_kind": kind, "facility": row["uid"], "task": entry.task, "photo": entry.photo}
    return said | named | {"date": entry.date.isoformat()}


def _follow(
    change: Change, kind: str, entries: list[Entry], rows: dict[str, Row], latest: dict[str, str]
) -> dict[str, Row]:
    """Let the facilities follow what was found; returns what changed, by uid. ``latest``: days recorded before."""
    values: dict[str, Row] = defaultdict(dict)
    for entry in sorted(entries, key=lambda entry: entry.date):
        row, own = rows[entry.code], rules.TASKS[entry.task].own_date
        if entry.date.isoformat() >= max(latest.get(row["uid"], ""), (own and row[own]) or ""):
            values[entry.code] |= rules.effects(entry)
    changed = {
        rows[code]["uid"]: {name: value for name, value in said.items() if rows[code][name] != value}
        for code, said in values.items()
    }
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for uid, said in changed.items():
        if said:
            alike[tuple(sorted(said))].append(uid)
    for names, uids in alike.items():
        columns = {name: [changed[uid][name] for uid in uids] for name in names}
        change.update_arrays(KINDS[kind].table, uids, columns)
    return changed
