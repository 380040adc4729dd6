"""What a killed process, or one that failed, leaves is never taken for a workspace; reading leaves nothing at all."""

import os
import signal
import subprocess
import sys

import pytest

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace, restore
from jnw_desktop.workspace.errors import NewerWorkspace, NotAWorkspace, WorkspaceMissing
from jnw_desktop.workspace.tables import SCHEMA

NODE = KINDS["node"].table
BUILD = """
import os, signal, sys
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
with Workspace.build(sys.argv[1]) as workspace, workspace.change("x") as change:
    change.insert(KINDS["node"].table, [{"code": "A"}])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def beside(place):
    return sorted(path.name for path in place.parent.iterdir())


def killed_while_building(place):
    done = subprocess.run([sys.executable, "-c", BUILD, str(place)], check=False)
    assert done.returncode == -signal.SIGKILL


def test_what_a_killed_build_leaves_is_no_workspace_and_is_replaced(place, tmp_path):
    killed_while_building(place)
    with pytest.raises((WorkspaceMissing, NotAWorkspace)):
        Workspace.open(place)
    with Workspace.build(place) as workspace, workspace.change("y", origin=True) as change:
        change.insert(NODE, [{"code": "B"}])
    with Workspace.open(place) as workspace:
        assert [entry.why for entry in workspace.history()] == ["y"]
        assert workspace.verify() == []
        workspace.backup(tmp_path / "copy.gpkg")
    assert [name for name in beside(tmp_path / "x") if ".part" in name] == []


def test_a_workspace_is_restored_over_what_a_killed_build_left(place, new_place, tmp_path):
    with Workspace.create(new_place()) as workspace:
        with workspace.change("kept") as change:
            change.insert(NODE, [{"code": "A"}])
        workspace.backup(tmp_path / "copy.gpkg")
    killed_while_building(place)
    restore(tmp_path / "copy.gpkg", place)
    with Workspace.open(place) as workspace:
        assert [entry.why for entry in workspace.history()] == ["kept"]


def test_a_build_that_fails_leaves_nothing(place, tmp_path):
    with pytest.raises(RuntimeError), Workspace.build(place) as workspace:
        with workspace.change("y") as change:
            change.insert(NODE, [{"code": "B"}])
        raise RuntimeError
    with pytest.raises(WorkspaceMissing):
        Workspace.open(place)
    assert beside(tmp_path / "x") == []


def test_reading_leaves_nothing_beside_the_file(tmp_path):
    city = tmp_path / "city.gpkg"
    with Workspace.create(city) as workspace, workspace.change("a") as change:
        change.insert(NODE, [{"code": "A"}])
    before = city.read_bytes()
    with Workspace.open(city, read_only=True) as one, Workspace.open(city, read_only=True) as two:
        assert one.verify() == []
        assert len(two.history()) == 1
    assert beside(city) == ["city.gpkg"]
    assert city.read_bytes() == before
    with Workspace.open(city) as writer, Workspace.open(city, read_only=True) as reader:
        with writer.change("b") as change:
            change.insert(NODE, [{"code": "B"}])
        writer.close()
        assert len(reader.history()) == 2
    assert beside(city) == ["city.gpkg"]
    with Workspace.open(city) as workspace, workspace.engine.begin() as connection:
        connection.execute(SCHEMA.update().where(SCHEMA.c.version_num.like("core%")).values(version_num="core_9999"))
    for read_only in (True, False):
        with pytest.raises(NewerWorkspace):
            Workspace.open(city, read_only=read_only)
        assert beside(city) == ["city.gpkg"]


@pytest.fixture
def small(tmp_path):
    """A disk of three megabytes, nearly full."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], check=False, capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def jnw(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "jnw_desktop", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_a_disk_that_fills_is_told_and_left_clean(small, tmp_path):
    city = tmp_path / "city.gpkg"
    with Workspace.create(city) as workspace, workspace.change("a") as change:
        change.insert(NODE, [{"note": "x" * 2000} for _ in range(3000)])
    for command in (("demo", small / "demo.gpkg"), ("workspace", "backup", city, small / "copy.gpkg"),
                    ("workspace", "restore", city, small / "again.gpkg")):  # fmt: skip
        status, told = jnw(*command)
        assert (status, "磁盘已满" in told, "→" in told) == (3, True, True), told
        assert list(small.iterdir()) == []


def test_on_a_full_disk_a_workspace_is_read_and_not_written(small):
    city = small / "city.gpkg"
    with Workspace.create(city) as workspace, workspace.change("a") as change:
        change.insert(NODE, [{"code": "A"}])
    with (small / "ballast").open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 4096)
            except OSError:
                break
    assert jnw("workspace", "verify", city)[0] == 0
    assert jnw("workspace", "info", city)[0] == 0
    status, told = jnw("workspace", "undo", city)
    assert (status, "磁盘已满" in told) == (3, True), told
    status, told = jnw("workspace", "create", small / "new.gpkg")
    assert (status, "磁盘已满" in told) == (3, True), told
    assert beside(city) == ["ballast", "city.gpkg"]
