"""What can be known of a facility: a field with its type, unit, code list, limits and place in the form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Range = tuple[float | None, float | None]
ANY: Range = (None, None)


@dataclass(frozen=True)
class Field:
    """One field. ``type``: text, integer, number, date, boolean or reference (the ``uid`` of another facility).

    ``title`` is an English message id, translated where it is shown; ``code_list`` names the list its values come from;
    ``kinds`` those a reference may name. ``possible``: least and greatest value that can be stored; ``likely``: beyond
    it people are asked to look again. ``required``: a form does not save without it. ``default``: what a new form has.
    ``shown_when``: a field and the values of it (``None``: unknown) with which this one has a meaning.
    """

    name: str
    title: str
    type: str
    unit: str = ""
    code_list: str = ""
    group: str = "form"
    kinds: tuple[str, ...] = ()
    possible: Range = ANY
    likely: Range = ANY
    required: bool = False
    default: Any = None
    shown_when: tuple[str, tuple[Any, ...]] | None = None

    def applies(self, values: dict[str, Any]) -> bool:
        """Whether the field has a meaning for a facility of these ``values``."""
        return self.shown_when is None or values.get(self.shown_when[0]) in self.shown_when[1]


def text(name: str, title: str, group: str = "form", **rules: Any) -> Field:
    """A line of text."""
    return Field(name, title, "text", group=group, **rules)


def integer(name: str, title: str, unit: str = "", group: str = "form", **rules: Any) -> Field:
    """A whole number."""
    return Field(name, title, "integer", unit, group=group, **rules)


def number(name: str, title: str, unit: str = "", group: str = "form", **rules: Any) -> Field:
    """A number."""
    return Field(name, title, "number", unit, group=group, **rules)


def date(name: str, title: str, group: str = "form", **rules: Any) -> Field:
    """A day, ``YYYY-MM-DD``."""
    return Field(name, title, "date", group=group, **rules)


def boolean(name: str, title: str, group: str = "form", **rules: Any) -> Field:
    """Yes, no or unknown."""
    return Field(name, title, "boolean", group=group, **rules)


def code(name: str, title: str, code_list: str, group: str = "form", **rules: Any) -> Field:
    """A value of a code list."""
    return Field(name, title, "text", code_list=code_list, group=group, **rules)


def reference(name: str, title: str, group: str = "form", kinds: tuple[str, ...] = ()) -> Field:
    """Another facility, by ``uid``; ``kinds``: those it may be of."""
    return Field(name, title, "reference", group=group, kinds=kinds)
