"""The status bar: place on plane and ellipsoid, scale, CRS, rotation, drawing, and jobs that run."""

from __future__ import annotations

from typing import Any

import pyproj
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QProgressBar, QPushButton, QSpinBox, QStatusBar, QWidget

from jnw_desktop.desktop.places import Places
from jnw_desktop.language import _

SCALES = (500, 1000, 2000, 5000, 10000, 25000, 50000, 100000)


LEAST, MOST = 10, 50_000_000  # denominators that are taken


def scale_of(text: str) -> float | None:
    """The denominator of a scale as typed (1:500, 500, 1:1,000); ``None`` where it is none."""
    try:
        scale = float(text.replace("：", ":").rpartition(":")[2].replace(",", "").strip())
    except ValueError:
        return None
    return scale if LEAST <= scale <= MOST else None


class StatusBar(QStatusBar):
    """Emits ``scale_wanted`` when the user chooses a scale and ``cancel_wanted`` for a job.

    ``scale_refused`` when what was typed is no scale.
    """

    scale_wanted = Signal(float)
    scale_refused = Signal()
    magnified = Signal(float)
    cancel_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places: Places | None = None
        self._shown_scale = ""
        self._jobs: dict[int, tuple[QLabel, QProgressBar, QPushButton]] = {}
        self._place = QLabel()
        self._degrees = QLabel()
        self._scale = QComboBox()
        self._scale_text = QLineEdit()
        self._scale.setEditable(True)
        self._scale.setLineEdit(self._scale_text)
        self._scale.setMinimumWidth(110)
        self._scale.setAccessibleName(_("Scale"))
        self._scale.addItems([f"1:{scale}" for scale in SCALES])
        self._scale.activated.connect(self._choose_scale)
        self._scale_text.returnPressed.connect(self._choose_scale)
        self._magnifier = QSpinBox(minimum=50, maximum=300, singleStep=25, value=100, suffix=" %")
        self._magnifier.setAccessibleName(_("Magnifier"))
        self._magnifier.setToolTip(_("Draws symbols and text larger; the place stays."))
        self._magnifier.setKeyboardTracking(False)
        self._magnifier.valueChanged.connect(lambda percent: self.magnified.emit(percent / 100))
        self._crs = QLabel()
        self._rotation = QLabel("0°")
        self._drawing = QLabel()
        self._drawing.setMinimumWidth(70)
        self._place.setMinimumWidth(190)
        self._degrees.setMinimumWidth(160)
        for widget in (
            self._place,
            self._degrees,
            self._scale,
            self._magnifier,
            self._crs,
            self._rotation,
            self._drawing,
        ):
            self.addPermanentWidget(widget)
            if isinstance(widget, QLabel):
                widget.setContentsMargins(6, 0, 6, 0)

    def set_crs(self, crs: int, places: Places) -> None:
        """The workspace's CRS by its EPSG code."""
        self._places = places
        self._crs.setText(f"EPSG:{crs}")
        self._crs.setToolTip(pyproj.CRS.from_epsg(crs).name)

    def set_place(self, east: float, north: float) -> None:
        """The place under the mouse."""
        self._place.setText(f"E {east:.2f}  N {north:.2f}")
        if self._places is not None:
            longitude, latitude = self._places.degrees(east, north)
            self._degrees.setText(f"{longitude:.6f}°, {latitude:.6f}°")

    def set_view(self, state: dict[str, Any]) -> None:
        """Scale and rotation of the map."""
        if state["scale"] < LEAST:
            return  # nothing is shown yet
        self._shown_scale = f"1:{state['scale']:.0f}"
        if not self._scale_text.hasFocus():
            self._scale.setEditText(self._shown_scale)
        self._rotation.setText(f"{state['rotation']:.0f}°")

    def set_drawing(self, fraction: float) -> None:
        """Whether the map is being drawn."""
        self._drawing.setText("" if fraction >= 1.0 else _("Drawing…"))

    def _choose_scale(self) -> None:
        scale = scale_of(self._scale.currentText())
        self._scale_text.clearFocus()
        if scale is None:
            self._scale.setEditText(self._shown_scale)
            self.scale_refused.emit()
        else:
            self.scale_wanted.emit(scale)

    # -- jobs --------------------------------------------------------------------------------------------------------

    def add_job(self, number: int, title: str) -> None:
        """A job began."""
        label, bar, cancel = QLabel(title), QProgressBar(), QPushButton(_("Cancel"))
        bar.setRange(0, 100)
        bar.setMaximumWidth(140)
        cancel.clicked.connect(lambda: self.cancel_wanted.emit(number))
        self._jobs[number] = (label, bar, cancel)
        for widget in self._jobs[number]:
            self.addWidget(widget)

    def set_progress(self, number: int, fraction: float, message: str) -> None:
        """How far a job is."""
        if number in self._jobs:
            label, bar, _cancel = self._jobs[number]
            bar.setValue(round(fraction * 100))
            label.setToolTip(message)

    def end_job(self, number: int) -> None:
        """A job ended."""
        for widget in self._jobs.pop(number, ()):
            self.removeWidget(widget)
            widget.deleteLater()
