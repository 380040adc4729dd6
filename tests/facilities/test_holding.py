"""Results that are held: pages of their tables against plain sorting, files of their shapes, what is let go."""

import gc
import struct
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.facilities.holding import HELD, ResultGone, Table, held_value, hold, page, shown
from jnw_desktop.workspace import Workspace

values = st.one_of(st.none(), st.integers(-50, 50), st.floats(-5, 5), st.text("abAB1.", max_size=3))


@pytest.fixture
def city(tmp_path):
    with Workspace.create(tmp_path / "w.gpkg") as workspace:
        yield workspace


@given(st.lists(st.tuples(values, values), max_size=30), st.integers(-1, 1), st.booleans(), st.text("aB1.", max_size=2))
def test_pages_are_the_sorted_and_filtered_rows(rows, by, descending, text):
    table = Table(rows, [("pipe", str(number)) for number in range(len(rows))])
    found = []
    while len(found) < table.page(by, descending, text, 0, 1).total:
        found += [int(code) for _kind, code in table.page(by, descending, text, len(found), 4).named]
    cells = [[("" if value is None else shown(value)).casefold() for value in row] for row in rows]
    expected = [number for number in range(len(rows)) if any(text.casefold() in cell for cell in cells[number])]
    if by >= 0:
        expected = [
            *sorted(
                (number for number in expected if rows[number][by] is not None),
                key=lambda number: (isinstance(rows[number][by], str), rows[number][by]),
                reverse=descending,
            ),
            *(number for number in expected if rows[number][by] is None),
        ]
    assert found == expected


def test_shapes_are_in_files_while_the_result_is_held(city):
    shapes = [shapely.Point(1, 2).wkb, shapely.LineString([(0, 0), (3, 4)]).wkb]
    held = hold(city, {"it": 1}, [Table([[1]], [None])], {"a": shapes, "none": []})
    assert held_value(city, held) == {"it": 1}
    assert (held.counts, set(held.files)) == ((1,), {"a"})
    data, read = Path(held.files["a"]).read_bytes(), []
    while data:
        (length,) = struct.unpack_from("<I", data)
        read.append(data[4 : 4 + length])
        data = data[4 + length :]
    assert read == shapes
    for _other in range(HELD):
        hold(city, None, [], {})
    gc.collect()
    assert not Path(held.files["a"]).exists()
    with pytest.raises(ResultGone):
        held_value(city, held)
    with pytest.raises(ResultGone):
        page(city, held)
