"""A stall of the window is seen, and told by the line that caused it."""

import time

import pytest
from PySide6.QtCore import QTimer

from jnw_desktop.desktop.stalls import StallWatch

pytestmark = pytest.mark.gui


def test_what_holds_the_loop_is_told(qtbot):
    watch = StallWatch("a file of nobody")

    def idle():
        time.sleep(0.08)

    def busy():
        end = time.thread_time() + 0.08
        while time.thread_time() < end:
            pass

    for doing, hold in (("waits", idle), ("works", busy)):
        watch.doing = doing
        watch.start()
        QTimer.singleShot(20, hold)
        qtbot.wait(250)
        watch.stop()
    told = watch.over(75)
    assert {"waits", "works"} <= {stall.doing for stall in told}
    assert min(stall.busy_ms for stall in told if stall.doing == "waits") < 40
    assert max(stall.busy_ms for stall in told if stall.doing == "works") > 60
    assert watch.worst() in told
    assert not any(stall.where for stall in told)  # no line of the program is among what these did


def test_the_line_of_the_program_is_named(qtbot, monkeypatch):
    from jnw_desktop.desktop.panels import recordlist

    watch = StallWatch(__file__)
    monkeypatch.setattr(recordlist, "str", lambda _value: time.sleep(0.08) or "", raising=False)
    watch.start()
    QTimer.singleShot(20, lambda: recordlist.plain(7))
    qtbot.wait(250)
    watch.stop()
    assert any(stall.where.startswith("recordlist.py:") and stall.where.endswith(" plain") for stall in watch.over(75))
