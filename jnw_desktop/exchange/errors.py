"""What can be wrong with a file on its way in or out, told with what to do."""

from __future__ import annotations

from pathlib import Path

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.language import _


class UnreadableFile(RefusedError):
    """The file is missing, empty, cut off, damaged, or of a kind we do not read."""

    kind = "unreadable_file"


class UnsafeArchive(RefusedError):
    """A ZIP that unpacks to far more than it should."""

    kind = "unsafe_archive"


class NoCrs(RefusedError):
    """The file states no coordinate reference system and none was given."""

    kind = "no_crs"


class CrsDoubtful(RefusedError):
    """The coordinates cannot be in the reference system that is stated."""

    kind = "crs_doubtful"


class WrongEncoding(RefusedError):
    """The text of the file is not in the encoding that was given."""

    kind = "wrong_encoding"


class WorkspaceAsFile(RefusedError):
    """A workspace would be read into itself, or written over."""

    kind = "workspace_as_file"


class CannotWrite(RefusedError):
    """The file to be made cannot be made."""

    kind = "cannot_write"


class MappingRefused(RefusedError):
    """A mapping file that cannot be used."""

    kind = "mapping_refused"


class NoSuchLayer(UsageError):
    """The file has no layer of that name, or several and none was named."""

    kind = "no_such_layer"


class KindUnclear(UsageError):
    """Nothing says which kind of facility the rows are."""

    kind = "kind_unclear"


def unreadable(path: Path, why: object) -> UnreadableFile:
    """``path`` cannot be read because of ``why``."""
    return UnreadableFile(
        _("{file} cannot be read: {why}").format(file=path.name, why=why),
        _("Check the file with the program that made it, or ask for it again."),
    )
