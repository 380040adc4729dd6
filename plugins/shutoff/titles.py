"""What kinds, states and clocks of a shut-off are called, and how times are written.

Imports nothing heavy: the panel is in the window.
"""

from __future__ import annotations

from typing import Any

from jnw_desktop.language import N_, _

CLOCKS = {
    "approve": N_("To be approved by"),
    "notice": N_("Users to be told by"),
    "fire": N_("Fire brigade to be told by"),
    "supply": N_("Water back or emergency supply by"),
}


def kind_title(kind: str) -> str:
    """A kind in the user's language."""
    return {"planned": _("Planned shut-off"), "emergency": _("Emergency shut-off")}[kind]


def shown_time(text: str | None) -> str:
    """A kept time (ISO 8601) as people write it, in the zone it was written in."""
    return "" if text is None else text[:16].replace("T", " ")


def state_title(state: str) -> str:
    """A state in the user's language."""
    return {
        "planned": _("Planned"),
        "approved": _("Approved"),
        "notified": _("Notified"),
        "closed": _("Closed for repair"),
        "repaired": _("Repaired"),
        "restored": _("Restored"),
        "cancelled": _("Cancelled"),
    }[state]


def clock_lines(told: list[dict[str, Any]]) -> list[str]:
    """Each in one line, the time in the zone it is in."""
    marks = {True: _("kept"), False: _("missed"), None: _("running")}
    return [
        f"{_(CLOCKS[row['clock']])} {row['due'][:16].replace('T', ' ')}  {marks[row['kept']]}"
        + (f"（{row['warning']}）" if row["warning"] and not row["kept"] else "")
        for row in told
    ]
