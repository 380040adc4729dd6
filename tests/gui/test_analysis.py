"""The analysis panel: a burst gives a plan in the panel and over the map, a valve that fails gives another, a trace."""

import struct
from pathlib import Path

import openpyxl
import pytest
import shapely
import sqlalchemy as sa
from PySide6.QtCore import Qt

from jnw_desktop.desktop.panels.foundtab import FoundTab
from jnw_desktop.desktop.panels.heightchart import ProfileChart, SectionChart
from jnw_desktop.desktop.panels.pressure import PressureTab
from jnw_desktop.desktop.panels.rowtable import RowTable
from jnw_desktop.facilities.holding import Table, hold, page
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

from ..facilities.citykit import build, customer

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]


@pytest.fixture
def panel(plain_window, qtbot):
    with Workspace.open(plain_window.state.where, who="li") as workspace:
        uids = build(workspace, "S1 -p1- V1 -p2- V2 -p3- a -p4- V3 -p5- M1")
        with workspace.change("people") as change:
            customer(change, "C1", (500500.0, 4060000.0), uids["M1"])
    plain_window.modules.show("analysis")
    made = plain_window.modules.panel("analysis")
    # The click on the map itself is the engine's: here its answer is given at once.
    made._session.point_at = lambda on_point: on_point(shapely.Point(500250.0, 4060002.0).wkb)
    return made


def lists(panel):
    found = {}
    for number in range(panel.lists.topLevelItemCount()):
        head = panel.lists.topLevelItem(number)
        found[head.text(0)] = [head.child(row).text(0) for row in range(head.childCount())]
    return found


def shapes_of(file):
    """WKB in the file of a held result."""
    data, shapes = Path(file).read_bytes(), []
    while data:
        (length,) = struct.unpack_from("<I", data)
        shapes.append(data[4 : 4 + length])
        data = data[4 + length :]
    return shapes


def kept(window):
    """Overlays of the panel that the engine was given, by name: how many geometries."""
    found = {}
    for values in window.engine._kept.values():
        if isinstance(values, dict) and str(values.get("id", "")).startswith("analysis."):
            file = values.get("file")
            count = len(values["features"]) if file is None else len(shapes_of(file))
            found[values["id"].removeprefix("analysis.")] = count
    return found


def test_a_burst_gives_a_plan_in_the_panel_and_over_the_map(plain_window, panel, qtbot):
    panel.burst.click()
    qtbot.waitUntil(lambda: panel.lists.topLevelItemCount() > 0, timeout=10000)
    assert lists(panel) == {
        "需关阀门（按此顺序）（2）": ["V2", "V3"],
        "恢复时开阀（按此顺序）（2）": ["V2", "V3"],
        "停水用户（1）": ["C1"],
        "隔断管段（2）": ["p3", "p4"],
        "断水管段（1）": ["p5"],
    }
    assert "管段 p3" in panel.summary.text()
    qtbot.waitUntil(lambda: kept(plain_window).get("close") == 2, timeout=10000)
    assert kept(plain_window) == {"isolated": 2, "starved": 1, "close": 2}


def test_what_is_doubtful_is_unfolded_and_marked(plain_window, panel, qtbot):
    with Workspace.open(plain_window.state.where, who="li") as workspace, workspace.change("gap") as change:
        line = shapely.LineString([(500250.0, 4060000.0), (500250.0, 4060080.0)])
        change.insert(KINDS["pipe"].table, [{"code": "g1", "geom": line.wkb}])
        uid = change.connection.scalar(sa.select(KINDS["valve"].table.c.uid).where(KINDS["valve"].table.c.code == "V3"))
        change.update(KINDS["valve"].table, uid, {"operability": "stuck"})
    panel.burst.click()
    qtbot.waitUntil(lambda: lists(panel).get("相接而未连通的管段（1）") == ["g1"], timeout=10000)
    assert lists(panel)["不能关闭而越过的阀门（1）"] == ["V3"]
    unfolded = {panel.lists.topLevelItem(row).text(0): panel.lists.topLevelItem(row).isExpanded() for row in range(3)}
    assert all(unfolded.values()), unfolded
    assert "g1" in panel.summary.text()
    qtbot.waitUntil(lambda: kept(plain_window).get("gap") == 1, timeout=10000)


