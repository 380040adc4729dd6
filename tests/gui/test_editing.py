"""Editing with the mouse on the real map: what is drawn is connected, and each edit is one step to undo."""

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel, QMessageBox

from jnw_desktop.desktop.editing.bulkpreview import BulkPreview
from jnw_desktop.facilities.editing.drawing import draw_pipe
from jnw_desktop.workspace import Workspace

from .editkit import act, choose, click, hover, line, picture, pipes, pixel, shape

pytestmark = [pytest.mark.gui, pytest.mark.engine, pytest.mark.timeout(120)]


def test_a_pipe_is_drawn_from_one_that_is_there_and_its_form_knows_it(window, qtbot, tmp_path_factory):
    act(window, "draw-pipe")
    click(window, 100.5, 0.5)  # near B: snapping takes it
    click(window, 130, 25)
    click(window, 130, 25, Qt.MouseButton.RightButton)
    qtbot.waitUntil(lambda: window.inspector.form is not None, timeout=15000)
    form = window.inspector.form
    assert (form.editor("dn").text(), form.editor("material").currentData()) == ("300", "ZT")
    form.editor("dn").setText("")
    assert form.told("dn")
    assert not window.inspector._save.isEnabled()
    picture(window, qtbot, "required", tmp_path_factory)
    form.editor("dn").setText("200")
    picture(window, qtbot, "new-pipe", tmp_path_factory)
    QTest.mouseClick(window.inspector._save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.inspector.record is not None, timeout=15000)
    drawn = window.inspector.record
    assert drawn.values["dn"] == 200
    first = next(row for row in pipes(window) if row["code"] == "P1")
    assert drawn.values["start_node"] == first["end_node"]
    window.undoing.undo()
    qtbot.waitUntil(lambda: len(pipes(window)) == 1, timeout=10000)


def test_points_are_typed_while_drawing(window, qtbot, tmp_path_factory):
    act(window, "draw-pipe")
    assert window.strip.isVisible()
    window.map.setFocus()
    QTest.keyClick(window.map, Qt.Key.Key_5)
    assert window.focusWidget() is window.strip.text
    QTest.keyClicks(window.strip.text, "05000,4059020")
    assert window.strip.text.text() == "505000,4059020"
    QTest.keyClick(window.strip.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.strip._points) == 1, timeout=10000)
    QTest.keyClicks(window.strip.text, "30<90")
    QTest.keyClick(window.strip.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.strip._points) == 2, timeout=10000)
    QTest.keyClicks(window.strip.text, "what")
    QTest.keyClick(window.strip.text, Qt.Key.Key_Return)
    assert "what" in window.strip.said.text()
    window.strip.text.clear()
    QTest.keyClicks(window.strip.text, "@0,12.5")
    QTest.keyClick(window.strip.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.strip._points) == 3, timeout=10000)
    picture(window, qtbot, "typed", tmp_path_factory)
    QTest.keyClick(window.strip.text, Qt.Key.Key_Return)  # an empty line ends it
    qtbot.waitUntil(lambda: window.inspector.form is not None, timeout=15000)
    assert not window.strip.isVisible()
    window.inspector.editor("dn").setText("100")
    window.inspector._save.click()
    qtbot.waitUntil(lambda: len(pipes(window)) == 2, timeout=10000)
    made = next(row for row in pipes(window) if row["code"] != "P1")
    assert shape(made) == [(0, 20), (30, 20), (30, 32.5)]


