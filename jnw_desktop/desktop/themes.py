"""Light and dark colours of the window; the map keeps its own."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

_LIGHT = {"Window": "#f3f5f7", "Base": "#ffffff", "AlternateBase": "#f7f9fa", "Text": "#1c2733", "Button": "#eceff2"}
_DARK = {"Window": "#22272e", "Base": "#1b1f24", "AlternateBase": "#262c34", "Text": "#dfe5ec", "Button": "#2f363f"}
_DARK_EDGE = "#848d97"
ACCENT = "#0b7ea8"

# For the bars alone: a sheet of the whole program would be asked about every widget of every page that is made.
BAR = f"""
QToolBar {{ spacing: 3px; padding: 3px; border: 0; }}
QToolButton:checked {{ background: {ACCENT}; color: white; border-radius: 6px; }}
"""
RAIL = f"""
QToolBar {{ padding: 6px 2px; border: 0; border-right: 1px solid palette(mid); }}
QToolButton {{ min-width: 58px; padding: 6px 2px; border-radius: 6px; }}
QToolButton:checked {{ background: {ACCENT}; color: white; }}
"""


def use(application: QApplication, dark: bool) -> None:
    """Give the whole program one set of colours."""
    if application.style().name() != "fusion":
        application.setStyle("Fusion")
    colours = _DARK if dark else _LIGHT
    palette = QPalette()
    roles = QPalette.ColorRole
    for name, colour in colours.items():
        palette.setColor(roles[name], QColor(colour))
    for role in (roles.WindowText, roles.ButtonText, roles.ToolTipText):
        palette.setColor(role, QColor(colours["Text"]))
    palette.setColor(roles.ToolTipBase, QColor(colours["Base"]))
    palette.setColor(roles.PlaceholderText, QColor("#8a949e"))
    palette.setColor(roles.Mid, QColor("#39414b" if dark else "#d5dbe1"))  # of lines between parts
    palette.setColor(roles.Highlight, QColor(ACCENT))
    palette.setColor(roles.HighlightedText, QColor("#ffffff"))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#98a2ac"))
    application.setPalette(palette)
    # Fusion draws the edge of a check box darker than the window: on a dark one it would not be seen.
    edged = QPalette(palette)
    edged.setColor(roles.Window, QColor(_DARK_EDGE if dark else colours["Window"]))
    for widget in ("QCheckBox", "QTreeView", "QTableView", "QListView"):
        application.setPalette(edged, widget)  # type: ignore[arg-type]  # its stub wants bytes, it itself a str
    for dressed in application.allWidgets():
        if dressed.styleSheet():  # it holds on to the colours it was made with
            dressed.setStyleSheet(dressed.styleSheet())
