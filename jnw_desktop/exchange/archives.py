"""ZIP archives (.zip, .kmz, .xlsx): looked at before they are unpacked, unpacked to a folder that goes away."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from jnw_desktop.exchange.errors import UnsafeArchive, unreadable
from jnw_desktop.language import _

MOST_BYTES = 8 << 30  # unpacked
MOST_RATIO = 200  # of unpacked to packed, where it matters: text packs 5 to 20 times, a bomb a thousand and more
SMALL = 64 << 20  # unpacked bytes that are harmless whatever the ratio


def check_archive(path: Path) -> None:
    """Refuse an archive that unpacks to far more than it should. Raises UnsafeArchive, UnreadableFile."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise unreadable(path, error) from error
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if unpacked > MOST_BYTES or (unpacked > SMALL and unpacked / packed > MOST_RATIO):
        raise UnsafeArchive(
            _("{file} would unpack to {size} MB; it looks like a ZIP bomb.").format(
                file=path.name, size=unpacked >> 20
            ),
            _("If it is meant to be so, unpack it yourself and import the file inside."),
        )


@contextmanager
def unpacked(path: Path) -> Iterator[list[Path]]:
    """The files of an archive, for as long as the block lasts; members that point outside of it are left out."""
    check_archive(path)
    with tempfile.TemporaryDirectory(prefix="jnw-") as folder:
        files = []
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                name = PurePosixPath(_name(member))
                if member.is_dir() or name.is_absolute() or ".." in name.parts:
                    continue
                target = Path(folder, *name.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    with archive.open(member) as packed, target.open("wb") as out:
                        shutil.copyfileobj(packed, out)  # zipfile takes no more than the header says
                except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
                    raise unreadable(path, error) from error
                files.append(target)
        yield files


def _name(member: zipfile.ZipInfo) -> str:
    """The member's name; archives made on a Chinese Windows write it in GBK and do not say so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename
