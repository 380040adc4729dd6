"""Raw values of a file as the fields of a kind hold them: each different value is worked out once."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jnw_desktop.exchange.layer import Objects, objects
from jnw_desktop.exchange.mapping import Mapping, is_chinese, plain, value_synonyms
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.fields import Field
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

_BLANK = {"", "-", "--", "/", "\\", "无数据", "不详", "未知", "null", "<null>", "none", "n/a", "na", "nan", "unknown"}
_NUMBER = re.compile(r"^(?:dn|de|d|φ|ф|ø|Φ)?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(?:mm|m|cm|米|毫米|年)?$")
_SECTION = re.compile(r"^[-+]?\d+\.?\d*\s*[x×*]\s*\d+\.?\d*$")
_DATE = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T\s].*)?$")
_MONTH = re.compile(r"^(\d{4})[-/.年]?(0?[1-9]|1[0-2])月?$")
_YES = {"1", "true", "t", "yes", "y", "是", "有", "已移交"}
_NO = {"0", "false", "f", "no", "n", "否", "无", "未移交"}
YEARS = ("year", "rebuilt")  # fields that hold a year
FIRST_YEAR, LAST_YEAR = 1800, 2200
REMEMBERED = 200_000  # different values of a column that are kept


@dataclass(frozen=True)
class Kept:
    """A value that a field cannot hold, but that is worth keeping in the note: ``text``."""

    text: str


@dataclass(frozen=True)
class Wrong:
    """A value that makes its row a reject, and why."""

    why: str


class Cleaner(dict[Any, Any]):
    """What raw values mean for one field: a value, ``None``, :class:`Kept` or :class:`Wrong`."""

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        super().__init__()
        self._work_out = work_out

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
                _work_out(kind.field(name), mapping.values.get(name, {}), mapping.factor(name), is_chinese(column))
            )
            for name, column in mapping.columns.items()
        }

    def clean(self, columns: dict[str, Sequence[Any]] | Any, count: int) -> Cleaned:
        """The mapped columns of a batch of ``count`` rows."""
        done = Cleaned()
        for name, cleaner in self._cleaners.items():
            raw = columns.get(self._mapping.columns[name])
            values = [None] * count if raw is None else [cleaner[value] for value in raw]
            strange = {type(value) for value in values} & {Kept, Wrong}
            if strange:
                self._set_apart(name, values, done)
            done.columns[name] = objects(values)
        return done

    def _set_apart(self, name: str, values: list[Any], done: Cleaned) -> None:
        notes = done.columns.get("note")
        for at, value in enumerate(values):
            if isinstance(value, Wrong):
                reason = f"{name}: {value.why}"
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
            return lambda raw: _size(raw, factor)
        return _year if declared.name in YEARS else _integer
    if declared.type == "number":
        return lambda raw: _number(raw) * factor
    return {"date": _date, "boolean": _boolean}[declared.type]


def _text(raw: Any) -> str | None:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = unicodedata.normalize("NFC", str(raw)).strip()
    return "".join(character for character in text if character >= " " or character in "\n\t") or None


def _number(raw: Any) -> float:
    if isinstance(raw, bool):
        raise ValueError(_("{value} is not a number").format(value=raw))  # noqa: TRY004 - told like any other value
    if isinstance(raw, int | float):
        value = float(raw)
    else:
        text = unicodedata.normalize("NFKC", str(raw)).strip().casefold()
        if text.count(",") and "." not in text.split(",")[-1] and re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+", text):
            text = text.replace(",", "")
        found = _NUMBER.match(text)
        if found is None:
            raise ValueError(_("{value} is not a number").format(value=raw))
        value = float(found.group(1))
    if not math.isfinite(value):
        raise ValueError(_("{value} is not a number").format(value=raw))
    return value


def _integer(raw: Any) -> int:
    value = _number(raw)
    if value != round(value):
        raise ValueError(_("{value} is not a whole number").format(value=raw))
    if abs(value) > 2**31 - 1:
        raise ValueError(_("{value} is too great").format(value=raw))
    return int(value)


def _size(raw: Any, factor: float) -> int | Kept | None:
    """A diameter in mm. 0 is what tables without an empty value write; a width × height has no diameter."""
    if isinstance(raw, str) and _SECTION.match(unicodedata.normalize("NFKC", raw).strip().casefold()):
        return Kept(raw.strip())
    value = round(_number(raw) * factor, 6)
    if value < 0:
        raise ValueError(_("{value} is less than nothing").format(value=raw))
    if value > 2**31 - 1:
        raise ValueError(_("{value} is too great").format(value=raw))
    return round(value) or None


def _year(raw: Any) -> int | None:
    """A year, from a year, a month or a day."""
    if isinstance(raw, str):
        text = unicodedata.normalize("NFKC", raw).strip()
        if month := _MONTH.match(text):
            raw = int(month.group(1))
        elif _DATE.match(text):
            day = _date(text)
            raw = None if day is None else int(day[:4])
            if raw is None:
                return None
    value = _integer(raw)
    if value == 0:
        return None
    if FIRST_YEAR <= value // 10000 <= LAST_YEAR:  # 19980501 as a number
        return _year(str(value))
    if FIRST_YEAR <= value // 100 <= LAST_YEAR and 1 <= value % 100 <= 12:
        value //= 100
    if not FIRST_YEAR <= value <= LAST_YEAR:
        raise ValueError(_("{value} is not a year").format(value=raw))
    return value


def _date(raw: Any) -> str | None:
    if isinstance(raw, datetime.date):
        return raw.isoformat()[:10]
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    if not text.strip("0-/ :T."):
        return None  # 00000000: what tables without an empty value write
    found = _DATE.match(text)
    if found is None:
        raise ValueError(_("{value} is not a date").format(value=raw))
    try:
        day = datetime.date(*(int(part) for part in found.groups()))
    except ValueError as error:
        raise ValueError(_("{value} is not a date").format(value=raw)) from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(_("{value} is not a date").format(value=raw))
    return day.isoformat()


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


def numeric_sample(columns: Any, column: str, count: int = 5000) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The numbers among the first values of a column."""
    raw = list(columns.get(column) or ())[:count]
    return np.array(
        [value for value in raw if isinstance(value, int | float) and not math.isnan(value)], dtype=np.float64
    )
