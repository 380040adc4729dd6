"""A city as arrays: what the rules look at. Values only; ``loading`` fills it from a workspace."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.facilities.checks.limits import Limits, RuleTable
from jnw_desktop.facilities.kinds import ENDS, KINDS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
Bounds = tuple[float, float, float, float]

UNSET, UNKNOWN = -1, -2  # a reference that is not given; one that names nothing
NOT_LIVE = ("planned", "abandoned", "removed")


@dataclass(frozen=True)
class Coded:
    """A column of words: ``number`` (n,) indexes ``words``, ``UNSET`` where there is none."""

    number: Ints
    words: tuple[str, ...]

    def among(self, *words: str) -> Bools:
        """(n,) whether the value is one of ``words``."""
        wanted = [index for index, word in enumerate(self.words) if word in words]
        return np.isin(self.number, wanted)

    @property
    def given(self) -> Bools:
        """(n,) whether there is a value."""
        return self.number >= 0

    def text(self, rows: Ints) -> Objects:
        """The words of some rows, empty where there is none."""
        return np.array([*self.words, ""], dtype=object)[self.number[rows]]


@dataclass(frozen=True)
class Rows:
    """Every facility of one kind, (n,) each: keys, ``shape`` (shapely or None), and the columns rules look at.

    ``numbers`` are NaN where unknown, ``dates`` NaT. ``references`` hold row numbers of what is referred to (of a
    pipe's, valve's and pump station's ends: vertex numbers), ``UNSET`` or ``UNKNOWN``.
    """

    kind: str
    uid: Objects
    code: Objects
    version: Ints
    born: Ints
    shape: Objects
    numbers: Mapping[str, Floats]
    codes: Mapping[str, Coded]
    dates: Mapping[str, npt.NDArray[np.datetime64]]
    references: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(self.uid)

    @cached_property
    def sound(self) -> Bools:
        """(n,) whether the geometry is there, not empty and made of numbers."""
        box = shapely.bounds(self.shape)
        return np.asarray(np.isfinite(box).all(axis=1), dtype=bool)

    @cached_property
    def live(self) -> Bools:
        """(n,) whether it is in service; an unknown state counts as in service."""
        return ~self.codes["state"].among(*NOT_LIVE)

    @cached_property
    def middle(self) -> Floats:
        """(n, 2) a place of each, east and north; NaN without geometry."""
        middle = np.full((len(self), 2), np.nan)
        which = np.flatnonzero(self.sound)
        box = shapely.bounds(self.shape[which])
        middle[which] = (box[:, :2] + box[:, 2:]) / 2
        return middle


@dataclass(frozen=True)
class Vertices:
    """Every facility a pipe can end at: ``kind`` indexes ``ENDS``, ``row`` its rows; ``xy`` (n, 2), ``live`` (n,)."""

    kind: Ints
    row: Ints
    xy: Floats
    live: Bools

    def __len__(self) -> int:
        return len(self.kind)

    def of(self, *kinds: str) -> Bools:
        """(n,) whether it is of one of ``kinds``."""
        return np.isin(self.kind, [ENDS.index(kind) for kind in kinds])


@dataclass(frozen=True)
class City:
    """The whole workspace: ``rows`` of every kind, the rule ``table``, ``today``, the ``area`` its CRS is made for."""

    rows: Mapping[str, Rows]
    table: RuleTable
    today: datetime.date = field(default_factory=datetime.date.today)
    area: Bounds | None = None

    @property
    def limits(self) -> Limits:
        """The figures rules measure by."""
        return self.table.limits

    @property
    def pipes(self) -> Rows:
        """The pipes."""
        return self.rows["pipe"]

    @cached_property
    def vertices(self) -> Vertices:
        """What pipes can end at, kind after kind in the order of ``ENDS``."""
        parts = [self.rows[kind] for kind in ENDS]
        counts = [len(part) for part in parts]
        shapes = np.concatenate([part.shape for part in parts])
        return Vertices(
            np.repeat(np.arange(len(ENDS)), counts),
            np.concatenate([np.arange(count) for count in counts]),
            np.stack([shapely.get_x(shapes), shapely.get_y(shapes)], axis=1),
            np.concatenate([part.live for part in parts]),
        )

    def of_vertices(self, column: str) -> Floats:
        """(n,) a number of every vertex; NaN where its kind has no such field."""
        parts = [self.rows[kind] for kind in ENDS]
        return np.concatenate([part.numbers.get(column, np.full(len(part), np.nan)) for part in parts])

    def names_of_vertices(self, vertices: Ints) -> Objects:
        """The codes of some vertices; empty for -1."""
        every = np.concatenate([*(self.rows[kind].code for kind in ENDS), np.array([""], dtype=object)])
        return np.asarray(every[vertices], dtype=object)

    @cached_property
    def node_kind(self) -> Coded:
        """What kind of node each vertex is; unset where it is no node."""
        column = self.rows["node"].codes["node_kind"]
        number = np.full(len(self.vertices), UNSET)
        number[self.vertices.of("node")] = column.number
        return Coded(number, column.words)


def empty_rows(kind: str) -> Rows:
    """No facility of a kind."""
    return RowsBuilder(kind).rows()


class _Numbering(dict[Any, int]):
    """Numbers words as they come."""

    def __missing__(self, word: Any) -> int:
        self[word] = number = UNSET if word is None else len(self)
        return number


class RowsBuilder:
    """Collects rows of one kind, block after block of columns as a database gives them (``None`` is unknown)."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        fields = KINDS[kind].fields
        self.numeric = [f.name for f in fields if f.type in ("integer", "number")]
        self.coded = [f.name for f in fields if f.code_list]
        self.dated = [f.name for f in fields if f.type == "date"]
        self.referring = [f.name for f in fields if f.type == "reference"]
        self.columns = ["uid", "code", "version", "born", *self.numeric, *self.coded, *self.dated, *self.referring]
        self._blocks: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in (*self.columns, "geom")}
        self._words = {name: _Numbering() for name in self.coded}

    def add(self, block: Mapping[str, Sequence[Any]]) -> None:
        """One block: column to values, geometry (``geom``) as WKB; columns left out are unknown."""
        count = len(next(iter(block.values())))
        nothing = (None,) * count
        for name in self._blocks:
            self._blocks[name].append(self._array(name, block.get(name, nothing)))

    def _array(self, name: str, values: Sequence[Any]) -> npt.NDArray[Any]:
        if name == "geom":
            return np.asarray(shapely.from_wkb(_objects(values), on_invalid="ignore"))
        if name in self._words:
            return np.fromiter(map(self._words[name].__getitem__, values), dtype=np.int64, count=len(values))
        if name in self.numeric or name in ("version", "born"):
            return _numbers(values)
        return _dates(values) if name in self.dated else _objects(values)

    def rows(self) -> Rows:
        """All that came; references are ``UNSET`` until :func:`resolved`."""
        self.add(dict.fromkeys(self.columns, ()))
        whole = {name: np.concatenate(blocks) for name, blocks in self._blocks.items()}
        self.raw_references = {name: whole[name] for name in self.referring}
        count = len(whole["uid"])
        return Rows(
            self.kind,
            whole["uid"],
            np.array([code or "" for code in whole["code"]], dtype=object),
            np.nan_to_num(whole["version"]).astype(np.int64),
            np.nan_to_num(whole["born"]).astype(np.int64),
            whole["geom"],
            {name: whole[name] for name in self.numeric},
            {name: Coded(whole[name], self._in_order(name)) for name in self.coded},
            {name: whole[name] for name in self.dated},
            {name: np.full(count, UNSET) for name in self.referring},
        )

    def _in_order(self, name: str) -> tuple[str, ...]:
        # None may take a place in the numbering's length; an empty word keeps the numbers right.
        words = {number: str(word) for word, number in self._words[name].items() if number >= 0}
        return tuple(words.get(number, "") for number in range(max(words, default=-1) + 1))


