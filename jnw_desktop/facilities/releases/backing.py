"""A backup: the whole workspace in one file. All that is known leaves in it, so it is in the register like the rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import counts
from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Draft, Terms, leaving, united
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import cannot_write, refuse_existing, require_folder

ENDING = ".gpkg"


@dataclass(frozen=True)
class Backup:
    """Where the copy is; ``release`` is its number in the register, ``None`` where the workspace can only be read."""

    backup: str
    release: str | None


def back_up(
    workspace: Workspace, target: str | Path, *, terms: Terms = IN_HOUSE, who: str | None = None, task: Task = SILENT
) -> Backup:
    """Copy the workspace to ``target`` (.gpkg) while it is in use, and record that.

    It holds every place exactly: where a recipient or a role is named, the role must be told them so; what nobody is
    named for stays in the house, whatever the default role is. Raises UsageError for that and for another ending,
    WorkspaceExists, FolderMissing, ReadOnlyWorkspace, DiskFull, NothingUnrecorded.
    """
    path = Path(target).expanduser().absolute()
    if path.suffix.lower() != ENDING:
        raise UsageError(
            _("A backup is a GeoPackage, and {file} ends otherwise.").format(file=path.name),
            _("Name it {file}.").format(file=path.with_suffix(ENDING).name),
        )
    require_folder(path)
    refuse_existing(path)
    try:
        with leaving(workspace, "copy", path, title=_("Backup"), terms=terms, who=who) as draft:
            if terms == Terms(why=terms.why):
                draft.role, draft.coordinates = "", Coordinates()
            if not draft.coordinates.exact:
                raise UsageError(
                    _("A backup holds every place exactly, and this role is not told them."),
                    _("Name another role, or hand out an export."),
                )
            workspace.backup(draft.path, task)
            tell_whole(workspace, draft)
    except OSError as error:
        raise cannot_write(path, error) from error
    return Backup(str(path), draft.number if draft.recorded else None)


def tell_whole(workspace: Workspace, draft: Draft) -> None:
    """Put down that all facilities leave."""
    boxes = [box for kind in KINDS.values() if (box := workspace.bounds(kind.table)) is not None]
    draft.bounds = united(boxes)
    draft.kinds = {kind: count for kind, count in counts(workspace).items() if count}
