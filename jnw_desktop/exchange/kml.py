"""KML and KMZ: placemarks with their extended data, read as they stream and written plainly (OGC 07-147r2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import numpy as np
import pyproj
import shapely

from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.layer import BATCH, Batch, Layer, Objects, geometry_word, objects
from jnw_desktop.language import _

Placemark = tuple[str, dict[str, Any], Any, str]  # folder, values, shape, why it cannot be read


def kml_layers(path: Path) -> list[Layer]:
    """A layer for each folder that holds placemarks. Raises UnreadableFile."""
    seen: dict[str, tuple[dict[str, None], set[str]]] = {}
    for folder, values, shape, _why in _placemarks(path):
        columns, words = seen.setdefault(folder, ({}, set()))
        columns.update(dict.fromkeys(values))
        words.add("" if shape is None else geometry_word(shape.geom_type))
    if not seen:
        raise unreadable(path, _("it has no placemark"))
    return [
        Layer(
            folder, list(columns), _reader(path, folder, list(columns)), pyproj.CRS.from_epsg(4326),
            words.pop() if len(words) == 1 else "", "utf-8",
        )
        for folder, (columns, words) in seen.items()
    ]  # fmt: skip


def write_kml(
    file: IO[str], layers: Iterable[tuple[str, Iterable[tuple[dict[str, Any], Any]]]], note: str = ""
) -> None:
    """Write layers of (values, shapely geometry in longitude and latitude) as folders of placemarks.

    ``note`` becomes the document's description.
    """
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n')
    if note:
        file.write(f"<description>{escape(note)}</description>\n")
    for name, rows in layers:
        file.write(f"<Folder><name>{escape(name)}</name>\n")
        for values, shape in rows:
            file.write(f"<Placemark><name>{escape(str(values.get('code') or ''))}</name><ExtendedData>")
            for key, value in values.items():
                if value is not None:
                    text = str(value).lower() if isinstance(value, bool) else str(value)
                    file.write(f'<Data name="{escape(key)}"><value>{escape(text)}</value></Data>')
            file.write(f"</ExtendedData>{_element(shape)}</Placemark>\n")
        file.write("</Folder>\n")
    file.write("</Document></kml>\n")


def _element(shape: Any) -> str:
    kind = shape.geom_type
    if kind.startswith("Multi"):
        return f"<MultiGeometry>{''.join(_element(part) for part in shape.geoms)}</MultiGeometry>"
    if kind == "Polygon":
        rings = [("outer", shape.exterior), *(("inner", ring) for ring in shape.interiors)]
        inside = "".join(
            f"<{side}BoundaryIs><LinearRing>{_coordinates(ring)}</LinearRing></{side}BoundaryIs>"
            for side, ring in rings
        )
        return f"<Polygon>{inside}</Polygon>"
    return f"<{kind}>{_coordinates(shape)}</{kind}>"


def _coordinates(shape: Any) -> str:
    # Eleven decimals of a degree are a thousandth of a millimetre: enough to come back to the same place.
    pairs = " ".join(f"{lon:.11f},{lat:.11f}" for lon, lat in shapely.get_coordinates(shape).tolist())
    return f"<coordinates>{pairs}</coordinates>"


def _reader(path: Path, folder: str, columns: list[str]) -> Any:
    def batches() -> Iterator[Batch]:
        number = 1
        rows: list[dict[str, Any]] = []
        shapes: list[Any] = []
        reasons: dict[int, str] = {}
        for name, values, shape, why in _placemarks(path):
            if name != folder:
                continue
            if why:
                reasons[len(rows)] = why
            rows.append(values)
            shapes.append(shape)
            if len(rows) == BATCH:
                yield _batch(number, columns, rows, objects(shapes), reasons)
                number, rows, shapes, reasons = number + BATCH, [], [], {}
        if rows:
            yield _batch(number, columns, rows, objects(shapes), reasons)

    return batches


def _batch(
    number: int, columns: list[str], rows: list[dict[str, Any]], shapes: Objects, reasons: dict[int, str]
) -> Batch:
    values = {column: [row.get(column) for row in rows] for column in columns}
    return Batch(np.arange(number, number + len(rows)), values, shapes, reasons)


def _placemarks(path: Path) -> Iterator[Placemark]:
    folders = [path.stem]
    above: list[ElementTree.Element] = []
    try:
        for event, element in ElementTree.iterparse(path, events=("start", "end")):
            tag = _tag(element)
            if event == "start":
                above.append(element)
                folders += [""] if tag == "Folder" else []
                continue
            above.pop()
            if tag == "name" and above and _tag(above[-1]) == "Folder":
                folders[-1] = (element.text or "").strip()
            elif tag == "Folder":
                folders.pop()
            elif tag == "Placemark":
                yield _placemark(folders[-1] or path.stem, element)
            if tag in ("Placemark", "Folder"):
                element.clear()
                if above:
                    above[-1].remove(element)
    except ElementTree.ParseError as error:
        raise unreadable(path, error) from error


def _placemark(folder: str, element: ElementTree.Element) -> Placemark:
    values: dict[str, Any] = {}
    shape, why = None, ""
    for child in element.iter():
        tag = _tag(child)
        if tag == "Data":
            values[child.get("name", "")] = next((v.text for v in child if _tag(v) == "value"), None)
        elif tag == "SimpleData":
            values[child.get("name", "")] = child.text
    for child in element:
        tag = _tag(child)
        if tag in ("name", "description") and child.text and child.text.strip():
            values.setdefault("code" if tag == "name" else tag, child.text.strip())
        elif tag in ("Point", "LineString", "Polygon", "MultiGeometry"):
            try:
                shape = _shape(child)
            except (ValueError, IndexError, shapely.GEOSException) as error:
                why = _("the geometry cannot be read: {why}").format(why=error)
    return folder, values, shape, why


def _shape(element: ElementTree.Element) -> Any:
    tag = _tag(element)
    if tag == "Point":
        return shapely.Point(_pairs(element)[0])
    if tag == "LineString":
        return shapely.LineString(_pairs(element))
    if tag == "Polygon":
        rings = {"outerBoundaryIs": [], "innerBoundaryIs": []}  # type: dict[str, list[Any]]
        for boundary in element:
            if _tag(boundary) in rings:
                rings[_tag(boundary)].append(_pairs(boundary))
        return shapely.Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])
    parts = [_shape(child) for child in element if _tag(child) in ("Point", "LineString", "Polygon", "MultiGeometry")]
    kinds = {part.geom_type for part in parts}
    gather = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}
    only = kinds.pop() if len(kinds) == 1 else ""
    return gather[only](parts) if only in gather else shapely.GeometryCollection(parts)


def _pairs(element: ElementTree.Element) -> list[tuple[float, float]]:
    text = next((child.text or "" for child in element.iter() if _tag(child) == "coordinates"), "")
    return [(float(one.split(",")[0]), float(one.split(",")[1])) for one in text.split()]


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
