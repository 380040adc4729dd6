"""What a form's fields that name other facilities ask of the window: their names, a search, a click on the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Hit
from jnw_desktop.facilities.referring import Named
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

OFFERED = 12  # facilities that a search offers
PICK = "pick"


class Referring(QObject):
    """Names, searches, shows and picks facilities for the fields of a form; picking waits for one click on the map."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._on_picked: Callable[[Named], None] | None = None
        self._kinds: Sequence[str] = ()
        window.engine.heard.connect(self._heard)
        window.map.tool_set.connect(self._tool_set)

    def names(self, kind: str, values: Mapping[str, Any], on_named: Callable[[dict[str, Named]], None]) -> None:
        """What the reference fields of a facility's ``values`` name, by uid."""
        self._window.jobs.ask("facilities.referred", on_named, kind=kind, values=dict(values))

    def search(self, kinds: Sequence[str], text: str, on_hits: Callable[[list[Hit]], None]) -> None:
        """Facilities of ``kinds`` whose code begins with ``text`` or whose name contains it."""
        self._window.jobs.ask("facilities.search", on_hits, text=text, limit=OFFERED, kinds=list(kinds))

    def areas(self, geometry: bytes, on_areas: Callable[[list[Named]], None]) -> None:
        """The DMA, pressure zone and neighbourhood that a facility of this geometry (WKB) lies in."""
        self._window.jobs.ask("facilities.areas_at", on_areas, geometry=geometry)

    def show(self, named: Named) -> None:
        """Select it and fly there."""
        self._window.tabs.show_map()
        self._window.selection.choose(named.kind, uid=named.uid, fly=True)

    def pick(self, kinds: Sequence[str], on_picked: Callable[[Named], None]) -> None:
        """Let the user click a facility of ``kinds`` on the map; Esc, or another tool, ends it."""
        window = self._window
        window.tabs.show_map()
        window.menus.no_tool()
        window.map.set_tool(PICK, layers=list(kinds))
        self._on_picked, self._kinds = on_picked, kinds
        told = _("Click it on the map: {kinds}. Esc ends.")
        window.messages.info(told.format(kinds=", ".join(_(KINDS[kind].title) for kind in kinds)))

    def _tool_set(self, _tool: str) -> None:
        self._on_picked = None

    def _heard(self, name: str, params: dict[str, Any]) -> None:
        if name != "picked" or self._on_picked is None:
            return
        if not params["hits"]:
            self._window.messages.warning(_("There is none of them at this place; zoom in and click again."))
            return
        on_picked, hit = self._on_picked, params["hits"][0]
        self._window.actions_by_id["identify"].trigger()

        def take(record: Any) -> None:
            name = str(record.values.get("name") or "")
            on_picked(Named(record.kind, record.uid, record.code, name))

        self._window.jobs.ask("facilities.describe", take, kind=hit["layer"], fid=hit["fid"])
