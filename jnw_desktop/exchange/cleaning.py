"""Raw values of a file as the fields of a kind hold them: each different value is worked out once."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jnw_desktop.exchange.differences import field_title
from jnw_desktop.exchange.layer import Objects, objects
from jnw_desktop.exchange.mapping import Mapping, is_chinese, plain, value_synonyms
from jnw_desktop.exchange.quantities import Kept, date, integer, number, size, without_fillers, year
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.fields import Field
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

_BLANK = {"", "-", "--", "/", "\\", "无数据", "不详", "未知", "null", "<null>", "none", "n/a", "na", "nan", "unknown"}
_YES = {"1", "true", "t", "yes", "y", "是", "有", "已移交"}
_NO = {"0", "false", "f", "no", "n", "否", "无", "未移交"}
_BARE = {int, float, type(None)}
_TEXTS = {str, type(None)}
YEARS = ("year", "rebuilt")  # fields that hold a year
REMEMBERED = 200_000  # different values of a column that are kept


@dataclass(frozen=True)
class Wrong:
    """A value that makes its row a reject, and why."""

    why: str


class Cleaner(dict[Any, Any]):
    """What raw values mean for one field: a value, ``None``, :class:`Kept` or :class:`Wrong`."""

    def __init__(self, work_out: Callable[[Any], Any], factor: float | None = None) -> None:
        super().__init__()
        self._work_out = work_out
        self._factor = factor  # of a field that holds any number
        self._text = work_out is _text

    def numbers(self, raw: Sequence[Any]) -> Any:
        """A column of nothing but numbers at once, NaN where there is none; ``None`` where each must be looked at."""
        if self._factor is None or not {type(value) for value in raw} <= _BARE:
            return None
        values = np.array(raw, dtype=np.float64)
        return None if np.isinf(values).any() else without_fillers(values) * self._factor

    def values_of(self, raw: Sequence[Any]) -> list[Any]:
        """Each of ``raw`` as it is meant. Plain text, such as a million codes, is looked at as a whole."""
        if self._text and set(map(type, raw)) <= _TEXTS:
            whole = "".join(filter(None, raw))
            if whole.isascii() and whole.isprintable():
                return [value.strip() or None if value else None for value in raw]
        return list(map(self.__getitem__, raw))

    def __missing__(self, raw: Any) -> Any:
        try:
            value = None if _empty(raw) else self._work_out(raw)
        except (ValueError, OverflowError) as error:
            value = Wrong(str(error))
        if len(self) < REMEMBERED:
            self[raw] = value
        return value


@dataclass
class Cleaned:
    """Rows of a batch as the kind holds them; ``wrong`` by place in the batch, ``kept`` counts by field and text."""

    columns: dict[str, Objects] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)
    kept: dict[tuple[str, str], int] = field(default_factory=dict)


class Cleaning:
    """Cleans batch after batch by one mapping; remembers what it has worked out."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        kind = KINDS[mapping.kind]
        self._cleaners = {
            name: Cleaner(
                _work_out(kind.field(name), mapping.values.get(name, {}), mapping.factor(name), is_chinese(column)),
                _factor(kind.field(name), mapping),
            )
            for name, column in mapping.columns.items()
        }

    def clean(self, columns: dict[str, Sequence[Any]] | Any, count: int) -> Cleaned:
        """The mapped columns of a batch of ``count`` rows."""
        done = Cleaned()
        for name, cleaner in self._cleaners.items():
            raw = columns.get(self._mapping.columns[name])
            numbers = None if raw is None else cleaner.numbers(raw)
            if numbers is not None:
                done.columns[name] = numbers
                continue
            values = [None] * count if raw is None else cleaner.values_of(raw)
            strange = {type(value) for value in values} & {Kept, Wrong}
            if strange:
                self._set_apart(name, values, done)
            done.columns[name] = objects(values)
        return done

    def _set_apart(self, name: str, values: list[Any], done: Cleaned) -> None:
        notes = done.columns.get("note")
        for at, value in enumerate(values):
            if isinstance(value, Wrong):
                reason = f"{self._called(name)}: {value.why}"
                done.wrong[at] = f"{done.wrong[at]}; {reason}" if at in done.wrong else reason
                values[at] = None
            elif isinstance(value, Kept):
                key = (name, value.text)
                done.kept[key] = done.kept.get(key, 0) + 1
                if notes is None:
                    notes = done.columns["note"] = objects([None] * len(values))
                told = f"{name}={value.text}"
                notes[at] = told if notes[at] is None else f"{notes[at]}; {told}"
                values[at] = None

    def _called(self, name: str) -> str:
        """A field as the user knows it: its title, and the heading of the file's column where it is another."""
        called, column = field_title(self._mapping.kind, name), self._mapping.columns[name]
        return (
            called
            if plain(column) == plain(called)
            else _("{field} (column {column})").format(field=called, column=column)
        )


