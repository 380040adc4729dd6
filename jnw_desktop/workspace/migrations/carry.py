"""Carries a workspace forward: a backup, then every step of every branch in one transaction."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import RevisionStep
from alembic.script import ScriptDirectory

from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace.errors import telling
from jnw_desktop.workspace.home import Home
from jnw_desktop.workspace.location import Location
from jnw_desktop.workspace.migrations import steps
from jnw_desktop.workspace.store import open_home
from jnw_desktop.workspace.tables import SCHEMA, WRITER, recorded_tables


@dataclass(frozen=True)
class Carried:
    """What was done: revisions before and after, and where the copy of the workspace before it is."""

    before: list[str]
    after: list[str]
    backup: Path | None


def migrate(where: str | Path, backups: Path | None = None, task: Task = SILENT) -> Carried:
    """Carry a workspace forward to this program's steps.

    A backup is made first, in the folder ``backups`` (beside the file, or the working folder for a database). Raises
    what opening would, what a step raises, ReadOnlyWorkspace and DiskFull; the workspace is then as it was.
    """
    location = Location.parse(where)
    with telling(str(location)):
        home = open_home(location, read_only=False)
        try:
            return _carry(home, location, backups or (location.path or Path("x").absolute()).parent, task)
        finally:
            home.close()


def _carry(home: Home, location: Location, backups: Path, task: Task) -> Carried:
    with home.engine.connect() as connection:
        before = sorted(steps.stamped(connection))
        old = steps.behind(connection)
    if not old:
        return Carried(before, before, None)
    at = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    copy = backups / f"{location.title.replace('/', '-')}.before-{old[0].head}.{at}.gpkg"
    home.backup(copy, task)
    with home.writing() as connection, connection.begin():
        # The triggers that watch for other programs stay silent while our flag is up.
        connection.execute(sa.insert(WRITER).values(id=1))
        _run(connection, home, [branch.head for branch in old])
        home.renew(connection, recorded_tables())
        connection.execute(sa.delete(WRITER))
        after = sorted(steps.stamped(connection))
    return Carried(before, after, copy)


def _run(connection: sa.Connection, home: Home, heads: Any) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    folders = [str(branch.folder) for branch in steps.branches()]
    script = ScriptDirectory(str(Path(__file__).parent), version_locations=folders)

    def upgrade(revision: Any, _context: Any) -> list[RevisionStep]:
        return list(script._upgrade_revs(heads, revision))  # what alembic.command.upgrade itself calls

    with EnvironmentContext(config, script, fn=upgrade) as environment:
        # A step that makes tables has the home make and register them: ``op.get_context().opts["home"]``.
        environment.configure(connection=connection, version_table=SCHEMA.name, home=home)
        environment.run_migrations()