def test_a_valve_splits_a_split_joins_and_a_point_moves(window, qtbot, monkeypatch, tmp_path_factory):
    act(window, "insert-valve")
    click(window, 40, 0.6)
    qtbot.waitUntil(lambda: window.inspector.form is not None, timeout=15000)
    assert window.inspector.editor("dn").text() == "300"
    window.inspector.editor("valve_kind").setCurrentIndex(window.inspector.editor("valve_kind").findData("check"))
    assert not window.inspector.form.is_shown("turns")  # nobody turns a check valve
    window.inspector._save.click()
    qtbot.waitUntil(lambda: window.inspector.record is not None, timeout=15000)
    assert window.inspector.record.kind == "valve"
    assert sorted(len(shape(row)) for row in pipes(window)) == [2, 2]

    act(window, "split")
    click(window, 70, 0)
    qtbot.waitUntil(lambda: len(pipes(window)) == 3, timeout=15000)
    right = [row["fid"] for row in pipes(window) if shape(row)[0][0] > 39]
    window.selection.take({"pipe": right})
    qtbot.waitUntil(lambda: window.inspector.many is not None, timeout=10000)
    picture(window, qtbot, "two", tmp_path_factory)
    act(window, "join")
    qtbot.waitUntil(lambda: len(pipes(window)) == 2, timeout=15000)

    choose(window, qtbot, "valve", 1)
    act(window, "move")
    click(window, 45, 20)
    qtbot.waitUntil(lambda: any(shape(row)[-1][1] > 15 for row in pipes(window)), timeout=15000)
    ends = sorted(point for row in pipes(window) for point in shape(row) if point[1] > 15)
    assert ends[0] == ends[1]  # both pipes follow
    picture(window, qtbot, "moved", tmp_path_factory)
    for count in (2, 3, 2, 1):
        window.undoing.undo()
        qtbot.waitUntil(lambda count=count: len(pipes(window)) == count, timeout=10000)


def drag(window, start, end):
    first, last = pixel(window, *start), pixel(window, *end)
    hover(window, first)
    QTest.mousePress(window.map, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, first)
    hover(window, (first + last) / 2, Qt.MouseButton.LeftButton)
    hover(window, last, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(window.map, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, last)


def test_a_line_is_reshaped_by_its_vertices(window, qtbot, tmp_path_factory):
    choose(window, qtbot, "pipe", 1)
    act(window, "reshape")
    drag(window, (50, 0), (50, 20))  # a new vertex out of the segment
    drag(window, (50, 20), (60, 25))
    drag(window, (80, 12.5), (90, -10))
    picture(window, qtbot, "reshaping", tmp_path_factory)
    QTest.keyClick(window.map, Qt.Key.Key_Delete)  # the last one away
    click(window, 60, 25, Qt.MouseButton.RightButton)
    qtbot.waitUntil(lambda: len(shape(pipes(window)[0])) == 3, timeout=15000)
    first, middle, last = shape(pipes(window)[0])
    assert (first, last) == ((0, 0), (100, 0))
    assert middle == pytest.approx((60, 25), abs=0.5)
    window.undoing.undo()
    qtbot.waitUntil(lambda: shape(pipes(window)[0]) == [(0, 0), (100, 0)], timeout=10000)


def test_what_cannot_be_is_told_and_changes_nothing(window, qtbot):
    act(window, "reverse")
    assert window.messages.text
    before = pipes(window)
    act(window, "split")
    click(window, 50, 20)  # beside the pipe
    qtbot.waitUntil(lambda: "没有管段" in window.messages.text, timeout=15000)
    assert pipes(window) == before


def test_reversing_replacing_copying_beside_and_abandoning(window, qtbot, monkeypatch):
    choose(window, qtbot, "pipe", 1)
    act(window, "reverse")
    qtbot.waitUntil(lambda: shape(pipes(window)[0]) == [(100, 0), (0, 0)], timeout=10000)
    qtbot.waitUntil(lambda: window.inspector.record.version == 2, timeout=10000)
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *_args: (10.0, True))
    act(window, "offset-copy")
    qtbot.waitUntil(lambda: len(pipes(window)) == 2, timeout=10000)
    assert shape(pipes(window)[1]) == [(100, -10), (0, -10)]
    choose(window, qtbot, "pipe", 1)
    act(window, "replace")
    window.inspector.editor("material").setCurrentIndex(window.inspector.editor("material").findData("QM"))
    window.inspector._save.click()
    qtbot.waitUntil(lambda: len(pipes(window)) == 3, timeout=10000)
    old, _beside, new = pipes(window)
    assert (old["state"], new["material"], new["replaces"]) == ("abandoned", "QM", old["uid"])
    qtbot.waitUntil(lambda: window.inspector.record is not None and window.inspector.record.fid == 3, timeout=10000)
    choose(window, qtbot, "pipe", 2)
    monkeypatch.setattr(QMessageBox, "question", lambda *_args: QMessageBox.StandardButton.No)
    act(window, "abandon")
    qtbot.wait(300)
    assert pipes(window)[1]["state"] == "in_service"
    monkeypatch.setattr(QMessageBox, "question", lambda *_args: QMessageBox.StandardButton.Yes)
    act(window, "abandon")
    qtbot.waitUntil(lambda: pipes(window)[1]["state"] == "abandoned", timeout=10000)


