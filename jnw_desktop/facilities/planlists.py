"""What an isolation plan concerns as lists with a heading each: the panel, the paper and the workbook show the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jnw_desktop.facilities.trade import why_passed
from jnw_desktop.language import _


@dataclass(frozen=True)
class PlanList:
    """``name`` is the plan's own; ``rows``: code of a facility of ``kind``, and a remark."""

    name: str
    title: str
    kind: str
    rows: list[tuple[str, str]]


def plan_lists(told: dict[str, Any]) -> list[PlanList]:
    """The lists of a plan that ``isolate`` told, beside the valves to close; empty ones are left out."""
    passed = [(row["valve"], why_passed(row["reason"])) for row in told["widened"]]
    again = told["alternative"] or {"open": [], "customers": []}
    freed = [(code, _freed(one)) for one in told.get("freeing", ()) for code in one["valves"]]
    drained = "valve" if told["drain"] else "hydrant"
    named = (
        ("widened", _("Valves passed because they cannot be closed"), "valve", passed),
        ("freeing", _("Valves by freeing which first fewer lose water"), "valve", freed),
        ("gaps", _("Pipes that touch and are not joined"), "pipe", [_gap(gap) for gap in told["gaps"]]),
        ("witness", _("Way of the water from the source"), "pipe", _plain(told["witness"])),
        ("already_closed", _("Valves closed already"), "valve", _plain(told["already_closed"])),
        ("open", _("Valves whose opening gives water again"), "valve", _plain(again["open"])),
        ("still", _("Customers still without water then"), "customer", _plain(again["customers"])),
        ("drain", _("To drain at"), drained, _plain(told["drain"] or told["drain_hydrants"])),
        ("refill", _("To open again, in this order"), "valve", _plain(told["refill"])),
        ("essential", _("Priority users without water"), "customer", _plain(told["essential"])),
        ("customers", _("Customers without water"), "customer", _plain(told["customers"])),
        ("hydrants", _("Hydrants without water"), "hydrant", _plain(told["hydrants"])),
        ("pipes", _("Pipes isolated"), "pipe", _plain(told["pipes"])),
        ("starved_pipes", _("Pipes that lose every source"), "pipe", _plain(told["starved_pipes"])),
    )
    return [PlanList(*one) for one in named if one[3]]


def _plain(codes: list[str]) -> list[tuple[str, str]]:
    return [(code, "") for code in codes]


def _freed(one: dict[str, Any]) -> str:
    more = _("with {valves}: ").format(valves=", ".join(one["valves"])) if len(one["valves"]) > 1 else ""
    return more + _("{customers} customers ({essential} essential), closing {valves}").format(
        customers=one["customers"], essential=one["essential"], valves=", ".join(one["close"])
    )


def _gap(gap: dict[str, Any]) -> tuple[str, str]:
    if gap["touches"] is None:
        return gap["pipe"], _("ends at a facility that is not recorded")
    return gap["pipe"], _("touches {pipe}").format(pipe=gap["touches"])
