"""Goes through a layer once: every row cleaned, placed in the workspace's CRS, or set among the rejects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from jnw_desktop.exchange.cleaning import Cleaning
from jnw_desktop.exchange.coding import settle_code
from jnw_desktop.exchange.fitting import fit
from jnw_desktop.exchange.layer import Batch, Layer, Objects, objects
from jnw_desktop.exchange.mapping import Mapping
from jnw_desktop.exchange.parting import parted
from jnw_desktop.exchange.placing import Placement
from jnw_desktop.exchange.quantities import number
from jnw_desktop.exchange.rejects import Rejects
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import Task

LOOKED_AT = 5000  # values of a column that tell its unit
LARGEST_IN_METRES = 5.0  # a diameter no greater than this, and not whole, is in metres: DN 5000 is rare, DN 5 is none
LARGEST_IN_INCHES = 120.0
LEAST_IN_MM = 10.0  # no water pipe is so thin: many such numbers are inches
MANY_IN_INCHES = 0.05  # share of numbers below it that is no mistake
PORTION = 500_000  # rows of a survey held at a time: fewer, and the spatial index is made in small steps


@dataclass
class Gathered:
    """The rows of one layer that fit: ``columns`` by field, ``shapes`` in the workspace's CRS.

    ``parted``: rows whose parts became facilities of their own, ``parts``: how many these are.
    """

    kind: str
    columns: dict[str, Any] = field(default_factory=dict)
    shapes: Objects = field(default_factory=lambda: objects([]))
    read: int = 0
    repaired: int = 0
    kept: dict[tuple[str, str], int] = field(default_factory=dict)
    parted: int = 0
    parts: int = 0

    def count(self, portion: Gathered) -> None:
        """Add up what a portion counted, without its rows."""
        self.read += portion.read
        self.repaired += portion.repaired
        self.parted += portion.parted
        self.parts += portion.parts
        for key, times in portion.kept.items():
            self.kept[key] = self.kept.get(key, 0) + times


def refine(mapping: Mapping, layer: Layer, first: Batch | None) -> None:
    """Settle what only the values tell: the unit of diameters, and which column serves as codes."""
    if first is None:
        return
    for name in ("dn", "outer_diameter"):
        if KINDS[mapping.kind].field(name) is None or name not in mapping.columns or name in mapping.units:
            continue
        unit = diameter_unit(first.columns.get(mapping.columns[name]) or ())
        if unit and not (layer.kind and unit == "in"):
            mapping.units[name] = unit
    settle_code(mapping, layer, first)


def diameter_unit(values: Iterable[Any]) -> str:
    """The unit that bare numbers of a diameter's column must be in: ``m``, ``in``, or empty for mm.

    Inches are whole or in eighths, none is beyond ``LARGEST_IN_INCHES``, and some are thinner than any pipe in mm.
    """
    some = np.array([found for value in islice(values, LOOKED_AT) if (found := _bare(value))], dtype=np.float64)
    if not len(some):
        return ""
    in_eighths = bool((some * 8 == np.round(some * 8)).all())
    if some.max() <= LARGEST_IN_METRES and (some != np.round(some)).any():
        quarters = (some * 2 != np.round(some * 2)).any()  # 0.75 or 1.25: half metres do not tell
        return "in" if in_eighths and quarters else "m"
    thin = float((some < LEAST_IN_MM).mean())
    return "in" if in_eighths and some.max() <= LARGEST_IN_INCHES and thin >= MANY_IN_INCHES else ""


def _bare(value: Any) -> float | None:
    try:
        return number(value) if isinstance(value, int | float) or str(value or "").strip()[:1].isdigit() else None
    except ValueError:
        return None


def gather(
    layer: Layer, mapping: Mapping, placement: Placement, rejects: Rejects, task: Task, share: float
) -> Iterator[Gathered]:
    """Read, clean and place every row, a portion after the other; what does not fit goes to ``rejects``.

    Rows of a format whose meaning is fixed come in portions, for their files may be larger than memory; all others at
    once, for what ends where is told faster of all together. There is one portion at least.
    """
    cleaning = Cleaning(mapping)
    codes: set[str] = set()
    crs = placement.crs.to_string() if len(placement.crs.to_string()) < 40 else placement.crs.to_wkt()
    read, yielded = 0, False
    portion = _Portion(mapping)
    for whole in layer.rows():
        read += len(whole.numbers)
        task.progress(share, _("Reading {count} rows").format(count=read))
        single = parted(whole, KINDS[mapping.kind].geometry)
        batch, count = single.batch, len(single.batch.numbers)
        cleaned = cleaning.clean(batch.columns, count)
        single.name(cleaned.columns)
        fitted, wrong, repaired = fit(placement.apply(batch.shapes), KINDS[mapping.kind].geometry)
        wrong |= batch.reasons
        _join(wrong, cleaned.wrong)
        _join(wrong, _repeated(cleaned.columns.get("code"), codes, wrong))
        keep: Any = slice(None)
        if wrong:
            keep = ~np.isin(np.arange(count), list(wrong))
            for at in sorted(wrong):
                row = {name: values[at] for name, values in batch.columns.items()}
                rejects.add(mapping.kind, crs, int(batch.numbers[at]), wrong[at], row, batch.shapes[at])
        counted = Gathered(
            mapping.kind, read=len(whole.numbers), repaired=repaired, kept=cleaned.kept, parted=single.rows,
            parts=len(single.parts),
        )  # fmt: skip
        portion.add(counted, cleaned.columns, fitted, keep)
        if layer.kind and portion.rows >= PORTION:
            yield portion.whole()
            portion, yielded = _Portion(mapping), True
    if portion.rows or portion.done.read or not yielded:
        yield portion.whole()


class _Portion:
    """Rows that fit, as they come."""

    def __init__(self, mapping: Mapping) -> None:
        self.done = Gathered(mapping.kind)
        self.rows = 0
        self._mapping = mapping
        self._columns: list[dict[str, Any]] = []
        self._shapes: list[Objects] = []

    def add(self, counted: Gathered, columns: dict[str, Objects], shapes: Objects, keep: Any) -> None:
        """The rows of one batch that ``keep`` says."""
        self.done.count(counted)
        self._columns.append({name: _narrow(name, self._mapping, values[keep]) for name, values in columns.items()})
        self._shapes.append(shapes[keep])
        self.rows += len(self._shapes[-1])

    def whole(self) -> Gathered:
        """All of them."""
        names = dict.fromkeys(name for columns in self._columns for name in columns)
        counts = [len(some) for some in self._shapes]
        for name in names:
            parts = [columns.pop(name, _unknown(n)) for columns, n in zip(self._columns, counts, strict=True)]
            self.done.columns[name] = np.concatenate(parts)
        if self._shapes:
            self.done.shapes = np.concatenate(self._shapes)
        return self.done


def _unknown(count: int) -> Objects:
    return np.full(count, None, dtype=object)


def _narrow(name: str, mapping: Mapping, values: Objects) -> Any:
    """Numbers as floats, NaN unknown: an eighth of the memory of objects, and no look at each value later."""
    declared = KINDS[mapping.kind].field(name)
    if declared is not None and declared.type in ("integer", "number"):
        return values.astype(np.float64)
    return values


def _join(wrong: dict[int, str], more: dict[int, str]) -> None:
    for at, why in more.items():
        wrong[at] = f"{wrong[at]}; {why}" if at in wrong else why


def _repeated(values: Objects | None, seen: set[str], wrong: dict[int, str]) -> dict[int, str]:
    """Rows whose code an earlier row of the file has; a row that is refused anyway takes no code."""
    found: dict[int, str] = {}
    if values is None:
        return found
    before = len(seen)
    some = [value for value in values.tolist() if value is not None]
    if not wrong and seen.isdisjoint(some):
        seen.update(some)
        if len(seen) == before + len(some):
            return found
        seen.difference_update(some)
    for at, value in enumerate(values.tolist()):
        if value is None or at in wrong:
            continue
        if value in seen:
            found[at] = _("the code {code} is used by an earlier row").format(code=value)
        seen.add(value)
    return found
