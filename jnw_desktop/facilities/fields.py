"""What can be known of a facility: a field with its type, unit, code list and place in the form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One field. ``type``: text, integer, number, date, boolean or reference (the ``uid`` of another facility).

    ``title`` is an English message id, translated where it is shown; ``code_list`` names the list its values come from.
    """

    name: str
    title: str
    type: str
    unit: str = ""
    code_list: str = ""
    group: str = "form"


def text(name: str, title: str, group: str = "form") -> Field:
    """A line of text."""
    return Field(name, title, "text", group=group)


def integer(name: str, title: str, unit: str = "", group: str = "form") -> Field:
    """A whole number."""
    return Field(name, title, "integer", unit, group=group)


def number(name: str, title: str, unit: str = "", group: str = "form") -> Field:
    """A number."""
    return Field(name, title, "number", unit, group=group)


def date(name: str, title: str, group: str = "form") -> Field:
    """A day, ``YYYY-MM-DD``."""
    return Field(name, title, "date", group=group)


def boolean(name: str, title: str, group: str = "form") -> Field:
    """Yes, no or unknown."""
    return Field(name, title, "boolean", group=group)


def code(name: str, title: str, code_list: str, group: str = "form") -> Field:
    """A value of a code list."""
    return Field(name, title, "text", code_list=code_list, group=group)


def reference(name: str, title: str, group: str = "form") -> Field:
    """Another facility, by ``uid``."""
    return Field(name, title, "reference", group=group)
