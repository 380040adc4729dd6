"""The command palette: every action by a few letters of its name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from jnw_desktop.language import _


class Palette(QDialog):
    """Type, arrow down, Enter."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setMinimumWidth(420)
        self._actions = [action for action in actions if action.isEnabled()]
        self.text = QLineEdit()
        self.text.setPlaceholderText(_("What do you want to do?"))
        self.list = QListWidget()
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(self.list)
        self.text.textChanged.connect(self._fill)
        self.text.returnPressed.connect(self._take)
        self.list.itemActivated.connect(lambda _item: self._take())
        self._fill("")

    def _fill(self, text: str) -> None:
        self.list.clear()
        for action in self._actions:
            title = action.text().replace("&", "")
            if all(part in title.lower() for part in text.lower().split()):
                item = QListWidgetItem(title + "\t" + action.shortcut().toString())
                item.setData(Qt.ItemDataRole.UserRole, action)
                self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _take(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.accept()
            item.data(Qt.ItemDataRole.UserRole).trigger()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move in the list while the text has the focus."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.list.setCurrentRow((self.list.currentRow() + step) % max(self.list.count(), 1))
