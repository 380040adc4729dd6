"""The screen a window needs: Qt ends the program without a word of its own where there is none."""

from __future__ import annotations

import os
import shutil
import sys

from jnw_desktop.errors import RefusedError
from jnw_desktop.language import _

INSTALL = "installer/linux/system.sh display"
VIRTUAL = "xvfb-run"


class NoDisplay(RefusedError):
    """A window was asked for where nothing shows one."""

    kind = "no_display"


def display() -> str | None:
    """The name of the display a window would open on; ``None`` where there is none."""
    if sys.platform in ("win32", "darwin"):
        return sys.platform
    chosen = os.environ.get("QT_QPA_PLATFORM")
    return chosen or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or None


def virtual_screen() -> bool:
    """Whether a virtual screen is installed."""
    return shutil.which(VIRTUAL) is not None


def require(command: str) -> None:
    """Raises NoDisplay, with how ``command`` (as it is typed) runs on a virtual screen."""
    if display() is None:
        there = _("Start it in a desktop session, or on a virtual screen: xvfb-run -a {command}")
        absent = _("Start it in a desktop session, or install a virtual screen: {command}")
        hint = there.format(command=command) if virtual_screen() else absent.format(command=INSTALL)
        raise NoDisplay(_("There is no display to open a window on."), hint)
