"""Opens whatever file it is given: the reader by the file's ending, and which of its layers are meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyproj

from jnw_desktop.exchange.archives import unpacked
from jnw_desktop.exchange.errors import KindUnclear, NoSuchLayer, UnreadableFile, unreadable
from jnw_desktop.exchange.geojson import geojson
from jnw_desktop.exchange.geopackage import geopackage
from jnw_desktop.exchange.layer import Layer
from jnw_desktop.exchange.mapping import kind_words
from jnw_desktop.exchange.pointtables import table_layer
from jnw_desktop.exchange.survey import Known, is_line_table, is_point_table, survey_layers
from jnw_desktop.exchange.tabular import Table, csv_table, workbook_tables
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.language import _

MAIN = (".shp", ".gpkg", ".geojson", ".json", ".kml", ".dxf", ".inp", ".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".fgb",
        ".gml", ".tab", ".mif", ".gpx")  # fmt: skip
_BESIDE = (".dbf", ".shx", ".prj", ".cpg")


@dataclass(frozen=True)
class Part:
    """A layer, and the kind of facility its rows are."""

    kind: str
    layer: Layer


class Opener:
    """Opens files for as long as its block lasts; ``encoding`` is the user's, ``known`` places points of a survey."""

    def __init__(self, encoding: str | None, known: Known, crs: pyproj.CRS) -> None:
        self._encoding = encoding
        self._known = known
        self._crs = crs
        self._stack = ExitStack()

    def __enter__(self) -> Opener:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()

    def layers(self, files: Sequence[Path], as_survey: bool = True) -> list[Layer]:
        """Every layer of ``files``. Raises UnreadableFile, UnsafeArchive, WrongEncoding."""
        found: list[Layer] = []
        tables: list[Table] = []
        for path in [inner for file in files for inner in self._unpacked(_looked_at(file))]:
            ending = path.suffix.lower()
            if ending in (".csv", ".txt", ".tsv"):
                tables.append(csv_table(path, self._encoding))
            elif ending in (".xlsx", ".xlsm"):
                tables += workbook_tables(path)
            else:
                found += self._read(path, ending)
        found += self._from_tables(tables, as_survey)
        for layer in found:
            self._stack.callback(layer.close)
        return found

    def _unpacked(self, path: Path) -> list[Path]:
        if path.suffix.lower() not in (".zip", ".kmz"):
            return [path]
        inside = self._stack.enter_context(unpacked(path))
        wanted = {_database(file) or file for file in inside if _database(file) or file.suffix.lower() in MAIN}
        wanted = {file for file in wanted if file.is_dir() or file.stat().st_size}
        if not wanted:
            raise unreadable(path, _("nothing in it can be read"))
        return sorted(wanted)

    def _read(self, path: Path, ending: str) -> list[Layer]:  # noqa: PLR0911 - one for each format
        from jnw_desktop.exchange import dxf, inp, kml, shapefile, vector  # each brings libraries of its own

        if ending in _BESIDE:
            path = path.with_suffix(".shp")
            ending = ".shp"
            if not path.exists():
                raise unreadable(path, _("the shapes (.shp) are missing"))
        if ending == ".shp":
            return [shapefile.shapefile(path, self._encoding)]
        if ending == ".gpkg":
            return geopackage(path)
        if ending in (".geojson", ".json"):
            return [geojson(path, self._encoding)]
        if ending == ".kml":
            return kml.kml_layers(path)
        if ending == ".dxf":
            return dxf.dxf_layers(path, self._encoding)
        if ending == ".inp":
            return inp.inp_layers(path, self._encoding)
        return vector.vector_layers(path, self._encoding)

    def _from_tables(self, tables: list[Table], as_survey: bool) -> list[Layer]:
        points = [table for table in tables if as_survey and is_point_table(table)]
        lines = [table for table in tables if as_survey and is_line_table(table) and not _placed(table)]
        others = [table for table in tables if table not in points and table not in lines]
        placed = [table for table in others if not (points or lines) or _placed(table)]
        survey = survey_layers(points, lines, self._known, self._crs, self._stack) if points or lines else []
        return survey + [table_layer(table) for table in placed]


def _database(path: Path) -> Path | None:
    """The file geodatabase (a folder) that a file is of."""
    return next((folder for folder in path.parents if folder.suffix.lower() == ".gdb"), None)


def _placed(table: Table) -> bool:
    from jnw_desktop.exchange.pointtables import place_columns, wkt_column

    return wkt_column(table.headings) is not None or place_columns(table.headings) is not None


