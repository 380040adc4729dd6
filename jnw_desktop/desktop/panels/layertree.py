"""The layers of the map: groups, visibility, a filter, and what the symbols mean."""

from __future__ import annotations

import base64
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from jnw_desktop.language import _

LAYER = Qt.ItemDataRole.UserRole


class LayerTree(QWidget):
    """Emits ``shown(id, visible)`` when the user switches a layer."""

    shown = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filter = QLineEdit(placeholderText=_("Filter layers"), clearButtonEnabled=True)
        self._tree = QTreeWidget()
        self._tree.setHeaderHidden(True)
        self._tree.setAccessibleName(_("Layers"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self._filter)
        layout.addWidget(self._tree)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._filter.textChanged.connect(self._apply_filter)
        self._tree.itemChanged.connect(self._changed)

    def set_layers(self, tree: list[dict[str, Any]], counts: dict[str, int]) -> None:
        """Show the groups and their layers; a layer without rows is left out."""
        self._tree.blockSignals(True)
        self._tree.clear()
        self._items.clear()
        for group in tree:
            layers = [layer for layer in group["layers"] if counts.get(layer["id"], 1)]
            if not layers:
                continue
            parent = QTreeWidgetItem([group["title"]])
            parent.setFlags(parent.flags() | Qt.ItemFlag.ItemIsAutoTristate | Qt.ItemFlag.ItemIsUserCheckable)
            self._tree.addTopLevelItem(parent)
            for layer in layers:
                item = QTreeWidgetItem(parent, [f"{layer['title']}  ({counts.get(layer['id'], 0):,})"])
                item.setData(0, LAYER, layer["id"])
                state = Qt.CheckState.Checked if layer["visible"] else Qt.CheckState.Unchecked
                item.setCheckState(0, state)
                self._items[layer["id"]] = item
            parent.setExpanded(True)
        self._tree.blockSignals(False)

    def set_legend(self, layer: str, rows: list[dict[str, str]]) -> None:
        """Show what a layer's symbols mean; one symbol stands beside the layer's name."""
        item = self._items.get(layer)
        if item is None:
            return
        self._tree.blockSignals(True)
        if len(rows) == 1:
            item.setIcon(0, _icon(rows[0]["png"]))
        else:
            for row in rows:
                child = QTreeWidgetItem(item, [row["label"]])
                child.setIcon(0, _icon(row["png"]))
                child.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self._tree.blockSignals(False)

    def layer_ids(self) -> list[str]:
        """Layers in the tree."""
        return list(self._items)

    def _changed(self, item: QTreeWidgetItem, _column: int) -> None:
        layer = item.data(0, LAYER)
        if layer is not None:
            self.shown.emit(layer, item.checkState(0) == Qt.CheckState.Checked)

    def _apply_filter(self, text: str) -> None:
        for item in self._items.values():
            item.setHidden(text.lower() not in item.text(0).lower())


def _icon(png: str) -> QIcon:
    pixmap = QPixmap()
    pixmap.loadFromData(base64.b64decode(png), "PNG")
    return QIcon(pixmap)
