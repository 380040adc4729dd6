"""What the user sets is kept and takes effect; what ran is listed with what became of it."""

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from jnw_desktop.desktop import preferences
from jnw_desktop.workspace import Workspace

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


def page_of(window):
    window.actions_by_id["preferences"].trigger()
    return window.tabs.shown()


def test_the_name_set_stands_in_the_record(plain_window, qtbot):
    line = page_of(plain_window).editors["who"]
    line.selectAll()
    QTest.keyClicks(line, "wang")
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: plain_window.state.who == "wang", timeout=10000)
    assert plain_window._who.text() == "wang"
    done = []
    area = shapely.box(505000, 4059000, 505010, 4059010).wkb
    plain_window.jobs.ask("facilities.open_site", done.append, area=area)
    qtbot.waitUntil(lambda: bool(done), timeout=10000)
    with Workspace.open(plain_window.state.where, read_only=True) as workspace:
        assert workspace.history()[0].who == "wang"
    assert preferences.WHO.value(plain_window.settings) == "wang"


def test_dark_colours_at_once(plain_window):
    box = page_of(plain_window).editors["dark"]
    box.click()
    assert QApplication.palette().window().color().lightness() < 60
    plain_window.actions_by_id["dark"].trigger()
    assert QApplication.palette().window().color().lightness() > 200


def states(window):
    return [label.text() for label in window.tasks.list.findChildren(QLabel)]


def test_a_job_is_listed_with_what_became_of_it(plain_window, qtbot, tmp_path):
    jobs, tasks = plain_window.jobs, plain_window.tasks
    jobs.run("备份", "workspace.backup", lambda _path: None, target=str(tmp_path / "copy.gpkg"))
    assert tasks.text() == "任务：1"
    qtbot.waitUntil(lambda: any("完成" in text for text in states(plain_window)), timeout=10000)
    assert tasks.text() == "任务"
    jobs.run("备份", "workspace.backup", lambda _path: None, target=str(tmp_path / "copy.gpkg"))
    qtbot.waitUntil(lambda: "失败" in states(plain_window), timeout=10000)
    assert "copy.gpkg" in plain_window.messages.text
    tasks.click()
    assert tasks.list.isVisible()
    assert not [button for button in tasks.list.findChildren(QPushButton) if button.isVisible()]
    tasks._popup.close()


def test_the_magnifier_tells_the_map(plain_window, qtbot):
    plain_window.status._magnifier.setValue(150)
    assert plain_window.engine._kept["view.magnify"] == {"factor": 1.5}
