"""Checks on a workspace, on both homes: run, mend in one undo step, waive, look only at what changed."""

from importlib.resources import files

import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.checks import operations
from jnw_desktop.facilities.checks.limits import RuleTableRefused, read_table
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.task import Task, TaskCancelled
from jnw_desktop.workspace import Workspace

EAST, NORTH = 500000.0, 4059000.0


def put(workspace, *facilities):
    """Facilities as (kind, code, places from the corner, values); ``*_node`` values are codes. Returns uids by code."""
    uids = {}
    with workspace.change("city") as change:
        for kind, code, places, values in facilities:
            at = [(EAST + e, NORTH + n) for e, n in places]
            shape = shapely.Point(at[0]) if len(at) == 1 else shapely.LineString(at)
            ends = {name: uids.get(value, value) for name, value in values.items() if name.endswith("_node")}
            (uids[code],) = change.insert(KINDS[kind].table, [{"code": code, "geom": shape.wkb} | values | ends])
    return uids


def rows(workspace, kind):
    with workspace.read() as connection:
        return {row["code"]: dict(row) for row in connection.execute(sa.select(KINDS[kind].table)).mappings()}


def everything(workspace):
    return {kind: rows(workspace, kind) for kind in ("pipe", "node", "valve", "hydrant")}


def apart(state):
    """What is in the tables but versions, which count every change."""
    return {
        kind: {code: {k: v for k, v in row.items() if k not in ("version", "fid")} for code, row in found.items()}
        for kind, found in state.items()
    }


def codes(report, rule):
    return sorted(one.code for one in report.findings if one.rule == rule)


def check_one(workspace, rule):
    return operations.check(workspace, rules=[rule])


@pytest.fixture
def crossroads(workspace):
    """Two pipes that cross with no node, and one that misses the first pipe's node by 0.3 m."""
    uids = put(
        workspace,
        ("node", "A", [(0, 0)], {}),
        ("node", "B", [(20, 0)], {}),
        ("node", "C", [(10, -10)], {}),
        ("node", "D", [(10, 10)], {}),
        ("pipe", "P", [(0, 0), (20, 0)], {"start_node": "A", "end_node": "B", "dn": 200, "year": 2030}),
        ("pipe", "Q", [(10, -10), (10, 10)], {"start_node": "C", "end_node": "D", "dn": 200, "material": "PE"}),
        ("node", "E", [(20.3, 0)], {}),
        ("pipe", "R", [(20.3, 0), (40, 0)], {"start_node": "E", "dn": 200}),
    )
    return workspace, uids


def test_what_is_stored_is_what_is_checked(crossroads):
    workspace, uids = crossroads
    report = operations.check(workspace)
    (crossing,) = [one for one in report.findings if one.rule == "crossing"]
    assert (crossing.kind, crossing.code, crossing.other, crossing.uid) == ("pipe", "P", "Q", uids["P"])
    assert crossing.at == [EAST + 10, NORTH]
    assert codes(report, "year_doubtful") == ["P"]
    assert codes(report, "attribute_missing") == ["P", "R"]
    assert codes(report, "near_miss") in (["P"], ["R"])
    assert report.counts["crossing"] == 1
    assert sum(report.counts.values()) == len(report.findings)


def test_a_limit_shortens_the_list_and_not_the_counts(crossroads):
    report = operations.check(crossroads[0], limit=1)
    assert report.counts["dangling_end"] > 1
    assert len(codes(report, "dangling_end")) == 1


def test_only_the_rules_asked_for_are_run(crossroads):
    assert set(check_one(crossroads[0], "year-doubtful").counts) == {"year_doubtful"}
    with pytest.raises(UsageError, match="no_such"):
        check_one(crossroads[0], "no_such")


def test_a_date_and_a_code_survive_the_way_from_the_database(workspace):
    put(
        workspace,
        (
            "pipe",
            "P",
            [(0, 0), (5, 0)],
            {"year": 2020, "survey_date": "2019-05-01", "material": "XX", "embedding": "ZM"},
        ),
    )
    report = operations.check(workspace)
    assert codes(report, "date_doubtful") == ["P"]
    (unlisted,) = [one for one in report.findings if one.rule == "value_unlisted"]
    assert "XX" in unlisted.message


