"""The tabs in the centre: the map, which is always there, and the pages opened beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QScrollArea, QTabWidget, QWidget

from jnw_desktop.desktop.panels.preview import Preview
from jnw_desktop.desktop.scrolling import scrolled
from jnw_desktop.language import _


class Tabs(QTabWidget):
    """The first tab is the map and cannot be closed. Documents live in a folder that goes with the window.

    A page scrolls where it is larger than its tab: however wide it is, the window keeps its size.
    """

    def __init__(self, map_view: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabsClosable(True)
        self.setDocumentMode(True)
        self.addTab(map_view, _("Map"))
        self.tabBar().setTabButton(0, self.tabBar().ButtonPosition.RightSide, None)
        self.tabCloseRequested.connect(self.close_tab)
        self._documents = tempfile.TemporaryDirectory(prefix="jnw-documents-", ignore_cleanup_errors=True)

    def show_map(self) -> None:
        """Bring the map forward."""
        self.setCurrentIndex(0)

    def open(self, page: QWidget, title: str) -> None:
        """Show a page in a tab of its own."""
        self.setCurrentIndex(self.addTab(scrolled(page), title))

    def open_once(self, name: str, title: str, make: Callable[[], QWidget]) -> QWidget:
        """Show the one page of that name, made now if it is not there."""
        for index in range(self.count()):
            page = self.page(index)
            if page.objectName() == name:
                self.setCurrentIndex(index)
                return page
        page = make()
        page.setObjectName(name)
        self.open(page, title)
        return page

    def page(self, index: int) -> QWidget:
        """What the tab at ``index`` shows."""
        tab = self.widget(index)
        page = tab.widget() if isinstance(tab, QScrollArea) else tab
        assert page is not None
        return page

    def shown(self) -> QWidget:
        """The page that is looked at."""
        return self.page(self.currentIndex())

    def close_all(self) -> None:
        """Another workspace: what was opened of the last one goes."""
        for index in range(self.count() - 1, 0, -1):
            self.close_tab(index)

    def new_document(self, name: str) -> str:
        """A path for a document that will be shown; it is there until the window closes."""
        plain = "".join(sign if sign.isalnum() or sign in "-_ " else "-" for sign in name).strip()
        return str(Path(tempfile.mkdtemp(dir=self._documents.name)) / f"{plain or 'document'}.pdf")

    def open_document(self, path: str, title: str, hand_out: Callable[[], None] | None = None) -> None:
        """Show a PDF in a tab; ``hand_out`` begins making it again for a recipient."""
        self.open(Preview(path, hand_out), title)

    def close_tab(self, index: int) -> None:
        """Close what was opened; the map stays."""
        widget = self.widget(index)
        if index > 0 and widget is not None:
            self.removeTab(index)
            widget.deleteLater()

    def close_shown(self) -> None:
        """Close the one that is looked at; the map stays."""
        self.close_tab(self.currentIndex())

    def forget_documents(self) -> None:
        """The window closes."""
        self._documents.cleanup()
