"""Taking facilities out to a file: the format by its ending, what it cannot hold told before it is written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange import dxf, kml, writers
from jnw_desktop.exchange.errors import CannotWrite, WorkspaceAsFile
from jnw_desktop.exchange.geopackage import is_workspace
from jnw_desktop.exchange.inpwriting import PUMP_POWER, ROUGHNESS, write_inp
from jnw_desktop.exchange.mapping import short_name
from jnw_desktop.exchange.outgoing import Outgoing, Row
from jnw_desktop.exchange.placing import parse_crs
from jnw_desktop.facilities.filters import parse_filter
from jnw_desktop.facilities.kinds import ENDS, KINDS, Kind
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

FORMATS = (".gpkg", ".shp", ".geojson", ".json", ".kml", ".dxf", ".xlsx", ".inp")
ONE_LAYER = (".shp", ".geojson", ".json")  # a file for each kind where there are several


@dataclass
class Exported:
    """What was taken out: facilities ``written``, by kind in ``kinds``, into ``files``; ``losses`` are left behind."""

    written: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The outcome for people."""
        return [_("Wrote {count} facilities to {files}.").format(count=self.written, files=", ".join(self.files))]


def losses(file: str | Path, kinds: Sequence[str] = ()) -> list[str]:
    """What the format of ``file`` cannot hold of these kinds (all, when none is named). Raises UsageError."""
    ending = _ending(Path(file))
    chosen = [kind_of(name) for name in kinds] or list(KINDS.values())
    told: list[str] = []
    if ending == ".shp":
        long = sorted({one.name for kind in chosen for one in kind.fields if len(one.name) > 10})
        told.append(
            _("A shapefile's names have ten characters: {names}").format(
                names=", ".join(f"{name} → {short_name(name)}" for name in long)
            )
        )
        told.append(_("A shapefile's text has 254 bytes; what is longer is cut. Yes and no become 1 and 0."))
    elif ending == ".dxf":
        told.append(_("A drawing has no holes in areas and no CRS; fields are kept with each entity (XDATA JNW)."))
    elif ending == ".kml":
        told.append(_("KML is in longitude and latitude (EPSG:4326); values are text."))
    elif ending == ".inp":
        told.append(
            _(
                "EPANET holds what is in service of the network: no attributes but elevation, diameter and length, no "
                "planned or abandoned pipes, no CRS. A valve at which pipes end becomes a junction."
            )
        )
        told.append(
            _("What is not known is set: roughness {roughness:g} (H-W), pumps without head {power:g} kW.").format(
                roughness=ROUGHNESS, power=PUMP_POWER
            )
        )
    told.append(_("History, versions and who changed what stay in the workspace."))
    return told


def export_file(
    workspace: Workspace,
    file: str | Path,
    *,
    kinds: Sequence[str] = (),
    where: str = "",
    crs: str = "",
    overwrite: bool = False,
    task: Task = SILENT,
) -> Exported:
    """Write the facilities of ``kinds`` (all, when none is named) for which ``where`` is so.

    Raises UsageError, CannotWrite, WorkspaceAsFile. The file is made whole or not at all.
    """
    path = Path(file).expanduser().absolute()
    ending = _ending(path)
    chosen = [kind_of(name) for name in kinds] or list(KINDS.values())
    if where and len(chosen) > 1:
        raise UsageError(_("A condition is about one kind of facility."), _("Say which: --kind pipe"))
    target = _crs(workspace, crs, ending)
    done = Exported(losses=losses(path, kinds))
    with workspace.read() as connection, tempfile.TemporaryDirectory(prefix="jnw-") as folder:
        job = _Job(Outgoing(connection, workspace.crs, target), chosen, where, bool(kinds), task, done)
        made = job.write(Path(folder), path.stem, ending, title=workspace.location.title)
        _refuse_over([path.with_name(one.name) for one in made], overwrite)
        done.files = [str(_moved(one, path.with_name(one.name))) for one in made if one.suffix == ending]
    task.progress(1.0)
    return done


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise UsageError(
            _("Files that end in {ending} cannot be written.").format(ending=ending or "''"),
            _("Known are: {formats}").format(formats=", ".join(FORMATS)),
        )
    return ending


