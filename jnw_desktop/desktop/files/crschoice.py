"""The choice of a CRS: those a water company meets, or any that is typed."""

from __future__ import annotations

import pyproj
from PySide6.QtWidgets import QComboBox

from jnw_desktop.language import N_, _

# Of China's geodetic system: degrees, and the 3-degree strips from 114 to 120 degrees with and without zone number.
COMMON = (4490, 4326, 4547, 4548, 4549, 4526, 4527, 4528)
SHIFTED = {"GCJ-02": N_("shifted: Amap, Tencent"), "BD-09": N_("shifted: Baidu")}
BETWEEN = "  "  # the CRS and what it is called


def offer(combo: QComboBox, own: int, shifted: bool) -> None:
    """Fill an editable choice: nothing said, the workspace's own CRS, common ones, and the shifted ones of maps."""
    combo.clear()
    combo.addItem("")
    for code in dict.fromkeys((own, *COMMON)):
        combo.addItem(f"EPSG:{code}{BETWEEN}{pyproj.CRS.from_epsg(code).name}")
    if shifted:
        combo.addItems([f"{name}{BETWEEN}{_(what)}" for name, what in SHIFTED.items()])
    completer = combo.completer()
    if completer is not None:
        completer.setCompletionMode(completer.CompletionMode.PopupCompletion)


def chosen(combo: QComboBox) -> str:
    """What was chosen or typed, as :func:`jnw_desktop.exchange.placing.parse_crs` takes it; empty for nothing."""
    return combo.currentText().partition(BETWEEN)[0].strip()


def show(combo: QComboBox, crs: str) -> None:
    """Show a CRS as chosen."""
    at = next((at for at in range(combo.count()) if combo.itemText(at).partition(BETWEEN)[0] == crs), -1)
    if at >= 0:
        combo.setCurrentIndex(at)
    else:
        combo.setEditText(crs)
    line = combo.lineEdit()
    if line is not None:
        line.setCursorPosition(0)
