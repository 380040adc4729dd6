"""A small screen: what is opened beside the map changes no window's size, and the keyboard reaches everything."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

pytestmark = [pytest.mark.gui, pytest.mark.timeout(120)]


def test_no_panel_or_page_needs_a_larger_screen(plain_window, qtbot):
    window = plain_window
    for action in (
        *window.modules.entries.values(),
        *map(window.actions_by_id.get, ("statistics", "import", "export")),
    ):
        action.trigger()
    qtbot.waitUntil(lambda: window.tabs.count() == 4, timeout=20000)
    assert window.minimumSizeHint().width() <= 1100
    assert window.minimumSizeHint().height() <= 700


def test_find_is_reached_in_a_narrow_window(plain_window, qtbot):
    plain_window.resize(960, 640)
    qtbot.waitUntil(lambda: plain_window.width() <= 1000, timeout=10000)
    plain_window.actions_by_id["find"].trigger()
    assert plain_window.search.isVisible()
    assert plain_window.focusWidget() is plain_window.search


def test_tab_goes_through_the_form_and_then_to_the_buttons(plain_window, qtbot):
    window = plain_window
    window.inspector.show_new("", "hydrant", {}, lambda _values: None)
    window.inspector.form.focus_first()
    seen = []
    for _key in range(80):
        seen.append(window.focusWidget())
        if seen[-1] is window.inspector._give_up:
            break
        QTest.keyClick(seen[-1], Qt.Key.Key_Tab)
    editors = [
        editor for name, editor in window.inspector.form._editors.items() if window.inspector.form.is_shown(name)
    ]
    assert [widget for widget in seen if widget in editors] == editors
    assert seen[-1] is window.inspector._give_up  # there is nothing to save yet


def test_the_layer_tree_keeps_what_was_folded_and_hides_empty_groups(plain_window):
    layers = plain_window.layers
    layers.set_counts({})
    group, other = layers._groups()[:2]
    name = group.data(0, Qt.ItemDataRole.UserRole)
    group.setExpanded(False)
    other.setExpanded(True)
    layers.set_counts({"pipe": 7})
    again = {one.data(0, Qt.ItemDataRole.UserRole): one for one in layers._groups()}
    assert not again.pop(name).isExpanded()
    assert all(one.isExpanded() for one in again.values())
    layers._filter.setText("管段")
    shown = [one for one in layers._groups() if not one.isHidden()]
    assert all(any(not one.child(row).isHidden() for row in range(one.childCount())) for one in shown)
    assert 0 < len(shown) < len(layers._groups())


def test_a_tab_is_closed_by_its_key_and_the_map_stays(plain_window, qtbot):
    plain_window.actions_by_id["statistics"].trigger()
    qtbot.waitUntil(lambda: plain_window.tabs.count() == 2, timeout=10000)
    close = plain_window.actions_by_id["close-tab"]
    assert close.shortcut().toString() == "Ctrl+W"
    close.trigger()
    assert plain_window.tabs.count() == 1
    close.trigger()
    assert plain_window.tabs.count() == 1
