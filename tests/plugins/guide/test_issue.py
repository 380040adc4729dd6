"""A guide issued by the command line, read back by other programs."""

import json
import subprocess

import pytest

from jnw_desktop.commandline.program import run
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

pytestmark = pytest.mark.engine
PIPE = KINDS["pipe"].table


def jnw(capsys, *arguments):
    """Exit status and the JSON printed."""
    with pytest.raises(SystemExit) as ended:
        run([*map(str, arguments), "--json"])
    return ended.value.code, json.loads(capsys.readouterr().out)


def test_a_guide_tells_each_pipe_and_prints_it(city, tmp_path, capsys):
    out = tmp_path / "guide.pdf"
    status, told = jnw(capsys, "guide", "issue", city, "--site", "S1", "--out", out, "--user", "li")
    assert status == 0
    through, beside = told["pipes"]
    assert (through["code"], through["relation"], through["length_inside"]) == ("THROUGH", "inside", 40.0)
    assert (through["depth"], beside["depth"]) == (1.2, None)
    # 3 m less half of 0.3 m less 0.4 m of class A.
    assert (beside["relation"], beside["offset"], beside["clear"]) == ("near", 3.0, 2.45)
    text = subprocess.run(["pdftotext", "-layout", out, "-"], capture_output=True, text=True, check=True).stdout
    assert all(word in text for word in ("路口改造", "THROUGH", "BESIDE", "EPSG:4548", "1:200", told["guide"]))
    assert "FAR" not in text
    fonts = subprocess.run(["pdffonts", out], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(" yes " in line for line in fonts), fonts
    georeference = subprocess.run(
        ["gdalinfo", "-json", f"PDF:2:{out}"], capture_output=True, text=True, check=True
    ).stdout
    assert "Gauss-Kruger CM 117E" in georeference


def test_a_guide_is_stale_when_what_it_showed_changes(city, tmp_path, capsys):
    jnw(capsys, "guide", "issue", city, "--site", "S1", "--out", tmp_path / "guide.pdf")
    assert jnw(capsys, "guide", "stale", city)[1] == {"guides": []}
    with Workspace.open(city) as workspace, workspace.change("far") as change:
        uid = change.connection.scalar(PIPE.select().with_only_columns(PIPE.c.uid).where(PIPE.c.code == "FAR"))
        change.update(PIPE, uid, {"dn": 200})
    assert jnw(capsys, "guide", "stale", city)[1] == {"guides": []}
    with Workspace.open(city) as workspace, workspace.change("through") as change:
        uid = change.connection.scalar(PIPE.select().with_only_columns(PIPE.c.uid).where(PIPE.c.code == "THROUGH"))
        change.update(PIPE, uid, {"dn": 200})
    (stale,) = jnw(capsys, "guide", "stale", city)[1]["guides"]
    assert stale["changed"] == ["THROUGH"]


def test_an_area_in_degrees_opens_a_site(city, tmp_path, capsys):
    # 117.0555, 36.6667 lies at (504960, 4059525) or so; the square is about 40 m wide.
    ring = [[117.0555, 36.6666], [117.0562, 36.6666], [117.0562, 36.6669], [117.0555, 36.6669], [117.0555, 36.6666]]
    area = tmp_path / "works.geojson"
    area.write_text(json.dumps({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}))
    status, told = jnw(capsys, "guide", "issue", city, "--area", area, "--out", tmp_path / "guide.pdf")
    assert status == 0
    assert {pipe["code"] for pipe in told["pipes"]} <= {"THROUGH", "BESIDE"}
    assert told["pipes"]
    with Workspace.open(city) as workspace:
        assert [entry.why for entry in workspace.history()][-1] == "city"
        assert len(workspace.history()) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [("not json", "works.geojson"), ('{"type": "Point", "coordinates": [117, 36]}', "works.geojson")],
)
def test_what_is_no_area_is_refused_and_nothing_written(city, tmp_path, capsys, content, reason):
    area = tmp_path / "works.geojson"
    area.write_text(content)
    status, told = jnw(capsys, "guide", "issue", city, "--area", area, "--out", tmp_path / "guide.pdf")
    assert (status, told["error"]["kind"]) == (3, "area_unreadable")
    assert reason in told["error"]["message"]
    assert told["error"]["hint"]
    with Workspace.open(city) as workspace:
        assert len(workspace.history()) == 1
    assert not (tmp_path / "guide.pdf").exists()


def test_a_guide_that_cannot_be_written_is_not_recorded(city, tmp_path, capsys):
    out = tmp_path / "no-such-folder" / "guide.pdf"
    status, told = jnw(capsys, "guide", "issue", city, "--site", "S1", "--out", out)
    assert (status, told["error"]["kind"]) == (3, "document_not_written")
    assert jnw(capsys, "guide", "list", city)[1] == {"guides": []}


def test_no_font_is_told(city, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("JNW_FONT", str(tmp_path / "none.ttf"))
    status, told = jnw(capsys, "guide", "issue", city, "--site", "S1", "--out", tmp_path / "guide.pdf")
    assert (status, told["error"]["kind"]) == (3, "no_font")
