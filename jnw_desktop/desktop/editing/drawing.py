"""Shapes that the user draws on the map, for whoever asked for one; one is asked for at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from jnw_desktop.language import N_, _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

HOW_TO_DRAW = {
    "point": N_("Click the place; Esc ends."),
    "line": N_("Click point by point, right click to end; Backspace takes the last one back, Esc ends."),
    "polygon": N_("Click corner by corner, right click to end; Backspace takes the last one back, Esc ends."),
    "rectangle": N_("Drag a rectangle; Esc ends."),
    "reshape": N_("Drag vertices, or a segment to add one; Delete takes one away, right click to end, Esc gives up."),
}


class Drawing(QObject):
    """Hands the map's drawing tools to the program, and what was drawn to whoever asked."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._on_drawn: Callable[[bytes], None] | None = None
        self._on_left: Callable[[], object] | None = None
        window.engine.heard.connect(self._heard)

    def ask(
        self,
        shape: str,
        on_drawn: Callable[[bytes], None],
        on_left: Callable[[], object] | None = None,
        **options: Any,
    ) -> None:
        """Let the user draw a point, line, polygon or rectangle, or reshape a line; ``on_drawn`` gets its WKB once.

        Esc ends it; ``options`` are those of the map's tool.
        """
        window = self._window
        self._on_drawn, self._on_left = on_drawn, on_left
        window.tabs.show_map()
        window.menus.no_tool()
        window.map.set_tool(f"draw-{shape}", **options)
        window.messages.info(_(HOW_TO_DRAW[shape]))

    def take(self, wkb: bytes) -> None:
        """A shape was drawn."""
        on_drawn, self._on_drawn, self._on_left = self._on_drawn, None, None
        self._window.messages.forget(*(_(how) for how in HOW_TO_DRAW.values()))
        self._window.actions_by_id["identify"].trigger()
        if on_drawn is not None:
            on_drawn(wkb)

    def _heard(self, name: str, params: dict[str, Any]) -> None:
        if name == "drawn":
            self.take(bytes.fromhex(params["wkb"]))
        elif name == "too.little":
            told = _("Too few points: {needed} are needed.")
            self._window.messages.warning(told.format(needed=params["needed"]))
        elif name == "tool.left":
            self._leave()

    def _leave(self) -> None:
        window = self._window
        window.actions_by_id["pan"].trigger()
        window.editing.leave()
        on_left, self._on_left, self._on_drawn = self._on_left, None, None
        if on_left is not None:
            on_left()
