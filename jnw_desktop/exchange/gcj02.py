"""GCJ-02 and BD-09, the shifted coordinates of Chinese map services, taken back to WGS 84.

Source: the formulas in public use since 2010 (coordTransform, eviltransform); not an official document, so what comes
of them is approximate. The shift is undone by iteration to better than a millimetre of the formula itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_A, _E2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940
NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09"}


def to_gcj02(points: Floats) -> Floats:
    """(n, 2) longitude and latitude of WGS 84 as GCJ-02 shows them."""
    x, y = points[:, 0] - 105.0, points[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    wave = 20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (wave + 20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (wave + 20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    latitude = np.radians(points[:, 1])
    w2 = 1 - _E2 * np.sin(latitude) ** 2
    north = np.degrees(north / (_A * (1 - _E2) / w2**1.5))
    east = np.degrees(east / (_A / np.sqrt(w2) * np.cos(latitude)))
    shifted: Floats = points + np.column_stack([east, north])
    return shifted


def from_gcj02(points: Floats) -> Floats:
    """(n, 2) longitude and latitude of GCJ-02 as WGS 84."""
    found = points.copy()
    for _round in range(6):
        found += points - to_gcj02(found)
    return found


def from_bd09(points: Floats) -> Floats:
    """(n, 2) longitude and latitude of BD-09 as WGS 84."""
    x, y = points[:, 0] - 0.0065, points[:, 1] - 0.006
    turn = np.pi * 3000 / 180
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * turn)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * turn)
    return from_gcj02(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