def test_a_mend_is_shown_first_made_once_and_undone_whole(crossroads):
    workspace, _uids = crossroads
    before = everything(workspace)
    shown = operations.preview(workspace, "near_miss")
    assert (shown.count, len(shown.lines)) == (2, 2)  # the end moves, and the node it leaves is removed
    assert everything(workspace) == before
    result = operations.mend(workspace, "near_miss", who="tester")
    assert result is not None
    assert workspace.history(limit=1)[0].who == "tester"
    after = rows(workspace, "pipe")
    moved = {code for code in after if after[code]["geom"] != before["pipe"][code]["geom"]}
    assert len(moved) == 1
    assert check_one(workspace, "near_miss").counts == {}
    assert operations.mend(workspace, "near_miss") is None
    workspace.undo()
    assert apart(everything(workspace)) == apart(before)


# For each rule that has a mend: a city in which it finds something, and how many findings the mend leaves.
STREET = (
    ("node", "A", [(0, 0)], {"elevation": 30.0}),
    ("node", "B", [(20, 0)], {"elevation": 30.0}),
)
BOTH = {"start_node": "A", "end_node": "B"}
MENDS = {
    "duplicate_pipe": [*STREET, ("pipe", "P", [(0, 0), (20, 0)], BOTH), ("pipe", "Q", [(20, 0), (0, 0)], {})],
    "end_unset": [*STREET, ("pipe", "P", [(0, 0), (20, 0)], {})],
    "end_without_node": [("pipe", "P", [(0, 0), (20, 0)], {}), ("pipe", "Q", [(20, 0), (30, 0)], {})],
    "end_unknown": [*STREET, ("pipe", "P", [(0, 0), (20, 0)], {"start_node": "gone", "end_node": "B"})],
    "end_apart": [*STREET, ("pipe", "P", [(0, 0.3), (10, 0), (20, 0.2)], BOTH)],
    "ends_reversed": [*STREET, ("pipe", "P", [(20, 0), (0, 0)], BOTH)],
    "near_miss": [
        *STREET,
        ("pipe", "P", [(0, 0), (19.7, 0)], {"start_node": "A"}),
        ("pipe", "Q", [(20, 0), (30, 0)], {}),
    ],
    "end_on_pipe": [
        *STREET,
        ("node", "C", [(5, 0.02)], {}),
        ("pipe", "P", [(0, 0), (20, 0)], BOTH),
        ("pipe", "Q", [(5, 0.02), (5, 9)], {"start_node": "C"}),
    ],
    "duplicate_point": [*STREET, ("pipe", "P", [(0, 0), (20, 0)], BOTH), ("node", "X", [(0, 0)], {})],
    "unused_node": [*STREET],
    "off_pipe": [
        *STREET,
        ("pipe", "P", [(0, 0), (20, 0)], BOTH),
        ("valve", "V", [(5, 0)], {}),
        ("hydrant", "H", [(15, 0)], {}),
    ],
    "repeated_vertex": [*STREET, ("pipe", "P", [(0, 0), (9, 0), (9, 0), (20, 0)], BOTH)],
    "height_missing": [*STREET, ("pipe", "P", [(0, 0), (20, 0)], BOTH | {"depth_start": 1.2, "elevation_end": 28.5})],
    "node_kind_unset": [
        *STREET,
        *(
            ("pipe", code, [(0, 0), end], {"start_node": "A"})
            for code, end in zip("PQR", [(5, 0), (0, 5), (-5, 0)], strict=True)
        ),
    ],
}


def test_every_mend_is_tried():
    assert set(MENDS) == {name for name, rule in operations.RULES.items() if rule.mend is not None}


@pytest.mark.parametrize("rule", MENDS)
def test_a_mend_leaves_nothing_to_find_and_can_be_undone(workspace, rule):
    put(workspace, *MENDS[rule])
    before = everything(workspace)
    assert check_one(workspace, rule).counts[rule] > 0
    assert operations.mend(workspace, rule) is not None
    assert check_one(workspace, rule).counts == {}
    assert workspace.verify() == []
    workspace.undo()
    assert apart(everything(workspace)) == apart(before)


