"""Files in and out: opens the pages of import and export, one of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.panels.exportpage import ExportPage
    from jnw_desktop.desktop.panels.importpage import ImportPage
    from jnw_desktop.desktop.window import MainWindow


class Exchanging:
    """The pages are made at their first use."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def bring_in(self) -> ImportPage:
        """The page of the import."""
        from jnw_desktop.desktop.panels.importpage import ImportPage

        page = self._window.tabs.open_once("import", _("Import"), lambda: ImportPage(self._window))
        assert isinstance(page, ImportPage)
        return page

    def take_out(self) -> ExportPage:
        """The page of the export."""
        from jnw_desktop.desktop.panels.exportpage import ExportPage

        page = self._window.tabs.open_once("export", _("Export"), lambda: ExportPage(self._window))
        assert isinstance(page, ExportPage)
        return page
