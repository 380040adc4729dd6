"""A backup is a copy of everything: it is in the register of what left, and nobody gets more than his role may know."""

import hashlib
from pathlib import Path

import pytest

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.releases.backing import back_up
from jnw_desktop.facilities.releases.leaving import NothingUnrecorded, Terms
from jnw_desktop.facilities.releases.register import releases
from jnw_desktop.facilities.releases.roles import set_role
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import FolderMissing, WorkspaceExists

from .citykit import build


def test_a_backup_is_recorded_with_who_what_where_and_why(workspace, tmp_path):
    build(workspace, "S1 -p1- V1 -p2- a")
    made = back_up(workspace, tmp_path / "城市 备份.gpkg", terms=Terms(why="换机器"), who="wang")
    (row,) = releases(workspace)
    copy = Path(made.backup)
    assert row["release"] == made.release
    assert (row["who"], row["what"], row["format"], row["why"]) == ("wang", "copy", "gpkg", "换机器")
    assert (row["file"], row["coordinates"]) == ("城市 备份.gpkg", "exact")
    assert row["sha256"] == hashlib.sha256(copy.read_bytes()).hexdigest()
    there = {kind: count for kind, count in queries.counts(workspace).items() if count}
    assert row["kinds"] == there
    assert row["bounds"] is not None
    assert [file.name for file in tmp_path.glob("*备份*")] == ["城市 备份.gpkg"]
    with Workspace.open(copy, read_only=True) as opened:
        assert {kind: count for kind, count in queries.counts(opened).items() if count} == there
        assert opened.verify() == []


@pytest.mark.parametrize(("name", "error"), [("x.txt", UsageError), ("x", UsageError), ("none/x.gpkg", FolderMissing)])
def test_what_cannot_be_a_backup_is_refused_and_not_recorded(workspace, tmp_path, name, error):
    with pytest.raises(error) as refused:
        back_up(workspace, tmp_path / name)
    assert refused.value.hint
    assert releases(workspace) == []


def test_no_file_is_written_over(workspace, tmp_path):
    (tmp_path / "x.gpkg").write_text("mine")
    with pytest.raises(WorkspaceExists):
        back_up(workspace, tmp_path / "x.gpkg")
    assert (tmp_path / "x.gpkg").read_text() == "mine"
    assert releases(workspace) == []


def test_nobody_gets_a_backup_whose_role_is_not_told_places_exactly(workspace, tmp_path):
    set_role(workspace, "施工单位", "10")
    set_role(workspace, "公众", "hidden", is_default=True)
    for terms in (Terms("某公司", "施工单位"), Terms("某公司"), Terms(role="公众")):
        with pytest.raises(UsageError) as refused:
            back_up(workspace, tmp_path / "x.gpkg", terms=terms)
        assert refused.value.hint
    assert not (tmp_path / "x.gpkg").exists()
    assert releases(workspace) == []
    back_up(workspace, tmp_path / "x.gpkg")  # for nobody: it stays in the house
    assert [(row["role"], row["coordinates"]) for row in releases(workspace)] == [(None, "exact")]


def test_a_workspace_that_can_only_be_read(tmp_path):
    with Workspace.create(tmp_path / "city.gpkg") as made:
        set_role(made, "公众", "hidden")
    with Workspace.create(tmp_path / "free.gpkg"):
        pass
    with Workspace.open(tmp_path / "free.gpkg", read_only=True) as opened:
        assert back_up(opened, tmp_path / "a.gpkg").release is None
    with Workspace.open(tmp_path / "city.gpkg", read_only=True) as opened, pytest.raises(NothingUnrecorded):
        back_up(opened, tmp_path / "b.gpkg")
    assert not (tmp_path / "b.gpkg").exists()
