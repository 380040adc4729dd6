"""The first rows of files that a user looks at again and again while an import is settled: read once, kept."""

from __future__ import annotations

import glob
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jnw_desktop.exchange.importing import Choices, opened
from jnw_desktop.exchange.layer import Layer
from jnw_desktop.exchange.opening import Opener
from jnw_desktop.workspace import Workspace


class Samples:
    """Of the files looked at last; kept with the open workspace (``workspace.kept(Samples)``)."""

    def __init__(self, _workspace: Workspace) -> None:
        self._lock = threading.Lock()
        self._key: Any = None
        self._opener: Opener | None = None  # what was unpacked stays as long
        self._layers: list[Layer] = []

    def of(self, workspace: Workspace, paths: Sequence[Path], told: Choices) -> list[Layer]:
        """Every layer of ``paths``, its first rows at hand. Raises UnreadableFile, WrongEncoding, UnsafeArchive."""
        with self._lock:
            key = (told.encoding, [(path, _state(path)) for path in paths], _last_change(workspace))
            if key != self._key:
                self._forget()
                self._opener = opened(workspace, told)
                self._layers = [layer.held() for layer in self._opener.layers(paths)]
                self._key = key
            return [layer.held() for layer in self._layers]

    def _forget(self) -> None:
        self._key, self._layers = None, []
        if self._opener is not None:
            self._opener.__exit__()


def _state(path: Path) -> list[tuple[str, int, int]]:
    """What tells whether a file, or those that belong to it, is another by now."""
    parts = path.iterdir() if path.is_dir() else path.parent.glob(f"{glob.escape(path.stem)}.*")
    return sorted((str(part), part.stat().st_mtime_ns, part.stat().st_size) for part in parts)


def _last_change(workspace: Workspace) -> int:
    """A survey's lines may be placed by points of the workspace."""
    return max((change.id for change in workspace.history(limit=1)), default=0)
