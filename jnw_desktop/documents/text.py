"""Paragraph styles of every document, in one Chinese font."""

from __future__ import annotations

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle

INK = HexColor("#1c2733")


def styles(font: str) -> dict[str, ParagraphStyle]:
    """heading, body, cell and small; lines break between any two Chinese signs."""
    base = ParagraphStyle("body", fontName=font, fontSize=9, leading=13, textColor=INK, wordWrap="CJK")
    return {
        "body": base,
        "heading": ParagraphStyle("heading", base, fontSize=12, leading=18, spaceBefore=8, spaceAfter=4),
        "cell": ParagraphStyle("cell", base, fontSize=7.5, leading=9.5),
        "small": ParagraphStyle("small", base, fontSize=7, leading=9.5),
    }
