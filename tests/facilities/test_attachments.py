"""Files attached to facilities."""

import io

import pytest
import sqlalchemy as sa
from PIL import Image

from jnw_desktop.facilities.attachments import (
    MOST_BYTES,
    FileRefused,
    attach,
    attachments_of,
    content_of,
    detach,
    thumbnail_of,
)
from jnw_desktop.workspace import Workspace, restore
from jnw_desktop.workspace.errors import ChangeNeeded, NoSuchRow
from jnw_desktop.workspace.tables import CONTENTS

from .editing.ground import draw


def photo(width=800, height=600, turned=False):
    picture, out = Image.new("RGB", (width, height), "navy"), io.BytesIO()
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6  # the camera stood upright
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_photo_is_kept_once_with_a_thumbnail_and_taken_away_and_back(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    attach(workspace, "pipe", pipe["uid"], "C:\\photos\\井.jpg", photo(), note="开挖")
    attach(workspace, "pipe", pipe["uid"], "again.jpg", photo())
    attach(workspace, "node", pipe["start_node"], "说明.txt", b"text")
    first, again = attachments_of(workspace, pipe["uid"])
    assert (first.name, first.media_type, first.note, first.code) == ("井.jpg", "image/jpeg", "开挖", "FJ000001")
    assert (first.sha256, first.size) == (again.sha256, len(photo()))
    assert content_of(workspace, first.uid) == photo()
    assert max(Image.open(io.BytesIO(first.thumbnail)).size) == 256
    assert attachments_of(workspace, pipe["start_node"])[0].thumbnail is None
    with workspace.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(CONTENTS)) == 2
    detach(workspace, first.uid)
    assert [kept.name for kept in attachments_of(workspace, pipe["uid"])] == ["again.jpg"]
    workspace.undo()
    assert content_of(workspace, first.uid) == photo()
    assert workspace.verify() == []
    with pytest.raises(ChangeNeeded):
        workspace.undo_one(1)  # the pipe's own birth: a file hangs on it


def test_what_cannot_be_attached_is_refused(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    for name, content in (("", b"x"), ("x.txt", b""), ("x.bin", bytes(MOST_BYTES + 1))):
        with pytest.raises(FileRefused):
            attach(workspace, "pipe", pipe["uid"], name, content)
    with pytest.raises(NoSuchRow):
        attach(workspace, "pipe", "nobody", "x.txt", b"x")
    with pytest.raises(NoSuchRow):
        content_of(workspace, "nobody")
    assert len(workspace.history()) == 1


def test_a_backup_holds_the_files(workspace, tmp_path, new_place):
    pipe = draw(workspace, (0, 0), (100, 0))
    attach(workspace, "pipe", pipe["uid"], "a.jpg", photo())
    workspace.backup(tmp_path / "copy.gpkg")
    again = new_place()
    restore(tmp_path / "copy.gpkg", again)
    with Workspace.open(again) as restored:
        (kept,) = attachments_of(restored, pipe["uid"])
        assert content_of(restored, kept.uid) == photo()
        assert restored.verify() == []


def test_an_altered_or_missing_file_is_found(workspace):
    pipe = draw(workspace, (0, 0), (100, 0))
    attach(workspace, "pipe", pipe["uid"], "a.txt", b"true")
    with workspace._home.writing() as connection, connection.begin():
        connection.execute(sa.update(CONTENTS).values(content=b"false"))
    assert [problem.part for problem in workspace.verify()] == ["contents"]
    with workspace._home.writing() as connection, connection.begin():
        connection.execute(sa.delete(CONTENTS))
    assert [problem.where for problem in workspace.verify()] == ["attachment FJ000001"]


def test_a_picture_stands_upright_and_what_is_none_has_no_thumbnail():
    assert Image.open(io.BytesIO(thumbnail_of(photo(800, 400, turned=True)))).size == (128, 256)
    assert thumbnail_of(b"\xff\xd8\xff no picture") is None
    assert thumbnail_of(photo()[:500]) is None
