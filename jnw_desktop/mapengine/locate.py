"""Finds the Python that has PyQGIS: the user's choice, the distribution's, or the one in a QGIS of Windows or macOS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jnw_desktop.language import _
from jnw_desktop.mapengine.errors import NoQgis

VARIABLE = "JNW_QGIS_PYTHON"
OLDEST = 34000  # QGIS 3.40
_ASK = "from qgis.core import Qgis; print(Qgis.QGIS_VERSION_INT, Qgis.QGIS_VERSION)"


@dataclass(frozen=True)
class QgisPython:
    """A Python with PyQGIS, and its QGIS's version."""

    path: Path
    version: str


def candidates() -> Iterator[Path]:
    """Pythons that may have PyQGIS, the user's choice first."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        yield Path(chosen)
        return
    if sys.platform == "win32":
        for root in (Path(os.environ.get("OSGEO4W_ROOT", r"C:\OSGeo4W")), *Path(r"C:\Program Files").glob("QGIS 3*")):
            yield from sorted((root / "bin").glob("python-qgis*.bat"))
    elif sys.platform == "darwin":
        yield Path("/Applications/QGIS.app/Contents/MacOS/bin/python3")
    else:
        yield from (Path("/usr/bin/python3"), Path("/usr/local/bin/python3"))


def find_python() -> Path:
    """The first candidate there is, not asked yet: starting it tells the rest. Raises NoQgis."""
    for path in candidates():
        if path.exists():
            return path
    raise no_qgis()


def ask(path: Path, timeout: float = 30.0) -> QgisPython | None:
    """What QGIS a Python has; ``None`` when it has none of 3.40 or later."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    try:
        told = subprocess.run(
            [path, "-I", "-c", _ASK], capture_output=True, text=True, timeout=timeout, env=environment, check=False
        ).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        return None
    if len(told) != 2 or int(told[0]) < OLDEST:
        return None
    return QgisPython(path, told[1])


def no_qgis(detail: str = "") -> NoQgis:
    """PyQGIS is missing."""
    return NoQgis(
        _("No QGIS 3.40 or later was found on this machine. {detail}").format(detail=detail).strip(),
        _("Install it: installer/linux/system.sh run. Or name a Python that has PyQGIS in {variable}.").format(
            variable=VARIABLE
        ),
    )
