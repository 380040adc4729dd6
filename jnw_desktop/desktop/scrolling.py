"""Pages that scroll where there is no room for all of them, so that none widens or heightens the window."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QStyle, QWidget

LEAST_HEIGHT = 120  # px


def scrolled(page: QWidget) -> QScrollArea:
    """``page`` in an area that scrolls both ways."""
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setWidget(page)
    return area


class SidePanel(QScrollArea):
    """A panel beside the map: as wide as it needs, however high it is."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(widgetResizable=True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(panel)
        self.panel = panel

    def minimumSizeHint(self) -> QSize:
        """Room for the panel's width and for the bar beside it."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        return QSize(self.panel.minimumSizeHint().width() + bar, LEAST_HEIGHT)


class SidePanels(QStackedWidget):
    """Panels of which one is shown; the others need no room. ``wanted``: the width (px) that the user left it at."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self.wanted = wanted
        self.currentChanged.connect(lambda _index: self.updateGeometry())

    def minimumSizeHint(self) -> QSize:
        """What the panel shown needs."""
        shown = self.currentWidget()
        return shown.minimumSizeHint() if shown is not None else super().minimumSizeHint()

    def add(self, panel: QWidget) -> None:
        """One more panel."""
        self.addWidget(SidePanel(panel))

    def show_panel(self, panel: QWidget) -> None:
        """Show one of those that were added; a width that only the one before needed is not kept."""
        if self.isVisible() and self.width() > self.minimumSizeHint().width():
            self.wanted = self.width()
        for index in range(self.count()):
            area = self.widget(index)
            if isinstance(area, SidePanel) and area.panel is panel:
                self.setCurrentIndex(index)
