"""The layers of the files that are to come in: ticked or not, how many rows, what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from jnw_desktop.desktop.files.importdraft import LayerDraft
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

NAME, COUNT, KIND = range(3)


class FileLayers(QObject):
    """Fills the list of a form. Emits ``picked`` when another layer is looked at, ``ticked`` when a tick changes."""

    picked = Signal()
    ticked = Signal()

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self.tree = tree
        self._layers: Sequence[LayerDraft] = ()
        header = tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for section in (COUNT, KIND):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        tree.currentItemChanged.connect(lambda now, _before: self.picked.emit() if now is not None else None)
        tree.itemChanged.connect(self._changed)

    @property
    def current(self) -> LayerDraft | None:
        """The layer that is looked at."""
        item = self.tree.currentItem()
        return self._layers[self._items().index(item)] if item is not None else None

    def show_layers(self, layers: Sequence[LayerDraft]) -> None:
        """List layers; the first that comes in is looked at."""
        self.tree.blockSignals(True)
        self.tree.clear()
        self._layers = layers
        for layer in layers:
            item = QTreeWidgetItem(self.tree, [layer.look.name, _count(layer.look.rows, layer.look.more), ""])
            item.setTextAlignment(COUNT, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setCheckState(NAME, Qt.CheckState.Checked if layer.chosen else Qt.CheckState.Unchecked)
            item.setToolTip(NAME, layer.look.name)
        self.tree.blockSignals(False)
        self.show_kinds()
        first = next((at for at, layer in enumerate(layers) if layer.chosen), 0)
        for item in self._items()[first : first + 1]:
            self.tree.setCurrentItem(item)

    def show_kinds(self) -> None:
        """What the layers hold may have been settled."""
        self.tree.blockSignals(True)
        for item, layer in zip(self._items(), self._layers, strict=True):
            item.setText(KIND, _(KINDS[layer.mapping.kind].title) if layer.mapping is not None else "？")
        self.tree.blockSignals(False)

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """All rows were counted."""
        for item, layer in zip(self._items(), self._layers, strict=True):
            if layer.look.name in counts:
                item.setText(COUNT, _count(counts[layer.look.name], False))

    def tick(self, layer: LayerDraft) -> None:
        """The user settled what a layer holds: it comes in."""
        for item, one in zip(self._items(), self._layers, strict=True):
            if one is layer:
                item.setCheckState(NAME, Qt.CheckState.Checked)

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self.tree.topLevelItem(at) for at in range(self.tree.topLevelItemCount()))
        return [item for item in items if item is not None]

    def _changed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == NAME:
            self._layers[self._items().index(item)].chosen = item.checkState(NAME) == Qt.CheckState.Checked
            self.ticked.emit()


def _count(rows: int, more: bool) -> str:
    return f"≥ {rows:,}" if more else f"{rows:,}"
