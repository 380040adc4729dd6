"""What a window may rely on, held by the real engine and by the fake one."""

import sys
import time
from pathlib import Path

import pytest
import shapely

from jnw_desktop.mapengine import protocol
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.mapengine.errors import EngineFailed, EngineProtocolError

from .conftest import EAST, NORTH, heard_of

FAKE = Path(__file__).with_name("fake_host.py")
LEFT, RIGHT, ESCAPE = 1, 2, 0x01000000
SIZE = (400, 300)


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.engine), "fake"])
def make(request):
    """Makes an engine that is not started."""
    if request.param == "fake":
        return lambda **told: MapEngine(python=Path(sys.executable), host=FAKE, **told)
    python = request.getfixturevalue("qgis_python")
    return lambda **told: MapEngine(python=python, **told)


@pytest.fixture
def engine(make, heard):
    made = make(on_event=lambda name, params: heard.append((name, params)))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def view(engine, heard):
    """A metre a pixel about (EAST, NORTH)."""
    engine.open_view(*SIZE)
    engine.call("project.set", crs=4548, workspace={}, tree=[])
    engine.call("view.set", extent=[EAST - 200, NORTH - 150, EAST + 200, NORTH + 150])
    time.sleep(0.3)
    heard.clear()
    return engine


def click(engine, x, y, button=LEFT):
    for kind in ("move", "press", "release"):
        engine.notify("event.mouse", type=kind, x=x, y=y, button=button, buttons=button)


def test_the_handshake(engine, make, monkeypatch):
    assert set(engine.versions) == {"protocol", "qgis", "qt", "gdal", "proj", "python", "pid"}
    assert engine.versions["protocol"] == protocol.VERSION
    assert engine.call("ping") is True
    monkeypatch.setattr(protocol, "VERSION", 99)
    other = make()
    with pytest.raises(EngineProtocolError):
        other.start()
    other.stop()


def test_what_is_unknown_is_refused_and_the_engine_goes_on(engine):
    with pytest.raises(EngineFailed):
        engine.call("no.such.method")
    with pytest.raises(EngineFailed):
        engine.call("tool.set", nothing="wrong")
    assert engine.call("ping") is True


def test_a_view_is_where_it_was_sent(view):
    state = view.call("view.set", center=[EAST + 50, NORTH - 20], scale=2000)
    assert state["center"] == pytest.approx([EAST + 50, NORTH - 20], abs=0.01)
    assert state["scale"] == pytest.approx(2000, rel=1e-6)
    low_e, low_n, high_e, high_n = state["extent"]
    dots = SIZE[0] * 2000 * 0.0254 / (high_e - low_e)
    assert 72 <= dots <= 200  # to an inch: what the platform says of its screen
    assert (high_e - low_e) / (high_n - low_n) == pytest.approx(SIZE[0] / SIZE[1], rel=1e-3)
    assert ((low_e + high_e) / 2, (low_n + high_n) / 2) == pytest.approx(state["center"])
    assert (state["width"], state["height"], state["rotation"]) == (*SIZE, 0.0)
    wanted = [EAST, NORTH, EAST + 1000, NORTH + 100]
    low_e, low_n, high_e, high_n = view.call("view.set", extent=wanted)["extent"]
    assert low_e <= wanted[0] + 0.01
    assert low_n <= wanted[1]
    assert high_e >= wanted[2] - 0.01
    assert high_n >= wanted[3]


def test_one_goes_back_and_forth_between_views(view, heard):
    places = [[EAST + 100 * step, NORTH] for step in range(4)]
    for place in places:
        heard.clear()
        view.call("view.set", center=place, scale=1000)
        heard_of(heard, "view.changed", lambda params, place=place: params["state"]["center"] == pytest.approx(place))
    assert view.call("view.history", step=1)["center"] == pytest.approx(places[3])
    for place in places[2::-1]:
        assert view.call("view.history", step=-1)["center"] == pytest.approx(place, abs=0.01)
        time.sleep(0.2)
    assert view.call("view.history", step=1)["center"] == pytest.approx(places[1], abs=0.01)
    time.sleep(0.2)
    heard.clear()
    view.call("view.set", center=[EAST, NORTH + 900], scale=1000)
    heard_of(heard, "view.changed", lambda params: params["state"]["center"][1] == pytest.approx(NORTH + 900))
    assert view.call("view.history", step=1)["center"] == pytest.approx([EAST, NORTH + 900])  # what was ahead is gone
    assert view.call("view.history", step=-1)["center"] == pytest.approx(places[1], abs=0.01)


def test_frames_wait_for_their_slots(view, heard):
    for step in range(6):
        view.call("view.set", center=[EAST + step, NORTH], scale=1000)
        time.sleep(0.15)
    frames = [params for name, params in heard if name == "frame"]
    taken = {params["slot"] for params in frames}
    assert len(frames) <= protocol.SLOTS + 1  # none was given back since the view was cleared
    for slot in range(protocol.SLOTS):
        view.notify("frame.done", slot=slot)
    heard.clear()
    view.call("view.set", center=[EAST + 99, NORTH], scale=1000)
    frame = heard_of(heard, "frame", lambda params: params["state"]["center"][0] == pytest.approx(EAST + 99, abs=0.01))
    assert frame["slot"] in range(protocol.SLOTS)
    assert taken <= set(range(protocol.SLOTS))
    assert frame["stride"] >= frame["width"] * protocol.BYTES_PER_PIXEL
    assert (frame["width"], frame["height"]) == SIZE
    assert any(view.frames.view(frame["slot"], frame["stride"] * frame["height"])[:64])


