"""The layers of the map: groups in drawing order, visibility, opacity, a filter, and what the symbols mean."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QDropEvent, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSlider,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from jnw_desktop.desktop.mapview.layers import MapLayers
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.mapengine.client import MAP_GROUND

NAME = Qt.ItemDataRole.UserRole
IS_GROUP = Qt.ItemDataRole.UserRole + 1


class LayerTree(QWidget):
    """Shows and changes a :class:`MapLayers`. Emits ``zoom_to(id)``, ``open_table(id)`` and ``export(id)``."""

    zoom_to = Signal(str)
    open_table = Signal(str)
    export = Signal(str)

    def __init__(self, layers: MapLayers, add_menu: Callable[[QMenu], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers = layers
        self._counts: dict[str, int] = {}
        self._legends: dict[str, list[dict[str, str]]] = {}
        self._filter = QLineEdit(placeholderText=_("Filter layers"), clearButtonEnabled=True)
        self._filter.setAccessibleName(_("Filter layers"))
        self._tree = _Tree(self._dropped)
        self._tree.setAccessibleName(_("Layers"))
        self._add = QPushButton(_("Add a base map or file…"))
        menu = QMenu(self._add)
        menu.aboutToShow.connect(lambda: add_menu(menu))
        self._add.setMenu(menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self._filter)
        layout.addWidget(self._tree)
        layout.addWidget(self._add)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._filter.textChanged.connect(self._apply_filter)
        self._tree.itemChanged.connect(self._changed)
        self._tree.customContextMenuRequested.connect(self._menu)
        self._layers.changed.connect(self._fill)
        self._layers.failed.connect(self._mark_failed)

    def set_counts(self, counts: dict[str, int]) -> None:
        """Tell how many rows each layer has; one without rows is left out."""
        if counts != self._counts:
            self._counts = counts
            self._fill()

    def set_legend(self, layer: str, rows: list[dict[str, str]]) -> None:
        """Show what a layer's symbols mean; one symbol stands beside the layer's name."""
        self._legends[layer] = rows
        item = self._items.get(layer)
        if item is None:
            return
        self._tree.blockSignals(True)
        item.takeChildren()
        if len(rows) == 1:
            item.setIcon(0, _icon(rows[0]["png"]))
        else:
            for row in rows:
                child = QTreeWidgetItem(item, [row["label"]])
                child.setIcon(0, _icon(row["png"]))
                child.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self._tree.blockSignals(False)

    def _fill(self) -> None:
        """Write the tree anew; what was folded and which row was the current one stay."""
        folded, current = self._folded(), self._current()
        self._tree.blockSignals(True)
        self._tree.clear()
        self._items.clear()
        for group in self._layers.groups:
            layers = [layer for layer in group["layers"] if self._counts.get(layer["id"], 1)]
            if not layers:
                continue
            parent = QTreeWidgetItem([group["title"]])
            parent.setData(0, NAME, group["id"])
            parent.setData(0, IS_GROUP, True)
            parent.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsAutoTristate
                | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsDropEnabled
            )  # fmt: skip
            self._tree.addTopLevelItem(parent)
            for layer in layers:
                self._put(parent, layer)
            parent.setExpanded(group["id"] not in folded)
        for name, rows in self._legends.items():
            self.set_legend(name, rows)
        for name, item in self._items.items():
            item.setExpanded(name in folded)  # a layer's legend is folded at first: there it means the other way
        if current in self._items:
            self._tree.setCurrentItem(self._items[current])
        self._tree.blockSignals(False)
        self._apply_filter(self._filter.text())

    def _groups(self) -> list[QTreeWidgetItem]:
        return [item for row in range(self._tree.topLevelItemCount()) if (item := self._tree.topLevelItem(row))]

    def _folded(self) -> set[str]:
        """Groups that are folded, and layers that are not."""
        groups = {group.data(0, NAME) for group in self._groups() if not group.isExpanded()}
        return groups | {name for name, item in self._items.items() if item.isExpanded()}

    def _current(self) -> str | None:
        item = self._tree.currentItem()
        return None if item is None else item.data(0, NAME)

    def _mark_failed(self, failed: dict[str, str]) -> None:
        self._tree.blockSignals(True)
        for name, item in self._items.items():
            layer = self._layers.layer(name)
            why = failed.get(name)
            item.setToolTip(
                0, _("Cannot be shown: {reason}").format(reason=why) if why else layer["source"].get("note", "")
            )
            item.setForeground(0, QBrush(QColor("#c92a2a")) if why else QBrush())
        self._tree.blockSignals(False)

    def _put(self, parent: QTreeWidgetItem, layer: dict[str, Any]) -> None:
        count = self._counts.get(layer["id"])
        item = QTreeWidgetItem(parent, [layer["title"] + (f"  ({count:,})" if count else "")])
        item.setData(0, NAME, layer["id"])
        item.setToolTip(0, layer["source"].get("note", ""))
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemIsDragEnabled
        )  # fmt: skip
        item.setCheckState(0, Qt.CheckState.Checked if layer["visible"] else Qt.CheckState.Unchecked)
        self._items[layer["id"]] = item

    def _changed(self, item: QTreeWidgetItem, _column: int) -> None:
        name = item.data(0, NAME)
        if name in self._items:
            self._layers.set(name, visible=item.checkState(0) == Qt.CheckState.Checked)

    def _dropped(self) -> None:
        """Read the order that a drag left; layers that are not listed stay behind the others of their group."""
        order = []
        for place in range(self._tree.topLevelItemCount()):
            group = self._tree.topLevelItem(place)
            assert group is not None
            members = [child.data(0, NAME) for row in range(group.childCount()) if (child := group.child(row))]
            order.append((group.data(0, NAME), members))
        listed = {name for _group, members in order for name in members}
        shown = {name for name, _members in order}
        for known in self._layers.groups:
            rest = [layer["id"] for layer in known["layers"] if layer["id"] not in listed]
            if known["id"] in shown:
                next(members for name, members in order if name == known["id"]).extend(rest)
            else:
                order.append((known["id"], rest))
        self._layers.arrange(order)

    def _menu(self, at: QPoint) -> None:
        item = self._tree.itemAt(at)
        name = item.data(0, NAME) if item is not None else None
        if name in self._items:
            self.menu_of(name).popup(self._tree.viewport().mapToGlobal(at))

    def menu_of(self, name: str) -> QMenu:
        """What can be done with a layer."""
        layer = self._layers.layer(name)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Zoom to the layer"), functools.partial(self.zoom_to.emit, name))
        if not self._layers.is_own(name):
            menu.addAction(_("Open the attribute table"), functools.partial(self.open_table.emit, name))
            if name.partition("@")[0] in KINDS:
                menu.addAction(_("Export the layer…"), functools.partial(self.export.emit, name))
            labels = menu.addAction(_("Labels"))
            labels.setCheckable(True)
            labels.setChecked(layer["labels"])
            labels.triggered.connect(lambda on: self._layers.set(name, labels=on))
        menu.addAction(self._opacity(menu, name, layer["opacity"]))
        if self._layers.is_own(name):
            menu.addSeparator()
            menu.addAction(_("Remove from the map"), functools.partial(self._layers.remove, name))
        return menu

    def _opacity(self, menu: QMenu, name: str, value: float) -> QWidgetAction:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(24, 4, 12, 4)
        line.addWidget(QLabel(_("Opacity")))
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 100)
        slider.setValue(round(value * 100))
        slider.setMinimumWidth(110)
        slider.setAccessibleName(_("Opacity"))
        slider.valueChanged.connect(lambda percent: self._layers.set(name, opacity=percent / 100))
        line.addWidget(slider)
        action = QWidgetAction(menu)
        action.setDefaultWidget(row)
        return action

    def _apply_filter(self, text: str) -> None:
        for item in self._items.values():
            item.setHidden(text.lower() not in item.text(0).lower())
        for group in self._groups():
            layers = [child for row in range(group.childCount()) if (child := group.child(row))]
            group.setHidden(all(layer.isHidden() for layer in layers))


class _Tree(QTreeWidget):
    """A tree in which groups are dragged among groups, and layers within and between groups."""

    def __init__(self, dropped: Callable[[], None]) -> None:
        super().__init__()
        self._after_drop = dropped
        self.setHeaderHidden(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped where its kind may be."""
        moved = self.currentItem()
        target = self.itemAt(event.position().toPoint())
        on = self.dropIndicatorPosition()
        beside = on in (self.DropIndicatorPosition.AboveItem, self.DropIndicatorPosition.BelowItem)
        over_group = target is not None and bool(target.data(0, IS_GROUP))
        if moved is None or target is None:
            fits = False
        elif moved.data(0, IS_GROUP):
            fits = over_group and beside
        elif over_group:
            fits = on == self.DropIndicatorPosition.OnItem
        else:
            fits = beside and target.data(0, NAME) is not None
        if not fits:
            event.ignore()
            return
        super().dropEvent(event)
        self._after_drop()


def _icon(png: str) -> QIcon:
    """The symbol on the map's ground: white roads and dark wells are seen in light and in dark colours."""
    symbol = QPixmap()
    symbol.loadFromData(base64.b64decode(png), "PNG")
    swatch = QPixmap(symbol.size())
    swatch.fill(MAP_GROUND)
    with QPainter(swatch) as painter:
        painter.drawPixmap(0, 0, symbol)
    return QIcon(swatch)
