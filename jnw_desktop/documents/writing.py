"""A document goes to its place whole or not at all."""

from __future__ import annotations

from pathlib import Path

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _


class DocumentNotWritten(RefusedError):
    """The file could not be written where it was wanted."""

    kind = "document_not_written"


def require_writable(path: Path) -> None:
    """Raise DocumentNotWritten now where :func:`write_whole` would after all the work."""
    if not path.absolute().parent.is_dir():
        raise DocumentNotWritten(
            _("The folder {folder} does not exist.").format(folder=path.absolute().parent),
            _("Make the folder first, or choose another one."),
        )


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``; an earlier file stays as it was when that fails. Raises DocumentNotWritten."""
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
