"""Which column holds the codes that people know facilities by, and which only numbers the rows of its file.

A column that is named as a code (``code``, 编号, ``asset id``, ``arc_id`` …) is one. A column named ``id`` or the like
is one when its values look like identifiers: text such as ``P-17``, or numbers with wide gaps as registers have them.
Numbers that run through the rows begin anew with the next file, so taking them for codes would let that file overwrite
the facilities of this one. The row keys of GIS programs (``fid``, ``OBJECTID`` …) number anew whenever they export.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from jnw_desktop.exchange.layer import BATCH, Batch, Layer
from jnw_desktop.exchange.mapping import Mapping, code_columns, is_chinese, is_row_key, numbering_columns, plain
from jnw_desktop.facilities.kinds import ENDS
from jnw_desktop.language import N_, _

MISTAKEN = 0.2  # share of repeats up to which a column is taken for codes, some of them given twice by mistake
FILLED = 0.5  # share of the numbers from 0 to the greatest that rows use when they are numbered, some of them deleted
REPEATS = N_("{column} says the same of many rows and is no code; codes are made.")
NUMBERS = N_(
    "{column} only numbers the rows and is no code; codes are made. If it is the code, say so: --mapping with "
    'code = "{column}".'
)
_WHOLE = re.compile(r"-?(?:0|[1-9]\d*)(?:\.0+)?")  # 007 is a code: nobody numbers rows so


def settle_code(mapping: Mapping, layer: Layer, first: Batch) -> None:
    """Let ``mapping`` take the code from the column that holds codes, or from none; what was turned down is noted.

    ``first`` are the first rows of ``layer``.
    """
    if not layer.kind:
        _leave_repeating(mapping, layer, first)
    if "code" in mapping.columns:
        return
    used = set(mapping.columns.values())
    left = [one for one in numbering_columns(list(first.columns)) if one not in used]
    serving = next((one for one in left if _serves(one, layer, first)), None)
    if serving is not None:
        _take(mapping, serving)
        return
    named = next((name for name in first.columns if plain(name) == "name"), None)
    if mapping.kind in (*ENDS, "pipe") and not layer.kind and named is not None and _identifies(first.columns[named]):
        mapping.columns = {name: one for name, one in mapping.columns.items() if one != named}
        _take(mapping, named)
        return
    for one in left:
        if _repeats(first.columns[one]):
            _note(layer, one, REPEATS)
        elif any(value is not None for value in first.columns[one]):
            _note(layer, one, NUMBERS)


def _take(mapping: Mapping, column: str) -> None:
    mapping.columns = {"code": column} | mapping.columns


def _leave_repeating(mapping: Mapping, layer: Layer, first: Batch) -> None:
    """From a column named as a code that says the same of many rows to the next one so named."""
    columns = code_columns(mapping.kind, layer.columns)
    while "code" in mapping.columns:
        taken = mapping.columns["code"]
        if plain(taken) == "code" or not _repeats(first.columns[taken]):
            return
        del mapping.columns["code"]
        _note(layer, taken, REPEATS)
        left = [one for one in columns[columns.index(taken) + 1 :] if one not in mapping.columns.values()]
        if left:
            _take(mapping, left[0])


def _note(layer: Layer, column: str, text: str) -> None:
    layer.notes.append(_(text).format(column=column))


def _serves(column: str, layer: Layer, first: Batch) -> bool:
    """Whether the values of a column named ``id`` or the like identify facilities."""
    values: Sequence[Any] = first.columns[column]
    if all(value is None for value in values) or _repeats(values):
        return False
    if is_row_key(column) and _are_whole(values):
        return False
    if numbers_rows(values):
        return False
    if len(values) < BATCH or not _are_whole(values):
        return True
    # Rows may be in another order than they were numbered in: only all of them tell.
    return not numbers_rows(chain.from_iterable(batch.columns.get(column, ()) for batch in layer.read()))


def numbers_rows(values: Iterable[Any]) -> bool:
    """Whether values are whole numbers that fill most of what lies between 0 and the greatest: a count of rows."""
    count, greatest = 0, 0
    for value in values:
        if value is None:
            continue
        number = _whole(value)
        if number is None:
            return False
        count, greatest = count + 1, max(greatest, number)
    return count > 0 and greatest * FILLED <= count


def _are_whole(values: Iterable[Any]) -> bool:
    return all(value is None or _whole(value) is not None for value in values)


def _whole(value: Any) -> int | None:
    if isinstance(value, str):
        return int(float(value)) if _WHOLE.fullmatch(value.strip()) and len(value) < 16 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == value and value == int(value) else None  # noqa: PLR0124 - NaN is no number


def _repeats(values: Iterable[Any]) -> bool:
    """Whether more of the values are repeats than mistakes explain."""
    some = [value for value in values if value is not None]
    return len(some) - len(set(some)) > MISTAKEN * len(some)


def _identifies(values: Any) -> bool:
    """Whether values are codes rather than names: all there, all different, no spaces, a digit in each."""
    texts = [value for value in values if isinstance(value, str) and value]
    return (
        len(texts) == len(values) == len(set(texts))
        and not any(" " in text or is_chinese(text) for text in texts)
        and all(any(character.isdigit() for character in text) for text in texts)
    )
