"""The map engine's side: the only code that runs under QGIS's Python."""
