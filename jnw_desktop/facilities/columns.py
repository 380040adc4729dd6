"""Whole columns of a table as arrays, without a Python object for each row.

The database joins a column into one text; a million uids come in a tenth of the time and memory of rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

Column = sa.ColumnElement[Any]
Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

ROWS = 1 << 17  # read at once: the texts of so many rows take some 15 MB
FEW = 100_000  # rows asked for one by one; of more the whole table is read
PART = 10_000  # rows fetched at once: one by one takes twice as long
_CHUNK = 500  # values in one IN (…): SQLite's old limit of variables is 999
_BLANK = " " * 36  # as long as a uid, so that a column with gaps is still of one width
_SPLIT = "\n"


def key_columns(
    connection: sa.Connection, table: sa.Table, keys: Mapping[str, Column], numbers: Mapping[str, Column]
) -> tuple[dict[str, Keys], dict[str, Floats]]:
    """Every row of ``table``: uids as keys (see :func:`key_of`), numbers as floats, in the order of ``fid``.

    ``numbers`` must not be unknown: say what stands for that. ``fid`` comes with the numbers.
    """
    last = connection.scalar(sa.select(sa.func.max(table.c.fid))) or 0
    parts = [_read(connection, table, keys, numbers, [table.c.fid > low, table.c.fid <= low + ROWS])
             for low in range(0, last, ROWS)]  # fmt: skip
    return _one(keys, numbers, parts)


def key_columns_where(
    connection: sa.Connection,
    table: sa.Table,
    keys: Mapping[str, Column],
    numbers: Mapping[str, Column],
    where: Sequence[Column],
) -> tuple[dict[str, Keys], dict[str, Floats]]:
    """The same of rows that meet one of the conditions ``where``; a row must meet no more than one of them."""
    return _one(keys, numbers, [_read(connection, table, keys, numbers, [each]) for each in where])


def rows_of(
    connection: sa.Connection, table: sa.Table, columns: Sequence[Column], fids: Sequence[int]
) -> Iterator[Sequence[Any]]:
    """Rows ``(fid, *columns)`` of those of ``fids`` that are there, in no order."""
    query = sa.select(table.c.fid, *columns)
    if len(fids) > FEW:
        wanted = set(fids)
        for part in connection.execute(query).partitions(PART):
            yield from (row for row in part if row[0] in wanted)
        return
    for low in range(0, len(fids), _CHUNK):
        yield from connection.execute(query.where(table.c.fid.in_(fids[low : low + _CHUNK])))


def _one(
    keys: Mapping[str, Column], numbers: Mapping[str, Column], parts: list[dict[str, Any]]
) -> tuple[dict[str, Keys], dict[str, Floats]]:
    fids = np.concatenate([part["fid"] for part in parts]) if parts else np.zeros(0)
    order = None if np.all(fids[1:] > fids[:-1]) else np.argsort(fids, kind="stable")

    def whole(name: str, kind: type) -> npt.NDArray[Any]:
        column = np.concatenate([part[name] for part in parts]) if parts else np.zeros(0, dtype=kind)
        return column if order is None else column[order]

    found = {name: whole(name, np.float64) for name in (*numbers, "fid")}
    return {name: whole(name, np.uint64) for name in keys}, found


def _read(
    connection: sa.Connection,
    table: sa.Table,
    keys: Mapping[str, Column],
    numbers: Mapping[str, Column],
    where: list[Column],
) -> dict[str, Any]:
    def joined(value: Column, by: str) -> Column:
        return sa.func.aggregate_strings(value, by)

    texts = [joined(sa.func.coalesce(sa.func.nullif(column, ""), _BLANK), _SPLIT) for column in keys.values()]
    figures = [joined(sa.cast(column, sa.Text), ",") for column in (table.c.fid, *numbers.values())]
    row = connection.execute(sa.select(*texts, *figures).where(*where)).one()
    named = dict(zip([*keys, "fid", *numbers], row, strict=True))
    if named["fid"] is None:
        return {name: np.zeros(0, dtype=np.uint64 if name in keys else np.float64) for name in named}
    return {name: key_of(text) if name in keys else _numbers(text) for name, text in named.items()}


def _numbers(text: str) -> Floats:
    return np.array(json.loads(f"[{text}]"), dtype=np.float64)  # four times as quick as numpy's own reading of text


def key_of(text: str) -> Keys:
    """A 64-bit key for each of the uids in ``text``, parted by line ends; 0 for a blank one.

    A multilinear hash with a finisher (splitmix64). Of two million random uids two have one key with a probability of
    1e-7.
    """
    raw = text.encode()
    width = raw.find(b"\n") + 1 or len(raw) + 1
    whole = np.frombuffer(raw + b"\n", dtype=np.uint8)
    if len(whole) % width == 0 and np.all(whole.reshape(-1, width)[:, -1] == ord("\n")) and raw.count(b"\n") == (
        len(whole) // width - 1
    ):  # fmt: skip
        letters = whole.reshape(-1, width)[:, :-1]
    else:
        listed = np.array(raw.split(b"\n"))
        letters = listed.view(np.uint8).reshape(len(listed), -1)
    return _hashed(letters)


def _hashed(letters: npt.NDArray[np.uint8]) -> Keys:
    count, width = letters.shape
    words = -(-width // 8)
    padded = np.zeros((count, words * 8), dtype=np.uint8)
    padded[:, :width] = letters
    padded[padded == ord(" ")] = 0
    values = padded.view(np.uint64)
    mixed = np.zeros(count, dtype=np.uint64)
    for place, factor in zip(range(words), _factors(), strict=False):
        mixed += values[:, place] * factor
    blank = ~values.any(axis=1)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    mixed[mixed == 0] = 1
    mixed[blank] = 0
    return mixed


def _factors() -> Iterator[np.uint64]:
    """Odd numbers without end, the same every time."""
    state = 0x9E3779B97F4A7C15
    while True:
        yield np.uint64(state | 1)
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
