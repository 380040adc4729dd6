"""Results too large to hand to the window: the process that found them holds them, the window reads what it shows."""

from __future__ import annotations

import itertools
import shutil
import struct
import tempfile
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

HELD = 6  # results; of more the oldest is let go
Named = tuple[str, str] | None


class ResultGone(RefusedError):
    """A result that is held no longer."""

    kind = "result_gone"


@dataclass(frozen=True)
class Held:
    """A result by its ``number``: how many rows each of its tables has, and the files of its shapes by name.

    A file holds WKB, each after its length as four bytes, the lowest first.
    """

    number: int
    counts: tuple[int, ...]
    files: Mapping[str, str]


@dataclass(frozen=True)
class RowsPage:
    """Some rows of a table: how many there are with that text, the rows, and the facility each is about."""

    total: int
    rows: list[Sequence[Any]]
    named: list[Named]


class Table:
    """Rows of values and the facility each is about (kind and code, ``None`` where it is about none)."""

    def __init__(self, rows: Sequence[Sequence[Any]], named: Sequence[Named]) -> None:
        self.rows, self.named = rows, named
        self._arranged: tuple[Any, Sequence[int]] = (None, range(len(rows)))

    def page(self, by: int, descending: bool, text: str, offset: int, limit: int) -> RowsPage:
        """Rows with ``text`` in a cell, capitals or not, by the value of a column; below 0 as they were given.

        Unknown values come last, numbers before texts.
        """
        asked = (by, descending, text.casefold())
        known, order = self._arranged
        if known != asked:
            order = self._in_order(*asked)
            self._arranged = (asked, order)
        chosen = order[offset : offset + limit]
        return RowsPage(len(order), [self.rows[at] for at in chosen], [self.named[at] for at in chosen])

    def _in_order(self, by: int, descending: bool, text: str) -> Sequence[int]:
        chosen: Sequence[int] = range(len(self.rows))
        if text:
            chosen = [number for number, words in enumerate(self._words) if text in words]
        if by < 0:
            return chosen
        values = [row[by] for row in self.rows]
        known = [number for number in chosen if values[number] is not None]
        known.sort(key=lambda number: (isinstance(values[number], str), values[number]), reverse=descending)
        return known + [number for number in chosen if values[number] is None]

    @cached_property
    def _words(self) -> list[str]:
        """What each row shows, to be searched."""
        return ["\t".join("" if value is None else shown(value) for value in row).casefold() for row in self.rows]


def shown(value: Any) -> str:
    """A value as a cell shows it."""
    return f"{value:.2f}" if value.__class__ is float else str(value)


@dataclass(frozen=True, eq=False)
class _Holding:
    value: Any
    tables: Sequence[Table]


class Holdings:
    """The results that are held of one open workspace."""

    def __init__(self, _workspace: Workspace) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._held: dict[int, _Holding] = {}

    def hold(self, value: Any, tables: Sequence[Table], shapes: Mapping[str, Iterable[bytes]]) -> Held:
        """Hold a result: its tables are paged, its shapes (WKB by name) are in files while it is held."""
        folder = Path(tempfile.mkdtemp(prefix="jnw-result-"))
        files = {}
        for number, (name, parts) in enumerate(shapes.items()):
            if write_shapes(folder / f"{number}.wkb", parts):
                files[name] = str(folder / f"{number}.wkb")
        holding = _Holding(value, tables)
        weakref.finalize(holding, shutil.rmtree, folder, ignore_errors=True)  # let go, or the process ends
        with self._lock:
            number = next(self._numbers)
            self._held[number] = holding
            for old in list(self._held)[:-HELD]:
                del self._held[old]
        return Held(number, tuple(len(table.rows) for table in tables), files)

    def of(self, number: int) -> _Holding:
        """What is held under a number. Raises ResultGone."""
        with self._lock:
            if number in self._held:
                return self._held[number]
        raise ResultGone(_("This result is held no longer."), _("Ask for it again."))


def write_shapes(file: Path, shapes: Iterable[bytes]) -> int:
    """Write WKB to a file as ``Held`` says; how many."""
    count = 0
    with file.open("wb") as out:
        for wkb in shapes:
            out.write(struct.pack("<I", len(wkb)))
            out.write(wkb)
            count += 1
    return count


def hold(workspace: Workspace, value: Any, tables: Sequence[Table], shapes: Mapping[str, Iterable[bytes]]) -> Held:
    """Hold a result with the open workspace."""
    return workspace.kept(Holdings).hold(value, tables, shapes)


def held_value(workspace: Workspace, held: Held) -> Any:
    """The whole result. Raises ResultGone."""
    return workspace.kept(Holdings).of(held.number).value


def page(
    workspace: Workspace,
    held: Held,
    *,
    table: int = 0,
    by: int = -1,
    descending: bool = False,
    text: str = "",
    offset: int = 0,
    limit: int = 200,
) -> RowsPage:
    """Some rows of a table of a held result, see :meth:`Table.page`. Raises ResultGone."""
    return workspace.kept(Holdings).of(held.number).tables[table].page(by, descending, text, offset, limit)
