"""Print the map: choose paper, scale and place, see the frame on the map, get the sheet as a PDF in a tab."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import shapely
import shapely.affinity
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
)

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.papers.recipients import RecipientRows
from jnw_desktop.documents.paper import MOST_SHEETS, PAPERS, SCALES, Atlas, MapSheet, Sheet, cut
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

FRAME = "print-frame"  # the overlay that shows on the map what will be printed
SMALLEST, LARGEST = 10, 5_000_000  # scales that are taken


class PrintMap:
    """The form, kept beside the map while the place is chosen."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        form = forms.load("print_map", QDialog, window)
        self.form = form.widget
        self.title = form.part("title", QLineEdit)
        self.paper, self.orientation, self.scale = (
            form.part(name, QComboBox) for name in ("paper", "orientation", "scale")
        )
        self.grid, self.legend, self.atlas = (form.part(name, QCheckBox) for name in ("grid", "legend", "atlas"))
        self.view, self.drag = (form.part(name, QPushButton) for name in ("view", "drag"))
        self._told = form.part("told", QLabel)
        self.recipient = RecipientRows(window.jobs, form)
        self._buttons = form.part("buttons", QDialogButtonBox)
        assert window.state is not None
        self.title.setText(window.state.title)
        self.paper.addItems(list(PAPERS))
        self.paper.setCurrentText("A3")
        self.scale.addItems([f"1:{scale}" for scale in SCALES])
        self.extent = (0.0, 0.0, 0.0, 0.0)
        self._scale_is_chosen = False  # by the user: then a frame that is dragged says only where
        self.as_in_view()
        self.scale.activated.connect(self._choose_scale)
        typed = self.scale.lineEdit()
        assert typed is not None
        typed.textEdited.connect(self._choose_scale)
        for combo in (self.paper, self.orientation, self.scale):
            combo.currentTextChanged.connect(self._show)
        for box in (self.legend, self.atlas):
            box.toggled.connect(self._show)
        self.view.clicked.connect(self.as_in_view)
        self.drag.clicked.connect(self._drag)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setText(_("Make the sheet"))
        self._buttons.accepted.connect(self.make)
        self._buttons.rejected.connect(self.form.reject)
        self.form.finished.connect(self._gone)

    @property
    def center(self) -> tuple[float, float]:
        """The middle of what is printed (E, N)."""
        low_e, low_n, high_e, high_n = self.extent
        return (low_e + high_e) / 2, (low_n + high_n) / 2

    def sheet(self) -> Sheet:
        """The paper chosen."""
        return Sheet(self.paper.currentText(), self.orientation.currentIndex() == 0, self.legend.isChecked())

    def chosen_scale(self) -> float | None:
        """The scale's denominator, ``None`` while what is typed is none."""
        text = self.scale.currentText().replace("：", ":").replace(",", "").rpartition(":")[2].strip()
        try:
            scale = float(text)
        except ValueError:
            return None
        return scale if SMALLEST <= scale <= LARGEST else None

    def as_in_view(self) -> None:
        """Print what the view shows, at the nearest scale of the series that shows all of it."""
        self._scale_is_chosen = False
        low_e, low_n, high_e, high_n = self._window.map.state["extent"]
        self._place(low_e, low_n, high_e, high_n)

    def _choose_scale(self) -> None:
        self._scale_is_chosen = True

    def _drag(self) -> None:
        self.form.hide()

        def drawn(wkb: bytes) -> None:
            self._place(*shapely.bounds(shapely.from_wkb(wkb)).tolist())
            self.form.show()

        self._window.drawing.ask("rectangle", drawn, self.form.show)

    def _place(self, low_e: float, low_n: float, high_e: float, high_n: float) -> None:
        self.extent = (low_e, low_n, high_e, high_n)
        if not self._scale_is_chosen:
            self.scale.setCurrentText(f"1:{self.sheet().fitting(high_e - low_e, high_n - low_n)}")
        self._show()

    def _show(self) -> None:
        scale = self.chosen_scale()
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(scale is not None)
        if scale is None:
            self._told.setText(_("A scale is written as 1:500."))
            return
        boxes = list(self._boxes(scale))
        width, height = self.sheet().ground(scale)
        told = _("The sheet shows {width:,.0f} × {height:,.0f} m.").format(width=width, height=height)
        if self.atlas.isChecked():
            told = _("{count} sheets at most; those without pipes are left out.").format(count=len(boxes)) + " " + told
        self._told.setText(told)
        features = [{"wkb": shapely.to_wkb(box, hex=True)} for box in boxes[:MOST_SHEETS]]
        self._window.engine.keep("overlay.set", FRAME, id=FRAME, role="frame", features=features)

    def _boxes(self, scale: float) -> Iterator[shapely.Geometry]:
        """What each sheet shows; a single one is turned as the view is."""
        if self.atlas.isChecked():
            yield from (shapely.box(*cell.box) for cell in cut(self.extent, self.sheet(), scale))
            return
        width, height = self.sheet().ground(scale)
        east, north = self.center
        box = shapely.box(east - width / 2, north - height / 2, east + width / 2, north + height / 2)
        yield shapely.affinity.rotate(box, self._window.map.state["rotation"])

    def make(self) -> None:
        """Make the sheet; it opens in a tab."""
        scale = self.chosen_scale()
        if scale is None:
            return
        window = self._window
        title = self.title.text().strip()
        out = window.tabs.new_document(title or "map")
        show: Callable[[Any], None] = lambda _told: window.tabs.open_document(out, title or _("Map"))  # noqa: E731
        tree = window.map_layers.tree()
        terms = self.recipient.terms()
        if self.atlas.isChecked():
            atlas = Atlas(title, self.sheet(), scale, self.extent)
            window.jobs.run(
                _("Print an atlas"), "documents.print_atlas", show, wanted=atlas, out=out, tree=tree, terms=terms
            )
        else:
            turn = window.map.state["rotation"]
            sheet = MapSheet(title, self.sheet(), self.center, scale, turn, self.grid.isChecked())
            window.jobs.run(
                _("Print the map"), "documents.print_map", show, wanted=sheet, out=out, tree=tree, terms=terms
            )
        self.form.accept()

    def _gone(self) -> None:
        self._window.engine.forget("overlay.set", FRAME)
        self._window.engine.request("overlay.clear", id=FRAME)
        self.form.deleteLater()
