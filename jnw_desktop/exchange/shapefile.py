"""Shapefiles, read with numpy: whole columns at once, the text's encoding found, damage told."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from jnw_desktop.exchange.encoding import LANGUAGE_DRIVERS, SAMPLE, Encoding, choose, decode
from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.layer import BATCH, Batch, Layer, Objects
from jnw_desktop.language import _

Ints = npt.NDArray[np.int64]
_TYPES = {0: "", 1: "point", 3: "line", 5: "area", 8: "point"}  # the tens digit says with Z or M


@dataclass(frozen=True)
class _Field:
    name: str
    type: str
    start: int
    size: int


def shapefile(path: Path, encoding: str | None) -> Layer:
    """The layer of a shapefile. Raises UnreadableFile, WrongEncoding. A missing .shx is made up for."""
    words, kind = _open_shapes(path)
    notes: list[str] = []
    starts = _starts(path, words, notes)
    table = _Table(path, encoding)
    if table.count != len(starts):
        raise unreadable(path, _("{shapes} shapes but {rows} rows").format(shapes=len(starts), rows=table.count))
    return Layer(
        path.stem,
        [field.name for field in table.fields],
        lambda: _batches(words, starts, table),
        _crs(path),
        _TYPES[kind % 10],
        table.encoding.name,
        notes=notes,
    )


def _open_shapes(path: Path) -> tuple[npt.NDArray[np.int32], int]:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or struct.unpack(">i", head[:4])[0] != 9994:
        raise unreadable(path, _("it is not a shapefile"))
    stated = 2 * struct.unpack(">i", head[24:28])[0]
    if size < stated:
        raise unreadable(path, _("it is cut off: {size} of {stated} bytes are there").format(size=size, stated=stated))
    kind = struct.unpack("<i", head[32:36])[0]
    if kind % 10 not in _TYPES or not 0 <= kind <= 28:
        raise unreadable(path, _("shapes of type {type} are not known").format(type=kind))
    return np.memmap(path, dtype="<i4", mode="r", shape=(stated // 4,)), kind


def _starts(path: Path, words: npt.NDArray[np.int32], notes: list[str]) -> Ints:
    """The word at which each shape's content begins."""
    index = _sibling(path, ".shx")
    if index is not None and index.stat().st_size >= 100:
        pairs = np.fromfile(index, dtype=">i4", offset=100)
        pairs = pairs[: len(pairs) // 2 * 2].reshape(-1, 2).astype(np.int64)
        starts: Ints = pairs[:, 0] // 2 + 2
        ends = starts + pairs[:, 1] // 2
        if len(starts) == 0 or (starts.min() >= 27 and ends.max() <= len(words)):
            return starts
    notes.append(_("The index (.shx) is missing or wrong; the shapes were read one after the other."))
    found = []
    at = 25
    while at + 2 <= len(words):
        length = int(words[at + 1 : at + 2].view(">i4")[0]) // 2
        if length < 1 or at + 2 + length > len(words):
            raise unreadable(path, _("a shape is cut off"))
        found.append(at + 2)
        at += 2 + length
    return np.array(found, dtype=np.int64)


class _Table:
    """The .dbf beside the shapes."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        file = _sibling(path, ".dbf")
        if file is None:
            raise unreadable(path, _("the table (.dbf) beside it is missing"))
        with file.open("rb") as opened:
            head = opened.read(32)
            if len(head) < 32:
                raise unreadable(file, _("it is cut off"))
            self.count, begin, size = struct.unpack("<IHH", head[4:12])
            described = opened.read(max(begin - 32, 0))
        if size < 1 or file.stat().st_size < begin + size * self.count:
            raise unreadable(file, _("it is cut off"))
        self.rows = (
            np.memmap(file, dtype=np.uint8, mode="r", offset=begin, shape=(self.count, size))
            if self.count
            else np.empty((0, size), np.uint8)
        )
        raw = _describe(described)
        self.encoding = _encoding(file, encoding, head[29], self.rows, raw)
        self.fields = [
            _Field(decode(name, self.encoding.name), kind, start, length) for name, kind, start, length in raw
        ]

    def column(self, field: _Field, rows: slice) -> list[Any]:
        """Values of a column: text, numbers, dates as text; blank is ``None``."""
        cut = np.ascontiguousarray(self.rows[rows, field.start : field.start + field.size])
        values = cut.view(f"S{field.size}")[:, 0].tolist()
        read = _Reader(field.type, self.encoding.name)
        return [read[value] for value in values]


class _Reader(dict[bytes, Any]):
    """What bytes of a field mean; each value is worked out once."""

    def __init__(self, kind: str, encoding: str) -> None:
        super().__init__()
        self._kind = kind
        self._encoding = encoding

    def __missing__(self, data: bytes) -> Any:
        text = decode(data.strip(b" \0"), self._encoding).strip()
        value: Any = text or None
        if text and self._kind in "NF":
            try:
                value = float(text) if "." in text or "e" in text.lower() else int(text)
            except ValueError:
                value = None if set(text) == {"*"} else text  # stars: a number that did not fit
        elif self._kind == "L":
            value = {"T": True, "Y": True, "F": False, "N": False}.get(text.upper())
        if len(self) < 200_000:
            self[data] = value
        return value


def _describe(data: bytes) -> list[tuple[bytes, str, int, int]]:
    fields = []
    start = 1
    for at in range(0, len(data) - 31, 32):
        if data[at] == 0x0D:
            break
        size = data[at + 16]
        fields.append((data[at : at + 11].split(b"\0")[0], chr(data[at + 11]), start, size))
        start += size
    return fields


def _encoding(
    file: Path, given: str | None, driver: int, rows: npt.NDArray[np.uint8], fields: list[tuple[bytes, str, int, int]]
) -> Encoding:
    names = b"\n".join(name for name, *_rest in fields)
    texts = [names]
    some = max(1, SAMPLE // max(rows.shape[1], 1))
    step = max(1, len(rows) // some)
    for _name, kind, start, size in fields:
        if kind == "C" and size and len(rows):
            column = np.ascontiguousarray(rows[::step, start : start + size]).view(f"S{size}")[:, 0]
            texts += [value.rstrip(b" ") for value in np.unique(column).tolist()]
    stated = LANGUAGE_DRIVERS.get(driver)
    page = _sibling(file, ".cpg") or _sibling(file, ".cst")
    if page is not None:
        stated = page.read_text("ascii", "ignore").strip() or stated
    return choose(b"\n".join(texts), given, stated)


def _crs(path: Path) -> pyproj.CRS | None:
    file = _sibling(path, ".prj")
    if file is None or not file.read_bytes().strip():
        return None
    try:
        return pyproj.CRS.from_user_input(file.read_text("utf-8", "replace"))
    except pyproj.exceptions.CRSError as error:
        raise unreadable(file, error) from error


def _sibling(path: Path, ending: str) -> Path | None:
    for name in (ending, ending.upper()):
        if path.with_suffix(name).exists():
            return path.with_suffix(name)
    return None


def _batches(words: npt.NDArray[np.int32], starts: Ints, table: _Table) -> Iterator[Batch]:
    for first in range(0, len(starts), BATCH):
        rows = slice(first, min(first + BATCH, len(starts)))
        standing = np.asarray(table.rows[rows, 0] != ord("*"))
        with np.errstate(invalid="ignore"):  # NaN is looked for later, and its row refused
            shapes = _shapes(words, starts[rows])
        columns = {field.name: table.column(field, rows) for field in table.fields}
        numbers = np.arange(rows.start + 1, rows.stop + 1)
        if not standing.all():  # rows marked as deleted
            kept = np.flatnonzero(standing)
            columns = {name: [values[i] for i in kept] for name, values in columns.items()}
            shapes, numbers = shapes[kept], numbers[kept]
        yield Batch(numbers, columns, shapes)


def _shapes(words: npt.NDArray[np.int32], starts: Ints) -> Objects:
    """Shapely geometries of the shapes whose content begins at the words ``starts``."""
    kinds = words[starts] % 10
    shapes = np.full(len(starts), None, dtype=object)
    points = np.flatnonzero(kinds == 1)
    if len(points):
        shapes[points] = shapely.points(_doubles(words, starts[points] + 1, np.ones(len(points), np.int64)))
    several = np.flatnonzero(kinds == 8)
    if len(several):
        counts = words[starts[several] + 9].astype(np.int64)
        gathered = shapely.points(_doubles(words, starts[several] + 10, counts))
        shapes[several] = shapely.multipoints(gathered, indices=np.repeat(np.arange(len(several)), counts))
    for kind, make in ((3, _lines), (5, _areas)):
        which = np.flatnonzero(kinds == kind)
        if len(which):
            shapes[which] = make(*_parts(words, starts[which]))
    return shapes


def _doubles(words: npt.NDArray[np.int32], starts: Ints, counts: Ints) -> npt.NDArray[np.float64]:
    """(n, 2) coordinates: ``counts`` points from each of the words ``starts``."""
    total = int(counts.sum())
    within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    first = np.repeat(starts, counts) + 4 * within
    gathered: npt.NDArray[np.float64] = words[first[:, None] + np.arange(4)].view("<f8")
    return gathered


def _parts(words: npt.NDArray[np.int32], starts: Ints) -> tuple[npt.NDArray[np.float64], Ints, Ints]:
    """Coordinates, the part each belongs to, and the shape each part belongs to."""
    parts = words[starts + 9].astype(np.int64)
    counts = words[starts + 10].astype(np.int64)
    owner = np.repeat(np.arange(len(starts)), parts)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    first = words[np.repeat(starts + 11, parts) + within].astype(np.int64)
    last = np.append(first[1:], 0)
    ends = np.append(owner[1:] != owner[:-1], True) if len(owner) else np.zeros(0, bool)
    last[ends] = counts[owner[ends]]
    coordinates = _doubles(words, starts + 11 + parts, counts)
    return coordinates, np.repeat(np.arange(len(owner)), last - first), owner


def _lines(coordinates: npt.NDArray[np.float64], part: Ints, owner: Ints) -> Objects:
    lines = shapely.linestrings(coordinates, indices=part, handle_nan="allow")
    whole: Objects = shapely.multilinestrings(lines, indices=owner)
    alone = shapely.get_num_geometries(whole) == 1
    whole[alone] = shapely.get_geometry(whole[alone], 0)
    return whole


def _areas(coordinates: npt.NDArray[np.float64], part: Ints, owner: Ints) -> Objects:
    """Polygons: a ring that runs clockwise bounds an area, one that runs the other way is a hole in it."""
    rings = shapely.linearrings(coordinates, indices=part, handle_nan="allow")
    holes = shapely.is_ccw(rings)
    shapes = np.full(int(owner.max()) + 1, None, dtype=object)
    first = np.searchsorted(owner, np.arange(len(shapes)))
    last = np.searchsorted(owner, np.arange(len(shapes)), side="right")
    single = last - first == 1
    shapes[single] = shapely.polygons(rings[first[single]])
    for at in np.flatnonzero(~single):
        own, inner = rings[first[at] : last[at]], holes[first[at] : last[at]]
        if inner.all() or not inner.any():
            shapes[at] = shapely.multipolygons(shapely.polygons(own))
            continue
        areas = list(shapely.polygons(own[~inner]))
        for hole in own[inner]:
            inside = shapely.Point(hole.coords[0])
            outer = next((i for i, area in enumerate(areas) if shapely.covers(area, inside)), 0)
            areas[outer] = shapely.difference(areas[outer], shapely.polygons(hole))
        shapes[at] = shapely.multipolygons(areas) if len(areas) > 1 else areas[0]
    return shapes
