"""The rows that did not fit: a CSV with each row as it was, its number and the reason, to be mended and brought in."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import shapely

from jnw_desktop.exchange.errors import CannotWrite
from jnw_desktop.language import _

# Columns beside the row's own. A CSV that has them is understood on its way in.
REASON, ROW, KIND, CRS, WKT = "_reason", "_row", "_kind", "_crs", "_wkt"
OURS = (REASON, ROW, KIND, CRS, WKT)


class Rejects:
    """Gathers rejects on disk, for there may be many; ``count`` of them, ``reasons`` by how often."""

    def __init__(self) -> None:
        self.count = 0
        self.reasons: dict[str, int] = {}
        self._columns: dict[str, None] = {}
        self._spool = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._spool.close()

    def add(self, kind: str, crs: str, number: int, reason: str, row: Mapping[str, Any], shape: Any) -> None:
        """One row: ``shape`` as the file has it, ``crs`` of these coordinates."""
        self.count += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        self._columns.update(dict.fromkeys(row))
        wkt = "" if shape is None else shapely.to_wkt(shape, rounding_precision=-1)
        entry = {REASON: reason, ROW: number, KIND: kind, CRS: crs, WKT: wkt} | dict(row)
        self._spool.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")

    def write(self, path: Path) -> None:
        """Write the CSV. Raises CannotWrite."""
        self._spool.seek(0)
        try:
            with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark makes Excel read it as UTF-8
                writer = csv.DictWriter(file, [*OURS, *(name for name in self._columns if name not in OURS)])
                writer.writeheader()
                for line in self._spool:
                    writer.writerow({name: plain_text(value) for name, value in json.loads(line).items()})
        except OSError as error:
            raise CannotWrite(
                _("The rejects cannot be written to {file}: {why}").format(file=path, why=error.strerror),
                _("Name another place: --rejects F.csv"),
            ) from error


def plain_text(value: Any) -> Any:
    """A value for a cell of text: what a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, str) and is_formula(value):
        return "'" + value
    return value


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would calculate ``text``; numbers with a sign are left alone."""
    bare = text.lstrip("'")
    if not bare or bare[0] not in "=+-@\t\r":
        return False
    try:
        float(bare)
    except ValueError:
        return True
    return False
