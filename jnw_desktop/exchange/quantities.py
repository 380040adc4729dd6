"""Numbers, diameters, years, days and coordinates as people and programs write them.

Every function takes a raw value that is not empty, returns ``None`` where it stands for no value (a program's filler),
and raises ValueError, worded for the list of rejects, where it cannot be read.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jnw_desktop.language import _

FIRST_YEAR, LAST_YEAR = 1800, 2200
MOST = 2**31 - 1  # what an integer column holds everywhere

_NUMBER = re.compile(r"^(?:dn|de|d|φ|ф|ø|Φ)?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(?:mm|m|cm|米|毫米|年)?$")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"(\D*)([-+]?(?:\d+|\d{1,3}(?:\.\d{3})+)),(\d+)(\D*)")
_INCHES = re.compile(
    r"^(?:ø|φ)?\s*(\d+(?:\.\d+)?|(?:(\d+)[\s-])?(\d+)/(\d+))\s*[- ]?(?:\"|″|”|''|in\.?|inch|inches|zoll|英寸)$"
)
_SECTION = re.compile(r"^[-+]?\d+\.?\d*\s*[x×*]\s*\d+\.?\d*$")
_DATE = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T\s].*)?$")
_DAY_FIRST = re.compile(r"^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T\s].*)?$")
_MONTH = re.compile(r"^(\d{4})[-/.年]?(0?[1-9]|1[0-2])月?$")
_SOME_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_DEGREES = re.compile(
    r"^([NSEW东西南北+-])?\s*(\d{1,3})\s*[°º度:d\s]\s*(\d{1,2})\s*[′'’分:m\s]\s*(\d{1,2}(?:\.\d+)?)\s*"
    r"(?:[″\"”秒s]|''|’’)?\s*([NSEW])?$",
    re.IGNORECASE,
)
# What programs write where there is no value: ArcGIS's null of a shapefile, rasters' and surveys' no-data, the last day
# of a calendar, the first of Excel's and .NET's.
_FILLERS = {-999.0, -9999.0, -99999.0, -999999.0}
_LEAST = -1e30
_NO_YEARS = {0, 1, 9999}
_NO_DAYS = {"1899-12-30", "1899-12-31"}
_EPOCH = datetime.date(1970, 1, 1)
_MILLISECONDS = 1_000_000_000  # a greater number is no day written as figures (19980501): it counts from 1970
_A_DAY = 86_400_000


@dataclass(frozen=True)
class Kept:
    """A value that a field cannot hold, but that is worth keeping in the note: ``text``."""

    text: str


def number(raw: Any) -> float | None:
    """A number, with the marks and units that stand around it."""
    if isinstance(raw, bool):
        raise ValueError(_("{value} is not a number").format(value=raw))  # noqa: TRY004 - told like any other value
    if isinstance(raw, int | float):
        value = float(raw)
    else:
        found = _NUMBER.match(_with_point(_flat(raw)))
        if found is None:
            raise ValueError(_("{value} is not a number").format(value=raw))
        value = float(found.group(1))
    if not math.isfinite(value):
        raise ValueError(_("{value} is not a number").format(value=raw))
    return None if value in _FILLERS or value < _LEAST else value


def without_fillers(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Numbers with NaN where a program's filler stands for none."""
    none = np.isin(values, list(_FILLERS)) | (values < _LEAST)
    return np.where(none, np.nan, values)


def _flat(raw: Any) -> str:
    return unicodedata.normalize("NFKC", str(raw)).strip().casefold()


def _with_point(text: str) -> str:
    """A number's text with a decimal point and no marks between thousands; 1,500 are one and a half thousand."""
    if "," not in text:
        return text
    if _THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    comma = _DECIMAL_COMMA.fullmatch(text)
    if comma is None:
        return text
    before, whole, part, after = comma.groups()
    return f"{before}{whole.replace('.', '')}.{part}{after}"


def integer(raw: Any) -> int | None:
    """A whole number."""
    value = number(raw)
    if value is None:
        return None
    if value != round(value):
        raise ValueError(_("{value} is not a whole number").format(value=raw))
    if abs(value) > MOST:
        raise ValueError(_("{value} is too great").format(value=raw))
    return int(value)