def _crs(workspace: Workspace, given: str, ending: str) -> int:
    if ending == ".kml":
        return 4326
    if not given:
        return workspace.crs
    number = parse_crs(given)[0].to_epsg()
    if number is None or ending == ".inp":
        raise UsageError(_("{text} is not a CRS.").format(text=given), _("Write it as EPSG:4548."))
    return number


def _refuse_over(paths: list[Path], overwrite: bool) -> None:
    """Raises WorkspaceAsFile, CannotWrite."""
    for path in paths:
        if is_workspace(path):
            raise WorkspaceAsFile(
                _("{file} is a workspace; an export does not write over it.").format(file=path.name),
                _("Name another file."),
            )
        if path.exists() and not overwrite:
            raise CannotWrite(
                _("{where} exists already.").format(where=path), _("Choose another name, or give --overwrite.")
            )


def _moved(made: Path, target: Path) -> Path:
    try:
        # A shapefile is several files; those beside the one that is named go along.
        for beside in made.parent.glob(f"{made.stem}.*"):
            shutil.move(beside, target.with_suffix(beside.suffix))
    except OSError as error:
        raise CannotWrite(
            _("{file} cannot be written: {why}").format(file=target, why=error.strerror), _("Name another place.")
        ) from error
    return target


@dataclass
class _Job:
    """One export under way."""

    outgoing: Outgoing
    kinds: list[Kind]
    where: str
    named: bool
    task: Task
    done: Exported

    def write(self, folder: Path, stem: str, ending: str, title: str) -> list[Path]:
        """Write into ``folder``; the files that were made."""
        path = folder / f"{stem}{ending}"
        if ending == ".inp":
            rows = {kind: self._rows(KINDS[kind]) for kind in (*ENDS, "pipe")}
            self.done.written = write_inp(path, rows, title)
            return [path]
        present = self.kinds if self.named else [kind for kind in self.kinds if self._any(kind)]
        if ending in ONE_LAYER:
            return self._one_by_one(folder, stem, ending, present)
        writing: dict[str, Callable[[], None]] = {
            ".gpkg": lambda: self._geopackage(path, present),
            ".xlsx": lambda: writers.write_workbook(path, ((k, self._rows(k)) for k in present), self.outgoing.crs),
            ".dxf": lambda: dxf.write_dxf(path, ((kind.id, self._rows(kind)) for kind in present)),
            ".kml": lambda: self._kml(path, present),
        }
        writing[ending]()
        self.done.written = self.outgoing.count
        return [path]

    def _one_by_one(self, folder: Path, stem: str, ending: str, present: list[Kind]) -> list[Path]:
        made = []
        for kind in present or self.kinds[:1]:
            path = folder / f"{stem if len(present) <= 1 else f'{stem}_{kind.id}'}{ending}"
            if ending == ".shp":
                writers.write_vector(path, "ESRI Shapefile", kind, self._rows(kind), self.outgoing.crs)
            else:
                writers.write_geojson(path, kind, self._rows(kind), self.outgoing.crs)
            made.append(path)
        self.done.written = self.outgoing.count
        return made

    def _geopackage(self, path: Path, present: list[Kind]) -> None:
        for kind in present or self.kinds[:1]:
            writers.write_vector(path, "GPKG", kind, self._rows(kind), self.outgoing.crs)

    def _kml(self, path: Path, present: list[Kind]) -> None:
        with path.open("w", encoding="utf-8") as file:
            kml.write_kml(file, ((kind.id, self._rows(kind)) for kind in present))

    def _any(self, kind: Kind) -> bool:
        query = sa.select(kind.table.c.fid).limit(1)
        return self.outgoing.connection.scalar(query) is not None

    def _rows(self, kind: Kind) -> Iterator[Row]:
        condition = parse_filter(self.where, kind) if self.where else None
        before = self.outgoing.count
        self.task.progress(0.1 + 0.8 * self.kinds.index(kind) / len(self.kinds) if kind in self.kinds else 0.5)
        for at, row in enumerate(self.outgoing.rows(kind, condition)):
            if at % 1000 == 0:
                self.task.progress(0.5, _("Writing"))
            yield row
        self.done.kinds[kind.id] = self.outgoing.count - before
