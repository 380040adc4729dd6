"""Taking facilities out to a file: the format by its ending, what it cannot hold told before it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange import drawings, kml, workbooks, writers
from jnw_desktop.exchange.errors import CannotWrite, WorkspaceAsFile
from jnw_desktop.exchange.geopackage import is_workspace
from jnw_desktop.exchange.inpwriting import write_inp
from jnw_desktop.exchange.mapping import short_name
from jnw_desktop.exchange.matching import ASKED
from jnw_desktop.exchange.outcomes import Exported, Outlook
from jnw_desktop.exchange.outgoing import Outgoing, Row
from jnw_desktop.exchange.placing import parse_crs
from jnw_desktop.facilities.filters import Condition
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Draft, Terms, leaving
from jnw_desktop.facilities.savedfilters import saved_filter
from jnw_desktop.facilities.whereabouts import condition_of
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

FORMATS = (".gpkg", ".shp", ".geojson", ".json", ".kml", ".dxf", ".xlsx", ".inp")
_FIXED_CRS = {".kml": 4326, ".inp": 0}  # formats that leave no choice; 0: the workspace's
ONE_LAYER = (".shp", ".geojson", ".json")  # a file for each kind where there are several
DRAWN = (".kml", ".dxf")  # nothing is left of them without places


def outlook(
    workspace: Workspace, file: str | Path, *, kinds: Sequence[str] = (), where: str = "", crs: str = "",
    selected: Mapping[str, Sequence[int]] | None = None,
) -> Outlook:  # fmt: skip
    """What :func:`export_file` would do, asked of the same; nothing is written. Raises UsageError.

    ``crs`` is what would be taken if the format left a choice.
    """
    chosen, condition, _named = _chosen(workspace, file, kinds, where, selected)
    ending = _ending(Path(file))
    fixed = ending in _FIXED_CRS
    target = _crs(workspace, "" if fixed else crs, ending)
    counts = {kind.id: len(fids) for kind in chosen if (fids := (selected or {}).get(kind.id)) is not None}
    with workspace.read() as connection:
        if not selected:
            counts = {kind.id: _count(connection, kind, condition) for kind in chosen}
    told = losses(file, [name for name, count in counts.items() if count])
    return Outlook({n: c for n, c in counts.items() if c}, told, target, fixed)


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
                "EPANET holds what is in service of the network: no attributes but elevation, diameter, length, demand "
                "and roughness, no planned or abandoned pipes, nothing that no pipe reaches, no CRS. A valve at which "
                "pipes end becomes a junction; where it is closed, its pipes are."
            )
        )
        told.append(
            _("What EPANET must have and is not known is set; what, and of how many, is told once it is written.")
        )
    told.append(_("History, versions and who changed what stay in the workspace."))
    return told


def export_file(  # noqa: PLR0913 - what an export can be told, by name
    workspace: Workspace,
    file: str | Path,
    *,
    kinds: Sequence[str] = (),
    where: str = "",
    crs: str = "",
    overwrite: bool = False,
    selected: Mapping[str, Sequence[int]] | None = None,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> Exported:
    """Write the facilities of ``kinds`` (all, when none is named) for which ``where`` is so, or those ``selected``.

    ``selected``: ``fid`` by kind, in place of ``kinds`` and ``where``. ``crs`` is the one to write (``EPSG:4548``),
    else the workspace's; KML is in longitude and latitude always. A format of one layer gets a file for each kind where
    there are several. ``terms`` say who gets it: that it left is recorded, and places are told as the recipient's role
    has it. Raises UsageError, CannotWrite, WorkspaceAsFile, NothingUnrecorded. The file is made whole or not at all.
    """
    path = Path(file).expanduser().absolute()
    ending = _ending(path)
    chosen, condition, named = _chosen(workspace, path, kinds, where, selected)
    target = _crs(workspace, crs, ending)
    _refuse_over([path], overwrite)
    done = Exported(losses=losses(path, [kind.id for kind in chosen] if named else ()))
    try:
        with leaving(workspace, "export", path, title=workspace.location.title, terms=terms, who=who) as draft:
            _refuse_hidden(draft.coordinates, ending)
            with workspace.read() as connection:
                outgoing = Outgoing(connection, workspace.crs, target, draft.coordinates)
                job = _Job(outgoing, chosen, condition, named, draft, task, done, workspace, selected or {})
                made = job.write(ending)
            draft.kinds, draft.bounds = done.kinds, outgoing.bounds
            targets = draft.targets()
            _refuse_over(targets.values(), overwrite)
            done.files = [str(targets[one]) for one in made]
            done.release = draft.number if draft.recorded else None
    except OSError as error:
        raise _cannot_write(path, error) from error
    if done.release is None:
        done.warnings.append(_("The workspace can only be read: that this left is not recorded."))
    task.progress(1.0)
    return done


def _refuse_hidden(coordinates: Coordinates, ending: str) -> None:
    if coordinates.hidden and ending in DRAWN:
        raise UsageError(
            _("Places are hidden from this role, and a file that ends in {ending} holds nothing else.").format(
                ending=ending
            ),
            _("Take .xlsx or .gpkg, or another role."),
        )


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise UsageError(
            _("Files that end in {ending} cannot be written.").format(ending=ending or "''"),
            _("Known are: {formats}").format(formats=", ".join(FORMATS)),
        )
    return ending


def _chosen(
    workspace: Workspace,
    file: str | Path,
    kinds: Sequence[str],
    where: str,
    selected: Mapping[str, Sequence[int]] | None,
) -> tuple[list[Kind], Condition | None, bool]:
    """Which kinds are written, of which facilities, and whether the kinds were named. Raises UsageError."""
    if selected and (kinds or where):
        raise UsageError(_("Either what is selected is taken out, or kinds and a condition are named."))
    if not kinds and (name := where.strip()).startswith("@") and " " not in name:
        kinds = [saved_filter(workspace, name[1:]).kind]
    names = list(dict.fromkeys(selected or kinds))
    chosen = [kind_of(name) for name in names] or list(KINDS.values())
    return chosen, _condition(workspace, where, chosen, _ending(Path(file)), bool(names)), bool(names)


def _count(connection: sa.Connection, kind: Kind, condition: Condition | None) -> int:
    query = sa.select(sa.func.count()).select_from(kind.table).where(kind.table.c[GEOMETRY].is_not(None))
    return connection.scalar(query if condition is None else query.where(condition)) or 0


def _condition(workspace: Workspace, where: str, kinds: Sequence[Kind], ending: str, named: bool) -> Condition | None:
    if ending == ".inp" and (where or named):
        raise UsageError(
            _("An EPANET file is of the whole network; neither a kind nor a condition can be given."),
            _("Leave out --kind and --where, or take another format."),
        )
    if not where:
        return None
    if len(kinds) > 1:
        raise UsageError(_("A condition is about one kind of facility."), _("Say which: --kind pipe"))
    return condition_of(workspace, kinds[0], where)


def _crs(workspace: Workspace, given: str, ending: str) -> int:
    fixed = _FIXED_CRS.get(ending, 0) or None if ending != ".inp" else workspace.crs
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


@dataclass
class _Job:
    """One export under way."""

    outgoing: Outgoing
    kinds: list[Kind]
    condition: Condition | None
    named: bool
    draft: Draft
    task: Task
    done: Exported
    workspace: Workspace
    selected: Mapping[str, Sequence[int]]

    def write(self, ending: str) -> list[Path]:
        """Write the draft; the files that were made."""
        path = self.draft.folder / f"{self.draft.out.stem}{ending}"
        if ending == ".inp":
            self._epanet(path)
            return [path]
        present = self.kinds if self.named else [kind for kind in self.kinds if self._any(kind)]
        if ending in ONE_LAYER:
            return self._one_by_one(path, ending, present)
        layers = ((kind.id, self._rows(kind)) for kind in present)
        stamp, crs = self.draft.stamp, self.outgoing.crs
        writing: dict[str, Callable[[], None]] = {
            ".gpkg": lambda: self._geopackage(path, present),
            ".xlsx": lambda: workbooks.write_workbook(path, ((k, self._rows(k)) for k in present), crs, stamp),
            ".dxf": lambda: drawings.write_dxf(path, layers, stamp),
            ".kml": lambda: self._kml(path, layers, stamp),
        }
        writing[ending]()
        self.done.written = self.outgoing.count
        return [path]

    def _epanet(self, path: Path) -> None:
        self.task.progress(0.1, _("Writing"))
        title = " · ".join(line for line in (self.draft.title, self.draft.stamp) if line)
        self.done.kinds, left_out, assumed = write_inp(path, self.workspace, self.outgoing, title)
        self.done.written = sum(self.done.kinds.values())
        if left_out:
            self.done.warnings.append(
                _("Left out, for they join nothing that is in service: {codes}").format(codes=_some(left_out))
            )
        self.done.warnings += [row.told for row in assumed]

    def _one_by_one(self, whole: Path, ending: str, present: list[Kind]) -> list[Path]:
        made = []
        for kind in present or self.kinds[:1]:
            path = whole if len(present) <= 1 else whole.with_name(f"{whole.stem}_{kind.id}{ending}")
            if ending == ".shp":
                self._vector(path, "ESRI Shapefile", kind)
                path = path.with_suffix(".dbf") if self.draft.coordinates.hidden else path
            else:
                writers.write_geojson(path, kind, self._rows(kind), self.outgoing.crs, self.draft.stamp)
            made.append(path)
        self.done.written = self.outgoing.count
        return made

    def _geopackage(self, path: Path, present: list[Kind]) -> None:
        for kind in present or self.kinds[:1]:
            self._vector(path, "GPKG", kind)

    def _vector(self, path: Path, driver: str, kind: Kind) -> None:
        placed = not self.draft.coordinates.hidden
        rows = self._rows(kind)
        writers.write_vector(path, driver, kind, rows, self.outgoing.crs, placed=placed, stamp=self.draft.stamp)

    @staticmethod
    def _kml(path: Path, layers: Iterable[tuple[str, Iterable[Row]]], stamp: str) -> None:
        with path.open("w", encoding="utf-8") as file:
            kml.write_kml(file, layers, stamp)

    def _any(self, kind: Kind) -> bool:
        query = sa.select(kind.table.c.fid).limit(1)
        return self.outgoing.connection.scalar(query) is not None

    def _rows(self, kind: Kind) -> Iterator[Row]:
        before = self.outgoing.count
        place = self.kinds.index(kind) if kind in self.kinds else 0
        total = max(1, self._total(kind))
        for condition in self._conditions(kind):
            for row in self.outgoing.rows(kind, condition):
                at = self.outgoing.count - before
                if at % 1000 == 1:
                    self.task.progress((place + min(1.0, at / total)) / len(self.kinds), _("Writing"))
                yield row
        self.done.kinds[kind.id] = self.outgoing.count - before

    def _total(self, kind: Kind) -> int:
        fids = self.selected.get(kind.id)
        return _count(self.outgoing.connection, kind, self.condition) if fids is None else len(fids)

    def _conditions(self, kind: Kind) -> Iterator[Condition | None]:
        """What is asked for, a question after the other where many are selected."""
        if kind.id not in self.selected:
            yield self.condition
            return
        fids = list(self.selected[kind.id])
        for first in range(0, len(fids), ASKED):
            yield kind.table.c.fid.in_(fids[first : first + ASKED])


def _some(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" … ({len(names)})" if len(names) > 10 else "")
