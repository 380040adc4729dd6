"""A TrueType Chinese font for paper; ReportLab cannot embed the CFF outlines of Noto CJK."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _

NAME = "JnwChinese"
VARIABLE = "JNW_FONT"
_CANDIDATES = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    r"C:\Windows\Fonts\simhei.ttf",
    r"C:\Windows\Fonts\msyh.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
)


class NoFont(RefusedError):
    """No TrueType Chinese font was found; a document without one would lack its text."""

    kind = "no_font"


def find_font() -> Path:
    """The font's file: the one ``JNW_FONT`` names, or the first of those known. Raises NoFont."""
    chosen = os.environ.get(VARIABLE)
    for candidate in [chosen] if chosen else _CANDIDATES:
        if Path(candidate).is_file():
            return Path(candidate)
    raise NoFont(
        _("No TrueType Chinese font was found; documents cannot be printed."),
        _("Install one: apt install fonts-wqy-microhei. Or name a .ttf file in {variable}.").format(variable=VARIABLE),
    )


@cache
def _registered(path: Path) -> str:
    try:
        pdfmetrics.registerFont(TTFont(NAME, path))
    except TTFError as error:
        raise NoFont(
            _("The font {path} cannot be embedded: {reason}").format(path=path, reason=error),
            _("Name a TrueType Chinese font in {variable}.").format(variable=VARIABLE),
        ) from error
    # ReportLab's own default would put an unembedded Helvetica into every page and table.
    rl_config.canvas_basefontname = NAME
    return NAME


def chinese_font() -> str:
    """The font's name in ReportLab, registered. Raises NoFont."""
    return _registered(find_font())
