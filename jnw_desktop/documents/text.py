"""Paragraph styles of every document, in one Chinese font."""

from __future__ import annotations

import re

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth

INK = HexColor("#1c2733")


def styles(font: str) -> dict[str, ParagraphStyle]:
    """heading, body, cell and small; lines break between any two Chinese signs."""
    base = ParagraphStyle("body", fontName=font, fontSize=9, leading=13, textColor=INK, wordWrap="CJK")
    return {
        "body": base,
        "heading": ParagraphStyle("heading", base, fontSize=12, leading=18, spaceBefore=8, spaceAfter=4),
        "cell": ParagraphStyle("cell", base, fontSize=7.5, leading=9.5),
        "small": ParagraphStyle("small", base, fontSize=7.5, leading=10.5),
    }


# What stays on one line: a word of Latin letters and digits with the blanks after it, or one Chinese sign.
_WORD = re.compile(r"[!-~\u00a0-\u024f]+\s*|.")


def fold(text: str, font: str, size: float, width: float) -> list[str]:
    """``text`` in lines no wider than ``width`` pt, broken between Chinese signs and Latin words, never inside a word.

    A word wider than a line is the exception: it is broken where the line ends.
    """
    lines = [""]
    for word in _WORD.findall(text):
        if lines[-1] and stringWidth(lines[-1] + word.rstrip(), font, size) > width:
            lines.append("")
        for sign in [word] if stringWidth(word.rstrip(), font, size) <= width else word:
            if lines[-1] and stringWidth(lines[-1] + sign.rstrip(), font, size) > width:
                lines.append("")
            lines[-1] += sign
    return [line.rstrip() for line in lines]
