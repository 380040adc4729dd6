"""The PostGIS home: one schema of a PostgreSQL database, for a team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _
from jnw_desktop.task import Task
from jnw_desktop.workspace import postgis_schema as schema
from jnw_desktop.workspace.copying import copy_rows
from jnw_desktop.workspace.errors import (
    NotAWorkspace,
    WorkspaceExists,
    WorkspaceMissing,
    read_only,
    unreachable,
)
from jnw_desktop.workspace.geopackage import GeoPackageHome, part_of, remove_file
from jnw_desktop.workspace.home import Bounds, Insert
from jnw_desktop.workspace.location import Location
from jnw_desktop.workspace.tables import GEOMETRY, METADATA, geometry_of

BUSY_SECONDS = 20
CONNECT_SECONDS = 10
_WRITING = "jnw_writing"


class NoPostgis(RefusedError):
    """The database has no PostGIS and we may not add it."""

    kind = "no_postgis"


class PostgisHome:
    """The database of one workspace in a schema. See :class:`jnw_desktop.workspace.home.Home`.

    Raises WorkspaceUnreachable, and without ``crs`` (which says that it is to be made) WorkspaceMissing, NotAWorkspace.
    """

    def __init__(self, location: Location, crs: int = 0, read_only: bool = False) -> None:
        assert location.url is not None
        self.schema = location.schema
        self.read_only = read_only
        self._where = str(location)
        self._address = location.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._made: Sequence[sa.Table] = ()
        self._made_schema = False
        self.engine = sa.create_engine(
            "postgresql+psycopg://", creator=self._connect, pool_pre_ping=True, pool_size=8, pool_recycle=3600
        )
        sa.event.listen(self.engine, "begin", self._begin)
        try:
            self._keeper = self._connect(autocommit=True)  # tells what others committed
        except psycopg.OperationalError as error:
            raise unreachable(self._where, str(error)) from error
        self.crs = crs or self._stored_crs()
        self.engine.dialect.jnw_srid = self.crs  # type: ignore[attr-defined]

    def _connect(self, autocommit: bool = False) -> psycopg.Connection[Any]:
        path = f'-csearch_path="{self.schema}",public'
        return psycopg.connect(self._address, options=path, connect_timeout=CONNECT_SECONDS, autocommit=autocommit)

    def _begin(self, connection: sa.Connection) -> None:
        if connection.get_execution_options().get(_WRITING):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
            # One writer at a time, as in a file: numbers of change sets follow each other with no gap.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock(hashtext('jnw'), hashtext('{self.schema}'))")
            connection.exec_driver_sql(f"SET LOCAL {schema.WRITING} = 'on'")
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def _stored_crs(self) -> int:
        tables = self._keeper.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [self.schema])
        there = {row[0] for row in tables}
        stored = None
        if "jnw_property" in there:
            stored = self._keeper.execute("SELECT value FROM jnw_property WHERE key = 'crs'").fetchone()
        if stored is not None:
            return int(stored[0])
        self.close()
        if not there:
            raise WorkspaceMissing(
                _("There is no workspace {where}.").format(where=self._where),
                _("Check the name, or make one: jnw workspace create {where}").format(where=self._where),
            )
        raise NotAWorkspace(
            _("{where} is not a workspace of this program.").format(where=self._where),
            _("Name another schema: …?schema=NAME"),
        )

    # -- Home --------------------------------------------------------------------------------------------------------

    @property
    def source(self) -> dict[str, Any]:
        """The address as the map engine wants it; it has the password, so it belongs in no file and no log."""
        info = self._keeper.info
        ssl = info.get_parameters().get("sslmode", "prefer")
        told = {"host": info.host, "port": info.port, "database": info.dbname, "user": info.user}
        return told | {"password": info.password, "schema": self.schema, "sslmode": ssl}

    def create(self, tables: Sequence[sa.Table] | None = None) -> None:
        """Make the schema and all tables in one transaction. Raises WorkspaceExists, NoPostgis."""
        with self.writing() as connection, connection.begin():
            inspector = sa.inspect(connection)
            # Held by this session until it ends, so that others see that the workspace is still being made.
            build = f"pg_try_advisory_lock(hashtext('jnw-build'), hashtext('{self.schema}'))"
            alone = self._keeper.execute(f"SELECT {build}").fetchone() == (True,)
            made = self.schema not in inspector.get_schema_names()
            there = set() if made else set(inspector.get_table_names(schema=self.schema))
            if alone and self._half_made(connection, there):
                names = ", ".join(f'"{name}"' for name in there & METADATA.tables.keys())
                connection.exec_driver_sql(f"DROP TABLE {names}")
            elif there:
                raise WorkspaceExists(
                    _("{where} exists already.").format(where=self._where), _("Name another schema: …?schema=NAME")
                )
            if made:
                connection.exec_driver_sql(f'CREATE SCHEMA "{self.schema}"')
            self._require_postgis(connection)
            self.create_missing(connection, METADATA.sorted_tables if tables is None else tables)
        self._made, self._made_schema = METADATA.sorted_tables if tables is None else tables, made

    def _half_made(self, connection: sa.Connection, there: set[str]) -> bool:
        """Whether a process died while it made the workspace: no CRS is told."""
        told = sa.text("SELECT count(*) FROM jnw_property WHERE key = 'crs'")
        return "jnw_property" in there and connection.scalar(told) == 0

    def settle(self) -> None:
        """Close."""
        self.close()

    def _require_postgis(self, connection: sa.Connection) -> None:
        if connection.scalar(sa.text("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'")):
            return
        try:
            connection.exec_driver_sql("CREATE EXTENSION postgis SCHEMA public")
        except sa.exc.DBAPIError as error:
            raise NoPostgis(
                _("The database of {where} has no PostGIS.").format(where=self._where),
                _("Ask its administrator to run: CREATE EXTENSION postgis SCHEMA public;"),
            ) from error

    def discard(self) -> None:
        """Take away what :meth:`create` made."""
        with self.writing() as connection, connection.begin():
            if self._made_schema:
                connection.exec_driver_sql(f'DROP SCHEMA "{self.schema}" CASCADE')
            elif self._made:
                names = ", ".join(f'"{table.name}"' for table in self._made)
                connection.exec_driver_sql(f"DROP TABLE {names}")
        self.close()

    def create_missing(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """Make ``tables`` that are not there yet."""
        there = set(sa.inspect(connection).get_table_names(schema=self.schema))
        connection.exec_driver_sql(schema.WATCH_FUNCTION.format(schema=self.schema))
        for table in tables:
            if table.name in there:
                continue
            connection.execute(CreateTable(table))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                connection.execute(CreateIndex(index))
            for statement in schema.extra_statements(table):
                connection.exec_driver_sql(statement)

    def renew(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """Make the function and the triggers of ``tables`` again."""
        there = set(sa.inspect(connection).get_table_names(schema=self.schema))
        connection.exec_driver_sql(schema.WATCH_FUNCTION.format(schema=self.schema))
        for table in tables:
            if table.name in there:
                for statement in schema.watch_statements(table):
                    connection.exec_driver_sql(statement)

    def writing(self) -> sa.Connection:
        """A connection whose transactions take the write lock at their beginning."""
        if self.read_only:
            raise read_only(self._where)
        return self.engine.connect().execution_options(**{_WRITING: True})

    @contextmanager
    def bulk(self, connection: sa.Connection, table: sa.Table, count: int) -> Iterator[Insert]:  # noqa: ARG002
        """COPY whole columns."""

        def insert(columns: Mapping[str, Sequence[Any]]) -> None:
            stored = dict(columns)
            if GEOMETRY in stored and geometry_of(table) is not None:
                shapes = shapely.set_srid(shapely.from_wkb(np.asarray(stored[GEOMETRY], dtype=object)), self.crs)
                stored[GEOMETRY] = shapely.to_wkb(shapes, hex=True, include_srid=True).tolist()
            names = ", ".join(f'"{name}"' for name in stored)
            cursor = connection.connection.cursor()
            with closing(cursor), cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in zip(*stored.values(), strict=True):
                    copy.write_row(row)

        yield insert

    def bulk_delete(self, connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> None:
        """One statement; the watching trigger is silent while we write."""
        connection.execute(sa.delete(table).where(where))

    def copied(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """Set the sequences."""
        for table in tables:
            for key in table.primary_key:
                sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', key.name)
                last = connection.scalar(sa.select(sa.func.max(key)))
                if last is not None and connection.scalar(sa.select(sequence)) is not None:
                    connection.execute(sa.select(sa.func.setval(sequence, last)))

    def changed(self, connection: sa.Connection, extents: Mapping[str, Bounds | None]) -> None:
        """PostgreSQL keeps its statistics itself."""

    def fids_within(self, table: sa.Table, bounds: Bounds) -> sa.Select[tuple[int]]:
        """Ask the GiST index."""
        box = sa.func.ST_MakeEnvelope(*(sa.literal(value, sa.Double()) for value in bounds), self.crs)
        return sa.select(table.c.fid).where(table.c[GEOMETRY].op("&&", is_comparison=True)(box))

    def bounds(self, table: sa.Table) -> sa.Select[tuple[float, float, float, float]]:
        """Ask the geometry."""
        box = sa.func.ST_Extent(sa.type_coerce(table.c[GEOMETRY], sa.LargeBinary))
        return sa.select(sa.func.ST_XMin(box), sa.func.ST_YMin(box), sa.func.ST_XMax(box), sa.func.ST_YMax(box))

    def noted_geometry(self, noted: str) -> bytes | None:
        """The trigger wrote WKB in hex."""
        return bytes.fromhex(noted) if noted else None

    def commits(self) -> int:
        """Of the last change set and the last row that another program touched, one number."""
        newest = "(SELECT coalesce(max(id), 0) FROM {})"
        query = f"SELECT {newest.format('jnw_change_set')} * 4294967296 + {newest.format('jnw_outside')}"
        try:
            row = self._keeper.execute(query).fetchone()
        except psycopg.OperationalError:
            try:
                self._keeper = self._connect(autocommit=True)  # the server was started again
                row = self._keeper.execute(query).fetchone()
            except psycopg.OperationalError as error:
                raise unreachable(self._where, str(error)) from error
        return int(row[0]) if row is not None else 0

    def backup(self, target: Path, task: Task) -> None:
        """Copy every table as it is at one moment into a GeoPackage, which is a workspace of its own."""
        partial = part_of(target)
        remove_file(partial)  # of a process that was killed
        copy = GeoPackageHome(partial, self.crs)
        try:
            with self.engine.connect() as connection, connection.begin():
                tables = schema.tables_as_they_are(connection)
                copy.create(tables)
                copy_rows(connection, copy, tables, task)
            copy.settle()
            partial.replace(target)
        except BaseException:
            copy.discard()
            raise

    def problems(self, task: Task) -> list[str]:
        """Read every row of every table, and ask for indexes that are not valid."""
        found = []
        with self.engine.connect() as connection, connection.begin():
            broken = sa.text(
                "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND NOT i.indisvalid"
            )
            found += [_("The index {name} is not valid.").format(name=name) for name in connection.scalars(broken)]
        names = sa.inspect(self.engine).get_table_names(schema=self.schema)
        for number, name in enumerate(names):
            task.progress(0.5 * number / len(names), _("Checking the tables"))
            try:
                with self.engine.connect() as connection, connection.begin():
                    connection.exec_driver_sql(f'SELECT sum(length(t::text)) FROM "{name}" t')
            except sa.exc.DBAPIError as error:
                found.append(f"{name}: {error.orig}")
        return found

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
        self._keeper.close()
