"""Shut-offs on small workspaces of both homes: planned, carried out, planned anew, met by others."""

import datetime
import json
import subprocess

import openpyxl
import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.commandline.program import run
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_plugins.shutoff import operations
from jnw_plugins.shutoff.document import write_list, write_notice
from jnw_plugins.shutoff.operations import PlanRefused, StepRefused, advance, arrange, replan, tell_fire
from jnw_plugins.shutoff.order import write_order
from jnw_plugins.shutoff.overlaps import overlaps
from jnw_plugins.shutoff.register import listed, show

from ...facilities.citykit import build, customer

# S1 and S2 feed the hospital C1 at a through V1 and V4; C2 hangs beyond V2, C3 beyond V3.
CITY = "S1 -p1- V1 -p2- a -p3- V2 -p4- b -p5- V3 -p6- c\nS2 -p7- V4 -p8- a\na -p9- M1\nb -p10- M2\nc -p11- M3"
TIMES = {"begin": "2026-12-01T08:00+08:00", "end": "2026-12-01T17:00+08:00"}
PLANNED = "2019-12-31T08:00"
NOTIFIED, CLOSED = "2026-11-29T08:00+08:00", "2026-12-01T08:10+08:00"
VALVE = KINDS["valve"].table


@pytest.fixture
def uids(workspace):
    made = build(workspace, CITY)
    with workspace.change("people") as change:
        customer(change, "C1", (500100.0, 4059800.0), made["M1"], households=1, priority="hospital")
        customer(change, "C2", (500100.0, 4059700.0), made["M2"], households=12)
        customer(change, "C3", (500100.0, 4059600.0), made["M3"], households=5)
        change.update(VALVE, made["V2"], {"turns": 21.0})
    return made


def planned(workspace, pipe, **values):
    return operations.plan(workspace, pipe=pipe, reason="更换阀门", **({"planned_at": PLANNED} | TIMES | values))


def carry_to(workspace, code, *steps):
    """Steps at their usual times; ``planned`` was taken before them."""
    times = {"approved": "2020-01-01T08:00", "notified": "2020-01-01T09:00", "closed": "2020-01-02T10:00"}
    told = {}
    for step in steps:
        told = advance(workspace, code, step, at=times.get(step, "2020-01-02T18:00"), who="li")
    return told


def valves(workspace):
    with workspace.read() as connection:
        query = sa.select(VALVE.c.code, VALVE.c.present_state, VALVE.c.last_operated, VALVE.c.operability)
        return {row.code: tuple(row)[1:] for row in connection.execute(query)}


def test_a_plan_is_kept_and_told_in_codes(workspace, uids):
    told = planned(workspace, "p5")
    assert (told["state"], told["close"], told["burst"]) == ("planned", ["V2", "V3"], "p5")
    assert (told["customers"], told["essential"], told["households"]) == (["C2", "C3"], [], 17)
    assert [row["code"] for row in listed(workspace)] == [told["code"]]
    assert listed(workspace, "closed") == []


def test_closing_and_restoring_operate_the_valves_and_log_it(workspace, uids):
    code = planned(workspace, "p5")["code"]
    before = valves(workspace)
    told = carry_to(workspace, code, "approved", "notified", "closed")
    assert [(row["valve"], row["action"], row["turns"], row["who"]) for row in told["operations"]] == [
        ("V2", "close", 21.0, "li"),
        ("V3", "close", None, "li"),
    ]
    now = valves(workspace)
    assert now["V2"] == now["V3"] == ("closed", "2020-01-02", "operable")
    assert now["V1"] == before["V1"]
    changes = len(workspace.history())
    told = carry_to(workspace, code, "repaired", "restored")
    assert len(workspace.history()) == changes + 2
    assert (told["state"], told["next"], told["actual_end"][:10]) == ("restored", [], "2020-01-02")
    assert {valves(workspace)[code][0] for code in ("V2", "V3")} == {"open"}
    assert [step["state"] for step in told["steps"]] == [
        "planned", "approved", "notified", "closed", "repaired", "restored",
    ]  # fmt: skip
    workspace.undo()
    assert show(workspace, code)["state"] == "repaired"
    assert valves(workspace)["V2"][0] == "closed"


