"""Texts and lines without an object each are what they were made of."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.facilities.checks.packed import Lines, Texts

texts = st.lists(st.one_of(st.none(), st.text(max_size=6)), max_size=12)
places = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
lines = st.lists(st.one_of(st.none(), st.lists(places, min_size=2, max_size=5).map(shapely.LineString)), max_size=8)


@given(st.lists(texts, min_size=1, max_size=4), st.data())
def test_texts(blocks, data):
    packed = Texts.joined([Texts.of(block) for block in blocks])
    plain = [text or "" for block in blocks for text in block]
    assert list(packed) == plain
    assert len(packed) == len(plain)
    rows = data.draw(st.lists(st.integers(0, len(plain) - 1), max_size=9)) if plain else []
    assert packed[np.array(rows, dtype=np.int64)].tolist() == [plain[row] for row in rows]
    assert all(packed[row] == plain[row] for row in rows)


@given(st.lists(lines, min_size=1, max_size=4), st.data())
def test_lines(blocks, data):
    made = [np.array([*block, None], dtype=object)[:-1] for block in blocks]
    packed = Lines.joined([Lines.of(block) for block in made])
    plain = np.concatenate(made)
    assert len(packed) == len(plain)
    assert packed.length == pytest.approx(np.nan_to_num(shapely.length(plain)), rel=1e-9, abs=1e-6)
    rows = np.array(
        data.draw(st.lists(st.integers(0, len(plain) - 1), max_size=9)) if len(plain) else [], dtype=np.int64
    )
    assert all(a is b is None or a == b for a, b in zip(packed[rows], plain[rows], strict=True))
    points, of = packed.coordinates(rows)
    expected, owner = shapely.get_coordinates(plain[rows], return_index=True)
    assert (points == expected).all()
    assert (of == owner).all()
