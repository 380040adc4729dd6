"""What a plan is about: its task, and the conditions on the facilities it holds."""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.filters import parse_filter
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_plugins.maintenance import rules

Condition = sa.ColumnElement[bool]


def task_title(task: str) -> str:
    """A task in the user's language."""
    return label("maintenance_task", task)


def task_of(name: str) -> rules.Task:
    """The task of that id. Raises UsageError."""
    if name not in rules.TASKS:
        raise UsageError(
            _("{task} is not a task of upkeep.").format(task=name),
            _("Choose one of: {names}").format(names=", ".join(rules.TASKS)),
        )
    return rules.TASKS[name]


def day_of(text: str | None) -> datetime.date:
    """A day that a person wrote; today where none is given. Raises UsageError."""
    if text is None:
        return datetime.date.today()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(_("{text} is not a day.").format(text=text), _("Write a day so: 2026-11-25")) from error


def no_plan(code: str) -> NoSuchRow:
    """The error that there is no such plan."""
    return NoSuchRow(_("There is no plan {code}.").format(code=code), _("jnw maintenance plans shows those there are."))


def scope_title(row: dict[str, Any]) -> str:
    """What a plan is about, in a line."""
    parts = []
    if row["dma"]:
        parts.append(f"{_('DMA')} {row['dma_code'] or row['dma']}")
    if row["road"]:
        parts.append(row["road"])
    if row["dn_from"] is not None or row["dn_to"] is not None:
        parts.append(f"DN{row['dn_from'] or ''}–{row['dn_to'] or ''}")
    if row["condition"]:
        parts.append(row["condition"])
    return " · ".join(parts) or _("the whole city")


def scope_of(row: dict[str, Any]) -> list[Condition]:
    """The conditions on the facilities a plan is about, but for the DMA. Raises UsageError for a field that is gone."""
    task = rules.TASKS[row["task"]]
    kind = KINDS[task.kind]
    columns = kind.table.c
    found: list[Condition] = [in_service(columns.state)]
    if task.only is not None:
        column, values = columns[task.only[0]], [value for value in task.only[1] if value is not None]
        named = column.in_(values)
        found.append(sa.or_(named, column.is_(None)) if None in task.only[1] else named)
    if row["dn_from"] is not None:
        found.append(columns.dn >= row["dn_from"])
    if row["dn_to"] is not None:
        found.append(columns.dn <= row["dn_to"])
    if row["road"]:
        found.append(columns.road == row["road"])
    if row["condition"]:
        found.append(parse_filter(row["condition"], kind))
    return found


def in_service(state: sa.Column[Any]) -> Condition:
    """Unknown counts as in service."""
    return sa.or_(state == "in_service", state.is_(None))
