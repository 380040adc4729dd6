"""Tables of rows and columns: CSV with its encoding and separator found, and workbooks, read as they stream."""

from __future__ import annotations

import csv
import datetime
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import openpyxl
import openpyxl.utils.exceptions
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from jnw_desktop.exchange.archives import check_archive
from jnw_desktop.exchange.encoding import SAMPLE, choose, wide_encoding
from jnw_desktop.exchange.errors import unreadable
from jnw_desktop.exchange.rejects import is_formula
from jnw_desktop.language import _

HEAD_ROWS = 20  # a title may stand above the headings
Row = tuple[Any, ...]


@dataclass
class Table:
    """A table: its ``headings``, and its rows, each with the number it has in the file."""

    path: Path
    name: str
    headings: list[str]
    encoding: str
    _sheet: str | None
    _skip: int
    _delimiter: str = ","
    _formulas: bool = False

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Rows below the headings; blank ones are left out, short ones filled up."""
        width = len(self.headings)
        for number, row in enumerate(self._raw(), start=1):
            if number > self._skip and any(value is not None and value != "" for value in row):
                values = [plain_cell(value) for value in row[:width]]
                yield number, (*values, *[None] * (width - len(values)))

    def _raw(self) -> Iterator[Sequence[Any]]:
        if self._sheet is None:
            yield from _csv_rows(self.path, self.encoding, self._delimiter)
        else:
            yield from _sheet_rows(self.path, self._sheet, self._formulas)


def csv_table(path: Path, encoding: str | None) -> Table:
    """A CSV file. Raises UnreadableFile, WrongEncoding."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    name = wide_encoding(sample)
    if not name and b"\0" in sample[:1000]:
        raise unreadable(path, _("it is not a table of text"))
    name = name or choose(sample[: sample.rfind(b"\n") + 1] or sample, encoding).name
    text = sample.decode(name, "ignore")
    head = text.splitlines()[:HEAD_ROWS]
    delimiter = max(",\t;|", key=lambda mark: sum(line.count(mark) for line in head))
    rows = list(islice(_csv_rows(path, name, delimiter), HEAD_ROWS))
    headings, skip = _headings(path, rows)
    return Table(path, path.stem, headings, name, None, skip, delimiter)


def workbook_tables(path: Path) -> list[Table]:
    """The sheets of a workbook that hold a table. Raises UnreadableFile, UnsafeArchive. No formula is calculated."""
    check_archive(path)
    formulas = _has_formulas(path)
    tables = []
    for sheet in _sheet_names(path):
        rows = list(islice(_sheet_rows(path, sheet, formulas), HEAD_ROWS))
        if any(any(value not in (None, "") for value in row) for row in rows):
            headings, skip = _headings(path, rows)
            tables.append(Table(path, sheet, headings, "utf-8", sheet, skip, _formulas=formulas))
    if not tables:
        raise unreadable(path, _("it has no rows"))
    return tables


def plain_cell(value: Any) -> Any:
    """A cell's value as text, number, truth or ``None``; a formula, and what we escaped on export, is its text."""
    if isinstance(value, str):
        if value.startswith("'") and is_formula(value):
            return value[1:]
        return value.strip() or None
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return value


def _headings(path: Path, rows: Sequence[Sequence[Any]]) -> tuple[list[str], int]:
    """The fullest of the first rows that is all text, and how many rows come up to it."""
    best, found = 0, -1
    for at, row in enumerate(rows):
        filled = sum(isinstance(value, str) and bool(value.strip()) and not _is_number(value) for value in row)
        if filled > best:
            best, found = filled, at
    if found < 0:
        raise unreadable(path, _("it has no row of headings"))
    names: list[str] = []
    last = max((i for i, value in enumerate(rows[found]) if value not in (None, "")), default=-1)
    for at, value in enumerate(rows[found][: last + 1], start=1):
        name = " ".join(str(value).split()) if value not in (None, "") else f"column{at}"
        names.append(name if name not in names else f"{name}_{at}")
    return names, found + 1


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        with path.open(encoding=codec, newline="") as file:
            yield from csv.reader(file, delimiter=delimiter)
    except (UnicodeDecodeError, csv.Error) as error:
        raise unreadable(path, error) from error


def _sheet_names(path: Path) -> list[str]:
    with _workbook(path) as book:
        return [sheet.title for sheet in book.worksheets]


def _sheet_rows(path: Path, sheet: str, formulas: bool) -> Iterator[Row]:
    with _workbook(path) as book:
        rows = book[sheet].iter_rows(values_only=True)
        if not formulas:
            yield from rows
            return
        with _workbook(path, results=True) as reckoned:
            shown = reckoned[sheet].iter_rows(values_only=True)
            for row, values in zip_longest(rows, shown, fillvalue=()):
                yield tuple(_shown(cell, value) for cell, value in zip_longest(row, values))


def _shown(cell: Any, value: Any) -> Any:
    """What a cell shows: of a formula its result as it was saved, the formula where none was."""
    return value if value is not None and isinstance(cell, str | DataTableFormula | ArrayFormula) else cell


def _has_formulas(path: Path) -> bool:
    """Whether a cell of any sheet has a formula; a file that is no workbook has none."""
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        for name in sheets:
            with archive.open(name) as sheet:
                before = b""
                while some := sheet.read(1 << 20):
                    if b"<f>" in before + some or b"<f " in before + some:
                        return True
                    before = some[-2:]
    return False


class _workbook:
    """An open workbook; damage is told in our words whenever it is met."""

    def __init__(self, path: Path, results: bool = False) -> None:
        self._path = path
        self._results = results

    def __enter__(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which we do not read
            try:
                self._book = openpyxl.load_workbook(self._path, read_only=True, data_only=self._results)
            except (
                openpyxl.utils.exceptions.InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError,
            ) as error:  # fmt: skip
                raise unreadable(self._path, error) from error
        return self._book

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        self._book.close()
        if isinstance(error, zipfile.BadZipFile | SyntaxError | ValueError | KeyError):
            raise unreadable(self._path, error) from error
