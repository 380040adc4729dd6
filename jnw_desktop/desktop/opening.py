"""Which workspace is open: choosing one, connecting to a team's, the recent ones, a backup, carrying one forward."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QMenu

from jnw_desktop.desktop.connecting import ConnectDatabase
from jnw_desktop.desktop.preferences import WHO
from jnw_desktop.errors import JnwError
from jnw_desktop.facilities.releases.backing import ENDING, Backup
from jnw_desktop.language import _
from jnw_desktop.mapengine.forqgis import Given
from jnw_desktop.workspace.location import Location

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

REMEMBERED = 8  # recent workspaces


class Opening:
    """Opens workspaces in a window; ``recent`` is the menu of the last ones."""

    def __init__(self, window: MainWindow, settings: QSettings, recent: QMenu) -> None:
        self._window = window
        self._settings = settings
        self.recent = recent
        self._fill_recent()

    def open(self, where: str) -> None:
        """Open a workspace in place of the one that is open; a refusal leaves that one open."""
        window = self._window
        refused = functools.partial(self._refused, where)
        who = WHO.value(self._settings)
        window.jobs.ask("workspace.open", window.show_workspace, refused, where=where, who=who)

    def _refused(self, where: str, error: JnwError) -> None:
        if error.kind == "needs_migration":
            self._window.messages.error(error, _("Carry it forward"), functools.partial(self._migrate, where))
            return
        self._window.messages.error(error)
        if error.kind == "workspace_unreachable":  # a remembered address has no password
            self.connect(str(Location.parse(where)))

    def _migrate(self, where: str) -> None:
        self._window.jobs.run(
            _("Carry the workspace forward"), "workspace.migrate", lambda _carried: self.open(where), where=where
        )

    def choose(self) -> None:
        """Ask which workspace to open."""
        path, _kind = QFileDialog.getOpenFileName(self._window, _("Open workspace…"), "", _("Workspaces (*.gpkg)"))
        if path:
            self.open(path)

    def connect(self, where: str = "") -> None:
        """Ask for the address of a team workspace and open it."""
        asked = ConnectDatabase(self._window, where)
        asked.form.accepted.connect(lambda: self.open(asked.address()))
        asked.form.finished.connect(asked.form.deleteLater)
        asked.form.open()

    def back_up(self) -> None:
        """Ask where to, and copy the workspace."""
        window = self._window
        path, _kind = QFileDialog.getSaveFileName(window, _("Back up workspace…"), "", _("Workspaces (*.gpkg)"))
        if path:
            target = path if path.lower().endswith(ENDING) else path + ENDING
            window.jobs.run(_("Back up"), "workspace.backup", self._backed_up, target=target)

    def _backed_up(self, made: Backup) -> None:
        messages = self._window.messages
        messages.info(_("Copied to {file}.").format(file=made.backup))
        if made.release is None:
            messages.warning(_("The workspace can only be read: that this left is not recorded."))

    def give_styles(self) -> None:
        """Put the company's styles and a project for QGIS Desktop into the file."""
        window = self._window

        def done(given: Given) -> None:
            told = _("{styles} styles and a project of {layers} layers are in the file.")
            window.messages.info(told.format(styles=given.styles, layers=given.layers))

        window.jobs.run(_("Styles for QGIS Desktop"), "workspace.for_qgis", done)

    def remember(self, where: str) -> None:
        """The workspace is open: the first of the recent ones."""
        known = [where, *(place for place in self._known() if place != where)][:REMEMBERED]
        self._settings.setValue("recent", known)
        self._fill_recent()

    def _known(self) -> list[str]:
        value = self._settings.value("recent") or []
        return [value] if isinstance(value, str) else list(value)

    def _fill_recent(self) -> None:
        self.recent.clear()
        for place in self._known():
            self.recent.addAction(place, functools.partial(self.open, place))
        self.recent.setEnabled(not self.recent.isEmpty())
