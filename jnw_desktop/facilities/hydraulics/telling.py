"""An answer about pressures in sentences, the same on screen, on paper and on the command line."""

from __future__ import annotations

from typing import Any

from jnw_desktop.language import _


def summary(told: dict[str, Any]) -> list[str]:
    """What was found, in sentences."""
    mark = "" if told["verified"] else _(" (not verified)")
    said = [
        _("Required head {required:g} m over the ground, no water under {minimum:g} m. {source}").format(**told) + mark,
        _("Mean day: {demand:.0f} m³/d are wanted, {lacking:.0f} m³/d cannot be served.").format(
            demand=told["demand"], lacking=told["unserved"]["before"]
        ),
        _("{below} of {all} customers are under the required head.").format(
            below=told["below_before"], all=told["customers_all"]
        ),
    ]
    if not told["customers_all"]:  # a model of EPANET's knows no customers
        places = _("{below} of {all} places that draw water are under the required head.")
        said[-1] = places.format(below=told["places"]["before"], all=told["places"]["all"])
    if told["unserved"]["during"] is not None:
        said += [
            _("While it is shut off: {lacking:.0f} m³/d cannot be served.").format(lacking=told["unserved"]["during"]),
            _("{below} customers are under the required head, {fresh} of them only by it.").format(
                below=told["below"], fresh=told["fresh"]
            ),
            _("Valves closed: {valves}").format(valves=", ".join(told["close"]) or "–"),
        ]
    return said
