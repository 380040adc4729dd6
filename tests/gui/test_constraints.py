"""Lines drawn parallel to a pipe and square with it, and so far that way: by the mouse and the keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from jnw_desktop.facilities.editing.drawing import draw_pipe
from jnw_desktop.workspace import Workspace

from .editkit import act, click, hover, line, picture, pipes, pixel, shape

pytestmark = [pytest.mark.gui, pytest.mark.engine, pytest.mark.timeout(120)]


def drawn(window, qtbot):
    """The line that was drawn, its form filled in and saved."""
    qtbot.waitUntil(lambda: window.inspector.form is not None and window.inspector.form.is_new, timeout=15000)
    window.inspector.editor("dn").setText("100")
    count = len(pipes(window))
    window.inspector._save.click()
    qtbot.waitUntil(lambda: len(pipes(window)) == count + 1, timeout=10000)
    return shape(pipes(window)[-1])


def test_a_line_square_with_a_pipe_and_then_parallel_to_it(window, qtbot, tmp_path_factory):
    """
    a slanting pipe from (0, 20) to (80, 60): 2 east to 1 north
    """
    with Workspace.open(window.state.where) as workspace:
        draw_pipe(workspace, line((0, 20), (80, 60)), {"dn": 200})
    # The map reads its layers again when it is told of the change; what is clicked after that is snapped to them.
    qtbot.waitUntil(lambda: window.state.counts["pipe"] == 2, timeout=10000)
    act(window, "draw-pipe")
    click(window, 20, -20)
    qtbot.waitUntil(lambda: len(window.strip._points) == 1, timeout=10000)
    window.map.setFocus()
    QTest.keyClick(window.map, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: "线段" in window.strip.said.text(), timeout=10000)
    assert window.strip.ways["perpendicular"].isChecked()
    click(window, 40, 40)  # the slanting pipe, whose way it takes
    qtbot.waitUntil(lambda: "方位角" in window.strip.said.text(), timeout=10000)
    hover(window, pixel(window, 10, 12))
    qtbot.waitUntil(lambda: window.strip._cursor is not None, timeout=10000)
    qtbot.wait(300)
    QTest.keyClicks(window.strip.text, "20")
    QTest.keyClick(window.strip.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.strip._points) == 2, timeout=10000)
    assert not window.strip.ways["perpendicular"].isChecked()  # it held one segment
    window.strip.ways["parallel"].click()
    qtbot.waitUntil(lambda: "线段" in window.strip.said.text(), timeout=10000)
    click(window, 60, 50)
    hover(window, pixel(window, 50, 0))
    qtbot.wait(300)
    picture(window, qtbot, "parallel", tmp_path_factory)
    click(window, 50, 0)
    qtbot.waitUntil(lambda: len(window.strip._points) == 3, timeout=10000)
    window.engine.request("draw.finish")
    first, second, third = drawn(window, qtbot)
    east, north = second[0] - first[0], second[1] - first[1]
    assert (east**2 + north**2) ** 0.5 == pytest.approx(20, abs=0.02)
    assert 2 * east + north == pytest.approx(0, abs=0.05)  # square with (2, 1)
    assert (third[0] - second[0]) / (third[1] - second[1]) == pytest.approx(2, abs=0.01)
