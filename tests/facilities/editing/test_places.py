"""Places typed at the keyboard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.editing.places import distance_and_bearing, typed_place


@pytest.mark.parametrize(("text", "expected"), [
    ("505000.5,4059000", (505000.5, 4059000)), ("505000 4059000", (505000, 4059000)),
    ("@12.5,-3", (112.5, 197)), (" @ 1，2 ", (101, 202)),
    ("50<0", (100, 250)), ("50<90", (150, 200)), ("@50<180", (100, 150)), ("50《270", (50, 200)),
    ("100<30", (150, 286.60254)), ("100<29°60'", (150, 286.60254)), ("100<29 59 60", (150, 286.60254)),
])  # fmt: skip
def test_each_way_to_write_a_place(text, expected):
    assert typed_place(text, (100.0, 200.0)) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "50", "a,b", "50<", "@50", "1,2,3", "<90", "nan,nan"])
def test_what_is_no_place_is_refused(text):
    with pytest.raises(UsageError) as refused:
        typed_place(text, (0, 0))
    assert refused.value.hint


def test_the_first_point_has_nothing_to_be_measured_from():
    assert typed_place("1,2", None) == (1, 2)
    for text in ("@1,2", "5<90"):
        with pytest.raises(UsageError):
            typed_place(text, None)


@given(st.floats(0.01, 1000), st.floats(0, 359.9))
def test_what_is_told_of_a_segment_can_be_typed(distance, bearing):
    place = typed_place(f"{distance:.6f}<{bearing:.6f}", (500000.0, 4000000.0))
    told = distance_and_bearing((500000.0, 4000000.0), place)
    assert told[0] == pytest.approx(distance, abs=1e-5)
    assert abs((told[1] - bearing + 180) % 360 - 180) * distance < 1e-2


def test_a_distance_goes_the_way_of_the_mouse():
    assert typed_place("25", (100.0, 200.0), (100.0, 260.0)) == pytest.approx((100, 225))
    assert typed_place("-5", (100.0, 200.0), (103.0, 204.0)) == pytest.approx((97, 196))
    for last, toward in (((1.0, 1.0), None), (None, (1.0, 1.0)), ((1.0, 1.0), (1.0, 1.0))):
        with pytest.raises(UsageError):
            typed_place("25", last, toward)
