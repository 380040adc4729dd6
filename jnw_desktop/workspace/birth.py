"""How a workspace is made, and made again from a backup."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
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
from jnw_desktop.workspace.errors import cannot_write, refuse_existing, require_folder, telling
from jnw_desktop.workspace.geopackage import GeoPackageHome, look, part_of, remove_file
from jnw_desktop.workspace.home import Home
from jnw_desktop.workspace.location import Location
from jnw_desktop.workspace.migrations.steps import require_current, stamp_missing
from jnw_desktop.workspace.tables import METADATA, PROPERTIES

if TYPE_CHECKING:
    from jnw_desktop.workspace.postgis import PostgisHome


@contextmanager
def making(location: Location, crs: int, properties: Mapping[str, str]) -> Iterator[Home]:
    """The database of a new workspace, which says ``properties`` of itself: there if the block ends well, else nothing.

    A file is built under another name and takes its own at the end; a workspace says its CRS last. So what a killed
    process leaves is never taken for a workspace, and the next one to make it replaces it. Raises WorkspaceExists,
    FolderMissing, UsageError, ReadOnlyWorkspace, DiskFull, WorkspaceUnreachable, NoPostgis.
    """
    require_projected(crs)
    with telling(str(location)):
        home = _home_to_make(location, crs)
        try:
            home.create()
            _say(home, _description(properties))
            yield home
            _say(home, {"crs": str(crs)})
            home.settle()
            if location.path is not None:
                part_of(location.path).replace(location.path)
        except BaseException:
            home.discard()
            raise


def _home_to_make(location: Location, crs: int) -> Home:
    if location.path is None:
        return team_home()(location, crs)
    partial = _new_file(location.path)
    try:
        return GeoPackageHome(partial, crs)
    except BaseException:
        remove_file(partial)
        raise


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
    partial = part_of(path)
    try:
        remove_file(partial)  # of a process that was killed
        partial.touch()
    except OSError as error:
        raise cannot_write(path, error) from error
    return partial


def _description(properties: Mapping[str, str]) -> dict[str, str]:
    return {
        **properties,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "program": jnw_desktop.__version__,
    }


def _say(home: Home, told: Mapping[str, str]) -> None:
    """Put properties in, and the steps that the tables are at."""
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
    partial = part_of(location.path)
    try:
        remove_file(partial)  # of a process that was killed
        shutil.copyfile(backup, partial)
        partial.replace(location.path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise cannot_write(location.path, error) from error


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
            target.settle()
