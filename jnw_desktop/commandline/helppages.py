"""The help pages in the user's language: Typer writes its own headings in English and has no catalogue for them."""

from __future__ import annotations

from typing import Any

import typer
from typer import rich_utils
from typer.core import TyperGroup

from jnw_desktop.language import _

# Typer brings its own copy of click and does not export these two.
_Formatter: Any = typer.Context.__mro__[1].formatter_class  # type: ignore[attr-defined]
_ClickContext: Any = typer.Context.__mro__[1]


class _Usage(_Formatter):  # type: ignore[misc]
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, _("Usage: ") if prefix is None else prefix)


class _Page(_ClickContext):  # type: ignore[misc]
    formatter_class = _Usage

    def __init__(self, command: Any, *rest: Any, **settings: Any) -> None:
        super().__init__(command, *rest, **settings)
        option = command.get_help_option(self)
        if option is not None:
            option.help = _("Show this message and exit.")


def translate(command: Any) -> Any:
    """Give a command and all below it help pages in the language in use; returns it."""
    rich_utils.ARGUMENTS_PANEL_TITLE = _("Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = _("Options")
    rich_utils.COMMANDS_PANEL_TITLE = _("Commands")
    rich_utils.REQUIRED_LONG_STRING = _("[required]")
    rich_utils.DEFAULT_STRING = _("[default: {}]")
    _translate(command)
    return command


def _translate(command: Any) -> None:
    command.context_class = _Page
    command.options_metavar = _("[OPTIONS]")
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = _("COMMAND [ARGS]...")
        for below in command.commands.values():
            _translate(below)
