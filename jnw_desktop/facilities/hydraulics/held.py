"""Pressures for the window: what they say, with the lists and the colours held by the worker."""

from __future__ import annotations

from typing import Any

from jnw_desktop.facilities.holding import Held, Named, Table, held_value, hold
from jnw_desktop.facilities.hydraulics.pressure import pressure
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

CUSTOMERS, PLACES = 0, 1  # tables of what is held
LARGE = ("nodes", "customers", "shapes")


def pressure_glance(workspace: Workspace, *, task: Task = SILENT, **asked: Any) -> dict[str, Any]:
    """What ``pressure`` tells but for its lists and shapes, which are ``held``. Raises as ``pressure``."""
    told = pressure(workspace, shapes=True, task=task, **asked)
    tables = [_table(told["customers"], "use"), _table(told["nodes"], "elevation")]
    held = hold(workspace, told, tables, told["shapes"])
    return {name: value for name, value in told.items() if name not in LARGE} | {"held": held}


def whole(workspace: Workspace, told: dict[str, Any]) -> dict[str, Any]:
    """All that ``pressure`` told. Raises ResultGone."""
    held: Held | None = told.get("held")
    if held is None:
        return told
    kept: dict[str, Any] = held_value(workspace, held)
    return kept


def _table(listed: list[dict[str, Any]], middle: str) -> Table:
    """Code, kind, ``middle``, pressure before and during."""
    titles = {kind: _(declared.title) for kind, declared in KINDS.items()}
    kinds = [row.get("kind", "customer") for row in listed]
    rows = [
        [row["code"], titles[kind], row[middle], row["before"], row["during"]]
        for row, kind in zip(listed, kinds, strict=True)
    ]
    named: list[Named] = [(kind, row["code"]) for row, kind in zip(listed, kinds, strict=True)]
    return Table(rows, named)
