"""What is wrong with the values of a facility, field by field: told in a form, and before they are stored."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.fields import Field
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.language import N_, _
from jnw_desktop.workspace.errors import ValueRefused
from jnw_desktop.workspace.values import clean_value


class ValuesRefused(RefusedError):
    """Values that contradict the field's limits or one another."""

    kind = "values_refused"


@dataclass(frozen=True)
class Finding:
    """What is wrong with one field. An ``error`` cannot be stored; else it only asks to look again."""

    message: str
    error: bool


EXPECTED = {
    "text": N_("Text is expected."),
    "integer": N_("A whole number is expected."),
    "number": N_("A number is expected."),
    "date": N_("A day is expected, as 2026-01-31."),
    "boolean": N_("Yes or no is expected."),
    "reference": N_("A facility is expected."),
}

Found = tuple[str, str, bool]  # field, English message, whether it is an error
Rule = Callable[[Mapping[str, Any], datetime.date], Iterator[Found]]


def check_values(
    kind: str,
    values: Mapping[str, Any],
    *,
    before: Mapping[str, Any] | None = None,
    complete: bool = False,
    today: datetime.date | None = None,
) -> dict[str, Finding]:
    """What is wrong with ``values`` by field; rules between fields see ``before`` where ``values`` says nothing.

    Only what concerns a field of ``values`` is told: what an old row lacks does not keep anybody from mending another
    field. ``complete``: a required field that is unknown is an error even where ``values`` does not name it.
    """
    declared = KINDS[kind]
    found: dict[str, Finding] = {}
    plain: dict[str, Any] = dict(before or {})
    for name, value in values.items():
        field = declared.field(name)
        if field is None:
            continue  # code and geometry; what does not exist at all the store refuses by name
        try:
            plain[name] = clean_value(declared.table.c[name], value)
        except ValueRefused:
            found[name] = Finding(_(EXPECTED[field.type]), True)
            plain[name] = None
            continue
        if (finding := _of_field(field, plain[name])) is not None:
            found[name] = finding
    for field in declared.fields:
        wanted = field.required and plain.get(field.name) is None and (complete or field.name in values)
        if wanted and field.name not in found:
            found[field.name] = Finding(_("This must be filled in."), True)
    for name, message, error in _between(declared, plain, today or datetime.date.today()):
        concerned = name in values or complete or any(part in values for part in PARTNERS.get(name, ()))
        if concerned and name not in found:
            found[name] = Finding(_(message), error)
    return found


def refuse_wrong(
    kind: str, values: Mapping[str, Any], *, before: Mapping[str, Any] | None = None, complete: bool = False
) -> None:
    """Raise ValuesRefused naming every field that :func:`check_values` calls an error, UsageError for no field."""
    declared = KINDS[kind]
    for name in values:
        if name not in declared.table.c:
            raise UsageError(_("{table} has no field {name}.").format(table=kind, name=name))
    errors = {
        name: finding.message
        for name, finding in check_values(kind, values, before=before, complete=complete).items()
        if finding.error
    }
    if errors:
        told = "; ".join(f"{_title(declared, name)}: {message}" for name, message in errors.items())
        raise ValuesRefused(
            _("The values of the {kind} cannot be stored: {told}").format(kind=_(declared.title), told=told),
            _("Correct these fields and save again."),
        )


def _title(kind: Kind, name: str) -> str:
    field = kind.field(name)
    return _(field.title) if field is not None else name


def _of_field(field: Field, value: Any) -> Finding | None:
    if value is None:
        return None
    if field.code_list and value not in {entry.code for entry in code_list(field.code_list)}:
        return Finding(_("{value} is not in the code list.").format(value=value), False)
    if field.type not in ("integer", "number"):
        return None
    for (low, high), error in ((field.possible, True), (field.likely, False)):
        if low is not None and value < low:
            return Finding(_("{value} is less than {low}.").format(value=f"{value:g}", low=f"{low:g}"), error)
        if high is not None and value > high:
            return Finding(_("{value} is more than {high}.").format(value=f"{value:g}", high=f"{high:g}"), error)
    return None


def _between(kind: Kind, values: Mapping[str, Any], today: datetime.date) -> Iterator[Found]:
    for rule in RULES:
        for name, message, error in rule(values, today):
            if kind.field(name) is not None:
                yield name, message, error


def _wall(values: Mapping[str, Any], today: datetime.date) -> Iterator[Found]:  # noqa: ARG001
    wall, outer, dn = values.get("wall"), values.get("outer_diameter"), values.get("dn")
    if wall is not None and outer is not None and 2 * wall >= outer:
        yield "wall", N_("The wall leaves no bore: twice its thickness reaches the outer diameter."), True
    if outer is not None and dn is not None and outer < 0.8 * dn:
        yield "outer_diameter", N_("The outer diameter is far less than the nominal diameter."), False


def _ends(values: Mapping[str, Any], today: datetime.date) -> Iterator[Found]:  # noqa: ARG001
    if values.get("start_node") is not None and values.get("start_node") == values.get("end_node"):
        yield "end_node", N_("Both ends are at the same node."), True
    first, last = values.get("start_date"), values.get("end_date")
    if first is not None and last is not None and last < first:
        yield "end_date", N_("The end is before the start."), True


def _levels(values: Mapping[str, Any], today: datetime.date) -> Iterator[Found]:  # noqa: ARG001
    bottom, top, water = values.get("bottom"), values.get("top"), values.get("water_head")
    if bottom is not None and top is not None and top <= bottom:
        yield "top", N_("The overflow is not above the bottom."), False
    if water is not None and ((bottom is not None and water < bottom) or (top is not None and water > top)):
        yield "water_head", N_("The water stands below the bottom or above the overflow."), False


def _time(values: Mapping[str, Any], today: datetime.date) -> Iterator[Found]:
    for name in ("year", "rebuilt"):
        year = values.get(name)
        if year is not None and year > today.year and values.get("state") != "planned":
            yield name, N_("The year is still to come."), False
    for name in ("survey_date", "last_operated", "value_date", "date"):
        day = values.get(name)
        if day is not None and day > today.isoformat():
            yield name, N_("The day is still to come."), name != "value_date"


RULES: tuple[Rule, ...] = (_wall, _ends, _levels, _time)
# Fields whose change may set another field's rule off.
PARTNERS: dict[str, tuple[str, ...]] = {
    "wall": ("outer_diameter",),
    "outer_diameter": ("dn",),
    "end_node": ("start_node",),
    "end_date": ("start_date",),
    "top": ("bottom",),
    "water_head": ("bottom", "top"),
    "year": ("state",),
}


def defaults(kind: str) -> dict[str, Any]:
    """What a new form of ``kind`` shows before anybody has said anything."""
    return {field.name: field.default for field in KINDS[kind].fields if field.default is not None}
