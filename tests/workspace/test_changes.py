"""A change is whole or not at all, is recorded, and can be taken back."""

import json

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import Clash, NoSuchRow, ValueRefused
from jnw_desktop.workspace.tables import CHANGE_SETS, ROW_CHANGES

PIPE = KINDS["pipe"].table
NODE = KINDS["node"].table
EAST, NORTH = 500000.0, 4057000.0


def line(*points: tuple[float, float]) -> bytes:
    return shapely.to_wkb(shapely.LineString([(EAST + x, NORTH + y) for x, y in points]))


def rows(workspace: Workspace, table: sa.Table = PIPE) -> dict[str, tuple]:
    """What the table holds, without the local key and the version counters."""
    skip = {"fid", "version", "born"}
    with workspace.read() as connection:
        found = connection.execute(sa.select(table)).mappings().all()
    return {row["uid"]: tuple((k, v) for k, v in row.items() if k not in skip) for row in found}


def test_an_insert_makes_uid_code_and_version(workspace):
    with workspace.change("new main", "li") as change:
        (uid,) = change.insert(PIPE, [{"dn": 300, "geom": line((0, 0), (10, 0))}])
    with workspace.read() as connection:
        row = connection.execute(sa.select(PIPE)).mappings().one()
    assert (row["uid"], row["code"], row["version"], row["born"], row["dn"]) == (uid, "GD000001", 1, 1, 300)
    assert shapely.from_wkb(row["geom"]).equals(shapely.from_wkb(line((0, 0), (10, 0))))
    assert change.result.touched["pipe"].inserted == [uid]
    (done,) = workspace.history()
    assert (done.who, done.why, done.inserted, done.undone) == ("li", "new main", {"pipe": 1}, False)


def test_an_error_inside_the_block_leaves_everything_as_it_was(workspace):
    with pytest.raises(RuntimeError), workspace.change("half") as change:
        change.insert(PIPE, [{"geom": line((0, 0), (1, 0))}])
        raise RuntimeError
    assert rows(workspace) == {}
    assert workspace.history() == []
    assert workspace.verify() == []


def test_a_change_that_changes_nothing_leaves_no_record(workspace):
    with workspace.change("nothing"):
        pass
    assert workspace.history() == []


def test_undo_and_redo_walk_through_insert_update_delete(workspace):
    states = [rows(workspace)]
    with workspace.change("insert") as change:
        uids = change.insert(PIPE, [{"dn": d, "geom": line((0, d), (10, d))} for d in (100, 200)])
    states.append(rows(workspace))
    with workspace.change("update") as change:
        change.update(PIPE, uids[0], {"dn": 400, "geom": line((0, 0), (5, 5))})
    states.append(rows(workspace))
    with workspace.change("delete") as change:
        change.delete(PIPE, uids[1])
    states.append(rows(workspace))
    for state in reversed(states[:-1]):
        assert workspace.undo("li") is not None
        assert rows(workspace) == state
    assert workspace.undo() is None
    assert workspace.can_redo() == "insert"
    for state in states[1:]:
        assert workspace.redo("li") is not None
        assert rows(workspace) == state
    assert workspace.redo() is None
    assert workspace.verify() == []


def test_a_new_change_ends_what_could_be_redone(workspace):
    with workspace.change("a") as change:
        change.insert(NODE, [{"code": "A"}])
    workspace.undo()
    with workspace.change("b") as change:
        change.insert(NODE, [{"code": "B"}])
    assert workspace.can_redo() is None
    assert workspace.can_undo() == "b"


def test_undoing_twice_a_redone_change(workspace):
    with workspace.change("a") as change:
        change.insert(NODE, [{"code": "A"}])
    for _ in range(3):
        workspace.undo()
        assert rows(workspace, NODE) == {}
        workspace.redo()
        assert len(rows(workspace, NODE)) == 1
    assert [entry.undone for entry in workspace.history() if entry.kind == "change"] == [False]


def test_the_history_of_one_row(workspace):
    with workspace.change("both") as change:
        one, _two = change.insert(NODE, [{"code": "A"}, {"code": "B"}])
    with workspace.change("first only") as change:
        change.update(NODE, one, {"depth": 1.5})
    with workspace.change("another") as change:
        change.insert(NODE, [{"code": "C"}])
    assert [entry.why for entry in workspace.history(uid=one)] == ["first only", "both"]


def test_a_row_changed_since_it_was_read_clashes_and_shows_both(workspace):
    with workspace.change("in") as change:
        (uid,) = change.insert(NODE, [{"code": "A", "depth": 1.0}])
    with workspace.change("theirs") as change:
        change.update(NODE, uid, {"depth": 2.0}, version=1)
    with pytest.raises(Clash) as clash, workspace.change("mine") as change:
        change.update(NODE, uid, {"depth": 3.0}, version=1)
    assert (clash.value.mine, clash.value.theirs) == ({"depth": 3.0}, {"depth": 2.0})
    assert "A" in clash.value.message


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"dn": "wide"}, "dn"),
        ({"dn": 1.5}, "dn"),
        ({"depth_start": float("inf")}, "depth_start"),
        ({"survey_date": "yesterday"}, "survey_date"),
        ({"diameter": 100}, "diameter"),
        ({"geom": shapely.to_wkb(shapely.Point(0, 0))}, "geom"),
        ({"geom": b"\x01\x02"}, "geom"),
        ({"geom": shapely.to_wkb(shapely.LineString([(0, 0), (np.inf, 1)]))}, "geom"),
    ],
)
def test_a_wrong_value_is_refused_by_name(workspace, values, named):
    with pytest.raises(ValueRefused, match=named), workspace.change("x") as change:
        change.insert(PIPE, [values])
    assert rows(workspace) == {}


