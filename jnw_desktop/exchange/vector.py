"""Vector files that GDAL reads (FlatGeobuf, GML, MapInfo, GPX, FileGDB and the like), by fiona. Never a workspace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import fiona
import fiona.errors
import numpy as np
import pyproj
import shapely

from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.geojson import read_geometries
from jnw_desktop.exchange.layer import BATCH, Batch, Layer, geometry_word

logging.getLogger("fiona").setLevel(logging.CRITICAL)  # what goes wrong is raised, and told in our words
_FAULTS = (fiona.errors.FionaError, fiona.errors.FionaValueError, ValueError, OSError)


def vector_layers(path: Path, encoding: str | None) -> list[Layer]:
    """The layers of a file, in its order. Raises UnreadableFile."""
    try:
        return [_layer(path, name, encoding) for name in fiona.listlayers(path)]
    except _FAULTS as error:
        raise unreadable(path, error) from error


def _layer(path: Path, name: str, encoding: str | None) -> Layer:
    with fiona.open(path, layer=name, encoding=encoding) as source:
        stated = source.crs_wkt
        crs = pyproj.CRS.from_wkt(stated) if stated else None
        columns = list(source.schema["properties"])
        word = geometry_word(source.schema["geometry"])
    return Layer(name, columns, lambda: _batches(path, name, encoding, columns), crs, word, encoding or "")


def _batches(path: Path, name: str, encoding: str | None, columns: list[str]) -> Iterator[Batch]:
    first = 1
    try:
        with fiona.open(path, layer=name, encoding=encoding) as source:
            features = iter(source)
            while some := list(islice(features, BATCH)):
                rows: list[Any] = [feature.properties for feature in some]
                shapes, reasons = read_geometries(
                    [None if one.geometry is None else one.geometry.__geo_interface__ for one in some]
                )
                values = {column: [row[column] for row in rows] for column in columns}
                yield Batch(np.arange(first, first + len(some)), values, shapes, reasons)
                first += len(some)
    except (*_FAULTS, shapely.GEOSException) as error:
        raise unreadable(path, error) from error
