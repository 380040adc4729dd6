"""The strip at the foot of the map while something is drawn: places typed, and what the last segment measures."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from jnw_desktop.desktop.mapview.engine import EngineBridge
from jnw_desktop.desktop.mapview.widget import MapWidget
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.editing.places import distance_and_bearing, typed_place
from jnw_desktop.language import N_, _

BEGINS = set("0123456789@.-")  # what is typed over the map and begins a place
WAYS = {"parallel": (N_("Parallel"), "P"), "perpendicular": (N_("Square"), "T")}  # title and key of each
DRAWING = ("draw-point", "draw-line", "draw-polygon")


class DraftStrip(QWidget):
    """Shown while a tool draws. Enter adds the place that is typed; in an empty line it ends the drawing.

    It lies over the map: beside it, the map would move under the mouse each time a drawing begins.
    """

    def __init__(self, view: MapWidget, engine: EngineBridge) -> None:
        super().__init__(view)
        self.setAutoFillBackground(True)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._map, self._engine = view, engine
        self._points: list[list[float]] = []
        self._cursor: list[float] | None = None
        self.ways = {way: self._way(way, _(title), key) for way, (title, key) in WAYS.items()}
        self.text = QLineEdit(placeholderText=_("east,north   @east,north   distance<bearing   distance"))
        self.text.setMaximumWidth(320)
        self.text.setAccessibleName(_("Place typed at the keyboard"))
        self.said = QLabel()
        self._back, self._finish = QPushButton(_("One back")), QPushButton(_("Finish"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        for widget in (QLabel(_("Place")), self.text, *self.ways.values(), self._back, self._finish, self.said):
            row.addWidget(widget)
        row.addStretch()
        self.text.returnPressed.connect(self._entered)
        self._back.clicked.connect(lambda: self._engine.request("draw.back"))
        self._finish.clicked.connect(lambda: self._engine.request("draw.finish"))
        view.tool_set.connect(self._tool_set)
        engine.heard.connect(self._heard)
        view.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A figure typed over the map while it is drawn on goes into the line."""
        if event.type() == QEvent.Type.Resize:
            self._lie_down()
        if event.type() == QEvent.Type.KeyPress and self.isVisible() and isinstance(event, QKeyEvent):
            held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
            way = next((button for way, button in self.ways.items() if event.text().upper() == WAYS[way][1]), None)
            if way is not None and way.isVisible() and not held:
                way.click()
                return True
            if event.text() and event.text() in BEGINS and not held:
                self.text.setFocus()
                self.text.insert(event.text())
                return True
        return super().eventFilter(watched, event)

    def _way(self, way: str, title: str, key: str) -> QToolButton:
        """A button that holds the next segment to one of the map."""
        button = QToolButton()
        button.setText(title)
        button.setCheckable(True)
        tip = _("The next segment runs so to one of the map, which is clicked first ({key})")
        button.setToolTip(tip.format(key=key))
        button.clicked.connect(lambda on: self._engine.request("draw.hold", way=way if on else ""))
        return button

    def _lie_down(self) -> None:
        """Along the head of the map: messages come at its foot."""
        high = self.sizeHint().height()
        self.setGeometry(0, 0, self._map.width(), high)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the buttons is none on the map."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives the keyboard back to the map, which sees nothing else of what is typed here."""
        if event.key() == Qt.Key.Key_Escape:
            self.text.clear()
            self._map.setFocus()
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Nor of what is let go."""
        event.accept()

    def _tool_set(self, tool: str) -> None:
        self._points = []
        self.text.clear()
        self.said.clear()
        self._lie_down()
        self.setVisible(tool in DRAWING)
        self._finish.setVisible(tool != "draw-point")
        for button in (self._back, *self.ways.values()):
            button.setVisible(tool != "draw-point")
            button.setChecked(False)

    def _heard(self, name: str, params: dict[str, Any]) -> None:
        if name == "draft":
            self._points, self._cursor = params["points"], params["cursor"]
            for way, button in self.ways.items():
                button.setChecked(params["way"] == way)
            if params["way"] and not params["held"]:
                self.said.setText(_("Click the segment of the map that it is held to."))
            else:
                self._measure(params["cursor"])
        elif name == "drawn":
            self._points = []

    def _measure(self, cursor: list[float] | None) -> None:
        ends = [*self._points[-2:], cursor][-2:] if cursor else self._points[-2:]
        if cursor and self._points:
            ends = [self._points[-1], cursor]
        if len(ends) == 2:
            distance, bearing = distance_and_bearing(*ends)
            told = _("Segment {distance:,.2f} m, bearing {bearing:.2f}°").format(distance=distance, bearing=bearing)
            self.said.setText(told)

    def _entered(self) -> None:
        text = self.text.text().strip()
        if not text:
            self._engine.request("draw.finish")
            return
        try:
            place = typed_place(text, self._points[-1] if self._points else None, self._cursor)
        except UsageError as error:
            self.said.setText(f"{error.message} {error.hint}")
            return
        self._engine.request("draw.vertex", at=list(place))
        self.text.clear()
