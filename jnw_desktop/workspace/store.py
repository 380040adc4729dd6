"""One open workspace: read it, change it, take changes back."""

from __future__ import annotations

import datetime
import getpass
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import outside
from jnw_desktop.workspace.birth import making, team_home
from jnw_desktop.workspace.change import Change, ChangeResult
from jnw_desktop.workspace.dependence import dependents, standing_on
from jnw_desktop.workspace.errors import (
    not_standing,
    refuse_existing,
    require_folder,
    still_needed,
    stood_on,
    telling,
)
from jnw_desktop.workspace.geopackage import GeoPackageHome, look
from jnw_desktop.workspace.history import (
    ChangeSet,
    change_sets,
    origin,
    reverse,
    rows_touched,
    stacks,
    standing_sets,
)
from jnw_desktop.workspace.home import Bounds, Home
from jnw_desktop.workspace.location import Location
from jnw_desktop.workspace.migrations import steps
from jnw_desktop.workspace.qgis_tables import keep_for_qgis
from jnw_desktop.workspace.states import RowChange, last_change_at, row_changes, rows_at
from jnw_desktop.workspace.tables import CHANGE_SETS, EVENT, METADATA, ORIGIN, PROPERTIES
from jnw_desktop.workspace.verify import Problem, problems

Kept = TypeVar("Kept")

DEMONSTRATION = "demonstration"  # the property that says that a workspace holds a made-up city
DEFAULT_CRS = 4548  # CGCS2000, 3-degree Gauss-Krueger, 117 E: the whole of Jinan lies in it
NAMED = 10  # change sets named in a refusal


