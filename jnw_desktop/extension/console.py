"""What every command shares: its options, and what it prints: one JSON object with ``--json``, or lines for people."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from jnw_desktop.errors import JnwError
from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import ReadOnlyWorkspace

Where = Annotated[str, typer.Argument(metavar="W", help=_("Workspace: a .gpkg file or a postgresql:// address."))]
Json = Annotated[bool, typer.Option("--json", help=_("Print one JSON object."))]
User = Annotated[str | None, typer.Option("--user", help=_("Who makes the change."))]
Recipient = Annotated[str, typer.Option("--recipient", help=_("Who gets it; the name stands on what leaves."))]
Role = Annotated[str, typer.Option("--role", help=_("The recipient's role, which says how exactly places are told."))]
Why = Annotated[str | None, typer.Option("--why", help=_("Why the change is made."))]


def opened(where: str, user: str | None = None) -> Workspace:
    """A workspace to take something out of: writable where it can be, for what leaves is recorded in it.

    Raises as ``Workspace.open``.
    """
    try:
        return Workspace.open(where, who=user)
    except ReadOnlyWorkspace:
        return Workspace.open(where, read_only=True, who=user)


def say(text: str) -> None:
    """A message for people, on standard error: standard output belongs to the answer."""
    sys.stderr.write(text + "\n")


def answer(as_json: bool, value: Mapping[str, Any], lines: Callable[[], list[str]]) -> None:
    """Print ``value`` as one JSON object, or ``lines()`` for people."""
    if as_json:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")
    else:
        sys.stdout.write("\n".join(lines()) + "\n")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value))


def fail(as_json: bool, error: JnwError) -> typer.Exit:
    """Print ``error`` and give the exit to raise."""
    if as_json:
        body = {"error": {"kind": error.kind, "message": error.message, "hint": error.hint}}
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
    say(error.message)
    if error.hint:
        say("  → " + error.hint)
    return typer.Exit(error.exit_status)


def task(quiet: bool = False) -> Task:
    """A task whose progress is one line on standard error, when somebody is looking."""
    if quiet or not sys.stderr.isatty():
        return Task()

    def report(fraction: float, message: str) -> None:
        sys.stderr.write(f"\r\x1b[K{fraction:4.0%} {message}" + ("\n" if fraction >= 1.0 else ""))
        sys.stderr.flush()

    return Task(report)
