"""The worker process for real: operations, changes, cancel, death."""

import inspect
import os
import queue
import signal
import time

import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.errors import JnwError
from jnw_desktop.extension.registry import registry
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.worker.catalogue import OPERATIONS, find
from jnw_desktop.worker.client import Cancelled, WorkerClient, WorkerDied
from jnw_desktop.workspace import Workspace

from ..facilities.citykit import build

SQUARE = shapely.box(505000, 4059000, 505010, 4059010).wkb


@pytest.fixture
def place(place):
    Workspace.create(place).close()
    return place


@pytest.fixture
def changed():
    return queue.Queue()


@pytest.fixture
def trouble():
    return queue.Queue()


@pytest.fixture
def worker(changed, trouble):
    client = WorkerClient(changed.put, trouble.put)
    client.start()
    yield client
    client.stop()


def ask(worker, operation, **values):
    """The answer, or the error raised."""
    answers = queue.Queue()
    worker.submit(operation, on_done=lambda value, error: answers.put((value, error)), **values)
    value, error = answers.get(timeout=30)
    if error is not None:
        raise error
    return value


def test_a_change_is_answered_and_told(worker, changed, place):
    assert ask(worker, "workspace.open", where=place).counts["construction_site"] == 0
    result = ask(worker, "facilities.open_site", area=SQUARE, name="路口", who="li")
    assert changed.get(timeout=5).id == result.id == 1
    (uid,) = result.touched["construction_site"].inserted
    record = ask(worker, "facilities.describe", kind="construction_site", uid=uid)
    assert (record.values["name"], shapely.from_wkb(record.geometry).area) == ("路口", 100)
    state = ask(worker, "workspace.state")
    assert (bool(state.undo), state.undo_rows, state.redo_rows) == (True, 1, 0)
    ask(worker, "workspace.undo")
    assert ask(worker, "workspace.state").redo_rows == 1
    assert ask(worker, "facilities.counts")["construction_site"] == 0


def test_a_change_is_told_whatever_its_operation_answers(worker, changed, place):
    """``maintenance.plan`` answers with what it tells people, not with its change set."""
    ask(worker, "workspace.open", where=place)
    told = ask(worker, "maintenance.plan", of_task="exercise", months=12)
    result = changed.get(timeout=5)
    assert result.touched["maintenance_plan"].inserted == [told["uid"]]
    with pytest.raises(JnwError):
        ask(worker, "maintenance.plan", of_task="exercise")
    ask(worker, "workspace.undo")
    assert changed.get(timeout=5).kind == "undo"
    assert changed.empty()


def test_a_refusal_is_an_error_in_the_users_language(worker, place, tmp_path):
    with pytest.raises(JnwError, match=r"nix\.gpkg") as refused:
        ask(worker, "workspace.open", where=str(tmp_path / "nix.gpkg"))
    assert (refused.value.kind, bool(refused.value.hint)) == ("workspace_missing", True)
    ask(worker, "workspace.open", where=place)
    flat = shapely.Polygon([(0, 0), (1, 0), (2, 0)]).wkb
    with pytest.raises(JnwError) as refused:
        ask(worker, "facilities.open_site", area=flat)
    assert refused.value.kind == "area_refused"


def test_a_refusal_brings_no_room_of_the_program_with_it(worker, place):
    """To take in an error of its class the window would import what declares it, and scipy with that."""
    ask(worker, "workspace.open", where=place)
    for operation, values, kind, status in (
        ("network.isolate", {"at": (0.0, 0.0)}, "not_in_network", 3),
        ("shutoff.show", {"code": "TS1"}, "no_such_row", 3),
        ("shutoff.advance", {"code": "TS1", "to": "closed", "at": "2099-01-01T08:00"}, "step_refused", 3),
    ):
        with pytest.raises(JnwError) as refused:
            ask(worker, operation, **values)
        room = type(refused.value).__module__
        assert (refused.value.kind, refused.value.exit_status, room.rpartition(".")[2]) == (kind, status, "errors")


def test_a_worker_that_dies_is_started_again_with_its_workspace(worker, trouble, place):
    ask(worker, "workspace.open", where=place)
    first = worker.pid
    os.kill(first, signal.SIGKILL)
    died = trouble.get(timeout=20)
    assert isinstance(died, WorkerDied)
    assert died.hint == ""  # nothing was asked for, nothing is to be tried once more
    assert worker.pid != first
    assert ask(worker, "facilities.counts")["pipe"] == 0


def test_whatever_is_asked_while_the_worker_is_started_again_is_answered(worker, place):
    ask(worker, "workspace.open", where=place)
    answers, asked = queue.Queue(), 0
    os.kill(worker.pid, signal.SIGKILL)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        worker.submit("facilities.counts", on_done=lambda value, error: answers.put((value, error)))
        asked += 1
        time.sleep(0.004)
    told = [answers.get(timeout=20) for _number in range(asked)]
    assert {type(error) for value, error in told if value is None} <= {WorkerDied}
    assert sum(value is not None for value, _error in told) > asked / 2


def test_a_change_by_another_program_is_told(worker, changed, place, elsewhere):
    ask(worker, "workspace.open", where=place)
    elsewhere("INSERT INTO customer (name) VALUES ('外部')")
    result = changed.get(timeout=10)
    assert result.kind == "outside"
    assert len(result.touched["customer"].inserted) == 1


def test_pressures_are_told_cancelled_and_leave_the_worker_answering(worker, place):
    with Workspace.open(place) as workspace:
        build(workspace, "S1 -p1- a -p2- M1", p1={"dn": 100}, p2={"dn": 100})
        with workspace.change("known") as change:
            for kind, values in (("node", {"elevation": 5.0}), ("meter", {"elevation": 6.0})):
                for uid in change.connection.scalars(sa.select(KINDS[kind].table.c.uid)).all():
                    change.update(KINDS[kind].table, uid, values)
    ask(worker, "workspace.open", where=place)
    ask(worker, "network.ready")
    assert ask(worker, "network.is_ready")
    assert ask(worker, "network.pressure", heads={"S1": 40.0})["below_before"] == 0
    answers, said = queue.Queue(), queue.Queue()
    begun = lambda _fraction, text: said.put(text)  # noqa: E731
    job = worker.submit("network.pressure", on_done=lambda *told: answers.put(told), on_progress=begun,
                        heads={"S1": 40.0})  # fmt: skip
    assert said.get(timeout=30)
    assert ask(worker, "facilities.counts")["pipe"] == 2  # beside it
    job.cancel()
    value, error = answers.get(timeout=30)
    assert value is None or error is None
    if error is not None:  # it may have been done just before
        assert isinstance(error, Cancelled)
    assert ask(worker, "network.pressure", heads={"S1": 40.0})["demand"] == 0.0


def test_every_operation_is_there():
    for operation in OPERATIONS.values():
        assert callable(operation.load())


def test_what_can_be_handed_out_takes_the_recipient():
    plugins = [(plugin, entry) for plugin, manifest in registry().usable() for entry in manifest.operations]
    every = [*OPERATIONS.values(), *(find(f"{plugin.id}.{entry.name}") for plugin, entry in plugins)]
    takes = [operation for operation in every if operation.terms]
    assert len(takes) > 8
    for operation in takes:
        assert not operation.changes  # made again it must change nothing
        assert {"out", "terms"} <= inspect.signature(operation.load()).parameters.keys()