def test_a_valve_that_cannot_be_closed_widens_the_plan(panel, qtbot):
    panel.burst.click()
    qtbot.waitUntil(lambda: panel.lists.topLevelItemCount() > 0, timeout=10000)
    assert not panel.cannot.isEnabled()
    panel.lists.setCurrentItem(panel.lists.topLevelItem(0).child(0))
    assert panel.cannot.isEnabled()
    panel.cannot.click()
    qtbot.waitUntil(lambda: lists(panel).get("不能关闭而越过的阀门（1）") == ["V2"], timeout=10000)
    assert lists(panel)["需关阀门（按此顺序）（2）"] == ["V1", "V3"]


def test_pressures_are_a_table_and_colours_over_the_map(plain_window, panel, qtbot, tmp_path):
    with Workspace.open(plain_window.state.where, who="li") as workspace, workspace.change("ground") as change:
        for kind, level in (("node", 5.0), ("meter", 45.0)):
            for uid in change.connection.scalars(sa.select(KINDS[kind].table.c.uid)).all():
                change.update(KINDS[kind].table, uid, {"elevation": level})
    box = panel.pressure
    assert not box.planned.isEnabled()
    box.now.click()
    qtbot.waitUntil(lambda: "S1" in plain_window.messages.text, timeout=20000)  # its head is not known
    panel.burst.click()
    qtbot.waitUntil(box.planned.isEnabled, timeout=10000)
    box.heads.setText("S1=50")
    box.planned.click()
    qtbot.waitUntil(lambda: isinstance(plain_window.tabs.shown(), PressureTab), timeout=30000)
    tab = plain_window.tabs.shown()

    def first():
        return [tab.rows.rows.index(0, column).data() for column in (0, 1, 3, 4)]

    qtbot.waitUntil(lambda: first() == ["C1", "用户", "5.00", "0.00"], timeout=10000)
    tab.which.setCurrentIndex(1)
    assert tab.rows.rows.rowCount() == 6
    during = lambda: [tab.rows.rows.index(row, 4).data() for row in range(6)]  # noqa: E731
    qtbot.waitUntil(lambda: "…" not in during(), timeout=10000)
    assert during() == sorted(during(), key=float)
    assert kept(plain_window)["pressure-dry"] == 1
    tab.write_list(tmp_path / "p.xlsx")
    qtbot.waitUntil((tmp_path / "p.xlsx").exists, timeout=10000)
    tab.clear.click()
    assert kept(plain_window)["pressure-dry"] == 0


def test_a_row_selects_its_facility(plain_window, panel, qtbot):
    panel.burst.click()
    qtbot.waitUntil(lambda: panel.lists.topLevelItemCount() > 0, timeout=10000)
    panel._choose(panel.lists.topLevelItem(0).child(1))
    qtbot.waitUntil(lambda: plain_window.selection.record is not None, timeout=10000)
    assert plain_window.selection.record.code == "V3"


def test_the_list_is_exported_and_the_plan_cleared(plain_window, panel, qtbot, tmp_path):
    panel.burst.click()
    qtbot.waitUntil(lambda: panel.lists.topLevelItemCount() > 0, timeout=10000)
    out = tmp_path / "plan.xlsx"
    panel.write_list(out)
    qtbot.waitUntil(out.exists, timeout=10000)
    codes = [row[2].value for row in openpyxl.load_workbook(out).active.iter_rows(min_row=2)]
    assert codes[:2] == ["V2", "V3"]
    panel.clear.click()
    assert lists(panel) == {}
    assert not panel.export.isEnabled()
    assert set(kept(plain_window).values()) == {0}


