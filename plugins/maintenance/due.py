"""What is due, what is not: counted and put in order as arrays; only what is told is read row by row."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.keypoints import KeyPoint
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import shapes as geometries
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY
from jnw_plugins.maintenance import rules
from jnw_plugins.maintenance.holding import Held, hold, plans_in_force
from jnw_plugins.maintenance.model import RECORD
from jnw_plugins.maintenance.scope import Condition, day_of, task_of, task_title

CHUNK = 500  # SQLite's old limit of variables is 999
WITHIN = 30  # days ahead that are looked at
TO_DO = ("overdue", "due")
SORTS = ("due", "code", "road", "dn")
MOST = 1000  # facilities told at a time
MOST_SHOWN = 20_000  # points over the map


@dataclass(frozen=True)
class Wanted:
    """Which of what is due is asked for; ``text``: the beginning of a code, or part of a name or road."""

    task: str | None = None
    plan: str | None = None
    state: str | None = None
    road: str | None = None
    text: str = ""
    uid: str | None = None


@dataclass(frozen=True)
class Found:
    """What was found of one task: ``places`` asked for, and of all that is held when it is due and in which state."""

    held: Held
    due: rules.Days
    which: rules.Places
    state: npt.NDArray[np.int8]
    places: rules.Places


def look(
    workspace: Workspace, connection: sa.Connection, wanted: Wanted, today: datetime.date, within: int
) -> list[Found]:
    """What is asked for, task by task. Raises UsageError, NoSuchRow."""
    if wanted.task is not None:
        task_of(wanted.task)
    shown = _states(wanted.state)
    if within < 0:
        raise UsageError(_("The days ahead are 0 or more."), _("Say within how many days: --within 30"))
    plans = plans_in_force(connection, today, wanted.task, wanted.plan)
    found = []
    for task in rules.TASKS.values():
        mine = [plan for plan in plans if plan["task"] == task.id]
        if not mine:
            continue
        held = hold(workspace, connection, task, mine, _narrowed(task, wanted), wanted.uid)
        due, which = rules.soonest(held.last, held.parts)
        state = rules.states(due, held.last, np.datetime64(today, "D"), within)
        found.append(Found(held, due, which, state, np.flatnonzero(np.isin(state, shown))))
    return found


def _states(name: str | None) -> list[int]:
    if name is not None and name not in (*rules.STATES, "all"):
        raise UsageError(
            _("{state} is not a state of upkeep.").format(state=name),
            _("Choose one of: {names}").format(names=", ".join((*rules.STATES, "all"))),
        )
    names = TO_DO if name is None else rules.STATES if name == "all" else (name,)
    return [rules.STATES.index(one) for one in names]


def _narrowed(task: rules.Task, wanted: Wanted) -> list[Condition]:
    columns = KINDS[task.kind].table.c
    found: list[Condition] = []
    if wanted.road:
        found.append(columns.road == wanted.road)
    if wanted.uid is not None:
        found.append(columns.uid == wanted.uid)
    if text := wanted.text.strip():
        begins = sa.and_(columns.code >= text, columns.code < text + "\U0010ffff")
        named = [columns[name].icontains(text, autoescape=True) for name in ("name", "road")]
        found.append(sa.or_(begins, *named))
    return found


def due(  # noqa: PLR0913 - what a list of what is due can be asked for
    workspace: Workspace,
    *,
    of_task: str | None = None,
    plan: str | None = None,
    state: str | None = None,
    road: str | None = None,
    text: str = "",
    uid: str | None = None,
    within: int = WITHIN,
    as_of: str | None = None,
    sort: str = "due",
    descending: bool = False,
    offset: int = 0,
    limit: int | None = MOST,
) -> dict[str, Any]:
    """What is overdue, and due within ``within`` days: counts of all, facilities ``offset`` to ``offset + limit``.

    ``state``: only what is in it; ``all``: done and not yet due too. ``sort``: one of SORTS. A facility that several
    plans of a task hold is told once, by the plan that comes first. Raises UsageError, NoSuchRow.
    """
    today = day_of(as_of)
    if sort not in SORTS:
        raise UsageError(
            _("The list cannot be sorted by {name}.").format(name=sort),
            _("Choose one of: {names}").format(names=", ".join(SORTS)),
        )
    wanted = Wanted(of_task, plan, state, road, text, uid)
    with workspace.read() as connection:
        found = look(workspace, connection, wanted, today, within)
        chosen = _ordered(connection, found, sort, descending)
        last = None if limit is None else offset + limit
        facilities = _told(connection, found, chosen[offset:last], today)
    counts = {name: sum(int((one.state == at).sum()) for one in found) for at, name in enumerate(rules.STATES)}
    counts["never"] = sum(int(np.isnat(one.held.last).sum()) for one in found)
    return {
        "as_of": today.isoformat(),
        "within": within,
        "counts": counts,
        "total": len(chosen),
        "facilities": facilities,
    }


def key_points(workspace: Workspace, *, within: int = WITHIN, as_of: str | None = None) -> list[KeyPoint]:
    """What is due as key points of a patrol: what has no place cannot be gone to. Raises UsageError."""
    told = due(workspace, within=within, as_of=as_of, limit=None)["facilities"]
    return [
        KeyPoint(
            row["kind"], row["uid"], row["code"], (row["at"][0], row["at"][1]), task_title(row["task"]), row["due"],
            overdue=row["state"] == rules.STATES[rules.OVERDUE],
        )
        for row in told
        if row["at"] is not None
    ]  # fmt: skip


def _ordered(connection: sa.Connection, found: list[Found], sort: str, descending: bool) -> npt.NDArray[np.int64]:
    """Rows of (number of the task, place in it) in the order asked for."""
    tasks = np.concatenate([np.full(len(one.places), at) for at, one in enumerate(found)]) if found else np.zeros(0)
    places = np.concatenate([one.places for one in found]) if found else np.zeros(0)
    rows = np.stack([tasks, places], axis=1).astype(np.int64)
    if not len(rows):
        return rows
    if sort == "due":
        due = np.concatenate([one.due[one.places] for one in found])
        last = np.concatenate([one.held.last[one.places] for one in found])
        order = np.lexsort((last.astype(np.int64), due))  # of those due on a day what was never done first
    else:
        values = [value for one in found for value in _values(connection, one, sort)]
        order = np.array(sorted(range(len(values)), key=lambda at: (values[at] is None, values[at])), dtype=np.intp)
    return rows[order[::-1] if descending else order]


def _values(connection: sa.Connection, one: Found, name: str) -> list[Any]:
    """A column of the facilities asked for, in their order."""
    column = KINDS[one.held.task.kind].table.c.get(name)
    if column is None:
        return [None] * len(one.places)
    fids = one.held.fids[one.places]
    query = sa.select(column.table.c.fid, column).where(column.table.c.fid.between(int(fids[0]), int(fids[-1])))
    known = {row[0]: row[1] for row in connection.execute(query)} if len(fids) else {}
    return [known.get(fid) for fid in fids.tolist()]


def _told(
    connection: sa.Connection, found: list[Found], chosen: npt.NDArray[np.int64], today: datetime.date
) -> list[dict[str, Any]]:
    """What is told of each facility chosen."""
    told: dict[tuple[int, int], dict[str, Any]] = {}
    for number, one in enumerate(found):
        places = chosen[chosen[:, 0] == number, 1]
        rows = _rows(connection, one.held.task, one.held.fids[places].tolist())
        tried = newest(connection, one.held.task.id, [row["uid"] for row in rows.values()])
        for place in places.tolist():
            row = rows.get(int(one.held.fids[place]))
            if row is not None:
                told[number, place] = _one(one, place, row, tried.get(row["uid"]), today)
    return [told[key] for key in map(tuple, chosen.tolist()) if key in told]


def _one(
    one: Found, place: int, row: dict[str, Any], tried: dict[str, Any] | None, today: datetime.date
) -> dict[str, Any]:
    last, due = one.held.last[place], one.due[place].astype(datetime.date)
    shape = shapely.from_wkb(row[GEOMETRY])
    return {
        "kind": one.held.task.kind,
        "code": row["code"],
        "uid": row["uid"],
        "task": one.held.task.id,
        "plan": one.held.plans[one.which[place]]["code"],
        "dn": row.get("dn"),
        "road": row["road"],
        "last": None if np.isnat(last) else str(last),
        "due": due.isoformat(),
        "state": rules.STATES[one.state[place]],
        "days": (due - today).days,
        "operability": row.get("operability"),
        "result": tried["result"] if tried else None,
        "found": tried["found"] if tried else None,
        "at": None if shape is None or shape.is_empty else [round(shape.x, 3), round(shape.y, 3)],
    }


def _rows(connection: sa.Connection, task: rules.Task, fids: list[int]) -> dict[int, dict[str, Any]]:
    columns = KINDS[task.kind].table.c
    names = [name for name in ("fid", "uid", "code", "dn", "road", "operability", GEOMETRY) if name in columns]
    found: dict[int, dict[str, Any]] = {}
    for low in range(0, len(fids), CHUNK):
        query = sa.select(*(columns[name] for name in names)).where(columns.fid.in_(fids[low : low + CHUNK]))
        found |= {row["fid"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def newest(connection: sa.Connection, task: str, uids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The newest record of a task by facility, whatever its result."""
    found: dict[str, dict[str, Any]] = {}
    for low in range(0, len(uids), CHUNK):
        query = sa.select(RECORD).where(RECORD.c.facility.in_(uids[low : low + CHUNK]), RECORD.c.task == task)
        for row in connection.execute(query.order_by(RECORD.c.date, RECORD.c.fid)).mappings():
            found[row["facility"]] = dict(row)
    return found


