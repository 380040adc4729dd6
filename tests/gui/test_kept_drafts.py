"""What was begun outlives the program: forms, something new, a line half drawn; and it is offered again."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QMessageBox, QPushButton

from jnw_desktop.desktop.application import make_window
from jnw_desktop.facilities.editing.drawing import draw_pipe
from jnw_desktop.workspace import Workspace

from .editkit import line, pipes

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


@pytest.fixture
def window(plain_window, qtbot):
    with Workspace.open(plain_window.state.where) as workspace:
        draw_pipe(workspace, line((0, 0), (100, 0)), {"code": "P1", "dn": 300})
    qtbot.waitUntil(lambda: plain_window.table.model.rowCount() == 1, timeout=10000)
    return plain_window


@pytest.fixture
def again(window, qtbot, monkeypatch):
    """Closes the window with an answer to its question, and opens the workspace in another one."""

    def reopen(answer=QMessageBox.StandardButton.Save):
        monkeypatch.setattr(QMessageBox, "question", lambda *_asked: answer)
        where = window.state.where
        assert window.close()
        made = make_window(window.settings)
        qtbot.addWidget(made)
        made.resize(1200, 800)
        made.show()
        made.start(where)
        qtbot.waitUntil(lambda: made.state is not None and made.engine._restored, timeout=60000)
        monkeypatch.setattr(QMessageBox, "question", lambda *_asked: QMessageBox.StandardButton.Discard)
        return made

    return reopen


def offered(window, qtbot):
    """The titles of what is offered, and what chooses one of them."""
    show = next(one for one in window.messages.findChildren(QPushButton) if one.text() == "查看")
    assert show.isVisible()
    show.click()
    menu = window.findChildren(QMenu)[-1]
    qtbot.waitUntil(menu.isVisible, timeout=5000)
    actions = {action.text(): action for action in menu.actions() if action.text()}
    menu.close()
    return actions


def show(window, qtbot, fid=1):
    window.selection.choose("pipe", fid=fid)
    qtbot.waitUntil(lambda: window.inspector.record is not None and window.inspector.record.fid == fid, timeout=10000)


def test_a_form_is_there_again_at_the_next_opening(window, qtbot, again):
    show(window, qtbot)
    QTest.keyClicks(window.inspector.editor("note"), "half")
    made = again()
    actions = offered(made, qtbot)
    actions["管段 P1"].trigger()
    qtbot.waitUntil(lambda: made.inspector.record is not None, timeout=10000)
    assert made.inspector.editor("note").text() == "half"
    made.inspector._save.click()
    qtbot.waitUntil(lambda: made.inspector.record.values["note"] == "half", timeout=10000)
    made.drafts.keep()
    assert list(made.drafts._folder.iterdir()) == []  # saved: nothing is kept


def test_what_is_given_up_is_not_kept(window, qtbot, again):
    show(window, qtbot)
    QTest.keyClicks(window.inspector.editor("note"), "half")
    made = again(QMessageBox.StandardButton.Discard)
    assert not made.messages.isVisible()
    show(made, qtbot)
    assert made.inspector.editor("note").text() == ""


def test_a_line_half_drawn_goes_on(window, qtbot, again):
    window.actions_by_id["edit-draw-pipe"].trigger()
    for text in ("505000,4059020", "505030,4059020"):
        QTest.keyClicks(window.strip.text, text)
        QTest.keyClick(window.strip.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.strip._points) == 2, timeout=10000)
    made = again()
    offered(made, qtbot)["未画完的线（2 个点）"].trigger()
    qtbot.waitUntil(lambda: len(made.strip._points) == 2, timeout=10000)
    made.engine.request("draw.finish")
    qtbot.waitUntil(lambda: made.inspector.form is not None, timeout=10000)


def test_a_new_pipe_is_gone_back_to_and_outlives_the_program(window, qtbot, again):
    window.editing._form_of_new("pipe", "editing.draw_pipe", "新管段", line((0, 20), (30, 20)))
    qtbot.waitUntil(lambda: window.inspector.form is not None and window.inspector.form.is_new, timeout=10000)
    window.inspector.editor("dn").setText("150")
    show(window, qtbot)  # something else is looked at
    assert "新管段" in window.messages.text
    next(one for one in window.messages.findChildren(QPushButton) if one.text() == "返回").click()
    assert window.inspector.editor("dn").text() == "150"
    made = again()
    offered(made, qtbot)["新管段"].trigger()
    assert made.inspector.editor("dn").text() == "150"
    made.inspector._save.click()
    qtbot.waitUntil(lambda: len(pipes(made)) == 2, timeout=10000)
    qtbot.waitUntil(lambda: made.editing.unfinished() is None, timeout=10000)
    assert pipes(made)[1]["dn"] == 150


def test_drafts_outlive_a_crash(window, qtbot):
    show(window, qtbot)
    QTest.keyClicks(window.inspector.editor("note"), "half")
    qtbot.waitUntil(lambda: window.drafts._file().exists(), timeout=5000)
    assert "half" in window.drafts._file().read_text("utf-8")


def test_a_file_that_says_nothing_is_no_draft(window, qtbot):
    window.drafts._folder.mkdir(parents=True, exist_ok=True)
    for content in ("{", "[]", '{"workspace": "elsewhere", "forms": []}'):
        window.drafts._file().write_text(content, "utf-8")
        window.messages.hide()
        window.drafts.open(window.state.where)
        assert not window.messages.isVisible()
