"""Columns of a million texts or lines without a Python object for each: these are made for the few that are told of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]


def _firsts(counts: Sequence[Any] | Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(np.asarray(counts, dtype=np.int64))]).astype(np.int64)


@dataclass(frozen=True)
class Texts:
    """Texts in UTF-8 one after the other: ``first`` (n+1,) says where each begins, and the last ends."""

    whole: bytes
    first: Ints

    @classmethod
    def of(cls, values: Sequence[str | None]) -> Texts:
        """``None`` is as empty."""
        texts = [value or "" for value in values]
        joined = "".join(texts)
        counts = map(len, texts) if joined.isascii() else (len(text.encode()) for text in texts)
        return cls(joined.encode(), _firsts(list(counts)))

    @classmethod
    def joined(cls, parts: list[Texts]) -> Texts:
        """All of ``parts``, which is emptied."""
        counts = np.concatenate([np.diff(part.first) for part in parts])
        whole = b"".join(part.whole for part in parts)
        parts.clear()
        return cls(whole, _firsts(counts))

    def __len__(self) -> int:
        return len(self.first) - 1

    def __getitem__(self, rows: Any) -> Any:
        """One text, or an array of those of some rows."""
        if isinstance(rows, int | np.integer):
            return self.whole[self.first[rows] : self.first[rows + 1]].decode()
        numbers = np.arange(len(self))[rows]
        texts = np.empty(len(numbers), dtype=object)
        texts[:] = [
            self.whole[low:high].decode()
            for low, high in zip(self.first[numbers].tolist(), self.first[numbers + 1].tolist(), strict=True)
        ]
        return texts

    def __iter__(self) -> Iterator[str]:
        bounds = self.first.tolist()
        return (self.whole[low:high].decode() for low, high in pairwise(bounds))


@dataclass(frozen=True)
class Lines:
    """Lines in the plane, vertex after vertex: those of a line are ``points[first[i]:first[i + 1]]``, (m, 2) in metres.

    A line that is not there has no vertices.
    """

    points: Floats
    first: Ints

    @classmethod
    def of(cls, shapes: Objects) -> Lines:
        """The vertices of shapely's lines, ``None`` among them."""
        points, of = shapely.get_coordinates(shapes, return_index=True)
        return cls(points, _firsts(np.bincount(of, minlength=len(shapes))))

    @classmethod
    def joined(cls, parts: list[Lines]) -> Lines:
        """All of ``parts``, which is emptied."""
        counts = np.concatenate([np.diff(part.first) for part in parts])
        points = np.concatenate([part.points for part in parts])
        parts.clear()
        return cls(points, _firsts(counts))

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def counts(self) -> Ints:
        """(n,) vertices of each."""
        return np.diff(self.first)

    def coordinates(self, rows: Ints) -> tuple[Floats, Ints]:
        """Vertices of some lines, and the place in ``rows`` of the line that each is of."""
        counts = self.first[rows + 1] - self.first[rows]
        of = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.points[np.repeat(self.first[rows], counts) + within], of

    @cached_property
    def length(self) -> Floats:
        """(n,) metres; 0 of a line that is not there."""
        step = np.hypot(*np.diff(self.points, axis=0).T)
        step[self.first[1:-1][(self.first[1:-1] > 0) & (self.first[1:-1] < len(self.points))] - 1] = 0.0  # to the next
        run = np.concatenate([[0.0], np.cumsum(np.nan_to_num(step))]) if len(step) else np.zeros(1)
        last = np.maximum(self.first[1:] - 1, 0)
        whole: Floats = run[np.minimum(last, len(run) - 1)] - run[np.minimum(self.first[:-1], len(run) - 1)]
        return np.where(self.counts > 1, whole, 0.0)

    def __getitem__(self, rows: Any) -> Any:
        """One of shapely's lines, or an array of those of some rows; ``None`` for one that is not there."""
        if isinstance(rows, int | np.integer):
            return self[np.array([rows])][0]
        numbers = np.arange(len(self))[rows]
        points, of = self.coordinates(numbers)
        shapes = np.full(len(numbers), None, dtype=object)
        return shapely.linestrings(points, indices=of, out=shapes) if len(points) else shapes
