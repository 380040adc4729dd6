"""Uses the example plugin in the real window and prints what was seen. Arguments: workspace, picture."""

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from jnw_desktop.desktop.application import make_application, make_window
from jnw_desktop.extension.registry import registry


def wait(ready, what):
    end = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < end, what()
        QTest.qWait(20)


def main():
    place, picture = sys.argv[1:]
    settings = QSettings(str(Path(picture).with_suffix(".ini")), QSettings.Format.IniFormat)
    make_application(settings)
    window = make_window(settings)
    window.resize(1400, 900)
    window.show()
    window.start(place)
    wait(lambda: window.state is not None and window.map.state, lambda: "the map")
    window.engine.request("view.set", center=[505000.0, 4059500.0], scale=500)
    wait(lambda: abs(window.map.state["scale"] - 500) < 20, lambda: window.map.state)
    seen = {"module": window.actions_by_id["module-checks"].text()}
    window.actions_by_id["module-checks"].trigger()
    action = window.actions_by_id["check-hydrant"]
    seen["action"] = action.text()
    action.trigger()
    QTest.qWait(500)
    before = window.messages.text
    QTest.mouseClick(window.map, Qt.MouseButton.LeftButton, pos=window.map.rect().center())
    wait(lambda: window.messages.text != before, lambda: "the check")
    seen["told"] = window.messages.text
    seen["layer"] = next(
        layer["title"] for group in window.state.layers for layer in group["layers"] if layer["id"] == "hydrant_check"
    )
    window.selection.choose("hydrant", fid=1)
    wait(lambda: window.inspector.record is not None, lambda: "the form")
    next(button for button in window.inspector.findChildren(QPushButton) if button.text() == "检查卡").click()
    wait(lambda: window.tabs.count() > 1, lambda: "the document")
    seen["document"] = window.tabs.tabText(1)
    seen["reasons"] = [plugin.reason for plugin in registry().plugins.values()]
    window.tabs.setCurrentIndex(0)
    QTest.qWait(500)
    window.grab().save(picture)
    window.close()
    sys.stdout.write(json.dumps(seen, ensure_ascii=False) + "\n")


main()
