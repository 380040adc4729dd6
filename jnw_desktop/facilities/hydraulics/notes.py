"""What an EPANET file says of a facility that has no field here, kept as words in its note.

``EPANET CV roughness=130``: flags, and figures in L/s, metres, kW.
"""

from __future__ import annotations

from collections.abc import Mapping

MARK = "EPANET"
FLAGS = ("CV", "CLOSED", "PRV", "PSV", "PBV", "FCV", "TCV", "GPV")
FIGURES = ("roughness", "minor", "demand", "head", "level", "setting", "power", "curve", "speed")


def write_note(flags: list[str], figures: Mapping[str, float | str | None]) -> str | None:
    """The words of a note; ``None`` where there is nothing to say. What is ``None`` is left out."""
    words = [*flags, *(f"{name}={_shown(value)}" for name, value in figures.items() if value is not None)]
    return f"{MARK} {' '.join(words)}" if words else None


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def read_note(note: str | None) -> dict[str, str]:
    """Figures by name, flags with an empty text; words that are neither end it."""
    _before, mark, rest = (note or "").partition(MARK)
    found: dict[str, str] = {}
    for word in rest.split() if mark else ():
        name, _sign, value = word.partition("=")
        if word in FLAGS:
            found[word] = ""
        elif name in FIGURES and value:
            found[name] = value
        else:
            break
    return found


def figure(said: Mapping[str, str], name: str) -> float | None:
    """A figure of a note that was read; ``None`` where it says none, or no number."""
    try:
        return float(said[name])
    except (KeyError, ValueError):
        return None


def curve(said: Mapping[str, str]) -> list[tuple[float, float]]:
    """Points of a pump's curve, L/s and m; none where the note has none or it is damaged."""
    try:
        pairs = [point.split(",") for point in said["curve"].split(";")]
        return [(float(flow), float(head)) for flow, head in pairs]
    except (KeyError, ValueError):
        return []
