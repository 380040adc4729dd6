"""The file of a guide proves itself: a changed byte is found, and so is the page it was on."""

import random
import re

import pikepdf
import pytest

pytestmark = pytest.mark.engine


def test_the_file_proves_itself(jnw, guide_file):
    status, told, _said = jnw("guide", "verify", guide_file)
    assert (status, told["ok"], told["guide"], told["site"]) == (0, True, "JD000001", "S1")
    assert (told["signed"], told["intact"], told["trusted"], told["expired"]) == (True, True, False, False)
    assert "演示" in told["signer"]
    assert "demo" in told["signer"]
    assert ["演示密钥" in note for note in told["notes"]] == [True]


def test_saved_again_it_is_not_the_file_but_its_pages_are(jnw, guide_file, tmp_path):
    with pikepdf.open(guide_file) as document:
        document.save(tmp_path / "again.pdf", linearize=True, recompress_flate=True)
    status, told, _said = jnw("guide", "verify", tmp_path / "again.pdf")
    assert (status, told["intact"], len(told["problems"]), told["guide"]) == (5, False, 1, "JD000001")
    assert "各页内容与出具时相同" in told["notes"][0]


def test_a_copy_without_the_signature_is_found(jnw, guide_file, tmp_path):
    with pikepdf.open(guide_file) as document:
        del document.Root.AcroForm
        del document.Root.Perms
        del document.pages[0].Annots
        document.save(tmp_path / "unsigned.pdf")
    status, told, _said = jnw("guide", "verify", tmp_path / "unsigned.pdf")
    assert (status, told["signed"], told["intact"], told["guide"]) == (5, False, None, "JD000001")
    assert "没有电子签名" in told["problems"][0]
    # And one cut off where it was signed: the file as it was before.
    content = guide_file.read_bytes()
    (tmp_path / "before.pdf").write_bytes(content[: content.index(b"%%EOF") + 6])
    status, told, _said = jnw("guide", "verify", tmp_path / "before.pdf")
    assert (status, told["signed"]) == (5, False)


def test_what_was_added_after_signing_is_found(jnw, guide_file, tmp_path):
    (tmp_path / "longer.pdf").write_bytes(guide_file.read_bytes() + b"\n% and more\n")
    assert jnw("guide", "verify", tmp_path / "longer.pdf")[0] == 5


def places(content):
    """Bytes to change: some anywhere, some in the signature itself, in its padding, and the ends of the file."""
    chance = random.Random(7)
    signature = re.search(rb"/Contents <(3[0-9A-F]+)>", content)
    start, end = signature.span(1)
    made = start + len(signature.group(1).rstrip(b"0"))
    anywhere = [chance.randrange(len(content)) for _n in range(25)]
    within = [chance.randrange(start, made) for _n in range(25)] + [chance.randrange(made, end) for _n in range(5)]
    return [*anywhere, *within, 0, 5, start - 1, end, len(content) - 3]


def test_any_changed_byte_is_found(guide_file, tmp_path, jnw):
    content = guide_file.read_bytes()
    file = tmp_path / "changed.pdf"
    for place in places(content):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 5)
        file.write_bytes(changed)
        status, told, _said = jnw("guide", "verify", file)
        assert (status, told["ok"]) == (5, False), place


def test_a_name_that_is_no_text_any_more_is_found(guide_file, tmp_path, jnw):
    content = guide_file.read_bytes()
    names = [found.start() for found in re.finditer(rb"/[A-Z][A-Za-z]{3,}", content)]
    file = tmp_path / "changed.pdf"
    for place in names[:: max(1, len(names) // 20)]:
        file.write_bytes(content[: place + 2] + b"\xd2" + content[place + 3 :])
        status, told, _said = jnw("guide", "verify", file)
        assert (status, told["ok"]) == (5, False), place


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
    page = document.pages[1]
    page.VP[0].BBox[0] = 40


def written_over(document):
    """A form field that shows something, on the page of the signature."""
    spot = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Sig, Rect=[0, 0, 9, 9]
    )
    document.pages[0].Annots.append(spot := document.make_indirect(spot))
    document.Root.AcroForm.Fields.append(spot)


@pytest.mark.parametrize("change", [altered, shorter, recorded_otherwise, unrecorded, damaged, map_moved, written_over])
def test_what_was_tampered_with_is_named(jnw, guide_file, tmp_path, change):
    with pikepdf.open(guide_file) as document:
        change(document)
        document.save(tmp_path / "other.pdf")
    status, told, _said = jnw("guide", "verify", tmp_path / "other.pdf")
    # That the signature does not hold, and what is not as it was.
    assert (status, told["ok"], told["intact"], len(told["problems"])) == (5, False, False, 2)


def test_what_is_no_pdf_is_refused(jnw, tmp_path):
    (tmp_path / "x.pdf").write_bytes(b"hello")
    assert jnw("guide", "verify", tmp_path / "x.pdf")[1]["error"]["kind"] == "no_pdf"
    assert jnw("guide", "verify", tmp_path / "none.pdf")[0] == 3


def test_it_is_fit_to_be_kept(guide_file):
    """The map's fonts and pictures too: what PDF/A-3b forbids is not in it."""
    with pikepdf.open(guide_file) as document:
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        things = [thing for thing in document.objects if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream)]
        fonts = [thing for thing in things if thing.get("/Type") == "/FontDescriptor"]
        assert fonts
        assert all(any(f"/FontFile{n}" in font for n in ("", "2", "3")) and "/CIDSet" not in font for font in fonts)
        assert not any(thing.get("/Interpolate") for thing in things if thing.get("/Subtype") == "/Image")
        assert not any(thing.get("/Filter") == "/LZWDecode" for thing in things)
        assert not any("/TR" in thing or thing.get("/Type") == "/Action" for thing in things)
        assert [spec.AFRelationship for spec in document.Root.AF] == ["/Data"]
