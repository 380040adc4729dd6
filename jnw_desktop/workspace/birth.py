"""How a workspace is made, and made again from a backup."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pyproj
import pyproj.exceptions
import sqlalchemy as sa

import jnw_desktop
from jnw_desktop.errors import UsageError
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace.copying import copy_rows
from jnw_desktop.workspace.errors import read_only, refuse_existing, require_folder, telling
from jnw_desktop.workspace.geopackage import GeoPackageHome, look
from jnw_desktop.workspace.home import Home
from jnw_desktop.workspace.location import Location
from jnw_desktop.workspace.migrations.steps import require_current, stamp_missing
from jnw_desktop.workspace.tables import METADATA, PROPERTIES

if TYPE_CHECKING:
    from jnw_desktop.workspace.postgis import PostgisHome


def make(location: Location, crs: int, properties: Mapping[str, str]) -> Home:
    """The database of a new workspace, which says ``properties`` of itself.

    Raises WorkspaceExists, FolderMissing, UsageError, ReadOnlyWorkspace, WorkspaceUnreachable, NoPostgis.
    """
    require_projected(crs)
    with telling(str(location)):
        home = team_home()(location, crs) if location.path is None else GeoPackageHome(_new_file(location.path), crs)
        try:
            home.create()
            _describe(home, properties)
        except BaseException:
            home.discard()
            raise
    return home


def team_home() -> type[PostgisHome]:
    """The class of the PostGIS home, imported where one is wanted: its driver takes a tenth of a second."""
    from jnw_desktop.workspace.postgis import PostgisHome

    return PostgisHome


def _new_file(path: Path) -> Path:
    refuse_existing(path)
    if path.suffix.lower() != ".gpkg":
        raise UsageError(
            _("A workspace's file name ends in .gpkg."),
            _("Use the name {name}.").format(name=path.with_suffix(".gpkg")),
        )
    require_folder(path)
    try:
        path.touch(exist_ok=False)
    except OSError as error:
        raise read_only(str(path)) from error
    return path


def _describe(home: Home, properties: Mapping[str, str]) -> None:
    told = {
        **properties,
        "crs": str(home.crs),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "program": jnw_desktop.__version__,
    }
    with home.writing() as connection, connection.begin():
        connection.execute(sa.insert(PROPERTIES), [{"key": key, "value": value} for key, value in told.items()])
        stamp_missing(connection)


def require_projected(crs: int) -> None:
    """Raise UsageError unless ``crs`` is the EPSG code of a projected CRS in metres."""
    try:
        system = pyproj.CRS.from_epsg(crs)
    except pyproj.exceptions.CRSError as error:
        raise UsageError(_("EPSG:{code} is not known.").format(code=crs), _hint_crs()) from error
    if not system.is_projected or {axis.unit_name for axis in system.axis_info} != {"metre"}:
        raise UsageError(_("EPSG:{code} is not a projected CRS in metres.").format(code=crs), _hint_crs())


def _hint_crs() -> str:
    return _("Jinan uses EPSG:4548 (CGCS2000, 3-degree zones, 117°E); EPSG:4547 is 114°E, EPSG:4549 is 120°E.")


def restore(backup: Path, where: str | Path, task: Task = SILENT) -> None:
    """Make the workspace ``where`` from a backup.

    Raises what opening the backup would, WorkspaceExists and FolderMissing.
    """
    location = Location.parse(where)
    look(backup)
    if location.path is None:
        _restore_to_schema(backup, location, task)
        return
    refuse_existing(location.path)
    require_folder(location.path)
    partial = location.path.with_name(location.path.name + ".part")
    try:
        shutil.copyfile(backup, partial)
        partial.replace(location.path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise read_only(str(location.path)) from error


def _restore_to_schema(backup: Path, location: Location, task: Task) -> None:
    with telling(str(backup)), closing(GeoPackageHome(backup, read_only=True)) as source:
        require_current(source.engine, str(backup))
        with telling(str(location)):
            target = team_home()(location, source.crs)
            try:
                with source.engine.connect() as connection, connection.begin():
                    there = set(sa.inspect(connection).get_table_names())
                    target.create()
                    copy_rows(connection, target, [t for t in METADATA.sorted_tables if t.name in there], task)
            except BaseException:
                target.discard()
                raise
            target.close()
