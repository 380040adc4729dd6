"""Rows whose parts do not join: one facility for each part, as GIS programs make single parts of multi-parts.

The longest part stays the facility that people know and keeps code and uid, as the longest piece of a pipe that is cut
does; the others are CODE-2, CODE-3 … in the order of the file, so that the same file names them the same again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.exchange.fitting import single_parts
from jnw_desktop.exchange.layer import Batch, objects
from jnw_desktop.exchange.matching import plain_value
from jnw_desktop.facilities.splitting import EVENLY, carried

Ints = npt.NDArray[np.int64]
SHARED = ("length", *(name for pair in EVENLY for name in pair))  # fields that tell of a line's whole way


@dataclass(frozen=True)
class Part:
    """A part of a row: which of them (from 1, 1 keeps the name) and its shares 0..1 of the row's whole length."""

    number: int
    begin: float
    end: float


@dataclass(frozen=True)
class Parted:
    """A batch of single parts. ``parts`` says of a place in it what part of a row it is; whole rows are not there."""

    batch: Batch
    parts: dict[int, Part]

    @property
    def rows(self) -> int:
        """How many rows were made of several parts."""
        return sum(part.number == 1 for part in self.parts.values())

    def name(self, columns: dict[str, Any]) -> None:
        """Give each part its own code in cleaned ``columns``, and what it has of lengths and depths."""
        for at, part in self.parts.items():
            known = {name: plain_value(columns[name][at]) for name in SHARED if name in columns}
            for name, value in carried(known, part.begin, part.end).items():
                if name in columns:
                    columns[name][at] = value
            if part.number > 1:
                if "uid" in columns:
                    columns["uid"][at] = None
                if "code" in columns and columns["code"][at] is not None:
                    columns["code"][at] = f"{columns['code'][at]}-{part.number}"


def parted(batch: Batch, geometry: str) -> Parted:
    """``batch`` with a row for each part where parts do not join and a column of type ``geometry`` holds but one."""
    several = single_parts(batch.shapes, geometry)
    if not several:
        return Parted(batch, {})
    rows: list[int] = []
    shapes: list[Any] = []
    parts: dict[int, Part] = {}
    for at, shape in enumerate(batch.shapes.tolist()):
        pieces = several.get(at)
        if pieces is None:
            rows.append(at)
            shapes.append(shape)
            continue
        parts |= {len(rows) + place: part for place, part in enumerate(_numbered(pieces))}
        rows += [at] * len(pieces)
        shapes += pieces
    reasons = {place: batch.reasons[at] for place, at in enumerate(rows) if at in batch.reasons}
    taken = np.array(rows)
    return Parted(Batch(batch.numbers[taken], _repeated(batch.columns, rows), objects(shapes), reasons), parts)


def _numbered(pieces: Sequence[Any]) -> list[Part]:
    lengths = shapely.length(objects(pieces))
    longest = int(np.argmax(lengths))
    total = float(lengths.sum())
    shares = np.r_[0.0, np.cumsum(lengths) / total] if total > 0 else np.linspace(0.0, 1.0, len(pieces) + 1)
    numbers = [1 if at == longest else at + 2 - (at > longest) for at in range(len(pieces))]
    return [Part(number, *share) for number, share in zip(numbers, pairwise(shares.tolist()), strict=True)]


def _repeated(columns: Mapping[str, Sequence[Any]], rows: list[int]) -> dict[str, Any]:
    return {
        name: values[np.array(rows)] if isinstance(values, np.ndarray) else [values[at] for at in rows]
        for name, values in columns.items()
    }
