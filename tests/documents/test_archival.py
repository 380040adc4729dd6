"""What PDF/A-3b asks of a file, looked for in a signed guide's own kind of document and after its signature."""

import io

import pikepdf
import pytest
from PIL import ImageCms
from reportlab.pdfgen.canvas import Canvas

from jnw_desktop.documents import certificates
from jnw_desktop.documents.archival import make_archival
from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.signing import sign_pdf


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A page of Chinese text, made archival, then signed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "page.pdf"
    canvas = Canvas(str(path), initialFontName=chinese_font())
    canvas.setTitle("管线交底单")
    canvas.drawString(50, 500, "给水管 DN300")
    canvas.save()
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        make_archival(document)
        document.attachments["a.json"] = pikepdf.AttachedFileSpec(document, b"{}", mime_type="application/json")
        document.save(path)
    sign_pdf(path, certificates.current(), reason="test")
    return path


def test_it_says_what_it_is_in_metadata_that_the_signature_keeps(kept):
    with pikepdf.open(kept) as document:
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
            assert metadata["dc:title"] == "管线交底单"
        assert "/Filter" not in document.Root.Metadata


def test_its_colours_are_defined_and_its_fonts_are_in_it(kept):
    with pikepdf.open(kept) as document:
        (intent,) = document.Root.OutputIntents
        assert (intent.S, int(intent.DestOutputProfile.N)) == ("/GTS_PDFA1", 3)
        profile = ImageCms.ImageCmsProfile(io.BytesIO(intent.DestOutputProfile.read_bytes()))
        assert profile.profile.xcolor_space.strip() == "RGB"
        fonts = [thing for thing in document.objects if _is(thing, "/FontDescriptor")]
        assert fonts
        assert all("/FontFile2" in font and "/CIDSet" not in font for font in fonts)
        assert not any(_is(thing, "/Action") for thing in document.objects)
        assert "/ID" in document.trailer
        assert "/Encrypt" not in document.trailer


def _is(thing, kind):
    return isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == kind


def test_what_is_attached_is_said_to_belong_to_it(kept):
    with pikepdf.open(kept) as document:
        (related,) = document.Root.AF
        assert related.AFRelationship in ("/Unspecified", "/Data")
        assert related.EF.F.Subtype == "/application/json"