def test_a_valve_that_two_shutoffs_closed_is_open_once_both_are_over(workspace, uids):
    one, two = (planned(workspace, pipe)["code"] for pipe in ("p5", "p3"))
    assert ("V2" in show(workspace, one)["close"], "V2" in show(workspace, two)["close"]) == (True, True)
    for code in (one, two):
        carry_to(workspace, code, "approved", "notified", "closed")
    carry_to(workspace, one, "repaired", "restored")
    assert (valves(workspace)["V2"][0], valves(workspace)["V3"][0]) == ("closed", "open")
    carry_to(workspace, two, "repaired", "restored")
    assert {state for state, _day, _can in valves(workspace).values() if state} == {"open"}


def test_a_refused_step_changes_nothing(workspace, uids):
    code = planned(workspace, "p5")["code"]
    with pytest.raises(StepRefused):
        advance(workspace, code, "closed", at="2020-01-01T08:00")
    carry_to(workspace, code, "approved", "notified")
    changes = len(workspace.history())
    with pytest.raises(StepRefused, match="24"):
        advance(workspace, code, "closed", at="2020-01-02T08:59")
    with pytest.raises(UsageError):
        advance(workspace, code, "closed", at="2020-01-02T10:00", turns={"V1": 3.0})
    assert len(workspace.history()) == changes
    assert valves(workspace)["V2"][0] is None


def test_a_valve_found_stuck_makes_the_plan_anew_and_asks_for_notice(workspace, uids):
    code = planned(workspace, "p5")["code"]
    carry_to(workspace, code, "approved", "notified")
    told = replan(workspace, code, "V2", "stuck", turns=3.0)
    assert set(told["close"]) == {"V1", "V3", "V4"}
    assert (told["stuck"], told["more_customers"], told["state"]) == (["V2"], 1, "approved")
    assert [(row["valve"], row["result"], row["turns"]) for row in told["operations"]] == [("V2", "stuck", 3.0)]
    assert valves(workspace)["V2"][2] == "stuck"
    with pytest.raises(PlanRefused):
        replan(workspace, code, "V2", "stuck")


def test_a_valve_that_another_shut_off_needs_stays_closed(workspace, uids):
    first, second = (planned(workspace, pipe, kind="emergency")["code"] for pipe in ("p3", "p5"))
    for code in (first, second):
        carry_to(workspace, code, "notified", "closed")
    told = carry_to(workspace, second, "repaired", "restored")
    opened = [(row["valve"], row["result"]) for row in told["operations"] if row["action"] == "open"]
    assert sorted(opened) == [("V2", "held"), ("V3", "done")]
    assert valves(workspace)["V2"][0] == "closed"
    carry_to(workspace, first, "repaired", "restored")
    assert valves(workspace)["V2"][0] == "open"


@pytest.mark.parametrize("closed", [False, True])
def test_two_that_together_leave_the_hospital_dry_are_found(workspace, uids, closed):
    """The hospital has a way to each source: p1 or p7 alone does not hurt it, open or closed already."""
    first = planned(workspace, "p1", kind="emergency")["code"]
    if closed:
        carry_to(workspace, first, "notified", "closed")
        with workspace.change("as planned") as change:  # what was closed in 2020 meets nothing in 2026
            from jnw_plugins.shutoff.model import SHUTOFF

            uid = change.connection.scalar(sa.select(SHUTOFF.c.uid).where(SHUTOFF.c.code == first))
            change.update(SHUTOFF, uid, {"actual_begin": TIMES["begin"]})
    second = planned(workspace, "p7")["code"]
    (meeting,) = overlaps(workspace, second)
    assert (meeting["code"], meeting["valves"], meeting["essential"]) == (first, [], ["C1"])


def test_others_meet_in_time_and_space(workspace, uids):
    first = planned(workspace, "p3")["code"]
    second = planned(workspace, "p5")["code"]
    (meeting,) = overlaps(workspace, first)
    assert (meeting["code"], meeting["valves"], meeting["customers"]) == (second, ["V2"], ["C2", "C3"])
    advance(workspace, second, "cancelled")
    assert overlaps(workspace, first) == []
    planned(workspace, "p5", begin=TIMES["end"], end="2026-12-02T08:00+08:00")
    assert overlaps(workspace, first) == []


def test_wrong_words_are_refused(workspace, uids):
    for values in ({"end": TIMES["begin"]}, {"begin": "tomorrow"}, {"kind": "whim"}, {"reason": " "}):
        with pytest.raises(UsageError):
            operations.plan(workspace, pipe="p5", **({"reason": "x"} | TIMES | values))
    assert listed(workspace) == []


