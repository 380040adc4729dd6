"""A place as people type it, a scale as people type it, and what is said when there is nothing of the kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from jnw_desktop.desktop.places import Places, coordinate
from jnw_desktop.desktop.selection import combined
from jnw_desktop.desktop.statusbar import scale_of

JINAN = Places(4548)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("117.0,36.66", (117.0, 36.66)),
        ("E 505000  N 4059000", (505000, 4059000)),
        ("505000，4059000", (505000, 4059000)),
        ("经十路", None),
        ("GD001", None),
        ("1,2,3", None),
    ],
)
def test_two_numbers_are_a_coordinate(text, numbers):
    assert coordinate(text) == numbers


def test_a_place_is_found_as_typed_or_turned():
    # DOMAIN: (117°E, 36.65°N) is E 500000.000, N 4057669.946.
    found = JINAN.find(117.0, 36.65)
    assert (found.east, found.north, found.turned) == (
        pytest.approx(500000.0, abs=1e-3),
        pytest.approx(4057669.946, abs=1e-3),
        False,
    )
    assert JINAN.find(36.65, 117.0).turned
    assert JINAN.find(36.65, 117.0).east == pytest.approx(500000.0, abs=1e-3)
    assert JINAN.find(4057669.946, 500000.0).turned
    assert JINAN.find(500000.0, 4057669.946).north == 4057669.946
    assert JINAN.find(7.0, 50.0) is None
    assert JINAN.find(500000000, 1) is None


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("1:500", 500),
        ("500", 500),
        ("1:1,000", 1000),
        ("1:1.5", None),
        ("abc", None),
        ("0", None),
        ("-5", None),
        ("1:999999999999", None),
    ],
)
def test_a_scale_is_taken_within_reason(text, scale):
    assert scale_of(text) == scale


FIDS = st.dictionaries(st.sampled_from(["pipe", "valve", "road"]), st.lists(st.integers(1, 6), unique=True), max_size=3)


@given(before=FIDS, chosen=FIDS, mode=st.sampled_from(["replace", "add", "remove", "toggle"]))
def test_selections_combine_as_sets_do(before, chosen, mode):
    flat = lambda layers: {(kind, fid) for kind, fids in layers.items() for fid in fids}  # noqa: E731
    old, new = flat(before), flat(chosen)
    wanted = {"replace": new, "add": old | new, "remove": old - new, "toggle": old ^ new}[mode]
    found = combined(before, chosen, mode)
    assert flat(found) == wanted
    assert all(found.values())
    assert list(found) == [kind for kind in ("pipe", "valve", "road") if kind in found]


@pytest.mark.gui
@pytest.mark.timeout(60)
def test_what_is_not_found_is_said(plain_window, qtbot):
    search, messages = plain_window.search, plain_window.messages
    for text, said in (("nobody", "nobody"), ("7,50", "超出"), ("36.66,117.0", "相反次序")):
        search.setText(text)
        QTest.keyClick(search, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda said=said: said in messages.text, timeout=10000)
    assert plain_window.map.height() == plain_window.tabs.widget(0).height()
    line = plain_window.status._scale_text
    line.setFocus()
    line.setText("abc")
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "1:500" in messages.text, timeout=10000)
    assert line.text() == plain_window.status._shown_scale


@pytest.mark.gui
@pytest.mark.timeout(60)
def test_a_message_changes_no_scale(plain_window, qtbot):
    before = plain_window.map.size()
    plain_window.messages.info("好")
    qtbot.wait(200)
    assert plain_window.messages.isVisible()
    assert plain_window.map.size() == before
    assert plain_window.messages.width() == plain_window.tabs.width()
