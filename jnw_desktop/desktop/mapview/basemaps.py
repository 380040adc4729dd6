"""Base maps and files a user adds under the network: the catalogue, the user's keys, tile services of their own."""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import pydantic
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QSpinBox,
    QWidget,
)

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.mapview.layers import MapLayers
from jnw_desktop.language import N_, _

TITLES = {  # of the catalogue, marked for translation
    "tianditu-vec": N_("Tianditu map"),
    "tianditu-cva": N_("Tianditu place names"),
    "tianditu-img": N_("Tianditu imagery"),
    "osm": N_("OpenStreetMap"),
    "amap": N_("Amap"),
}
KEYS = {"tianditu": N_("Your key of Tianditu (console.tianditu.gov.cn)")}


class BaseMap(pydantic.BaseModel):
    """A tile service of ``resources/basemaps.toml``; ``shifted``: in GCJ-02, 100 to 700 m off."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)
    id: str
    title: str
    url: str
    key: str = ""
    shifted: bool = False
    zoom: Annotated[tuple[int, int], pydantic.Field()] = (0, 18)


def catalogue() -> list[BaseMap]:
    """The base maps the program knows."""
    content = tomllib.loads((files("jnw_resources") / "basemaps.toml").read_text("utf-8"))
    return [BaseMap.model_validate(entry) for entry in content["basemap"]]


def titled(title: str, shifted: bool) -> str:
    """A layer's title, which says when the source is shifted."""
    return _("{title} (GCJ-02, shifted)").format(title=title) if shifted else title


def xyz(url: str, zoom: tuple[int, int], shifted: bool) -> dict[str, Any]:
    """A source of the map engine."""
    note = _("This source is shifted by GCJ-02: do not measure or draw on it.") if shifted else ""
    return {"type": "xyz", "url": url, "zmin": zoom[0], "zmax": zoom[1], "shifted": shifted, "note": note}


class BaseMaps:
    """Fills the menu by which base maps and files are added."""

    def __init__(self, window: QWidget, layers: MapLayers, settings: QSettings) -> None:
        self._window = window
        self._layers = layers
        self._settings = settings

    def fill_menu(self, menu: QMenu) -> None:
        """What can be added."""
        menu.clear()
        for entry in catalogue():
            title = titled(_(TITLES[entry.id]), entry.shifted)
            menu.addAction(title, functools.partial(self.add_known, entry))
        menu.addSeparator()
        menu.addAction(_("Tile service…"), self.add_service)
        menu.addAction(_("Raster or vector file…"), self.add_file)

    def add_known(self, entry: BaseMap) -> None:
        """Add a base map of the catalogue; asks for the user's key the first time."""
        if not entry.key:
            self._add(entry, "")
            return
        known = str(self._settings.value(f"keys/{entry.key}", ""))
        if known:
            self._add(entry, known)
            return
        asking = QInputDialog(self._window)
        asking.setWindowTitle(_("Key"))
        asking.setLabelText(_(KEYS[entry.key]))
        asking.textValueSelected.connect(lambda key: self._keep_key(entry, key.strip()))
        asking.finished.connect(asking.deleteLater)
        asking.open()

    def _keep_key(self, entry: BaseMap, key: str) -> None:
        if key:
            self._settings.setValue(f"keys/{entry.key}", key)
            self._add(entry, key)

    def _add(self, entry: BaseMap, key: str) -> None:
        url = entry.url.replace("{key}", key)
        self._layers.add(titled(_(TITLES[entry.id]), entry.shifted), xyz(url, entry.zoom, entry.shifted))

    def add_service(self) -> None:
        """Ask for a tile service and add it."""
        dialog = ServiceDialog(self._window)
        dialog.form.accepted.connect(lambda: self._layers.add(*dialog.layer()))
        dialog.form.finished.connect(dialog.form.deleteLater)
        dialog.form.open()

    def add_file(self) -> None:
        """Ask for files and add them."""
        kinds = _("Maps (*.tif *.tiff *.jpg *.png *.vrt *.gpkg *.shp *.geojson *.json *.kml *.dxf *.mbtiles)")
        paths, _kind = QFileDialog.getOpenFileNames(self._window, _("Raster or vector file…"), "", kinds)
        for path in paths:
            self._layers.add(Path(path).name, {"type": "file", "path": path})


class ServiceDialog:
    """The form of a tile service: XYZ by its template, WMTS by its capabilities."""

    def __init__(self, parent: QWidget | None) -> None:
        form = forms.load("base_map", QDialog, parent)
        self.form = form.widget
        self.title, self.url = (form.part(name, QLineEdit) for name in ("title", "url"))
        self.matrix, self.name = (form.part(name, QLineEdit) for name in ("matrix", "layer"))
        self.kind = form.part("kind", QComboBox)
        self.zoom = form.part("zoom", QSpinBox)
        self.shifted = form.part("shifted", QCheckBox)
        self._problem = form.part("problem", QLabel)
        self._buttons = form.part("buttons", QDialogButtonBox)
        self._buttons.accepted.connect(self.form.accept)
        self._buttons.rejected.connect(self.form.reject)
        for line in (self.title, self.url, self.matrix, self.name):
            line.textChanged.connect(self._check)
        self.kind.currentIndexChanged.connect(self._check)
        self._check()

    @property
    def is_wmts(self) -> bool:
        """Whether a WMTS service is described."""
        return self.kind.currentIndex() == 1

    def problem(self) -> str:
        """What is still missing; empty when the service can be added."""
        url = self.url.text().strip()
        if not url.startswith(("http://", "https://", "file://")):
            return _("An address begins with http:// or https://.")
        if self.is_wmts:
            whole = self.name.text().strip() and self.matrix.text().strip()
            return "" if whole else _("A WMTS service is asked for a layer in a tile matrix set.")
        lacking = [mark for mark in ("{x}", "{y}", "{z}") if mark not in url and mark.replace("y", "-y") not in url]
        return _("The address lacks {marks}.").format(marks=" ".join(lacking)) if lacking else ""

    def layer(self) -> tuple[str, dict[str, Any]]:
        """Title and source for the map."""
        url, shifted = self.url.text().strip(), self.shifted.isChecked()
        title = titled(self.title.text().strip() or url.split("/")[2], shifted)
        if not self.is_wmts:
            return title, xyz(url, (0, self.zoom.value()), shifted)
        source = xyz(url, (0, self.zoom.value()), shifted) | {"type": "wmts"}
        return title, source | {"layer": self.name.text().strip(), "matrix": self.matrix.text().strip()}

    def _check(self) -> None:
        for widget in (self.matrix, self.name):
            widget.setEnabled(self.is_wmts)
        self.zoom.setEnabled(not self.is_wmts)
        self._problem.setText(self.problem())
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not self.problem())