def test_many_are_changed_after_a_preview(window, qtbot, monkeypatch, tmp_path_factory):
    with Workspace.open(window.state.where) as workspace:
        draw_pipe(workspace, line((0, 15), (100, 15)), {"dn": 200, "material": "QM", "year": 1985})
    qtbot.waitUntil(lambda: window.table.model.rowCount() == 2, timeout=10000)
    window.selection.take({"pipe": [1, 2]})
    qtbot.waitUntil(lambda: window.inspector.many is not None, timeout=10000)
    dn = window.inspector.editor("dn")
    assert (dn.text(), dn.placeholderText()) == ("", "（多个值）")
    assert window.inspector.editor("material").currentText() == "（多个值）"
    assert window.inspector.editor("year").text() == "1985"
    assert window.inspector.values() == {}
    dn.setText("-5")
    assert not window.inspector._save.isEnabled()
    dn.setText("400")
    picture(window, qtbot, "several", tmp_path_factory)
    seen = []

    def agree(preview):
        preview.show()
        preview.grab().save(str(tmp_path_factory.getbasetemp() / "preview.png"))
        top = preview.findChildren(QLabel)[0].text()
        rows = [preview.tree.topLevelItem(row) for row in range(preview.tree.topLevelItemCount())]
        seen.extend([top, [[row.text(column) for column in range(4)] for row in rows]])
        return preview.agree.isEnabled()

    monkeypatch.setattr(BulkPreview, "exec", agree)
    window.inspector._save.click()
    qtbot.waitUntil(lambda: [row["dn"] for row in pipes(window)] == [400, 400], timeout=10000)
    assert seen[1] == [["公称直径", "200", "1", "400"], ["", "300", "1", "400"]]
    assert [row["material"] for row in pipes(window)] == ["ZT", "QM"]
    window.undoing.undo()
    qtbot.waitUntil(lambda: [row["dn"] for row in pipes(window)] == [300, 200], timeout=10000)


def test_the_brush_carries_attributes_to_what_is_selected_next(window, qtbot, monkeypatch):
    with Workspace.open(window.state.where) as workspace:
        draw_pipe(workspace, line((0, 15), (100, 15)), {"dn": 200})
    qtbot.waitUntil(lambda: window.table.model.rowCount() == 2, timeout=10000)
    choose(window, qtbot, "pipe", 1)
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *args: asked.append(args[2]) or QMessageBox.StandardButton.Yes)
    act(window, "brush")
    window.selection.take({"pipe": [2]})
    qtbot.waitUntil(lambda: pipes(window)[1]["material"] == "ZT", timeout=10000)
    assert (pipes(window)[1]["dn"], pipes(window)[1]["road"]) == (300, "经十路")
    assert "P1" in asked[0]
    assert "公称直径" in asked[0]


