"""Taking facilities out to a file: the format by its ending, what it cannot hold told before it is written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange import drawings, kml, workbooks, writers
from jnw_desktop.exchange.errors import CannotWrite, WorkspaceAsFile
from jnw_desktop.exchange.geopackage import is_workspace
from jnw_desktop.exchange.inpwriting import PUMP_POWER, ROUGHNESS, write_inp
from jnw_desktop.exchange.mapping import short_name
from jnw_desktop.exchange.outgoing import Outgoing, Row
from jnw_desktop.exchange.placing import parse_crs
from jnw_desktop.facilities.filters import Condition, parse_filter
from jnw_desktop.facilities.kinds import ENDS, KINDS, Kind
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace

FORMATS = (".gpkg", ".shp", ".geojson", ".json", ".kml", ".dxf", ".xlsx", ".inp")
ONE_LAYER = (".shp", ".geojson", ".json")  # a file for each kind where there are several


@dataclass
class Exported:
    """What was taken out: facilities ``written``, by kind in ``kinds``, into ``files``.

    ``losses`` are what the format cannot hold, ``warnings`` what was left out of this network.
    """

    written: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

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
        if long:
            told.append(
                _("A shapefile's names have ten characters: {names}").format(
                    names=", ".join(f"{name} → {short_name(name)}" for name in long)
                )
            )
        told.append(_("A shapefile's text has 254 bytes; what is longer is cut. Yes and no become 1 and 0."))
    elif ending == ".dxf":
        told.append(
            _("A drawing has no holes in areas, no line breaks, no CRS; fields are kept with each entity (XDATA JNW).")
        )
    elif ending == ".kml":
        told.append(_("KML is in longitude and latitude (EPSG:4326); values are text."))
    elif ending == ".inp":
        told.append(
            _(
                "EPANET holds what is in service of the network: no attributes but elevation, diameter and length, no "
                "planned or abandoned pipes, nothing that no pipe reaches, no CRS. A valve at which pipes end becomes "
                "a junction."
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

    ``crs`` is the one to write (``EPSG:4548``), else the workspace's; KML is in longitude and latitude always. A format
    of one layer gets a file for each kind where there are several. Raises UsageError, CannotWrite, WorkspaceAsFile. The
    file is made whole or not at all.
    """
    path = Path(file).expanduser().absolute()
    ending = _ending(path)
    chosen = [kind_of(name) for name in dict.fromkeys(kinds)] or list(KINDS.values())
    condition = _condition(where, chosen, ending, bool(kinds))
    target = _crs(workspace, crs, ending)
    _refuse_over([path], overwrite)
    done = Exported(losses=losses(path, kinds))
    with workspace.read() as connection, _beside(path) as folder:
        job = _Job(Outgoing(connection, workspace.crs, target), chosen, condition, bool(kinds), task, done)
        try:
            made = job.write(folder, path.stem, ending, title=workspace.location.title)
        except OSError as error:
            raise _cannot_write(path, error) from error
        targets = {one: _target(one, path) for one in folder.iterdir()}
        _refuse_over(targets.values(), overwrite)
        _move(targets, path)
        done.files = [str(targets[one]) for one in made]
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


def _condition(where: str, kinds: Sequence[Kind], ending: str, named: bool) -> Condition | None:
    if ending == ".inp" and (where or named):
        raise UsageError(
            _("An EPANET file is of the whole network; neither a kind nor a condition can be given."),
            _("Leave out --kind and --where, or take another format."),
        )
    if not where:
        return None
    if len(kinds) > 1:
        raise UsageError(_("A condition is about one kind of facility."), _("Say which: --kind pipe"))
    return parse_filter(where, kinds[0])


def _crs(workspace: Workspace, given: str, ending: str) -> int:
    fixed = {".kml": 4326, ".inp": workspace.crs}.get(ending)
    if not given:
        return fixed or workspace.crs
    crs, shifted = parse_crs(given)
    number = crs.to_epsg()
    if number is None or shifted:
        raise UsageError(_("{text} is not a CRS that can be written.").format(text=given), _("Write it as EPSG:4548."))
    if fixed not in (None, number):
        raise UsageError(
            _("Files that end in {ending} are written in EPSG:{crs} only.").format(ending=ending, crs=fixed),
            _("Leave out --crs, or take another format."),
        )
    return number


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder beside the file to be made, so that what is finished is put in its place in one step."""
    try:
        folder = tempfile.TemporaryDirectory(prefix=".jnw-", dir=path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from error
    with folder as name:
        yield Path(name)


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        _("{file} cannot be written: {why}").format(file=path, why=error.strerror or error),
        _("Name another place, in a folder that is there and can be written to."),
    )


def _refuse_over(paths: Iterable[Path], overwrite: bool) -> None:
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


def _target(made: Path, path: Path) -> Path:
    """Where a file that was made goes: the one that was named under the very name it was given."""
    return path if made.name.casefold() == path.name.casefold() else path.with_name(made.name)


def _move(targets: Mapping[Path, Path], path: Path) -> None:
    try:
        for made, target in targets.items():
            made.replace(target)
    except OSError as error:
        raise _cannot_write(path, error) from error


@dataclass
class _Job:
    """One export under way."""

    outgoing: Outgoing
    kinds: list[Kind]
    condition: Condition | None
    named: bool
    task: Task
    done: Exported

    def write(self, folder: Path, stem: str, ending: str, title: str) -> list[Path]:
        """Write into ``folder``; the files that were made."""
        path = folder / f"{stem}{ending}"
        if ending == ".inp":
            rows = {kind: self._rows(KINDS[kind]) for kind in (*ENDS, "pipe")}
            self.done.written, left_out = write_inp(path, rows, title)
            if left_out:
                self.done.warnings.append(
                    _("Left out, for they join nothing that is in service: {codes}").format(codes=_some(left_out))
                )
            return [path]
        present = self.kinds if self.named else [kind for kind in self.kinds if self._any(kind)]
        if ending in ONE_LAYER:
            return self._one_by_one(folder, stem, ending, present)
        writing: dict[str, Callable[[], None]] = {
            ".gpkg": lambda: self._geopackage(path, present),
            ".xlsx": lambda: workbooks.write_workbook(path, ((k, self._rows(k)) for k in present), self.outgoing.crs),
            ".dxf": lambda: drawings.write_dxf(path, ((kind.id, self._rows(kind)) for kind in present)),
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
        before = self.outgoing.count
        place = self.kinds.index(kind) if kind in self.kinds else 0
        for at, row in enumerate(self.outgoing.rows(kind, self.condition)):
            if at % 1000 == 0:
                self.task.progress(place / len(self.kinds), _("Writing"))
            yield row
        self.done.kinds[kind.id] = self.outgoing.count - before


def _some(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" … ({len(names)})" if len(names) > 10 else "")
