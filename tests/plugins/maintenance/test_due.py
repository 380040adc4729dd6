"""Plans and what is due by them, on both homes."""

import pytest
from sqlalchemy import select

from jnw_desktop.errors import UsageError
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_plugins.maintenance.due import due, shapes
from jnw_plugins.maintenance.model import PLAN
from jnw_plugins.maintenance.operations import record
from jnw_plugins.maintenance.plans import PlanRefused, end, listed, plan

DAY = "2026-11-25"


def codes(workspace, **wanted):
    told = due(workspace, as_of=DAY, **wanted)
    return [row["code"] for row in told["facilities"]]


def test_a_figure_that_nobody_gives_must_be_stated(workspace, town):
    with pytest.raises(UsageError, match="阀门启闭保养"):
        plan(workspace, of_task="exercise")
    told = plan(workspace, of_task="clean", start=DAY)
    assert (told["months"], told["facilities"], told["warnings"]) == (6, 1, [])
    assert "第三十二条" in told["source"]
    told = plan(workspace, of_task="clean", months=8, start=DAY)
    assert told["source"] is None
    assert any("6" in text for text in told["warnings"])


def test_whole_city_counts_states_and_says_never(workspace, town):
    plan(workspace, of_task="exercise", months=12, start="2026-01-01")
    told = due(workspace, as_of=DAY, state="all")
    rows = {row["code"]: (row["last"], row["due"], row["state"]) for row in told["facilities"]}
    assert rows == {
        "V1": ("2025-08-31", "2026-08-31", "overdue"),
        "V2": (None, "2026-01-01", "overdue"),
        "V3": ("2026-10-01", "2027-10-01", "done"),
    }
    assert told["counts"] == {"overdue": 2, "due": 0, "done": 1, "later": 0, "never": 1}
    assert [row["code"] for row in told["facilities"]] == ["V2", "V1", "V3"]
    assert told["facilities"][1]["days"] == -86
    assert codes(workspace) == ["V2", "V1"]
    assert codes(workspace, within=400) == ["V2", "V1", "V3"]
    assert codes(workspace, state="done") == ["V3"]


def test_scopes(workspace, town):
    for scope, held in (
        ({"dn_from": 300}, {"V1", "V2"}),
        ({"dn_from": 100, "dn_to": 300}, {"V1", "V3"}),
        ({"road": "经十路"}, {"V1", "V2"}),
        ({"where": "dn = 600 or road = '文化路'"}, {"V2", "V3"}),
        ({"dma": "D1", "dn_to": 300}, {"V1", "V3"}),
    ):
        told = plan(workspace, of_task="exercise", months=1, start="2026-01-01", **scope)
        assert told["facilities"] == len(held)
        assert set(codes(workspace, state="all", plan=told["code"])) == held


def test_each_task_is_for_its_own_facilities(workspace, town):
    for task, code in (("service", "A1"), ("flush", "B1"), ("verify", "M1")):
        plan(workspace, of_task=task, months=6, start="2026-01-01")
        assert codes(workspace, of_task=task) == [code]
    plan(workspace, of_task="flow_test", months=12, start="2026-12-20")
    assert codes(workspace, of_task="flow_test") == ["H1", "H2"]
    assert codes(workspace, of_task="flow_test", within=0) == []
    assert codes(workspace, of_task="flow_test", within=0, state="later") == ["H1", "H2"]


def test_several_plans_tell_a_facility_once_by_the_one_that_comes_first(workspace, town):
    slow = plan(workspace, of_task="exercise", months=24, start="2026-01-01")["code"]
    quick = plan(workspace, of_task="exercise", months=6, dn_from=300, start="2026-01-01")["code"]
    told = {row["code"]: (row["plan"], row["due"]) for row in due(workspace, as_of=DAY, state="all")["facilities"]}
    assert told == {"V1": (quick, "2026-02-28"), "V2": (slow, "2026-01-01"), "V3": (slow, "2028-10-01")}
    assert set(codes(workspace, plan=quick)) == {"V1", "V2"}
    end(workspace, quick, on="2026-11-24")
    assert codes(workspace) == ["V2"]
    assert [row["code"] for row in listed(workspace)] == [slow, quick]
    with pytest.raises(PlanRefused):
        end(workspace, quick)
    workspace.undo()
    assert codes(workspace) == ["V2", "V1"]


def test_a_record_comes_before_the_facilitys_own_date(workspace, town):
    plan(workspace, of_task="exercise", months=12, start="2025-01-01")
    record(workspace, of_task="exercise", code="V1", result="ok", date="2026-03-31", by="张")
    record(workspace, of_task="exercise", code="V3", result="could_not", found="buried", date="2026-11-01", by="张")
    rows = {row["code"]: row for row in due(workspace, as_of=DAY, state="all")["facilities"]}
    assert (rows["V1"]["last"], rows["V1"]["due"], rows["V1"]["result"]) == ("2026-03-31", "2027-03-31", "ok")
    assert (rows["V3"]["last"], rows["V3"]["state"], rows["V3"]["found"]) == ("2026-10-01", "done", "buried")


def test_sorting_paging_and_looking(workspace, town):
    plan(workspace, of_task="exercise", months=1, start="2026-01-01")
    plan(workspace, of_task="flow_test", months=1, start="2026-01-01")
    assert codes(workspace, sort="code") == ["H1", "H2", "V1", "V2", "V3"]
    assert codes(workspace, sort="dn", descending=True)[:2] == ["V2", "V1"]
    assert codes(workspace, sort="road", limit=3, offset=1) == ["H1", "V1", "V2"]
    assert codes(workspace, text="V") == ["V2", "V1", "V3"]
    assert set(codes(workspace, text="文化")) == {"V3", "H1"}
    assert codes(workspace, uid=town["H2"]) == ["H2"]
    assert due(workspace, as_of=DAY, limit=1)["total"] == 5
    assert set(shapes(workspace)) <= {"overdue", "due"}


def test_what_cannot_be_asked(workspace, town):
    for wanted, error in (
        ({"of_task": "x"}, UsageError), ({"plan": "YJ9"}, NoSuchRow), ({"state": "x"}, UsageError),
        ({"sort": "x"}, UsageError), ({"within": -1}, UsageError), ({"as_of": "25.11.2026"}, UsageError),
    ):  # fmt: skip
        with pytest.raises(error):
            due(workspace, **({"as_of": DAY} | wanted))


def test_a_plan_that_makes_no_sense_is_not_made(workspace, town):
    for said in (
        {"months": 0}, {"months": 601}, {"where": "dn >"}, {"where": "nothing = 1"}, {"dn_from": 300, "dn_to": 100},
        {"start": "soon"}, {"dma": "D9"}, {"of_task": "clean", "months": 6, "dn_from": 100},
    ):  # fmt: skip
        with pytest.raises((UsageError, NoSuchRow)):
            plan(workspace, **({"of_task": "exercise", "months": 12} | said))
    with workspace.read() as connection:
        assert connection.execute(select(PLAN)).all() == []


def test_an_empty_town_has_nothing_due(workspace):
    told = plan(workspace, of_task="exercise", months=12)
    assert told["facilities"] == 0
    assert told["warnings"]
    assert due(workspace)["facilities"] == []
    assert shapes(workspace) == {}
    assert workspace.verify() == []