def test_how_to_draw_is_told_until_it_is_drawn(plain_window):
    plain_window.drawing.ask("point", lambda _wkb: None)
    assert plain_window.messages.isVisible()
    plain_window.drawing.take(shapely.Point(500250.0, 4060002.0).wkb)
    assert not plain_window.messages.isVisible()


def test_a_trace_is_listed_drawn_and_exported(plain_window, panel, qtbot, tmp_path):
    panel.direction.setCurrentIndex(panel.direction.findData("up"))
    panel.trace.click()
    qtbot.waitUntil(lambda: panel.lists.topLevelItemCount() > 0, timeout=10000)
    assert lists(panel)["管段（3）"] == ["p1", "p2", "p3"]
    assert kept(plain_window)["trace"] == 1  # one shape of three lines
    out = tmp_path / "trace.xlsx"
    assert panel.export.isEnabled()
    assert panel.sheet.isEnabled()
    panel.write_list(out)
    qtbot.waitUntil(out.exists, timeout=10000)
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(out).active.iter_rows(min_row=2)]
    assert ["管段", "p3"] in rows


def test_a_drawn_line_gives_a_profile_whose_points_are_told(plain_window, panel, qtbot):
    line = shapely.LineString([(500010.0, 4060001.0), (500390.0, 4060001.0)]).wkb
    panel._session.draw = lambda shape, on_drawn: on_drawn(line)
    panel.profile.click()
    qtbot.waitUntil(lambda: isinstance(plain_window.tabs.shown(), ProfileChart), timeout=10000)
    chart = plain_window.tabs.shown()
    chart.tell(190.0)
    assert chart.told.text().startswith("V2  200.00 m")
    assert kept(plain_window)["place"] == 1
    panel.section.click()
    qtbot.waitUntil(lambda: isinstance(plain_window.tabs.shown(), SectionChart), timeout=10000)
    assert plain_window.tabs.shown().told.text() == "该线没有切到管段或其他管线。"
    across = shapely.LineString([(500250.0, 4059990.0), (500250.0, 4060010.0)]).wkb
    panel._session.draw = lambda shape, on_drawn: on_drawn(across)
    panel.section.click()
    qtbot.waitUntil(lambda: plain_window.tabs.count() == 4, timeout=10000)
    plain_window.tabs.shown().tell(0.0)
    assert plain_window.tabs.shown().told.text().startswith("p3  10.00 m")


class Asked:
    """A session whose worker answers at once."""

    def __init__(self, workspace):
        self.workspace, self.questions = workspace, []

    def ask(self, operation, on_value, /, **values):
        assert operation == "found.page"
        self.questions.append(values["offset"])
        on_value(page(self.workspace, **values))


def test_a_table_sorts_by_value_with_the_unknown_last_and_filters_any_cell(qtbot, tmp_path):
    rows = [["a", 10, "Zeta"], ["b", 9.5, None], ["c", None, "eta"], ["d", 100, "x"]]
    with Workspace.create(tmp_path / "w.gpkg") as workspace:
        held = hold(workspace, None, [Table(rows, [("pipe", row[0]) for row in rows])], {})
        table = RowTable(Asked(workspace), "x")
        qtbot.addWidget(table)
        table.follow(held, ["code", "size", "word"])

        def codes():
            return [table.rows.index(row, 0).data() for row in range(table.rows.rowCount())]

        assert codes() == ["a", "b", "c", "d"]
        table.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
        assert codes() == ["b", "a", "d", "c"]
        table.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        assert codes() == ["d", "a", "b", "c"]
        table.filter.setText("ETA")
        qtbot.waitUntil(lambda: codes() == ["a", "c"], timeout=10000)
        assert [table.rows.named(table.rows.index(row, 0)) for row in (0, 1)] == [("pipe", "a"), ("pipe", "c")]
        table.filter.setText("9.50")
        qtbot.waitUntil(lambda: codes() == ["b"], timeout=10000)
        table.filter.clear()
        qtbot.waitUntil(lambda: codes() == ["d", "a", "b", "c"], timeout=10000)


