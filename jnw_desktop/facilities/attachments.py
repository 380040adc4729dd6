"""Photos and documents attached to facilities, kept in the workspace by the hash of their bytes."""

from __future__ import annotations

import hashlib
import io
import mimetypes
from dataclasses import dataclass
from pathlib import PurePath

import sqlalchemy as sa
from PIL import Image, ImageOps, UnidentifiedImageError

from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities.kinds import ATTACHMENT
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.language import _
from jnw_desktop.workspace import Change, ChangeResult, Workspace
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_desktop.workspace.tables import CONTENTS

MOST_BYTES = 30_000_000  # of one file
THUMBNAIL_PX = 256  # its longer side
MOST_PIXELS = 200_000_000  # a picture of more is kept, but no thumbnail is made of it


class FileRefused(RefusedError):
    """A file that cannot be attached."""

    kind = "file_refused"


@dataclass(frozen=True)
class Attachment:
    """One attached file; ``size`` in bytes, ``thumbnail`` a JPEG where it is a picture."""

    uid: str
    code: str
    name: str
    media_type: str
    size: int
    sha256: str
    note: str | None
    thumbnail: bytes | None


def attach(
    workspace: Workspace,
    kind: str,
    uid: str,
    name: str,
    content: bytes,
    *,
    note: str | None = None,
    who: str | None = None,
    why: str | None = None,
) -> ChangeResult:
    """Attach a file to a facility; the same bytes are kept once. Raises FileRefused, NoSuchRow."""
    plain = plain_name(name, content)
    with workspace.change(why or _("Attach {name}").format(name=plain), who) as change:
        add_file(change, kind, uid, plain, content, note)
    return change.result


def plain_name(name: str, content: bytes) -> str:
    """The name of a file that users may attach, without its folders, of whichever system. Raises FileRefused."""
    plain = PurePath(name.replace("\\", "/")).name
    if not plain or not content:
        raise FileRefused(_("The file is empty or has no name."), _("Choose another file."))
    if len(content) > MOST_BYTES:
        raise FileRefused(
            _("The file has {size:,} bytes; {most:,} can be attached.").format(size=len(content), most=MOST_BYTES),
            _("Make it smaller, or keep it elsewhere and write down where in the note."),
        )
    return plain


def add_file(change: Change, kind: str, uid: str, name: str, content: bytes, note: str | None = None) -> str:
    """Attach a file within a change that does more; returns the hash its bytes are kept by. Raises NoSuchRow."""
    table = kind_of(kind).table
    sha256 = hashlib.sha256(content).hexdigest()
    if change.connection.scalar(sa.select(table.c.fid).where(table.c.uid == uid)) is None:
        raise NoSuchRow(
            _("There is no {kind} {value}.").format(kind=_(kind_of(kind).title), value=uid),
            _("It may have been removed; look at the history."),
        )
    if change.connection.scalar(sa.select(CONTENTS.c.id).where(CONTENTS.c.sha256 == sha256)) is None:
        kept = {"sha256": sha256, "content": content, "thumbnail": thumbnail_of(content)}
        change.connection.execute(sa.insert(CONTENTS).values(kept))
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    row = {"facility_kind": kind, "facility": uid, "name": name, "media_type": media_type, "note": note}
    change.insert(ATTACHMENT, [row | {"size": len(content), "sha256": sha256}])
    return sha256


def detach(workspace: Workspace, uid: str, *, who: str | None = None, why: str | None = None) -> ChangeResult:
    """Take an attached file away; its bytes stay, as the record may bring it back. Raises NoSuchRow."""
    with workspace.change(why or _("Take an attachment away"), who) as change:
        change.delete(ATTACHMENT, uid)
    return change.result


def attachments_of(workspace: Workspace, uid: str) -> list[Attachment]:
    """The files attached to a facility, in the order they were."""
    query = (
        sa.select(ATTACHMENT, CONTENTS.c.thumbnail)
        .outerjoin(CONTENTS, CONTENTS.c.sha256 == ATTACHMENT.c.sha256)
        .where(ATTACHMENT.c.facility == uid)
        .order_by(ATTACHMENT.c.fid)
    )
    names = ("uid", "code", "name", "media_type", "size", "sha256", "note", "thumbnail")
    with workspace.read() as connection:
        return [Attachment(*(row[name] for name in names)) for row in connection.execute(query).mappings()]


def content_of(workspace: Workspace, uid: str) -> bytes:
    """The bytes of an attached file. Raises NoSuchRow."""
    query = sa.select(CONTENTS.c.content).join(ATTACHMENT, CONTENTS.c.sha256 == ATTACHMENT.c.sha256)
    with workspace.read() as connection:
        content = connection.scalar(query.where(ATTACHMENT.c.uid == uid))
    if content is None:
        raise NoSuchRow(_("The attached file is not there any more."), _("Look at the history of the facility."))
    return bytes(content)


def thumbnail_of(content: bytes) -> bytes | None:
    """A JPEG of at most 256 × 256 pixels, the right way up; ``None`` for what is no picture that can be read."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", (2 * THUMBNAIL_PX, 2 * THUMBNAIL_PX))  # a photo need not be read whole
            small = ImageOps.exif_transpose(picture).convert("RGB")
            small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
            out = io.BytesIO()
            small.save(out, "JPEG", quality=80)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return out.getvalue()
