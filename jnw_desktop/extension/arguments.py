"""What people type on a command line: places and figures, read or refused with how they are written."""

from __future__ import annotations

import math
from collections.abc import Iterable

from jnw_desktop.errors import UsageError
from jnw_desktop.language import _


def numbers(text: str, count: int) -> tuple[float, ...]:
    """``count`` numbers parted by commas. Raises UsageError."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) != count or not all(map(math.isfinite, found)):
        raise UsageError(
            _("{text} is not {count} numbers parted by commas.").format(text=text, count=count),
            _("Write east, north in the workspace's CRS: 505000.0,4059500.0"),
        )
    return found


def pair(text: str) -> tuple[float, float]:
    """``E,N``. Raises UsageError."""
    east, north = numbers(text, 2)
    return east, north


def by_code(texts: Iterable[str], refusal: str, hint: str) -> dict[str, float]:
    """``CODE=NUMBER`` of each. Raises UsageError with ``refusal``, which names the ``{text}``, and ``hint``."""
    found = {}
    for text in texts:
        code, _sign, number = text.partition("=")
        try:
            found[code] = float(number)
            if not math.isfinite(found[code]):
                raise ValueError  # noqa: TRY301 - as what is no number
        except ValueError as error:
            raise UsageError(refusal.format(text=text), hint) from error
    return found
