"""What another program edits in a copy comes back by field, once, and what changed here too only by choice."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile

import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.commandline.program import run
from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.fieldwork import bring_back, differences, pack, shown
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.releases.register import releases
from jnw_desktop.facilities.releases.roles import set_role
from jnw_desktop.mapengine import locate
from jnw_desktop.workspace import Workspace

from ..facilities.citykit import build

PIPE = KINDS["pipe"].table
# GDAL in a process of its own, as QField is.
EDIT = """
import fiona, json, sys
path, edits = sys.argv[1], json.loads(sys.argv[2])
for layer, code, values, line in edits:
    with fiona.open(path, "a", layer=layer) as target:
        target.write({"geometry": {"type": "LineString", "coordinates": line}, "properties": {**{
            name: None for name in target.schema["properties"]}, "code": code, **values}})
"""


@pytest.fixture
def city(workspace):
    build(workspace, "S1 -p1- V1 -p2- a -p3- b", p1={"dn": 300, "material": "QM"})
    return workspace


def sql(path, *statements):
    """Attributes, as any program with SQLite writes them: the triggers of the file note what was before."""
    with sqlite3.connect(path) as connection:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(name, 1, lambda _geometry: 0)  # the triggers name them; no geometry changes
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.fixture
def copy(city, tmp_path):
    path = tmp_path / "field.gpkg"
    city.backup(path)
    return path


def told(found):
    return [
        (one.kind, one.code, one.operation, {each.name: (each.before, each.theirs, each.ours) for each in one.fields},
         one.conflict)
        for one in found
    ]  # fmt: skip


def value(workspace, code, name):
    return queries.describe(workspace, "pipe", code=code).values[name]


def test_edits_come_back_once_in_one_change(city, copy):
    assert differences(city, copy) == []
    sql(copy, "UPDATE pipe SET dn = 250 WHERE code = 'p1'", "UPDATE pipe SET dn = 200, note = '测' WHERE code = 'p1'",
        "DELETE FROM pipe WHERE code = 'p3'")  # fmt: skip
    before = copy.read_bytes()
    found = differences(city, copy)
    assert told(found) == [
        ("pipe", "p1", "update", {"dn": (300, 200, 300), "note": (None, "测", None)}, False),
        ("pipe", "p3", "delete", {}, False),
    ]
    done = bring_back(city, copy, who="li", why="外业")
    assert (done.taken, done.left, done.change.who, done.change.why) == (2, [], "li", "外业")
    assert (value(city, "p1", "dn"), value(city, "p1", "note"), value(city, "p1", "material")) == (200, "测", "QM")
    assert differences(city, copy) == []
    assert bring_back(city, copy).change is None
    assert copy.read_bytes() == before
    city.undo()
    assert value(city, "p1", "dn") == 300
    assert len(differences(city, copy)) == 2
    assert city.verify() == []


def test_what_changed_here_too_is_left_unless_it_is_named(city, copy):
    sql(copy, "UPDATE pipe SET dn = 250, material = 'PE' WHERE code = 'p1'", "DELETE FROM pipe WHERE code = 'p3'",
        "UPDATE pipe SET dn = 80 WHERE code = 'p2'")  # fmt: skip
    with city.change("here") as change:
        for code, values in (("p1", {"dn": 400, "note": "x"}), ("p3", {"note": "still used"})):
            change.update(PIPE, queries.describe(city, "pipe", code=code).uid, values)
    with city.change("gone") as change:
        change.delete(PIPE, queries.describe(city, "pipe", code="p2").uid)
    found = differences(city, copy)
    assert [(one.code, one.operation, one.conflict) for one in found] == [
        ("p1", "update", True),
        ("p2", "update", True),
        ("p3", "delete", True),
    ]
    assert [(each.name, each.conflict) for each in found[0].fields] == [("dn", True), ("material", False)]
    done = bring_back(city, copy)
    assert (done.taken, len(done.left), done.change) == (0, 3, None)
    done = bring_back(city, copy, keys=[found[0].key, found[1].key])
    assert (done.taken, [one.code for one in done.left]) == (2, ["p3"])
    assert (value(city, "p1", "dn"), value(city, "p1", "material"), value(city, "p1", "note")) == (250, "PE", "x")
    assert value(city, "p2", "dn") == 80
    assert value(city, "p3", "note") == "still used"
    with pytest.raises(UsageError):
        bring_back(city, copy, keys=["pipe:99"])


def test_what_agrees_is_no_difference(city, copy):
    sql(copy, "UPDATE pipe SET dn = 250 WHERE code = 'p1'", "UPDATE pipe SET dn = 1 WHERE code = 'p2'",
        "UPDATE pipe SET dn = 200 WHERE code = 'p2'")  # fmt: skip
    with city.change("the same") as change:
        change.update(PIPE, queries.describe(city, "pipe", code="p1").uid, {"dn": 250})
    assert differences(city, copy) == []


def test_what_was_drawn_gets_a_code_and_comes_once(city, copy):
    edits = [["pipe", None, {"dn": 100}, [[500000, 4060000], [500000, 4060050]]], ["pipe", "F7", {}, [[0, 0], [1, 1]]]]
    subprocess.run([sys.executable, "-c", EDIT, copy, json.dumps(edits)], check=True, capture_output=True)
    found = differences(city, copy)
    assert sorted((one.operation, one.code) for one in found) == [("insert", ""), ("insert", "F7")]
    place = next(each for each in found[0].fields if each.name == "geom")
    assert shown("pipe", place, place.theirs) == "E 500000.00, N 4060000.00 50.00 m"
    assert bring_back(city, copy).taken == 2
    assert differences(city, copy) == []
    with city.read() as connection:
        rows = connection.execute(sa.select(PIPE.c.code, PIPE.c.dn, PIPE.c.geom).order_by(PIPE.c.fid)).all()
    assert rows[-2].code.startswith(KINDS["pipe"].table.info["code_prefix"])
    assert (rows[-2].dn, shapely.from_wkb(rows[-2].geom).length) == (100, 50)
    assert city.verify() == []


def test_a_file_of_another_workspace_is_refused(city, new_place, tmp_path):
    with Workspace.create(new_place()) as other:
        build(other, "S1 -p1- V1")
        other.backup(tmp_path / "other.gpkg")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    for name in ("other.gpkg", "empty.zip"):
        with pytest.raises(UsageError):
            differences(city, tmp_path / name)


def test_the_commands(tmp_path, capsys):
    place, copy = tmp_path / "city.gpkg", tmp_path / "field.gpkg"
    with Workspace.create(place) as workspace:
        build(workspace, "S1 -p1- V1 -p2- a")
        workspace.backup(copy)
        with workspace.change("here") as change:
            change.update(PIPE, queries.describe(workspace, "pipe", code="p2").uid, {"dn": 999})
    sql(copy, "UPDATE pipe SET dn = 250")

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            run(["field", *arguments, "--json"])
        return ended.value.code, json.loads(capsys.readouterr().out)

    status, answer = call("diff", str(place), str(copy))
    assert (status, [one["conflict"] for one in answer["differences"]]) == (0, [False, True])
    assert answer["differences"][1]["fields"] == [
        {"name": "dn", "before": 200, "field": 250, "here": 999, "conflict": True}
    ]
    status, answer = call("apply", str(place), str(copy))
    assert (status, answer["taken"], [one["code"] for one in answer["left"]]) == (4, 1, ["p2"])
    assert call("apply", str(place), str(copy), "--only", answer["left"][0]["key"])[0] == 0
    assert call("diff", str(place), str(copy)) == (0, {"differences": []})


@pytest.mark.engine
def test_a_package_holds_project_and_copy_and_is_registered(city, tmp_path):
    if not any(path.exists() and locate.ask(path) for path in locate.candidates()):
        if os.environ.get("JNW_REQUIRE_ENGINE"):
            pytest.fail("no Python with PyQGIS on this machine")
        pytest.skip("no Python with PyQGIS on this machine")
    out = tmp_path / "外业.zip"
    pack(city, out, tree=layer_tree(), terms=Terms("巡线班"))
    with zipfile.ZipFile(out) as archive:
        assert sorted(archive.namelist()) == ["外业.gpkg", "外业.qgz"]
        archive.extractall(tmp_path / "phone")
    assert b"./\xe5\xa4\x96\xe4\xb8\x9a.gpkg|layername=pipe" in _qgs(tmp_path / "phone" / "外业.qgz")
    sql(tmp_path / "phone" / "外业.gpkg", "UPDATE pipe SET dn = 250 WHERE code = 'p1'")
    back = shutil.make_archive(str(tmp_path / "back"), "zip", tmp_path / "phone")
    assert [one.code for one in differences(city, back)] == ["p1"]
    (row,) = releases(city)
    assert (row["recipient"], row["kinds"]["pipe"], row["format"]) == ("巡线班", 3, "zip")
    set_role(city, "公众", "hidden", is_default=True)
    for name, terms in (("a.zip", Terms()), ("a.gpkg", Terms())):
        with pytest.raises(UsageError):
            pack(city, tmp_path / name, tree=layer_tree(), terms=terms)
        assert not (tmp_path / name).exists()


def _qgs(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(".qgs")))