def _looked_at(path: Path) -> Path:
    if not path.exists():
        raise UnreadableFile(_("There is no file {file}.").format(file=path), _("Check the name."))
    if path.is_dir() and path.suffix.lower() != ".gdb":
        raise unreadable(path, _("it is a folder"))
    if path.is_file() and path.stat().st_size == 0:
        raise unreadable(path, _("it is empty"))
    return path


def choose_parts(layers: list[Layer], kind: str, layer: str) -> list[Part]:
    """Which layers are meant and what their rows are. Raises NoSuchLayer, KindUnclear."""
    if layer:
        chosen = (
            [one for one in layers if one.name == layer]
            or [one for one in layers if one.name.casefold() == layer.casefold()]
            or [one for one in layers if one.name.rpartition(":")[0] == layer and (not kind or _fits(one, kind))]
        )
        if not chosen:
            raise NoSuchLayer(_("The file has no layer {name}.").format(name=layer), _names(layers))
        layers = chosen
    if kind:
        return _of_kind(layers, kind)
    fixed = [Part(one.kind, one) for one in layers if one.kind]
    named = [Part(one.name, one) for one in layers if not one.kind and one.name in KINDS]
    named += [Part(one.named_kind, one) for one in layers if one.named_kind in KINDS and one.name not in KINDS]
    if fixed or named:
        return sorted(fixed + named, key=_turn)
    if len(layers) > 1:
        raise NoSuchLayer(_("The file has several layers; say which."), _names(layers))
    return [Part(_guessed(layers[0]), layers[0])]


def settled_parts(layers: list[Layer], kinds: Mapping[str, str]) -> list[Part]:
    """The layers named in ``kinds``, each as the kind it was settled to be. Raises NoSuchLayer."""
    there = {one.name: one for one in layers}
    for name, kind in kinds.items():
        if name not in there:
            raise NoSuchLayer(_("The file has no layer {name}.").format(name=name), _names(layers))
        if there[name].kind not in ("", kind):
            raise NoSuchLayer(_("The file has no {kind}.").format(kind=_(KINDS[kind].title)), _names(layers))
    return sorted((Part(kind, there[name]) for name, kind in kinds.items()), key=_turn)


def likely_kind(layer: Layer) -> str:
    """The kind a layer's rows seem to be, empty where nothing says so."""
    try:
        return layer.kind or (layer.name if layer.name in KINDS else layer.named_kind) or _guessed(layer)
    except KindUnclear:
        return ""


def _turn(part: Part) -> int:
    """What others refer to comes in first: kinds without references, then what pipes end at, pipes, all others."""
    if not any(field.type == "reference" for field in KINDS[part.kind].fields):
        return 0
    return 1 if part.kind in ENDS else 2 if part.kind == "pipe" else 3


def _of_kind(layers: list[Layer], kind: str) -> list[Part]:
    own = [one for one in layers if one.kind == kind]
    if any(one.kind for one in layers):
        if not own:
            raise NoSuchLayer(_("The file has no {kind}.").format(kind=_(KINDS[kind].title)), _names(layers))
        return [Part(kind, one) for one in own]
    named = [one for one in layers if one.name == kind] or layers
    if len(named) > 1:
        named = [one for one in layers if _fits(one, kind) and _is_called(one, kind)]
    if len(named) != 1:
        raise NoSuchLayer(_("The file has several layers; say which."), _names(layers))
    return [Part(kind, named[0])]


def _fits(layer: Layer, kind: str) -> bool:
    wanted = {"POINT": "point", "LINESTRING": "line", "MULTILINESTRING": "line"}.get(KINDS[kind].geometry, "area")
    return layer.geometry in ("", wanted)


def _is_called(layer: Layer, kind: str) -> bool:
    """Whether the layer's name has a word of the kind."""
    parts = re.split(r"[\W_\d]+", layer.name.casefold())
    known = kind_words(kind)
    return bool({*parts, "".join(parts)} & set(known)) or any(
        word in layer.name for word in known if not word.isascii()
    )


def _guessed(layer: Layer) -> str:
    for name in (name for name in KINDS if _fits(layer, name)):
        if _is_called(layer, name):
            return name
    if layer.geometry == "line":
        return "pipe"
    raise KindUnclear(
        _("Nothing says what {layer} holds.").format(layer=layer.name),
        _("Give --kind, one of: {kinds}").format(kinds=", ".join(KINDS)),
    )


def _names(layers: list[Layer]) -> str:
    return _("Give --layer, one of: {names}").format(names=", ".join(one.name for one in layers))