def test_a_code_used_twice_is_refused(workspace):
    with pytest.raises(ValueRefused) as refused, workspace.change("x") as change:
        change.insert(NODE, [{"code": "A"}, {"code": "A"}])
    assert refused.value.hint
    assert rows(workspace, NODE) == {}


def test_what_is_not_there_cannot_be_changed(workspace):
    with pytest.raises(NoSuchRow), workspace.change("x") as change:
        change.update(NODE, "nobody", {"depth": 1.0})
    with pytest.raises(NoSuchRow), workspace.change("x") as change:
        change.delete(NODE, "nobody")


def test_made_codes_step_over_used_ones(workspace):
    with workspace.change("x") as change:
        change.insert(NODE, [{"code": "GN000002"}])
        change.insert(NODE, [{}, {}])
    with workspace.read() as connection:
        assert sorted(connection.scalars(sa.select(NODE.c.code))) == ["GN000001", "GN000002", "GN000003"]


def test_whole_columns_go_in_with_unknown_values(workspace):
    count = 50
    geometry = [line((i, 0), (i, 5)) for i in range(count - 1)] + [None]
    years = np.arange(1970.0, 1970.0 + count)
    years[3] = np.nan
    with workspace.change("bulk") as change:
        uids = change.insert_arrays(PIPE, {"dn": np.full(count, 200), "year": years, "geom": geometry})
        change.insert(PIPE, [{"dn": 1, "geom": line((0, 0), (1, 1))}])
    with workspace.read() as connection:
        found = connection.execute(sa.select(PIPE).order_by(PIPE.c.fid)).mappings().all()
    assert [row["uid"] for row in found[:count]] == list(uids)
    assert found[3]["year"] is None
    assert found[4]["year"] == 1974
    assert found[count - 1]["geom"] is None
    assert len({row["code"] for row in found}) == count + 1
    workspace.undo()
    assert rows(workspace) == {}
    assert workspace.verify() == []


def test_an_altered_record_is_found(workspace):
    with workspace.change("a") as change:
        (uid,) = change.insert(NODE, [{"code": "A", "depth": 1.0}])
    with workspace.change("b") as change:
        change.update(NODE, uid, {"depth": 2.0})
    with workspace.change("c") as change:
        change.update(NODE, uid, {"depth": 3.0})
    assert workspace.verify() == []
    with workspace._home.writing() as connection, connection.begin():
        who = connection.scalar(sa.select(CHANGE_SETS.c.who).where(CHANGE_SETS.c.id == 1))
        connection.execute(sa.update(CHANGE_SETS).where(CHANGE_SETS.c.id == 1).values(who="nobody"))
    assert [problem.part for problem in workspace.verify()] == ["history"]
    with workspace._home.writing() as connection, connection.begin():
        connection.execute(sa.update(CHANGE_SETS).where(CHANGE_SETS.c.id == 1).values(who=who))
        before = connection.scalar(sa.select(ROW_CHANGES.c.before).limit(1))
        altered = json.dumps(json.loads(before) | {"depth": 9.0})
        connection.execute(sa.update(ROW_CHANGES).where(ROW_CHANGES.c.change_set == 2).values(before=altered))
    assert {problem.where for problem in workspace.verify()} >= {"2"}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("iudUR"), st.integers(0, 3)), max_size=12))
def test_any_walk_of_changes_undoes_to_where_it_was(new_place, steps):
    """States by the rules of an undo stack, kept by the test itself, equal the tables after every step."""
    with Workspace.create(new_place()) as workspace:
        undo, redo, now = [], [], rows(workspace, NODE)
        for step, number in steps:
            uids = sorted(now)
            if step == "U":
                assert (workspace.undo() is None) == (not undo)
                if undo:
                    redo.append(now)
                    now = undo.pop()
            elif step == "R":
                assert (workspace.redo() is None) == (not redo)
                if redo:
                    undo.append(now)
                    now = redo.pop()
            elif step == "i" or uids:
                with workspace.change(step) as change:
                    if step == "i":
                        change.insert(NODE, [{"depth": float(number)}])
                    elif step == "u":
                        change.update(NODE, uids[number % len(uids)], {"depth": number + 0.5})
                    else:
                        change.delete(NODE, uids[number % len(uids)])
                undo.append(now)
                redo.clear()
                now = rows(workspace, NODE)
            assert rows(workspace, NODE) == now
        assert workspace.verify() == []