def test_of_a_long_table_what_is_shown_is_read(qtbot, tmp_path):
    rows = [[number, f"GD{number:06d}"] for number in range(100_000)]
    with Workspace.create(tmp_path / "w.gpkg") as workspace:
        held = hold(workspace, None, [Table(rows, [None] * len(rows))], {})
        session = Asked(workspace)
        table = RowTable(session, "x")
        qtbot.addWidget(table)
        table.follow(held, ["number", "code"])
        table.show()
        assert table.rows.rowCount() == 100_000
        assert set(session.questions) == {0}
        assert table.rows.index(99_999, 1).data() == "…"  # asked for now
        assert table.rows.index(99_999, 1).data() == "GD099999"
        assert session.questions[-1] == 99_800
        assert table.rows.named(table.rows.index(99_999, 1)) is None


def test_what_is_found_of_the_whole_network_is_a_table_and_colours(plain_window, panel, qtbot, tmp_path):
    def tab(button, title):
        button.click()
        qtbot.waitUntil(
            lambda: (
                isinstance(plain_window.tabs.shown(), FoundTab)
                and plain_window.tabs.tabText(plain_window.tabs.currentIndex()) == title
            ),
            timeout=20000,
        )
        return plain_window.tabs.shown()

    parts = tab(panel.segments, "阀门分段")
    assert parts.rows.rows.rowCount() == 4
    assert sum(count for name, count in kept(plain_window).items() if name.startswith("found-")) >= 2
    parts.write_list(tmp_path / "s.xlsx")
    qtbot.waitUntil((tmp_path / "s.xlsx").exists, timeout=10000)
    form = tab(panel.form, "环与死水端")
    form.rows.filter.setText("M1")
    shown = lambda rows, at: [rows.index(at, column).data() for column in (0, 1)]  # noqa: E731
    qtbot.waitUntil(lambda: shown(form.rows.rows, 0) == ["死水端", "M1"], timeout=10000)
    form.rows._chosen(form.rows.rows.index(0, 1))
    qtbot.waitUntil(lambda: plain_window.selection.record is not None, timeout=10000)
    assert plain_window.selection.record.kind == "meter"
    line = shapely.LineString([(500050.0, 4060001.0), (500450.0, 4060001.0)]).wkb
    panel._session.draw = lambda shape, on_drawn: on_drawn(line)
    way = tab(panel.way, "最短路径")
    qtbot.waitUntil(
        lambda: [shown(way.rows.rows, at) for at in range(5)] == [["管段", f"p{at}"] for at in range(1, 6)],
        timeout=10000,
    )
    panel.direction.setCurrentIndex(panel.direction.findData("connected"))
    assert len(tab(panel.several, "追踪")._found.held.files) == 1


def test_a_trace_stops_at_the_edge_of_a_neighbourhood(plain_window, panel, qtbot):
    with Workspace.open(plain_window.state.where, who="li") as workspace, workspace.change("zones") as change:
        area = shapely.multipolygons([shapely.box(500150.0, 4059950.0, 500350.0, 4060050.0)]).wkb
        change.insert(KINDS["neighbourhood"].table, [{"code": "X1", "name": "泉城小区", "geom": area}])
        change.insert(KINDS["dma"].table, [{"code": "X1", "geom": area}])
    qtbot.waitUntil(lambda: panel.zone.findData("neighbourhood:X1") > 0, timeout=10000)
    assert panel.zone.itemText(panel.zone.findData("neighbourhood:X1")) == "小区 X1 泉城小区"
    assert panel.zone.findData("dma:X1") > 0
    panel.zone.setCurrentIndex(panel.zone.findData("neighbourhood:X1"))
    panel.direction.setCurrentIndex(panel.direction.findData("connected"))
    panel.trace.click()
    qtbot.waitUntil(lambda: panel.lists.topLevelItemCount() > 0, timeout=10000)
    assert lists(panel)["管段（3）"] == ["p2", "p3", "p4"]
