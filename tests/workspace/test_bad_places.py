"""A disk that is full, a place that cannot be written: told, and the workspace is as it was."""

import json
import os
import subprocess
import sys

import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import DiskFull

NODE = KINDS["node"].table


def test_a_full_disk_takes_the_change_back(tmp_path):
    with Workspace.create(tmp_path / "city.gpkg") as workspace:
        with workspace.change("one") as change:
            change.insert(NODE, [{"code": "A"}])

        def no_more(connection, _record):
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite's own "database or disk is full"

        workspace.engine.dispose()
        sa.event.listen(workspace.engine, "connect", no_more)
        point = shapely.Point(505000, 4059000).wkb
        with pytest.raises(DiskFull) as refused, workspace.change("many") as change:
            change.insert(NODE, [{"geom": point, "note": "x" * 500} for _ in range(2000)])
        assert refused.value.hint
        assert [entry.why for entry in workspace.history()] == ["one"]
        assert workspace.verify() == []
    with Workspace.open(tmp_path / "city.gpkg") as workspace, workspace.read() as connection:
        assert connection.scalars(sa.select(NODE.c.code)).all() == ["A"]


def test_what_may_only_be_read_is_shown_and_not_changed(tmp_path):
    place = tmp_path / "city.gpkg"
    with Workspace.create(place) as workspace, workspace.change("one") as change:
        change.insert(NODE, [{"code": "A"}])
    before = place.read_bytes()
    place.chmod(0o444)
    tmp_path.chmod(0o555)
    # Root writes what it may not, unless that power is taken from it.
    without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []

    def jnw(*arguments):
        command = [*without, sys.executable, "-m", "jnw_desktop", "workspace", *arguments, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        return done.returncode, json.loads(done.stdout)

    try:
        assert jnw("info", place)[1]["counts"]["node"] == 1
        status, told = jnw("undo", place)
        assert (status, told["error"]["kind"]) == (3, "read_only_workspace")
        assert told["error"]["hint"]
        code = (
            "import queue, json, sys; from jnw_desktop.worker.client import WorkerClient; answers = queue.Queue(); "
            "worker = WorkerClient(lambda _r: None, lambda _e: None); worker.start(); "
            "ask = lambda name, **v: (worker.submit(name, on_done=lambda *a: answers.put(a), **v), answers.get())[1]; "
            "state, _e = ask('workspace.open', where=sys.argv[1]); _v, refused = ask('workspace.undo'); worker.stop(); "
            "print(json.dumps([state.read_only, state.counts['node'], refused.kind]))"
        )
        command = [*without, sys.executable, "-c", code, str(place)]
        shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/").stdout
        assert json.loads(shown) == [True, 1, "read_only_workspace"]
    finally:
        tmp_path.chmod(0o755)
    assert place.read_bytes() == before
