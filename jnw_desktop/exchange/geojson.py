"""GeoJSON (RFC 7946, and the older crs member), read as it streams: a file of any length takes one batch of memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyproj
import shapely
import shapely.geometry

from jnw_desktop.exchange.encoding import SAMPLE, Encoding, choose
from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.layer import BATCH, Batch, Layer, Objects, geometry_word, objects
from jnw_desktop.language import _

CHUNK = 1 << 22  # characters read at a time
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_SHAPELY = (shapely.GEOSException, shapely.errors.ShapelyError)
_GAP = re.compile(r"[\s,]*")


def geojson(path: Path, encoding: str | None) -> Layer:
    """The layer of a GeoJSON file. Raises UnreadableFile, WrongEncoding."""
    with path.open("rb") as file:
        found = choose(file.read(SAMPLE), encoding)
    reader = _Reader(path, found)
    batches = reader.batches()
    first = next(batches, None)
    columns = list(first.columns) if first is not None else []
    kinds = set() if first is None else {shape.geom_type for shape in first.shapes if shape is not None}
    words = {geometry_word(kind) for kind in kinds}
    stated = reader.crs()
    return Layer(
        reader.name or path.stem,
        columns,
        reader.batches,
        stated or pyproj.CRS.from_epsg(4326),
        words.pop() if len(words) == 1 else "",
        found.name,
        assumed_crs=stated is None,
        _begun=(first, batches),
    )


class _Reader:
    """Goes through a file's features; ``members`` are those of the collection itself that were met so far."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self.path = path
        self.members: dict[str, Any] = {}
        self._encoding = "utf-8-sig" if encoding.name == "utf-8" else encoding.name

    @property
    def name(self) -> str:
        """The collection's name, as GDAL writes it."""
        name = self.members.get("name")
        return name if isinstance(name, str) else ""

    def crs(self) -> pyproj.CRS | None:
        """What the ``crs`` member says."""
        member = self.members.get("crs")
        properties = member.get("properties") if isinstance(member, dict) else None
        stated = properties.get("name") if isinstance(properties, dict) else None
        if not stated:
            return None
        try:
            return pyproj.CRS.from_user_input(stated)
        except pyproj.exceptions.CRSError as error:
            raise unreadable(self.path, error) from error

    def batches(self) -> Iterator[Batch]:
        """The features in batches."""
        number = 1
        waiting: list[dict[str, Any]] = []
        for feature in self._features():
            waiting.append(feature)
            if len(waiting) == BATCH:
                yield _batch(waiting, number)
                number, waiting = number + len(waiting), []
        if waiting:
            yield _batch(waiting, number)

    def _features(self) -> Iterator[dict[str, Any]]:
        try:
            with self.path.open(encoding=self._encoding) as file:
                yield from self._decoded(file)
        except (ValueError, RecursionError) as error:  # JSON's and Unicode's errors are ValueErrors
            raise unreadable(self.path, error) from error

    def _decoded(self, file: IO[str]) -> Iterator[dict[str, Any]]:
        text = file.read(CHUNK)
        begins = _FEATURES.search(text)
        if begins is None:
            yield from self._whole(json.loads(text + file.read()))
            return
        self.members |= json.loads(text[: begins.start()].rstrip().rstrip(",") + "}")
        decoder = json.JSONDecoder()
        text, at = text[begins.end() :], 0
        while True:
            at = _GAP.match(text, at).end()  # type: ignore[union-attr]
            if text[at : at + 1] == "]":
                break
            try:
                feature, at = decoder.raw_decode(text, at)
            except ValueError:
                more = file.read(CHUNK)
                if not more:
                    raise ValueError(_("it ends in the middle of a feature")) from None
                text, at = text[at:] + more, 0
                continue
            yield self._checked(feature)
        self.members |= json.loads("{" + (text[at + 1 :] + file.read()).strip().lstrip(","))

    def _whole(self, value: Any) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict) and value.get("type") == "Feature":
            yield self._checked(value)
        elif isinstance(value, dict) and ("coordinates" in value or "geometries" in value):
            yield {"geometry": value, "properties": {}}
        else:
            raise ValueError(_("it is not GeoJSON"))
        self.members |= {name: value[name] for name in ("crs", "name") if name in value}

    def _checked(self, feature: Any) -> dict[str, Any]:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise ValueError(_("it is not GeoJSON"))
        return feature


def _batch(features: list[dict[str, Any]], first: int) -> Batch:
    properties = [feature.get("properties") or {} for feature in features]
    names = dict.fromkeys(chain.from_iterable(properties))
    columns = {name: [_plain(row.get(name)) for row in properties] for name in names}
    if "id" not in columns and any("id" in feature for feature in features):
        columns["id"] = [_plain(feature.get("id")) for feature in features]
    shapes, reasons = read_geometries([feature.get("geometry") for feature in features])
    return Batch(np.arange(first, first + len(features)), columns, shapes, reasons)


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def read_geometries(members: Sequence[Any]) -> tuple[Objects, dict[int, str]]:
    """Shapely geometries of GeoJSON geometry members, and by place why one cannot be read; Z is left out."""
    shapes = objects([None] * len(members))
    reasons: dict[int, str] = {}
    kinds = [member.get("type") if isinstance(member, dict) else None for member in members]
    for kind, make in (("LineString", _lines), ("Point", _points)):
        which = [i for i, one in enumerate(kinds) if one == kind]
        made = make([members[i].get("coordinates") for i in which]) if which else None
        if made is not None:
            shapes[which] = made
            kinds = [None if one == kind else one for one in kinds]
    for i, other in enumerate(kinds):
        if other is None:
            continue
        try:
            with np.errstate(invalid="ignore"):  # NaN is looked for later, and its row refused
                shapes[i] = shapely.force_2d(shapely.geometry.shape(members[i]))
        except (ValueError, TypeError, AttributeError, IndexError, KeyError, *_SHAPELY) as error:
            reasons[i] = _("the geometry cannot be read: {why}").format(why=error)
    return shapes, reasons


def _lines(coordinates: list[Any]) -> Objects | None:
    """Many lines at once; ``None`` when one of them is not plain, and each must be looked at by itself."""
    try:
        counts = [len(line) for line in coordinates]
        array = np.array(list(chain.from_iterable(coordinates)), dtype=np.float64)
        if array.ndim != 2 or not np.isfinite(array).all() or min(counts) < 2:
            return None
        lines: Objects = shapely.linestrings(array[:, :2], indices=np.repeat(np.arange(len(counts)), counts))
    except (ValueError, TypeError, IndexError, shapely.GEOSException):
        return None
    return lines


def _points(coordinates: list[Any]) -> Objects | None:
    try:
        array = np.array(coordinates, dtype=np.float64)
    except (ValueError, TypeError):
        return None
    if array.ndim != 2 or not np.isfinite(array).all():
        return None
    points: Objects = shapely.points(array[:, :2])
    return points