def text_of(path):
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def test_the_notice_and_the_list_say_what_the_law_asks(workspace, uids, tmp_path):
    code = planned(workspace, "p5", road="泉城路", contact="热线 12345")["code"]
    text = text_of(write_notice(workspace, code, str(tmp_path / "n.pdf"), who="li"))
    for word in (
        "更换阀门",
        "泉城路",
        "2026-12-01 08:00",
        "2026-12-01 17:00",
        "12345",
        "第三十四条",
        "17 户居民",
        code,
    ):
        assert word in text, word
    sheet = openpyxl.load_workbook(write_list(workspace, str(tmp_path / "l.xlsx"))).active
    assert [sheet.cell(2, column).value for column in (1, 4, 5, 10)] == [code, "更换阀门", "泉城路", 2]


@pytest.mark.engine
def test_the_notice_shows_the_area_and_neither_pipes_nor_what_is_doubtful(workspace, uids, tmp_path):
    with workspace.change("not joined") as change:
        line = shapely.to_wkb(shapely.LineString([(500450.0, 4060000.0), (500450.0, 4060080.0)]))
        change.insert(KINDS["pipe"].table, [{"code": "g1", "geom": line}])
    told = planned(workspace, "p5")
    assert "g1" in " ".join(told["warnings"])
    first, *others = text_of(write_notice(workspace, told["code"], str(tmp_path / "n.pdf"), who="li")).split("\f")
    assert ("g1" in first, "DN" in "".join(others)) == (False, False)
    assert "停水范围" in others[0]
    assert "1:" in others[0]


@pytest.mark.engine
def test_the_order_numbers_the_valves(workspace, uids, tmp_path):
    code = planned(workspace, "p5")["code"]
    text = text_of(write_order(workspace, code, str(tmp_path / "o.pdf"), who="li"))
    assert all(word in text for word in ("V2", "V3", "21", code, "1:"))


@pytest.mark.engine
def test_an_order_with_no_valve_to_close_still_shows_where(workspace, uids, tmp_path):
    code = planned(workspace, "p5", stuck=["V1", "V2", "V3", "V4"])["code"]
    text = text_of(write_order(workspace, code, str(tmp_path / "o.pdf"), who="li"))
    assert all(word in text for word in ("没有任何一组阀门能隔断此处爆管", "V4", "1:")), text


def test_the_commands(place, workspace, uids, capsys):
    def jnw(*arguments):
        with pytest.raises(SystemExit) as ended:
            run(["shutoff", *arguments, "--json"])
        return ended.value.code, json.loads(capsys.readouterr().out)

    times = ("--begin", TIMES["begin"], "--end", TIMES["end"], "--reason", "抢修", "--time", PLANNED)
    status, told = jnw("plan", place, "--pipe", "p5", *times)
    code = told["code"]
    assert (status, told["close"]) == (0, ["V2", "V3"])
    status, told = jnw("advance", place, code, "restored")
    assert (status, told["error"]["kind"]) == (3, "step_refused")
    assert jnw("advance", place, code, "approved")[1]["state"] == "approved"
    assert jnw("list", place)[1]["shutoffs"][0]["code"] == code
    assert jnw("overlaps", place, code)[1] == {"shutoff": code, "overlaps": []}
    assert jnw("show", place, "none")[0] == 3


def with_hydrant(workspace, uids):
    """A hydrant at b: whoever shuts p5 takes its water."""
    with workspace.change("hydrant") as change:
        at = shapely.to_wkb(shapely.Point(500300.0, 4059900.0))
        (hydrant,) = change.insert(KINDS["hydrant"].table, [{"code": "H1", "geom": at}])
        line = shapely.to_wkb(shapely.LineString([(500300.0, 4060000.0), (500300.0, 4059900.0)]))
        change.insert(KINDS["pipe"].table, [
            {"code": "p12", "dn": 100, "geom": line, "start_node": uids["b"], "end_node": hydrant},
        ])  # fmt: skip


