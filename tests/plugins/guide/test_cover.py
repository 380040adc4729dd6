"""The cover and what is worked out for it: cautions, shut-off plans, measures, sections, validity, company."""

import datetime
import re
import subprocess

import pytest
import shapely

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.releases.roles import set_role
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide import operations, register
from jnw_plugins.guide.cautions import cautions
from jnw_plugins.guide.company import Company, company, set_company
from jnw_plugins.guide.measures import read_measures
from jnw_plugins.guide.rules import above_pit, months_later, supervision
from jnw_plugins.guide.sections import cuts
from jnw_plugins.guide.struck import plans
from jnw_plugins.guide.survey import survey
from jnw_plugins.guide.table import Protection, RuleTable, read_table

from .conftest import EAST, NORTH

TODAY = datetime.date(2026, 11, 25)


def put(workspace, kind, *rows):
    with workspace.change("put") as change:
        placed = [values | {"geom": shape.wkb} for shape, values in rows]
        return change.insert(KINDS[kind].table, placed)


def point(x, y):
    return shapely.Point(EAST + x, NORTH + y)


def road(y, **values):
    return shapely.MultiLineString([[(EAST - 50, NORTH + y), (EAST + 90, NORTH + y)]]), values


def told(workspace, today=TODAY, reach=10.0):
    site = queries.find(workspace, "S1", "construction_site")
    return cautions(workspace, site, reach, read_measures(), today)


def test_springs_within_20_and_50_metres(city):
    with Workspace.open(city) as workspace:
        put(
            workspace, "spring",
            (point(-20, 10), {"name": "甲泉", "listed": True}),
            (point(-20.01, 0), {"name": "乙泉", "listed": True}),
            (point(90, 10), {"name": "丙泉"}),
            (point(90.01, 10), {"name": "丁泉", "listed": True}),
        )  # fmt: skip
        found = told(workspace)
        assert "甲泉" in found[0].text
        assert [one.records[0].values["name"] for one in found] == ["甲泉", "乙泉", "丙泉"]
        assert [one.grave for one in found] == [True, False, False]
        assert "第三十二条" in found[0].source
        uid = queries.find(workspace, "S1", "construction_site").uid
        with workspace.change("deeper") as change:
            change.update(KINDS["construction_site"].table, uid, {"dig_depth": 2.5})
        assert [one.records[0].values["name"] for one in told(workspace) if one.grave] == ["甲泉", "乙泉"]


def test_roads_that_must_not_be_dug(town):
    with Workspace.open(town) as workspace:
        put(
            workspace, "road",
            road(5, name="新路", rebuilt=2017, width=20.0),
            road(6, name="旧路", rebuilt=2016, width=20.0),
            road(7, name="禁挖路", no_dig_until=datetime.date(2026, 11, 25), rebuilt=2000),
            road(8, name="已解禁路", no_dig_until=datetime.date(2026, 11, 24), rebuilt=2025),
            road(35, name="远路", rebuilt=2025, width=29.9),
            road(34.9, name="宽路", rebuilt=2025, width=29.9),
        )  # fmt: skip
        found = told(workspace)
        assert sorted(one.records[0].values["name"] for one in found) == ["宽路", "新路", "禁挖路"]
        assert all(one.grave and "第三十八条" in one.source for one in found)


def test_breaks_of_the_last_years_planned_pipes_and_other_works(town):
    with Workspace.open(town) as workspace:
        put(
            workspace, "break",
            (point(5, 5), {"code": "B1", "date": datetime.date(2021, 11, 25)}),
            (point(6, 5), {"code": "B2", "date": datetime.date(2021, 11, 24)}),
            (point(7, 29), {"code": "B3", "date": datetime.date(2026, 1, 2)}),
            (point(7, 31), {"code": "B4", "date": datetime.date(2026, 1, 2)}),
        )  # fmt: skip
        line = shapely.LineString([(EAST, NORTH + 5), (EAST + 40, NORTH + 5)])
        put(workspace, "pipe", (line, {"code": "PLAN", "dn": 300, "state": "planned"}))
        beside = shapely.MultiPolygon([shapely.box(EAST + 45, NORTH, EAST + 50, NORTH + 5)])
        over = {"code": "S3", "state": "in_service", "end_date": datetime.date(2026, 11, 24)}
        put(workspace, "construction_site", (beside, {"code": "S2", "state": "in_service"}), (beside, over))
        breaks, planned, other = told(workspace)
        assert [one.code for one in breaks.records] == ["B3", "B1"]
        assert "2026-01-02" in breaks.text
        assert [one.code for one in planned.records] == ["PLAN"]
        assert [one.code for one in other.records] == ["S2"]


