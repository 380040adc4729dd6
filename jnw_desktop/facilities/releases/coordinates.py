"""How exactly someone is told where things lie: exactly, rounded to whole steps of metres, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.errors import UsageError
from jnw_desktop.language import _

LARGEST = 100_000.0  # m


@dataclass(frozen=True)
class Coordinates:
    """A rule for coordinates in the workspace's CRS: ``step`` in metres, 0 tells them exactly, ``None`` not at all."""

    step: float | None = 0.0

    @classmethod
    def parse(cls, text: str) -> Coordinates:
        """``exact``, ``hidden`` or a step in metres. Raises UsageError."""
        if text == "hidden":
            return cls(None)
        try:
            step = 0.0 if text == "exact" else float(text)
        except ValueError:
            step = -1.0
        if not 0.0 <= step <= LARGEST or (step == 0.0 and text != "exact"):
            raise UsageError(
                _("{text} is no rule for coordinates.").format(text=text),
                _("Write exact, hidden, or the metres they are rounded to, e.g. 10."),
            )
        return cls(step)

    def __str__(self) -> str:
        return "hidden" if self.step is None else f"{self.step:g}" if self.step else "exact"

    @property
    def exact(self) -> bool:
        """Whether places are told as they are."""
        return self.step == 0.0

    @property
    def hidden(self) -> bool:
        """Whether places are not told."""
        return self.step is None

    @property
    def title(self) -> str:
        """The rule in the user's words."""
        if self.step is None:
            return _("coordinates hidden")
        return _("coordinates rounded to {step:g} m").format(step=self.step) if self.step else _("coordinates exact")

    def masked(self, shapes: Any) -> Any:
        """Geometries as this rule tells them: an array of the same length, all ``None`` where they are hidden.

        East and north of every vertex go to the nearest multiple of the step; a height stays.
        """
        if self.step is None:
            return np.full(len(shapes), None, dtype=object)
        if not self.step:
            return shapes
        told, high = np.array(shapes, dtype=object), shapely.has_z(shapes)
        told[~high] = shapely.transform(told[~high], self._rounded)
        told[high] = shapely.transform(told[high], self._rounded, include_z=True)
        return told

    def _rounded(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        assert self.step
        places[:, :2] = np.round(places[:, :2] / self.step) * self.step
        return places

    def at(self, place: Sequence[float] | None) -> tuple[float, float] | None:
        """A place (E, N) as this rule tells it."""
        if place is None or self.step is None:
            return None
        east, north = (float(round(value / self.step) * self.step) if self.step else value for value in place)
        return east, north

    def shown(self, east: float, north: float) -> str:
        """A place in words, ``E …, N …``; a dash where it is hidden."""
        told = self.at((east, north))
        if told is None:
            return "–"
        return f"E {told[0]:.2f}, N {told[1]:.2f}" if not self.step else f"E {told[0]:.10g}, N {told[1]:.10g}"
