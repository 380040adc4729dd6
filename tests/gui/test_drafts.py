"""What was typed and not saved is not lost: it is there again, it is said, and leaving asks."""

import pytest
import shapely
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


@pytest.fixture
def window(plain_window, qtbot):
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("in") as change:
        lines = [shapely.LineString([(505000, 4059000 + 10 * n), (505100, 4059000 + 10 * n)]) for n in range(2)]
        change.insert(KINDS["pipe"].table, [{"code": f"P{n + 1}", "geom": line.wkb} for n, line in enumerate(lines)])
    qtbot.waitUntil(lambda: plain_window.table.model.rowCount() == 2, timeout=10000)
    return plain_window


def show(window, qtbot, fid):
    window.selection.choose("pipe", fid=fid)
    qtbot.waitUntil(lambda: window.inspector.record is not None and window.inspector.record.fid == fid, timeout=10000)


def test_a_draft_is_there_again_and_is_said(window, qtbot):
    show(window, qtbot, 1)
    QTest.keyClicks(window.inspector.editor("note"), "half")
    assert "未保存" in window.inspector._title.text()
    show(window, qtbot, 2)
    assert "P1" in window.messages.text
    assert window.inspector.editor("note").text() == ""
    back = next(one for one in window.messages.findChildren(QPushButton) if one.text() == "返回")
    back.click()
    qtbot.waitUntil(lambda: window.inspector.record.fid == 1, timeout=10000)
    assert window.inspector.editor("note").text() == "half"
    assert len(window.inspector.drafts()) == 1
    window.inspector._save.click()
    qtbot.waitUntil(lambda: window.inspector.record.values["note"] == "half", timeout=10000)
    qtbot.waitUntil(lambda: window.inspector.drafts() == [], timeout=10000)
    assert "未保存" not in window.inspector._title.text()


def test_a_change_elsewhere_leaves_what_is_half_typed(window, qtbot):
    show(window, qtbot, 1)
    QTest.keyClicks(window.inspector.editor("note"), "half")
    uid, version = window.inspector.record.uid, window.inspector.record.version
    window.jobs.ask(
        "facilities.update", lambda _r: None, kind="pipe", uid=uid, version=version, values={"road": "泉城路"}
    )
    qtbot.waitUntil(lambda: window.inspector.editor("road").text() == "泉城路", timeout=10000)
    assert window.inspector.editor("note").text() == "half"


def test_closing_asks(window, qtbot, monkeypatch):
    show(window, qtbot, 1)
    QTest.keyClicks(window.inspector.editor("note"), "half")
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *_a: asked.append(1) or QMessageBox.StandardButton.Cancel)
    assert not window.close()
    assert asked
    assert window.isVisible()
    window.inspector.editor("note").clear()
    monkeypatch.undo()
