"""Places typed at the keyboard while a line is drawn: absolute, relative, or by distance and bearing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from jnw_desktop.errors import UsageError
from jnw_desktop.language import _

_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+))"
_DISTANCE = re.compile(_NUMBER)
_ABSOLUTE = re.compile(rf"{_NUMBER}[,\s]+{_NUMBER}")
_RELATIVE = re.compile(rf"@\s*{_NUMBER}[,\s]+{_NUMBER}")
_POLAR = re.compile(rf"@?\s*{_NUMBER}\s*<\s*{_NUMBER}(?:[°\s]+(\d+(?:\.\d*)?)['′\s]*(?:(\d+(?:\.\d*)?)[\"″]?)?)?")


def typed_place(text: str, last: Sequence[float] | None, toward: Sequence[float] | None = None) -> tuple[float, float]:
    """The place (east, north) that ``text`` names; ``last`` is the point before it, which the other forms begin at.

    ``505000.5,4059000`` east and north in metres; ``@12.5,-3`` so far east and north of the last point; ``25.4<90``
    distance in metres and bearing in degrees clockwise from grid north (``25.4<90°30'15"`` too); ``25.4`` that far
    from the last point ``toward`` the mouse. Full-width commas and brackets of Chinese keyboards are taken. Raises
    UsageError.
    """
    plain = text.strip().replace("，", ",").replace("《", "<").replace("＜", "<").replace("＠", "@")
    if found := _ABSOLUTE.fullmatch(plain):
        return float(found[1]), float(found[2])
    polar, relative = _POLAR.fullmatch(plain), _RELATIVE.fullmatch(plain)
    straight = _DISTANCE.fullmatch(plain) if toward is not None else None
    if not polar and not relative and not straight:
        raise UsageError(
            _("{text} is not a place.").format(text=text),
            _("Write east,north; @east,north from the last point; or distance<bearing."),
        )
    if last is None:
        raise UsageError(
            _("There is no point yet to measure from."), _("Click the first point, or type it as east,north.")
        )
    if straight:
        assert toward is not None
        far = math.dist(last, toward)
        if not far:
            raise UsageError(_("The mouse is at the last point."), _("Move it the way the line is to run, then type."))
        share = float(straight[1]) / far
        return last[0] + (toward[0] - last[0]) * share, last[1] + (toward[1] - last[1]) * share
    if relative:
        return last[0] + float(relative[1]), last[1] + float(relative[2])
    assert polar is not None
    distance, degrees, minutes, seconds = (float(part) if part else 0.0 for part in polar.groups())
    bearing = math.radians(degrees + math.copysign(minutes / 60 + seconds / 3600, degrees))
    return last[0] + distance * math.sin(bearing), last[1] + distance * math.cos(bearing)


def distance_and_bearing(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Plane distance (m) and bearing (degrees clockwise from grid north, 0 to 360) from one place to another."""
    east, north = second[0] - first[0], second[1] - first[1]
    return math.hypot(east, north), math.degrees(math.atan2(east, north)) % 360.0
