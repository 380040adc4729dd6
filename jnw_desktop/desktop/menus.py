"""Menus, toolbar and keys, made from the table of actions and from what modules add to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import qtawesome
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QColor
from PySide6.QtWidgets import QMenu, QToolBar

from jnw_desktop.desktop.actions import ACCENT, ACTIONS, DISABLED, MENUS, VIEW, Action
from jnw_desktop.desktop.themes import BAR
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

TOOL, MODULE = "tool:", "module:"


class Menus:
    """``actions`` holds every action by id; those that need an open workspace are off until there is one."""

    def __init__(self, window: MainWindow, added: Iterable[tuple[Action, Callable[[], None]]]) -> None:
        self._window = window
        self._tools = QActionGroup(window)
        self._needing: list[tuple[QAction, bool]] = []
        self.actions: dict[str, QAction] = {}
        self.doing = ""  # the action that is under way
        self.toolbar = QToolBar(_("Tools"))
        self.toolbar.setObjectName("tools")
        self.toolbar.setMovable(False)
        self.editing = QToolBar(_("Editing"))
        self.editing.setObjectName("editing")
        self.editing.setMovable(False)
        self.editing.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for bar in (self.toolbar, self.editing):
            bar.setStyleSheet(BAR)
        self.menus: Mapping[str, QMenu] = {menu: window.menuBar().addMenu(_(menu)) for menu in MENUS}
        for declared in ACTIONS:
            self._add(declared, self._call_of(declared))
        for declared, call in added:
            self._add(declared, call)

    @property
    def view(self) -> QMenu:
        """The menu that shows and hides the docks."""
        return self.menus[VIEW]

    def _call_of(self, declared: Action) -> Callable[[], Any]:
        if declared.call.startswith(TOOL):
            return lambda: self._window.map.set_tool(declared.call.removeprefix(TOOL))
        if declared.call.startswith(MODULE):
            module, _colon, method = declared.call.removeprefix(MODULE).partition(":")
            return lambda: self._window.modules.call(module, method)
        # Asked for when it is used: parts of the window are made after its menus.
        return lambda: attrgetter(declared.call)(self._window)()

    def _add(self, declared: Action, call: Callable[[], Any]) -> None:
        action = QAction(_(declared.title), self._window)
        if declared.icon:
            action.setIcon(
                qtawesome.icon(declared.icon, color=ACCENT, color_on="white", color_disabled=QColor(DISABLED))
            )
        if declared.key:
            action.setShortcut(declared.key)
            action.setToolTip(f"{_(declared.title)} ({declared.key})")
        if declared.call.startswith(TOOL):
            action.setCheckable(True)
            self._tools.addAction(action)
        action.triggered.connect(lambda: self._do(declared.id, call))
        action.setEnabled(not declared.needs)
        if declared.needs and declared.id not in ("undo", "redo"):
            self._needing.append((action, declared.writes))
        self.actions[declared.id] = action
        if declared.section:
            self.menus[declared.menu].addSeparator()
        self.menus[declared.menu].addAction(action)
        if declared.toolbar:
            (self.editing if declared.editing else self.toolbar).addAction(action)

    def _do(self, name: str, call: Callable[[], Any]) -> None:
        self.doing = name
        try:
            call()
        finally:
            self.doing = ""

    def no_tool(self) -> None:
        """Something is drawn that no button stands for."""
        checked = self._tools.checkedAction()
        if checked is not None:
            self._tools.setExclusive(False)
            checked.setChecked(False)
            self._tools.setExclusive(True)

    def workspace_is_open(self, read_only: bool) -> None:
        """What needs a workspace can be done now, but for what writes where it can only be read."""
        for action, writes in self._needing:
            action.setEnabled(not (writes and read_only))

    def offer(self, name: str, title: str, why: str | None) -> None:
        """Undo or redo: on while there is something, named by why it was done."""
        action = self.actions[name]
        action.setEnabled(why is not None)
        action.setText(title + (f": {why}" if why else ""))
