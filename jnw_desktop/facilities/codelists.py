"""Code lists: what a value is called in each language, and where it comes from (``resources/codelists``)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jnw_desktop.language import current


@dataclass(frozen=True)
class CodeEntry:
    """One value of a list; ``source`` names the standard it is taken from, empty for our own."""

    code: str
    zh: str
    en: str
    source: str

    @property
    def title(self) -> str:
        """Its name in the user's language."""
        return self.zh if current().startswith("zh") else self.en


@cache
def code_list(name: str) -> tuple[CodeEntry, ...]:
    """The entries of a list, in its order. Raises FileNotFoundError for an unknown list."""
    text = (files("jnw_resources") / "codelists" / f"{name}.csv").read_text("utf-8")
    return tuple(CodeEntry(**row) for row in csv.DictReader(text.splitlines()))


def label(name: str, code: str) -> str:
    """What ``code`` of the list is called; the code itself where the list does not have it."""
    return next((entry.title for entry in code_list(name) if entry.code == code), code)
