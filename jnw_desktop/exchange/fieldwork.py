"""Field work with QField: a package of project and copy goes out, and what was edited in it comes back by choice.

The copy is a workspace: its triggers note each row before it was first edited. So of every field three values are known
when it comes back: before, in the field, and here by now. Where the last two both differ from the first, people choose.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.archives import unpacked
from jnw_desktop.exchange.errors import CannotWrite
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.facilities.releases.backing import tell_whole
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms, leaving
from jnw_desktop.language import _
from jnw_desktop.mapengine.errors import NoQgis
from jnw_desktop.mapengine.forqgis import make_project, styles_of
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import ChangeResult, Workspace
from jnw_desktop.workspace.tables import CHANGE_SETS, GEOMETRY, OWN_COLUMNS

_OURS = uuid.UUID("6f1c1f0e-3b0a-4a53-9b0a-0d9b5f2a7c11")  # of the uids of rows that were drawn in the field


@dataclass(frozen=True)
class FieldDifference:
    """One field: before it went out, in the field, and here by now."""

    name: str
    before: Any
    theirs: Any
    ours: Any

    @property
    def conflict(self) -> bool:
        """Whether it was changed here too, to something else."""
        return self.ours not in (self.before, self.theirs)


@dataclass(frozen=True)
class Difference:
    """One facility that was edited in the field. ``operation``: insert, update or delete; ``key`` names it in a choice.

    ``conflict``: it has changed here since, so that taking it would undo somebody's work.
    """

    key: str
    kind: str
    uid: str
    code: str
    operation: str
    fields: tuple[FieldDifference, ...]
    conflict: bool


@dataclass(frozen=True)
class Brought:
    """What came back: how many differences were ``taken`` in ``change``, and those ``left``."""

    taken: int
    left: list[Difference]
    change: ChangeResult | None


def pack(
    workspace: Workspace,
    out: str | Path,
    *,
    tree: Sequence[dict[str, Any]],
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> str:
    """Write the package ``out`` (.zip) for QField: a project of the layers of ``tree``, and a copy of the workspace.

    Raises UsageError for another ending and where the recipient's role is not told places exactly, NoQgis,
    EngineFailed, CannotWrite, NothingUnrecorded.
    """
    path = Path(out).expanduser().absolute()
    if path.suffix.lower() != ".zip":
        raise UsageError(_("A package for QField is a .zip."), _("Give the file this ending."))
    if not workspace.read_only:
        workspace.adopt_outside()  # what QGIS changed before is no field work
    try:
        with leaving(workspace, "export", path, title=_("Field package"), terms=terms, who=who) as draft:
            if not draft.coordinates.exact:
                raise UsageError(
                    _("Field work needs exact places, and this role is not told them."), _("Name another role.")
                )
            name = f"{path.stem}.gpkg"
            with tempfile.TemporaryDirectory(prefix="jnw-field-") as folder:
                copy = Path(folder) / name
                workspace.backup(copy, task)
                project, layers = make_project(workspace, tree, styles_of(tree), name)
                if project is None or not layers:
                    raise NoQgis(_("There is no QGIS on this machine to make the project with."), _("Install QGIS."))
                with zipfile.ZipFile(draft.path, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.write(copy, name)
                    archive.writestr(f"{path.stem}.qgz", project)
            tell_whole(workspace, draft)
    except OSError as error:
        raise CannotWrite(
            _("{file} cannot be written: {why}").format(file=path, why=error.strerror or error),
            _("Name another place, in a folder that is there and can be written to."),
        ) from error
    return str(path)


def differences(workspace: Workspace, file: str | Path) -> list[Difference]:
    """What was edited in ``file`` (the package, or the .gpkg in it) and is not here yet, by kind and code.

    Raises UsageError where it is no copy of this workspace, and what opening it would.
    """
    with _copy(Path(file)) as copy:
        mark = _common(workspace, copy)
        found = [one for kind in KINDS.values() for one in _of_kind(workspace, copy, kind, mark)]
    return sorted(found, key=lambda one: (one.kind, one.code, one.key))


def bring_back(
    workspace: Workspace,
    file: str | Path,
    *,
    keys: Sequence[str] | None = None,
    who: str | None = None,
    why: str | None = None,
) -> Brought:
    """Take differences into the workspace in one change set: those of ``keys``, else all that are in no conflict.

    Of a facility only the fields that were edited in the field are set. Raises what :func:`differences` raises,
    UsageError for an unknown key, ValueRefused; then nothing is taken.
    """
    found = differences(workspace, file)
    known = {one.key for one in found}
    if unknown := set(keys or ()) - known:
        raise UsageError(
            _("There is no difference {name}.").format(name=", ".join(sorted(unknown))),
            _("Look again: it may be here by now."),
        )
    chosen = [one for one in found if (one.key in keys if keys is not None else not one.conflict)]
    left = [one for one in found if one not in chosen]
    if not chosen:
        return Brought(0, left, None)
    with workspace.change(why or _("Field work of {file}").format(file=Path(file).name), who) as change:
        for one in chosen:
            table = KINDS[one.kind].table
            values = {each.name: each.theirs for each in one.fields}
            if one.operation == "delete":
                change.delete(table, one.uid)
            elif one.operation == "insert" or _is_gone(change.connection, table, one.uid):
                change.insert(table, [values | {"uid": one.uid}])
            else:
                change.update(table, one.uid, values)
    return Brought(len(chosen), left, change.result)


def _is_gone(connection: sa.Connection, table: sa.Table, uid: str) -> bool:
    return connection.scalar(sa.select(table.c.fid).where(table.c.uid == uid)) is None


@contextmanager
def _copy(file: Path) -> Iterator[Workspace]:
    """The returned workspace, opened from a copy of its own: the file itself stays as it came."""
    with tempfile.TemporaryDirectory(prefix="jnw-field-") as folder:
        place = Path(folder) / "field.gpkg"
        if file.suffix.lower() == ".zip":
            with unpacked(file) as members:
                _take(members, place)
        else:
            beside = [file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm")]
            _take([file, *beside], place)
        with Workspace.open(place) as copy:
            yield copy


def _take(files: Sequence[Path], place: Path) -> None:
    found = next((file for file in files if file.suffix.lower() == ".gpkg"), None)
    if found is None:
        raise UsageError(_("There is no .gpkg in the package."), _("Give the package, or the .gpkg from it."))
    if found.exists():
        shutil.copyfile(found, place)
    for file in files:
        if file.name == f"{found.name}-wal" and file.exists():
            shutil.copyfile(file, place.with_name(f"{place.name}-wal"))  # what QField has not written over yet


def _common(workspace: Workspace, copy: Workspace) -> str:
    """The hash of the last change set that both have. Raises UsageError where the copy is of another workspace."""
    last = sa.select(CHANGE_SETS.c.id, CHANGE_SETS.c.hash).order_by(CHANGE_SETS.c.id.desc()).limit(1)
    with copy.read() as connection:
        theirs = connection.execute(last).first()
    if theirs is not None:
        with workspace.read() as connection:
            ours = connection.scalar(sa.select(CHANGE_SETS.c.hash).where(CHANGE_SETS.c.id == theirs.id))
        if ours == theirs.hash:
            return str(ours)
    raise UsageError(
        _("The file is no copy of this workspace."), _("Take the package that went out from it, with its edits.")
    )


def _of_kind(workspace: Workspace, copy: Workspace, kind: Kind, mark: str) -> Iterator[Difference]:
    noted = copy.outside_rows(kind.table)
    uids = [str(before["uid"]) for _fid, before, _now in noted if before is not None]
    made = {fid: _uid(now, f"{mark}:{kind.id}:{fid}") for fid, before, now in noted if before is None and now}
    ours: dict[str, dict[str, Any]] = {}
    with workspace.read() as connection:
        wanted = [*uids, *made.values()]
        for low in range(0, len(wanted), 500):
            query = sa.select(kind.table).where(kind.table.c.uid.in_(wanted[low : low + 500]))
            ours |= {row["uid"]: dict(row) for row in connection.execute(query).mappings()}
    for fid, before, now in noted:
        if before is not None:
            one = _edited(kind, fid, before, now, ours.get(str(before["uid"])))
        elif now is not None and made[fid] not in ours:
            one = _drawn(kind, fid, now, made[fid])
        else:
            one = None  # it is here already, or was drawn and taken away again
        if one is not None:
            yield one


def _uid(row: dict[str, Any], name: str) -> str:
    """The row's own, or one that is the same whenever the file comes back."""
    return str(row["uid"] or uuid.uuid5(_OURS, name))


