"""Survey tables after CJJ 61: a table of points (点表) and a table of lines (线表) become nodes, devices and pipes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any

import numpy as np
import pyproj
import shapely

from jnw_desktop.exchange.layer import Batch, Layer, Objects, objects
from jnw_desktop.exchange.mapping import guess, plain
from jnw_desktop.exchange.pointtables import place_columns, points_of, row_batches
from jnw_desktop.exchange.spooling import Rows, Spool
from jnw_desktop.exchange.tabular import Table
from jnw_desktop.language import _

_NUMBERS = ("物探点号", "图上点号", "点号", "管点编号", "管线点号", "sexp", "点编号", "管线点编号", "管点号",
            "expno", "mapno", "本点号", "点名")  # fmt: skip
_APPURTENANCE = ("附属物", "附属物名称", "fsw", "附属设施", "建构筑物", "附属物类型", "subsid")
_FEATURE = ("特征", "特征点", "管点特征", "tz", "点类型", "特征类型", "管线点特征", "feature")
_FEATURE_CODE = ("点编码", "要素编码", "编码", "分类代码")
FEATURE = "_feature"  # the column that holds our code for what a point is
_NUMBERED = {plain(name) for name in _NUMBERS}
Place = tuple[float, float]
Places = dict[str, Place]  # of points, by name
Known = Callable[[Iterable[str]], Mapping[str, Place]]


@dataclass(frozen=True)
class Feature:
    """What a name or code of CJJ 61 is with us: a kind, and for one of its fields a code."""

    kind: str
    field: str
    code: str


@cache
def features() -> dict[str, Feature]:
    """Features by plain name and by eight-digit code."""
    text = (files("jnw_resources") / "exchange" / "features.csv").read_text("utf-8")
    found: dict[str, Feature] = {}
    for row in csv.DictReader(text.splitlines()):
        feature = Feature(row["kind"], row["field"], row["code"])
        found[plain(row["name"])] = feature
        found.setdefault(row["feature"], feature)
    return found


def _named(table: Table, names: Iterable[str]) -> str | None:
    headings = {plain(heading): heading for heading in reversed(table.headings)}
    return next((headings[plain(name)] for name in names if plain(name) in headings), None)


def is_line_table(table: Table) -> bool:
    """Whether a table's rows name the points a line begins and ends at."""
    return {"start_node", "end_node"} <= guess("pipe", table.headings).columns.keys()


def is_point_table(table: Table) -> bool:
    """Whether a table's rows are survey points: numbered, placed, and said what they are."""
    said = _named(table, _APPURTENANCE) or _named(table, _FEATURE)
    numbered = _named(table, _NUMBERS)
    return bool(said and numbered and place_columns(table.headings)) and not is_line_table(table)


def survey_layers(
    points: list[Table], lines: list[Table], known: Known, crs: pyproj.CRS, stack: ExitStack
) -> list[Layer]:
    """Layers by kind. Lines with a point in no table are placed by ``known``: by code, coordinates in ``crs``.

    ``known`` is asked when such lines are read, after the points of the tables were stored. Points are set aside on
    disk until ``stack`` closes.
    """
    named = _names_of_lines(lines)
    places: Places = {}
    layers = [layer for table in points for layer in _point_layers(table, named, places, stack)]
    for table in lines:
        if not points:
            layers.append(_line_layer(table, partial(row_batches, table), places, crs, known))
            continue
        rows, all_placed = _set_aside(table, places, stack)
        layers.append(_line_layer(table, rows, places, None))
        if not all_placed:
            layers.append(_line_layer(table, rows, places, crs, known))
    return layers


def _set_aside(table: Table, places: Places, stack: ExitStack) -> tuple[Callable[[], Iterator[Rows]], bool]:
    """The rows of a table of lines, read once, and whether the points of all are in ``places``."""
    spool, all_placed = Spool(), True
    stack.callback(spool.close)
    for numbers, columns in row_batches(table):
        spool.add(table.name, numbers, columns)
        all_placed = all_placed and all(
            first in places and last in places for first, last in _named_ends(table, columns)
        )
    return partial(spool.rows, table.name), all_placed


def _named_ends(table: Table, columns: Mapping[str, list[Any]]) -> list[tuple[str, str]]:
    """The names of the points each line begins and ends at."""
    fields = guess("pipe", table.headings).columns
    first, last = ([_text(value) for value in columns[fields[end]]] for end in ("start_node", "end_node"))
    return list(zip(first, last, strict=True))


