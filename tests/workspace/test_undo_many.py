"""Taking back a change of many rows: as whole sets, cancellable, and never what filled the workspace at its birth."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.task import Task, TaskCancelled
from jnw_desktop.workspace.change import BULK

PIPE = KINDS["pipe"].table
COUNT = BULK * 3


def fill(workspace, count=COUNT, east=505000.0, **values):
    at = east + 3.0 * np.arange(count)
    ends = np.stack([np.stack([at, at * 0 + 4057000], 1), np.stack([at + 2, at * 0 + 4057001], 1)], 1)
    with workspace.change("import", **values) as change:
        return change.insert_arrays(
            PIPE,
            {
                "dn": np.full(count, 200),
                "depth_start": np.arange(count) / 7,
                "geom": shapely.to_wkb(shapely.linestrings(ends)),
            },
        )


def table(workspace):
    with workspace.read() as connection:
        rows = connection.execute(sa.select(PIPE)).mappings().all()
    return {row["uid"]: {name: value for name, value in row.items() if name not in ("fid", "version")} for row in rows}


def seen(workspace, bounds):
    with workspace.read() as connection:
        return len(connection.scalars(workspace.fids_within(PIPE, bounds)).all())


ALL, SOME = (0.0, 0.0, 1e7, 1e7), (505000.5, 4057000.0, 505004.5, 4057002.0)


def test_an_import_goes_and_comes_back_as_it_was(workspace):
    fill(workspace)
    before = table(workspace)
    for _ in range(2):
        assert workspace.undo_rows() == COUNT
        workspace.undo()
        assert table(workspace) == {}
        assert seen(workspace, ALL) == 0
        assert workspace.verify() == []
        workspace.redo()
        assert table(workspace) == before
        assert (seen(workspace, ALL), seen(workspace, SOME)) == (COUNT, 2)
        assert workspace.verify() == []


def test_what_was_there_before_an_import_stays_when_it_goes(workspace):
    kept = fill(workspace, 10, east=505001.0)
    before = table(workspace)
    fill(workspace)
    workspace.undo()
    assert table(workspace) == before
    assert set(before) == set(kept)
    assert seen(workspace, ALL) == 10
    assert workspace.verify() == []
    if workspace.location.path:
        with closing(sqlite3.connect(workspace.location.path)) as other:
            count = "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?"
            assert other.execute(count, ["pipe"]).fetchone() == (10,)
            recorded = other.execute("SELECT count(*) FROM jnw_row_change").fetchone()
            assert other.execute(count, ["jnw_row_change"]).fetchone() == recorded == (COUNT,)
            triggers = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'pipe'"
            assert other.execute(triggers).fetchone()[0] == 11


def test_many_updates_and_deletes_of_one_change_go_back(workspace):
    uids = fill(workspace)
    before = table(workspace)
    with workspace.change("many") as change:
        new = change.insert(PIPE, [{"dn": 1}, {"dn": 2}])
        for number, uid in enumerate(uids[: BULK + 10]):
            change.update(PIPE, uid, {"dn": number, "geom": shapely.LineString([(0, 0), (1, number)]).wkb})
        for uid in uids[5 : BULK + 20]:
            change.delete(PIPE, uid)
        change.update(PIPE, new[0], {"dn": 3})
        change.delete(PIPE, new[1])
    after = table(workspace)
    assert len(after) == COUNT - BULK - 15 + 1
    workspace.undo()
    assert table(workspace) == before
    assert seen(workspace, ALL) == COUNT
    workspace.redo()
    assert table(workspace) == after
    assert workspace.verify() == []


@pytest.mark.parametrize("what", ["undo", "redo"])
def test_cancelled_everything_is_as_it_was(workspace, what):
    fill(workspace)
    if what == "redo":
        workspace.undo()
    before, told = table(workspace), []
    task = Task(lambda fraction, _message: told.append(fraction), cancelled=lambda: True)
    with pytest.raises(TaskCancelled):
        getattr(workspace, what)(task=task)
    assert table(workspace) == before
    assert len(workspace.history()) == (1 if what == "undo" else 2)
    assert workspace.verify() == []
    getattr(workspace, what)(task=Task(lambda fraction, _message: told.append(fraction)))
    assert told[-1] == 1.0


def test_undo_does_not_go_below_what_filled_the_workspace(workspace):
    uids = fill(workspace, origin=True)
    assert (workspace.can_undo(), workspace.undo(), workspace.undo_rows()) == (None, None, 0)
    with workspace.change("mine") as change:
        change.update(PIPE, uids[0], {"dn": 400})
    assert (workspace.can_undo(), workspace.undo_rows()) == ("mine", 1)
    assert workspace.undo().why == "mine"
    assert workspace.can_undo() is None
    assert workspace.can_redo() == "mine"
    assert [(entry.kind, entry.undone) for entry in workspace.history()] == [
        ("undo", False), ("change", True), ("origin", False),
    ]  # fmt: skip
    assert len(table(workspace)) == COUNT
    assert workspace.verify() == []