def test_each_layer_is_told_of(view, city, tmp_path):
    if "path" not in city.source:
        pytest.skip("the fake engine reads files")
    names = ("pipe", "none")
    layers = [{"id": name, "title": name, "source": {"type": "facility", "table": name}} for name in names]
    layers.append({"id": "gone", "title": "gone", "source": {"type": "file", "path": str(tmp_path / "gone.tif")}})
    told = view.call("project.set", crs=4548, workspace=city.source, tree=[{"title": "x", "layers": layers}])["layers"]
    assert [layer["id"] for layer in told] == ["pipe", "none", "gone"]
    assert [layer["ok"] for layer in told] == [True, False, False]
    assert (told[0]["count"], told[0]["error"]) == (2, "")
    assert told[1]["error"]
    assert told[2]["error"]


def test_points_typed_at_the_keyboard_join_those_that_were_clicked(view, heard):
    assert view.call("draw.vertex", at=[0, 0]) is False  # nothing is being drawn
    view.call("tool.set", tool="draw-line")
    assert view.call("draw.vertex", at=[505000.25, 4059000.5])
    view.call("draw.vertex", at=[505010.0, 4059000.5])
    told = heard_of(heard, "draft", lambda params: len(params["points"]) == 2)
    assert told["points"] == [[505000.25, 4059000.5], [505010.0, 4059000.5]]
    view.call("draw.back")
    view.call("draw.vertex", at=[505020.0, 4059020.0])
    view.call("draw.finish")
    drawn = heard_of(heard, "drawn")
    line = shapely.from_wkb(bytes.fromhex(drawn["wkb"]))
    assert list(line.coords) == [(505000.25, 4059000.5), (505020.0, 4059020.0)]


def test_a_shape_is_drawn_where_it_was_clicked(view, heard):
    view.call("tool.set", tool="draw-polygon")
    for x, y in ((100, 100), (200, 100), (200, 200)):
        click(view, x, y)
    click(view, 200, 200, RIGHT)
    drawn = heard_of(heard, "drawn")
    assert drawn["tool"] == "draw-polygon"
    shape = shapely.from_wkb(bytes.fromhex(drawn["wkb"]))
    assert shape.bounds == pytest.approx((EAST - 100, NORTH - 50, EAST, NORTH + 50), abs=1.5)
    view.call("tool.set", tool="draw-line")
    click(view, 10, 10)
    click(view, 10, 10, RIGHT)
    time.sleep(0.2)
    assert sum(name == "drawn" for name, _params in heard) == 1  # one point is no line


def test_a_length_is_measured(view, heard):
    view.call("tool.set", tool="measure-length")
    click(view, 100, 150)
    click(view, 300, 150)
    click(view, 300, 150, RIGHT)
    measured = heard_of(heard, "measured", lambda params: params["final"])
    assert (measured["kind"], measured["planar"]) == ("length", pytest.approx(200, abs=2))


def test_escape_leaves_the_points_and_then_the_tool(view, heard):
    view.call("tool.set", tool="draw-line")
    click(view, 100, 100)
    view.notify("event.key", type="press", key=ESCAPE)
    view.call("ping")
    assert not any(name == "tool.left" for name, _params in heard)
    view.notify("event.key", type="press", key=ESCAPE)
    assert heard_of(heard, "tool.left")["tool"] == "draw-line"


def test_overlays_and_selection_are_taken(view):
    point = shapely.Point(EAST, NORTH).wkb.hex()
    assert view.call("overlay.set", id="a", role="result", features=[{"wkb": point}]) is True
    assert view.call("overlay.clear", id="a") is True
    assert view.call("overlay.clear", id="never") is True
    assert view.call("selection.set", layers={"pipe": [1]}) is True
    assert view.call("snap.config", enabled=True) is True


def test_the_end_is_told(engine, heard):
    engine.stop()
    heard_of(heard, "gone")
    with pytest.raises(EngineFailed):
        engine.call("ping")
    assert not engine.folder.exists()


def test_a_raster_is_asked_for_heights(engine, tmp_path):
    grid = tmp_path / "ground.asc"
    grid.write_text(
        f"ncols 3\nnrows 2\nxllcorner {EAST}\nyllcorner {NORTH}\ncellsize 10\nNODATA_value -9999\n1.5 2 3\n4 -9999 6\n"
    )
    at = [[EAST + 5, NORTH + 15], [EAST + 25, NORTH + 5], [EAST + 15, NORTH + 5], [EAST - 5, NORTH + 5]]
    ask = {"path": str(grid), "crs": 4548, "points": at}
    assert engine.call("raster.sample", **ask, own=4548) == {
        "valid": True, "crs": "EPSG:4548", "values": [1.5, 6.0, None, None],
    }  # fmt: skip
    assert engine.call("raster.sample", **ask)["crs"] is None
    grid.write_text("no grid")
    assert not engine.call("raster.sample", **ask)["valid"]
