"""What a business wants somebody to go to is in one list that knows no business, and leaves as a file of places."""

import json
from xml.etree import ElementTree

import pyproj
import pytest
import shapely

from jnw_desktop.commandline.program import run
from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.waypoints import Waypoint, write_waypoints
from jnw_desktop.extension import keypoints
from jnw_desktop.extension.manifest import Manifest
from jnw_desktop.extension.registry import Plugin, Registry
from jnw_desktop.facilities.keypoints import KeyPoint
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.releases.register import releases
from jnw_desktop.facilities.releases.roles import set_role
from jnw_plugins.maintenance.plans import plan

GPX = "{http://www.topografix.com/GPX/1/1}"
EAST, NORTH = 505000.0, 4059500.0


@pytest.fixture
def due_valves(workspace):
    with workspace.change("in") as change:
        for number, last in ((1, "2024-01-10"), (2, "2026-05-20")):
            geom = shapely.Point(EAST + 10 * number, NORTH).wkb
            row = {"code": f"V<{number}>", "dn": 300, "state": "in_service", "last_operated": last, "geom": geom}
            change.insert(KINDS["valve"].table, [row])
        change.insert(KINDS["valve"].table, [{"code": "V3", "state": "in_service"}])  # nobody knows where
    plan(workspace, of_task="exercise", months=12, start="2023-01-01")
    return workspace


def test_what_is_due_is_a_key_point(due_valves):
    found = keypoints.key_points(due_valves, within=30, as_of="2026-05-01")
    assert [(one.code, one.due, one.overdue, one.source) for one in found] == [
        ("V<1>", "2025-01-10", True, "maintenance")
    ]
    assert found[0].at == (EAST + 10, NORTH)
    both = keypoints.key_points(due_valves, within=400, as_of="2026-05-01")
    assert [(one.code, one.overdue) for one in both] == [("V<1>", True), ("V<2>", False)]


def test_every_plugin_that_is_usable_is_asked(workspace, monkeypatch):
    manifest = Manifest(id="a", title="A", version="1", interface=1, key_points="m:points")
    asked = []

    class Given(Plugin):
        def load(self, target):
            asked.append((self.id, target))
            return lambda _workspace, *, within, as_of: [
                KeyPoint("valve", "u", self.id, (1.0, 2.0), f"{within} {as_of}", "2026-01-02", overdue=False)
            ]

    plugins = [
        Given("b", "b", None, manifest),
        Given("a", "a", None, manifest),
        Given("broken", "c", None, manifest, reason="no"),
        Given("other", "d", None, Manifest(id="d", title="D", version="1", interface=1)),
    ]
    monkeypatch.setattr(keypoints, "registry", lambda: Registry({one.id: one for one in plugins}))
    found = keypoints.key_points(workspace, within=7)
    assert [(one.code, one.source, one.what) for one in found] == [("a", "a", "7 None"), ("b", "b", "7 None")]
    assert asked == [("b", "m:points"), ("a", "m:points")]


def test_the_list_leaves_as_gpx_and_is_recorded(due_valves, tmp_path):
    out = tmp_path / "要点.gpx"
    terms = Terms("Patrol & Co", "", "round")
    keypoints.write_key_points(due_valves, out, within=400, as_of="2026-05-01", terms=terms)
    root = ElementTree.parse(out).getroot()
    assert [one.findtext(f"{GPX}name") for one in root.iter(f"{GPX}wpt")] == ["V<1>", "V<2>"]
    assert "Patrol & Co" in root.findtext(f"{GPX}metadata/{GPX}desc")
    back = pyproj.Transformer.from_crs(4326, due_valves.crs, always_xy=True)
    first = next(root.iter(f"{GPX}wpt"))
    assert back.transform(float(first.get("lon")), float(first.get("lat"))) == pytest.approx(
        (EAST + 10, NORTH), abs=0.02
    )
    newest = releases(due_valves)[0]
    assert (newest["recipient"], newest["what"], newest["file"]) == ("Patrol & Co", "export", "要点.gpx")


def test_a_role_rounds_places_or_may_not_have_them(due_valves, tmp_path):
    set_role(due_valves, "crew", "100")
    set_role(due_valves, "guest", "hidden")
    out = tmp_path / "k.geojson"
    keypoints.write_key_points(due_valves, out, as_of="2026-05-01", terms=Terms("x", "crew"))
    (feature,) = json.loads(out.read_text("utf-8"))["features"]
    back = pyproj.Transformer.from_crs(4326, due_valves.crs, always_xy=True)
    assert back.transform(*feature["geometry"]["coordinates"]) == pytest.approx((EAST, NORTH), abs=0.02)
    assert feature["properties"]["code"] == "V<1>"
    kept = out.read_bytes()
    with pytest.raises(keypoints.PlacesHidden):
        keypoints.write_key_points(due_valves, out, as_of="2026-05-01", terms=Terms("x", "guest"))
    assert out.read_bytes() == kept
    with pytest.raises(UsageError):
        keypoints.write_key_points(due_valves, tmp_path / "k.docx")


def test_the_command_lists_and_writes(due_valves, place, tmp_path, capsys):
    out = tmp_path / "k.gpx"
    with pytest.raises(SystemExit) as ended:
        run(["keypoints", str(place), "--as-of", "2026-05-01", "--out", str(out), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert ended.value.code in (0, None)
    assert (told["total"], told["file"]) == (1, str(out))
    assert told["points"][0] | {"uid": ""} == {
        "kind": "valve", "uid": "", "code": "V<1>", "at": [EAST + 10, NORTH], "what": told["points"][0]["what"],
        "due": "2025-01-10", "overdue": True, "source": "maintenance",
    }  # fmt: skip
    assert out.exists()


def test_no_points_are_a_file_too(tmp_path):
    write_waypoints(tmp_path / "n.gpx", [], 4548, "无")
    assert ElementTree.parse(tmp_path / "n.gpx").getroot().findall(f"{GPX}wpt") == []
    write_waypoints(tmp_path / "n.geojson", [Waypoint((EAST, NORTH), "a", "b", {"x": None})], 4548, "一", "n")
    assert json.loads((tmp_path / "n.geojson").read_text("utf-8"))["note"] == "n"
