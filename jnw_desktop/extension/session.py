"""What a plugin's panel may ask of the window: the one object it is made with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from jnw_desktop.extension.listing import Listing, ListOf

OnValue = Callable[[Any], None]
Part = TypeVar("Part")


class Form(Protocol):
    """A form drawn in Qt Designer, in the user's language."""

    def part(self, name: str, kind: type[Part]) -> Part:
        """The widget of that name and class, or the layout, where a widget goes that Qt Designer does not know."""


class Session(Protocol):
    """The open workspace and the window over it. Every callback comes on the window's thread.

    A panel, and a page of the inspector, may have these methods, which the window calls: ``refresh()`` when a workspace
    was opened and after every change set; of a panel those that the manifest's actions name; of a page
    ``show_facility(kind, uid, code)``.
    """

    def ask(self, operation: str, on_value: OnValue, /, **values: Any) -> None:
        """Ask the worker quietly: ``facilities.page``, ``guide.list``. A refusal is shown in the message line."""

    def run(self, title: str, operation: str, on_value: OnValue, /, **values: Any) -> None:
        """Run a job of the worker that is shown with its progress and can be cancelled."""

    def select(self, kind: str, uid: str, *, fly: bool = False) -> None:
        """Select a facility everywhere: map, inspector, table; with ``fly`` the map goes there."""

    def inspect(self, kind: str, uid: str) -> None:
        """Select a facility and bring this plugin's page of it forward in the inspector."""

    def draw(self, shape: str, on_drawn: Callable[[bytes], None]) -> None:
        """Let the user draw a ``point``, ``line`` or ``polygon``; its WKB in the workspace's CRS comes once."""

    def point_at(self, on_point: Callable[[bytes], None]) -> None:
        """Let the user click what is meant: the bare place, at once; a drawn point is snapped to what lies there."""

    def show(
        self, name: str, features: Sequence[bytes], colour: str | None = None, *, size: int | None = None,
        width: int | None = None,
    ) -> None:  # fmt: skip
        """Show WKB geometries over the map as the result ``name`` of this plugin; none takes them away.

        ``colour`` (``#rrggbb``) tells several results apart; ``size`` of a point and ``width`` of a line in pixels.
        """

    def show_file(self, name: str, file: str | None, colour: str, *, width: int | None = None) -> None:
        """Show what a result that is held (``facilities.holding``) has in a file, as ``show`` does; none takes it away.

        However much it is, nothing of it goes through the window.
        """

    def document(self, title: str, operation: str, code: str, /, **values: Any) -> None:
        """Run an operation that writes a PDF about the facility ``code`` and open it in a tab.

        A value with a ``document`` says by that what the document is called; else it is called by the facility.
        """

    def listing(self, of: ListOf) -> Listing:
        """A list for this panel: with filter, sort, count, zoom, open, copy and export. Its ``widget`` is laid out."""

    def open_file(self, title: str, operation: str, name: str, /, **values: Any) -> None:
        """Run an operation that writes the PDF ``out``, and show it in a tab as ``title name``.

        A value with ``notes`` has something to say about it, a sentence each.
        """

    def write_file(self, title: str, operation: str, out: str, /, **values: Any) -> None:
        """Run an operation that writes a workbook to the file ``out`` that the user named, and takes ``terms``.

        Then it is offered to make the file again with a recipient's name.
        """

    def form(self, widget: Any, name: str) -> Form:
        """Fill an empty widget of this panel with the form ``ui/NAME.ui`` of the program."""

    def tab(self, title: str, widget: Any) -> None:
        """Show a widget in a tab beside the map."""

    def table(self, kind: str) -> None:
        """Open the attribute table of a kind of facility."""

    def setting(self, key: str) -> str:
        """What the user set on this machine under ``key`` (``ground``: the elevation raster); empty where nothing."""

    def may_change(self) -> bool:
        """Whether the workspace can be changed; where not, that is told. Ask before the user draws or fills in."""

    def come_forward(self) -> None:
        """Show this plugin's panel."""

    def tell(self, text: str) -> None:
        """Say something in the message line."""
