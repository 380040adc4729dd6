"""Rows set aside on disk until their turn comes: a table is read once however many kinds of facility its rows are."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from jnw_desktop.exchange.layer import BATCH

Rows = tuple[list[int], dict[str, list[Any]]]  # numbers, and columns


class Spool:
    """Rows by a key; a file without a name for each, gone with the spool."""

    def __init__(self) -> None:
        self._files: dict[Any, IO[bytes]] = {}

    def add(self, key: Any, numbers: list[int], columns: dict[str, list[Any]]) -> None:
        """Set rows aside, behind those of the key that are there."""
        if key not in self._files:
            self._files[key] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        pickle.dump((numbers, columns), self._files[key], pickle.HIGHEST_PROTOCOL)

    def keys(self) -> list[Any]:
        """Keys in the order in which they came."""
        return list(self._files)

    def rows(self, key: Any) -> Iterator[Rows]:
        """The rows of a key in batches, in their order."""
        gathered: Rows | None = None
        for numbers, columns in self._parts(key):
            if gathered is None:
                gathered = numbers, columns
            else:
                gathered[0].extend(numbers)
                for name, values in columns.items():
                    gathered[1][name].extend(values)
            if len(gathered[0]) >= BATCH:
                yield gathered
                gathered = None
        if gathered is not None:
            yield gathered

    def _parts(self, key: Any) -> Iterator[Rows]:
        if key not in self._files:
            return
        file, at = self._files[key], 0
        end = file.seek(0, 2)
        while at < end:
            file.seek(at)  # somebody else may be reading too
            part = pickle.load(file)
            at = file.tell()
            yield part

    def close(self) -> None:
        """Give the space back."""
        for file in self._files.values():
            file.close()
        self._files.clear()
