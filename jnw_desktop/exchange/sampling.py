"""The first rows of files that a user looks at again and again while an import is settled: read once, kept."""

from __future__ import annotations

import glob
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jnw_desktop.exchange.importing import Choices, opened
from jnw_desktop.exchange.layer import BATCH, Batch, Layer
from jnw_desktop.workspace import Workspace

LOOKED = 20_000  # rows of each layer that are kept


@dataclass(frozen=True)
class Sample:
    """A layer whose ``read`` gives its ``first`` rows (``None``: it has none) and no others.

    ``rows`` were counted, ``more`` says that there are others still.
    """

    layer: Layer
    first: Batch | None
    rows: int
    more: bool

    def fresh(self) -> Sample:
        """The same with notes of its own, for those who look add to them."""
        return replace(self, layer=replace(self.layer, notes=list(self.layer.notes)))


class Samples:
    """Of the files looked at last; kept with the open workspace (``workspace.kept(Samples)``)."""

    def __init__(self, _workspace: Workspace) -> None:
        self._lock = threading.Lock()
        self._key: Any = None
        self._samples: list[Sample] = []

    def of(self, workspace: Workspace, paths: Sequence[Path], told: Choices) -> list[Sample]:
        """Every layer of ``paths``. Raises UnreadableFile, WrongEncoding, UnsafeArchive."""
        with self._lock:
            key = (told.encoding, [(path, _state(path)) for path in paths], _last_change(workspace))
            if key != self._key:
                self._key = None
                with opened(workspace, told) as opener:
                    self._samples = [_sample(layer) for layer in opener.layers(paths)]
                self._key = key
            return [sample.fresh() for sample in self._samples]


def _state(path: Path) -> list[tuple[str, int, int]]:
    """What tells whether a file, or those that belong to it, is another by now."""
    parts = path.iterdir() if path.is_dir() else path.parent.glob(f"{glob.escape(path.stem)}.*")
    return sorted((str(part), part.stat().st_mtime_ns, part.stat().st_size) for part in parts)


def _last_change(workspace: Workspace) -> int:
    """A survey's lines may be placed by points of the workspace."""
    return max((change.id for change in workspace.history(limit=1)), default=0)


def _sample(layer: Layer) -> Sample:
    first = next(layer.read(), None)
    if first is None:
        return Sample(replace(layer, read=lambda: iter(())), None, 0, False)
    rows = len(first.numbers)
    some = _cut(first)
    return Sample(replace(layer, read=lambda: iter((some,))), some, rows, rows >= BATCH)


def _cut(batch: Batch) -> Batch:
    if len(batch.numbers) <= LOOKED:
        return batch
    return Batch(
        batch.numbers[:LOOKED],
        {name: values[:LOOKED] for name, values in batch.columns.items()},
        batch.shapes[:LOOKED],
        {at: why for at, why in batch.reasons.items() if at < LOOKED},
    )
