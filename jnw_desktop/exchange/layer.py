"""A layer of a file as every reader gives it: names of its columns, its CRS, and its rows in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj

BATCH = 50_000  # rows held at a time as they come from the file
Objects = npt.NDArray[np.object_]


@dataclass
class Batch:
    """Some rows: ``numbers`` counts them as people do (from 1), ``columns`` are raw values, ``shapes`` shapely's.

    A missing geometry is ``None``; ``reasons`` says of a row (by its place in the batch) why its geometry cannot be
    read. Coordinates are the file's, east before north, unless the layer says otherwise.
    """

    numbers: npt.NDArray[np.int64]
    columns: Mapping[str, Sequence[Any]]
    shapes: Objects
    reasons: dict[int, str] = field(default_factory=dict)


@dataclass
class Layer:
    """One layer of a file.

    ``crs`` is what the file states, ``None`` when it states none; ``geometry`` is point, line, area or empty when rows
    of different geometry are mixed or it is not known.

    ``north_first``: coordinates are written north, east. ``kind`` and ``fields`` (our field to the column's name) are
    set by formats whose meaning is fixed (EPANET, survey tables); ``notes`` are warnings to pass on. ``assumed_crs``:
    the CRS is the format's, not said by the file. ``joined``: the file itself says what ends where, so nothing is cut.
    ``named_kind``: what the file says its rows are, taken when the user says nothing.
    """

    name: str
    columns: list[str]
    read: Callable[[], Iterator[Batch]]
    crs: pyproj.CRS | None = None
    geometry: str = ""
    encoding: str = ""
    north_first: bool = False
    kind: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    assumed_crs: bool = False
    joined: bool = False
    named_kind: str = ""
    _begun: tuple[Batch | None, Iterator[Batch]] | None = None

    def first(self) -> Batch | None:
        """The first batch, to look at before the rows are gone through; ``None`` when there are no rows."""
        if self._begun is None:
            batches = self.read()
            self._begun = next(batches, None), batches
        return self._begun[0]

    def rows(self) -> Iterator[Batch]:
        """Every batch; what was looked at is not read again."""
        begun, self._begun = self._begun, None
        first, rest = begun or (None, self.read())
        yield from rest if first is None else chain([first], rest)

    def held(self) -> Layer:
        """A copy that has its first batch at hand, and no file open for it; what is noted of it is noted there alone.

        ``read`` still gives every batch.
        """
        return replace(self, notes=list(self.notes), _begun=(self.first(), iter(())))

    def close(self) -> None:
        """Let go of a file that was looked at and not gone through."""
        self._begun = None


GEOMETRY_WORDS = (("POINT", "point"), ("LINE", "line"), ("CURVE", "line"), ("POLYGON", "area"), ("SURFACE", "area"))


def geometry_word(name: str) -> str:
    """``point``, ``line`` or ``area`` for a geometry type's name as GDAL, GeoPackage or shapefiles write it."""
    plain = name.upper().replace(" ", "")
    return next((word for part, word in GEOMETRY_WORDS if part in plain), "")


def objects(values: Sequence[Any]) -> Objects:
    """A one-dimensional array of Python objects, whatever they are."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