def size(raw: Any, factor: float) -> int | Kept | None:
    """A diameter in mm. 0 is what tables without an empty value write; a width × height has no diameter.

    ``factor`` turns a bare number into mm; a number that bears the mark of inches is in inches.
    """
    if isinstance(raw, str):
        text = _flat(raw)
        if _SECTION.match(text):
            return Kept(raw.strip())
        if inches := _INCHES.match(text):
            return round(_fraction(inches) * 25.4)
    value = number(raw)
    if value is None:
        return None
    value = round(value * factor, 6)
    if value < 0:
        raise ValueError(_("{value} is less than nothing").format(value=raw))
    if value > MOST:
        raise ValueError(_("{value} is too great").format(value=raw))
    return round(value) or None


def _fraction(found: re.Match[str]) -> float:
    plain, whole, above, below = found.groups()
    return float(plain) if above is None else int(whole or 0) + int(above) / max(int(below), 1)


def year(raw: Any) -> int | Kept | None:
    """A year, from a year, a month, a day or the milliseconds since 1970 that ArcGIS writes."""
    if isinstance(raw, datetime.date):
        return raw.year
    if isinstance(raw, str):
        raw = unicodedata.normalize("NFKC", raw).strip()
        if not _NUMBER.match(raw.casefold()) or _MONTH.match(raw):
            return _year_of_text(raw)
    if (day := _since_1970(raw)) is not None:
        return day.year
    value = integer(raw)
    if value is None or value in _NO_YEARS:
        return None
    if FIRST_YEAR <= value // 10000 <= LAST_YEAR:  # 19980501 as a number
        value = int(str(_day(raw, str(value // 10000), str(value // 100 % 100), str(value % 100)))[:4])
    if FIRST_YEAR <= value // 100 <= LAST_YEAR and 1 <= value % 100 <= 12:
        value //= 100
    if not FIRST_YEAR <= value <= LAST_YEAR:
        raise ValueError(_("{value} is not a year").format(value=raw))
    return value


def _year_of_text(text: str) -> int | Kept | None:
    """The year of a month, of a day, or in words."""
    if month := _MONTH.match(text):
        return year(int(month.group(1)))
    if _DATE.match(text) and len(_SOME_YEAR.findall(text)) < 2:
        found = date(text)
        return int(found[:4]) if isinstance(found, str) else found
    if day_first := _DAY_FIRST.match(text):
        return year(int(day_first.group(4)))
    if _SOME_YEAR.search(text):
        return Kept(text)  # about 1960, 1950-1955: what it means is for people to say
    raise ValueError(_("{value} is not a year").format(value=text))


def date(raw: Any) -> str | Kept | None:
    """A day as ISO 8601 writes it."""
    if isinstance(raw, datetime.date):
        return _plausible(raw.isoformat()[:10])
    if (day := _since_1970(raw)) is not None:
        return day.isoformat()
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    if not text.strip("0-/ :T."):
        return None  # 00000000: what tables without an empty value write
    if found := _DATE.match(text):
        return _day(raw, *found.groups())
    if found := _DAY_FIRST.match(text):
        first, mark, second, last = found.groups()
        if mark == "." or int(first) > 12 or first == second:
            return _day(raw, last, second, first)
        return _day(raw, last, first, second) if int(second) > 12 else Kept(text)  # 3/4/1998: April or March?
    raise ValueError(_("{value} is not a date").format(value=raw))


def _day(raw: Any, year_of: str, month: str, day: str) -> str | None:
    if int(year_of) in _NO_YEARS:
        return None
    try:
        found = datetime.date(int(year_of), int(month), int(day))
    except ValueError as error:
        raise ValueError(_("{value} is not a date").format(value=raw)) from error
    return _plausible(found.isoformat())


def _plausible(day: str) -> str | None:
    if day in _NO_DAYS or int(day[:4]) in _NO_YEARS:
        return None
    if not FIRST_YEAR <= int(day[:4]) <= LAST_YEAR:
        raise ValueError(_("{value} is not a date").format(value=day))
    return day


def _since_1970(raw: Any) -> datetime.date | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not _MILLISECONDS <= abs(raw) < 1e13:
        return None
    return _EPOCH + datetime.timedelta(days=raw // _A_DAY)


def coordinate(raw: Any) -> float:
    """A number with point or comma, or degrees, minutes and seconds; NaN where it is neither."""
    if isinstance(raw, str):
        if found := _DEGREES.match(raw.strip()):
            before, degrees, minutes, seconds, after = found.groups()
            value = int(degrees) + int(minutes) / 60 + float(seconds) / 3600
            return -value if (before or after or "").upper() in ("S", "W", "南", "西", "-") else value
        text = unicodedata.normalize("NFKC", raw).strip()
        raw = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text.replace(",", "")
    try:
        return float(raw)
    except (TypeError, ValueError):
        return float("nan")
