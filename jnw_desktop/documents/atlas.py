"""An atlas: an extent cut into sheets of one scale, those with pipes on them printed behind a key map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from jnw_desktop.documents.mapsheet import print_sheets
from jnw_desktop.documents.paper import MOST_SHEETS, Atlas, MapSheet, Mark, Sheet
from jnw_desktop.documents.tiling import Cell, Grid, beside, named
from jnw_desktop.errors import RefusedError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.home import Bounds


class AtlasRefused(RefusedError):
    """An extent that makes no atlas: nothing lies in it, or it is too large for the scale."""

    kind = "atlas_refused"


def sheets_with_pipes(workspace: Workspace, extent: Bounds, sheet: Sheet, scale: float) -> list[Cell]:
    """The sheets of :func:`cut` on which a pipe lies. Raises AtlasRefused where there are none or too many."""
    grid = Grid.over(extent, *sheet.ground(scale))
    count = grid.rows * grid.columns
    if count > 20 * MOST_SHEETS:
        raise _too_many(count)
    table = KINDS["pipe"].table
    with workspace.read() as connection:
        found = [
            cell
            for cell in grid.cells()
            if connection.execute(sa.select(workspace.fids_within(table, cell.box).limit(1).subquery())).first()
        ]
    if not found:
        raise AtlasRefused(_("No pipe lies in the extent."), _("Choose another extent."))
    if len(found) > MOST_SHEETS:
        raise _too_many(len(found))
    return found


def _too_many(count: int) -> AtlasRefused:
    return AtlasRefused(
        _("{count:,} sheets are too many for one file.").format(count=count),
        _("Choose a smaller scale, larger paper or a smaller extent; {most} sheets are printed at most.").format(
            most=MOST_SHEETS
        ),
    )


def print_atlas(
    workspace: Workspace,
    wanted: Atlas,
    out: str,
    *,
    tree: list[dict[str, Any]],
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    task: Task = SILENT,
) -> list[str]:
    """Write the PDF ``out``: a key map, then the sheets with pipes on them; returns the sheets' names.

    Raises AtlasRefused and what :func:`jnw_desktop.documents.mapsheet.print_sheets` raises.
    """
    extent = wanted.extent or queries.bounds(workspace, "pipe")
    if extent is None:
        raise AtlasRefused(_("No pipe lies in the extent."), _("Choose another extent."))
    cells = sheets_with_pipes(workspace, extent, wanted.sheet, wanted.scale)
    pages = [_key_map(wanted.title, wanted.sheet, cells), *_pages(wanted.title, wanted.sheet, wanted.scale, cells)]
    print_sheets(workspace, pages, out, tree=tree, terms=terms, who=who, task=task)
    return [cell.name for cell in cells]


def _key_map(title: str, sheet: Sheet, cells: Sequence[Cell]) -> MapSheet:
    boxes = list(zip(*(cell.box for cell in cells), strict=True))
    low_e, low_n, high_e, high_n = min(boxes[0]), min(boxes[1]), max(boxes[2]), max(boxes[3])
    scale = sheet.fitting(high_e - low_e, high_n - low_n)
    marks = tuple(Mark(cell.name, cell.box) for cell in cells)
    center = ((low_e + high_e) / 2, (low_n + high_n) / 2)
    return MapSheet(_("{title}: key map").format(title=title), sheet, center, scale, marks=marks)


def _pages(title: str, sheet: Sheet, scale: float, cells: Sequence[Cell]) -> Iterator[MapSheet]:
    names = named(cells, [cell.name for cell in cells])
    for cell in cells:
        yield MapSheet(f"{title}  {cell.name}", sheet, cell.center, scale, beside=beside(cell, names))
