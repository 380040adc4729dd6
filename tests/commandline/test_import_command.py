"""``jnw import`` as scripts call it."""

import csv
import json

import pytest

from jnw_desktop.commandline.program import run
from jnw_desktop.exchange.mapping import read_mapping
from jnw_desktop.workspace import Workspace

from ..exchange.importfiles import geojson, line, point, rows


@pytest.fixture
def jnw(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            run([*map(str, arguments), "--json"])
        return ended.value.code, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def city(place):
    Workspace.create(place).close()
    return place


def held(place, kind):
    with Workspace.open(place) as workspace:
        return rows(workspace, kind)


def test_import_check_segments_isolate_verify_and_undo(jnw, city, tmp_path):
    pipes = geojson(
        tmp_path / "管 线.geojson", [({"code": f"P{i}"}, line((i * 50, 0), (i * 50 + 50, 0))) for i in range(3)]
    )
    valves = geojson(tmp_path / "valves.geojson", [({"code": "V1"}, point(50, 0)), ({"code": "V2"}, point(120, 0))])
    status, told = jnw("import", city, pipes, "--kind", "pipe", "--user", "李工", "--why", "普查")
    assert status == 0
    assert {"read": 3, "written": 3, "rejected": 0}.items() <= told.items()
    assert told["seconds"] >= 0
    assert told["rejects"] is None
    assert jnw("import", city, valves)[1]["kinds"] == {"valve": 2}
    assert jnw("network", "segments", city)[1]["count"] == 3
    assert sorted(jnw("network", "isolate", city, "--pipe", "P1")[1]["close"]) == ["V1", "V2"]
    assert jnw("check", city)[0] == 0
    assert jnw("workspace", "verify", city) == (0, {"ok": True, "problems": []})
    changes = jnw("workspace", "history", city)[1]["changes"]
    assert (changes[-1]["who"], changes[-1]["why"]) == ("李工", "普查")
    assert len(changes) == 2
    jnw("workspace", "undo", city)
    assert (len(held(city, "pipe")), len(held(city, "valve"))) == (3, 0)


def test_what_was_refused_comes_in_when_it_is_mended(jnw, city, tmp_path):
    good = {"code": "A", "dn": 100}, line((0, 0), (50, 0))
    bad = {"code": "B", "dn": "?!"}, line((50, 0), (90, 0))
    file = geojson(tmp_path / "pipe.geojson", [good, bad])
    target = tmp_path / "留 下.csv"
    status, told = jnw("import", city, file, "--rejects", target)
    assert (status, told["read"], told["written"], told["rejected"], told["rejects"]) == (4, 2, 1, 1, str(target))
    with target.open(encoding="utf-8-sig", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert (row["_row"], row["code"]) == ("2", "B")
    target.write_text(target.read_text("utf-8-sig").replace("?!", "150"), "utf-8")
    status, told = jnw("import", city, target)
    assert (status, told["written"]) == (0, 1)
    assert held(city, "pipe")["B"]["dn"] == 150


def test_refused_and_wrongly_used(jnw, city, tmp_path):
    bare = tmp_path / "node.csv"
    bare.write_text("code,x,y\nN,510000,4057000\n", "utf-8")
    assert (jnw("import", city, bare)[1]["error"]["kind"], jnw("import", city, bare)[0]) == ("no_crs", 3)
    (tmp_path / "node.shp").write_bytes(b"")
    status, told = jnw("import", city, tmp_path / "node.shp")
    assert (status, told["error"]["kind"]) == (3, "unreadable_file")
    assert told["error"]["hint"]
    assert jnw("import", city, tmp_path / "none.shp")[1]["error"]["kind"] == "unreadable_file"
    assert jnw("import", city, bare, "--crs", "EPSG:4548", "--kind", "gizmo")[0] == 2
    assert jnw("import", city, bare, "--crs", "nonsense")[0] == 2
    assert jnw("import", city, bare, "--crs", "EPSG:4548", "--layer", "no")[0] == 2
    assert jnw("import", city, bare, "--crs", "EPSG:4548", "--unit", "furlong")[0] == 2
    assert jnw("import", city, bare, "--crs", "EPSG:4548", "--tolerance", "-1")[0] == 2
    assert jnw("import", tmp_path / "nowhere.gpkg", bare, "--crs", "EPSG:4548")[0] == 3
    assert not held(city, "node")


def test_dry_run_and_a_saved_mapping(jnw, city, tmp_path):
    file = geojson(tmp_path / "pipe.geojson", [({"编码": "A", "口径": 0.3, "c": "钢管"}, line((0, 0), (50, 0)))])
    saved = tmp_path / "对应.toml"
    assert jnw("import", city, file, "--dry-run", "--save-mapping", saved)[1]["dry_run"] is True
    assert not held(city, "pipe")
    mapping = read_mapping(saved)
    assert (mapping.kind, mapping.columns["code"], mapping.columns["dn"], mapping.units["dn"]) == (
        "pipe",
        "编码",
        "口径",
        "m",
    )
    saved.write_text(saved.read_text("utf-8").replace("[columns]", '[columns]\nmaterial = "c"'), "utf-8")
    assert jnw("import", city, file, "--mapping", saved)[0] == 0
    found = held(city, "pipe")["A"]
    assert (found["dn"], found["material"]) == (300, "G")
    saved.write_text('kind = "pipe"\n[columns]\nfoo = "c"\n', "utf-8")
    assert jnw("import", city, file, "--mapping", saved)[1]["error"]["kind"] == "mapping_refused"
