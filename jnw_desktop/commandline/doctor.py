"""``jnw doctor``: what was found on this machine, and for each thing missing the command that mends it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from jnw_desktop.display import INSTALL as INSTALL_SCREEN
from jnw_desktop.display import display, virtual_screen
from jnw_desktop.documents.fonts import find_font
from jnw_desktop.errors import JnwError
from jnw_desktop.language import _
from jnw_desktop.mapengine.client import MapEngine

INSTALL = "installer/linux/system.sh run"


@dataclass(frozen=True)
class Check:
    """One thing looked for. ``mend``: the command or step that mends it, empty when it is there."""

    name: str
    ok: bool
    found: str
    mend: str = ""


def examine() -> dict[str, Any]:
    """Look for everything the program needs: ``ok``, ``qgis`` (the engine's versions) and ``checks``."""
    versions, engine = _engine()
    checks = [_python(), engine, _font(), _display()]
    return {"ok": all(check.ok for check in checks), "qgis": versions, "checks": checks}


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info >= (3, 11), version)


def _engine() -> tuple[dict[str, Any] | None, Check]:
    """Start a real engine: nothing less shows that it works."""
    engine = MapEngine()
    try:
        versions = engine.start()
    except JnwError as error:
        return None, Check("qgis", False, error.message, error.hint or INSTALL)
    finally:
        engine.stop()
    found = "QGIS {qgis}, Qt {qt}, GDAL {gdal}, PROJ {proj}, Python {python}".format(**versions)
    return versions, Check("qgis", True, found)


def _font() -> Check:
    try:
        return Check("font", True, str(find_font()))
    except JnwError as error:
        return Check("font", False, error.message, error.hint)


def _display() -> Check:
    named = display()
    if named:
        return Check("display", True, named)
    if virtual_screen():
        # A server has no screen and needs none: a note, not a failure.
        return Check("display", True, _("no display; a virtual screen serves: xvfb-run -a jnw tour W --out DIR"))
    mend = _("Start it in a desktop session, or install a virtual screen: {command}").format(command=INSTALL_SCREEN)
    return Check("display", False, _("no display"), mend)
