"""How ground is cut into sheets: a grid of equal cells, those that are needed, and which join which."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.workspace.home import Bounds

SIDES = {"left": (0, -1), "right": (0, 1), "above": (-1, 0), "below": (1, 0)}  # steps of (row, column)
PARTS_TRIED = 12  # of an area of many parts
MOST_TRIED = 5000  # cells of a grid; one of more is taken as it lies
SLACK = 1e-10  # of a cell; an extent that is a whole number of cells takes no further one for the last bit


@dataclass(frozen=True)
class Cell:
    """One sheet's place: rows count from the north, columns from the west, both from 1."""

    row: int
    column: int
    box: Bounds

    @property
    def name(self) -> str:
        """What the sheet is called: row and column."""
        return f"{self.row:02d}-{self.column:02d}"

    @property
    def center(self) -> tuple[float, float]:
        """Its middle (E, N)."""
        low_e, low_n, high_e, high_n = self.box
        return (low_e + high_e) / 2, (low_n + high_n) / 2


@dataclass(frozen=True)
class Grid:
    """Cells of ``width`` by ``height`` metres, ``rows`` from ``north`` downwards, ``columns`` from ``west``."""

    west: float
    north: float
    width: float
    height: float
    rows: int
    columns: int

    @classmethod
    def over(cls, extent: Bounds, width: float, height: float) -> Grid:
        """The fewest cells that cover ``extent`` (xmin, ymin, xmax, ymax) edge to edge, centred on it."""
        low_e, low_n, high_e, high_n = extent
        columns = max(1, math.ceil((high_e - low_e) / width - SLACK))
        rows = max(1, math.ceil((high_n - low_n) / height - SLACK))
        west, north = (low_e + high_e - columns * width) / 2, (low_n + high_n + rows * height) / 2
        return cls(west, north, width, height, rows, columns)

    def over_more(self, extent: Bounds) -> Grid:
        """The same grid, as many cells of it as cover ``extent`` edge to edge."""
        low_e, low_n, high_e, high_n = extent
        west = self.west + math.floor((low_e - self.west) / self.width + SLACK) * self.width
        north = self.north + math.ceil((high_n - self.north) / self.height - SLACK) * self.height
        columns = max(1, math.ceil((high_e - west) / self.width - SLACK))
        rows = max(1, math.ceil((north - low_n) / self.height - SLACK))
        return Grid(west, north, self.width, self.height, rows, columns)

    def cell(self, row: int, column: int) -> Cell:
        """The cell of a row and a column, both from 1."""
        left, top = self.west + (column - 1) * self.width, self.north - (row - 1) * self.height
        return Cell(row, column, (left, top - self.height, left + self.width, top))

    def cells(self) -> Iterator[Cell]:
        """Every cell, from the north-west, row by row."""
        for row in range(1, self.rows + 1):
            for column in range(1, self.columns + 1):
                yield self.cell(row, column)

    def meeting(self, area: shapely.Geometry) -> list[Cell]:
        """The cells that share ground with ``area`` (polygons), from the north-west, row by row.

        Parts of an area that lie far apart cost what they cover, not what lies between them.
        """
        found: set[tuple[int, int]] = set()
        for part in shapely.get_parts(area):
            rows, columns = self._about(shapely.bounds(part))
            lefts, tops = self.west + (columns - 1) * self.width, self.north - (rows - 1) * self.height
            boxes = shapely.box(lefts, tops - self.height, lefts + self.width, tops)
            shapely.prepare(part)
            met = np.flatnonzero(shapely.intersects(part, boxes))
            shared = met[~shapely.touches(part, boxes[met])]
            found |= set(zip(rows[shared].tolist(), columns[shared].tolist(), strict=True))
        return [self.cell(row, column) for row, column in sorted(found)]

    def _about(self, bounds: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Row and column of each cell that ``bounds`` may meet."""
        low_e, low_n, high_e, high_n = bounds.tolist()
        first, last = (self.north - high_n) / self.height, (self.north - low_n) / self.height
        start, end = (low_e - self.west) / self.width, (high_e - self.west) / self.width
        rows = np.arange(max(0, math.floor(first)), min(self.rows, math.floor(last) + 1)) + 1
        columns = np.arange(max(0, math.floor(start)), min(self.columns, math.floor(end) + 1)) + 1
        down, across = np.meshgrid(rows, columns, indexing="ij")
        return down.ravel(), across.ravel()


def fewest(area: shapely.Geometry, width: float, height: float) -> list[Cell]:
    """The cells of ``width`` by ``height`` metres that share ground with ``area``, as few as may be.

    The grid is centred on the whole area; on one of its largest parts, or moved by quarters of a cell, where that makes
    fewer.
    """
    extent: Bounds = tuple(shapely.bounds(area).tolist())
    whole = Grid.over(extent, width, height)
    if whole.rows * whole.columns > MOST_TRIED:
        return whole.meeting(area)
    parts = shapely.get_parts(area)
    largest = parts[np.argsort(-shapely.area(parts), kind="stable")][:PARTS_TRIED]
    grids = [Grid.over(tuple(shapely.bounds(part).tolist()), width, height) for part in largest]
    quarters = [(i / 4 * width, j / 4 * height) for i in range(4) for j in range(4)]
    grids += [replace(whole, west=whole.west + east, north=whole.north + north) for east, north in quarters]
    return min((grid.meeting(area) for grid in [whole, *(grid.over_more(extent) for grid in grids)]), key=len)


def named(cells: Sequence[Cell], names: Sequence[str]) -> dict[tuple[int, int], str]:
    """The name of each cell by its row and column."""
    return {(cell.row, cell.column): name for cell, name in zip(cells, names, strict=True)}


def beside(cell: Cell, names: Mapping[tuple[int, int], str]) -> tuple[tuple[str, str], ...]:
    """The sides at which a cell of ``names`` joins ``cell``, each with that name."""
    near = {side: names.get((cell.row + down, cell.column + right)) for side, (down, right) in SIDES.items()}
    return tuple((side, name) for side, name in near.items() if name is not None)
