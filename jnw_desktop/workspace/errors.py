"""What can be wrong with a workspace or a change to it, told with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy.exc

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _


class WorkspaceMissing(RefusedError):
    """There is no workspace at that place."""

    kind = "workspace_missing"


class WorkspaceExists(RefusedError):
    """A new workspace would overwrite something."""

    kind = "workspace_exists"


class NotAWorkspace(RefusedError):
    """The file or schema is something else."""

    kind = "not_a_workspace"


class WorkspaceUnreachable(RefusedError):
    """The database does not answer, or does not let us in."""

    kind = "workspace_unreachable"


class TruncatedWorkspace(RefusedError):
    """The file is shorter than it says, or its pages are damaged."""

    kind = "truncated_workspace"


class NewerWorkspace(RefusedError):
    """The workspace was written by a newer version of the program."""

    kind = "newer_workspace"


class NeedsMigration(RefusedError):
    """The workspace was written by an older version and must be carried forward first."""

    kind = "needs_migration"


class ReadOnlyWorkspace(RefusedError):
    """The workspace can be read but not written."""

    kind = "read_only_workspace"


class WorkspaceBusy(RefusedError):
    """Another program holds the write lock for longer than we wait."""

    kind = "workspace_busy"


class DiskFull(RefusedError):
    """There is no room for the change; it was taken back whole."""

    kind = "disk_full"


class ValueRefused(RefusedError):
    """A value cannot be stored: a code twice, a wrong type, an unknown column."""

    kind = "value_refused"


class NoSuchRow(RefusedError):
    """The row to change is not there (any more)."""

    kind = "no_such_row"


class NoSuchTable(RefusedError):
    """A change touched a table that no plugin here declares."""

    kind = "no_such_table"


class NoSuchChange(RefusedError):
    """The change set to take back was never made, or is taken back already."""

    kind = "no_such_change"


class ChangeNeeded(RefusedError):
    """Later changes stand on the one to take back."""

    kind = "change_needed"


class Clash(RefusedError):
    """Someone changed the row since it was read; both versions are carried and neither is lost."""

    kind = "clash"

    def __init__(
        self,
        message: str,
        hint: str = "",
        mine: Mapping[str, object] | None = None,
        theirs: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.mine = dict(mine or {})
        self.theirs = dict(theirs or {})

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message, self.hint, self.mine, self.theirs))


def not_standing(number: int, taken_back: bool) -> NoSuchChange:
    """The change set ``number`` cannot be taken back: it is not there, or its effect is not."""
    message = _("Change {number} is taken back already.") if taken_back else _("There is no change {number}.")
    return NoSuchChange(message.format(number=number), _("Choose one from the history that still stands."))


def still_needed(number: int, later: Iterable[Any], count: int) -> ChangeNeeded:
    """``later``: number and why of some of the ``count`` change sets that stand on ``number``."""
    named = "; ".join(f"{change} {why}" for change, why in later)
    return ChangeNeeded(
        _("Change {number} cannot be taken back alone: {count} later changes depend on it.").format(
            number=number, count=count
        ),
        _("Take these back first, the last one first: {changes}").format(changes=named),
    )


def busy() -> WorkspaceBusy:
    """Another program is writing."""
    return WorkspaceBusy(
        _("Another program is writing to the workspace."),
        _("Finish or cancel its edits (in QGIS: save the layer), then try again."),
    )


def read_only(where: str) -> ReadOnlyWorkspace:
    """The place cannot be written."""
    return ReadOnlyWorkspace(
        _("The workspace {where} cannot be written.").format(where=where),
        _("Ask for write permission on the file and its folder, or copy the workspace to a folder of your own."),
    )


def unreachable(where: str, reason: str) -> WorkspaceUnreachable:
    """The database said ``reason``, or nothing."""
    return WorkspaceUnreachable(
        _("The database of {where} cannot be reached: {reason}").format(where=where, reason=reason.strip()),
        _("Check address, user and password (…://USER:PASSWORD@HOST/DATABASE), and that the server runs."),
    )


def truncated(where: str) -> TruncatedWorkspace:
    """The file is damaged."""
    return TruncatedWorkspace(
        _("The workspace {where} is damaged: part of the file is missing or unreadable.").format(where=where),
        _("Restore the last backup: jnw workspace restore BACKUP {where}").format(where=where),
    )


def refuse_existing(path: Path) -> None:
    """Raise WorkspaceExists where writing to ``path`` would overwrite something."""
    if path.exists():
        raise WorkspaceExists(
            _("{where} exists already.").format(where=path), _("Choose another name, or move the file away first.")
        )


@contextmanager
def telling(where: str) -> Iterator[None]:
    """Turn the database's own errors into ours; ``where`` names the workspace in them."""
    try:
        yield
    except (sqlalchemy.exc.IntegrityError, sqlalchemy.exc.DataError) as error:
        raise ValueRefused(
            _("The workspace refuses a value: {reason}").format(reason=error.orig),
            _("Codes must be unique within their kind; correct the value and save again."),
        ) from error
    except sqlalchemy.exc.DBAPIError as error:
        text = str(error.orig).lower()
        if "disk is full" in text or "no space left" in text:
            raise DiskFull(
                _("The disk is full; the change was not made and nothing was lost."),
                _("Free some space on the disk that holds {where}, then try again.").format(where=where),
            ) from error
        if error.connection_invalidated:
            raise unreachable(where, str(error.orig)) from error
        if "readonly" in text or "read-only" in text or "permission denied" in text:
            raise read_only(where) from error
        if "locked" in text or "lock timeout" in text:
            raise busy() from error
        if "malformed" in text or "not a database" in text or "disk i/o error" in text:
            raise truncated(where) from error
        raise
