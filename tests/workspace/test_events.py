"""Events stand in the record and not in the way: undo and redo go past them."""

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

NODE, PIPE = KINDS["node"].table, KINDS["pipe"].table


def codes(workspace, table):
    with workspace.read() as connection:
        return list(connection.scalars(sa.select(table.c.code).order_by(table.c.fid)))


def add(workspace, table, code, *, event=False):
    with workspace.change(code, event=event) as change:
        change.insert(table, [{"code": code}])


def test_an_event_is_neither_undone_nor_said_to_be(workspace):
    add(workspace, PIPE, "E1", event=True)
    assert workspace.can_undo() is None
    assert workspace.undo() is None
    (entry,) = workspace.history()
    assert (entry.kind, entry.undone) == ("event", False)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["edit", "event", "undo", "redo"]), max_size=12))
def test_with_events_between_undo_and_redo_do_what_they_do_without(new_place, steps):
    """The oracle is two lists: edits that stand, and edits taken back."""
    standing, taken, events = [], [], []
    with Workspace.create(new_place()) as workspace:
        for number, step in enumerate(steps):
            if step == "edit":
                add(workspace, NODE, f"N{number}")
                standing.append(f"N{number}")
                taken.clear()
            elif step == "event":
                add(workspace, PIPE, f"E{number}", event=True)
                events.append(f"E{number}")
            elif step == "undo":
                workspace.undo()
                taken += [standing.pop()] if standing else []
            else:
                workspace.redo()
                standing += [taken.pop()] if taken else []
            assert workspace.can_undo() == (standing[-1] if standing else None)
            assert workspace.can_redo() == (taken[-1] if taken else None)
        assert sorted(codes(workspace, NODE)) == sorted(standing)
        assert codes(workspace, PIPE) == events
        undone = {entry.why for entry in workspace.history() if entry.undone}
        assert not undone & {*standing, *events}
        assert workspace.verify() == []
