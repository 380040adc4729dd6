"""Undo and redo: at once for a few rows, asked for and shown as a job for many."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QMessageBox

from jnw_desktop.language import _
from jnw_desktop.worker.sessions import WorkspaceState

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

ASK_ABOVE = 1000  # rows that an undo takes back


class Undoing:
    """Takes changes back in a window's workspace, and makes them again."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def undo(self) -> None:
        """Take back the newest change; asks first when it touches many rows."""
        self._with_state(self._undo)

    def redo(self) -> None:
        """Make the last undone change again."""
        self._with_state(
            lambda state: self._reverse(_("Redo"), "workspace.redo", _("Done again: {why}"), state.redo_rows)
        )

    def _with_state(self, then: Callable[[WorkspaceState], None]) -> None:
        """After what was changed just now: the state the window holds may not know of it yet."""
        if self._window.state is not None:
            self._window.jobs.ask("workspace.state", then)

    def _undo(self, state: WorkspaceState) -> None:
        if state.undo is None:
            return
        rows = state.undo_rows
        if rows > ASK_ABOVE:
            asked = _("“{why}” touched {count:,} rows. Take all of it back?").format(why=state.undo, count=rows)
            if QMessageBox.question(self._window, _("Undo"), asked) != QMessageBox.StandardButton.Yes:
                return
        self._reverse(_("Undo"), "workspace.undo", _("Undone: {why}"), rows)

    def _reverse(self, title: str, operation: str, told: str, rows: int) -> None:
        """Quietly, or as a job with its progress when it takes a while."""
        if rows > ASK_ABOVE:
            self._window.jobs.run(title, operation, lambda result: self._told(told, result))
        else:
            self._window.jobs.ask(operation, lambda result: self._told(told, result))

    def _told(self, text: str, result: Any) -> None:
        if result is not None:
            self._window.messages.info(text.format(why=result.why))
