"""A small city on a real engine."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.mapengine import locate
from jnw_desktop.mapengine.client import MapEngine
from jnw_desktop.workspace import Workspace

EAST, NORTH = 505000.0, 4059000.0


def heard_of(heard: list, name: str, where=lambda _params: True, timeout: float = 15.0) -> dict:
    """The first message of that name (and with ``where``) the engine says unasked; waits for it."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        for said, params in list(heard):
            if said == name and where(params):
                return params
        time.sleep(0.01)
    raise AssertionError(f"{name} was not said; heard {[said for said, _ in heard]}")


@pytest.fixture(scope="session")
def qgis_python() -> Path:
    for path in locate.candidates():
        if path.exists() and locate.ask(path):
            return path
    if os.environ.get("JNW_REQUIRE_ENGINE"):
        pytest.fail("no Python with PyQGIS on this machine")
    pytest.skip("no Python with PyQGIS on this machine")


@pytest.fixture
def city(place: str) -> Iterator[Workspace]:
    """Two pipes that cross at (EAST, NORTH), 200 m each, and a valve on the crossing."""
    with Workspace.create(place) as workspace:
        with workspace.change("city") as change:
            lines = [[(-100, 0), (100, 0)], [(0, -100), (0, 100)]]
            pipes = [
                {"code": f"P{i}", "dn": 300, "geom": shapely.LineString([(EAST + x, NORTH + y) for x, y in line]).wkb}
                for i, line in enumerate(lines)
            ]
            change.insert(KINDS["pipe"].table, pipes)
            change.insert(KINDS["valve"].table, [{"code": "V", "geom": shapely.Point(EAST, NORTH).wkb}])
        yield workspace


@pytest.fixture
def heard() -> list:
    """What the engine said unasked: (name, params)."""
    return []


@pytest.fixture
def engine(qgis_python: Path, city: Workspace, heard: list) -> Iterator[MapEngine]:
    """An engine that shows the city."""

    def hear(name: str, params: dict) -> None:
        if name == "frame":  # as a window does: take the picture out of the slot and give it back
            data = bytes(made.frames.view(params["slot"], params["stride"] * params["height"]))
            shape = (params["height"], params["width"], 4)
            params = params | {"picture": np.frombuffer(data, np.uint8).reshape(shape)[:, :, :3].astype(int)}
            made.notify("frame.done", slot=params["slot"])
        heard.append((name, params))

    made = MapEngine(python=qgis_python, on_event=hear)
    made.start()
    layers = [{"id": kind, "title": kind, "source": {"type": "facility", "table": kind}} for kind in ("valve", "pipe")]
    told = made.call(
        "project.set",
        crs=4548,
        workspace=city.source,
        tree=[{"title": "network", "layers": layers}],
    )
    assert [(layer["ok"], layer["count"]) for layer in told["layers"]] == [(True, 1), (True, 2)]
    yield made
    made.stop()
