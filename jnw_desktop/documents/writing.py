"""A document goes to its place whole or not at all."""

from __future__ import annotations

from pathlib import Path

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _

_SQLITE = b"SQLite format 3\x00"


class DocumentNotWritten(RefusedError):
    """The file could not be written where it was wanted."""

    kind = "document_not_written"


def require_writable(path: Path) -> None:
    """Raise DocumentNotWritten now where :func:`write_whole` would after all the work.

    A document never takes the place of a database: a workspace named by mistake would be gone with its city.
    """
    if is_database(path):
        raise DocumentNotWritten(
            _("{path} is a workspace or another database; a document does not replace it.").format(path=path),
            _("Give the document a name of its own."),
        )
    if not path.absolute().parent.is_dir():
        raise DocumentNotWritten(
            _("The folder {folder} does not exist.").format(folder=path.absolute().parent),
            _("Make the folder first, or choose another one."),
        )


def is_database(path: Path) -> bool:
    """Whether a file is there that is an SQLite database, such as a GeoPackage."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``; an earlier file stays as it was when that fails. Raises DocumentNotWritten."""
    require_writable(path)
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise not_written(path, error) from error


def not_written(path: Path, error: OSError) -> DocumentNotWritten:
    """What to tell where ``path`` could not be written."""
    return DocumentNotWritten(
        _("The document could not be written to {path}: {reason}").format(path=path, reason=error.strerror or error),
        _("Choose a folder you may write to, with room on its disk."),
    )