def _objects(values: Sequence[Any]) -> Objects:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _numbers(values: Sequence[Any]) -> Floats:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):  # a file may hold a word where a number belongs
        return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def _dates(values: Sequence[Any]) -> npt.NDArray[np.datetime64]:
    try:
        return np.array(values, dtype="datetime64[D]")
    except (TypeError, ValueError):
        return np.array([_date(value) for value in values], dtype="datetime64[D]")


def _date(value: Any) -> np.datetime64:
    try:
        return np.datetime64(value, "D")
    except (TypeError, ValueError):
        return np.datetime64("NaT", "D")


REFERS_TO = {"chamber": "chamber", "meter": "meter", "neighbourhood": "neighbourhood", "pipe": "pipe"}


def assemble(builders: Mapping[str, RowsBuilder], table: RuleTable, **rest: Any) -> City:
    """The city of what was collected, kinds that are not there empty, references resolved to numbers."""
    collected = {kind: builders.get(kind) or RowsBuilder(kind) for kind in KINDS}
    rows = {kind: builder.rows() for kind, builder in collected.items()}
    every_end = np.concatenate([rows[kind].uid for kind in ENDS])
    ends = dict(zip(every_end.tolist(), range(len(every_end)), strict=True)) | {None: UNSET, "": UNSET}
    for kind, builder in collected.items():
        resolved = {}
        for name in builder.referring:
            numbers = ends if name in ("start_node", "end_node") else _numbers_of(rows[REFERS_TO[name]])
            given = builder.raw_references[name]
            resolved[name] = np.fromiter((numbers.get(uid, UNKNOWN) for uid in given), np.int64, len(given))
        if resolved:
            rows[kind] = _with_references(rows[kind], resolved)
    return City(rows, table, **rest)


def _numbers_of(rows: Rows) -> dict[Any, int]:
    return dict(zip(rows.uid.tolist(), range(len(rows)), strict=True)) | {None: UNSET, "": UNSET}


def _with_references(rows: Rows, resolved: Mapping[str, Ints]) -> Rows:
    values = {name: getattr(rows, name) for name in Rows.__dataclass_fields__}
    return Rows(**(values | {"references": resolved}))
