"""Hands that edit in a real window: places of the map to pixels, clicks, what is stored."""

import shapely
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

EAST, NORTH = 505000.0, 4059000.0


def line(*points):
    return shapely.LineString([(EAST + x, NORTH + y) for x, y in points]).wkb


def pixel(window, x, y):
    """Where a place is in the map, with no turn."""
    state = window.map.state
    unit = (state["extent"][2] - state["extent"][0]) / state["width"]
    return QPoint(
        round(state["width"] / 2 + (EAST + x - state["center"][0]) / unit),
        round(state["height"] / 2 - (NORTH + y - state["center"][1]) / unit),
    )


def hover(window, at, held=Qt.MouseButton.NoButton):
    """The mouse moves over the map. Not with QTest, which moves the screen's own: another window may lie there."""
    place, globally = QPointF(at), QPointF(window.map.mapToGlobal(at))
    buttons = Qt.MouseButton.NoButton, held
    moved = QMouseEvent(QEvent.Type.MouseMove, place, globally, *buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window.map, moved)


def click(window, x, y, button=Qt.MouseButton.LeftButton):
    at = pixel(window, x, y)
    hover(window, at)
    QTest.mouseClick(window.map, button, Qt.KeyboardModifier.NoModifier, at)


def act(window, name):
    window.actions_by_id[f"edit-{name}"].trigger()


def pipes(window):
    with Workspace.open(window.state.where, read_only=True) as workspace, workspace.read() as connection:
        return [dict(row) for row in connection.execute(KINDS["pipe"].table.select()).mappings()]


def shape(row):
    return [(round(x - EAST, 2), round(y - NORTH, 2)) for x, y in shapely.from_wkb(row["geom"]).coords]


def choose(window, qtbot, kind, fid):
    def shown():
        record = window.inspector.record
        return record is not None and (record.kind, record.fid) == (kind, fid)

    window.selection.choose(kind, fid=fid)
    qtbot.waitUntil(shown, timeout=10000)


def picture(window, qtbot, name, tmp_path_factory):
    qtbot.wait(500)  # the map's last frame
    window.grab().save(str(tmp_path_factory.getbasetemp() / f"{name}.png"))