def test_the_history_shows_before_and_after_and_takes_one_change_back(window, qtbot, tmp_path_factory):
    choose(window, qtbot, "pipe", 1)
    window.inspector.editor("year").setText("1990")
    window.inspector._save.click()
    qtbot.waitUntil(lambda: window.inspector.record.values["year"] == 1990, timeout=10000)
    act(window, "reverse")
    qtbot.waitUntil(lambda: window.inspector.record.version == 3, timeout=10000)
    window.inspector.show_history()
    tree = window.inspector.history.tree
    qtbot.waitUntil(lambda: tree.topLevelItemCount() == 3, timeout=10000)
    newest, edited, _made = (tree.topLevelItem(row) for row in range(3))
    assert [edited.child(0).text(column) for column in range(3)] == ["建设年代", "1985", "1990"]
    assert [newest.child(0).text(column) for column in range(3)] == ["起始点", "GN000001", "GN000002"]
    tree.setCurrentItem(newest)
    qtbot.wait(300)
    picture(window, qtbot, "history", tmp_path_factory)
    assert window.engine._kept["overlay.set history-before"]["features"]
    tree.setCurrentItem(edited)
    window.inspector.history._undo.click()  # the row was reversed since
    qtbot.waitUntil(lambda: "依赖" in window.messages.text, timeout=10000)
    tree.setCurrentItem(newest)
    window.inspector.history._undo.click()
    qtbot.waitUntil(lambda: shape(pipes(window)[0]) == [(0, 0), (100, 0)], timeout=10000)


def test_the_map_as_of_a_date_lies_over_today(window, qtbot, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args, **_named: ("2001-01-01", True))
    act(window, "map-as-of")
    qtbot.waitUntil(lambda: "2001-01-01" in window.messages.text, timeout=10000)
    assert window.engine._kept["overlay.set history-as-of"]["features"] == []
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args, **_named: ("2999-01-01", True))
    act(window, "map-as-of")
    qtbot.waitUntil(lambda: len(window.engine._kept["overlay.set history-as-of"]["features"]) == 1, timeout=10000)
    act(window, "map-as-of")
    assert window.engine._kept["overlay.set history-as-of"]["features"] == []


def test_photos_are_added_seen_and_taken_away(window, qtbot, monkeypatch, tmp_path, tmp_path_factory):
    picture_path, text = tmp_path / "井盖.jpg", tmp_path / "说明.txt"
    Image.radial_gradient("L").convert("RGB").resize((1200, 800)).save(picture_path)
    text.write_text("x")
    choose(window, qtbot, "pipe", 1)
    window.inspector.show_attachments()
    page = window.inspector.attachments
    chosen = [str(picture_path), str(text), str(tmp_path / "gone.txt")]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args: (chosen, ""))
    page.add.click()
    assert "gone.txt" in window.messages.text
    qtbot.waitUntil(lambda: page.files.count() == 2, timeout=10000)
    page.files.setCurrentRow(0)
    picture(window, qtbot, "photos", tmp_path_factory)
    page._open.click()
    qtbot.waitUntil(lambda: window.tabs.count() == 2, timeout=10000)
    picture(window, qtbot, "photo", tmp_path_factory)
    target = tmp_path / "copy.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    page.files.setCurrentRow(1)
    page._open.click()
    qtbot.waitUntil(target.exists, timeout=10000)
    assert target.read_text() == "x"
    page._remove.click()
    qtbot.waitUntil(lambda: page.files.count() == 1, timeout=10000)
    window.undoing.undo()
    qtbot.waitUntil(lambda: page.files.count() == 2, timeout=10000)


def test_a_mistake_is_deleted_with_what_hangs_on_it_when_that_is_agreed(window, qtbot, monkeypatch):
    choose(window, qtbot, "node", 1)
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *args: asked.append(args[2]) or QMessageBox.StandardButton.Yes)
    act(window, "delete")
    qtbot.waitUntil(lambda: pipes(window) == [], timeout=10000)
    assert "P1" in asked[1]
    window.undoing.undo()
    qtbot.waitUntil(lambda: len(pipes(window)) == 1, timeout=10000)
