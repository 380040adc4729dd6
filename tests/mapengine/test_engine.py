"""The real engine: what it draws, finds, measures and prints."""

import os
import signal
import subprocess
import time

import numpy as np
import pytest
import shapely

from jnw_desktop.facilities.holding import write_shapes
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.layers import layer_tree
from jnw_desktop.mapengine import protocol
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.mapengine.errors import EngineFailed, EngineProtocolError, NoQgis
from jnw_desktop.workspace import Workspace

from .conftest import EAST, NORTH, heard_of

pytestmark = pytest.mark.engine
LEFT, RIGHT = 1, 2


def show(engine: MapEngine, heard: list) -> None:
    """A view of 400 × 300 pixels, a metre a pixel, the crossing in the middle."""
    engine.open_view(400, 300)
    engine.call("view.set", extent=[EAST - 200, NORTH - 150, EAST + 200, NORTH + 150])
    heard.clear()
    engine.call("layer.refresh", ids=["pipe"])
    heard_of(heard, "view.changed")


def click(engine: MapEngine, x: float, y: float, button: int = LEFT, modifiers: int = 0) -> None:
    for kind in ("move", "press", "release"):
        engine.notify("event.mouse", type=kind, x=x, y=y, button=button, buttons=button, modifiers=modifiers)


def picture(heard: list) -> np.ndarray:
    """The frame after a finished drawing, (height, width, 3)."""
    heard_of(heard, "view.changed")
    while heard.pop(0)[0] != "view.changed":
        pass
    return heard_of(heard, "frame")["picture"]


def test_the_handshake_tells_versions(engine):
    assert engine.versions["protocol"] == protocol.VERSION
    assert int(engine.versions["qgis"].split(".")[0]) >= 3


def test_a_frame_shows_the_pipes(engine, heard):
    show(engine, heard)
    final = picture(heard)
    middle_row, middle_column = final[150], final[:, 200]
    background = final[5, 5]
    assert (middle_row[110:190] != background).any(axis=1).all()
    assert (middle_column[60:140] != background).any(axis=1).all()
    assert (final[20:40, 20:40] == background).all()


def test_identify_finds_valve_before_pipe(engine, heard):
    show(engine, heard)
    engine.call("tool.set", tool="identify")
    click(engine, 200, 150)
    found = heard_of(heard, "identified")
    assert [hit["layer"] for hit in found["hits"]] == ["valve", "pipe", "pipe"]
    assert found["at"] == pytest.approx([EAST, NORTH], abs=1.5)


def test_a_rectangle_selects_what_it_meets(engine, heard):
    show(engine, heard)
    engine.call("tool.set", tool="select-rectangle")
    for kind, x, y in (("press", 250, 130), ("move", 260, 140), ("release", 290, 170)):
        engine.notify("event.mouse", type=kind, x=x, y=y, button=LEFT, buttons=LEFT, modifiers=0)
    assert heard_of(heard, "selected") == {"layers": {"pipe": [1]}, "mode": "replace"}


def test_a_drawn_line_snaps_to_the_pipes_end_to_the_bit(engine, heard):
    show(engine, heard)
    engine.call("snap.config", enabled=True, tolerance_px=12)
    engine.call("tool.set", tool="draw-line")
    for _ in range(20):  # the index is built in the background
        heard.clear()
        engine.notify("event.mouse", type="move", x=303, y=152, button=0, buttons=0)
        if heard_of(heard, "draft")["cursor"] == [EAST + 100, NORTH]:
            break
        time.sleep(0.1)
    click(engine, 303, 152)
    click(engine, 350, 40)
    click(engine, 350, 40, RIGHT)
    drawn = heard_of(heard, "drawn")
    line = shapely.from_wkb(bytes.fromhex(drawn["wkb"]))
    assert line.coords[0] == (EAST + 100, NORTH)
    assert drawn["valid"]


def test_a_point_that_only_says_what_is_meant_stays_where_it_was_clicked(engine, heard):
    show(engine, heard)
    engine.call("snap.config", enabled=True, tolerance_px=12)
    engine.call("tool.set", tool="draw-point", options={"snap": False})
    click(engine, 303, 152)
    at = shapely.from_wkb(bytes.fromhex(heard_of(heard, "drawn")["wkb"]))
    assert (at.x, at.y) != (EAST + 100, NORTH)
    assert abs(at.x - EAST - 100) + abs(at.y - NORTH) < 10


def test_a_length_is_told_on_plane_and_ellipsoid(engine, heard):
    show(engine, heard)
    engine.call("tool.set", tool="measure-length")
    click(engine, 100, 150)
    click(engine, 300, 150)
    click(engine, 300, 150, RIGHT)
    final = heard_of(heard, "measured", lambda params: params["final"])
    assert final["planar"] == pytest.approx(200, abs=2)
    assert 0 < abs(final["planar"] - final["ellipsoidal"]) < 0.1


