"""Guides of many sites: unattended, taken up again after a stop, nothing issued twice, failures told."""

import csv
import json
import signal
import subprocess
import sys
import time

import pytest
import shapely

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import Task, TaskCancelled
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide import operations, register
from jnw_plugins.guide.batch import Source, batch

from .conftest import EAST, NORTH

pytestmark = pytest.mark.engine


def feature(number, **properties):
    """A site of 10 × 10 m on the pipe that runs through the city, or east of it."""
    square = shapely.box(EAST + 12 * number, NORTH, EAST + 12 * number + 10, NORTH + 10)
    named = {"code": f"PL{number}", "name": f"第{number}处", **properties}
    return {"type": "Feature", "properties": named, "geometry": shapely.geometry.mapping(square)}


@pytest.fixture
def sites(tmp_path):
    """Writes a GeoJSON of sites."""

    def write(*features):
        path = tmp_path / "sites.geojson"
        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}}
        path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
        return path

    return write


def rows(folder):
    with (folder / "guides.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def issued(place):
    with Workspace.open(place) as workspace:
        return [(one["site"], one["guide"]) for one in register.issued(workspace)]


def test_a_file_of_sites_a_failure_among_them_and_again(city, sites, jnw, tmp_path):
    file = sites(feature(1), feature(2, dig_depth=400.0), feature(3))
    status, told, _said = jnw("guide", "batch", city, "--from", file, "--out", tmp_path / "out")
    assert status == 4
    assert (told["sites"], told["issued"], told["failed"], told["rejected"]) == (3, 2, 1, 0)
    assert [row["outcome"] for row in rows(tmp_path / "out")] == ["issued", "failed", "issued"]
    assert "400" in rows(tmp_path / "out")[1]["reason"]
    assert jnw("guide", "verify", tmp_path / "out" / "PL3.pdf")[1]["site"] == "PL3"

    with Workspace.open(city) as workspace, workspace.change("put right") as change:
        site = queries.find(workspace, "PL2", "construction_site")
        change.update(KINDS["construction_site"].table, site.uid, {"dig_depth": 4.0})
    (tmp_path / "out" / "PL1.pdf").unlink()
    status, told, _said = jnw("guide", "batch", city, "--from", file, "--out", tmp_path / "out")
    assert status == 0
    assert (told["sites"], told["issued"], told["already"], told["failed"]) == (3, 1, 2, 0)
    assert (tmp_path / "out" / "PL1.pdf").exists()
    assert sorted(site for site, _guide in issued(city)) == ["PL1", "PL2", "PL3"]


def test_sites_by_a_condition_those_whose_guide_is_stale_get_a_new_edition(town, jnw, tmp_path):
    with Workspace.open(town) as workspace:
        operations.issue(workspace, "S1", str(tmp_path / "first.pdf"))
        with workspace.change("turned") as change:
            change.update(KINDS["pipe"].table, queries.find(workspace, "THROUGH", "pipe").uid, {"dn": 400})
    status, told, _said = jnw("guide", "batch", town, "--where", "name like '%改造'", "--out", tmp_path / "out")
    assert status == 0
    assert (told["reissued"], told["issued"]) == (1, 0)
    assert [(one["guide"], one["outcome"]) for one in told["guides"]] == [("JD000002", "reissued")]


def test_a_run_that_was_killed_is_taken_up_and_nothing_is_doubled(town, sites, tmp_path):
    file, out = sites(*(feature(number) for number in range(8))), tmp_path / "out"
    command = [sys.executable, "-m", "jnw_desktop", "guide", "batch", town, "--from", file, "--out", out, "--json"]
    running = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(list(out.glob("*.pdf"))) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    before = dict(issued(town))
    assert 1 <= len(before) < 8
    again = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    told = json.loads(again.stdout)
    assert again.returncode == 0
    assert (told["already"], told["issued"]) == (len(before), 8 - len(before))
    after = issued(town)
    assert len(after) == len(dict(after)) == 8
    assert before.items() <= dict(after).items()
    assert {path.stem for path in out.glob("*.pdf")} == dict(after).keys()
    with Workspace.open(town) as workspace:
        assert workspace.verify() == []


def test_a_run_that_was_cancelled_reports_what_it_did(town, sites, tmp_path):
    file = sites(feature(1), feature(2), feature(3))
    said = []
    task = Task(lambda _fraction, message: said.append(message), lambda: any("PL2" in text for text in said))
    task.INTERVAL = 0.0
    with Workspace.open(town) as workspace, pytest.raises(TaskCancelled):
        batch(workspace, str(tmp_path / "out"), source=Source(str(file)), task=task)
    assert [row["site"] for row in rows(tmp_path / "out")] == ["PL1"]
    assert [site for site, _guide in issued(town)] == ["PL1"]
    assert not (tmp_path / "out" / "PL2.pdf").exists()


@pytest.mark.parametrize("options", [[], ["--from", "x.geojson", "--where", "name is null"]])
def test_either_a_file_or_a_condition(town, jnw, tmp_path, options):
    status, told, _said = jnw("guide", "batch", town, "--out", tmp_path / "out", *options)
    assert status == 2
    assert told["error"]["message"] == _("Name a file of sites or a condition.")
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_and_a_folder_that_cannot_be(town, jnw, tmp_path):
    status, _told, _said = jnw("guide", "batch", town, "--out", tmp_path / "out", "--from", tmp_path / "no.geojson")
    assert status == 2
    status, told, _said = jnw("guide", "batch", town, "--out", tmp_path / "a" / "b", "--where", "name is not null")
    assert (status, told["error"]["kind"]) == (3, "document_not_written")
    assert issued(town) == []