@pytest.fixture
def supplied(town):
    """A waterworks, a valve on either side of the site, and a customer between: W ─ V1 ══ THROUGH ══ V2 ─ E."""
    with Workspace.open(town) as workspace:
        ends = put(workspace, "valve", (point(-20, 10), {"code": "V1"}), (point(60, 10), {"code": "V2"}))
        (works,) = put(workspace, "waterworks", (point(-60, 10), {"code": "W"}))
        (end,) = put(workspace, "node", (point(100, 10), {"code": "E"}))
        (tap,) = put(workspace, "node", (point(20, 10), {"code": "T"}))

        def between(code, first, last, x):
            line = shapely.LineString([(EAST + x[0], NORTH + 10), (EAST + x[1], NORTH + 10)])
            return line, {"code": code, "dn": 300, "start_node": first, "end_node": last, "state": "in_service"}

        through = queries.find(workspace, "THROUGH", "pipe")
        with workspace.change("cut") as change:
            change.delete(KINDS["pipe"].table, through.uid)
        put(
            workspace, "pipe", between("IN", works, ends[0], (-60, -20)), between("A", ends[0], tap, (-20, 20)),
            between("B", tap, ends[1], (20, 60)), between("OUT", ends[1], end, (60, 100)),
        )  # fmt: skip
    return town


def test_what_to_shut_when_a_pipe_is_struck(supplied):
    with Workspace.open(supplied) as workspace:
        site = queries.find(workspace, "S1", "construction_site")
        found = plans(workspace, survey(workspace, site, read_table()).pipes)
        assert [(plan.pipes, set(plan.close), plan.unstoppable) for plan in found.plans] == [
            (("A", "B"), {"V1", "V2"}, False)
        ]
        assert (found.left, found.dry) == (0, 0)


@pytest.mark.engine
def test_a_guide_is_stale_when_a_valve_it_names_changes_and_tells_what_the_cover_must(supplied, tmp_path):
    out = tmp_path / "guide.pdf"
    with Workspace.open(supplied) as workspace:
        set_company(workspace, name="济南水务集团", phone="0531-96000")
        issued = operations.issue(workspace, "S1", str(out))
        text = "".join(subprocess.run(["pdftotext", "-raw", out, "-"], capture_output=True, text=True).stdout.split())
        for words in (
            "0531-96000", "A,B", "V1", "第十六条", "505040.00", "4059520.00", "117.05", "断面1–1′", "版本记录",
            "以现场探坑为准", months_later(datetime.date.today(), 3).isoformat(),
        ):  # fmt: skip
            assert words in text, words
        assert not any(guide["stale"] for guide in register.issued(workspace))
        valve = queries.find(workspace, "V2", "valve")
        with workspace.change("stuck") as change:
            change.update(KINDS["valve"].table, valve.uid, {"operability": "stuck"})
        (guide,) = register.issued(workspace)
        assert (guide["guide"], guide["stale"], guide["changed"]) == (issued.guide, True, ["V2"])


@pytest.mark.engine
def test_corners_are_told_as_exactly_as_the_recipient_may_know(town, tmp_path):
    with Workspace.open(town) as workspace:
        set_role(workspace, "取整", "100")
        set_role(workspace, "公众", "hidden")
        for role in ("取整", "公众"):
            operations.issue(workspace, "S1", str(tmp_path / f"{role}.pdf"), terms=Terms("某人", role))
    rounded, hidden = (
        subprocess.run(["pdftotext", "-layout", tmp_path / f"{role}.pdf", "-"], capture_output=True, text=True).stdout
        for role in ("取整", "公众")
    )
    assert re.search(r"\b505000\b +\b4059500\b +117\.056° +36\.666°", rounded)
    assert not re.search(r"505040|4059520\b", rounded)
    assert "不向该接收方提供坐标" in hidden
    assert not re.search(r"\b50[45]\d{3}\b|\b4059\d{3}\b|117\.0", hidden)


