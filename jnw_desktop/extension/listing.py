"""The list of a panel: its columns, and what a panel may ask of the list that the window makes for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Row = Mapping[str, Any]  # by the columns' names; a value is text, a number, yes or no, or None where it is unknown
Place = tuple[str, str]  # kind and uid of a facility


@dataclass(frozen=True)
class Column:
    """``title`` in the user's language; with ``choices`` the list is also filtered by the column's values."""

    name: str
    title: str
    choices: bool = False


@dataclass(frozen=True)
class ListOf:
    """What a list is of: ``key`` names the column that tells rows apart, ``empty`` says how to begin.

    ``opened`` gets the row that was double-clicked or opened with Enter, ``place`` tells where a row lies on the map.
    """

    title: str
    columns: Sequence[Column]
    key: str
    empty: str
    picked: Callable[[Row | None], None] | None = None
    opened: Callable[[Row], None] | None = None
    place: Callable[[Row], Place | None] | None = None


class Listing(Protocol):
    """A list with filter, sort, count, zoom, open, copy and export."""

    @property
    def widget(self) -> Any:
        """The QWidget, to be put into a layout."""

    @property
    def row(self) -> Row | None:
        """The row that is chosen."""

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that pass the filter, as they are sorted."""

    def fill(self, rows: Sequence[Row]) -> None:
        """Show these rows; the chosen one stays chosen. Calls ``picked`` when the chosen row is another or is gone."""

    def choose(self, key: object) -> bool:
        """Choose the row of that key; whether it is there."""
