"""Which version a workspace is at, and the way from there to this program's."""

from __future__ import annotations

from importlib.resources import files

import sqlalchemy as sa

from jnw_desktop.language import _
from jnw_desktop.workspace.errors import NeedsMigration, NewerWorkspace
from jnw_desktop.workspace.tables import SCHEMA

CORE_HEAD = "core_0001"


def core_steps() -> set[str]:
    """Every revision of the core's branch that this program knows; a step's module bears its revision's name."""
    folder = files("jnw_desktop.workspace.migrations") / "versions"
    return {entry.name.removesuffix(".py") for entry in folder.iterdir() if entry.name.startswith("core_")}


def stamped(connection: sa.Connection) -> set[str]:
    """The revisions the workspace says it is at."""
    return set(connection.scalars(sa.select(SCHEMA.c.version_num)))


def require_current(engine: sa.Engine, where: str) -> None:
    """Raise NewerWorkspace or NeedsMigration unless the core's tables are at this program's version."""
    with engine.connect() as connection:
        core = {revision for revision in stamped(connection) if revision.startswith("core_")}
    if core == {CORE_HEAD}:
        return
    if core - core_steps():
        raise NewerWorkspace(
            _("The workspace {where} was written by a newer version of this program.").format(where=where),
            _("Update the program on this machine; the file was not touched."),
        )
    raise NeedsMigration(
        _("The workspace {where} was written by an older version of this program.").format(where=where),
        _("Carry it forward (a backup is made first): jnw workspace migrate {where}").format(where=where),
    )
