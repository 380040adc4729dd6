"""Every operation the worker does for the window, by name: the core's, and those that plugins declare.

The function is imported at first use.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.registry import Plugin, registry
from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace import Workspace


@dataclass(frozen=True)
class Operation:
    """Where a function is (``module:name``, of ``plugin`` or of the core) and whether it changes the workspace."""

    path: str
    changes: bool = False
    plugin: Plugin | None = None

    def load(self) -> Callable[..., Any]:
        """The function ``f(workspace, …, task=…)``. Raises PluginFailed."""
        module, name = self.path.split(":")
        function: Callable[..., Any] = (
            getattr(import_module(module), name) if self.plugin is None else self.plugin.load(self.path)
        )
        return function

    def run(self, workspace: Workspace, task: Task, values: dict[str, Any]) -> Any:
        """Call the function; a task goes to those that take one."""
        function = self.load()
        if "task" in inspect.signature(function).parameters:
            values = values | {"task": task}
        return function(workspace, **values)


_FACILITIES = "jnw_desktop.facilities."
OPERATIONS: dict[str, Operation] = {
    "workspace.state": Operation("jnw_desktop.worker.sessions:state"),
    "workspace.undo": Operation("jnw_desktop.worker.sessions:undo", changes=True),
    "workspace.redo": Operation("jnw_desktop.worker.sessions:redo", changes=True),
    "workspace.history": Operation("jnw_desktop.worker.sessions:history"),
    "workspace.verify": Operation("jnw_desktop.worker.sessions:verify"),
    "workspace.backup": Operation("jnw_desktop.worker.sessions:backup"),
    "facilities.counts": Operation(_FACILITIES + "queries:counts"),
    "facilities.page": Operation(_FACILITIES + "queries:page"),
    "facilities.describe": Operation(_FACILITIES + "queries:describe"),
    "facilities.summary": Operation(_FACILITIES + "queries:summary"),
    "facilities.search": Operation(_FACILITIES + "queries:search"),
    "facilities.around": Operation(_FACILITIES + "queries:around"),
    "facilities.overview": Operation(_FACILITIES + "overview:overview"),
    "facilities.add": Operation(_FACILITIES + "operations:add_facility", changes=True),
    "facilities.update": Operation(_FACILITIES + "operations:update_facility", changes=True),
    "facilities.remove": Operation(_FACILITIES + "operations:remove_facility", changes=True),
    "facilities.open_site": Operation(_FACILITIES + "operations:open_site", changes=True),
    "exchange.preview": Operation("jnw_desktop.exchange.importing:preview"),
    "exchange.import": Operation("jnw_desktop.exchange.importing:import_file", changes=True),
    "exchange.export": Operation("jnw_desktop.exchange.exporting:export_file"),
    "documents.print_map": Operation("jnw_desktop.documents.mapsheet:print_map"),
    "plugins.list": Operation("jnw_desktop.worker.sessions:plugins"),
}


def find(name: str) -> Operation:
    """The operation of that name. Raises UsageError."""
    if name in OPERATIONS:
        return OPERATIONS[name]
    owner, _dot, verb = name.partition(".")
    plugin = registry().plugins.get(owner)
    if plugin is not None and plugin.manifest is not None:
        for entry in plugin.manifest.operations:
            if entry.name == verb:
                return Operation(entry.run, entry.changes, plugin)
    raise UsageError(_("There is no operation {name}.").format(name=name))
