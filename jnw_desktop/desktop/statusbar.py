"""The status bar: place on plane and ellipsoid, scale, CRS, rotation, drawing, and jobs that run."""

from __future__ import annotations

from typing import Any

import pyproj
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QProgressBar, QPushButton, QSpinBox, QStatusBar, QWidget

from jnw_desktop.language import _

SCALES = (500, 1000, 2000, 5000, 10000, 25000, 50000, 100000)


class StatusBar(QStatusBar):
    """Emits ``scale_wanted`` when the user chooses a scale and ``cancel_wanted`` for a job."""

    scale_wanted = Signal(float)
    magnified = Signal(float)
    cancel_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._to_degrees: pyproj.Transformer | None = None
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

    def set_crs(self, crs: int) -> None:
        """The workspace's CRS by its EPSG code."""
        system = pyproj.CRS.from_epsg(crs)
        self._to_degrees = pyproj.Transformer.from_crs(system, system.geodetic_crs, always_xy=True)
        self._crs.setText(f"EPSG:{crs}")
        self._crs.setToolTip(system.name)

    def set_place(self, east: float, north: float) -> None:
        """The place under the mouse."""
        self._place.setText(f"E {east:.2f}  N {north:.2f}")
        if self._to_degrees is not None:
            longitude, latitude = self._to_degrees.transform(east, north)
            self._degrees.setText(f"{longitude:.6f}°, {latitude:.6f}°")

    def set_view(self, state: dict[str, Any]) -> None:
        """Scale and rotation of the map."""
        if not self._scale_text.hasFocus():
            self._scale.setEditText(f"1:{state['scale']:.0f}")
        self._rotation.setText(f"{state['rotation']:.0f}°")

    def set_drawing(self, fraction: float) -> None:
        """Whether the map is being drawn."""
        self._drawing.setText("" if fraction >= 1.0 else _("Drawing…"))

    def _choose_scale(self) -> None:
        text = self._scale.currentText().split(":")[-1].replace(",", "").strip()
        if text.isdigit() and int(text) > 0:
            self.scale_wanted.emit(float(text))
        self._scale_text.clearFocus()

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
