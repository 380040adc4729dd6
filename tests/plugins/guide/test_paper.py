"""The paper that was handed out: undo does not take it back, it is withdrawn."""

import subprocess

import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import StoodOn

pytestmark = pytest.mark.engine


@pytest.fixture
def issued(city, jnw, tmp_path):
    """A guide's number and file."""
    status, told, _said = jnw("guide", "issue", city, "--site", "S1", "--out", tmp_path / "guide.pdf")
    assert status == 0
    return told["guide"], tmp_path / "guide.pdf"


def test_undo_takes_back_the_edits_around_an_issue_and_leaves_the_issue(city, jnw, issued):
    pipe = KINDS["pipe"].table
    with Workspace.open(city) as workspace, workspace.change("edit") as change:
        uid = change.connection.scalar(pipe.select().with_only_columns(pipe.c.uid).where(pipe.c.code == "FAR"))
        change.update(pipe, uid, {"dn": 200})
    with Workspace.open(city) as workspace:
        assert workspace.undo().why == "edit"
        assert workspace.redo().why == "edit"
        assert workspace.undo().why == "edit"
        with pytest.raises(StoodOn, match=issued[0]):
            workspace.undo()  # the site that the guide is about would go
        assert workspace.can_undo() == "city"
        events = [entry for entry in workspace.history() if entry.kind == "event"]
        made = {"guide": 1, "attachment": 1, "release": 1}
        assert [(entry.undone, entry.inserted) for entry in events] == [(False, made)]
        assert workspace.verify() == []
    assert [guide["guide"] for guide in jnw("guide", "list", city)[1]["guides"]] == [issued[0]]


def test_an_undone_edit_can_be_redone_after_an_issue(city, jnw, tmp_path):
    with Workspace.open(city) as workspace:
        with workspace.change("edit") as change:
            change.insert(KINDS["node"].table, [{"code": "N"}])
        workspace.undo()
    jnw("guide", "issue", city, "--site", "S1", "--out", tmp_path / "guide.pdf")
    with Workspace.open(city) as workspace:
        assert workspace.can_redo() == "edit"
        workspace.redo()
        assert workspace.can_undo() == "edit"
        assert workspace.verify() == []


def test_a_guide_whose_site_was_taken_back_still_names_it(city, jnw, issued):
    site = KINDS["construction_site"].table
    with Workspace.open(city) as workspace, workspace.change("a mistake") as change:
        change.delete(site, change.connection.scalar(sa.select(site.c.uid)))
    (guide,) = jnw("guide", "list", city)[1]["guides"]
    assert (guide["guide"], guide["site"], guide["stale"]) == (issued[0], "S1", True)
    assert guide["changed"] == ["S1"]


def test_a_guide_is_withdrawn_for_a_reason_once(city, jnw, issued):
    number, _file = issued
    assert jnw("guide", "withdraw", city, number, "--why", " ")[0] == 2
    assert jnw("guide", "withdraw", city, "JD999999", "--why", "x")[1]["error"]["kind"] == "no_such_row"
    status, told, _said = jnw("guide", "withdraw", city, number, "--why", "范围改了", "--user", "li")
    assert (status, told["guide"]) == (0, number)
    (guide,) = jnw("guide", "list", city)[1]["guides"]
    assert (guide["withdrawn"], guide["withdrawn_why"], guide["stale"]) == (told["withdrawn"], "范围改了", False)
    assert jnw("guide", "withdraw", city, number, "--why", "again")[1]["error"]["kind"] == "already_withdrawn"
    with Workspace.open(city) as workspace:
        newest = workspace.history()[0]
        assert (newest.kind, newest.who, "范围改了" in newest.why) == ("event", "li", True)
        assert workspace.can_undo() == "city"
        workspace.undo()
        assert workspace.verify() == []
    assert jnw("guide", "stale", city)[1]["guides"] == []


@pytest.mark.parametrize("paper", ["A3", "A4"])
def test_every_page_says_whose_data_and_that_they_are_made_up(town, jnw, tmp_path, paper):
    out = tmp_path / "guide.pdf"
    pages = jnw("guide", "issue", town, "--site", "S1", "--out", out, "--paper", paper)[1]["pages"]
    text = subprocess.run(["pdftotext", "-layout", out, "-"], capture_output=True, text=True, check=True).stdout
    assert text.count("历下区管网") == text.count("演示数据，非真实管网") == pages > 1
    assert "Gauss-Kruger CM 117E" in text  # no line ends inside a word
    assert "给水管 DN 300" in text
    assert not any(word in text for word in ("DN ≥ 600", "污水", "消火栓"))  # nothing of it is on the sheet
    assert text.rindex("探坑记录") < text.rindex("现场交底") < text.rindex("版本记录")


def test_a_workspace_that_is_no_demonstration_does_not_say_so(tmp_path, jnw):
    place = tmp_path / "real.gpkg"
    with Workspace.create(place, title="真实管网") as workspace, workspace.change("site") as change:
        area = shapely.box(505000, 4059500, 505040, 4059520)
        change.insert(KINDS["construction_site"].table, [{"code": "S1", "geom": area.wkb}])
    assert jnw("guide", "issue", place, "--site", "S1", "--out", tmp_path / "guide.pdf")[0] == 0
    text = subprocess.run(["pdftotext", tmp_path / "guide.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "真实管网" in text
    assert "演示数据" not in text


def test_an_issued_guide_is_kept_and_copied_byte_for_byte(city, jnw, issued, tmp_path):
    number, file = issued
    status, told, _said = jnw("guide", "copy", city, number, "--out", tmp_path / "again.pdf")
    assert (status, told) == (0, {"guide": number, "file": str(tmp_path / "again.pdf")})
    assert (tmp_path / "again.pdf").read_bytes() == file.read_bytes()
    assert jnw("guide", "copy", city, "JD999999", "--out", tmp_path / "no.pdf")[0] == 3
    assert not (tmp_path / "no.pdf").exists()


def test_no_document_takes_the_place_of_a_workspace(town, jnw, tmp_path):
    """Every command that writes a document is given the workspace it reads for its file."""
    jnw("guide", "issue", town, "--site", "S1", "--out", tmp_path / "g.pdf")
    before = town.read_bytes()[:100]
    for command in (
        ("guide", "issue", town, "--site", "S1", "--out", town),
        ("guide", "copy", town, "JD000001", "--out", town),
        ("print", town, "--out", town),
        ("tiecards", town, "--kind", "valve", "--out", town),
        ("ledger", town, town),
        ("releases", town, "--out", town),
        ("network", "isolate", town, "--pipe", "THROUGH", "--pdf", town),
        ("network", "section", town, "--line", "500000,4056990,500000,4057010", "--pdf", town),
        ("statistics", town, "--by", "dn", "--out", town),
        ("export", town, town),
    ):
        status, told, _said = jnw(*command)
        assert status in (2, 3), (command, told)  # 2 where the file's ending is already wrong
        assert town.read_bytes()[:100] == before, command
    with Workspace.open(town, read_only=True) as workspace:
        assert workspace.verify() == []