def test_nodes_that_miss_each_other_become_one_with_all_their_pipes(workspace):
    made = put(
        workspace,
        ("node", "A", [(0, 0)], {}),
        ("node", "B", [(0.03, 0)], {}),
        *(("pipe", code, [(0, 0), end], {"start_node": "A"}) for code, end in (("P", (-9, 0)), ("Q", (0, 9)))),
        *(("pipe", code, [(0.03, 0), end], {"start_node": "B"}) for code, end in (("R", (9, 0)), ("S", (0, -9)))),
    )
    operations.mend(workspace, "near_miss")
    assert check_one(workspace, "near_miss").counts == {}
    pipes, (kept,) = rows(workspace, "pipe"), rows(workspace, "node").values()
    assert kept["uid"] in made.values()
    assert {row["start_node"] for row in pipes.values()} == {kept["uid"]}
    place = shapely.from_wkb(kept["geom"])
    assert {shapely.get_point(shapely.from_wkb(row["geom"]), 0) for row in pipes.values()} == {place}


def test_a_row_of_nodes_that_miss_each_other_ends_in_one(workspace):
    steps = [(0.03 * number, 0.0) for number in range(4)]
    put(
        workspace,
        *(("node", f"N{number}", [place], {}) for number, place in enumerate(steps)),
        *(("pipe", f"P{n}", [place, (9, 3 * n - 5)], {"start_node": f"N{n}"}) for n, place in enumerate(steps)),
    )
    for _round in range(3):
        if operations.mend(workspace, "near_miss") is None:
            break
    assert len(rows(workspace, "node")) == 1
    assert len({row["start_node"] for row in rows(workspace, "pipe").values()}) == 1
    assert check_one(workspace, "end_unknown").counts == {}


def test_a_split_pipe_is_whole_in_its_parts(workspace):
    pipe = BOTH | {"dn": 300, "material": "QM", "length": 20.0, "depth_start": 1.0, "depth_end": 2.0}
    uids = put(
        workspace,
        *STREET,
        ("pipe", "P", [(0, 0), (10, 0), (20, 0)], pipe),
        ("valve", "V", [(5, 0)], {}),
        ("hydrant", "H", [(15, 0)], {}),
    )
    operations.mend(workspace, "off_pipe")
    parts = sorted(rows(workspace, "pipe").values(), key=lambda row: row["depth_start"])
    ends = [(row["start_node"], row["end_node"]) for row in parts]
    assert ends == [(uids["A"], uids["V"]), (uids["V"], uids["H"]), (uids["H"], uids["B"])]
    assert [row["depth_start"] for row in parts] == [1.0, 1.25, 1.75]
    assert [row["depth_end"] for row in parts] == [1.25, 1.75, 2.0]
    assert [row["length"] for row in parts] == [5.0, 10.0, 5.0]
    assert {(row["dn"], row["material"]) for row in parts} == {(300, "QM")}
    assert parts[0]["uid"] == uids["P"]  # the first part is the pipe that was, with its history
    assert [shapely.from_wkb(row["geom"]).length for row in parts] == pytest.approx([5.0, 10.0, 5.0])
    assert shapely.from_wkb(parts[1]["geom"]).coords[1] == (EAST + 10, NORTH)


def test_two_ends_at_one_place_get_one_node(workspace):
    put(workspace, *MENDS["end_without_node"])
    operations.mend(workspace, "end_without_node")
    pipes = rows(workspace, "pipe")
    assert pipes["P"]["end_node"] == pipes["Q"]["start_node"]
    assert len(rows(workspace, "node")) == 3


def test_of_two_pipes_the_younger_goes_unless_a_break_is_recorded_on_it(workspace):
    uids = put(workspace, *MENDS["duplicate_pipe"])
    with workspace.change("break") as change:
        change.insert(KINDS["break"].table, [{"pipe": uids["Q"], "geom": shapely.Point(EAST, NORTH).wkb}])
    assert operations.preview(workspace, "duplicate_pipe").count == 0
    workspace.undo()
    operations.mend(workspace, "duplicate_pipe")
    assert set(rows(workspace, "pipe")) == {"P"}


def test_only_the_findings_that_are_chosen_are_mended(workspace):
    uids = put(workspace, *STREET)
    operations.mend(workspace, "unused_node", uids=[uids["A"]])
    assert set(rows(workspace, "node")) == {"B"}


