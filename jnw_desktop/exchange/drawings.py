"""DXF drawings of facilities on CJJ 61 layers: ezdxf makes the frame, the entities are written as they stream.

An object for each entity takes ezdxf ten times as long as its text. Group codes: Autodesk, DXF Reference, Entities.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import ezdxf
import shapely

from jnw_desktop.exchange.layer import geometry_word

APPLICATION = "JNW"  # under which a facility's kind and fields are kept with its entity
# CJJ 61-2017 appendix B: the letters of a line's kind, and its colour (red, green, blue).
LAYERS = {
    "water": ("JS", (0, 255, 255)), "gas": ("RQ", (255, 0, 255)), "heat": ("RL", (255, 128, 0)),
    "power": ("DL", (255, 0, 0)), "sewer": ("WS", (76, 57, 38)), "storm": ("YS", (76, 57, 38)),
    "telecom": ("DX", (0, 255, 0)),
}  # fmt: skip
RADIUS, OFFSET, HEIGHT = 0.5, 0.7, 0.8  # metres: of a point's circle, from there to its code, of the code's letters
_FIRST_HANDLE = 0x10000  # above those of the frame
_ENTITIES = "  2\nENTITIES\n"
_CHUNK = 1 << 20


def write_dxf(path: Path, layers: Iterable[tuple[str, Iterable[tuple[dict[str, Any], Any]]]], note: str = "") -> None:
    """Write layers of (values, shapely geometry) by kind: lines and areas as polylines, points as blocks with a code.

    ``note`` becomes a property of the drawing (Recipient). Raises OSError.
    """
    drawing = _Drawing(note)
    with tempfile.TemporaryFile("w+", encoding="utf-8", dir=path.parent) as entities:
        for kind, rows in layers:
            for values, shape in rows:
                entities.write(drawing.facility(kind, values, shape))
        entities.seek(0)
        drawing.save(path, entities)


class _Drawing:
    """The frame of a drawing, to which layers and blocks are added as facilities need them."""

    def __init__(self, note: str) -> None:
        self._document = ezdxf.new("R2010", setup=True)  # type: ignore[attr-defined]
        self._document.appids.add(APPLICATION)
        if note:
            self._document.header.custom_vars.append("Recipient", note)
        self._space = self._document.modelspace().layout_key
        self._handle = _FIRST_HANDLE

    def facility(self, kind: str, values: dict[str, Any], shape: Any) -> str:
        """The entities of a facility: one, or one for each part of its geometry."""
        layer = self._layer(kind, values, shape)
        parts = list(shape.geoms) if hasattr(shape, "geoms") else [shape]
        stored = {"kind": kind} | (values if len(parts) == 1 else values | {"parts": len(parts)})
        kept = f"1001\n{APPLICATION}\n" + "".join(f"1000\n{text}\n" for text in _kept(stored))
        draw = self._point if shape.geom_type == "Point" else self._line
        return "".join(draw(kind, values, part, layer, kept) for part in parts)

    def save(self, path: Path, entities: IO[str]) -> None:
        """Write the drawing with the text of its ``entities``."""
        self._document.entitydb.handles.reset(f"{self._handle:X}")
        frame = io.StringIO()
        self._document.write(frame)
        before, mark, after = frame.getvalue().partition(_ENTITIES)
        with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(before + mark)
            while some := entities.read(_CHUNK):
                file.write(some)
            file.write(after)

    def _head(self, kind: str, layer: str, owner: str) -> tuple[str, str]:
        """A new entity's handle, and its first lines."""
        handle = f"{self._handle:X}"
        self._handle += 1
        return handle, f"  0\n{kind}\n  5\n{handle}\n330\n{owner}\n100\nAcDbEntity\n  8\n{layer}\n"

    def _line(self, _kind: str, _values: dict[str, Any], shape: Any, layer: str, kept: str) -> str:
        closed = shape.geom_type == "Polygon"
        corners = shapely.get_coordinates(shape.exterior if closed else shape).tolist()
        corners = corners[:-1] if closed else corners
        places = "".join(f" 10\n{east!r}\n 20\n{north!r}\n" for east, north in corners)
        _handle, head = self._head("LWPOLYLINE", layer, self._space)
        return f"{head}100\nAcDbPolyline\n 90\n{len(corners)}\n 70\n{int(closed)}\n{places}{kept}"

    def _point(self, kind: str, values: dict[str, Any], shape: Any, layer: str, kept: str) -> str:
        self._block(kind)
        handle, head = self._head("INSERT", layer, self._space)
        _inner, attribute = self._head("ATTRIB", layer, handle)
        _inner, end = self._head("SEQEND", layer, handle)
        text = _one_line(values.get("code") or "")
        return (
            f"{head}100\nAcDbBlockReference\n 66\n1\n  2\n{kind}\n{_place(shape.x, shape.y)}{kept}"
            f"{attribute}100\nAcDbText\n{_place(shape.x + OFFSET, shape.y + OFFSET)} 40\n{HEIGHT}\n  1\n{text}\n"
            f"100\nAcDbAttribute\n  2\nCODE\n 70\n0\n{end}"
        )

    def _block(self, kind: str) -> None:
        if kind not in self._document.blocks:
            block = self._document.blocks.new(kind)
            block.add_circle((0, 0), RADIUS)
            block.add_attdef("CODE", (OFFSET, OFFSET), dxfattribs={"height": HEIGHT})

    def _layer(self, kind: str, values: dict[str, Any], shape: Any) -> str:
        letters, colour = LAYERS.get(str(values.get("line_type")) if kind == "other_line" else "water", LAYERS["water"])
        word = {"line": "LINE", "point": "POINT"}.get(geometry_word(shape.geom_type), "AREA")
        name = f"{letters}{word}"
        if kind not in ("pipe", "other_line") and word != "POINT":
            name, colour = f"{letters}{word}_{kind.upper()}", (128, 128, 128)
        if name not in self._document.layers:
            self._document.layers.add(name).rgb = colour
        return name


def _place(east: float, north: float) -> str:
    return f" 10\n{east!r}\n 20\n{north!r}\n 30\n0.0\n"


def _one_line(value: Any) -> str:
    """Text on one line, for a DXF is made of lines: a break would end the value."""
    text = str(value)
    return text if text.isprintable() else "".join(one for one in text.replace("\n", " ") if one >= " ")


def _kept(values: dict[str, Any]) -> Iterator[str]:
    """``field=value`` of every value, a long one in pieces: 255 bytes at most, and Chinese takes three."""
    for name, value in values.items():
        if value is not None:
            text = _one_line(value)
            for first in range(0, max(1, len(text)), 60):
                yield f"{name}={text[first : first + 60]}"
