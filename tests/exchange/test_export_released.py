"""An export bears its recipient where the format can, tells places as the role has it, and is in the register."""

import json
import subprocess
import sys

import ezdxf
import openpyxl
import pytest
import shapely
import shapely.geometry
import wntr

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.exporting import export_file
from jnw_desktop.exchange.importing import Choices, import_file
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.releases.register import releases
from jnw_desktop.facilities.releases.roles import set_role
from jnw_desktop.workspace import Workspace

from ..facilities.citykit import build

WHO = Terms("济南某施工公司", "", "交叉施工")
TAGS = """
import fiona, json, sys
with fiona.open(sys.argv[1], layer="pipe") as source:
    rows = [row["geometry"] and list(row["geometry"]["coordinates"]) for row in source]
    print(json.dumps({"tags": source.tags(), "geometry": source.schema["geometry"], "rows": rows}))
"""


@pytest.fixture
def city(workspace):
    build(workspace, "S1 -p1- V1 -p2- a -p3- b", p1={"dn": 300}, p2={"length": 123.4})
    set_role(workspace, "施工单位", "70")
    set_role(workspace, "公众", "hidden")
    return workspace


def tags(path):
    done = subprocess.run([sys.executable, "-c", TAGS, str(path)], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


def test_the_recipient_stands_in_every_format_that_can_hold_it(city, tmp_path):
    paths = {end: tmp_path / f"out.{end}" for end in ("gpkg", "geojson", "kml", "dxf", "xlsx", "inp")}
    numbers = [
        export_file(city, path, kinds=[] if end == "inp" else ["pipe"], terms=WHO, who="li").release
        for end, path in paths.items()
    ]
    held = {
        "gpkg": tags(paths["gpkg"])["tags"]["recipient"],
        "geojson": json.loads(paths["geojson"].read_text("utf-8"))["recipient"],
        "kml": paths["kml"].read_text("utf-8"),
        "dxf": ezdxf.readfile(paths["dxf"]).header.custom_vars.get("Recipient"),
        "xlsx": openpyxl.load_workbook(paths["xlsx"])["pipe"]["A1"].value,
        "inp": paths["inp"].read_text("utf-8"),
    }
    for (end, text), number in zip(held.items(), numbers, strict=True):
        assert "济南某施工公司" in text, end
        assert number in text, end
    listed = releases(city)
    assert [row["release"] for row in listed] == numbers[::-1]
    assert {row["who"] for row in listed} == {"li"}
    assert listed[-1]["kinds"] == {"pipe": 3}


def test_a_stamped_workbook_and_inp_are_still_read(city, new_place, tmp_path):
    export_file(city, tmp_path / "out.xlsx", kinds=["pipe"], terms=WHO)
    export_file(city, tmp_path / "out.inp", terms=WHO)
    assert wntr.network.WaterNetworkModel(str(tmp_path / "out.inp")).num_links == 3
    with Workspace.create(new_place()) as other:
        assert import_file(other, [tmp_path / "out.xlsx"], choices=Choices("pipe")).written == 3
        assert queries.describe(other, "pipe", code="p1").values["dn"] == 300


def test_a_role_is_told_rounded_places_and_true_lengths(city, tmp_path):
    export_file(city, tmp_path / "out.geojson", kinds=["pipe"], terms=Terms("x", "施工单位"))
    told = json.loads((tmp_path / "out.geojson").read_text("utf-8"))["features"]
    for feature in told:
        places = shapely.get_coordinates(shapely.geometry.shape(feature["geometry"]))
        assert (abs(places / 70 - (places / 70).round()) < 1e-9).all()
    assert [feature["properties"]["length"] for feature in told] == [100.0, 123.4, 100.0]
    (row,) = releases(city)
    assert (row["coordinates"], row["role"]) == ("70", "施工单位")
    assert (row["bounds"][0], row["bounds"][2]) == pytest.approx((500000, 500300), abs=0.02)  # the true area
    assert export_file(city, tmp_path / "all.geojson", kinds=["pipe"]).release != row["release"]
    first = json.loads((tmp_path / "all.geojson").read_text("utf-8"))["features"][0]
    assert first["geometry"]["coordinates"] == [[500000.0, 4060000.0], [500100.0, 4060000.0]]


def test_hidden_places_are_in_no_file(city, tmp_path):
    terms = Terms("x", "公众")
    for end in ("gpkg", "geojson", "xlsx", "shp"):
        export_file(city, tmp_path / f"out.{end}", kinds=["pipe"], terms=terms)
    export_file(city, tmp_path / "out.inp", terms=terms)
    found = tags(tmp_path / "out.gpkg")
    assert (found["geometry"], found["rows"]) == ("None", [None] * 3)
    features = json.loads((tmp_path / "out.geojson").read_text("utf-8"))["features"]
    assert [feature["geometry"] for feature in features] == [None] * 3
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["pipe"]
    assert {row[-1].value for row in list(sheet.iter_rows())[2:]} == {None}
    assert not (tmp_path / "out.shp").exists()
    assert (tmp_path / "out.dbf").exists()
    text = (tmp_path / "out.inp").read_text("utf-8")
    assert "[COORDINATES]" not in text
    assert "4060000" not in text
    for end in ("dxf", "kml"):
        with pytest.raises(UsageError):
            export_file(city, tmp_path / f"out.{end}", kinds=["pipe"], terms=terms)
        assert not (tmp_path / f"out.{end}").exists()
    assert len(releases(city)) == 5


def test_the_default_role_is_taken_where_none_is_named(city, tmp_path):
    set_role(city, "公众", "hidden", is_default=True)
    with pytest.raises(UsageError):
        export_file(city, tmp_path / "out.kml")
    with pytest.raises(UsageError):
        export_file(city, tmp_path / "out.xlsx", terms=Terms("x", "nobody"))
    assert releases(city) == []
