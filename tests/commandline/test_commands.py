"""Commands as scripts call them: exit statuses, JSON, and bad input that changes nothing."""

import json

import pytest

from jnw_desktop.commandline.program import run
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.location import Location
from jnw_desktop.workspace.tables import SCHEMA


@pytest.fixture
def jnw(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            run([*map(str, arguments), "--json"])
        return ended.value.code, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def city(tmp_path):
    Workspace.create(tmp_path / "city.gpkg").close()
    return tmp_path / "city.gpkg"


def test_create_info_history_undo_verify_backup_restore(jnw, new_place, tmp_path):
    place, again = new_place(), new_place()
    shown = str(Location.parse(place))
    assert jnw("workspace", "create", place, "--crs", "EPSG:4547") == (0, {"workspace": shown, "crs": "EPSG:4547"})
    status, info = jnw("workspace", "info", place)
    assert (status, info["crs"], info["counts"]["pipe"], info["schema"]) == (
        0,
        "EPSG:4547",
        0,
        ["core_0004", "guide_0005", "maintenance_0001", "shutoff_0001"],
    )
    assert jnw("workspace", "history", place) == (0, {"changes": []})
    assert jnw("workspace", "undo", place) == (0, {"undone": None})
    assert jnw("workspace", "verify", place) == (0, {"ok": True, "problems": []})
    assert jnw("workspace", "backup", place, tmp_path / "copy.gpkg")[0] == 0
    assert jnw("workspace", "restore", tmp_path / "copy.gpkg", again)[0] == 0
    assert jnw("workspace", "info", again)[1]["crs"] == "EPSG:4547"


def test_wrong_usage(jnw, tmp_path, city):
    assert jnw("workspace", "create", tmp_path / "x.gpkg", "--crs", "EPSG:4326")[0] == 2
    assert jnw("workspace", "create", tmp_path / "x.gpkg", "--crs", "nonsense")[0] == 2
    assert jnw("workspace", "create", tmp_path / "x.txt")[0] == 2
    assert jnw("workspace", "frobnicate", city)[0] == 2
    assert not (tmp_path / "x.gpkg").exists()


def test_what_is_no_workspace_is_refused_and_left_alone(jnw, tmp_path):
    for name, content in (("text.gpkg", b"hello" * 100), ("empty.gpkg", b"")):
        place = tmp_path / name
        place.write_bytes(content)
        status, told = jnw("workspace", "info", place)
        assert (status, told["error"]["kind"]) == (3, "not_a_workspace")
        assert told["error"]["hint"]
        assert place.read_bytes() == content
    assert jnw("workspace", "info", tmp_path / "none.gpkg")[1]["error"]["kind"] == "workspace_missing"


def test_a_truncated_workspace_is_refused(jnw, city):
    content = city.read_bytes()
    city.write_bytes(content[: len(content) // 2])
    status, told = jnw("workspace", "info", city)
    assert (status, told["error"]["kind"]) == (3, "truncated_workspace")


def test_a_newer_workspace_is_refused(jnw, city):
    with Workspace.open(city) as workspace, workspace.engine.begin() as connection:
        connection.execute(SCHEMA.update().where(SCHEMA.c.version_num == "core_0004").values(version_num="core_9999"))
    status, told = jnw("workspace", "info", city)
    assert (status, told["error"]["kind"]) == (3, "newer_workspace")


def test_an_existing_file_is_not_overwritten(jnw, city):
    before = city.read_bytes()
    assert jnw("workspace", "create", city)[1]["error"]["kind"] == "workspace_exists"
    assert city.read_bytes() == before


def test_a_folder_that_is_missing_is_named_and_not_made(jnw, tmp_path, city):
    none = tmp_path / "none"
    for command in (
        ("workspace", "create", none / "new.gpkg"),
        ("workspace", "backup", city, none / "copy.gpkg"),
        ("workspace", "restore", city, none / "again.gpkg"),
        ("demo", none / "demo.gpkg"),
    ):
        status, told = jnw(*command)
        assert (status, told["error"]["kind"]) == (3, "folder_missing")
        assert str(none) in told["error"]["message"]
        assert told["error"]["hint"]
    assert not none.exists()


@pytest.mark.engine
def test_doctor_names_the_engine(jnw, monkeypatch, tmp_path):
    monkeypatch.setenv("DISPLAY", ":0")
    status, told = jnw("doctor")
    assert (status, told["ok"]) == (0, True)
    assert told["qgis"]["qgis"]
    monkeypatch.setenv("JNW_QGIS_PYTHON", str(tmp_path / "none"))
    status, told = jnw("doctor")
    assert (status, told["ok"], told["qgis"]) == (5, False, None)
    assert all(check["mend"] for check in told["checks"] if not check["ok"])


def test_one_past_change_is_undone_by_its_number(jnw, new_place):
    place = new_place()
    node = KINDS["node"].table
    with Workspace.create(place) as workspace:
        with workspace.change("first") as change:
            (uid,) = change.insert(node, [{"code": "A"}])
        with workspace.change("deeper") as change:
            change.update(node, uid, {"depth": 1.0})
        with workspace.change("another") as change:
            change.insert(node, [{"code": "B"}])
    status, refused = jnw("workspace", "undo", place, "--change", 1)
    assert (status, refused["error"]["kind"]) == (3, "change_needed")
    assert "2 deeper" in refused["error"]["hint"]
    assert jnw("workspace", "undo", place, "--change", 2) == (0, {"undone": "deeper"})
    assert jnw("workspace", "undo", place, "--change", 2)[1]["error"]["kind"] == "no_such_change"
    assert jnw("workspace", "undo", place) == (0, {"undone": "another"})


def test_what_was_taken_back_is_made_again(place, jnw):
    jnw("workspace", "create", place, "--crs", "EPSG:4548")
    assert jnw("workspace", "redo", place) == (0, {"redone": None})
    with Workspace.open(place) as workspace, workspace.change("a node") as change:
        change.insert(KINDS["node"].table, [{}])
    assert jnw("workspace", "undo", place) == (0, {"undone": "a node"})
    assert jnw("workspace", "redo", place) == (0, {"redone": "a node"})
    changes = jnw("workspace", "history", place)[1]["changes"]
    assert [one["kind"] for one in changes] == ["redo", "undo", "change"]


@pytest.mark.parametrize(
    "options",
    [
        ("--extent", "nan,4058500,503000,4059500"),
        ("--extent", "0,0,9e9,9e9"),
        ("--extent", "5,5,5,5"),
        ("--scale", "0"),
        ("--scale=-500",),
        ("--scale", "nan"),
    ],
)
def test_a_sheet_that_cannot_be_drawn_is_refused(jnw, city, tmp_path, options):
    status, told = jnw("print", city, "--out", tmp_path / "sheet.pdf", *options)
    assert (status, told["error"]["kind"]) == (2, "usage")
    assert list(tmp_path.glob("*.pdf")) == []


def test_a_document_is_called_as_one(jnw, city, tmp_path):
    options = ("--extent", "505000,4059000,505100,4059100", "--out", tmp_path / "sheet.png")
    assert jnw("print", city, *options)[0] == 2
    assert not (tmp_path / "sheet.png").exists()