def shapes(
    workspace: Workspace, *, of_task: str | None = None, plan: str | None = None, road: str | None = None,
    text: str = "", within: int = WITHIN,
) -> dict[str, bytes]:  # fmt: skip
    """WKB of what is ``overdue`` and ``due`` for the map, a multipoint each; of more than MOST_SHOWN the most pressing.

    Raises UsageError, NoSuchRow.
    """
    wanted = Wanted(of_task, plan, None, road, text)
    with workspace.read() as connection:
        found = look(workspace, connection, wanted, day_of(None), within)
        chosen = _ordered(connection, found, "due", descending=False)[:MOST_SHOWN]
        made: dict[str, bytes] = {}
        for state in (rules.OVERDUE, rules.DUE):
            points = [
                point
                for number, one in enumerate(found)
                for point in _points(connection, one, chosen[chosen[:, 0] == number, 1], state)
            ]
            if points:
                made[rules.STATES[state]] = shapely.multipoints(shapely.force_2d(points)).wkb
    return made


def _points(connection: sa.Connection, one: Found, places: npt.NDArray[np.int64], state: int) -> list[shapely.Point]:
    """Where the facilities at ``places`` are that are in ``state``."""
    places = places[one.state[places] == state]
    there = geometries(connection, KINDS[one.held.task.kind].table, one.held.fids[places].tolist())
    return [shape for shape in there if shape is not None and not shape.is_empty]
