"""The GeoPackage home: one file, WAL, no server."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.pool import QueuePool
from sqlalchemy.schema import CreateIndex, CreateTable

from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace import geopackage_schema as schema
from jnw_desktop.workspace import rtree
from jnw_desktop.workspace.errors import NotAWorkspace, WorkspaceMissing, cannot_write, no_room, truncated
from jnw_desktop.workspace.errors import read_only as read_only_error
from jnw_desktop.workspace.geometry import WkbColumn, envelope, from_blob, to_blobs
from jnw_desktop.workspace.home import Bounds, Insert
from jnw_desktop.workspace.tables import GEOMETRY, METADATA, geometry_of

BUSY_SECONDS = 20.0
PAGES_A_STEP = 2000  # of a backup, between two reports of progress
SHARED_MEMORY = 32768  # bytes, the least that SQLite makes it
REPACKED = 7  # boxes there for each new one, up to which an R-tree is packed anew
MANY = 5000  # rows from which on indexes and R-tree are made in one go
_WRITING = "jnw_writing"


class GeoPackageHome:
    """The database of one workspace in a GeoPackage file. See :class:`jnw_desktop.workspace.home.Home`."""

    def __init__(self, path: Path, crs: int = 0, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        may_write = os.access(path.parent, os.W_OK) and (os.access(path, os.W_OK) or not path.exists())
        if not may_write and not read_only:
            raise read_only_error(str(path))
        # SQLite wants its WAL beside a file it only reads; where it may not make one, nobody writes either.
        # So it is on a full disk, unless a WAL there holds what the file lacks.
        wal = path.with_name(f"{path.name}-wal")
        alone = not wal.exists() or wal.stat().st_size == 0
        self._immutable = not may_write or (read_only and alone and no_room(path))
        self.engine = sa.create_engine("sqlite://", creator=self._connect, poolclass=QueuePool, pool_size=8)
        sa.event.listen(self.engine, "begin", _begin)
        # Kept open as long as the workspace: other readers find the WAL file there, and it tells what others committed.
        self._keeper = self._connect()
        self.crs = crs or self._stored_crs()
        self.engine.dialect.jnw_srid = self.crs  # type: ignore[attr-defined]

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self.read_only else "rwc"
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode={mode}" + ("&immutable=1" if self._immutable else ""),
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # transactions begin where SQLAlchemy says, not where the driver guesses
            check_same_thread=False,
        )
        try:
            self._prepare(connection)
        except sqlite3.Error:
            connection.close()
            _clear_empty(self.path)
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if not self.read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -64000")
        for name, corner in (("ST_MinX", 0), ("ST_MinY", 1), ("ST_MaxX", 2), ("ST_MaxY", 3)):
            connection.create_function(name, 1, _corner(corner), deterministic=True)
        connection.create_function("ST_IsEmpty", 1, _is_empty, deterministic=True)

    def _stored_crs(self) -> int:
        try:
            row = self._keeper.execute("SELECT value FROM jnw_property WHERE key = 'crs'").fetchone()
        except sqlite3.DatabaseError:
            row = None
        if row is None:
            self.close()
            raise not_a_workspace(self.path)
        return int(row[0])

    # -- Home --------------------------------------------------------------------------------------------------------

    @property
    def source(self) -> dict[str, Any]:
        """The file."""
        return {"path": str(self.path)}

    def create(self, tables: Sequence[sa.Table] | None = None) -> None:
        """Make the GeoPackage's own tables and ours in one transaction."""
        with self.writing() as connection, connection.begin():
            connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            connection.exec_driver_sql(f"PRAGMA user_version = {schema.USER_VERSION}")
            for statement, values in schema.metadata_statements(self.crs):
                connection.exec_driver_sql(statement, values)
            self.create_missing(connection, METADATA.sorted_tables if tables is None else tables)

    def discard(self) -> None:
        """Take the file away."""
        self.close()
        remove_file(self.path)

    def create_missing(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """Make and register ``tables`` that are not there yet."""
        there = set(sa.inspect(connection).get_table_names())
        for table in tables:
            if table.name in there:
                continue
            connection.execute(CreateTable(table))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                connection.execute(CreateIndex(index))
            if table.info.get("unlisted"):
                continue
            for statement, values in schema.registration_statements(table, self.crs):
                connection.exec_driver_sql(statement, values)

    def renew(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """Make the triggers of ``tables`` again; those a migration dropped with their table come back too."""
        there = set(sa.inspect(connection).get_table_names())
        for table in tables:
            if table.name in there:
                for name, body in schema.triggers(table).items():
                    connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{name}"')
                    connection.exec_driver_sql(f'CREATE TRIGGER "{name}" {body}')

    def writing(self) -> sa.Connection:
        """A connection whose transactions take the write lock at their beginning."""
        if self.read_only:
            raise read_only_error(str(self.path))
        return self.engine.connect().execution_options(**{_WRITING: True})

    @contextmanager
    def bulk(self, connection: sa.Connection, table: sa.Table, count: int) -> Iterator[Insert]:
        """Insert with the triggers away, and with the indexes away where that is faster; the R-tree is filled last."""
        with _triggers_away(connection, table):
            bulk = _Bulk(connection, table, count, self.crs)
            yield bulk.insert
            bulk.finish()

    def bulk_delete(self, connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> None:
        """Delete with the triggers away; of a table that loses every row the R-tree is made anew."""
        count = connection.scalar(sa.select(sa.func.count()).select_from(table).where(where)) or 0
        left = (connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0) - count
        with _triggers_away(connection, table):
            if geometry_of(table) is not None and left:
                gone = sa.select(table.c.fid).where(where)
                tree = _tree(table)
                connection.execute(sa.delete(tree).where(tree.c.id.in_(gone)))
            elif geometry_of(table) is not None:
                connection.exec_driver_sql(f'DROP TABLE "{schema.rtree_name(table)}"')
                connection.exec_driver_sql(schema.create_rtree(table))
            # SQLite empties a table at once when no row is asked about.
            connection.execute(sa.delete(table).where(where) if left else sa.delete(table))
            connection.exec_driver_sql(schema.COUNT, (-count, table.name))

    def copied(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """SQLite gives the number after the highest."""

    def changed(self, connection: sa.Connection, extents: Mapping[str, Bounds | None]) -> None:
        """Widen the extents in ``gpkg_contents`` by what was written; a layer never leaves its stated extent."""
        for name, bounds in extents.items():
            low_e, low_n, high_e, high_n = bounds or (None, None, None, None)
            connection.exec_driver_sql(
                schema.WIDEN_EXTENT, (low_e, low_e, low_n, low_n, high_e, high_e, high_n, high_n, name)
            )

    def fids_within(self, table: sa.Table, bounds: Bounds) -> sa.Select[tuple[int]]:
        """Ask the R-tree."""
        tree = _tree(table)
        low_e, low_n, high_e, high_n = bounds
        return sa.select(tree.c.id).where(
            tree.c.maxx >= low_e, tree.c.minx <= high_e, tree.c.maxy >= low_n, tree.c.miny <= high_n
        )

    def bounds(self, table: sa.Table) -> sa.Select[tuple[float, float, float, float]]:
        """Ask the R-tree."""
        tree = _tree(table)
        return sa.select(
            sa.func.min(tree.c.minx), sa.func.min(tree.c.miny), sa.func.max(tree.c.maxx), sa.func.max(tree.c.maxy)
        )

    def noted_geometry(self, noted: str) -> bytes | None:
        """The trigger wrote the blob in hex."""
        return from_blob(bytes.fromhex(noted)) if noted else None

    def commits(self) -> int:
        """SQLite's own count of commits by connections other than the kept one."""
        return int(self._keeper.execute("PRAGMA data_version").fetchone()[0])

    def backup(self, target: Path, task: Task) -> None:
        """Copy page by page while the workspace is in use; the copy is a whole workspace of one moment."""
        partial = part_of(target)
        try:
            remove_file(partial)  # of a process that was killed
            with closing(sqlite3.connect(partial)) as copy:
                self._connect_and_copy(copy, task)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, no WAL beside it
            partial.replace(target)
        except OSError as error:
            raise cannot_write(target, error) from error
        finally:
            remove_file(partial)

    def _connect_and_copy(self, copy: sqlite3.Connection, task: Task) -> None:
        source = self._connect()
        try:
            source.backup(
                copy,
                pages=PAGES_A_STEP,
                progress=lambda _status, left, total: task.progress(
                    1 - left / max(total, 1), _("Copying the workspace")
                ),
            )
        finally:
            source.close()

    def problems(self, task: Task) -> list[str]:
        """What SQLite's own check finds; empty when the file is whole."""
        task.progress(0.0, _("Checking the file"))
        found = [str(row[0]) for row in self._keeper.execute("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def settle(self) -> None:
        """Close, and leave one file that others read with nothing beside it."""
        self.close()
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")

    def close(self) -> None:
        """Let go of the file; SQLite folds the WAL into it when we are the last."""
        self.engine.dispose()
        self._keeper.close()
        if self.read_only and not self._immutable:
            self._tidy()

    def _tidy(self) -> None:
        """Who only reads may not take away what SQLite put beside the file; who might write does so, being the last."""
        if self.path.with_name(f"{self.path.name}-shm").exists():
            with suppress(sqlite3.OperationalError), closing(sqlite3.connect(self.path, timeout=0)) as connection:
                connection.execute("SELECT 1 FROM sqlite_master").fetchone()


@contextmanager
def _triggers_away(connection: sa.Connection, table: sa.Table) -> Iterator[None]:
    """``table`` without its triggers: what they keep is for the block to bring up to date."""
    triggers = schema.triggers(table)
    for name in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield  # after an error everything is rolled back, the triggers too
    for name, body in triggers.items():
        connection.exec_driver_sql(f'CREATE TRIGGER "{name}" {body}')


def _tree(table: sa.Table) -> sa.TableClause:
    """The R-tree of a table."""
    names = ("id", "minx", "maxx", "miny", "maxy")
    return sa.table(schema.rtree_name(table), *(sa.column(name, sa.Double()) for name in names))


class _Bulk:
    """Rows on their way into one table, whose triggers are away."""

    def __init__(self, connection: sa.Connection, table: sa.Table, count: int, crs: int) -> None:
        self._connection = connection
        self._table = table
        self._crs = crs
        self._cursor = cast("sqlite3.Cursor", connection.connection.cursor())
        there = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        (key,) = table.primary_key
        self._key = key.name
        self._next = (connection.scalar(sa.select(sa.func.max(key))) or 0) + 1
        # Made in one go afterwards an index is sorted once; a million random uids would each look for their page.
        self._indexes = sorted(table.indexes, key=lambda one: str(one.name)) if count > max(MANY, there) else []
        for index in self._indexes:
            connection.exec_driver_sql(f'DROP INDEX "{index.name}"')
        self._ids: list[npt.NDArray[np.int64]] = []
        self._bounds: list[npt.NDArray[np.float64]] = []

    def insert(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Insert whole columns."""
        stored = dict(columns)
        count = len(next(iter(stored.values())))
        if self._key not in stored:
            stored[self._key] = range(self._next, self._next + count)
            self._next += count
        if geometry_of(self._table) is not None and GEOMETRY in stored:
            geometries = WkbColumn.of(stored[GEOMETRY])
            there = ~np.isnan(geometries.bounds[:, 0])
            self._ids.append(np.asarray(stored[self._key], dtype=np.int64)[there])
            self._bounds.append(geometries.bounds[there][:, [0, 2, 1, 3]])
            stored[GEOMETRY] = to_blobs(geometries, self._crs)
        marks = ", ".join("?" * len(stored))
        quoted = ", ".join(f'"{name}"' for name in stored)
        self._cursor.executemany(
            f'INSERT INTO "{self._table.name}" ({quoted}) VALUES ({marks})', zip(*stored.values(), strict=True)
        )
        self._cursor.execute(schema.COUNT, (count, self._table.name))

    def finish(self) -> None:
        """Fill the R-tree; make the indexes again."""
        if self._ids:
            ids, bounds = np.concatenate(self._ids), np.concatenate(self._bounds)
            name = schema.rtree_name(self._table)
            # Read, packed and written again a box costs a seventh of what it costs put in alone.
            if len(ids) > max(MANY, rtree.size_of(self._cursor, name) // REPACKED):
                rtree.add(self._cursor, name, ids, bounds)
            else:
                rows = zip(ids.tolist(), *bounds.T.tolist(), strict=True)
                self._cursor.executemany(f'INSERT INTO "{name}" VALUES (?, ?, ?, ?, ?)', rows)
        for index in self._indexes:
            self._connection.execute(CreateIndex(index))


def remove_file(path: Path) -> None:
    """Take away a file and what SQLite keeps beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)


def _clear_empty(path: Path) -> None:
    """Take away what SQLite began beside the file on a full disk; whoever has the file open has a whole ``-shm``."""
    memory, wal = (path.with_name(f"{path.name}-{end}") for end in ("shm", "wal"))
    began = memory.exists() and memory.stat().st_size < SHARED_MEMORY
    if began and wal.exists() and not wal.stat().st_size:
        memory.unlink()
        wal.unlink()


def part_of(path: Path) -> Path:
    """The name a file has while it is made."""
    return path.with_name(path.name + ".part")


def look(path: Path) -> None:
    """Refuse what is not a whole GeoPackage of ours before SQLite is let near it.

    Raises WorkspaceMissing, NotAWorkspace, TruncatedWorkspace.
    """
    if not path.exists():
        raise WorkspaceMissing(
            _("There is no workspace {where}.").format(where=path),
            _("Check the name, or make one: jnw workspace create {where}").format(where=path),
        )
    if not path.is_file():
        raise not_a_workspace(path)
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(b"SQLite format 3\x00"):
        raise truncated(str(path)) if head.startswith(b"SQLite format 3\x00") else not_a_workspace(path)
    page, pages, application = (
        struct.unpack(">H", head[16:18])[0],
        struct.unpack(">I", head[28:32])[0],
        struct.unpack(">I", head[68:72])[0],
    )
    wal = path.with_name(path.name + "-wal")
    settled = not wal.exists() or wal.stat().st_size == 0  # else the WAL may hold the missing pages
    if settled and path.stat().st_size < pages * (65536 if page == 1 else page):
        raise truncated(str(path))
    if settled and application != schema.APPLICATION_ID:
        raise not_a_workspace(path)


def not_a_workspace(path: Path) -> NotAWorkspace:
    """The file is something else."""
    return NotAWorkspace(
        _("{where} is not a workspace of this program.").format(where=path),
        _("Open a .gpkg made by jnw, or bring the file's layers in: jnw import WORKSPACE {where}").format(where=path),
    )


def _begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _corner(index: int) -> Any:
    def corner(blob: bytes | None) -> float | None:
        bounds = envelope(blob)
        return None if bounds is None else bounds[index]

    return corner


def _is_empty(blob: bytes | None) -> int | None:
    return None if blob is None else int(envelope(blob) is None)
