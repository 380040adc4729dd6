"""Which column of a file is which field of ours: guessed from names, changed by the user, saved under a name."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jnw_desktop.exchange.errors import MappingRefused
from jnw_desktop.facilities.kinds import KINDS, Kind
from jnw_desktop.facilities.queries import kind_of
from jnw_desktop.language import _

IDENTITY = ("code", "uid")  # of every kind, beside its own fields
_MARKS = re.compile(r"[\s_\-./:：,，*#'\"]+")
_UNIT = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
# Columns that Giswater's tables of every kind have, and hardly another's; two of them tell.
_GISWATER = {"statetype", "explid", "sectorid", "arccatid", "nodecatid", "conneccatid", "connecatid", "epatype"}
_UNIT_LAST = re.compile(r"[_\s](mm|cm|in|inch|inches|ft|m)$")  # DIAM_IN
_UNITS = {"mm": 0.001, "毫米": 0.001, "cm": 0.01, "厘米": 0.01, "m": 1.0, "米": 1.0, "km": 1000.0, "公里": 1000.0,
          "in": 0.0254, "inch": 0.0254, "inches": 0.0254, "英寸": 0.0254, "ft": 0.3048, "英尺": 0.3048}  # fmt: skip
UNITS = tuple(_UNITS)


@dataclass
class Mapping:
    """How rows of a layer become facilities of ``kind``.

    ``columns``: our field to the file's column. ``units``: the unit a number is in where it is not the field's own.
    ``values``: by field, the file's value to ours. ``crs``, ``encoding`` and ``layer`` are kept with a saved mapping.
    """

    kind: str
    columns: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    crs: str = ""
    encoding: str = ""
    layer: str = ""

    def factor(self, name: str) -> float:
        """What a number of the field is multiplied with to be in the field's unit."""
        given = self.units.get(name)
        declared = KINDS[self.kind].field(name)
        own = declared.unit if declared is not None else ""
        return _UNITS[given] / _UNITS[own] if given in _UNITS and own in _UNITS else 1.0

    def lines(self) -> list[str]:
        """The mapping for people: one line for each column that is used."""
        return [f"{column} → {self.kind}.{name}{self._unit(name)}" for name, column in self.columns.items()]

    def _unit(self, name: str) -> str:
        return f" ({self.units[name]})" if name in self.units else ""


def plain(name: str) -> str:
    """A name as it is compared: no case, width, accents, spaces, marks or unit."""
    bare = unicodedata.normalize("NFKD", _UNIT.sub("", unicodedata.normalize("NFKC", str(name))).casefold())
    return _MARKS.sub("", "".join(letter for letter in bare if not unicodedata.combining(letter)))


def short_name(name: str) -> str:
    """A field's name in the ten characters of a shapefile; a short one is itself."""
    if len(name) <= 10:
        return name
    first, _mark, rest = name.partition("_")
    return f"{first[:4]}_{rest[:5]}" if rest else name[:10]


def guess(kind: str, columns: Sequence[str]) -> Mapping:
    """The mapping that the names of the columns suggest: the model's own names first, then known synonyms."""
    declared = KINDS[kind]
    names = [*IDENTITY, *(one.name for one in declared.fields)]
    left = {plain(column): column for column in reversed(columns)}
    mapping = Mapping(kind)
    for spelled in (plain, lambda name: plain(short_name(name))):
        for name in names:
            if name not in mapping.columns and spelled(name) in left:
                mapping.columns[name] = left.pop(spelled(name))
    for own in (True, False):
        for name in names:
            if name not in mapping.columns:
                word = next((word for word in _synonyms(kind, name, own) if word in left), None)
                if word is not None:
                    mapping.columns[name] = left.pop(word)
    order = {name: at for at, name in enumerate(names)}
    mapping.columns = dict(sorted(mapping.columns.items(), key=lambda item: order[item[0]]))
    mapping.units = _units(declared, mapping.columns)
    if "state" in mapping.columns and len(_GISWATER & {plain(column) for column in columns}) >= 2:
        mapping.values = {name: dict(words) for name, words in _resource("values.toml")["giswater"].items()}
    return mapping


def _units(kind: Kind, columns: dict[str, str]) -> dict[str, str]:
    """Units that headings state in brackets, where they are not the field's own."""
    found = {}
    for name, column in columns.items():
        stated = _UNIT.search(unicodedata.normalize("NFKC", column)) or _UNIT_LAST.search(column.casefold())
        declared = kind.field(name)
        if stated and declared is not None and declared.unit in _UNITS:
            unit = stated.group(1).strip().casefold()
            if unit in _UNITS and _UNITS[unit] != _UNITS[declared.unit]:
                found[name] = unit
    return found


