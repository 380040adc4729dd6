"""What a home of a workspace can do: a GeoPackage file and a PostGIS schema each implement this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from jnw_desktop.task import Task

Bounds = tuple[float, float, float, float]
Insert = Callable[[Mapping[str, Sequence[Any]]], None]  # columns by name, geometry as WKB


class Home(Protocol):
    """The database of one workspace; ``engine``'s transactions begin as :meth:`writing` says."""

    engine: sa.Engine
    crs: int
    read_only: bool

    @property
    def source(self) -> dict[str, Any]:
        """Where the map engine finds the tables; may hold a password."""

    def create(self, tables: Sequence[sa.Table] | None = None) -> None:
        """Make every declared table, or just ``tables``; the place is empty."""

    def discard(self) -> None:
        """Take away what :meth:`create` made, and close."""

    def create_missing(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """Make tables that a plugin added after the workspace was made."""

    def renew(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """Make the triggers of ``tables`` again after a migration gave the tables other columns."""

    def writing(self) -> sa.Connection:
        """A connection whose transactions take the write lock at their beginning."""

    def bulk(self, connection: sa.Connection, table: sa.Table, count: int) -> AbstractContextManager[Insert]:
        """Within the block, what it gives inserts whole columns the fastest way there is, ``count`` rows in all."""

    def bulk_delete(self, connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> None:
        """Delete every row of which ``where`` is true the fastest way the database has."""

    def copied(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """Rows of ``tables`` came with their keys: the keys given next follow them."""

    def changed(self, connection: sa.Connection, extents: Mapping[str, Bounds | None]) -> None:
        """Before a commit: bring up to date what is kept beside the tables, given the extents written, by table."""

    def fids_within(self, table: sa.Table, bounds: Bounds) -> sa.Select[tuple[int]]:
        """A query for the ``fid`` of rows whose bounds meet ``bounds``, through the spatial index."""

    def bounds(self, table: sa.Table) -> sa.Select[tuple[float, float, float, float]]:
        """A query for what all rows lie in: xmin, ymin, xmax, ymax, NULL where there are none."""

    def noted_geometry(self, noted: str) -> bytes | None:
        """WKB of a geometry as the triggers that watch for other programs note it."""

    def commits(self) -> int:
        """A number that differs after another connection has committed."""

    def backup(self, target: Path, task: Task) -> None:
        """Copy the whole workspace into one file while it is in use."""

    def problems(self, task: Task) -> list[str]:
        """What the database itself finds wrong with its storage."""

    def settle(self) -> None:
        """Close, and leave what was made as others shall find it."""

    def close(self) -> None:
        """Let go of the database."""