def _names_of_lines(lines: list[Table]) -> set[str]:
    """Some names of points that lines use: they tell which number of a point is meant."""
    for table in lines:
        start = guess("pipe", table.headings).columns["start_node"]
        for _numbers, columns in row_batches(table):
            return {_text(value) for value in columns[start]}
    return set()


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _point_layers(table: Table, named: set[str], places: Places, stack: ExitStack) -> list[Layer]:
    """Layers of a table of points by kind; where its points are is put down in ``places``."""
    pair = place_columns(table.headings)
    assert pair is not None
    spool = Spool()
    stack.callback(spool.close)
    candidates = [heading for heading in table.headings if plain(heading) in _NUMBERED]
    meant = dict.fromkeys(candidates, 0)  # how many values of each column lines name
    own: dict[str, str] = {}
    for numbers, columns in row_batches(table):
        for heading in candidates:
            meant[heading] += sum(_text(value) in named for value in columns[heading])
        found = _classify(table, columns, len(numbers))
        columns[FEATURE] = [feature.code or None for feature in found]
        by_kind: dict[str, list[int]] = {}
        for at, feature in enumerate(found):
            by_kind.setdefault(feature.kind, []).append(at)
            if feature.field:
                own.setdefault(feature.kind, feature.field)
        for kind, rows in by_kind.items():
            part = {name: [values[at] for at in rows] for name, values in columns.items()}
            spool.add(kind, [numbers[at] for at in rows], part)
    code = max(candidates, key=lambda heading: meant[heading])
    for kind in spool.keys():  # noqa: SIM118 - no mapping
        for _numbers, columns in spool.rows(kind):
            _put_down(columns[code], points_of(columns[pair[0]], columns[pair[1]])[0], places)
    return [
        Layer(
            f"{table.name} {kind}", table.headings, _spooled(spool, kind, pair), None, "point", table.encoding, pair[2],
            kind, {"code": code} | ({own[kind]: FEATURE} if kind in own else {}),
        )
        for kind in spool.keys()  # noqa: SIM118 - no mapping
    ]  # fmt: skip


def _put_down(codes: list[Any], shapes: Objects, places: Places) -> None:
    """The first place of each code counts."""
    there = np.flatnonzero(~shapely.is_missing(shapes))
    for at, (x, y) in zip(there.tolist(), shapely.get_coordinates(shapes[there]).tolist(), strict=True):
        places.setdefault(_text(codes[at]), (x, y))


def _classify(table: Table, columns: dict[str, list[Any]], count: int) -> list[Feature]:
    known = features()
    told: list[Feature | None] = [None] * count
    for names in (_APPURTENANCE, _FEATURE, _FEATURE_CODE):
        column = _named(table, names)
        for at, value in enumerate(columns[column] if column else ()):
            if told[at] is None and value is not None:
                told[at] = known.get(plain(_text(value)))
    return [feature or Feature("node", "", "") for feature in told]


def _spooled(spool: Spool, kind: str, pair: tuple[str, str, bool]) -> Callable[[], Iterator[Batch]]:
    def read() -> Iterator[Batch]:
        for numbers, columns in spool.rows(kind):
            shapes, reasons = points_of(columns[pair[0]], columns[pair[1]])
            yield Batch(np.array(numbers), columns, shapes, reasons)

    return read


def _line_layer(
    table: Table,
    rows_of: Callable[[], Iterator[Rows]],
    places: Mapping[str, Place],
    crs: pyproj.CRS | None,
    known: Known | None = None,
) -> Layer:
    """The lines whose points are all in ``places``; with ``known`` the others."""

    def read() -> Iterator[Batch]:
        for numbers, columns in rows_of():
            pairs = _named_ends(table, columns)
            inside = [first in places and last in places for first, last in pairs]
            rows = [row for row, here in enumerate(inside) if here == (known is None)]
            if not rows:
                continue
            ends = [pairs[row] for row in rows]
            at = places if known is None else known({name for pair in ends for name in pair})
            shapes, reasons = _drawn(ends, at)
            some = {name: [values[row] for row in rows] for name, values in columns.items()}
            yield Batch(np.array([numbers[row] for row in rows]), some, shapes, reasons)

    north_first = crs is None  # points of the tables are as the tables have them, known ones as the workspace has them
    fields = guess("pipe", table.headings).columns
    return Layer(
        table.name, table.headings, read, crs, "line", table.encoding, north_first, "pipe", fields, joined=True
    )


def _drawn(ends: list[tuple[str, str]], at: Mapping[str, Place]) -> tuple[Objects, dict[int, str]]:
    """Lines between named points, and by place why one cannot be drawn."""
    shapes = objects([None] * len(ends))
    reasons: dict[int, str] = {}
    for row, (first, last) in enumerate(ends):
        lacking = first if first not in at else last
        if lacking not in at:
            reasons[row] = _("the point {name} is not there").format(name=lacking or "''")
        elif first == last:
            reasons[row] = _("it begins and ends at the same point {name}").format(name=first)
        else:
            shapes[row] = shapely.LineString([at[first], at[last]])
    return shapes, reasons