def _factor(declared: Field | None, mapping: Mapping) -> float | None:
    return mapping.factor(declared.name) if declared is not None and declared.type == "number" else None


def _empty(raw: Any) -> bool:
    return raw is None or (isinstance(raw, float) and math.isnan(raw)) or (isinstance(raw, str) and not raw.strip())


def _says_unknown(raw: Any) -> bool:
    """Whether text stands for no value; asked only where text is no value itself."""
    return isinstance(raw, str) and raw.strip().casefold() in _BLANK


def cleaner_of(field: Field, *, chinese: bool = True) -> Cleaner:
    """What raw values mean for a field that no kind of facility has: a plugin's own table as people fill it in.

    ``chinese``: the file speaks Chinese.
    """
    return Cleaner(_work_out(field, {}, 1.0, chinese))


def _work_out(declared: Field | None, given: dict[str, str], factor: float, chinese: bool) -> Callable[[Any], Any]:
    if declared is None or declared.type == "reference":
        return _text
    if declared.code_list:
        return _coded(declared.code_list, given, chinese)
    if declared.type == "text":
        return _text
    convert = _converter(declared, factor)
    return lambda raw: None if _says_unknown(raw) else convert(raw)


def _converter(declared: Field, factor: float) -> Callable[[Any], Any]:
    if declared.type == "integer":
        if declared.unit:
            return lambda raw: size(raw, factor)
        return year if declared.name in YEARS else integer
    if declared.type == "number":
        return lambda raw: None if (value := number(raw)) is None else value * factor
    return {"date": date, "boolean": _boolean}[declared.type]


def _text(raw: Any) -> str | None:
    if type(raw) is str and raw.isascii() and raw.isprintable():  # a million codes
        return raw.strip() or None
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = unicodedata.normalize("NFC", str(raw)).strip()
    return "".join(character for character in text if character >= " " or character in "\n\t") or None


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    text = (str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)).strip().casefold()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise ValueError(_("{value} is neither yes nor no").format(value=raw))


def _coded(name: str, given: dict[str, str], chinese: bool) -> Callable[[Any], Any]:
    """What a value of a code list means: its code, its Chinese or English name, a known word."""
    entries = code_list(name)
    codes = {entry.code for entry in entries}
    known = dict(value_synonyms(name, chinese))
    for entry in entries:
        known |= {plain(entry.zh): entry.code, plain(entry.en): entry.code, plain(entry.code): entry.code}
    exact = {str(word): code for word, code in given.items()} | {code: code for code in codes}

    def work_out(raw: Any) -> Any:
        text = _text(raw) or ""
        code = exact.get(text, known.get(plain(text)))
        if code is None:
            return None if _says_unknown(text) else Kept(text)
        return code or None

    return work_out


def word(raw: Any) -> str:
    """A file's value as a mapping's table of values writes it."""
    return "" if _empty(raw) else _text(raw) or ""
