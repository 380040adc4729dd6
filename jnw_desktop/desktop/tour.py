"""A tour of the real window: the main jobs done with mouse and keyboard, a numbered screenshot of each."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QPixmap, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from jnw_desktop.desktop.application import make_application, make_window
from jnw_desktop.desktop.stalls import StallWatch
from jnw_desktop.errors import JnwError
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

PATIENCE_S = 30.0
WHOLE = 5000  # a scale smaller than which only a city is shown
HELD_MS = 50.0  # DESIGN.md of the program: nothing longer runs on the window's thread


class TourStuck(JnwError):
    """Something that should have come did not."""

    kind = "tour_stuck"


class Tour:
    """Drives a window as a user would; ``steps`` tells what was done, ``watch`` how long the window stood."""

    def __init__(self, window: MainWindow, out: Path) -> None:
        self.window = window
        self.out = out
        self.steps: list[dict[str, Any]] = []
        self.watch = StallWatch(__file__, window)

    def run(self) -> dict[str, Any]:
        """Do every step. Raises TourStuck."""
        self.watch.start()
        for step in (
            self.whole_city, self.zoom_in, self.pan, self.click_a_pipe, self.search, self.edit_and_undo, self.table,
            self.measure, self.isolate, self.draw_site, self.guide,
        ):  # fmt: skip
            self.watch.doing = step.__name__
            step()
        self.watch.stop()
        worst = self.watch.worst()
        return {
            "steps": self.steps,
            "worst_stall_ms": round(worst.ms, 1),
            "stalled_in": worst.doing,
            "stalls": [
                {
                    "ms": round(stall.ms, 1),
                    "busy_ms": round(stall.busy_ms, 1),
                    "step": stall.doing,
                    "where": stall.where,
                }
                for stall in self.watch.over(HELD_MS)
            ],
        }

    def wait(self, ready: Callable[[], object], what: str) -> None:
        """Let the window work until ``ready``."""
        end = time.monotonic() + PATIENCE_S
        while not ready():
            if time.monotonic() > end:
                raise TourStuck(_("The tour waited for {what} in vain.").format(what=what), self.window.messages.text)
            QTest.qWait(20)

    def settled(self) -> None:
        """Wait until the map has nothing more to draw."""
        heard: list[bool] = []

        def hear(name: str, params: dict[str, Any]) -> None:
            if name == "frame":
                heard.append(params["final"])

        self.window.engine.heard.connect(hear)
        quiet = 0
        while quiet < 10:  # frames stop when labels and previews are done
            before = len(heard)
            QTest.qWait(40)
            still = len(heard) == before and (not heard or heard[-1])
            quiet = quiet + 1 if still else 0
        self.window.engine.heard.disconnect(hear)

    def shot(self, name: str, title: str) -> None:
        """Keep the window as it looks now."""
        self.watch.stop()  # taking a picture is not the user's work
        file = self.out / f"{len(self.steps) + 1:02d}-{name}.png"
        self._picture().save(str(file))
        self.steps.append({"name": name, "title": title, "file": str(file)})
        self.watch.start()

    def _picture(self) -> QPixmap:
        """The window with what floats over it; without that where the screen does not let itself be read."""
        frame = self.window.frameGeometry()
        screen = self.window.screen()
        at = frame.topLeft() - screen.geometry().topLeft()
        seen = screen.grabWindow(0, at.x(), at.y(), frame.width(), frame.height())
        return self.window.grab() if seen.isNull() else seen

    def trigger(self, action: str) -> None:
        """As from the menu."""
        self.window.actions_by_id[action].trigger()

    def drag(self, begin: QPoint, end: QPoint) -> None:
        """Press, move in steps, release."""
        QTest.mousePress(self.window.map, Qt.MouseButton.LeftButton, pos=begin)
        for step in range(1, 11):
            QTest.mouseMove(self.window.map, begin + (end - begin) * step / 10)
            QTest.qWait(16)
        QTest.mouseRelease(self.window.map, Qt.MouseButton.LeftButton, pos=end)

    def middle(self) -> QPoint:
        """The middle of the map."""
        return self.window.map.rect().center()

    def _guides(self) -> Any:
        """The panel of the guides."""
        return self.window.modules.panel("guide")

    # -- steps -------------------------------------------------------------------------------------------------------

    def whole_city(self) -> None:
        """The demonstration opens and shows all of it."""
        self.wait(lambda: self.window.state and self.window.map.state, "the first map")
        self.trigger("full")
        self.wait(lambda: self.window.map.state["scale"] > WHOLE, "the whole city")
        self.settled()
        self.shot("whole-city", _("Whole city"))

    def zoom_in(self) -> None:
        """The wheel zooms at the cursor."""
        at = QPointF(self.middle())
        for _turn in range(5):
            wheel = QWheelEvent(
                at,
                QPointF(self.window.map.mapToGlobal(at.toPoint())),
                QPoint(),
                QPoint(0, 120),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(self.window.map, wheel)
            QTest.qWait(150)
        self.settled()
        self.shot("zoomed", _("Zoomed in with the wheel"))

    def pan(self) -> None:
        """The map follows the mouse."""
        self.trigger("pan")
        before = self.window.map.state["center"]
        self.drag(self.middle(), self.middle() + QPoint(-220, 120))
        self.settled()
        self.wait(lambda: self.window.map.state["center"] != before, "the pan")
        self.shot("panned", _("Panned"))

    def click_a_pipe(self) -> None:
        """A found pipe is flown to and clicked on the map."""
        self.window.search.setFocus()
        QTest.keyClicks(self.window.search, "GD001000")
        QTest.keyClick(self.window.search, Qt.Key.Key_Return)
        self.wait(lambda: self.window.inspector.record, "the pipe")
        self.settled()
        self.window.inspector.clear()
        self.trigger("identify")
        QTest.qWait(100)
        QTest.mouseMove(self.window.map, self.middle())
        QTest.mouseClick(self.window.map, Qt.MouseButton.LeftButton, pos=self.middle())
        self.wait(lambda: self.window.inspector.record, "what was clicked")
        self.settled()
        self.shot("pipe", _("A pipe clicked"))

    def search(self) -> None:
        """The search box offers what matches."""
        self.window.search.setFocus()
        self.window.search.clear()
        QTest.keyClicks(self.window.search, "FM0012")
        popup: Any = self.window.search.completer().popup()
        offers = popup.model()
        self.wait(lambda: popup.isVisible() and str(offers.index(0, 0).data()).startswith("FM0012"), "the offers")
        QTest.qWait(200)
        self.shot("search", _("Searching"))
        popup.hide()
        self.window.search.clear()

    def edit_and_undo(self) -> None:
        """A field is changed, saved, and taken back."""
        editor: Any = self.window.inspector.editor("note")
        editor.setFocus()
        QTest.keyClicks(editor, "2026")
        record = self.window.inspector.record
        assert record is not None
        version = record.version
        self.window.inspector._save.click()
        self.wait(lambda: self.window.inspector.record.version > version, "the saved form")  # type: ignore[union-attr]
        self.shot("saved", _("Changed and saved"))
        self.wait(self.window.actions_by_id["undo"].isEnabled, _("what can be undone"))
        self.trigger("undo")
        self.wait(lambda: not self.window.inspector.record.values["note"], "the undo")  # type: ignore[union-attr]

    def table(self) -> None:
        """The attribute table, filtered and sorted."""
        self.wait(lambda: self.window.table.model.rowCount(), "the table")
        self.window.table.filter.setFocus()
        QTest.keyClicks(self.window.table.filter, "GD0002")
        self.wait(lambda: self.window.table.model.rowCount() == 100, "the filtered table")
        self.window.table.view.sortByColumn(6, Qt.SortOrder.DescendingOrder)
        QTest.qWait(400)
        self.shot("table", _("The attribute table"))
        self.window.table.filter.clear()

    def measure(self) -> None:
        """A length is measured."""
        self.trigger("measure-length")
        QTest.qWait(100)
        for at in (self.middle() - QPoint(150, 60), self.middle() + QPoint(140, 50)):
            QTest.mouseMove(self.window.map, at)
            QTest.mouseClick(self.window.map, Qt.MouseButton.LeftButton, pos=at)
            QTest.qWait(60)
        QTest.mouseClick(self.window.map, Qt.MouseButton.RightButton, pos=self.middle())
        self.wait(lambda: "m" in self.window.messages.text and self.window.messages.isVisible(), "the length")
        self.shot("measured", _("A length measured"))
        self.window.messages.hide()

    def isolate(self) -> None:
        """A burst is clicked: which valves to close, who loses water."""
        self.window.modules.show("analysis")
        panel: Any = self.window.modules.panel("analysis")
        QTest.mouseClick(panel.burst, Qt.MouseButton.LeftButton)
        QTest.qWait(150)
        QTest.mouseMove(self.window.map, self.middle())
        QTest.mouseClick(self.window.map, Qt.MouseButton.LeftButton, pos=self.middle())
        self.wait(panel.lists.topLevelItemCount, "the plan")
        self.settled()
        self.shot("isolation", _("Isolation plan"))
        QTest.mouseClick(panel.clear, Qt.MouseButton.LeftButton)

    def draw_site(self) -> None:
        """A construction site is drawn over the pipe."""
        self.trigger("draw-site")
        QTest.qWait(150)
        sites = len(self._guides().sites.shown)
        for dx, dy in ((-110, -45), (110, -45), (110, 45), (-110, 45)):
            at = self.middle() + QPoint(dx, dy)
            QTest.mouseMove(self.window.map, at)
            QTest.qWait(40)
            QTest.mouseClick(self.window.map, Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseClick(self.window.map, Qt.MouseButton.RightButton, pos=self.middle())
        self.wait(lambda: len(self._guides().sites.shown) > sites, "the new site")
        self.settled()
        self.shot("site", _("A construction site drawn"))

    def guide(self) -> None:
        """Its guide is issued and shown."""
        self.wait(self._guides().issue_button.isEnabled, "the chosen site")
        QTest.mouseClick(self._guides().issue_button, Qt.MouseButton.LeftButton)
        self.wait(lambda: self.window.tabs.count() > 1, "the guide")
        QTest.qWait(1200)
        preview: Any = self.window.tabs.shown()
        shutil.copy(preview.path, self.out / "guide.pdf")
        self.shot("guide", _("The pipeline guide"))


def take(where: str, out: Path) -> dict[str, Any]:
    """Take the tour of a copy of a workspace; returns ``steps`` and the worst stall. Raises TourStuck.

    The pictures, the guide and the copy that was worked in are in ``out``.
    """
    copy = out / "workspace.gpkg"
    with Workspace.open(where, read_only=True) as workspace:  # before the folder is made: a refusal leaves nothing
        out.mkdir(parents=True, exist_ok=True)
        copy.unlink(missing_ok=True)
        workspace.backup(copy)
    settings = QSettings(str(out / "settings.ini"), QSettings.Format.IniFormat)
    settings.clear()
    _application = make_application(settings)  # it lives as long as it is held
    window = make_window(settings)
    window.showMaximized()
    window.start(str(copy))
    try:
        return Tour(window, out).run()
    finally:
        window.close()
        QTest.qWait(20)  # what closing it set going ends
