"""What a record of upkeep says, declared once: for the sheet that is filled in, for what is typed, for lists."""

from __future__ import annotations

import math

from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.fields import Field, code, date, number, text
from jnw_desktop.language import N_, _

FIELDS: tuple[Field, ...] = (
    date("date", N_("Date done"), required=True),
    text("done_by", N_("Done by"), required=True),
    code("result", N_("Result"), "maintenance_result", required=True),
    code("found", N_("What was found"), "maintenance_found"),
    code("left_as", N_("Valve left"), "valve_state"),
    number("turns", N_("Turns"), possible=(0, None)),
    number("flow", N_("Flow"), "L/s", possible=(0, None)),
    number("pressure", N_("Pressure"), "MPa", possible=(0, 10)),
    number("reading", N_("Meter reading"), "m³", possible=(0, None)),
    text("note", N_("Remark")),
)
NUMBERS = tuple(field for field in FIELDS if field.type == "number")


def title_of(field: Field) -> str:
    """What a field is called where it is filled in, with its unit."""
    return f"{_(field.title)} ({field.unit})" if field.unit else _(field.title)


def choices_of(field: Field) -> str:
    """What a coded field may say, in the user's language."""
    return "、".join(entry.title for entry in code_list(field.code_list))


def impossible(field: Field, value: float | None) -> bool:
    """Whether a number cannot be measured."""
    low, high = field.possible
    return value is not None and not (
        math.isfinite(value) and (low is None or value >= low) and (high is None or value <= high)
    )
