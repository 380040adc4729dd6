"""What kinds and states of a shut-off are called. Imports nothing heavy: the panel is in the window."""

from __future__ import annotations

from jnw_desktop.language import _


def kind_title(kind: str) -> str:
    """A kind in the user's language."""
    return {"planned": _("Planned shut-off"), "emergency": _("Emergency shut-off")}[kind]


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
