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
    """Where a function is (``module:name``, of ``plugin`` or of the core) and whether it changes the workspace.

    ``terms``: it writes a document from the same values again, for a recipient, where it is given ``terms``.
    """

    path: str
    changes: bool = False
    plugin: Plugin | None = None
    terms: bool = False

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
_EDITING = _FACILITIES + "editing."
OPERATIONS: dict[str, Operation] = {
    "workspace.state": Operation("jnw_desktop.worker.sessions:state"),
    "workspace.info": Operation(_FACILITIES + "queries:info"),
    "workspace.undo": Operation("jnw_desktop.worker.sessions:undo", changes=True),
    "workspace.redo": Operation("jnw_desktop.worker.sessions:redo", changes=True),
    "workspace.undo_one": Operation("jnw_desktop.worker.sessions:undo_one", changes=True),
    "workspace.history": Operation("jnw_desktop.worker.sessions:history"),
    "workspace.for_qgis": Operation("jnw_desktop.worker.sessions:give_styles", changes=True),
    "workspace.verify": Operation("jnw_desktop.worker.sessions:verify"),
    "workspace.backup": Operation("jnw_desktop.facilities.releases.backing:back_up"),
    "facilities.counts": Operation(_FACILITIES + "queries:counts"),
    "facilities.page": Operation(_FACILITIES + "queries:page"),
    "facilities.places": Operation(_FACILITIES + "queries:places"),
    "facilities.describe": Operation(_FACILITIES + "queries:describe"),
    "facilities.find": Operation(_FACILITIES + "queries:find"),
    "facilities.codes": Operation(_FACILITIES + "queries:codes"),
    "facilities.summary": Operation(_FACILITIES + "queries:summary"),
    "facilities.search": Operation(_FACILITIES + "queries:search"),
    "facilities.around": Operation(_FACILITIES + "queries:around"),
    "facilities.matching": Operation(_FACILITIES + "queries:matching"),
    "filters.list": Operation(_FACILITIES + "savedfilters:saved_filters"),
    "filters.save": Operation(_FACILITIES + "savedfilters:save_filter", changes=True),
    "filters.remove": Operation(_FACILITIES + "savedfilters:remove_filter", changes=True),
    "calendar.years": Operation(_FACILITIES + "calendar.years:told"),
    "calendar.set_year": Operation(_FACILITIES + "calendar.years:set_year", changes=True),
    "calendar.remove_year": Operation(_FACILITIES + "calendar.years:remove_year", changes=True),
    "facilities.statistics": Operation(_FACILITIES + "statistics:statistics"),
    "facilities.overview": Operation(_FACILITIES + "overview:overview"),
    "facilities.add": Operation(_FACILITIES + "operations:add_facility", changes=True),
    "facilities.update": Operation(_FACILITIES + "operations:update_facility", changes=True),
    "facilities.referred": Operation(_FACILITIES + "referring:referred"),
    "facilities.areas_at": Operation(_FACILITIES + "referring:areas_at"),
    "facilities.defaults": Operation(_FACILITIES + "suggesting:form_defaults"),
    "facilities.history": Operation(_FACILITIES + "past:feature_history"),
    "attachments.list": Operation(_FACILITIES + "attachments:attachments_of"),
    "attachments.content": Operation(_FACILITIES + "attachments:content_of"),
    "attachments.add": Operation(_FACILITIES + "attachments:attach", changes=True),
    "attachments.remove": Operation(_FACILITIES + "attachments:detach", changes=True),
    "facilities.shapes_as_of": Operation(_FACILITIES + "past:shapes_as_of"),
    "facilities.as_of": Operation(_FACILITIES + "past:as_of"),
    "facilities.open_site": Operation(_FACILITIES + "sites:open_site", changes=True),
    "exchange.describe": Operation("jnw_desktop.exchange.inspecting:describe"),
    "exchange.count_rows": Operation("jnw_desktop.exchange.inspecting:count_rows"),
    "exchange.look": Operation("jnw_desktop.exchange.inspecting:look"),
    "exchange.import": Operation("jnw_desktop.exchange.importing:import_file", changes=True),
    "exchange.outlook": Operation("jnw_desktop.exchange.exporting:outlook"),
    "exchange.export": Operation("jnw_desktop.exchange.exporting:export_file"),
    "network.ready": Operation(_FACILITIES + "graph:ready"),
    "network.is_ready": Operation(_FACILITIES + "graph:is_ready"),
    "field.pack": Operation("jnw_desktop.worker.sessions:pack_for_field"),
    "field.differences": Operation("jnw_desktop.exchange.fieldwork:differences"),
    "field.bring_back": Operation("jnw_desktop.exchange.fieldwork:bring_back", changes=True),
    "network.segments": Operation(_FACILITIES + "shutoff:segments"),
    "network.isolate": Operation(_FACILITIES + "shutoff:isolate"),
    "network.drawn_plan": Operation(_FACILITIES + "shutoff:drawn_plan"),
    "network.print_plan": Operation("jnw_desktop.documents.plansheet:print_plan", terms=True),
    "network.trace": Operation(_FACILITIES + "tracing:trace"),
    "network.trace_told": Operation(_FACILITIES + "found:trace_told"),
    "network.segments_found": Operation(_FACILITIES + "segmenttable:segments_glance"),
    "network.form_found": Operation(_FACILITIES + "found:form_found"),
    "network.way_found": Operation(_FACILITIES + "found:way_found"),
    "network.trace_found": Operation(_FACILITIES + "found:trace_found"),
    "network.print_found": Operation("jnw_desktop.documents.foundsheet:print_found", terms=True),
    "network.list_found": Operation("jnw_desktop.documents.foundsheet:list_found"),
    "network.list_plan": Operation("jnw_desktop.documents.plansheet:list_plan"),
    "found.page": Operation(_FACILITIES + "holding:page"),
    "network.way": Operation(_FACILITIES + "tracing:way"),
    "network.form": Operation(_FACILITIES + "tracing:form"),
    "network.pressure": Operation(_FACILITIES + "hydraulics.held:pressure_glance"),
    "network.print_pressure": Operation("jnw_desktop.documents.pressuresheet:print_pressure", terms=True),
    "network.list_pressure": Operation("jnw_desktop.documents.pressuresheet:list_pressure"),
    "network.profile": Operation("jnw_desktop.mapengine.terrain:profile"),
    "network.profile_between": Operation("jnw_desktop.mapengine.terrain:profile_between"),
    "network.section": Operation("jnw_desktop.mapengine.terrain:section"),
    "network.print_profile": Operation("jnw_desktop.documents.heightsheet:print_profile", terms=True),
    "network.print_section": Operation("jnw_desktop.documents.heightsheet:print_section", terms=True),
    "checks.run": Operation(_FACILITIES + "checks.operations:check"),
    "checks.mend": Operation(_FACILITIES + "checks.operations:mend", changes=True),
    "checks.preview": Operation(_FACILITIES + "checks.operations:preview"),
    "checks.export": Operation(_FACILITIES + "checks.export:export"),
    "checks.waive": Operation(_FACILITIES + "checks.operations:waive", changes=True),
    "checks.unwaive": Operation(_FACILITIES + "checks.operations:unwaive", changes=True),
    "editing.draw_pipe": Operation(_EDITING + "drawing:draw_pipe", changes=True),
    "editing.extend": Operation(_EDITING + "drawing:extend_to", changes=True),
    "editing.offset_copy": Operation(_EDITING + "drawing:offset_copy", changes=True),
    "editing.insert": Operation(_EDITING + "cutting:insert_on_pipe", changes=True),
    "editing.split": Operation(_EDITING + "cutting:split_pipe", changes=True),
    "editing.join": Operation(_EDITING + "joining:join_pipes", changes=True),
    "editing.take_out": Operation(_EDITING + "joining:take_out_of_pipe", changes=True),
    "editing.delete": Operation(_EDITING + "lifecycle:delete_mistake", changes=True),
    "editing.move": Operation(_EDITING + "shaping:move_point", changes=True),
    "editing.reshape": Operation(_EDITING + "shaping:reshape_pipe", changes=True),
    "editing.reverse": Operation(_EDITING + "shaping:reverse_pipe", changes=True),
    "editing.replace": Operation(_EDITING + "lifecycle:replace_pipe", changes=True),
    "editing.set_state": Operation(_EDITING + "lifecycle:set_state", changes=True),
    "editing.common": Operation(_EDITING + "bulk:common_values"),
    "editing.preview_bulk": Operation(_EDITING + "bulk:preview_bulk"),
    "editing.bulk_update": Operation(_EDITING + "bulk:bulk_update", changes=True),
    "editing.copy_attributes": Operation(_EDITING + "bulk:copy_attributes", changes=True),
    "documents.print_map": Operation("jnw_desktop.documents.mapsheet:print_map"),
    "documents.print_atlas": Operation("jnw_desktop.documents.atlas:print_atlas"),
    "documents.tie_card": Operation("jnw_desktop.documents.tiecards:tie_card", terms=True),
    "documents.tie_cards": Operation("jnw_desktop.documents.tiecards:print_tie_cards", terms=True),
    "documents.write_list": Operation("jnw_desktop.documents.workbook:write_list"),
    "documents.ledger": Operation("jnw_desktop.documents.ledger:write_ledger"),
    "documents.releases": Operation("jnw_desktop.documents.releaselist:write_releases"),
    "releases.list": Operation(_FACILITIES + "releases.register:releases"),
    "releases.copy": Operation(_FACILITIES + "releases.leaving:record_copy", changes=True),
    "releases.roles": Operation(_FACILITIES + "releases.roles:roles"),
    "releases.set_role": Operation(_FACILITIES + "releases.roles:set_role", changes=True),
    "releases.remove_role": Operation(_FACILITIES + "releases.roles:remove_role", changes=True),
    "documents.statistics": Operation("jnw_desktop.documents.statistics:write_statistics"),
    "keypoints.list": Operation("jnw_desktop.extension.keypoints:key_points"),
    "keypoints.write": Operation("jnw_desktop.extension.keypoints:write_key_points"),
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
                return Operation(entry.run, entry.changes, plugin, entry.terms)
    raise UsageError(_("There is no operation {name}.").format(name=name))
