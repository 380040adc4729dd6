"""Field work in the window: pack for QField, and see what came back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from jnw_desktop.desktop.panels.fieldreturn import FieldReturn
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow


class FieldWork:
    """Between the menu, the worker and the tab of differences."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def choose_pack(self) -> None:
        """Ask where to, and write the package."""
        path, _kind = QFileDialog.getSaveFileName(self._window, _("Pack for QField…"), "field.zip", "*.zip")
        if path:
            self.pack(path if path.lower().endswith(".zip") else path + ".zip")

    def pack(self, path: str) -> None:
        """Write the package."""
        window = self._window
        told = _("Wrote {path}. Copy it to the phone or tablet and open it in QField.")
        done = lambda out: window.messages.info(told.format(path=out))  # noqa: E731
        window.jobs.run(_("Pack for QField…"), "field.pack", done, out=path)

    def choose_return(self) -> None:
        """Ask for the file that came back, and show what was edited."""
        files = _("Packages and their files (*.zip *.gpkg)")
        path, _kind = QFileDialog.getOpenFileName(self._window, _("Take field work back…"), "", files)
        if path:
            self.compare(path)

    def compare(self, path: str) -> QWidget:
        """Show what was edited in the file, in a tab."""
        page = FieldReturn(self._window, path)
        self._window.tabs.open(page, _("Field work: {file}").format(file=Path(path).name))
        return page
