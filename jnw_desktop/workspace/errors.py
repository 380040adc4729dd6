"""What can be wrong with a workspace or a change to it, told with what to do."""

from __future__ import annotations

import errno
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy.exc

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import N_, _

ROOM = 1 << 17  # bytes: the shared memory and the first pages of a WAL


class WorkspaceMissing(RefusedError):
    """There is no workspace at that place."""

    kind = "workspace_missing"


class WorkspaceExists(RefusedError):
    """A new workspace would overwrite something."""

    kind = "workspace_exists"


class FolderMissing(RefusedError):
    """A new file was wanted in a folder that is not there: a slip of the pen more often than a wish."""

    kind = "folder_missing"


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


class StoodOn(RefusedError):
    """Something that was issued stands on a row that would go."""

    kind = "stood_on"


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


def stood_on(why: str, codes: Iterable[str]) -> StoodOn:
    """``codes`` of what stands on rows made by the change called ``why``."""
    return StoodOn(
        _("“{why}” cannot be taken back: {codes} stands on it.").format(why=why, codes=", ".join(codes)),
        _("Withdraw that first, or abandon the facility instead."),
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
        _("The database of {where} cannot be reached: {reason}").format(where=where, reason=_silence(reason)),
        _("Check address, user and password (…://USER:PASSWORD@HOST/DATABASE), and that the server runs."),
    )


# What PostgreSQL and its driver say, and what it means.
_SILENCES = (
    (r"password authentication failed|no password supplied", N_("user or password is wrong")),
    (r"could not translate host|name or service|failed to resolve", N_("the host is not known")),
    (r"connection refused", N_("no server answers there")),
    (r"timeout|timed out", N_("the server does not answer in time")),
    (r"database .* does not exist", N_("there is no such database")),
    (r"role .* does not exist", N_("there is no such user")),
    (r"terminating connection|closed the connection|server closed", N_("the server ended the connection")),
)


def _silence(said: str) -> str:
    """Why a database does not answer, in our words; else its own last line."""
    for pattern, meaning in _SILENCES:
        if re.search(pattern, said, re.IGNORECASE):
            return _(meaning)
    lines = said.strip().splitlines()
    return _("it gave another reason") + (f" ({lines[-1].strip()})" if lines else "")


def truncated(where: str) -> TruncatedWorkspace:
    """The file is damaged."""
    return TruncatedWorkspace(
        _("The workspace {where} is damaged: part of the file is missing or unreadable.").format(where=where),
        _("Move it away, then restore the last backup: {commands}").format(
            commands=f'mv "{where}" "{where}.damaged"; jnw workspace restore BACKUP "{where}"'
        ),
    )


def refuse_existing(path: Path) -> None:
    """Raise WorkspaceExists where writing to ``path`` would overwrite something."""
    if path.exists():
        raise WorkspaceExists(
            _("{where} exists already.").format(where=path), _("Choose another name, or move the file away first.")
        )


def require_folder(path: Path) -> None:
    """Raise FolderMissing unless the folder that ``path`` is to be made in is there."""
    if not path.parent.is_dir():
        raise FolderMissing(
            _("The folder {folder} does not exist.").format(folder=path.parent),
            _("Make the folder first, or choose another one."),
        )


def disk_full(where: str) -> DiskFull:
    """There is no room at ``where``."""
    return DiskFull(
        _("The disk is full; the change was not made and nothing was lost."),
        _("Free some space on the disk that holds {where}, then try again.").format(where=where),
    )


def cannot_write(path: Path, error: OSError) -> RefusedError:
    """Why ``path`` could not be written: no room, or no permission."""
    return disk_full(str(path)) if error.errno == errno.ENOSPC else read_only(str(path))


def no_room(path: Path) -> bool:
    """Whether the disk of ``path`` has no room even for what SQLite keeps beside a file it opens."""
    folder = next(parent for parent in path.parents if parent.exists())
    return shutil.disk_usage(folder).free < ROOM


@contextmanager
def telling(where: str) -> Iterator[None]:
    """Turn the database's own errors into ours; ``where`` names the workspace in them."""
    try:
        yield
    except (sqlalchemy.exc.IntegrityError, sqlalchemy.exc.DataError) as error:
        raise ValueRefused(
            _("The workspace refuses a value: {reason}").format(reason=_refusal(error.orig)),
            _("Codes must be unique within their kind; correct the value and save again."),
        ) from error
    except sqlalchemy.exc.DBAPIError as error:
        raise _told(where, error.orig, error.connection_invalidated) or error from error
    except sqlite3.Error as error:  # where SQLAlchemy is not between: connecting, a bulk insert, a backup
        raise _told(where, error) or error from error


def _told(where: str, error: BaseException | None, lost: bool = False) -> RefusedError | None:
    """Our error for one of a database; ``None`` for what it should never say."""
    text = str(error).lower()
    if "disk is full" in text or "no space left" in text:
        return disk_full(where)
    if "disk i/o error" in text or "unable to open" in text:
        # SQLite says this of a full disk as well: its shared memory did not fit.
        return disk_full(where) if "://" not in where and no_room(Path(where)) else truncated(where)
    if lost:
        return unreachable(where, str(error))
    if "readonly" in text or "read-only" in text or "permission denied" in text:
        return read_only(where)
    if "locked" in text or "lock timeout" in text:
        return busy()
    return truncated(where) if "malformed" in text or "not a database" in text else None


def _refusal(error: BaseException | None) -> str:
    """What a constraint says, in our words where we know them."""
    text = str(error)
    if "unique" not in text.lower():
        return text
    if found := re.search(r"Key \(code\)=\((.*)\)", text):
        return _("The code {code} is used already.").format(code=found[1])
    return _("A code is used already.") + f" ({text.splitlines()[0]})"
