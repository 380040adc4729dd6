"""What the window asks of the workspace itself: open it, its state, undo, redo, history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jnw_desktop.extension.registry import registry
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.facilities.savedfilters import filter_layers
from jnw_desktop.language import _
from jnw_desktop.mapengine.forqgis import Given, give_to_qgis
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import ChangeResult, ChangeSet, Problem, Workspace
from jnw_desktop.workspace.tables import METADATA


@dataclass(frozen=True)
class WorkspaceState:
    """An open workspace as the window shows it: ``source`` for the map engine, the why of the next undo and redo.

    ``undo_who``: who made what undo would take back; ``undo_rows`` and ``redo_rows``: how many rows these touch.
    """

    where: str
    title: str
    crs: int
    counts: dict[str, int]
    layers: list[dict[str, Any]]
    source: dict[str, Any]
    undo: str | None
    redo: str | None
    undo_who: str | None
    undo_rows: int
    redo_rows: int
    read_only: bool
    who: str


def state(workspace: Workspace) -> WorkspaceState:
    """The workspace's state now."""
    return WorkspaceState(
        where=str(workspace.location),
        title=workspace.properties().get("title", workspace.location.title),
        crs=workspace.crs,
        counts=queries.counts(workspace),
        layers=[*filter_layers(workspace), *shown_layers()],
        source=workspace.source,
        undo=workspace.can_undo(),
        redo=workspace.can_redo(),
        undo_who=workspace.undo_who(),
        undo_rows=workspace.undo_rows(),
        redo_rows=workspace.redo_rows(),
        read_only=workspace.read_only,
        who=workspace.who,
    )


def shown_layers() -> list[dict[str, Any]]:
    """Groups of layers of every workspace: the plugins', then the core's."""
    return [*plugin_layers(), *layer_tree()]


def give_styles(workspace: Workspace, task: Task = SILENT) -> Given:
    """Put the styles and a project of what is shown into the file, for QGIS Desktop."""
    return give_to_qgis(workspace, tree=shown_layers(), task=task)


def pack_for_field(workspace: Workspace, out: str, terms: Terms = IN_HOUSE, task: Task = SILENT) -> str:
    """Write a package of what is shown, for QField."""
    from jnw_desktop.exchange.fieldwork import pack  # its libraries take a second to import

    return pack(workspace, out, tree=shown_layers(), terms=terms, task=task)


def plugin_layers() -> list[dict[str, Any]]:
    """Groups of layers that plugins show of their own tables, in the form of :func:`layer_tree`."""
    groups = []
    for plugin, manifest in registry().usable():
        layers = [
            {
                "id": entry.table,
                "title": _(entry.title),
                "source": {"type": "facility", "table": entry.table},
                "style": str(plugin.folder / entry.style) if entry.style else None,
                "visible": entry.visible,
                "opacity": 1.0,
                "labels": True,
                "min_scale": entry.min_scale,
                "max_scale": 0,
            }
            for entry in manifest.layers
            if entry.table in METADATA.tables
        ]
        if layers:
            groups.append({"title": _(manifest.title), "layers": layers})
    return groups


@dataclass(frozen=True)
class PluginRow:
    """A row of the list of plugins; ``reason``: why it cannot be used."""

    id: str
    title: str
    version: str
    folder: str
    reason: str | None


def plugins(workspace: Workspace) -> list[PluginRow]:  # noqa: ARG001 - every operation is given the workspace
    """Every plugin this process found."""
    return plugin_rows()


def plugin_rows() -> list[PluginRow]:
    """Every plugin this process found, whether it can be used or not: each is tried."""
    for plugin in registry().plugins.values():
        plugin.try_out()
    return [
        PluginRow(
            plugin.id,
            _(plugin.manifest.title) if plugin.manifest else plugin.id,
            plugin.manifest.version if plugin.manifest else "",
            str(plugin.folder),
            plugin.reason,
        )
        for plugin in registry().plugins.values()
    ]


def undo(workspace: Workspace, who: str | None = None, task: Task = SILENT) -> ChangeResult | None:
    """Take back the newest change."""
    return workspace.undo(who, task)


def undo_one(workspace: Workspace, number: int, who: str | None = None, task: Task = SILENT) -> ChangeResult:
    """Take back one past change that nothing later depends on."""
    return workspace.undo_one(number, who, task)


def redo(workspace: Workspace, who: str | None = None, task: Task = SILENT) -> ChangeResult | None:
    """Make the last undone change again."""
    return workspace.redo(who, task)


def history(workspace: Workspace, uid: str | None = None, limit: int = 200) -> list[ChangeSet]:
    """Change sets, newest first."""
    return workspace.history(uid=uid, limit=limit)


def verify(workspace: Workspace, task: Task = SILENT) -> list[Problem]:
    """Prove integrity."""
    return workspace.verify(task)
