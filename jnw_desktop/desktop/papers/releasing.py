"""What leaves through the window: copies to the clipboard, tie cards of a selection, and the register of it all."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication

from jnw_desktop.desktop.modules import TIED, ModuleSession
from jnw_desktop.desktop.panels.releases import ReleasesPage
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow


class Releasing:
    """Copies go to the clipboard only when they are recorded."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        window.table.copy_wanted.connect(self.copy_rows)

    def show(self) -> None:
        """The register, in a tab."""
        self._window.tabs.open_once("releases", _("Register of releases"), lambda: ReleasesPage(self._window))

    def copy_view(self) -> None:
        """The map as it is, to the clipboard."""
        window = self._window
        picture = window.map.grab()

        def recorded(_change: Any) -> None:
            QApplication.clipboard().setPixmap(picture)
            window.messages.info(_("The view is in the clipboard."))

        kinds = [spec["id"] for spec in window.map_layers.layers() if spec["visible"] and spec["id"] in KINDS]
        bounds = tuple(window.map.state["extent"])
        window.jobs.ask("releases.copy", recorded, title=_("The map's view"), kinds=kinds, bounds=bounds)

    def copy_rows(self, kind: str, text: str, count: int) -> None:
        """Rows of the attribute table, as a spreadsheet takes them."""
        window = self._window

        def recorded(_change: Any) -> None:
            QApplication.clipboard().setText(text)
            window.messages.info(_("{count} rows are in the clipboard.").format(count=count))

        title = _("{count} rows of {kind}").format(count=count, kind=_(KINDS[kind].title))
        window.jobs.ask("releases.copy", recorded, title=title, kinds=[kind], count=count)

    def print_tie_cards(self) -> None:
        """Tie cards of the valves and hydrants that are selected, a document for each kind."""
        window = self._window
        chosen = {kind: window.selection.layers.get(kind, []) for kind in TIED}
        if not any(chosen.values()):
            window.messages.info(_("Select valves or hydrants first, on the map or in the table."))
        for kind, fids in chosen.items():
            if fids:
                hits = [(kind, fid) for fid in fids]
                window.jobs.ask("facilities.codes", functools.partial(self._print_cards, kind), hits=hits)

    def _print_cards(self, kind: str, codes: list[str | None]) -> None:
        there = [code for code in codes if code is not None]
        session = ModuleSession(self._window, "documents")
        session.open_file(_("Tie cards"), "documents.tie_cards", _(KINDS[kind].title), kind=kind, codes=there)
