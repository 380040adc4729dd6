"""Filters kept in the workspace under a name, for every view, export and map: ``--where @name``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.filtertable import SAVED_FILTER
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.layers import facility_layer
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.whereabouts import condition_of, layer_condition, no_filter
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult, Workspace

SEPARATOR = "@"  # in the id of a map layer, between its kind and the filter's name
_NAME = re.compile(r"\w[\w-]*")


@dataclass(frozen=True)
class SavedFilter:
    """A condition on a kind of facility, under its name."""

    name: str
    kind: str
    condition: str


def saved_filters(workspace: Workspace) -> list[SavedFilter]:
    """Every saved filter, by kind and name."""
    table = SAVED_FILTER
    query = sa.select(table.c.code, table.c.kind, table.c.condition).order_by(table.c.kind, table.c.code)
    with workspace.read() as connection:
        return [SavedFilter(*row) for row in connection.execute(query)]


def saved_filter(workspace: Workspace, name: str) -> SavedFilter:
    """The filter of that name. Raises UsageError."""
    for one in saved_filters(workspace):
        if one.name == name:
            return one
    raise no_filter(name)


def filter_layers(workspace: Workspace) -> list[dict[str, Any]]:
    """A group of map layers, one for each saved filter, in the form of ``layers.layer_tree``; empty without filters.

    A layer's id is ``kind@name``. One whose condition is wrong by now (its area is gone) shows nothing and says why.
    """
    layers = []
    for one in saved_filters(workspace):
        if one.kind not in KINDS:
            continue
        try:
            subset, note = layer_condition(workspace, KINDS[one.kind], one.condition), one.condition
        except UsageError as error:
            subset, note = "1 = 0", error.message
        layer = facility_layer(one.kind) | {"id": f"{one.kind}{SEPARATOR}{one.name}", "visible": False}
        layer["title"] = f"{one.name}（{layer['title']}）"
        layer["source"] = layer["source"] | {"subset": subset, "note": note}
        layers.append(layer)
    return [{"title": _("Saved filters"), "layers": layers}] if layers else []


def save_filter(
    workspace: Workspace, name: str, kind: str, condition: str, *, who: str | None = None, why: str | None = None
) -> ChangeResult:
    """Keep ``condition`` under ``name``, in place of the one of that name.

    Raises UsageError for a name that is none, an unknown kind, and a condition that is wrong or holds itself.
    """
    name = name.strip().removeprefix("@")
    if not _NAME.fullmatch(name):
        raise UsageError(
            _("{name} cannot be the name of a filter.").format(name=name or "''"),
            _("A name is made of letters, digits, _ and -."),
        )
    condition_of(workspace, kind_of(kind), condition, name)
    values = {"kind": kind, "condition": condition.strip()}
    with workspace.change(why or _("Save the filter {name}").format(name=name), who) as change:
        uid = change.connection.scalar(sa.select(SAVED_FILTER.c.uid).where(SAVED_FILTER.c.code == name))
        if uid is None:
            change.insert(SAVED_FILTER, [values | {"code": name}])
        else:
            change.update(SAVED_FILTER, uid, values)
    return change.result


def remove_filter(workspace: Workspace, name: str, *, who: str | None = None, why: str | None = None) -> ChangeResult:
    """Take the filter of that name away. Raises UsageError."""
    saved_filter(workspace, name)
    with workspace.change(why or _("Take the filter {name} away").format(name=name), who) as change:
        uid = change.connection.scalar(sa.select(SAVED_FILTER.c.uid).where(SAVED_FILTER.c.code == name))
        change.delete(SAVED_FILTER, str(uid))
    return change.result
