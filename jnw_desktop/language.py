"""The user's language: one gettext catalogue for window, documents and command line. Message ids are English."""

from __future__ import annotations

import gettext
import os
from importlib.resources import as_file, files

DEFAULT = "zh_CN"
LANGUAGES = {"zh_CN": "简体中文", "en": "English"}
_DOMAIN = "jnw"


class _Current:
    """The catalogue in use; replaced as a whole when the language changes."""

    def __init__(self) -> None:
        self.language = ""
        self.catalogue: gettext.NullTranslations = gettext.NullTranslations()


_current = _Current()


def use(language: str) -> None:
    """Make ``language`` (``zh_CN`` or ``en``) the language of every later :func:`_`."""
    if language not in LANGUAGES:
        raise ValueError(language)
    with as_file(files("jnw_resources") / "locale") as folder:
        _current.catalogue = gettext.translation(_DOMAIN, folder, [language], fallback=language == "en")
    _current.language = language


def current() -> str:
    """The language in use, chosen at the first question from ``JNW_LANGUAGE`` or Chinese."""
    if not _current.language:
        wanted = os.environ.get("JNW_LANGUAGE", DEFAULT)
        use(wanted if wanted in LANGUAGES else DEFAULT)
    return _current.language


def _(message: str) -> str:
    """``message`` in the language in use; use named placeholders and ``.format``."""
    current()
    return _current.catalogue.gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """``one`` or ``many`` for ``count`` in the language in use."""
    current()
    return _current.catalogue.ngettext(one, many, count)


def pgettext(context: str, message: str) -> str:
    """``message`` where the same English word needs two translations."""
    current()
    return _current.catalogue.pgettext(context, message)


def N_(message: str) -> str:
    """Mark ``message`` for the catalogue without translating it yet (for tables made at import)."""
    return message
