"""Goes through a layer once: every row cleaned, placed in the workspace's CRS, or set among the rejects."""

from __future__ import annotations

from collections.abc import Iterable
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
) -> Gathered:
    """Read, clean and place every row; what does not fit goes to ``rejects``."""
    done = Gathered(mapping.kind)
    cleaning = Cleaning(mapping)
    geometry = KINDS[mapping.kind].geometry
    parts: list[dict[str, Any]] = []
    shapes: list[Objects] = []
    codes: set[str] = set()
    crs = placement.crs.to_string() if len(placement.crs.to_string()) < 40 else placement.crs.to_wkt()
    for whole in layer.rows():
        done.read += len(whole.numbers)
        task.progress(share, _("Reading {count} rows").format(count=done.read))
        single = parted(whole, geometry)
        batch, count = single.batch, len(single.batch.numbers)
        done.parted, done.parts = done.parted + single.rows, done.parts + len(single.parts)
        cleaned = cleaning.clean(batch.columns, count)
        single.name(cleaned.columns)
        fitted, wrong, repaired = fit(placement.apply(batch.shapes), geometry)
        wrong |= batch.reasons
        _join(wrong, cleaned.wrong)
        _join(wrong, _repeated(cleaned.columns.get("code"), codes, wrong))
        done.repaired += repaired
        for key, times in cleaned.kept.items():
            done.kept[key] = done.kept.get(key, 0) + times
        keep: Any = slice(None)
        if wrong:
            keep = ~np.isin(np.arange(count), list(wrong))
            for at in sorted(wrong):
                row = {name: values[at] for name, values in batch.columns.items()}
                rejects.add(mapping.kind, crs, int(batch.numbers[at]), wrong[at], row, batch.shapes[at])
        parts.append({name: _narrow(name, mapping, values[keep]) for name, values in cleaned.columns.items()})
        shapes.append(fitted[keep])
    names = dict.fromkeys(name for part in parts for name in part)
    counts = [len(some) for some in shapes]
    for name in names:
        columns = [part.get(name, _unknown(n)) for part, n in zip(parts, counts, strict=True)]
        done.columns[name] = np.concatenate(columns) if columns else _unknown(0)
    done.shapes = np.concatenate(shapes) if shapes else objects([])
    return done


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