@cache
def _resource(name: str) -> dict[str, Any]:
    return tomllib.loads((files("jnw_resources") / "exchange" / name).read_text("utf-8"))


def _synonyms(kind: str, name: str, own: bool) -> list[str]:
    section = _resource("synonyms.toml").get(kind if own else "any", {})
    title = KINDS[kind].field(name)
    words = [*section.get(name, []), *([_chinese(title.title)] if own and title is not None else [])]
    return [plain(word) for word in words if word]


def code_columns(kind: str, columns: Sequence[str]) -> list[str]:
    """Those of ``columns`` that are named as codes of the kind, the likeliest first."""
    named = {plain(column): column for column in reversed(columns)}
    words = dict.fromkeys(["code", *_synonyms(kind, "code", own=True), *_synonyms(kind, "code", own=False)])
    return [named[word] for word in words if word in named]


def numbering_columns(columns: Sequence[str]) -> list[str]:
    """Those of ``columns`` that bear codes in some files and in others only number the rows, the likeliest first."""
    named = {plain(column): column for column in reversed(columns)}
    words = _resource("synonyms.toml")["numbering"]
    return [named[plain(word)] for word in (*words["ids"], *words["keys"]) if plain(word) in named]


def is_row_key(column: str) -> bool:
    """Whether a column is named as the row keys that GIS programs give anew with every export."""
    return plain(column) in {plain(word) for word in _resource("synonyms.toml")["numbering"]["keys"]}


def _chinese(title: str) -> str:
    """A field's name on our own screens: what people type into a table they make for us."""
    return _(title)


@cache
def value_synonyms(code_list: str, chinese: bool) -> dict[str, str]:
    """Known words for the codes of a list, plain; ``chinese``: those that only a table in Chinese means, as well."""
    values = _resource("values.toml")
    words = dict(values.get(code_list, {}))
    if chinese:
        words |= values.get("cjj61", {}).get(code_list, {})
    return {plain(word): code for word, code in words.items()}


def kind_words(kind: str) -> list[str]:
    """Words that name a layer or file of the kind."""
    return [kind, *_resource("synonyms.toml")["kinds"].get(kind, [])]


def is_chinese(text: str) -> bool:
    """Whether a heading has Chinese characters."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def read_mapping(path: Path) -> Mapping:
    """A saved mapping. Raises MappingRefused, UsageError for an unknown kind."""
    try:
        stored = tomllib.loads(path.read_text("utf-8"))
        kind = kind_of(str(stored["kind"])).id
        mapping = Mapping(
            kind,
            {str(name): str(column) for name, column in stored.get("columns", {}).items()},
            {str(name): str(unit) for name, unit in stored.get("units", {}).items()},
            {name: {str(k): str(v) for k, v in words.items()} for name, words in stored.get("values", {}).items()},
            *(str(stored.get(name, "")) for name in ("crs", "encoding", "layer")),
        )
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise MappingRefused(
            _("The mapping {file} cannot be read: {why}").format(file=path.name, why=error),
            _('It is a TOML file with kind = "pipe" and a table [columns] of field = "column".'),
        ) from error
    known = {*IDENTITY, *(one.name for one in KINDS[kind].fields)}
    strange = [name for name in (*mapping.columns, *mapping.units, *mapping.values) if name not in known]
    strange += [unit for unit in mapping.units.values() if unit not in _UNITS]
    if strange:
        raise MappingRefused(
            _("The mapping {file} names what there is not: {names}").format(
                file=path.name, names=", ".join(dict.fromkeys(strange))
            ),
            _("Fields of {kind}: {fields}. Units: {units}.").format(
                kind=kind, fields=", ".join(sorted(known)), units=", ".join(UNITS)
            ),
        )
    return mapping


def write_mapping(mapping: Mapping, path: Path) -> None:
    """Save a mapping as TOML."""
    lines = [f"{name} = {_quoted(value)}" for name, value in _heading(mapping)]
    for title, table in (("columns", mapping.columns), ("units", mapping.units)):
        lines += ["", f"[{title}]", *(f"{name} = {_quoted(value)}" for name, value in table.items())]
    for name, words in mapping.values.items():
        lines += ["", f"[values.{name}]", *(f"{_quoted(word)} = {_quoted(code)}" for word, code in words.items())]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _heading(mapping: Mapping) -> list[tuple[str, str]]:
    stored = {"kind": mapping.kind, "layer": mapping.layer, "crs": mapping.crs, "encoding": mapping.encoding}
    return [(name, value) for name, value in stored.items() if value]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "")
    return f'"{escaped}"'
