"""Plays the window's mouse, wheel and key events into the canvas, where QGIS's own tools take them."""

from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from qgis.PyQt.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from qgis.PyQt.QtWidgets import QApplication

MOUSE = {
    "press": QEvent.Type.MouseButtonPress,
    "release": QEvent.Type.MouseButtonRelease,
    "move": QEvent.Type.MouseMove,
    "double": QEvent.Type.MouseButtonDblClick,
}
# What several buttons, several modifiers are together: a class of its own in Qt 5, the same one in Qt 6.
BUTTONS = type(Qt.MouseButton.LeftButton | Qt.MouseButton.RightButton)
MODIFIERS = type(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
REST_MS = 600
KEY = {"press": QEvent.Type.KeyPress, "release": QEvent.Type.KeyRelease}


class Player:
    """Events come with Qt's own numbers for buttons, modifiers and keys, which Qt 5 and Qt 6 share."""

    def __init__(self, view, hovered):
        self.view = view
        self.last_move = None
        self.rest = QTimer()  # runs out when the mouse has stayed where it is
        self.rest.setSingleShot(True)
        self.rest.setInterval(REST_MS)
        self.rest.timeout.connect(lambda: self.last_move and hovered(*self.last_move[:2]))

    def mouse(self, type, x, y, button=0, buttons=0, modifiers=0):
        """A button went down or up, or the mouse moved; logical pixels."""
        at = QPointF(x, y)
        event = QMouseEvent(
            MOUSE[type],
            at,
            at,
            at,
            Qt.MouseButton(button),
            BUTTONS(buttons),
            MODIFIERS(modifiers),
        )
        self.last_move = (x, y, modifiers) if type == "move" else None
        self.rest.start() if type == "move" and not buttons else self.rest.stop()
        QApplication.sendEvent(self.view.canvas.viewport(), event)

    def wheel(self, x, y, dx, dy, modifiers=0):
        """The wheel turned by eighths of a degree."""
        at = QPointF(x, y)
        event = QWheelEvent(
            at,
            at,
            QPoint(0, 0),
            QPoint(int(dx), int(dy)),
            BUTTONS(0),
            MODIFIERS(modifiers),
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view.canvas.viewport(), event)

    def key(self, type, key, text="", modifiers=0):
        """A key went down or up."""
        QApplication.sendEvent(self.view.canvas, QKeyEvent(KEY[type], key, MODIFIERS(modifiers), text))

    def leave(self):
        """The mouse left the map."""
        self.last_move = None
        self.rest.stop()
        QApplication.sendEvent(self.view.canvas.viewport(), QEvent(QEvent.Type.Leave))
