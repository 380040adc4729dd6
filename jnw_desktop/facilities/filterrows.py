"""A condition put together from rows of a form: field, operator, value, and an area; written in the filter language."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.fields import Field
from jnw_desktop.facilities.kinds import Kind
from jnw_desktop.language import N_, _

CODE = Field("code", N_("Code"), "text")
CONTAINS, KNOWN, UNKNOWN = "contains", "known", "unknown"
OPERATORS = {
    "=": N_("is"), "!=": N_("is not"), "<": "<", "<=": "≤", ">": ">", ">=": "≥", CONTAINS: N_("contains"),
    KNOWN: N_("is known"), UNKNOWN: N_("is unknown"),
}  # fmt: skip
_ORDERED = ("integer", "number", "date")


@dataclass(frozen=True)
class Comparison:
    """One row: ``value`` as it was typed, a code list's code, or ``true`` and ``false``."""

    field: str
    operator: str
    value: str = ""


def fields_of(kind: Kind) -> list[Field]:
    """What a row can ask about: the code and every field that says something to people."""
    return [CODE, *(field for field in kind.fields if field.type != "reference")]


def operators_of(field: Field) -> list[str]:
    """The operators that make sense of a field."""
    if field.type in _ORDERED:
        return ["=", "!=", "<", "<=", ">", ">=", KNOWN, UNKNOWN]
    if field.type == "boolean" or field.code_list:
        return ["=", "!=", KNOWN, UNKNOWN]
    return [CONTAINS, "=", "!=", KNOWN, UNKNOWN]


def expression(kind: Kind, rows: Sequence[Comparison], *, every: bool = True, area: str = "") -> str:
    """The condition of all ``rows`` (``every``) or any of them, and of ``area``, a part in the filter language.

    Raises UsageError for a value that is none of its field's.
    """
    parts = [_written(kind, row) for row in rows]
    told = (" and " if every else " or ").join(parts)
    if not area or not told:
        return told or area
    return f"{told} and {area}" if every or len(parts) == 1 else f"({told}) and {area}"


def meets(places: Sequence[str], distance: float = 0.0) -> str:
    """The part that asks for what touches one of ``places``, or lies no farther than ``distance`` metres from it."""
    far = f", {distance:g}" if distance else ""
    parts = [f"meets({quoted(place)}{far})" for place in places]
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def quoted(text: str) -> str:
    """Text as the language writes it."""
    return "'" + text.replace("'", "''") + "'"


def _written(kind: Kind, row: Comparison) -> str:
    field = next(field for field in fields_of(kind) if field.name == row.field)
    if row.operator == KNOWN:
        return f"{row.field} is not null"
    if row.operator == UNKNOWN:
        return f"{row.field} is null"
    if row.operator == CONTAINS:
        return f"{row.field} like {quoted(f'%{row.value.strip()}%')}"
    return f"{row.field} {row.operator} {_value(field, row.value.strip())}"


def _value(field: Field, text: str) -> str:
    try:
        if field.type in ("integer", "number"):
            return f"{float(text):.10g}"
        if field.type == "date":
            return quoted(datetime.date.fromisoformat(text).isoformat())
    except ValueError as error:
        raise UsageError(
            _("{value} is not a value for {field}.").format(value=text or "''", field=_(field.title)),
            _("A date is written 2020-01-31.") if field.type == "date" else _("Type a number."),
        ) from error
    return text if field.type == "boolean" else quoted(text)