def test_what_cannot_be_mended_is_refused_and_names_what_can(crossroads):
    with pytest.raises(operations.NotMendable) as refused:
        operations.mend(crossroads[0], "crossing")
    assert "near_miss" in refused.value.hint


def test_a_waived_finding_is_let_stand_and_not_mended(crossroads):
    workspace, uids = crossroads
    operations.waive(workspace, "crossing", [uids["P"]], "one over the other, seen on site", who="tester")
    report = operations.check(workspace)
    assert (codes(report, "crossing"), report.waived) == ([], 1)
    report = operations.check(workspace, waived=True)
    (crossing,) = [one for one in report.findings if one.rule == "crossing"]
    assert crossing.waived == "one over the other, seen on site"
    operations.waive(workspace, "crossing", [uids["P"]], "another reason")
    (crossing,) = [one for one in operations.check(workspace, waived=True).findings if one.rule == "crossing"]
    assert crossing.waived == "another reason"
    operations.unwaive(workspace, "crossing", [uids["P"]])
    assert codes(operations.check(workspace), "crossing") == ["P"]
    workspace.undo()
    assert codes(operations.check(workspace), "crossing") == []
    for code in ("A", "B"):
        operations.waive(workspace, "unused_node", [uids[code]], "kept")
    with pytest.raises(operations.NoReason):
        operations.waive(workspace, "crossing", [uids["P"]], "  ")


def test_a_waived_finding_is_not_mended(workspace):
    uids = put(workspace, *STREET)
    operations.waive(workspace, "unused_node", [uids["A"]], "for the pipe to come")
    operations.mend(workspace, "unused_node")
    assert set(rows(workspace, "node")) == {"A"}


def test_what_changed_is_checked_with_its_neighbours(crossroads):
    workspace, _uids = crossroads
    last = workspace.history(limit=1)[0].id
    assert operations.check(workspace, since=last).counts.keys() <= {"no_source"}
    put(workspace, ("pipe", "Z", [(500, 0), (510, 0)], {"dn": 110}))
    since = operations.check(workspace, since=last)
    assert {one.code for one in since.findings if one.code} == {"Z"}
    last = workspace.history(limit=1)[0].id
    record = queries.describe(workspace, "node", code="A")
    with workspace.change("move") as change:
        change.update(KINDS["node"].table, record.uid, {"elevation": 31.0})
    touched = {one.code for one in operations.check(workspace, since=last).findings if one.code}
    assert "P" in touched  # a pipe that ends at the node
    assert not touched & {"Z", "R", "E"}  # nor what is farther


def test_a_check_can_be_cancelled(crossroads):
    with pytest.raises(TaskCancelled):
        operations.check(crossroads[0], task=Task(cancelled=lambda: True))


def test_a_workspace_that_may_only_be_read_is_checked(crossroads, place):
    with Workspace.open(place, read_only=True) as opened:
        assert codes(operations.check(opened), "crossing") == ["P"]


def test_a_rule_table_of_ones_own(crossroads, tmp_path):
    shipped = (files("jnw_resources") / "rules" / "checks.toml").read_text("utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(shipped.replace("value = 1880.0", "value = 2035.0").replace('"2026-11"', '"mine"'), "utf-8")
    report = operations.check(crossroads[0], rules=["year_doubtful"], table=mine)
    assert (report.edition, report.counts) == ("mine", {"year_doubtful": 1})
    mine.write_text(shipped.replace("[limits.near]", "[limits.nearly]"), "utf-8")
    with pytest.raises(RuleTableRefused, match="nearly"):
        read_table(mine)
    with pytest.raises(RuleTableRefused):
        read_table(tmp_path / "absent.toml")


def test_a_pipe_that_replaces_another_is_checked(workspace):
    uids = put(workspace, ("pipe", "OLD", [(0, 0), (40, 0)], {"state": "abandoned"}))
    put(workspace, ("pipe", "NEW", [(0, 5), (40, 5)], {"replaces": uids["OLD"]}))
    put(workspace, ("pipe", "LOST", [(0, 9), (40, 9)], {"replaces": "nobody"}))
    assert codes(operations.check(workspace), "reference_unknown") == ["LOST"]
    last = workspace.history(limit=1)[0].id
    assert codes(operations.check(workspace, since=last - 2), "reference_unknown") == ["LOST"]