def test_the_fire_brigade_is_told_a_day_before_a_closing_that_takes_a_hydrants_water(workspace, uids, tmp_path):
    with_hydrant(workspace, uids)
    code = planned(workspace, "p5")["code"]
    told = show(workspace, code)
    assert (told["hydrants"], told["fire_notices"]) == (["H1"], [])
    assert "消防" in " ".join(told["warnings"])
    carry_to(workspace, code, "approved", "notified")
    with pytest.raises(StepRefused, match="消防"):
        advance(workspace, code, "closed", at="2020-01-02T10:00")
    told = tell_fire(workspace, code, at="2020-01-01T11:00", who="wang", note="119 值班室")
    assert [(row["at"][:16], row["who"], row["note"]) for row in told["fire_notices"]] == [
        ("2020-01-01T11:00", "wang", "119 值班室"),
    ]  # fmt: skip
    assert [step["state"] for step in told["steps"]] == ["planned", "approved", "notified"]
    with pytest.raises(StepRefused, match="消防"):
        advance(workspace, code, "closed", at="2020-01-02T10:59")
    assert "wang" in text_of(write_notice(workspace, code, str(tmp_path / "n.pdf"), who="li"))
    assert "消防" not in " ".join(advance(workspace, code, "closed", at="2020-01-02T11:00")["warnings"])


def test_a_closing_before_the_announced_time_is_told(workspace, uids):
    for day, early in (("2020-01-02", False), ("2020-01-03", True)):
        code = planned(workspace, "p5", begin=f"{day}T09:00", end=f"{day}T17:00")["code"]
        carry_to(workspace, code, "approved", "notified")
        told = advance(workspace, code, "closed", at="2020-01-02T09:30")
        assert any("公布" in said for said in told["warnings"]) is early


def test_what_is_doubtful_of_a_plan_stays_with_it(workspace, uids):
    with workspace.change("not joined") as change:
        line = shapely.to_wkb(shapely.LineString([(500450.0, 4060000.0), (500450.0, 4060080.0)]))
        change.insert(KINDS["pipe"].table, [{"code": "g1", "geom": line}])
    code = planned(workspace, "p5")["code"]
    assert "g1" in " ".join(show(workspace, code)["warnings"])


def test_a_plan_made_anew_is_told_to_the_fire_brigade_anew(workspace, uids):
    with_hydrant(workspace, uids)
    code = planned(workspace, "p5")["code"]
    tell_fire(workspace, code, at="2020-01-01T11:00")
    replan(workspace, code, "V3", "lost", at="2020-01-01T12:00")
    assert "消防" in " ".join(show(workspace, code)["warnings"])
    told = tell_fire(workspace, code, at="2020-01-01T13:00")
    assert "消防" not in " ".join(told["warnings"])


def test_there_is_no_hydrant_to_tell_of(workspace, uids):
    code = planned(workspace, "p1")["code"]
    with pytest.raises(StepRefused):
        tell_fire(workspace, code)


def test_what_is_to_come_is_no_step(workspace, uids):
    soon = (datetime.datetime.now().astimezone() + datetime.timedelta(hours=1)).isoformat()
    code = planned(workspace, "p5")["code"]
    changes = len(workspace.history())
    for act in (
        lambda: advance(workspace, code, "approved", at=soon),
        lambda: replan(workspace, code, "V2", "stuck", at=soon),
        lambda: tell_fire(workspace, code, at=soon),
        lambda: planned(workspace, "p3", planned_at=soon),
    ):
        with pytest.raises(StepRefused):
            act()
    assert len(workspace.history()) == changes


def test_supply_and_contact_are_arranged_later(workspace, uids):
    code = planned(workspace, "p5", end="2026-12-03T08:00+08:00")["code"]
    carry_to(workspace, code, "approved")
    with pytest.raises(StepRefused):
        advance(workspace, code, "notified", at="2020-01-01T09:00")
    told = arrange(workspace, code, supply="送水车两辆", contact="热线 12345")
    assert (told["supply"], told["contact"]) == ("送水车两辆", "热线 12345")
    assert arrange(workspace, code, contact="")["contact"] is None
    assert show(workspace, code)["supply"] == "送水车两辆"
    assert carry_to(workspace, code, "notified")["state"] == "notified"
    with pytest.raises(UsageError):
        arrange(workspace, code)
    advance(workspace, code, "cancelled")
    with pytest.raises(StepRefused):
        arrange(workspace, code, contact="x")


@pytest.mark.engine
def test_papers_of_a_demonstration_say_so(tmp_path):
    with Workspace.create(tmp_path / "d.gpkg", demonstration=True) as workspace:
        build(workspace, CITY)
        code = planned(workspace, "p5")["code"]
        for write in (write_notice, write_order):
            assert "演示数据" in text_of(write(workspace, code, str(tmp_path / "x.pdf"), who="li"))
