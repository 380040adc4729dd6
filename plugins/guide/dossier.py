"""A site's file (交底档案) as one PDF: what happened, every guide and attached sheet, the signed originals inside."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.handing import handing_out
from jnw_desktop.documents.paper import paper_size
from jnw_desktop.documents.tables import table, write_story
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.attachments import Attachment, attachments_of, content_of
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.process import KIND, PARTIES, steps

MARGIN = 40.0  # pt about a picture
PICTURES = ("image/jpeg", "image/png")


def dossier(
    workspace: Workspace, code: str, out: str, *, terms: Terms = IN_HOUSE, who: str | None = None
) -> dict[str, Any]:
    """Write the file of the site ``code`` to the PDF ``out``: ``pages``, ``parts`` (names of what is in it).

    A signature does not outlive being put into another file: each signed original is embedded as it is. Raises
    NoSuchRow, NoFont, DocumentNotWritten.
    """
    site = queries.find(workspace, code, KIND)
    told, kept = steps(workspace, f"{KIND}:{site.code}"), attachments_of(workspace, site.uid)
    title = _("Site file {site} {name}").format(site=site.code, name=site.values.get("name") or "").strip()
    with handing_out(workspace, out, title=title, terms=terms, who=who) as draft:
        first = draft.folder / ".index.pdf"
        size = paper_size("A4")
        story = _index(title, told, kept, size[0] - 80.0)
        write_story(title, story, str(first), who=draft.who, size=size, demonstration=workspace.is_demonstration)
        parts = [title]
        with pikepdf.open(first) as document:
            first.unlink()
            bookmarks = [(title, 0)]
            for one in kept:
                pages = _pages(one, content_of(workspace, one.uid))
                if pages is None:
                    continue
                bookmarks.append((one.name, len(document.pages)))
                parts.append(one.name)
                _append(document, pages, one)
            with document.open_outline() as outline:
                outline.root[:] = [pikepdf.OutlineItem(name, page) for name, page in bookmarks]
            document.save(draft.path)
            count = len(document.pages)
        draft.kinds, draft.bounds = {KIND: 1}, queries.bounds_of(site.geometry)
    return {"site": site.code, "file": out, "pages": count, "parts": parts}


def _append(document: pikepdf.Pdf, content: bytes, one: Attachment) -> None:
    with pikepdf.open(io.BytesIO(content)) as other:
        if "/AcroForm" in other.Root:  # the fields of signatures, which hold nothing here
            del other.Root.AcroForm
        for page in other.pages:
            if "/Annots" in page.obj:
                del page.obj["/Annots"]
        document.pages.extend(other.pages)
    if one.media_type == "application/pdf":
        document.attachments[one.name] = pikepdf.AttachedFileSpec(document, content, mime_type=one.media_type)


def _pages(one: Attachment, content: bytes) -> bytes | None:
    """An attached file as a PDF; ``None`` for what is neither a PDF nor a picture."""
    if one.media_type == "application/pdf":
        return content
    if one.media_type not in PICTURES:
        return None
    made, (wide, high) = io.BytesIO(), paper_size("A4")
    with Image.open(io.BytesIO(content)) as picture:
        share = min((wide - 2 * MARGIN) / picture.width, (high - 2 * MARGIN) / picture.height)
        size = picture.width * share, picture.height * share
    canvas = Canvas(made, pagesize=(wide, high), initialFontName=chinese_font())
    canvas.drawImage(ImageReader(io.BytesIO(content)), (wide - size[0]) / 2, (high - size[1]) / 2, *size)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def _index(title: str, told: dict[str, Any], kept: list[Attachment], width: float) -> list[Flowable]:
    font = chinese_font()
    style = styles(font)
    rows = [[one["day"], one["title"], one["number"], one["who"] or "", _detail(one["told"])] for one in told["steps"]]
    owed = _("Guide owed by {date}; issued {issued}.").format(
        date=told["answer_by"], issued=told["answered"] or _("not yet")
    )
    head = [_("Date"), _("Step"), _("Number"), _("By"), _("Details")]
    listed = [[one.name, f"{one.size:,}", one.sha256[:16]] for one in kept]
    return [
        Paragraph(escape(title), style["heading"]),
        Paragraph(escape(owed), style["body"]),
        table(head, rows, [1, 1.2, 1, 0.9, 3], font, width),
        Paragraph(escape(_("Files")), style["heading"]),
        table([_("Name"), _("Bytes"), "SHA-256"], listed, [2, 1, 2], font, width),
    ]


def _detail(told: dict[str, Any]) -> str:
    """Details of a step in a line."""
    parties = told.get("parties") or {}
    titles = {
        "client": _("Client"),
        "contractor": _("Contractor"),
        "supervisor": _("Supervisor"),
        "water": _("Water company"),
    }
    parts = [f"{titles[name]} {parties[name]}" for name in PARTIES if parties.get(name)]
    if "found" in told:
        recorded = _("unknown") if told["recorded"] is None else f"{told['recorded']:.2f}"
        parts.append(_("{pipe}: {found:.2f} m, recorded {recorded}").format(
            pipe=told["pipe"], found=told["found"], recorded=recorded))  # fmt: skip
    parts += [str(told[name]) for name in ("to", "scan", "step", "why") if told.get(name)]
    return ", ".join(parts)
