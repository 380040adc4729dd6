"""QGIS in a process of its own, and our side of it."""
