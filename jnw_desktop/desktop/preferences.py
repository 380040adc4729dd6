"""What the user may set on this machine: one table, and the page that is made from it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.language import DEFAULT, LANGUAGES, N_, _


@dataclass(frozen=True)
class Preference:
    """One setting. ``type``: text, secret, file, yes or choice; ``note``: what it is for, when it takes effect."""

    key: str
    title: str
    type: str
    default: Any
    note: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    def value(self, settings: QSettings) -> Any:
        """What is set, or the default."""
        if self.type == "yes":
            return bool(settings.value(self.key, self.default, bool))
        return str(settings.value(self.key, self.default))


_NEXT_START = N_("Takes effect at the next start.")
LANGUAGE = Preference("language", N_("Language"), "choice", DEFAULT, _NEXT_START, tuple(LANGUAGES.items()))
DARK = Preference("dark", N_("Dark colours"), "yes", False)
WHO = Preference("who", N_("Your name"), "text", getpass.getuser(), N_("Stands beside every change you make."))
QGIS_PYTHON = Preference(
    "qgis_python",
    N_("Python with QGIS"),
    "file",
    "",
    N_("Empty: the one that is found on this machine. Takes effect when the map is started again."),
)
TIANDITU = Preference("keys/tianditu", N_("Key of Tianditu"), "secret", "", N_("Yours, from console.tianditu.gov.cn."))
GROUND = Preference(
    "ground",
    N_("Elevation raster"),
    "file",
    "",
    N_("Ground of profiles and sections where none is recorded: a GeoTIFF of heights in metres."),
)
PREFERENCES = (WHO, LANGUAGE, DARK, TIANDITU, GROUND, QGIS_PYTHON)

Told = Callable[[Preference, Any], None]


class PreferencesPage(QWidget):
    """Every setting with its editor; a change is kept at once and told to ``on_changed``."""

    def __init__(self, settings: QSettings, on_changed: Told, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._on_changed = on_changed
        self.editors: dict[str, QWidget] = {}
        form = QFormLayout()
        form.setVerticalSpacing(10)
        for preference in PREFERENCES:
            editor = self._editor(preference)
            editor.setAccessibleName(_(preference.title))
            editor.setMaximumWidth(420)
            self.editors[preference.key] = editor
            form.addRow(_(preference.title), editor)
            if preference.note:
                form.addRow("", QLabel(f"<small>{_(preference.note)}</small>", wordWrap=True))
        page = QVBoxLayout(self)
        page.setContentsMargins(28, 24, 28, 24)
        page.addLayout(form)
        page.addStretch()

    def _editor(self, preference: Preference) -> QWidget:
        value = preference.value(self._settings)
        if preference.type == "yes":
            box = QCheckBox()
            box.setChecked(value)
            box.toggled.connect(lambda on: self._set(preference, on))
            return box
        if preference.type == "choice":
            combo = QComboBox()
            for key, title in preference.choices:
                combo.addItem(title, key)
            combo.setCurrentIndex(combo.findData(value))
            combo.currentIndexChanged.connect(lambda: self._set(preference, combo.currentData()))
            return combo
        line = QLineEdit(value)
        if preference.type == "secret":
            line.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        if preference.type == "file":
            choose = line.addAction(self.style().standardIcon(self.style().StandardPixmap.SP_DirOpenIcon), _TRAILING)
            choose.triggered.connect(lambda: self._choose(line, preference))
        line.editingFinished.connect(lambda: self._set(preference, line.text().strip()))
        return line

    def _choose(self, line: QLineEdit, preference: Preference) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, _(preference.title), line.text())
        if path:
            line.setText(path)
            self._set(preference, path)

    def _set(self, preference: Preference, value: Any) -> None:
        if value != preference.value(self._settings):
            self._settings.setValue(preference.key, value)
            self._on_changed(preference, value)


_TRAILING = QLineEdit.ActionPosition.TrailingPosition


def qgis_python(settings: QSettings) -> Path | None:
    """The Python the user chose for the map engine; ``None`` to look for one."""
    chosen = QGIS_PYTHON.value(settings)
    return Path(chosen) if chosen else None
