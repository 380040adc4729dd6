"""Mappings of columns that the user saved under a name: the TOML files that ``jnw import --mapping`` reads."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

from jnw_desktop.exchange.mapping import Mapping, read_mapping, write_mapping

ENDING = ".toml"


class SavedMappings:
    """The files in ``folder``, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """What was saved, in order."""
        return sorted(path.stem for path in self._folder.glob(f"*{ENDING}"))

    def read(self, name: str) -> Mapping:
        """One of them. Raises MappingRefused."""
        return read_mapping(self._path(name))

    def write(self, name: str, mapping: Mapping) -> str:
        """Save under a name, in place of what bears it; returns the name as it is kept. Raises OSError."""
        path = self._path(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_mapping(mapping, path)
        return path.stem

    def _path(self, name: str) -> Path:
        kept = "".join(sign if sign.isalnum() or sign in "-_. （）()" else "-" for sign in name.strip())
        return self._folder / f"{kept.strip('. ') or 'mapping'}{ENDING}"


def folder_of(settings: QSettings) -> Path:
    """Where mappings are kept: beside the settings, which on Windows are in no file."""
    file = Path(settings.fileName())
    if settings.format() == QSettings.Format.NativeFormat and not file.is_absolute():
        home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation)
        return Path(home) / "mappings"
    return file.parent / "mappings"