def test_a_commit_shows_after_refresh(engine, heard, city):
    show(engine, heard)
    before = picture(heard)
    line = shapely.LineString([(EAST - 150, NORTH + 100), (EAST + 150, NORTH + 100)])
    with city.change("new") as change:
        change.insert(KINDS["pipe"].table, [{"geom": line.wkb}])
    heard.clear()
    engine.call("layer.refresh", ids=["pipe"])
    heard_of(heard, "view.changed")
    heard_of(heard, "frame", lambda params: (params["picture"][50] != before[50]).any())


def test_a_printed_map_is_vectors_at_scale(engine, tmp_path):
    path = tmp_path / "map.pdf"
    told = engine.call("print.map", path=str(path), width_pt=400, height_pt=300, center=[EAST, NORTH], scale=1000)
    a, b, c, d, e, f = told["georeference"]
    # The middle of the page is the centre, and a point is 1000 × 25.4 / 72 mm on the ground.
    assert (a * 200 + b * 150 + c, d * 200 + e * 150 + f) == pytest.approx((EAST, NORTH), abs=0.01)
    assert a == pytest.approx(25.4 / 72, rel=1e-4)
    assert told["scale"] == pytest.approx(1000, rel=1e-4)
    images = subprocess.run(["pdfimages", "-list", path], capture_output=True, text=True, check=True).stdout
    assert len(images.splitlines()) == 2, "a heading and no image"


def test_an_unknown_request_is_refused(engine):
    with pytest.raises(EngineFailed, match=r"view\.fly"):
        engine.call("view.fly")
    assert engine.call("ping") is True


def test_another_protocol_is_refused(qgis_python, monkeypatch):
    monkeypatch.setattr(protocol, "VERSION", 99)
    made = MapEngine(python=qgis_python)
    with pytest.raises(EngineProtocolError) as refused:
        made.start()
    assert refused.value.hint
    made.stop()


def test_a_killed_engine_is_told(engine, heard):
    os.kill(engine.pid, signal.SIGKILL)
    heard_of(heard, "gone")
    with pytest.raises(EngineFailed):
        engine.call("ping", timeout=5)


def test_a_python_without_qgis_says_so(tmp_path):
    fake = tmp_path / "python3"
    fake.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'qgis'\" >&2\nexit 1\n")
    fake.chmod(0o755)
    with pytest.raises(NoQgis) as missing:
        MapEngine(python=fake).start()
    assert missing.value.hint


def test_a_workspace_with_nothing_or_one_point_has_a_view(engine, tmp_path):
    engine.open_view(400, 300)
    with Workspace.create(tmp_path / "empty.gpkg") as workspace:
        source = {"path": str(tmp_path / "empty.gpkg")}
        assert engine.call("view.set", center=[EAST, NORTH], scale=500)["center"] == pytest.approx([EAST, NORTH])
        engine.call("project.set", crs=4548, workspace=source, tree=[])
        engine.call("project.set", crs=4548, workspace=source, tree=layer_tree())
        west, south, east, north = engine.call("view.full")["extent"]
        assert west < EAST < east
        assert south < NORTH < north
        with workspace.change("one") as change:
            change.insert(KINDS["hydrant"].table, [{"geom": shapely.Point(EAST, NORTH).wkb}])
    engine.call("layer.refresh", ids=["hydrant"])
    state = engine.call("view.full")
    assert state["center"] == pytest.approx([EAST, NORTH])
    assert state["extent"][3] - state["extent"][1] == pytest.approx(100, rel=0.01)


def green(frame: dict) -> int:
    """Pixels of a frame that are of the overlay's colour, whichever way its channels run."""
    return int((np.abs(frame["picture"].astype(int)[..., :3] - [0, 255, 0]).sum(axis=2) < 30).sum())


def test_lines_in_many_parts_are_a_layer_over_the_map(engine, heard):
    show(engine, heard)
    lines = [shapely.LineString([(EAST, NORTH + 20 + i / 10), (EAST + 80, NORTH + 20 + i / 10)]) for i in range(300)]
    features = [{"wkb": line.wkb.hex()} for line in lines]
    heard.clear()
    engine.call("overlay.set", id="many", role="result", features=features, style={"line": "#00ff00", "width": 3})
    heard_of(heard, "frame", lambda frame: green(frame) > 2000)
    heard.clear()
    engine.call("overlay.clear", id="many")
    heard_of(heard, "frame", lambda frame: green(frame) == 0)


def test_shapes_of_a_held_result_are_read_from_its_file(engine, heard, tmp_path):
    show(engine, heard)
    lines = [shapely.LineString([(EAST, NORTH + 20 + i / 10), (EAST + 80, NORTH + 20 + i / 10)]) for i in range(300)]
    write_shapes(tmp_path / "a.wkb", [line.wkb for line in lines])
    heard.clear()
    style = {"line": "#00ff00", "width": 3}
    engine.call("overlay.set", id="held", role="result", file=str(tmp_path / "a.wkb"), style=style)
    heard_of(heard, "frame", lambda frame: green(frame) > 2000)
    heard.clear()
    gone = str(tmp_path / "gone.wkb")
    assert engine.call("overlay.set", id="held", role="result", file=gone, style=style) is True
    heard_of(heard, "frame", lambda frame: green(frame) == 0)
