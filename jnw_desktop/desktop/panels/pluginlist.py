"""The list of plugins: what each is, where it lies, and why one cannot be used."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from jnw_desktop.extension.registry import registry
from jnw_desktop.language import _

BROKEN = "#c92a2a"


class PluginList(QTableWidget):
    """One row for each plugin that was found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        plugins = list(registry().plugins.values())
        super().__init__(len(plugins), 4, parent)
        self.setHorizontalHeaderLabels([_("Plugin"), _("Version"), _("Folder"), _("State")])
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        for row, plugin in enumerate(plugins):
            manifest = plugin.manifest
            state = _("cannot be used: {reason}").format(reason=plugin.reason) if plugin.reason else _("ready")
            title = f"{_(manifest.title)} ({plugin.id})" if manifest else plugin.id
            for column, text in enumerate((title, manifest.version if manifest else "", str(plugin.folder), state)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if plugin.reason:
                    item.setForeground(QColor(BROKEN))
                self.setItem(row, column, item)
        self.resizeColumnsToContents()
        self.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
