"""What goes wrong before or outside a job: wrong usage in the user's words, and the fault nobody foresaw."""

from __future__ import annotations

import datetime
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from jnw_desktop.errors import JnwError, UsageError
from jnw_desktop.language import _


def unknown_fault(fault: Exception) -> JnwError:
    """The error to tell for ``fault``; its traceback goes to a log of its own, whose path is the hint."""
    named = f"{type(fault).__name__}: {str(fault).strip().splitlines()[0] if str(fault).strip() else ''}".rstrip(": ")
    message = _("A fault in the program: {fault}").format(fault=named)
    try:
        folder = Path(platformdirs.user_log_dir("jnw-desktop"))
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / f"fault-{datetime.datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.log"
        log.write_text("".join(traceback.format_exception(fault)), "utf-8")
    except OSError:
        return JnwError(message, _("The details could not be kept: the log folder cannot be written."))
    return JnwError(message, _("The details are in {log}; send it with your report.").format(log=log))


def wrong_usage(error: Exception) -> UsageError:
    """Typer's complaint in the user's language, told from what the exception carries."""
    tell = _TOLD.get(type(error).__name__, _bad_parameter)
    context = getattr(error, "ctx", None)
    path = context.command_path.removeprefix("root") if context is not None else "jnw"
    return UsageError(tell(error), _("See {command} --help.").format(command=path.strip() or "jnw"))


def _name(error: Any) -> str:
    """The parameter as it is typed."""
    parameter: Any = getattr(error, "param", None)
    if getattr(parameter, "param_type_name", "") == "option":
        return str(max(parameter.opts, key=len))
    return str(getattr(parameter, "metavar", None) or getattr(parameter, "name", "?"))


def _missing(error: Any) -> str:
    if getattr(error.param, "param_type_name", "") == "option":
        return _("The option {name} is missing.").format(name=_name(error))
    return _("{name} is missing.").format(name=_name(error))


def _no_option(error: Any) -> str:
    return _near(_("There is no option {name}.").format(name=error.option_name), error)


def _no_command(error: Any) -> str:
    return _near(_("There is no command {name}.").format(name=error.command_name), error)


def _near(text: str, error: Any) -> str:
    near = getattr(error, "possibilities", None)
    return text + " " + _("Did you mean: {names}?").format(names=", ".join(sorted(near))) if near else text


def _wrong_option(error: Any) -> str:
    return _("The option {name} is not used that way.").format(name=error.option_name)


def _no_arguments(error: Any) -> str:
    command = error.ctx.command
    return _("A command is missing; there are: {names}").format(names=", ".join(command.list_commands(error.ctx)))


def _bad_parameter(error: Any) -> str:
    message = str(getattr(error, "message", error)).rstrip(".")
    if message == "Missing command":
        return _no_arguments(error)
    if message.startswith("No such command"):
        return _("There is no command {name}.").format(name=message.split("'")[1])
    if message.startswith("Got unexpected extra argument"):
        rest = message[message.rindex("(") + 1 :].rstrip(")")
        return _("There is more than the command takes: {rest}").format(rest=rest)
    if getattr(error, "param", None) is None:
        return _("The command was not understood ({reason}).").format(reason=message)
    for word, kind in (("integer", _("a whole number")), ("number", _("a number"))):
        if f"valid {word}" in message:
            return _("{name} wants {kind}.").format(name=_name(error), kind=kind)
    return _("{name} is not understood ({reason}).").format(name=_name(error), reason=message)


_TOLD: dict[str, Callable[[Any], str]] = {
    "MissingParameter": _missing,
    "NoSuchOption": _no_option,
    "NoSuchCommand": _no_command,
    "BadOptionUsage": _wrong_option,
    "NoArgsIsHelpError": _no_arguments,
}
