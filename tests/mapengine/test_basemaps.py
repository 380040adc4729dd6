"""Base maps from a tile server of our own: XYZ by a template, WMTS by its capabilities, files; under the network."""

import io
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from .conftest import EAST, NORTH, heard_of

pytestmark = pytest.mark.engine
GREEN, SIZE = (10, 200, 30), (400, 300)
CAPABILITIES = """<?xml version="1.0" encoding="UTF-8"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1"
 xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">
<Contents>
 <Layer><ows:Title>Map</ows:Title><ows:Identifier>map</ows:Identifier>
  <ows:WGS84BoundingBox><ows:LowerCorner>-180 -85</ows:LowerCorner>
  <ows:UpperCorner>180 85</ows:UpperCorner></ows:WGS84BoundingBox>
  <Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style><Format>image/png</Format>
  <TileMatrixSetLink><TileMatrixSet>grid</TileMatrixSet></TileMatrixSetLink>
  <ResourceURL format="image/png" resourceType="tile"
   template="http://127.0.0.1:{port}/tile/{{TileMatrix}}/{{TileCol}}/{{TileRow}}.png"/>
 </Layer>
 <TileMatrixSet><ows:Identifier>grid</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>
 {matrices}
 </TileMatrixSet>
</Contents></Capabilities>"""
MATRIX = """<TileMatrix><ows:Identifier>{zoom}</ows:Identifier><ScaleDenominator>{scale}</ScaleDenominator>
<TopLeftCorner>-20037508.342789244 20037508.342789244</TopLeftCorner>
<TileWidth>256</TileWidth><TileHeight>256</TileHeight>
<MatrixWidth>{count}</MatrixWidth><MatrixHeight>{count}</MatrixHeight></TileMatrix>"""


@pytest.fixture
def tiles():
    """A server whose every tile is green; ``asked`` lists the paths."""
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), GREEN).save(picture, "PNG")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.path)
            if "capabilities" in self.path.lower():
                matrices = [
                    MATRIX.format(zoom=zoom, scale=559082264.0287178 / 2**zoom, count=2**zoom) for zoom in range(19)
                ]
                body = CAPABILITIES.format(port=server.server_port, matrices="".join(matrices)).encode()
                kind = "text/xml"
            else:
                body, kind = picture.getvalue(), "image/png"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def drawn(engine, heard, city, source):
    """The finished picture of the pipes over the source."""
    facility = {"id": "pipe", "title": "pipe", "source": {"type": "facility", "table": "pipe"}, "style": "pipe.qml"}
    base = {"id": "base", "title": "base", "source": source}
    engine.open_view(*SIZE)
    tree = [{"title": "network", "layers": [facility]}, {"title": "own", "layers": [base]}]
    told = engine.call("project.set", crs=4548, workspace=city.source, tree=tree)["layers"]
    assert [layer["ok"] for layer in told] == [True, True], told
    engine.call("view.set", extent=[EAST - 200, NORTH - 150, EAST + 200, NORTH + 150])
    end = time.monotonic() + 20
    while time.monotonic() < end:
        frame = heard_of(heard[::-1], "frame")["picture"]
        if is_green(frame[20, 20]):
            return frame
        time.sleep(0.1)
    raise AssertionError(frame[20, 20])


def is_green(pixel):
    blue, green, red = pixel
    return np.abs(np.array([red, green, blue]) - GREEN).max() < 8


def test_xyz_tiles_with_a_key_lie_under_the_pipes(engine, heard, city, tiles):
    url = f"http://127.0.0.1:{tiles.server_port}/wmts?LAYER=vec&X={{x}}&Y={{y}}&Z={{z}}&tk=secret"
    picture = drawn(engine, heard, city, {"type": "xyz", "url": url, "zmin": 0, "zmax": 18})
    assert all("tk=secret" in path and "LAYER=vec" in path for path in tiles.asked)
    assert not is_green(picture[150, 120])  # the pipe, on top
    assert is_green(picture[280, 380])


def test_wmts_by_its_capabilities(engine, heard, city, tiles):
    url = f"http://127.0.0.1:{tiles.server_port}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"
    picture = drawn(engine, heard, city, {"type": "wmts", "url": url, "layer": "map", "matrix": "grid"})
    assert any(path.startswith("/tile/") for path in tiles.asked)
    assert is_green(picture[280, 380])


def test_a_raster_file_lies_where_its_world_file_says(engine, heard, city, tmp_path):
    Image.new("RGB", (100, 100), GREEN).save(tmp_path / "plan.png")
    # A metre a pixel in EPSG:4548, its upper left corner at (EAST - 200, NORTH + 150).
    (tmp_path / "plan.pgw").write_text(f"1\n0\n0\n-1\n{EAST - 199.5}\n{NORTH + 149.5}\n")
    (tmp_path / "plan.png.aux.xml").write_text("<PAMDataset><SRS>EPSG:4548</SRS></PAMDataset>")
    picture = drawn(engine, heard, city, {"type": "file", "path": str(tmp_path / "plan.png")})
    assert is_green(picture[90, 90])
    assert not is_green(picture[110, 110])


def test_a_service_that_does_not_answer_is_left_out_and_told(engine, heard, city):
    with socket.socket() as silent:  # takes connections and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/{{z}}/{{x}}/{{y}}.png"
        facility = {"id": "pipe", "title": "pipe", "source": {"type": "facility", "table": "pipe"}, "style": "pipe.qml"}
        base = {"id": "base", "title": "base", "source": {"type": "xyz", "url": url, "zmin": 0, "zmax": 18}}
        engine.open_view(*SIZE)
        tree = [{"title": "network", "layers": [facility]}, {"title": "own", "layers": [base]}]
        engine.call("project.set", crs=4548, workspace=city.source, tree=tree)
        engine.call("view.set", extent=[EAST - 200, NORTH - 150, EAST + 200, NORTH + 150])
        assert heard_of(heard, "unreachable", timeout=30.0) == {"host": "127.0.0.1"}
        heard.clear()
        engine.call("view.set", center=[EAST + 10, NORTH])
        frame = heard_of(heard, "frame", lambda params: params["final"])
        assert (frame["picture"] < 240).any()  # the pipes are there, with no tile to wait for
        assert [name for name, _params in heard].count("unreachable") == 0
