"""DXF drawings: lines, areas, blocks with their attributes and text come in, and what we wrote comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ezdxf
import ezdxf.path
import ezdxf.recover
import numpy as np
import shapely
from ezdxf.lldxf.const import DXFError

from jnw_desktop.exchange.drawings import APPLICATION
from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.layer import BATCH, Batch, Layer, geometry_word, objects
from jnw_desktop.language import _

FLATNESS = 0.01  # metres an arc may be off the chords it is turned into
_LINES = {"LINE", "LWPOLYLINE", "POLYLINE", "ARC", "SPLINE", "ELLIPSE"}
_POINTS = {"INSERT", "POINT", "TEXT", "MTEXT"}
_OWN = ("layer", "block", "text")

Found = tuple[str, dict[str, Any], Any]  # layer or kind, values, shape


def dxf_layers(path: Path, encoding: str | None) -> list[Layer]:
    """The drawing's layers, one for each kind of geometry on it; what we wrote comes back by kind of facility.

    Raises UnreadableFile.
    """
    found: dict[tuple[str, str], list[Found]] = {}
    for one in _entities(path, encoding):
        found.setdefault((one[0], geometry_word(one[2].geom_type)), []).append(one)
    if not found:
        raise unreadable(path, _("nothing is drawn in it"))
    found = {key: _merged(rows) for key, rows in found.items()}
    several = {name for name, word in found if (name, word) != next(key for key in found if key[0] == name)}
    layers = []
    for (name, word), rows in found.items():
        columns = list(dict.fromkeys(column for _name, values, _shape in rows for column in values))
        layer = Layer(
            f"{name}:{word}" if name in several else name, columns, _reader(rows, columns), None, word, "utf-8"
        )
        if word == "line" and name.upper().startswith("JS"):
            layer.named_kind = "pipe"
        layers.append(layer)
    return layers


def _merged(rows: list[Found]) -> list[Found]:
    """Parts of one facility, which we had to draw as one entity each, made one again."""
    whole: list[Found] = []
    waiting: list[Any] = []
    for name, values, shape in rows:
        parts = int(values.pop("parts", 1))
        waiting.append(shape)
        if len(waiting) < parts:
            continue
        gather = shapely.multipolygons if shape.geom_type == "Polygon" else shapely.multilinestrings
        whole.append((name, values, shape if parts == 1 else gather(waiting)))
        waiting = []
    return whole


def _reader(rows: list[Found], columns: list[str]) -> Any:
    def read() -> Iterator[Batch]:
        for first in range(0, len(rows), BATCH):
            some = rows[first : first + BATCH]
            values = {column: [row[1].get(column) for row in some] for column in columns}
            yield Batch(np.arange(first + 1, first + len(some) + 1), values, objects([row[2] for row in some]))

    return read


def _entities(path: Path, encoding: str | None) -> Iterator[Found]:
    try:
        document = (
            ezdxf.readfile(path, encoding=encoding) if encoding else ezdxf.recover.readfile(path)[0]  # type: ignore[attr-defined]
        )
    except (OSError, DXFError, UnicodeDecodeError, ValueError, IndexError) as error:
        raise unreadable(path, error) from error
    for entity in document.modelspace():
        kind = entity.dxftype()
        shape = _shape(entity) if kind in _LINES else _point(entity) if kind in _POINTS else None
        if shape is not None:
            stored = _stored(entity)
            yield stored.pop("kind", entity.dxf.layer), stored or _values(entity), shape


def _values(entity: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"layer": entity.dxf.layer}
    kind = entity.dxftype()
    if kind == "INSERT":
        values["block"] = entity.dxf.name
        values |= {attribute.dxf.tag: attribute.dxf.text for attribute in entity.attribs}
    elif kind == "TEXT":
        values["text"] = entity.dxf.text
    elif kind == "MTEXT":
        values["text"] = entity.plain_text()
    return values


def _stored(entity: Any) -> dict[str, Any]:
    """What we kept with the entity: kind and fields."""
    if not entity.has_xdata(APPLICATION):
        return {}
    pairs = [str(tag.value).partition("=") for tag in entity.get_xdata(APPLICATION) if tag.code == 1000]
    values: dict[str, Any] = {}
    for name, _mark, text in pairs:
        values[name] = values.get(name, "") + text  # a long text is kept in pieces
    return values


def _point(entity: Any) -> Any:
    dxf = entity.dxf
    place = dxf.location if entity.dxftype() == "POINT" else dxf.insert
    return shapely.Point(place.x, place.y)


def _shape(entity: Any) -> Any:
    try:
        path = ezdxf.path.make_path(entity)
        corners = [(vertex.x, vertex.y) for vertex in path.flattening(FLATNESS)]
    except (TypeError, ValueError, ZeroDivisionError, DXFError):
        return None
    if len(corners) < 2:
        return None
    if len(corners) > 3 and (getattr(entity, "is_closed", False) or getattr(entity, "closed", False)):
        return shapely.Polygon(corners)
    return shapely.LineString(corners)
