"""Tie cards on paper: every code with its distances, each card's map where the georeference says."""

import io
import json
import subprocess

import pytest
import shapely
from PIL import Image

from jnw_desktop.documents.tiecards import NoCards, print_tie_cards
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.attachments import attach
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace

EAST, NORTH = 505000.0, 4059500.0


@pytest.fixture
def city(tmp_path):
    """Five valves 200 m apart, each with a hydrant 10 m off; the last one has none."""
    with Workspace.create(tmp_path / "city.gpkg") as workspace, workspace.change("in") as change:
        at = [(EAST + 200 * n, NORTH) for n in range(6)]
        change.insert(
            KINDS["valve"].table, [{"code": f"F{n}", "dn": 300, "geom": shapely.Point(p).wkb} for n, p in enumerate(at)]
        )
        hydrants = [{"code": f"X{n}", "geom": shapely.Point(p[0] + 6, p[1] + 8).wkb} for n, p in enumerate(at[:5])]
        change.insert(KINDS["hydrant"].table, hydrants)
    with Workspace.open(tmp_path / "city.gpkg") as workspace:
        yield workspace


@pytest.mark.engine
def test_a_card_for_each_with_its_distances(city, tmp_path):
    made = print_tie_cards(city, "valve", [f"F{n}" for n in range(6)], str(tmp_path / "ties.pdf"))
    assert (made.cards, made.untied) == (["F0", "F1", "F2", "F3", "F4"], ["F5"])
    text = subprocess.run(["pdftotext", "-layout", made.file, "-"], capture_output=True, text=True, check=True).stdout
    assert text.count("10.00 m") == 5
    assert "阀门 F4" in text
    assert text.count("附近只有 1 个固定地物") == 5
    told = subprocess.run(["gdalinfo", "-json", made.file], capture_output=True, text=True, check=True).stdout
    assert "4548" in json.loads(told)["coordinateSystem"]["wkt"]


@pytest.mark.engine
def test_the_latest_photo_stands_beside_the_map(city, tmp_path):
    valve = queries.describe(city, "valve", code="F1")
    for name, colour in (("old.jpg", "red"), ("new.jpg", "lime")):
        picture = io.BytesIO()
        Image.new("RGB", (600, 800), colour).save(picture, "JPEG")
        attach(city, "valve", valve.uid, name, picture.getvalue())
    attach(city, "valve", valve.uid, "note.txt", b"no picture")
    made = print_tie_cards(city, "valve", ["F0", "F1"], str(tmp_path / "ties.pdf"))
    listed = subprocess.run(["pdfimages", "-list", made.file], capture_output=True, text=True, check=True).stdout
    assert listed.count(" jpeg ") == 1  # F0 has none
    subprocess.run(["pdftoppm", "-png", "-r", "60", made.file, str(tmp_path / "page")], check=True)
    with Image.open(next(tmp_path.glob("page*.png"))) as page:
        colours = {colour: count for count, colour in page.convert("RGB").getcolors(1 << 24)}
    assert sum(count for (r, g, b), count in colours.items() if g > 240 and r < 20 and b < 20) > 3000
    assert not any(r > 240 and g < 20 and b < 20 and count > 1000 for (r, g, b), count in colours.items())


def test_what_has_no_card_is_told(city, tmp_path):
    with pytest.raises(NoCards):
        print_tie_cards(city, "valve", ["F5"], str(tmp_path / "ties.pdf"))
    for kind, codes in (("pipe", ["P1"]), ("valve", [])):
        with pytest.raises(UsageError):
            print_tie_cards(city, kind, codes, str(tmp_path / "ties.pdf"))
    assert not (tmp_path / "ties.pdf").exists()