def _names(kind: Kind) -> list[str]:
    return ["code", *(name for name in kind.table.c.keys() if name not in OWN_COLUMNS)]  # noqa: SIM118


def _drawn(kind: Kind, fid: int, now: dict[str, Any], uid: str) -> Difference:
    fields = [FieldDifference(name, None, now[name], None) for name in _names(kind) if now[name] is not None]
    return Difference(f"{kind.id}:{fid}", kind.id, uid, now["code"] or "", "insert", tuple(fields), conflict=False)


def _edited(
    kind: Kind, fid: int, before: dict[str, Any], now: dict[str, Any] | None, ours: dict[str, Any] | None
) -> Difference | None:
    key, uid, code = f"{kind.id}:{fid}", str(before["uid"]), str(before["code"] or "")
    if now is None:
        if ours is None:
            return None
        return Difference(key, kind.id, uid, code, "delete", (), conflict=ours["version"] != before["version"])
    names = _names(kind)
    if ours is None:  # taken away here: to take the edit is to bring it back whole
        fields = [FieldDifference(name, before.get(name), now[name], None) for name in names if now[name] is not None]
        return Difference(key, kind.id, uid, code, "update", tuple(fields), conflict=True)
    fields = [
        FieldDifference(name, before.get(name), now[name], ours[name])
        for name in names
        if now[name] != before.get(name) and now[name] != ours[name] and not (name == "code" and not now[name])
    ]
    if not fields:
        return None
    return Difference(key, kind.id, uid, code, "update", tuple(fields), any(one.conflict for one in fields))


def shown(kind: str, one: FieldDifference, value: Any) -> str:
    """A value of a difference in words; of a geometry where it is."""
    if value is None:
        return ""
    if one.name == GEOMETRY:
        shape = shapely.from_wkb(value)
        point = shapely.line_interpolate_point(shape, 0) if shape.geom_type == "LineString" else shape.centroid
        size = f" {shape.length:.2f} m" if "Line" in shape.geom_type else ""
        return f"E {point.x:.2f}, N {point.y:.2f}{size}"
    field = KINDS[kind].field(one.name)
    if field is not None and field.code_list:
        return label(field.code_list, str(value))
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)
