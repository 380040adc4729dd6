"""GDAL and QGIS's Python look at a workspace from processes of their own: a plain, valid GeoPackage."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import shapely
import sqlalchemy as sa

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

PIPE = KINDS["pipe"].table
VALIDATE = """
import sys
from osgeo_utils.samples import validate_gpkg
validate_gpkg.check(sys.argv[1])
"""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Three pipes, one of them changed and one deleted."""
    place = tmp_path / "city.gpkg"
    with Workspace.create(place) as workspace:
        with workspace.change("in") as change:
            lines = [shapely.LineString([(505000 + i, 4059000), (505010 + i, 4059020)]).wkb for i in range(3)]
            uids = change.insert(PIPE, [{"dn": 100, "geom": line, "survey_date": "2024-05-01"} for line in lines])
        with workspace.change("out") as change:
            change.update(PIPE, uids[0], {"geom": shapely.LineString([(505100, 4059100), (505200, 4059200)]).wkb})
            change.delete(PIPE, uids[1])
    return place


def needed(command: str) -> str:
    if shutil.which(command) is None:
        if os.environ.get("JNW_REQUIRE_ENGINE"):
            pytest.fail(f"{command} is not installed")
        pytest.skip(f"{command} is not installed")
    return command


def test_ogrinfo_reads_every_layer_and_column_without_a_word_of_warning(city):
    for kind in KINDS.values():
        told = subprocess.run([needed("ogrinfo"), "-so", city, kind.id], capture_output=True, text=True, check=True)
        assert told.stderr == ""
        for field in kind.fields:
            assert f"\n{field.name}: " in told.stdout
    pipes = subprocess.run(["ogrinfo", "-so", city, "pipe"], capture_output=True, text=True, check=True).stdout
    assert "Feature Count: 2" in pipes
    assert "survey_date: Date" in pipes
    assert "Extent: (505000.000000, 4059000.000000) - (505200.000000, 4059200.000000)" in pipes


def test_the_spatial_index_is_that_of_the_rows(city):
    asked = ["ogrinfo", "-so", city, "pipe", "-spat", "505150", "4059150", "505160", "4059160"]
    assert "Feature Count: 1" in subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def test_gdals_own_validator_finds_nothing(city):
    python = needed("/usr/bin/python3")
    there = subprocess.run([python, "-c", "import osgeo_utils"], capture_output=True, check=False).returncode == 0
    if not there and not os.environ.get("JNW_REQUIRE_ENGINE"):
        pytest.skip("osgeo_utils is not installed")
    told = subprocess.run([python, "-c", VALIDATE, city], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_rows_another_program_adds_changes_and_deletes_are_adopted_and_undone(city):
    with Workspace.open(city) as workspace, workspace.read() as connection:
        before = connection.execute(sa.select(PIPE.c.uid, PIPE.c.dn, PIPE.c.geom).order_by(PIPE.c.uid)).all()
    edit = (
        "UPDATE pipe SET dn = 500 WHERE fid = 1",
        "DELETE FROM pipe WHERE fid = 3",
        "INSERT INTO pipe (dn, geom) SELECT 700, geom FROM pipe WHERE fid = 1",
    )
    for statement in edit:
        subprocess.run([needed("ogrinfo"), city, "-sql", statement], capture_output=True, check=True)
    with Workspace.open(city) as workspace:
        result = workspace.adopt_outside()
        assert result.kind == "outside"
        touched = result.touched["pipe"]
        assert (len(touched.inserted), len(touched.updated), len(touched.deleted)) == (1, 1, 1)
        assert workspace.adopt_outside() is None
        assert queries.page(workspace, "pipe", sort="dn").total == 2
        assert workspace.verify() == []
        workspace.undo()
        with workspace.read() as connection:
            after = connection.execute(sa.select(PIPE.c.uid, PIPE.c.dn, PIPE.c.geom).order_by(PIPE.c.uid)).all()
        assert after == before
        assert workspace.verify() == []
