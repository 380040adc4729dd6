"""A PDF made fit to be kept for good: PDF/A-3b (ISO 19005-3), as far as what is drawn in it allows."""

from __future__ import annotations

import pikepdf
from PIL import ImageCms

PART, CONFORMANCE = "3", "B"  # 3: the record that is embedded is no PDF/A itself
CONDITION = "sRGB IEC61966-2.1"


def make_archival(document: pikepdf.Pdf) -> None:
    """Give ``document`` what a PDF/A-3b must have: colours that are defined, metadata that say so, attachments related.

    All fonts are embedded by those who set them. A CIDSet is optional, and Qt's does not list every glyph.
    """
    profile = document.make_stream(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), N=3)
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFA1,
        OutputConditionIdentifier=CONDITION,
        Info=CONDITION,
        RegistryName="http://www.color.org",
        DestOutputProfile=profile,
    )
    document.Root.OutputIntents = pikepdf.Array([document.make_indirect(intent)])
    for thing in document.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor" and "/CIDSet" in thing:
            del thing["/CIDSet"]
    with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
        if "/Title" in document.docinfo:
            metadata["dc:title"] = str(document.docinfo.Title)
        metadata["pdfaid:part"] = PART
        metadata["pdfaid:conformance"] = CONFORMANCE
