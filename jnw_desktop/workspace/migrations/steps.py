"""Which version a workspace is at: one branch of steps for the core and one for each plugin that keeps tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from jnw_desktop.language import _
from jnw_desktop.workspace.errors import NeedsMigration, NewerWorkspace
from jnw_desktop.workspace.tables import METADATA, SCHEMA

CORE = "core"


@dataclass(frozen=True)
class Branch:
    """One line of steps. Each is a module ``NAME_0001.py`` in ``folder``, an Alembic revision of the same name."""

    name: str
    folder: Path

    def steps(self) -> list[str]:
        """Every revision of the branch that this program knows, first to last."""
        return sorted(file.stem for file in self.folder.glob(f"{self.name}_[0-9][0-9][0-9][0-9].py"))

    @property
    def head(self) -> str:
        """The revision that the declared tables are at."""
        return self.steps()[-1]

    def holds(self, revision: str) -> bool:
        """Whether a stamped revision belongs to this branch."""
        return revision.rpartition("_")[0] == self.name


def declare_branch(name: str, folder: Path) -> None:
    """A plugin's tables are declared: from now on its steps belong to what a workspace must be at."""
    branch = Branch(name, folder)
    if branch.steps():
        METADATA.info.setdefault("branches", {})[name] = branch


def branches() -> Iterator[Branch]:
    """The core's branch, then those of plugins."""
    yield Branch(CORE, Path(__file__).parent / "versions")
    yield from METADATA.info.get("branches", {}).values()


def stamped(connection: sa.Connection) -> set[str]:
    """The revisions the workspace says it is at."""
    return set(connection.scalars(sa.select(SCHEMA.c.version_num)))


def stamp_missing(connection: sa.Connection) -> None:
    """Say that tables just made from their declaration are at the newest step, branch by branch."""
    there = stamped(connection)
    for branch in branches():
        if not any(branch.holds(revision) for revision in there):
            connection.execute(sa.insert(SCHEMA).values(version_num=branch.head))


def behind(connection: sa.Connection) -> list[Branch]:
    """Branches the workspace has at an older step. A plugin's branch that it lacks is not behind: its tables are made.

    Raises NewerWorkspace where a step is unknown. A branch whose plugin is not here is left alone.
    """
    there = stamped(connection)
    found = []
    for branch in branches():
        mine = {revision for revision in there if branch.holds(revision)}
        if mine - set(branch.steps()):
            raise NewerWorkspace(
                _("The workspace was written by a newer version of this program ({step}).").format(step=max(mine)),
                _("Update the program on this machine; the workspace was not touched."),
            )
        if (mine or branch.name == CORE) and branch.head not in mine:
            found.append(branch)
    return found


def require_current(engine: sa.Engine, where: str) -> None:
    """Raise NewerWorkspace or NeedsMigration unless every branch is at this program's step."""
    with engine.connect() as connection:
        old = behind(connection)
    if old:
        raise NeedsMigration(
            _("The workspace {where} was written by an older version of this program.").format(where=where),
            _("Carry it forward (a backup is made first): jnw workspace migrate {where}").format(where=where),
        )
