"""A city as arrays: what the rules look at. Values only; ``loading`` fills it from a workspace."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat
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
PIPE_ENDS = ("start_node", "end_node")
NOT_LIVE = ("planned", "abandoned", "removed")


@dataclass(frozen=True)
class Coded:
    """A column of words: ``number`` (n,) indexes ``words``, ``UNSET`` where there is none."""

    number: npt.NDArray[np.integer[Any]]
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
        return np.asarray(np.array([*self.words, ""], dtype=object)[self.number[rows]])


@dataclass(frozen=True)
class Rows:
    """Every facility of one kind, (n,) each: keys, ``shape`` (shapely or None), and the columns rules look at.

    ``middle`` (n, 2) is a place of each, east and north; NaN where the geometry is not there, empty, or has a
    coordinate that is no number. Of kinds that are points it says all there is, and there are no shapes.

    ``numbers`` are NaN where unknown, ``dates`` NaT. ``references`` hold row numbers of what is referred to (of a
    pipe's, valve's and pump station's ends: vertex numbers), ``UNSET`` or ``UNKNOWN``.
    """

    kind: str
    uid: Objects
    code: Objects
    version: Ints
    born: Ints
    shape: Objects
    middle: Floats
    numbers: Mapping[str, Floats]
    codes: Mapping[str, Coded]
    dates: Mapping[str, npt.NDArray[np.datetime64]]
    references: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(self.uid)

    @cached_property
    def sound(self) -> Bools:
        """(n,) whether the geometry is there, not empty and made of numbers."""
        return np.asarray(np.isfinite(self.middle).all(axis=1), dtype=bool)

    @cached_property
    def live(self) -> Bools:
        """(n,) whether it is in service; an unknown state counts as in service."""
        return ~self.codes["state"].among(*NOT_LIVE)


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
class Unfed:
    """Parts of the network that no source feeds, (n,) each.

    ``uid`` is that of a part's first pipe, ``count`` of its pipes, ``length`` theirs in metres.
    """

    uid: Objects
    count: Ints
    length: Floats


@dataclass(frozen=True)
class City:
    """The whole workspace: ``rows`` of every kind, the rule ``table``, ``today``, the ``area`` its CRS is made for.

    Where ``rows`` are but a few of a workspace, ``unfed`` says what only the whole tells; some source feeds the rest.
    """

    rows: Mapping[str, Rows]
    table: RuleTable
    today: datetime.date = field(default_factory=datetime.date.today)
    area: Bounds | None = None
    unfed: Unfed | None = None

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
        return Vertices(
            np.repeat(np.arange(len(ENDS)), counts),
            np.concatenate([np.arange(count) for count in counts]),
            np.concatenate([part.middle for part in parts]),
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


class RowsBuilder:
    """Collects rows of one kind, block after block of columns as a database gives them (``None`` is unknown).

    Words and days come as one text, in the order of ``worded``, parted by ``SEPARATOR``: a million rows have a few
    thousand such texts, so that each is taken apart once. With ``ends`` (see :func:`number_ends`) what a pipe ends at
    is numbered as it comes, and a million uids need not be held.
    """

    SEPARATOR = "\x1f"

    def __init__(self, kind: str, ends: Mapping[Any, int] | None = None) -> None:
        self.kind = kind
        self._ends = ends
        self._middles: list[Floats] = []
        fields = KINDS[kind].fields
        self.numeric = ["version", "born", *(f.name for f in fields if f.type in ("integer", "number"))]
        self.coded = [f.name for f in fields if f.code_list]
        self.dated = [f.name for f in fields if f.type == "date"]
        self.referring = [f.name for f in fields if f.type == "reference"]
        self.worded = [*self.coded, *self.dated]
        self.columns = ["uid", "code", *self.numeric, *self.referring, "words", "geom"]
        self._blocks: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in self.columns}
        self._texts = _Numbering()

    def add(self, block: Sequence[Sequence[Any]]) -> None:
        """One block: the values of every one of ``columns``, geometry as WKB."""
        for name, values in zip(self.columns, block, strict=True):
            self._blocks[name].append(self._array(name, values))

    def _array(self, name: str, values: Sequence[Any]) -> npt.NDArray[Any]:
        if name == "geom":
            return self._shapes(values)
        if name in PIPE_ENDS and self._ends is not None:
            return np.fromiter(map(self._ends.get, values, repeat(UNKNOWN)), dtype=np.int64, count=len(values))
        if name == "words":
            return np.fromiter(map(self._texts.__getitem__, values), dtype=np.int32, count=len(values))
        return _numbers(values) if name in self.numeric else _objects(values)

    def _shapes(self, values: Sequence[Any]) -> Objects:
        """The shapes to keep of a block, whose middles are kept."""
        points = KINDS[self.kind].geometry == "POINT"
        middle = _plain_points(values) if points else None
        if middle is None:
            with np.errstate(invalid="ignore"):  # a coordinate may be no number
                shapes = np.asarray(shapely.from_wkb(_objects(values), on_invalid="ignore"))
            self._middles.append(_middle(shapes))
            return shapes[:0] if points else shapes
        self._middles.append(middle)
        return _objects(())

    @property
    def uids(self) -> Iterator[str]:
        """The uid of every row so far."""
        return (uid for block in self._blocks["uid"] for uid in block.tolist())

    def rows(self) -> Rows:
        """All that came; references are ``UNSET`` until :func:`assemble` resolves them."""
        self.add([()] * len(self.columns))
        whole = {name: np.concatenate(self._blocks.pop(name)) for name in self.columns}  # each block goes at once
        self.raw_references = {name: whole[name] for name in self.referring}
        count = len(whole["uid"])
        apart = [text.split(self.SEPARATOR) for text in self._texts] or [[""] * len(self.worded)]
        words = dict(zip(self.worded, zip(*apart, strict=True), strict=True))
        unknown = np.array([code is None for code in whole["code"]], dtype=bool)
        return Rows(
            self.kind,
            whole["uid"],
            np.where(unknown, "", whole["code"]),
            np.nan_to_num(whole["version"]).astype(np.int64),
            np.nan_to_num(whole["born"]).astype(np.int64),
            whole["geom"],
            np.concatenate(self._middles),
            {name: _lean(whole[name]) for name in self.numeric[2:]},
            {name: _coded(words[name], whole["words"]) for name in self.coded},
            {name: _lean(_dates(words[name])[whole["words"]]) for name in self.dated},
            {name: np.broadcast_to(UNSET, count) for name in self.referring},
        )


_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("at", "<f8", 2)])  # WKB of a point in the plane, little-endian


def _plain_points(values: Sequence[Any]) -> Floats | None:
    """(n, 2) the places of points in WKB, read at once; ``None`` where one is missing or of another make."""
    if not all(isinstance(value, bytes) and len(value) == _POINT.itemsize for value in values):
        return None
    points = np.frombuffer(b"".join(values), dtype=_POINT)
    at: Floats = points["at"].copy()
    plain = (points["order"] == 1).all() and (points["type"] == 1).all() and np.isfinite(at).all()
    return at if plain else None


def _middle(shapes: Objects) -> Floats:
    """(n, 2) the middle of the bounds of each, NaN where these are not finite."""
    box = shapely.bounds(shapes).reshape(-1, 4)
    middle: Floats = (box[:, :2] + box[:, 2:]) / 2
    middle[~np.isfinite(box).all(axis=1)] = np.nan
    return middle


def _lean(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A column without a value takes no room: most of a pipe's figures nobody has recorded."""
    if len(values) and bool(np.isnan(values).all() if values.dtype.kind == "f" else np.isnat(values).all()):
        return np.broadcast_to(values[0], len(values))
    return values


class _Numbering(dict[str, int]):
    """Numbers texts as they come."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


def _coded(words: Sequence[str], text: npt.NDArray[np.integer[Any]]) -> Coded:
    """A column of words, given the word in each text and the number of each row's text."""
    known = {word: number for number, word in enumerate(dict.fromkeys(word for word in words if word))}
    if not known:
        return Coded(np.broadcast_to(np.int32(UNSET), len(text)), ())
    return Coded(np.array([known.get(word, UNSET) for word in words], dtype=np.int32)[text], tuple(known))


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


def _dates(words: Sequence[str]) -> npt.NDArray[np.datetime64]:
    return np.array([_date(word) for word in words], dtype="datetime64[D]")


def _date(word: str) -> np.datetime64:
    try:
        return np.datetime64(word or "NaT", "D")
    except ValueError:  # a file may hold a word where a day belongs
        return np.datetime64("NaT", "D")


REFERS_TO = {"chamber": "chamber", "meter": "meter", "neighbourhood": "neighbourhood", "pipe": "pipe"}


def number_ends(builders: Mapping[str, RowsBuilder]) -> dict[Any, int]:
    """The number each facility that a pipe can end at will have among the city's vertices, by uid."""
    return _numbers_of(uid for kind in ENDS if kind in builders for uid in builders[kind].uids)


def assemble(
    builders: Mapping[str, RowsBuilder], table: RuleTable, ends: Mapping[Any, int] | None = None, **rest: Any
) -> City:
    """The city of what was collected, kinds that are not there empty, references resolved to numbers.

    ``ends``: the numbers that pipes' ends were resolved to as they came.
    """
    collected = {kind: builders.get(kind) or RowsBuilder(kind) for kind in KINDS}
    ends = number_ends(collected) if ends is None else ends
    rows = {kind: builder.rows() for kind, builder in collected.items()}
    for kind, builder in collected.items():
        resolved = {}
        for name, given in builder.raw_references.items():
            if given.dtype != object:
                resolved[name] = given
                continue
            if name in PIPE_ENDS:
                numbers = ends
            else:
                some = any(uid is not None for uid in given)
                numbers = _numbers_of(rows[REFERS_TO[name]].uid.tolist() if some else ())
            resolved[name] = np.fromiter(map(numbers.get, given, repeat(UNKNOWN)), np.int64, len(given))
        if resolved:
            rows[kind] = replace(rows[kind], references=resolved)
    return City(rows, table, **rest)


def _numbers_of(uids: Iterable[str]) -> dict[Any, int]:
    numbers: dict[Any, int] = {uid: number for number, uid in enumerate(uids)}
    numbers[None] = numbers[""] = UNSET
    return numbers
