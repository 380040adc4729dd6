"""Commands that plugins bring, under the plugin's id; a plugin's module is imported when one of them is wanted."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from jnw_desktop.commandline.helppages import translate
from jnw_desktop.extension.registry import Plugin, PluginFailed, registry
from jnw_desktop.language import _


class PluggedGroup(TyperGroup):
    """The root of the command line: the core's commands, then one group for each plugin that has commands."""

    def make_context(self, *named: Any, **settings: Any) -> Any:
        """With help pages in the user's language."""
        translate(self)
        return super().make_context(*named, **settings)

    def list_commands(self, ctx: Any) -> list[str]:
        """The core's, then the plugins'."""
        return [*super().list_commands(ctx), *sorted(_with_commands())]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, a stand-in for that of a plugin that cannot be loaded."""
        plugin = _with_commands().get(cmd_name)
        if plugin is None or plugin.manifest is None:
            return super().get_command(ctx, cmd_name)
        try:
            group = get_group(plugin.load(plugin.manifest.commands or ""))
        except PluginFailed as failed:
            return _stand_in(cmd_name, failed)
        group.name = cmd_name
        return translate(group)


def _with_commands() -> dict[str, Plugin]:
    return {plugin.id: plugin for plugin, manifest in registry().usable() if manifest.commands is not None}


def _stand_in(name: str, failed: PluginFailed) -> Any:
    told = typer.Typer(add_completion=False)

    @told.command(
        name,
        help=_("Cannot be used: {reason}").format(reason=failed.message),
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def refuse() -> None:
        raise failed

    return get_command(told)
