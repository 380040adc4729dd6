"""The past of rows: what each change did, the table as it was, and one past change taken back."""

import datetime

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import ChangeNeeded, NoSuchChange
from jnw_desktop.workspace.states import rows_at
from jnw_desktop.workspace.tables import CHANGE_SETS

NODE, PIPE = KINDS["node"].table, KINDS["pipe"].table


def nodes(workspace: Workspace) -> dict[str, float | None]:
    with workspace.read() as connection:
        return {row.code: row.depth for row in connection.execute(sa.select(NODE))}


def insert(workspace: Workspace, *codes: str) -> list[str]:
    with workspace.change("insert " + " ".join(codes)) as change:
        return change.insert(NODE, [{"code": code, "depth": 0.0} for code in codes])


def deepen(workspace: Workspace, uid: str, depth: float) -> int:
    with workspace.change(f"deepen {depth}") as change:
        change.update(NODE, uid, {"depth": depth})
    return change.id


def test_a_row_tells_what_was_done_to_it(workspace):
    (uid, _other) = insert(workspace, "A", "B")
    deepen(workspace, uid, 1.0)
    with workspace.change("twice", "li") as change:
        change.update(NODE, uid, {"depth": 2.0})
        change.update(NODE, uid, {"depth": 3.0})
    with workspace.change("away") as change:
        change.delete(NODE, uid)
    workspace.undo()
    steps = workspace.row_history(NODE, uid)
    told = [(step.kind, (step.before or {}).get("depth"), (step.after or {}).get("depth")) for step in steps]
    assert told == [
        ("change", None, 0.0), ("change", 0.0, 1.0), ("change", 1.0, 3.0), ("change", 3.0, None), ("undo", None, 3.0),
    ]  # fmt: skip
    assert (steps[2].who, steps[2].why) == ("li", "twice")
    assert workspace.row_history(NODE, "nobody") == []


def test_a_table_as_it_was_at_a_moment(workspace):
    (uid,) = insert(workspace, "A")
    deepen(workspace, uid, 1.0)
    for number, at in ((1, "2024-01-01T08:00:00.000Z"), (2, "2024-06-01T08:00:00.000Z")):
        with workspace._home.writing() as connection, connection.begin():
            connection.execute(sa.update(CHANGE_SETS).where(CHANGE_SETS.c.id == number).values(at=at))

    def depths(*moment: int) -> list[float]:
        return [row["depth"] for row in workspace.as_of(NODE, datetime.datetime(*moment, tzinfo=datetime.UTC))]

    assert depths(2023, 12, 31) == []
    assert depths(2024, 1, 1, 8) == [0.0]
    assert depths(2024, 5, 31) == [0.0]
    assert depths(2024, 6, 1, 8) == [1.0]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("iudUR"), st.integers(0, 3)), max_size=12))
def test_after_any_walk_every_moment_of_the_past_is_known(new_place, steps):
    """The states written down on the way are those that the record gives afterwards."""
    with Workspace.create(new_place()) as workspace:
        then = {}
        for step, number in steps:
            uids = sorted(rows(workspace))
            if step == "U":
                workspace.undo()
            elif step == "R":
                workspace.redo()
            elif step == "i" or uids:
                with workspace.change(step) as change:
                    if step == "i":
                        change.insert(NODE, [{"depth": float(number)}])
                    elif step == "u":
                        change.update(NODE, uids[number % len(uids)], {"depth": number + 0.5})
                    else:
                        change.delete(NODE, uids[number % len(uids)])
            history = workspace.history(limit=1)
            if history:
                then[history[0].id] = rows(workspace)
        with workspace.read() as connection:
            for change_set, state in then.items():
                assert {row["uid"]: row["depth"] for row in rows_at(connection, NODE, change_set)} == state


def rows(workspace: Workspace) -> dict[str, float]:
    with workspace.read() as connection:
        return {row.uid: row.depth for row in connection.execute(sa.select(NODE))}


def test_one_past_change_is_taken_back_alone(workspace):
    a, b = insert(workspace, "A", "B")
    first = deepen(workspace, a, 1.0)
    deepen(workspace, b, 2.0)
    result = workspace.undo_one(first, "li")
    assert (result.kind, result.who, result.why) == ("undo", "li", "deepen 1.0")
    assert nodes(workspace) == {"A": 0.0, "B": 2.0}
    assert [entry.undone for entry in workspace.history() if entry.id == first] == [True]
    assert workspace.can_redo() == "deepen 1.0"
    assert workspace.can_undo() == "deepen 2.0"
    workspace.undo()
    assert nodes(workspace) == {"A": 0.0, "B": 0.0}
    workspace.redo()
    workspace.redo()
    assert nodes(workspace) == {"A": 1.0, "B": 2.0}
    workspace.undo()
    assert nodes(workspace) == {"A": 0.0, "B": 2.0}
    assert workspace.verify() == []


def test_a_redone_change_is_named_by_its_own_number(workspace):
    (a,) = insert(workspace, "A")
    number = deepen(workspace, a, 1.0)
    insert(workspace, "B")
    workspace.undo(), workspace.undo(), workspace.redo(), workspace.redo()
    workspace.undo_one(number)
    assert nodes(workspace) == {"A": 0.0, "B": 0.0}


def test_a_change_that_later_ones_touch_is_refused_and_they_are_named(workspace):
    (a,) = insert(workspace, "A")
    first = deepen(workspace, a, 1.0)
    second = deepen(workspace, a, 2.0)
    with pytest.raises(ChangeNeeded) as refused:
        workspace.undo_one(first)
    assert f"{second} deepen 2.0" in refused.value.hint
    workspace.undo()  # the later one no longer stands
    workspace.undo_one(first)
    assert nodes(workspace) == {"A": 0.0}
    with pytest.raises(NoSuchChange):
        workspace.undo_one(first)
    with pytest.raises(NoSuchChange):
        workspace.undo_one(99)


def test_a_point_that_a_later_pipe_names_is_not_taken_from_under_it(workspace):
    (a,) = insert(workspace, "A")
    with workspace.change("pipe") as change:
        (pipe,) = change.insert(PIPE, [{"start_node": a, "dn": 100}])
    with pytest.raises(ChangeNeeded, match="1"):
        workspace.undo_one(1)
    with workspace.change("thicker") as change:
        change.update(PIPE, pipe, {"dn": 200})
    depth = deepen(workspace, a, 1.0)
    workspace.undo_one(depth)  # an attribute carries no pipe
    assert nodes(workspace) == {"A": 0.0}


def test_what_was_deleted_does_not_come_back_to_a_point_that_is_gone(workspace):
    (a,) = insert(workspace, "A")
    with workspace.change("pipe") as change:
        (pipe,) = change.insert(PIPE, [{"start_node": a}])
    with workspace.change("pipe away") as change:
        change.delete(PIPE, pipe)
    with workspace.change("point away") as change:
        change.delete(NODE, a)
    with pytest.raises(ChangeNeeded, match="3"):
        workspace.undo_one(3)


def test_an_import_is_taken_back_when_nothing_stands_on_it(workspace):
    with workspace.change("import") as change:
        change.insert_arrays(NODE, {"depth": np.arange(2000.0)})
    (b,) = insert(workspace, "B")
    workspace.undo_one(1)
    assert list(rows(workspace)) == [b]
    workspace.redo()
    assert len(rows(workspace)) == 2001
    assert workspace.verify() == []