def test_measures_by_kind_of_work():
    table = read_measures()
    assert all(row.source for row in table.measure)
    everywhere = table.of("blasting", in_zone=False)
    assert any("爆破" in row.text for row in everywhere)
    assert not any("顶管" in row.text for row in table.of("blasting", in_zone=True))
    assert any("顶管" in row.text for row in table.of("trenchless", in_zone=True))
    assert not any("顶管" in row.text for row in table.of("trenchless", in_zone=False))
    assert len(table.of(None, in_zone=True)) == len(table.measure)


def test_the_rule_table_by_works_material_and_diameter():
    rows = [
        {
            "use": "",
            "metres": 7.0,
            "works": ["piling"],
            "dn_from": 300,
            "materials": ["ZT"],
            "source": "a",
            "verified": True,
        },
        {"use": "raw", "metres": 5.0, "dn_to": 200, "source": "b", "verified": True},
        {"use": "", "metres": 2.0, "source": "c", "verified": True},
    ]
    table = RuleTable.model_validate(read_table().model_dump(by_alias=True) | {"protection": rows})

    def metres(*told):
        return table.protection_of(*told).metres

    assert metres("distribution", 300, "ZT", "piling") == 7.0
    assert [
        metres("distribution", *told) for told in ((299, "ZT", "piling"), (300, "QM", "piling"), (300, "ZT", "trench"))
    ] == [2.0] * 3
    assert metres("distribution", None, None, None) == 7.0  # what is not known may be what the row is about
    assert [metres("raw", dn, "QM", "trench") for dn in (200, 201)] == [5.0, 2.0]
    assert isinstance(table.protection_of("raw"), Protection)


def test_how_far_a_pipe_stands_over_the_bottom_of_the_pit():
    assert above_pit(1.2, 3.0) == pytest.approx(1.8)
    assert above_pit(3.5, 3.0) == pytest.approx(-0.5)
    assert above_pit(None, 3.0) is above_pit(1.2, None) is None


def test_three_months_later():
    assert months_later(datetime.date(2026, 11, 25), 3) == datetime.date(2027, 2, 25)
    assert months_later(datetime.date(2026, 11, 30), 3) == datetime.date(2027, 2, 28)


def test_sections_cut_what_lies_there_and_show_the_pit(town):
    with Workspace.open(town) as workspace:
        site = queries.find(workspace, "S1", "construction_site")
        found = survey(workspace, site, read_table())
        (cut,) = cuts(workspace, shapely.from_wkb(site.geometry), found)
    # Square to THROUGH at the middle of its stretch inside (E + 20); BESIDE lies 13 m north of it.
    assert shapely.get_coordinates(cut.line)[:, 0] == pytest.approx([EAST + 20, EAST + 20])
    assert [row["code"] for row in cut.told["pipes"]] == ["THROUGH", "BESIDE"] or [
        row["code"] for row in cut.told["pipes"]
    ] == ["BESIDE", "THROUGH"]
    through = next(row for row in cut.told["pipes"] if row["code"] == "THROUGH")
    assert (through["top"], through["bottom"], through["ground"]) == (-1.2, pytest.approx(-1.5), 0.0)
    beside = next(row for row in cut.told["pipes"] if row["code"] == "BESIDE")
    assert (beside["top"], beside["depth"]) == (None, None)
    ((low, high),) = cut.pit
    assert high - low == pytest.approx(10.5)  # from half a metre south of THROUGH to the site's northern edge


def test_the_company_is_kept_and_only_what_is_named_changes(city, jnw):
    with Workspace.open(city) as workspace:
        assert company(workspace) == Company()
        set_company(workspace, name=" 济南水务 ", phone="96000")
        assert set_company(workspace, department="管网部") == Company("济南水务", "管网部", "96000", "")
        assert workspace.undo().why == "city"  # it is no change of the data
        workspace.redo()
        assert workspace.verify() == []
    assert jnw("guide", "company", city, "--address", "历下区")[1]["address"] == "历下区"
    assert jnw("guide", "company", city)[1] == {
        "name": "济南水务", "department": "管网部", "phone": "96000", "address": "历下区",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("relations", "level"),
    [([], "none"), (["near"], "daily"), (["near", "protected"], "standing"), (["inside"], "standing")],
)
def test_how_closely_works_are_watched(relations, level):
    assert supervision(relations) == level
    assert getattr(read_measures().supervision, level)