class Workspace:
    """One open workspace, used by one process and any of its threads.

    ``crs`` is the EPSG code of all its geometry; ``who`` is named in changes that name nobody else; ``on_change`` hears
    of every change set that this process has made, once it stands.
    """

    def __init__(self, location: Location, home: Home, who: str | None = None) -> None:
        self.location = location
        self.who = who or getpass.getuser()
        self._home = home
        self.engine = home.engine
        self.crs = home.crs
        self._writing = threading.RLock()
        self._keeping = threading.Lock()
        self._kept: dict[Callable[..., Any], Any] = {}
        self.on_change: Callable[[ChangeResult], object] | None = None
        self._seen_commits = -1
        self._seen_change = self._last_change()
        self.changed_elsewhere()

    @classmethod
    def create(
        cls,
        where: str | Path,
        *,
        crs: int = DEFAULT_CRS,
        title: str = "",
        who: str | None = None,
        demonstration: bool = False,
    ) -> Workspace:
        """Make a new, empty workspace; ``crs`` is the EPSG code of a projected CRS in metres.

        ``demonstration``: what it will hold is made up, and every document says so.

        Raises WorkspaceExists, UsageError for an unfit CRS, ReadOnlyWorkspace where the place cannot be written,
        FolderMissing.
        """
        with cls.build(where, crs=crs, title=title, who=who, demonstration=demonstration):
            pass
        return cls.open(where, who=who)

    @classmethod
    @contextmanager
    def build(
        cls,
        where: str | Path,
        *,
        crs: int = DEFAULT_CRS,
        title: str = "",
        who: str | None = None,
        demonstration: bool = False,
    ) -> Iterator[Workspace]:
        """A new workspace to fill: in its place and closed when the block ends well, else nothing is left of it.

        Raises what :meth:`create` raises, and DiskFull.
        """
        location = Location.parse(where)
        told = {"title": title or location.title, "created_by": who or getpass.getuser()}
        with making(location, crs, told | ({DEMONSTRATION: "true"} if demonstration else {})) as home:
            yield cls(location, home, who)

    @classmethod
    def open(cls, where: str | Path, *, read_only: bool = False, who: str | None = None) -> Workspace:
        """Open a workspace as it is; nothing is migrated, only tables of new plugins are added.

        ``who`` is named in the record of changes that name nobody else; the system's user by default.

        Raises WorkspaceMissing, NotAWorkspace, TruncatedWorkspace, NewerWorkspace, NeedsMigration, ReadOnlyWorkspace.
        """
        location = Location.parse(where)
        with telling(str(location)):
            home = open_home(location, read_only)
            try:
                steps.require_current(home.engine, str(location))
                if not read_only:
                    complete(home)
            except BaseException:
                home.close()
                raise
        return cls(location, home, who)

    # -- reading -----------------------------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view of the workspace for as long as the block lasts."""
        with telling(str(self.location)), self.engine.connect() as connection, connection.begin():
            yield connection

    def properties(self) -> dict[str, str]:
        """What the workspace says of itself: crs, title, created, program, and demonstration where it is one."""
        with self.read() as connection:
            return {row.key: row.value for row in connection.execute(sa.select(PROPERTIES))}

    @property
    def is_demonstration(self) -> bool:
        """Whether what it holds is made up; documents say so."""
        return self.properties().get(DEMONSTRATION) == "true"

    def history(self, *, uid: str | None = None, limit: int = 200) -> list[ChangeSet]:
        """Change sets, newest first; with ``uid`` only those that touched that row."""
        with self.read() as connection:
            return change_sets(connection, uid, limit)

    def kept(self, make: Callable[[Workspace], Kept]) -> Kept:
        """What ``make(self)`` made when it was first asked for: something worth keeping while the workspace is open."""
        with self._keeping:
            if make not in self._kept:
                self._kept[make] = make(self)
            kept: Kept = self._kept[make]
            return kept

    def row_history(self, table: sa.Table, uid: str) -> list[RowChange]:
        """What happened to one row, oldest first, with the row before and after each change."""
        with self.read() as connection:
            return row_changes(connection, table, uid)

    def as_of(self, table: sa.Table, moment: datetime.datetime, bounds: Bounds | None = None) -> list[dict[str, Any]]:
        """The rows of ``table`` as they were at ``moment`` (local time where it names no zone).

        With ``bounds`` (xmin, ymin, xmax, ymax) those that have not changed since are told only where they meet it.
        """
        fids = None if bounds is None else self.fids_within(table, bounds)
        with self.read() as connection:
            return rows_at(connection, table, last_change_at(connection, moment), fids)

    @property
    def read_only(self) -> bool:
        """Whether every change is refused."""
        return self._home.read_only

    @property
    def source(self) -> dict[str, Any]:
        """Where the map engine finds the tables: ``path``, or an address with its password; in no file and no log."""
        return self._home.source

    def fids_within(self, table: sa.Table, bounds: Bounds) -> sa.Select[tuple[int]]:
        """A query for the ``fid`` of rows whose bounds meet ``bounds`` (xmin, ymin, xmax, ymax)."""
        return self._home.fids_within(table, bounds)

    def bounds(self, table: sa.Table) -> Bounds | None:
        """What all rows of ``table`` lie in, asked of the spatial index; ``None`` for an empty table."""
        with self.read() as connection:
            found = connection.execute(self._home.bounds(table)).first()
        if found is None or found[0] is None:
            return None
        low_e, low_n, high_e, high_n = (float(side) for side in found)
        return low_e, low_n, high_e, high_n

    # -- changing ----------------------------------------------------------------------------------------------------

    @contextmanager
    def change(
        self, why: str, who: str | None = None, *, event: bool = False, origin: bool = False
    ) -> Iterator[Change]:
        """One transaction and one change set: kept whole when the block ends well, else as if it had never begun.

        ``event``: it tells what happened outside the data, as the issue of a document; undo leaves it alone. Its rows
        are those of tables that only events write, so that no edit before it is entangled with it. ``origin``: it fills
        a workspace that is being made; undo takes back neither it nor what was before it.
        """
        kind = EVENT if event else ORIGIN if origin else "change"
        with self._changing({"kind": kind, "why": why, "who": who or self.who}) as change:
            yield change

    @contextmanager
    def _changing(self, heading: dict[str, Any]) -> Iterator[Change]:
        with self._writing, telling(str(self.location)), self._home.writing() as connection:
            with connection.begin() as transaction:
                if heading["kind"] != "outside" and outside.waiting(connection):
                    self._adopt(connection)  # or an undo would meet rows that the record does not know
                change = Change(connection, self._home, heading)
                yield change
                if change.empty:
                    transaction.rollback()
                else:
                    change.close()
            self._seen_change = max(self._seen_change, change.id) if not change.empty else self._seen_change
        if not change.empty and self.on_change is not None:
            self.on_change(change.result)

    def undo(self, who: str | None = None, task: Task = SILENT) -> ChangeResult | None:
        """Take back the newest change set that stands; ``None`` when there is none. Cancelled, all is as it was.

        Raises StoodOn where something issued stands on what would go.
        """
        return self._reverse("undo", who, task)

    def redo(self, who: str | None = None, task: Task = SILENT) -> ChangeResult | None:
        """Make the last undone change set again; ``None`` when there is none. Cancelled, all is as it was."""
        return self._reverse("redo", who, task)

    def _reverse(self, kind: str, who: str | None, task: Task) -> ChangeResult | None:
        with self._writing:
            self.adopt_outside()
            number, why = self._next(kind)
            if number is None:
                return None
            if kind == "undo":
                self._require_unneeded(number, why)
            heading = {"kind": kind, "why": why, "who": who or self.who, "reverses": number}
            with self._changing(heading) as change:
                reverse(change, number, task)
            return change.result

    def undo_one(self, number: int, who: str | None = None, task: Task = SILENT) -> ChangeResult:
        """Take back the single past change set ``number``. Raises NoSuchChange, StoodOn, ChangeNeeded."""
        with self._writing:
            self.adopt_outside()
            with self.read() as connection:
                holding = standing_sets(connection)
                heading = connection.execute(sa.select(CHANGE_SETS).where(CHANGE_SETS.c.id == number)).first()
                if heading is None or number not in holding or number <= origin(connection):
                    raise not_standing(number, taken_back=heading is not None)
                later = dependents(connection, holding[number])
                if later:
                    query = sa.select(CHANGE_SETS.c.id, CHANGE_SETS.c.why).where(CHANGE_SETS.c.id.in_(later[:NAMED]))
                    raise still_needed(number, connection.execute(query).all(), len(later))
            self._require_unneeded(holding[number], heading.why)
            reversing = {"kind": "undo", "why": heading.why, "who": who or self.who}
            with self._changing(reversing | {"reverses": holding[number]}) as change:
                reverse(change, holding[number], task)
            return change.result

    def _require_unneeded(self, number: int, why: str | None) -> None:
        with self.read() as connection:
            codes = standing_on(connection, number, NAMED)
        if codes:
            raise stood_on(why or "", codes)

    def can_undo(self) -> str | None:
        """Why the change set was made that undo would take back; ``None`` when there is none."""
        return self._next("undo")[1]

    def can_redo(self) -> str | None:
        """Why the change set was made that redo would make again; ``None`` when there is none."""
        return self._next("redo")[1]

    def undo_who(self) -> str | None:
        """Who made the change set that undo would take back."""
        number, _why = self._next("undo")
        with self.read() as connection:
            return connection.scalar(sa.select(CHANGE_SETS.c.who).where(CHANGE_SETS.c.id == number))

    def undo_rows(self) -> int:
        """How many rows undo would touch."""
        return self._rows("undo")

    def redo_rows(self) -> int:
        """How many rows redo would touch."""
        return self._rows("redo")

    def _rows(self, kind: str) -> int:
        number, _why = self._next(kind)
        with self.read() as connection:
            return rows_touched(connection, number) if number is not None else 0

    def _next(self, kind: str) -> tuple[int | None, str | None]:
        with self.read() as connection:
            stack = stacks(connection)[0 if kind == "undo" else 1]
            if not stack or stack[-1] <= origin(connection):
                return None, None
            why = connection.scalar(sa.select(CHANGE_SETS.c.why).where(CHANGE_SETS.c.id == stack[-1]))
            return stack[-1], why

    # -- other programs ----------------------------------------------------------------------------------------------

    def changed_elsewhere(self) -> bool:
        """Whether another process has committed since this was last asked."""
        commits = self._home.commits()
        if commits == self._seen_commits:
            return False
        self._seen_commits = commits
        last = self._last_change()
        newer, self._seen_change = last > self._seen_change, max(last, self._seen_change)
        with self.read() as connection:
            return newer or outside.waiting(connection)

    def adopt_outside(self) -> ChangeResult | None:
        """Make one change set of the rows that QGIS or another program changed; ``None`` when there are none."""
        with self.read() as connection:
            if not outside.waiting(connection):
                return None
        with self._changing(_outside_heading()) as change:
            outside.adopt(change)
        return change.result

    def outside_rows(self, table: sa.Table) -> list[tuple[int, outside.Row | None, outside.Row | None]]:
        """Rows of ``table`` that another program changed and that are not adopted: fid, before, now."""
        with self.read() as connection:
            return outside.outside_rows(connection, table, self._home.noted_geometry)

    def _adopt(self, connection: sa.Connection) -> None:
        change = Change(connection, self._home, _outside_heading())
        outside.adopt(change)
        change.close()

    # -- care --------------------------------------------------------------------------------------------------------

    def verify(self, task: Task = SILENT) -> list[Problem]:
        """Prove integrity: storage, the chain of change sets, and that what refers to a facility finds it."""
        with self.read() as connection:
            return problems(connection, self._home, task)

    def backup(self, target: str | Path, task: Task = SILENT) -> None:
        """Copy the whole workspace to one file while it is open.

        Raises WorkspaceExists, FolderMissing, ReadOnlyWorkspace.
        """
        path = Path(target).expanduser().absolute()
        require_folder(path)
        refuse_existing(path)
        with telling(str(path)):
            self._home.backup(path, task)

    def keep_for_qgis(self, styles: Mapping[str, str], project: bytes | None) -> None:
        """Put styles (QML by table) and a project (.qgz) for QGIS Desktop into the file: see ``qgis_tables``."""
        with self._writing, telling(str(self.location)), self._home.writing() as connection, connection.begin():
            keep_for_qgis(connection, styles, project, self.who)

    def close(self) -> None:
        """Let go of the workspace."""
        self._home.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _last_change(self) -> int:
        with self.read() as connection:
            return connection.scalar(sa.select(sa.func.max(CHANGE_SETS.c.id))) or 0


def complete(home: Home) -> None:
    """Make the tables a workspace lacks: those of a plugin that came after it was made."""
    with home.engine.connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
    lacking = [table for table in METADATA.sorted_tables if table.name not in there]
    if lacking:
        with home.writing() as connection, connection.begin():
            home.create_missing(connection, lacking)
            steps.stamp_missing(connection)


def open_home(location: Location, read_only: bool) -> Home:
    """The database at ``location``, looked at before it is opened."""
    if location.path is None:
        return team_home()(location, read_only=read_only)
    look(location.path)
    return GeoPackageHome(location.path, read_only=read_only)


def _outside_heading() -> dict[str, Any]:
    return {"kind": "outside", "why": _("Changed by another program"), "who": "?"}
