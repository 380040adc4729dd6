"""Fields that name other facilities, filled by typing and by a click on the map; and a valve out of its pipe."""

import pytest
import shapely
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from jnw_desktop.facilities.editing.cutting import insert_on_pipe
from jnw_desktop.facilities.operations import add_facility
from jnw_desktop.workspace import Workspace

from .editkit import EAST, NORTH, act, choose, click, picture, pipes, shape

pytestmark = [pytest.mark.gui, pytest.mark.engine, pytest.mark.timeout(120)]


@pytest.fixture
def valved(window, qtbot):
    """
    A ──40── V ───── B     two chambers beside V, in one DMA
    """
    with Workspace.open(window.state.where) as workspace:
        insert_on_pipe(workspace, "valve", (EAST + 40, NORTH), {"code": "V1"})
        for code, x in (("JS-1", 40), ("JS-2", 70)):
            place = shapely.Point(EAST + x, NORTH + 10).wkb
            add_facility(workspace, "chamber", {"code": code, "name": f"{x}号井"}, place)
        area = shapely.MultiPolygon([shapely.box(EAST - 50, NORTH - 50, EAST + 150, NORTH + 50)])
        add_facility(workspace, "dma", {"code": "D1", "name": "泉城分区"}, area.wkb)
    qtbot.waitUntil(lambda: window.state.counts["dma"] == 1, timeout=10000)
    choose(window, qtbot, "valve", 1)
    return window


def saved(window, qtbot, name):
    version = window.inspector.record.version
    window.inspector._save.click()
    qtbot.waitUntil(lambda: window.inspector.record.version > version, timeout=10000)
    return window.inspector.record.values[name]


def test_a_chamber_is_found_by_typing(valved, qtbot, tmp_path_factory):
    window = valved
    field = window.inspector.editor("chamber")
    field.line.setFocus()
    QTest.keyClicks(field.line, "JS")
    qtbot.waitUntil(lambda: field.line.completer().popup().isVisible(), timeout=10000)
    picture(window, qtbot, "offers", tmp_path_factory)
    assert field._offers.rowCount() == 2
    assert not window.inspector._save.isEnabled()  # none is chosen yet
    popup = field.line.completer().popup()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: field.line.text() == "JS-1  40号井", timeout=10000)
    assert saved(window, qtbot, "chamber") == field.value != ""
    again = window.inspector.editor("chamber")
    qtbot.waitUntil(lambda: again.line.text() == "JS-1  40号井", timeout=10000)
    qtbot.waitUntil(lambda: "泉城分区" in window.inspector._lies_in.text(), timeout=10000)
    picture(window, qtbot, "named", tmp_path_factory)
    again.line.setFocus()
    again.line.selectAll()
    QTest.keyClick(again.line, Qt.Key.Key_Delete)
    assert saved(window, qtbot, "chamber") is None


def test_what_is_called_by_nobody_is_told_and_not_saved(valved, qtbot):
    field = valved.inspector.editor("chamber")
    QTest.keyClicks(field.line, "Q9")
    qtbot.waitUntil(lambda: "Q9" in valved.inspector.form.told("chamber"), timeout=10000)
    assert not valved.inspector._save.isEnabled()


def test_a_chamber_is_chosen_by_a_click_on_the_map(valved, qtbot):
    window = valved
    field = window.inspector.editor("chamber")
    QTest.mouseClick(field.pick, Qt.MouseButton.LeftButton)
    click(window, 110, 30)
    qtbot.waitUntil(lambda: "没有" in window.messages.text, timeout=10000)
    click(window, 70, 10)
    qtbot.waitUntil(lambda: field.line.text() == "JS-2  70号井", timeout=10000)
    assert window.selection.record.code == "V1"  # still the one whose form it is
    assert window.actions_by_id["identify"].isChecked()
    assert saved(window, qtbot, "chamber") == field.value
    window.inspector.editor("chamber").go.click()
    qtbot.waitUntil(lambda: window.inspector.record.code == "JS-2", timeout=10000)


def test_esc_ends_the_picking(valved, qtbot):
    valved.inspector.editor("chamber").pick.click()
    QTest.keyClick(valved.map, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: valved.actions_by_id["pan"].isChecked(), timeout=10000)
    click(valved, 70, 10)
    qtbot.wait(500)
    assert valved.inspector.values() == {}


def test_the_ends_of_a_pipe_are_named(valved, qtbot, tmp_path_factory):
    choose(valved, qtbot, "pipe", 1)
    ends = [valved.inspector.editor(name).line for name in ("start_node", "end_node")]
    qtbot.waitUntil(lambda: "V1" in [end.text() for end in ends], timeout=10000)
    picture(valved, qtbot, "ends", tmp_path_factory)
    valved.selection.take({"pipe": [1, 2]})
    qtbot.waitUntil(lambda: valved.inspector.many is not None, timeout=10000)
    assert not valved.inspector.form.is_shown("start_node")


def test_a_valve_is_taken_out_and_its_pipe_runs_on(valved, qtbot, tmp_path_factory):
    window, said = valved, []

    def answer():
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(50, answer)
            return
        said.append(box.text())
        box.grab().save(str(tmp_path_factory.getbasetemp() / "out-of-pipe.png"))
        next(button for button in box.buttons() if button.text() == "实物已拆除").click()

    QTimer.singleShot(50, answer)
    act(window, "out-of-pipe")
    qtbot.waitUntil(lambda: len(pipes(window)) == 1, timeout=10000)
    assert "V1" in said[0]
    assert shape(pipes(window)[0]) == [(0, 0), (40, 0), (100, 0)]
    qtbot.waitUntil(lambda: window.inspector.record.values["state"] == "removed", timeout=10000)
    window.undoing.undo()
    qtbot.waitUntil(lambda: len(pipes(window)) == 2, timeout=10000)
