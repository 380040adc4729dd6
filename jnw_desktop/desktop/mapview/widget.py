"""The map in the window: shows the engine's frames and hands it the mouse, the wheel and the keys."""

from __future__ import annotations

from math import cos, radians, sin
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QCursor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from jnw_desktop.desktop.mapview.engine import EngineBridge
from jnw_desktop.language import _

CURSORS = {
    "pan": Qt.CursorShape.OpenHandCursor,
    "identify": Qt.CursorShape.WhatsThisCursor,
    "zoom-in": Qt.CursorShape.CrossCursor,
    "zoom-out": Qt.CursorShape.CrossCursor,
}

ZOOM_KEYS = {Qt.Key.Key_Plus: 2.0, Qt.Key.Key_Equal: 2.0, Qt.Key.Key_Minus: 0.5}
PAN_KEYS = {  # shares of the map's width and height, as QGIS pans
    Qt.Key.Key_Left: (-0.25, 0.0),
    Qt.Key.Key_Right: (0.25, 0.0),
    Qt.Key.Key_Up: (0.0, 0.25),
    Qt.Key.Key_Down: (0.0, -0.25),
}
NEAR_PX = 3  # a hand that rests still trembles
PLATE_PX = 14  # round what is said over the map


class MapWidget(QWidget):
    """Positions are logical pixels; ``cursor_at`` is a place in the workspace's CRS."""

    cursor_at = Signal(float, float)
    view_changed = Signal(object)
    drawing = Signal(float)
    unreachable = Signal(str)  # the host of a tile service that does not answer
    tool_set = Signal(str)
    edit_wanted = Signal()

    def __init__(self, engine: EngineBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        self.state: dict[str, Any] = {}
        self._drawing = False
        self._image: QImage | None = None
        self._message = _("Starting the map…")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(200, 150)
        self.setAccessibleName(_("Map"))
        engine.heard.connect(self._hear)
        engine.died.connect(self._died)

    def set_tool(self, tool: str, **options: Any) -> None:
        """Make a tool of the engine the active one."""
        self.engine.keep("tool.set", tool=tool, options=options)
        self.setCursor(CURSORS.get(tool, Qt.CursorShape.CrossCursor))
        self._drawing = tool.startswith("draw-")
        self.tool_set.emit(tool)

    def show_all(self) -> None:
        """The whole city."""
        self.engine.request("view.full")

    def previous_view(self) -> None:
        """One view back."""
        self.engine.request("view.history", step=-1)

    def next_view(self) -> None:
        """One view on."""
        self.engine.request("view.history", step=1)

    def north_up(self) -> None:
        """Turn the map back."""
        self.engine.request("view.set", rotation=0.0)

    def _hear(self, name: str, params: dict[str, Any]) -> None:
        if name == "frame":
            self._take_frame(params)
        elif name == "view.changed":
            self._take_state(params["state"])
        elif name == "unreachable":
            self.unreachable.emit(params["host"])
        elif name == "render.progress":
            self.drawing.emit(params["fraction"])

    def _take_state(self, state: dict[str, Any]) -> None:
        if state != self.state:
            self.state = state
            QToolTip.hideText()  # another place is under the mouse now
            self.engine.remember_view(state)
            self.view_changed.emit(state)

    def _take_frame(self, params: dict[str, Any]) -> None:
        engine = self.engine.engine
        if engine is None or engine.frames is None:
            return
        size = params["stride"] * params["height"]
        if size <= engine.frames.slot_bytes:
            data = engine.frames.view(params["slot"], size)
            image = QImage(
                data,
                params["width"],
                params["height"],
                params["stride"],
                QImage.Format.Format_ARGB32_Premultiplied,
            )
            self._image = image.copy()  # the slot goes back to the engine at once
            self._image.setDevicePixelRatio(params["ratio"])
            del image, data
        self._take_state(params["state"])
        self._message = ""
        engine.notify("frame.done", slot=params["slot"])
        self.update()

    def _died(self) -> None:
        self._message = _("The map is being started again…")
        self.update()

    def tell(self, message: str) -> None:
        """Say something where the map would be."""
        self._message = message
        self.update()

    def show_tip(self, at: tuple[float, float], text: str) -> None:
        """Say what lies under the mouse, if it is still there."""
        place = QPoint(round(at[0]), round(at[1]))
        if (self.mapFromGlobal(QCursor.pos()) - place).manhattanLength() <= NEAR_PX and self.isActiveWindow():
            near = QRect(place - QPoint(NEAR_PX, NEAR_PX), QSize(2 * NEAR_PX, 2 * NEAR_PX))
            QToolTip.showText(self.mapToGlobal(place), text, self, near)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """The newest frame, and what is to be said over it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#f5f4f0"))
        if self._image is not None:
            painter.drawImage(0, 0, self._image)
        if self._message:
            self._paint_message(painter)

    def _paint_message(self, painter: QPainter) -> None:
        """On a plate of its own: a map may be under it."""
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        room = self.rect().adjusted(PLATE_PX, PLATE_PX, -PLATE_PX, -PLATE_PX)
        text = painter.boundingRect(room, int(flags), self._message)
        painter.fillRect(text.adjusted(-PLATE_PX, -PLATE_PX, PLATE_PX, PLATE_PX), QColor(255, 255, 255, 235))
        painter.setPen(QColor("#212529"))
        painter.drawText(room, int(flags), self._message)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The engine's view follows."""
        size = event.size()
        if size.width() > 1 and size.height() > 1:
            self.engine.resize(size.width(), size.height())

    # -- events to the engine ----------------------------------------------------------------------------------------

    def _mouse(self, kind: str, event: QMouseEvent) -> None:
        at = event.position()
        self.engine.notify(
            "event.mouse",
            type=kind,
            x=at.x(),
            y=at.y(),
            button=event.button().value,
            buttons=event.buttons().value,
            modifiers=event.modifiers().value,
        )
        if kind == "move" and self.state:
            self.cursor_at.emit(*self.to_map(at.x(), at.y()))

    def to_map(self, x: float, y: float) -> tuple[float, float]:
        """The place under a pixel, on a map that may be turned."""
        state = self.state
        east, north = state["center"]
        unit = state["pixel"]
        turn = radians(state["rotation"])
        dx, dy = (x - state["width"] / 2) * unit, (state["height"] / 2 - y) * unit
        return east + dx * cos(turn) + dy * sin(turn), north - dx * sin(turn) + dy * cos(turn)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """To the engine."""
        self.setFocus()
        self._mouse("press", event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """To the engine."""
        self._mouse("release", event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """To the engine, and the place to the status bar."""
        self._mouse("move", event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """To the engine."""
        self._mouse("double", event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """To the engine: it zooms at the cursor."""
        at, turn = event.position(), event.angleDelta()
        self.engine.notify(
            "event.wheel", x=at.x(), y=at.y(), dx=turn.x(), dy=turn.y(), modifiers=event.modifiers().value
        )
        event.accept()

    def event(self, event: QEvent) -> bool:
        """While something is drawn, Delete is the drawing's and not the window's."""
        asked = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asked and self._drawing and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """To the engine; plus and minus zoom about the middle, the arrows pan, F2 goes to the form."""
        key = Qt.Key(event.key())
        if key in ZOOM_KEYS:
            self.engine.request("view.zoom", factor=ZOOM_KEYS[key])
        elif key in PAN_KEYS and self.state:
            self.engine.request("view.set", center=self._beside(*PAN_KEYS[key]))
        elif key == Qt.Key.Key_F2:
            self.edit_wanted.emit()
        else:
            self._key("press", event)

    def _beside(self, right: float, up: float) -> list[float]:
        """The place so many widths to the right and heights up of the middle, of a map that may be turned."""
        turn = radians(self.state["rotation"])
        across = right * self.state["pixel"] * self.state["width"]
        along = up * self.state["pixel"] * self.state["height"]
        east, north = self.state["center"]
        return [
            east + across * cos(turn) - along * sin(turn),
            north + across * sin(turn) + along * cos(turn),
        ]

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """To the engine."""
        self._key("release", event)

    def _key(self, kind: str, event: QKeyEvent) -> None:
        self.engine.notify(
            "event.key", type=kind, key=event.key(), text=event.text(), modifiers=event.modifiers().value
        )

    def leaveEvent(self, event: QEvent) -> None:
        """To the engine."""
        self.engine.notify("event.leave")
        super().leaveEvent(event)
