"""How the trade draws and names what analyses find, on screen and on paper. Light: the window imports it."""

from __future__ import annotations

from typing import Any

from jnw_desktop.facilities.codelists import label
from jnw_desktop.language import _

# Colours by kind of line after CJJ 61-2017, App. B; its cyan for water is darkened to be read on white.
COLOURS = {
    "water": "#0a7fa8",
    "sewer": "#4c3927",
    "storm": "#4c3927",
    "gas": "#ff00ff",
    "heat": "#ff8000",
    "power": "#ff0000",
    "telecom": "#00a000",
}
# Pipes by class of pressure: what has no water, less than the least, less than is owed, enough.
PRESSURES = {"dry": "#495057", "minimum": "#c92a2a", "below": "#f08c00", "enough": "#2b8a3e"}
INK = "#1c2733"
GROUND = "#7a5a35"


def colour(line_type: str | None) -> str:
    """Of a kind of line; ink for an unknown one."""
    return COLOURS.get(line_type or "", INK)


def named(row: dict[str, Any]) -> str:
    """A line of a profile or section, as it is lettered: kind and nominal diameter."""
    kind = _("Water") if row["line_type"] == "water" else label("line_type", row["line_type"] or "")
    return kind if row.get("dn") is None else f"{kind} DN{row['dn']}".strip()


def pressure_title(name: str, told: dict[str, Any]) -> str:
    """A class of pressure, with the heads (m) of an answer ``told``."""
    return {
        "dry": _("no water"),
        "minimum": _("under {metres:g} m").format(metres=told["minimum"]),
        "below": _("{least:g} to {most:g} m").format(least=told["minimum"], most=told["required"]),
        "enough": _("{metres:g} m and more").format(metres=told["required"]),
    }[name]


def why_passed(reason: str) -> str:
    """Why an isolation plan passed a valve: its operability, or that it was named."""
    return _("named as stuck") if reason == "named" else label("operability", reason)
