"""The file of a guide proves itself: saved again it is the same, changed it is not."""

import pikepdf
import pytest

pytestmark = pytest.mark.engine


def test_the_file_proves_itself(jnw, guide_file, tmp_path):
    status, told, _said = jnw("guide", "verify", guide_file)
    assert (status, told["ok"], told["guide"], told["site"]) == (0, True, "JD000001", "S1")
    with pikepdf.open(guide_file) as document:
        document.save(tmp_path / "again.pdf", linearize=True, recompress_flate=True)
    assert jnw("guide", "verify", tmp_path / "again.pdf")[0] == 0


def altered(document):
    document.pages[1].contents_coalesce()
    contents = document.pages[1].Contents
    contents.write(contents.read_bytes() + b"\nq Q")


def shorter(document):
    del document.pages[-1]


def recorded_otherwise(document):
    held = document.attachments["jnw-guide.json"].get_file().read_bytes()
    document.attachments["jnw-guide.json"] = pikepdf.AttachedFileSpec(document, held.replace(b"S1", b"S2"))


def unrecorded(document):
    del document.attachments["jnw-guide.json"]


def damaged(document):
    document.attachments["jnw-guide.json"] = pikepdf.AttachedFileSpec(document, b"[]")


def map_moved(document):
    page = document.pages[0]
    page.VP[0].BBox[0] = 40


@pytest.mark.parametrize("change", [altered, shorter, recorded_otherwise, unrecorded, damaged, map_moved])
def test_a_file_that_was_tampered_with_is_found(jnw, guide_file, tmp_path, change):
    with pikepdf.open(guide_file) as document:
        change(document)
        document.save(tmp_path / "other.pdf")
    status, told, _said = jnw("guide", "verify", tmp_path / "other.pdf")
    assert (status, told["ok"], len(told["problems"])) == (5, False, 1)


def test_what_is_no_pdf_is_refused(jnw, tmp_path):
    (tmp_path / "x.pdf").write_bytes(b"hello")
    assert jnw("guide", "verify", tmp_path / "x.pdf")[1]["error"]["kind"] == "no_pdf"
    assert jnw("guide", "verify", tmp_path / "none.pdf")[0] == 3
